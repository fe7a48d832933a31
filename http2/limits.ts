/**
 * How much of what a peer can do for free.
 *
 * Every loop that the peer feeds ends at one of these figures, and meeting one ends the connection with
 * ENHANCE_YOUR_CALM unless it says otherwise (RFC 9113 §10.5).
 *
 * @module
 */

/** The 1xx responses before a final one. Servers send one or two; without a limit a response never has to come. */
export const MAX_INFORMATIONAL = 32;

/**
 * The streams of one connection that this end may have to reset because of what the peer sent on them. Each reset
 * frees the peer's place among the concurrent streams at once, while the work that was started goes on. Streams
 * that the application cancels are not counted: it may give up as many as it likes.
 */
export const MAX_ERROR_RESETS = 1024;

/**
 * The streams that a client may open and reset before anything was answered, less those that it let end. Opening
 * and resetting is free for the client and not for the server ("rapid reset").
 */
export const MAX_EARLY_RESETS = 100;

/**
 * The empty DATA frames that neither end a stream nor carry anything, between one end of a stream and the next.
 * Flow control does not count them.
 */
export const MAX_EMPTY_DATA = 100;

/** DATA frames of fewer bytes than this cost more to keep than they carry. */
export const SMALL_DATA = 256;

/**
 * How many small DATA frames of a stream are not counted, until it is read. Servers end a short answer with a small
 * frame and an empty one, and hundreds of such answers can come in one read. The streams are bounded, and with them
 * what this lets through.
 */
export const FREE_SMALL_DATA = 4;

/**
 * What the small DATA frames that wait to be read may be missing to {@linkcode SMALL_DATA}, altogether. It is
 * paid by larger frames and given back when the data is consumed, so that a reader who keeps up never runs out.
 */
export const DATA_BUDGET = 25_600;

/** The streams that are remembered after they closed, so that late frames for them are judged rightly. */
export const MAX_CLOSED_STREAMS = 256;

/**
 * Bytes of acknowledgements of SETTINGS and PING, of RST_STREAM and of WINDOW_UPDATE that may wait to be written:
 * 16 KiB. With more, no frame is read until the peer takes some: a flood of PING slows its sender down, and fills no
 * memory here.
 */
export const MAX_PENDING_ACK_BYTES = 16_384;

/** How many frames of the peer's may make one field block, at the least. */
export const MIN_BLOCK_FRAMES = 6;

/**
 * How many HEADERS and CONTINUATION frames may make one field block: as many as the largest allowed list needs in
 * full frames, a quarter more, and at least {@linkcode MIN_BLOCK_FRAMES}. Frames that carry little would
 * otherwise go on for ever without END_HEADERS.
 */
export function maxBlockFrames(maxHeaderListSize: number, maxFrameSize: number): number {
  const full = Math.max(1, Math.ceil(maxHeaderListSize / maxFrameSize));
  return Math.max(MIN_BLOCK_FRAMES, 1 + full + Math.ceil(full / 4));
}

/**
 * How often the allowed size of a field list its compressed block may be. A block is about as large as its list
 * at most; up to here the stream alone pays, beyond the connection does.
 */
export const MAX_BLOCK_RATIO = 4;
