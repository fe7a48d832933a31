/**
 * Makes views of a read buffer into bytes that their receiver owns.
 *
 * @module
 */

/**
 * One chunk with the content of all views.
 *
 * @param views Parts of one buffer, in order.
 * @param length How many bytes they have together.
 * @param buffer The buffer they are parts of, if it may be given away: it is then, when the content fills at
 *   least half of it, and the result is a view of it with the gaps closed. Otherwise everything is copied.
 */
export function own(
  views: readonly Uint8Array[],
  length: number,
  buffer: Uint8Array | undefined,
): Uint8Array {
  const first = views[0];
  if (first === undefined) return new Uint8Array(0);
  if (buffer !== undefined && first.buffer === buffer.buffer && 2 * length >= buffer.length) {
    return closeGaps(views, length, buffer);
  }
  if (views.length === 1) return first.slice();
  const copy = new Uint8Array(length);
  let at = 0;
  for (const view of views) {
    copy.set(view, at);
    at += view.length;
  }
  return copy;
}

function closeGaps(views: readonly Uint8Array[], length: number, buffer: Uint8Array): Uint8Array {
  const [first, ...rest] = views;
  if (first === undefined) return buffer.subarray(0, 0);
  const start = first.byteOffset - buffer.byteOffset;
  let at = start + first.length;
  for (const view of rest) {
    const from = view.byteOffset - buffer.byteOffset;
    buffer.copyWithin(at, from, from + view.length);
    at += view.length;
  }
  return buffer.subarray(start, start + length);
}
