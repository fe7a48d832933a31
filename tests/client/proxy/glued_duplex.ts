/**
 * A proxy whose reply and first bytes of the tunnel arrive in two pieces, wherever they are split.
 *
 * @module
 */

import type { Duplex } from "../../../io/duplex.ts";

/** A duplex that reads these pieces, and then its end; each code unit is a byte. */
export function gluedDuplex(...pieces: readonly string[]): Duplex {
  const left = pieces.filter((piece) => piece !== "").map((piece) =>
    Uint8Array.from(piece, (char) => char.charCodeAt(0))
  );
  return {
    read(into) {
      const piece = left.shift();
      if (piece === undefined) return Promise.resolve(null);
      const part = piece.subarray(0, into.length);
      into.set(part);
      if (part.length < piece.length) left.unshift(piece.subarray(part.length));
      return Promise.resolve(part.length);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close() {},
  };
}

/** Reads a duplex to its end. */
export async function readText(io: Duplex): Promise<string> {
  const buffer = new Uint8Array(64);
  let text = "";
  for (let count = await io.read(buffer); count !== null; count = await io.read(buffer)) {
    text += String.fromCharCode(...buffer.subarray(0, count));
  }
  return text;
}
