/**
 * The Huffman code of HPACK (RFC 7541 Appendix B), as the lengths of its codes.
 *
 * The lengths are all there is to it, since the code is canonical: sorted by length and then by symbol, each
 * code is the one before it plus one, with zero bits appended where the length grows. {@linkcode HUFFMAN_CODES}
 * counts them out.
 *
 * @module
 */

/** The symbol that ends a string; it has a code, but never appears. */
export const EOS = 256;

/** The bits of the longest codes, EOS among them (RFC 7541 Appendix B). */
export const MAX_CODE_BITS = 30;

/** For each symbol, octets 0 to 255 and EOS, the bits of its code. */
// deno-fmt-ignore: sixteen a row, so that a symbol can be found
export const HUFFMAN_LENGTHS: Uint8Array = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, // 0x00
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, // 0x10
   6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6, // 0x20  space ! " # $ % & ' ( ) * + , - . /
   5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10, // 0x30  0 to 9 : ; < = > ?
  13,  6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7, // 0x40  @ A to O
   7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6, // 0x50  P to Z [ \ ] ^ _
  15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5, // 0x60  ` a to o
   6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7, 15, 11, 14, 13, 28, // 0x70  p to z { | } ~
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, // 0x80
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, // 0x90
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, // 0xa0
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, // 0xb0
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, // 0xc0
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, // 0xd0
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, // 0xe0
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, // 0xf0
  30, // EOS
);

/** The symbols in the order of their codes. */
export const HUFFMAN_SYMBOLS: Uint16Array = sortSymbols();

/** For each symbol, its code, in the low bits. */
export const HUFFMAN_CODES: Uint32Array = countCodes();

function sortSymbols(): Uint16Array {
  const symbols = Array.from(HUFFMAN_LENGTHS, (_, symbol) => symbol);
  return Uint16Array.from(symbols.sort((a, b) => lengthOf(a) - lengthOf(b) || a - b));
}

function countCodes(): Uint32Array {
  const codes = new Uint32Array(HUFFMAN_LENGTHS.length);
  let code = 0;
  let length = lengthOf(HUFFMAN_SYMBOLS[0] ?? EOS);
  for (const symbol of HUFFMAN_SYMBOLS) {
    code <<= lengthOf(symbol) - length;
    length = lengthOf(symbol);
    codes[symbol] = code++;
  }
  return codes;
}

function lengthOf(symbol: number): number {
  return HUFFMAN_LENGTHS[symbol] ?? MAX_CODE_BITS;
}
