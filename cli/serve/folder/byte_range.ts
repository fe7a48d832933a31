/**
 * Byte ranges (RFC 9110 §14).
 *
 * @module
 */

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses a Range field.
 *
 * Several ranges are served as the whole, as is what cannot be parsed: "A server MAY ignore the Range header field."
 * (RFC 9110 §14.2)
 *
 * @param field The value of the field.
 * @param size The length of the representation, in bytes.
 * @returns `undefined`: the whole; `null`: the range cannot be satisfied.
 */
export function parseByteRange(field: string, size: number): ByteRange | null | undefined {
  const equals = field.indexOf("=");
  if (field.slice(0, equals).toLowerCase() !== "bytes") return undefined;
  const [, first = "", last = ""] = RANGE_SPEC.exec(field.slice(equals + 1).trim()) ?? [];
  if (first === "" && last === "") return undefined;
  // Of an empty file there is no range; clients that ask for one with every request get what there is.
  if (size === 0) return undefined;
  if (first === "") {
    const length = Number(last);
    return length === 0 ? null : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  // "An int-range is invalid if the last-pos value is present and less than the first-pos." (RFC 9110 §14.1.1)
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return null;
  return { start, end: last === "" ? size : Math.min(size, Number(last) + 1) };
}

/** `int-range = first-pos "-" [ last-pos ]`, `suffix-range = "-" suffix-length` (RFC 9110 §14.1.1). */
const RANGE_SPEC = /^([0-9]{0,20})-([0-9]{0,20})$/;
