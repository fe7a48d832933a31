// deno-lint-ignore-file explicit-module-boundary-types -- Node runs this as it stands, and JavaScript has no types

/** What the servers written in JavaScript answer with; they run in processes of their own, with only this beside them. */

/** The content of this length: 32-bit numbers, each its own index, little-endian. */
export function* content(length) {
  let index = 0;
  for (let left = length; left > 0; left -= 65536) {
    const piece = new DataView(new ArrayBuffer(Math.min(left, 65536)));
    const numbers = piece.byteLength >> 2;
    for (let i = 0; i < numbers; i++) piece.setUint32(i * 4, index++, true);
    for (let i = numbers * 4; i < piece.byteLength; i++) piece.setUint8(i, index >>> (i % 4 * 8));
    yield new Uint8Array(piece.buffer);
  }
}

/** How many bytes `/bytes-N` asks for, or `undefined` for another path. */
export function lengthAsked(path) {
  const [, digits] = /^\/bytes-([0-9]{1,10})$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
