/**
 * Limits and defaults of HTTP/2.
 *
 * Every loop that the peer feeds ends at one of the limits. Meeting one ends the connection with ENHANCE_YOUR_CALM
 * (RFC 9113 §10.5), unless it says otherwise. Those of heads are in `http/limits.ts`, for both versions.
 *
 * @module
 */

// Defaults of the options

/**
 * Bytes that the peer may send on one stream before they are consumed: 2 MiB, the window of a fast and long path.
 */
export const DEFAULT_STREAM_WINDOW_BYTES: number = 2 * 1024 * 1024;

/** Bytes that the peer may have on the way on all streams: 5 MiB, more than two streams fill. */
export const DEFAULT_CONNECTION_WINDOW_BYTES: number = 5 * 1024 * 1024;

/**
 * Streams that the peer may have open at a time. "It is recommended that this value be no smaller than 100, so as
 * to not unnecessarily limit parallelism." (RFC 9113 §6.5.2)
 */
export const DEFAULT_MAX_CONCURRENT_STREAMS = 100;

/**
 * Streams that a client opens before the server's SETTINGS: no server that follows the RFC's advice allows fewer.
 */
export const DEFAULT_MAX_SEND_STREAMS = 100;

/** Milliseconds that the server's SETTINGS may take while a request waits. It needs no more than a round trip. */
export const DEFAULT_SETTINGS_TIMEOUT_MS = 10_000;

/**
 * Bytes by which the windows of all streams of a connection may grow beyond their first size: 64 MiB, so that a peer that
 * fills many windows at once costs no more memory than that.
 */
export const MAX_GROWN_WINDOW_BYTES: number = 64 * 1024 * 1024;

// Field blocks

/** Frames of one field block that are always allowed; {@linkcode maxBlockFrames} may allow more. */
export const MIN_BLOCK_FRAMES = 6;

/**
 * Size of a compressed field block, as a multiple of the allowed list. A block is about as large as its list at
 * most; up to here a list that is too large costs its stream, beyond it the connection.
 */
export const MAX_BLOCK_RATIO = 4;

/**
 * The most HEADERS and CONTINUATION frames of one field block: as many as the largest block needs in full frames, a
 * quarter more, and at least {@linkcode MIN_BLOCK_FRAMES}. Frames that carry little could otherwise go on without
 * END_HEADERS.
 */
export function maxBlockFrames(maxHeaderListSize: number, maxFrameSize: number): number {
  const full = Math.max(1, Math.ceil(MAX_BLOCK_RATIO * maxHeaderListSize / maxFrameSize));
  return Math.max(MIN_BLOCK_FRAMES, 1 + full + Math.ceil(full / 4));
}

// Streams

/**
 * Streams of one connection that this end resets because of what the peer sent on them, less
 * {@linkcode MAX_RESETS_PER_SECOND} for the time that they took. Each reset frees the peer's
 * place among the concurrent streams at once, while the work that was started goes on. Streams that the application
 * cancels are not counted.
 */
export const MAX_ERROR_RESETS = 1024;

/**
 * Streams that a client opens and resets before anything was answered, less those that it let end, and
 * {@linkcode MAX_RESETS_PER_SECOND} for the time that they took. Opening and resetting is free for the client and not for
 * the server ("rapid reset", CVE-2023-44487).
 */
export const MAX_EARLY_RESETS = 100;

/** Streams a second that may be reset without end: as nghttp2 has it. A page that is left resets some dozens at once. */
export const MAX_RESETS_PER_SECOND = 33;

/**
 * Closed streams that are remembered, so that late frames for them are judged rightly. Asking searches them all.
 */
export const MAX_CLOSED_STREAMS = 256;

// Content and acknowledgements

/**
 * DATA frames of one stream that have no content and do not end it, since the last that had some. Flow control does
 * not count them, and what they cost is the time to read nine bytes each; the stream is reset, and no other. A server
 * that sends one every second to keep a path open may do so for hours.
 */
export const MAX_EMPTY_DATA_FRAMES = 10_000;

/**
 * Bytes of acknowledgements of SETTINGS and PING, of RST_STREAM and of WINDOW_UPDATE that may wait to be written:
 * 16 KiB. With more, no frame is read until the peer takes some: a flood of PING slows its sender down, and fills
 * no memory here.
 */
export const MAX_PENDING_ACK_BYTES = 16_384;

/**
 * Frames that carry neither fields nor content: PING, SETTINGS, PRIORITY, PRIORITY_UPDATE, GOAWAY, WINDOW_UPDATE, those on
 * streams that are closed, and those of unknown types. Frames that carry something make up for
 * {@linkcode MAX_CONTROL_FRAMES_PER_CONTENT_FRAME} each, and time for {@linkcode MAX_CONTROL_FRAMES_PER_SECOND}. It is the
 * figure of nghttp2.
 */
export const MAX_CONTROL_FRAMES = 10_000;

/** Control frames a second that may come without end, as nghttp2 has it. */
export const MAX_CONTROL_FRAMES_PER_SECOND = 330;

/**
 * Control frames for each frame of fields or content, in either direction: a peer that consumes a full frame of 16 KiB in
 * steps may send WINDOW_UPDATE for every 256 bytes.
 */
export const MAX_CONTROL_FRAMES_PER_CONTENT_FRAME = 64;

/** Settings in one SETTINGS frame. RFC 9113 has six, and other documents a few more. */
export const MAX_SETTINGS = 100;

// The client driver

/** Reads that make one batch: a peer that never pauses must not keep what it sends from its readers. */
export const MAX_BATCH_READS = 32;

/**
 * Bytes of free buffer that a read is given at least: a full TLS record, which is all that a read over TLS gives
 * (RFC 9846 §5.1).
 */
export const MIN_READ_BYTES = 16_384;

/** Bytes of the read buffer of a connection that carries little. */
export const MIN_READ_BUFFER_BYTES: number = 2 * MIN_READ_BYTES;

/** Bytes of the read buffer of a connection that carries much. Larger chunks make nothing faster. */
export const MAX_READ_BUFFER_BYTES: number = 8 * MIN_READ_BYTES;

/**
 * Milliseconds for which reading goes on after a write has failed: a server that closes says why before (GOAWAY, a
 * response), and what it said can still be read.
 */
export const MAX_FINAL_READ_MS = 1000;

/**
 * Milliseconds for which an upload whose response has ended may wait for the server to take some of it. A server that
 * wants the rest takes it; one that does not may keep its window closed for ever.
 */
export const MAX_STUCK_UPLOAD_MS = 1000;

/**
 * Bytes of content that are put into one batch of output. More makes no write cheaper, and all of it waits before
 * what comes next.
 */
export const MAX_OUTPUT_BATCH_BYTES: number = 256 * 1024;

/**
 * Bytes that an upload sends in its turn: one frame that every peer takes, so that uploads share the connection.
 */
export const MAX_UPLOAD_TURN_BYTES = 16_384;

/**
 * Bytes held for uploads whose windows are closed, altogether. Those whose window is open are not limited by it.
 */
export const MAX_HELD_UPLOAD_BYTES: number = 1024 * 1024;

/** Bytes that a chunk counts as held between the call of its source and the answer: a usual size. */
export const DEFAULT_UPLOAD_CHUNK_BYTES: number = 64 * 1024;

/**
 * Bytes of received content that are joined to one chunk, while they wait and when they are read: 64 KiB. Copying
 * larger chunks costs more than a read saves.
 */
export const MAX_JOINED_CHUNK_BYTES: number = 64 * 1024;

/**
 * Bytes of a batch of content that makes a chunk of its own: 16 KiB, beside which the memory of a chunk does not
 * count. Smaller ones are joined where they wait, so that a stream never holds much more than its window, however
 * small the pieces are.
 */
export const MIN_CHUNK_BYTES: number = 16 * 1024;

/** Bytes of the first memory in which small pieces are joined; it doubles as they come. */
export const MIN_JOINED_CHUNK_BYTES = 256;
