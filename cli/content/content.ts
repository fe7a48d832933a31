/**
 * The content of a request, as the flags about data, forms and uploads give it.
 *
 * @module
 */

/** The content of a request. */
export interface Content {
  /** The fields that describe it, where no flag sets them. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The length in bytes; `undefined` where it is not known. */
  readonly length: number | undefined;
  /** Whether it can be opened again. */
  readonly isReplayable: boolean;
  /** Opens it: all its bytes, or pieces as they are read. */
  open(): Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;
}
