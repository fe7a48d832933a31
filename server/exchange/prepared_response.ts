/**
 * A response as a driver sends it.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody } from "../../http/message.ts";

/** Content that is read piece by piece, of which some may be at hand. */
export interface StreamedContent extends OutgoingBody {
  /**
   * Takes the piece that is at hand and goes before what is read, so that it leaves with the head; `undefined` where
   * there is none, or it has more than so many bytes.
   */
  takeFirst?(maxBytes: number): Uint8Array | undefined;
}

/** A response as it is to be sent. */
export interface PreparedResponse {
  /** Three digits, 200 to 599. */
  readonly status: number;
  /** The reason phrase of the handler; perhaps empty. */
  readonly statusText: string;
  /** The fields, a date among them; without content-length. */
  readonly fields: Field[];
  /** The content or its source; `undefined` for a response that has none by its status or the method. */
  readonly content: Uint8Array | StreamedContent | undefined;
  /** The length of the content, or of that which a GET would have got; `undefined` where it is not known. */
  readonly length: number | undefined;
  /** Whether the handler wants the connection to end after it. */
  readonly closes: boolean;
}
