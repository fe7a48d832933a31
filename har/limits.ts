/**
 * The limits of a recording, with the reason for each figure.
 *
 * @module
 */

/** Entries of a recording: 10,000; the oldest go first. With fields of a kilobyte each, that is a file of 20 MB. */
export const DEFAULT_MAX_HAR_ENTRIES = 10_000;

/** Bytes of one content that are recorded: 1 MiB, more than what a person reads in a viewer. */
export const DEFAULT_MAX_HAR_CONTENT_BYTES = 1_048_576;

/**
 * Bytes of all contents of a recording: 256 MiB, which in base64 are two thirds of the longest text that V8 can make. The
 * oldest entries go first.
 */
export const MAX_HAR_TOTAL_CONTENT_BYTES = 268_435_456;
