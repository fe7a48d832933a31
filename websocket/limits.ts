/**
 * The limits of WebSockets: what a peer can make this end keep, inflate or wait for.
 *
 * A frame has no limit of its own: its memory grows with what was received, up to the limit of the message. The number
 * of fragments has none either: an empty one leaves nothing behind, and its work is that of the bytes it came in.
 *
 * @module
 */

/**
 * Bytes of one message, after decompression, and before it: 64 MiB, as in fastwebsockets and tungstenite. A message is
 * delivered whole, so that many bytes are kept.
 */
export const MAX_MESSAGE_BYTES = 67_108_864;

/**
 * Pongs that wait to be written: 64, which makes 8 KiB. Of more pings in one burst the oldest get none: "If an endpoint
 * receives a Ping frame and has not yet sent Pong frame(s) in response to previous Ping frame(s), the endpoint MAY
 * elect to send a Pong frame for only the most recently processed Ping frame." (RFC 6455 §5.5.3)
 */
export const MAX_PENDING_PONGS = 64;

/**
 * Bytes of received messages that wait for their reader before the driver stops reading: 64 KiB, one read. A message that
 * is larger waits alone.
 */
export const MAX_QUEUED_BYTES = 65_536;

/** Bytes of messages that may wait to be written before to send another takes time: 64 KiB, one write. */
export const MAX_UNWRITTEN_BYTES = 65_536;

/**
 * Milliseconds for which the closing handshake may take, and for which a client then waits for the server to end the
 * connection, by default: 10 s. Peers allow 5 to 30.
 */
export const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** Milliseconds for which the pong to a keep-alive ping may take by default: 20 s, as for HTTP/2. */
export const DEFAULT_PING_TIMEOUT_MS = 20_000;

/** Bytes from which a message is compressed by default: 1,024, as in ws. Smaller ones gain little. */
export const DEFAULT_COMPRESSION_THRESHOLD_BYTES = 1024;

/**
 * Extensions in the field Sec-WebSocket-Extensions of a request that are looked at: 32. Browsers offer one, the tests of
 * fallback offer three.
 */
export const MAX_EXTENSION_OFFERS = 32;
