/**
 * All limits and defaults of the client, with the reason for each figure: what holds where the caller says nothing,
 * and what a peer may make the client hold, count or wait for.
 *
 * Those of the connections below are in `http1/limits.ts`, `http2/limits.ts` and `tls/limits.ts`.
 *
 * @module
 */

// Connections

/**
 * Milliseconds to connect, name lookup included (option `timeouts.connect`): 30 s, as in Go's default transport. A lost
 * SYN is repeated after 1, 3, 7 and 15 s, so four losses are survived; the operating system itself gives up only after
 * minutes.
 */
export const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/**
 * Milliseconds that a request waits longer for an attempt to connect than the attempt may take: its own error, which comes
 * first even on a busy machine, names the stage that was not done.
 */
export const MAX_CONNECT_LAG_MS = 1_000;

/**
 * Milliseconds of a TLS handshake (option `timeouts.handshake`): 30 s, as for connecting. It takes one or two round
 * trips; an overloaded server is slow.
 */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 30_000;

/**
 * Milliseconds after which the next address of a host is tried beside those before: "One recommended value for a default
 * delay is 250 milliseconds." (RFC 8305 §5)
 */
export const DEFAULT_CONNECTION_ATTEMPT_DELAY_MS = 250;

/** Milliseconds that lie between the starts of two attempts at least, also where the first fails at once (RFC 8305 §5). */
export const MIN_CONNECTION_ATTEMPT_DELAY_MS = 10;

/** Addresses of one host that are tried: more than any honest name has, and no scan of a network. */
export const MAX_ADDRESSES = 64;

/**
 * Milliseconds that a connection may stay open without a request: 90 s, as in Go and hyper. Many servers close idle
 * connections after 60 to 75 s, and a connection that the server closes first costs nothing.
 */
export const DEFAULT_IDLE_TIMEOUT_MS = 90_000;

/**
 * Milliseconds by which an HTTP/1.1 connection is given up before the time that the server's Keep-Alive field tells, or
 * half of that time where it is shorter: 1 s. The server counts from its last byte and closes when its time is over, so
 * a request must be there earlier; it travels for half a second at most.
 */
export const MAX_KEEP_ALIVE_MARGIN_MS = 1_000;

/** Connections to one origin: any number, as in `fetch`. A limit makes requests wait for responses that are not read. */
export const DEFAULT_MAX_CONNECTIONS_PER_ORIGIN: number = Infinity;

/**
 * HTTP/2 connections to one origin: "Clients SHOULD NOT open more than one HTTP/2 connection to a given host and port
 * pair" (RFC 9113 §9.1).
 */
export const DEFAULT_MAX_HTTP2_CONNECTIONS_PER_ORIGIN = 1;

/**
 * Connections to one origin that stay open without a request: 256. What is left of a burst takes at most a quarter of
 * the 1,024 file descriptors that a process has by default; the surplus is closed at once, and the rest by the idle
 * timeout.
 */
export const DEFAULT_MAX_IDLE_PER_ORIGIN = 256;

/**
 * Lengths of timeouts that keep their timer while no deadline uses it. A client uses a handful of lengths over and over;
 * a program that computes the time that is left uses each once, and would collect timers.
 */
export const MAX_IDLE_TIMERS = 16;

// Requests

/** Redirects that are followed. "If request's redirect count is 20, then return a network error." (Fetch §4.4) */
export const DEFAULT_MAX_REDIRECTS = 20;

/**
 * Times that a request is retried after a failure that cannot have had an effect. A server that refuses it three times
 * means it, unless it serves others meanwhile.
 */
export const MAX_RETRIES = 2;

/**
 * Times that a request is retried after connections that served others refused it, while they serve no other. A server
 * that is busy for a moment needs a few; each costs a frame both ways.
 */
export const MAX_REFUSALS = 32;

/**
 * Retries of a request under the option `retry`: 2. What three attempts do not mend lasts longer than a caller waits, and
 * each adds to the load of a server that is overloaded.
 */
export const DEFAULT_RETRY_ATTEMPTS = 2;

/** Milliseconds that the first pause before a retry may take: 250 ms, several round trips. */
export const DEFAULT_INITIAL_BACKOFF_MS = 250;

/** Milliseconds that any pause before a retry may take: 30 s, in which a server starts again. */
export const DEFAULT_MAX_BACKOFF_MS = 30_000;

/** Milliseconds of a Retry-After that is obeyed: 60 s, the window of most rate limits. A caller decides about longer ones. */
export const DEFAULT_MAX_RETRY_AFTER_MS = 60_000;

/**
 * Prepared requests that one client caches, by URL. A program calls a few URLs often, or many URLs once: this is plenty
 * for the first, and with {@linkcode MAX_CACHED_URL_CHARS} a megabyte at most for the second.
 */
export const MAX_CACHED_REQUESTS = 256;

/** Length of a URL whose request is cached. */
export const MAX_CACHED_URL_CHARS = 2_048;

/** Length of a redirect's scheme that an error shows: enough to recognise any registered one. */
export const MAX_SHOWN_SCHEME_CHARS = 32;

/** Length of a field name that an error shows. */
export const MAX_SHOWN_NAME_CHARS = 64;

// Proxies

/** Proxies of one chain. Anonymity networks use three; each costs a round trip at least, and a process of its own. */
export const MAX_PROXY_HOPS = 8;

/** Addresses of a name that are tried through a `socks5:` proxy, each with a connection of its own to the proxy. */
export const MAX_SOCKS_ADDRESSES = 4;

/** Length of a proxy's reason phrase that an error shows: enough for a sentence. */
export const MAX_SHOWN_REASON_CHARS = 64;

/** Authentication schemes of a 407 that an error names: there are about ten in the registry. */
export const MAX_SHOWN_CHALLENGES = 5;

/** Bytes of a user name, a password or a host name in SOCKS5, each of which has a length of one octet (RFC 1928, 1929). */
export const MAX_SOCKS_TEXT_BYTES = 255;

// Responses

/**
 * Bytes of unwanted content that are read so that its HTTP/1.1 connection can be reused: 64 KiB, about what arrives
 * within one round trip. Making a new connection takes longer.
 */
export const MAX_DRAIN_BYTES = 65_536;

/** Milliseconds that reading unwanted content may take: a new connection takes less than 1 s. */
export const MAX_DRAIN_MS = 1_000;

/** Codings of one response's content. One is usual, two are a proxy's mistake; each costs an engine and may expand. */
export const MAX_CODINGS = 5;

/**
 * Factor by which content may expand when it is decoded, where the option `maxDecodedSize` is absent. Text reaches 5 to 20, the most repetitive logs and tables about
 * 100, a gzip bomb 1,000. Apache's mod_deflate draws the line here too.
 */
export const DEFAULT_MAX_DECODED_RATIO = 200;

/** Decoded size from which that factor is checked: 16 MiB. Less fits in memory easily, whatever it was made of. */
export const MIN_RATIO_CHECKED_BYTES = 16_777_216;

/**
 * Window that a zstd frame may ask for: 8 MiB. "decoders MUST support a Window_Size of up to and including 8 MB" and
 * need not support more (RFC 9659 §3).
 */
export const MAX_ZSTD_WINDOW_BYTES = 8_388_608;

/**
 * zstd frames of one response's content. Each costs about 10 us however few bytes it has. Parallel and seekable encoders
 * make frames of 64 KiB to some MiB, so this allows 4 GiB of content at least.
 */
export const MAX_ZSTD_FRAMES = 65_536;
