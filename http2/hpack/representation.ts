/**
 * The five ways to write something in a header block, told apart by the first bits of their first octet
 * (RFC 7541 §6). What is left of that octet begins an integer.
 *
 * ```
 *   0   1   2   3   4   5   6   7
 * +---+---------------------------+
 * | 1 |        Index (7+)         |  INDEXED: a field of the tables
 * +---+---+-----------------------+
 * | 0 | 1 |   Name index (6+)     |  INCREMENTAL: a literal, to be added to the dynamic table
 * +---+---+---+-------------------+
 * | 0 | 0 | 1 | Maximum size (5+) |  SIZE_UPDATE: no field, a new size of the dynamic table
 * +---+---+---+---+---------------+
 * | 0 | 0 | 0 | 1 | Name idx (4+) |  NEVER_INDEXED: a literal that no hop may ever index
 * +---+---+---+---+---------------+
 * | 0 | 0 | 0 | 0 | Name idx (4+) |  NOT_INDEXED: a literal that leaves the table alone
 * +---+---+---+---+---------------+
 * ```
 * A name index of 0 says that the name follows as a string, before the value.
 *
 * @module
 */

/** First octets of the representations, their integer being 0 (RFC 7541 §6). */
export const Representation = {
  INDEXED: 0x80,
  INCREMENTAL: 0x40,
  SIZE_UPDATE: 0x20,
  NEVER_INDEXED: 0x10,
  NOT_INDEXED: 0x00,
} as const;

/** The bits of a first octet that belong to the integer, which is also the greatest value they can hold. */
export const Prefix = {
  INDEXED: 0x7f,
  INCREMENTAL: 0x3f,
  SIZE_UPDATE: 0x1f,
  NEVER_INDEXED: 0x0f,
  NOT_INDEXED: 0x0f,
  STRING: 0x7f,
} as const;

/** The first bit of a string literal: its octets are Huffman-coded (RFC 7541 §5.2). */
export const HUFFMAN_FLAG = 0x80;
