/**
 * Limits and defaults of the server.
 *
 * They are less than those of a client: a request comes from anyone. Those of a machine, such as the bytes of a
 * head, are given to it by the server; an option moves each that an honest client might meet.
 *
 * @module
 */

// Requests

/**
 * Bytes of the head of a request: 64 KiB; option `http1.maxHeadBytes`, over HTTP/2 `http2.maxHeaderListSize`. Browsers send 8 KiB
 * of cookies to a host at most, and other servers take 8 to 80 KiB.
 */
export const MAX_REQUEST_HEAD_BYTES = 65_536;

/**
 * Bytes of a connection of HTTP/1.1 that are read before the handler asks for them, of the content and of pipelined
 * requests each: 64 KiB. Reading goes on while a handler runs, because the end of a connection is seen in no other way.
 * Content that is not read, and no longer than this, lets the connection persist.
 */
export const MAX_READ_AHEAD_BYTES = 65_536;

/**
 * Bytes that a client may send on one HTTP/2 stream before they are read: 1 MiB, as other servers have it; option
 * `http2.initialStreamWindow`.
 */
export const DEFAULT_REQUEST_WINDOW_BYTES = 1_048_576;

/**
 * Bytes that a client may have on the way on all streams of a connection: 4 MiB, the windows of four streams, which is
 * what a connection whose content is not read can make this end keep; option `http2.initialConnectionWindow`.
 */
export const DEFAULT_CLIENT_WINDOW_BYTES = 4_194_304;

// Responses over Deno's TLS

/** Milliseconds for which a head waits for content that is not at hand: longer than a file takes, shorter than is felt. */
export const MAX_GATHER_MS = 5;

/** Bytes of content that are gathered meanwhile: as much as leaves in one write with the head. */
export const MAX_GATHERED_BYTES = 65_536;

// Responses of HTTP/1.1

/** Bytes of content that leave in one piece with the head: as much as the machine copies behind it. */
export const MAX_FIRST_CONTENT_BYTES = 65_536;

// Time

/** Milliseconds of the TLS handshake: 10 s, many round trips of the slowest network; option `timeouts.handshake`. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Milliseconds from the first byte of a request's head to its last, and on a new connection from its start: 20 s, however
 * often a byte comes; option `timeouts.headers`.
 */
export const DEFAULT_HEAD_TIMEOUT_MS = 20_000;

/**
 * Milliseconds without a byte of a request's content while the handler waits for it: 30 s, in which a mobile network that
 * was lost is back; option `timeouts.body`.
 */
export const DEFAULT_CONTENT_TIMEOUT_MS = 30_000;

/**
 * Bytes of content a second below which a client is too slow, when it has been so for `timeouts.body`: 100 bytes, fewer than
 * the slowest network carries. A byte now and then would otherwise hold an exchange for ever.
 */
export const MIN_CONTENT_BYTES_PER_SECOND = 100;

/** Milliseconds in which a client takes none of a response that waits to be written: as for content; option `timeouts.write`. */
export const DEFAULT_WRITE_TIMEOUT_MS = 30_000;

/**
 * Milliseconds that a connection is kept without a request: 75 s, as nginx has it, and more than the 60 s of most proxies;
 * option `timeouts.idle`.
 */
export const DEFAULT_IDLE_TIMEOUT_MS = 75_000;

/**
 * Milliseconds by which the hint of the Keep-Alive field is less than the idle timeout, so that no client sends a request
 * into a connection that is being closed.
 */
export const MIN_KEEP_ALIVE_MARGIN_MS = 5000;

/**
 * Milliseconds between two looks at the deadlines of all connections: half a second, by which a timeout may come late; more
 * often costs time, and limits are of seconds.
 */
export const MAX_WATCH_PERIOD_MS = 500;

// Closing

/**
 * Milliseconds for which a connection that this end closes is read on. Bytes that no one reads make the transport send
 * a reset, by which the client loses the response.
 */
export const MAX_LINGER_MS = 500;

/** Bytes that are read and dropped meanwhile: 64 KiB, the rest of a small upload. */
export const MAX_LINGER_BYTES = 65_536;

/**
 * Milliseconds that a client may take to acknowledge the PING of a graceful shutdown: 1 s, more than a round trip. Then the
 * final GOAWAY is sent all the same.
 */
export const MAX_GO_AWAY_MS = 1000;

// Handlers

/**
 * Handlers of an HTTP/2 connection that run at a time, those of streams that are gone among them, where
 * `maxConcurrentStreams` says nothing: as many as streams may be open.
 */
export const DEFAULT_MAX_RUNNING_HANDLERS = 100;

// Accepting

/**
 * Connections of a server that are open at a time: 10,000, fewer than the files that most systems let a process open. The
 * next is accepted when one has ended; option `maxConnections`.
 */
export const DEFAULT_MAX_CONNECTIONS = 10_000;

/** Milliseconds of the first wait after `accept` has failed for want of resources; it doubles up to the most. */
export const MIN_ACCEPT_PAUSE_MS = 5;

/** Milliseconds of the longest wait after `accept` has failed: 1 s, in which files are closed. */
export const MAX_ACCEPT_PAUSE_MS = 1000;

// WebSockets

/**
 * Seconds without a byte after which the client of a WebSocket is pinged: 30, those of `Deno.upgradeWebSocket`; option
 * `idleTimeout`.
 */
export const DEFAULT_WEB_SOCKET_IDLE_SECONDS = 30;

// Certificates that are made

/** Milliseconds by which a made certificate is valid before now: 1 h, because the clocks of clients may be behind. */
export const MAX_CLOCK_SKEW_MS = 3_600_000;

/** Milliseconds that a made certificate is valid: 90 days, as those of public authorities; option `notAfter`. */
export const DEFAULT_CERTIFICATE_LIFETIME_MS = 7_776_000_000;
