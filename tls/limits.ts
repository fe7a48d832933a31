/**
 * All limits and defaults of TLS, with the reason for each figure: what a peer may make this end hold, count or wait
 * for, and what holds where the configuration says nothing.
 *
 * Limits of certificates and of the path search are in `x509/limits.ts`. Figures that an RFC fixes, such as the length
 * of a tag, are no limits and stand where they are used.
 *
 * @module
 */

// Records

/**
 * Least value of the option `maxFragmentSize`: 32 bytes, header included. Below it the overhead of a record outweighs
 * its content.
 */
export const MIN_FRAGMENT_SIZE_BYTES = 32;

/**
 * Greatest value of the option `maxFragmentSize`, and its default: the header of 5 bytes and the 2^14 bytes that one
 * record can carry (RFC 9846 §5.1).
 */
export const MAX_FRAGMENT_SIZE_BYTES: number = 5 + 16_384;

/**
 * Records in a row without content. Empty records mean nothing, so a few dozen in a row are an attack; OpenSSL and
 * BoringSSL draw the line here too.
 */
export const MAX_EMPTY_RECORDS = 32;

/** ChangeCipherSpec records of a handshake: one for the end of each flight, of which a client may send two. */
export const MAX_CHANGE_CIPHER_SPECS = 2;

/** Warning alerts without data between them. Java sends user_canceled and goes on, now and then; not five times. */
export const MAX_WARNING_ALERTS = 4;

/**
 * Payload of a client's early data that is skipped where `maxEarlyDataSize` is not greater: the client may have a ticket
 * of another server, and those of nginx and OpenSSL allow as much as one full record.
 */
export const MAX_SKIPPED_EARLY_DATA_BYTES = 16_384;

/**
 * Early data that a client sends on one connection: 1 MiB. It is kept until the server has answered, and a ticket can
 * allow 4 GiB of it.
 */
export const MAX_EARLY_DATA_BYTES = 1_048_576;

/**
 * Difference between the age of a ticket that a client tells and the one that the server knows, above which early data is
 * refused: a recorded ClientHello is good for so long. A minute allows for slow networks and bad clocks; BoringSSL and
 * rustls draw the line here too.
 */
export const MAX_TICKET_AGE_SKEW_MS = 60_000;

/** Greatest value of the option `maxEarlyDataSize`: a server may hold as much for each connection; see RFC 9846 §4.7.1. */
export const MAX_ACCEPTED_EARLY_DATA_BYTES = 1_048_576;

/** Records opened ahead of the one that is read: enough to keep a few threads busy; a slow reader holds no more. */
export const MAX_RECORDS_OPENED_AHEAD = 16;

/** Records of one call that are being sealed at the same time: enough to keep a few threads busy. */
export const MAX_RECORDS_SEALED_AT_ONCE = 16;

/**
 * Records that one AES-GCM key protects. RFC 9846 §5.5 allows 2^24.5 full-size records; the whole power of two below
 * it leaves a margin. ChaCha20-Poly1305 needs no limit: the sequence number ends first.
 */
export const MAX_AES_GCM_RECORDS: number = 2 ** 24;

/**
 * Memory for a record or a message of which only a part has come: what a small one takes. More is taken in proportion to
 * what has come, not to what a header announces.
 */
export const MIN_GATHERED_BYTES = 1024;

// Handshake messages

/**
 * Body of a handshake message other than Certificate. Its header can announce 16 MiB, all of which would be gathered
 * before any of it is judged; real messages stay far below 64 KiB.
 */
export const MAX_HANDSHAKE_MESSAGE_BYTES = 0xffff;

/**
 * Body of a Certificate, the one message that grows with what a peer has configured: 64 KiB, as in rustls. It is the
 * limit of a CompressedCertificate too, and of what that decompresses to (RFC 8879 §5).
 */
export const MAX_CERTIFICATE_MESSAGE_BYTES = 0x10000;

/**
 * CompressedCertificates that a config remembers, as in rustls: a server shows the same few chains again and again, and
 * compressing one takes as long as half a handshake.
 */
export const MAX_COMPRESSED_CERTIFICATES = 4;

/**
 * Certificates in a peer's Certificate message. A certification path has at most 8, end entity and root included; some
 * peers send unneeded ones beside it.
 */
export const MAX_PEER_CERTIFICATES = 64;

/**
 * Entries of a client's key_share. The registry has some forty groups, and clients send up to three shares. Each share
 * is looked up in the client's list of groups, and both lists can fill a message.
 */
export const MAX_KEY_SHARES = 64;

/**
 * Names of authorities in a server's CertificateRequest: twice what a public set of roots takes, and half of what fits
 * into a message. Longer lists are left out: they are a hint, without which clients choose by themselves.
 */
export const MAX_AUTHORITIES_BYTES = 32_768;

/**
 * OCSP response that a server staples: half of the Certificate that peers take, chain included. Responses have 2 KiB, or
 * a few more with a responder's certificate in them.
 */
export const MAX_OCSP_RESPONSE_BYTES = 32_768;

// Public keys

/** Modulus of an RSA key: shorter ones can be broken, or soon will be; RFC 9325 §4.5 and the CA/Browser Forum agree. */
export const MIN_RSA_BITS = 2048;

/** Modulus of an RSA key: a longer one makes checking a signature slower than any key in use warrants. */
export const MAX_RSA_BITS = 8192;

/**
 * Public exponent of an RSA key, which has 33 bits at most: larger ones are in no use, and one as long as the modulus
 * makes checking a signature as slow as making one. ring and BoringSSL have the same limit.
 */
export const MAX_RSA_EXPONENT: number = 2 ** 33 - 1;

// Sessions and tickets

/**
 * Lifetime of a ticket: 7 days. "Servers MUST NOT use any value greater than 604800 seconds (7 days)." (RFC 9846
 * §4.7.1), and a client must not use tickets for longer, whatever the server says.
 */
export const MAX_TICKET_LIFETIME_SECONDS = 604_800;

/**
 * Time since the full handshake after which a client resumes no more: as long as one ticket lives. Every resumption
 * brings new tickets, so without this limit a server whose certificate has expired or was revoked, or a thief of its
 * key, could be resumed with without end: "It is RECOMMENDED that implementations place limits on the total lifetime of
 * such keying material" (RFC 9846 §4.7.1).
 */
export const MAX_AUTHENTICATION_AGE_SECONDS = 604_800;

/** Time since its full handshake for which a server resumes a session of its store: one day. */
export const DEFAULT_SESSION_LIFETIME_SECONDS: number = 24 * 3600;

/**
 * Tickets of one connection that a client keeps; further ones are ignored. Servers send two as a rule, and each ticket
 * kept costs a key derivation.
 */
export const MAX_TICKETS_PER_CONNECTION = 8;

/**
 * Ticket that a client keeps. It goes into a ClientHello, which has 64 KiB for everything; tickets with a client's
 * certificates in them take a few KiB.
 */
export const MAX_TICKET_BYTES = 16_384;

/** Ticket that a server sends: half a ClientHello, for ticketers whose tickets are long. */
export const MAX_SENT_TICKET_BYTES = 32_768;

/**
 * Encoded session for which a server sends a ticket: a client returns a sealed one in every ClientHello, whose limit is
 * 64 KiB. A chain of certificates that does not fit is not worth it.
 */
export const MAX_SESSION_BYTES = 16_384;

/**
 * Tickets of one ClientHello that a server tries: more than any client sends, while a message of 64 KiB could hold a
 * thousand, each worth a decryption or a question to a store.
 */
export const MAX_TICKETS_TRIED = 8;

/** Unusable sessions that a client takes from its store in a row before it does a full handshake. */
export const MAX_UNUSABLE_SESSIONS = 8;

/**
 * Servers for which a client config remembers the group that a HelloRetryRequest asked for; a miss costs a round trip.
 */
export const MAX_GROUP_HINTS = 256;

/**
 * Tickets that a server sends after a handshake: browsers open two connections; rustls, OpenSSL and BoringSSL send two.
 */
export const DEFAULT_SENT_TICKETS = 2;

/** Greatest value of the options `sendTickets` and `maxTickets`: as many as clients keep of one connection. */
export const MAX_SENT_TICKETS = 8;

/** Sessions that a store in memory holds, on either side, as in rustls: a few hundred bytes each. */
export const DEFAULT_STORED_SESSIONS = 256;

/** Sessions of one server that a client's store in memory holds, as in rustls; a server sends two tickets as a rule. */
export const MAX_STORED_SESSIONS_PER_SERVER = 8;

/** Age until which a ticket key seals: 6 hours, so that a stolen key opens few tickets. */
export const MAX_SEALING_KEY_AGE_MS: number = 6 * 3_600_000;

/**
 * Age until which a ticket key opens: 12 hours. A ticket that was sealed in the last moment of a key can then be opened
 * for as long as the key sealed.
 */
export const MAX_OPENING_KEY_AGE_MS: number = 12 * 3_600_000;

/**
 * Tickets that one key seals. With random nonces of 96 bits, 2^32 messages keep the probability that two nonces are
 * equal under 2^-32 (NIST SP 800-38D §8.3).
 */
export const MAX_TICKETS_PER_KEY: number = 2 ** 32;

// Connections

/**
 * KeyUpdates without data between them. Each costs this end some cryptography and the peer next to nothing; BoringSSL
 * and rustls draw the line here too. Tickets do not count: only those that are kept cost anything.
 */
export const MAX_KEY_UPDATES_WITHOUT_DATA = 32;

/**
 * Bytes behind a ClientHello while the server has no config yet. A client has only a ChangeCipherSpec to send then, and
 * early data, of which one record is skipped.
 */
export const MAX_UNCONFIGURED_BYTES = 65_536;

/**
 * HelloRequests, or ClientHellos, after a handshake of TLS 1.2: one is declined by a warning (RFC 5246 §7.2.2), and a peer
 * that asks again does not take no for an answer. rustls draws the line here too.
 */
export const MAX_RENEGOTIATION_REQUESTS = 1;

// Streams

/**
 * Time for a handshake that a server allows by default: honest clients need a few round trips, and one that says nothing
 * would keep its connection for ever.
 */
export const DEFAULT_ACCEPT_TIMEOUT_MS = 10_000;

/**
 * Time for the alert of a failed handshake: for the peer to take this end's, and for its own to arrive. The alert only
 * explains the failure, so a peer that does neither must not delay it for long.
 */
export const ALERT_TIMEOUT_MS = 500;

/**
 * Time for the transport to take the close_notify of a stream that is closed, and what was written before it. A peer that
 * reads no more must not keep a closed connection open for long.
 */
export const CLOSE_TIMEOUT_MS = 500;

/** Sealed bytes that the transport has not taken, above which a write waits, as in rustls. */
export const MAX_UNSENT_BYTES: number = 64 * 1024;

/** Bytes of one write that are sealed at once: enough records to keep an asynchronous provider busy. */
export const MAX_ACCEPTED_BYTES: number = 256 * 1024;

/**
 * Buffer of a server's first read in a handshake: a ClientHello with a post-quantum key share has under 2 KiB. A client
 * that says nothing costs little more than this.
 */
export const MIN_HANDSHAKE_READ_BYTES = 4096;

/** Buffer of a client's first read in a handshake: the server's flight, with a chain of some certificates. */
export const MIN_FLIGHT_READ_BYTES: number = 17 * 1024;

/**
 * Buffer of a connection's first read, which an idle connection keeps: a small request or response. Four times it is a
 * full record.
 */
export const MIN_READ_BYTES: number = 17 * 256;

/** Buffer of a later read: each read that fills its buffer has the next one four times as long, up to this. */
export const MAX_READ_BYTES: number = 256 * 1024;

/** Reads in a row that a buffer of {@linkcode MIN_READ_BYTES} is enough for, after which a longer one is let go. */
export const MAX_SMALL_READS = 8;

/** Memory around a decrypted chunk that is given away with it: the tag and padding of a record fit; more is copied. */
export const MAX_CHUNK_SLACK_BYTES = 512;

// Explanations

/**
 * Content of handshake messages that an explanation keeps: several times what a long chain and a few dozen tickets need,
 * and little beside the buffers of a connection.
 */
export const MAX_EXPLAINED_BYTES: number = 512 * 1024;

/**
 * Records and other events that an explanation keeps: a handshake has some 40. A peer may send records of one byte, each
 * of which costs as much as a long one.
 */
export const MAX_EXPLAINED_ENTRIES = 2_000;

/** Fields of one message that are explained; a message that claims more is made of empty entries. */
export const MAX_EXPLAINED_FIELDS = 2_000;

/** Entries of one list that are explained one by one; beyond it they are counted. Browsers send some 20 suites. */
export const MAX_EXPLAINED_LIST = 64;

// Deno's TLS

/** Values of `caCerts` remembered as valid: a program that makes a client for each request passes the same ones. */
export const MAX_REMEMBERED_CA_CERTS = 8;

/** Characters of Deno's own message that an error quotes: part of it may come from the peer. */
export const MAX_QUOTED_CHARACTERS = 200;

/** Characters of a reason that is made of Deno's own message. */
export const MAX_REASON_CHARACTERS = 100;

/** Names of a certificate that a message lists; a certificate can have thousands. */
export const MAX_LISTED_NAMES = 8;
