/**
 * Limits of HPACK. Those of whole field blocks are in `http2/limits.ts`.
 *
 * @module
 */

/**
 * Size of a decoded field list, as a multiple of the allowed one. Up to here decoding goes on, to keep the dynamic
 * table in step, and the list costs its stream. Beyond it the connection ends: one octet that names a field of 4
 * KiB adds 4 KiB to the list.
 */
export const MAX_LIST_RATIO = 4;

/**
 * Octets of an HPACK integer after its first. Four count to 2^28, far beyond every index, length and size that
 * can be meant. "Integer encodings that exceed implementation limits -- in value or octet length -- MUST be
 * treated as decoding errors." (RFC 7541 §5.1)
 */
export const MAX_INTEGER_CONTINUATION_OCTETS = 4;

/** Characters of a cookie that may be indexed. A shorter one can be guessed, guess by guess (RFC 7541 §7.1). */
export const MIN_INDEXED_COOKIE_CHARS = 20;

/** Share of the dynamic table that one sent field may take. A larger field is not worth what it would evict. */
export const MAX_FIELD_TABLE_SHARE: number = 3 / 4;
