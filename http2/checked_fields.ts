/**
 * The last list of fields that was checked before it was sent, kept while it cannot have changed.
 *
 * A client sends most of its requests with the same list: one that is frozen, with every field in it, is checked once, and
 * recognised by its identity afterwards.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { checkFields, type OutgoingSection } from "./outgoing_head.ts";

/** Checks one list of fields after another. */
export class CheckedFields {
  #fields: readonly Field[] | undefined;
  #section: OutgoingSection | undefined;

  /**
   * Does what {@linkcode checkFields} does.
   *
   * @throws {TypeError} When a field cannot be sent.
   */
  readonly check = (fields: readonly Field[]): OutgoingSection => {
    if (this.#section !== undefined && fields === this.#fields) return this.#section;
    const section = checkFields(fields);
    if (Object.isFrozen(fields) && fields.every(Object.isFrozen)) {
      this.#fields = fields;
      this.#section = section;
    }
    return section;
  };
}
