/**
 * Limits and defaults of both versions of HTTP: a message that one of them takes, the other takes as well.
 *
 * @module
 */

/**
 * Bytes of one head, in HTTP/1.1 from its first line to the empty line, in HTTP/2 of the field section: 256 KiB.
 *
 * Servers refuse request heads above 8 to 80 KiB. Responses go further, with dozens of cookies and content security
 * policies of tens of KiB each; no honest one comes near a quarter of a mebibyte.
 */
export const MAX_HEAD_BYTES = 262_144;

/** Fields of one head, or of one trailer section. The most that is heard of is some hundreds, all of them cookies. */
export const MAX_FIELDS = 1000;

/**
 * Bytes of the heads of all 1xx responses before a final one: 1 MiB.
 *
 * "A client MUST be able to parse one or more 1xx responses received prior to a final response" (RFC 9110 §15.2): a
 * 102 tells every few seconds that the server is at work, a 104 that a piece of an upload was stored, thousands of
 * times in all. None is kept, so what they cost is their bytes; without a limit a response never has to come.
 */
export const MAX_INFORMATIONAL_BYTES = 1_048_576;

/**
 * Factor by which memory may be reserved ahead of content, on the strength of its declared length. A peer that declares
 * more than it sends makes this end reserve at most eight times what it sent.
 */
export const MAX_RESERVED_RATIO = 8;

/** Characters of a received authority: 300, as many as the longest name of DNS (253), a dot behind it and a port have. */
export const MAX_AUTHORITY_CHARS = 300;

/**
 * Bytes of the target of a received request, in HTTP/2 its `:path`: 16 KiB. "It is RECOMMENDED that all HTTP senders and
 * recipients support, at a minimum, request-line lengths of 8000 octets." (RFC 9112 §3)
 */
export const MAX_TARGET_BYTES = 16_384;
