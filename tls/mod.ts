/**
 * TLS for Deno and other runtimes with WebCrypto, by two implementations.
 *
 * **Ductile's TLS** is TLS 1.3 and 1.2 over any duplex: {@linkcode TlsConnector} and {@linkcode TlsAcceptor} make a
 * {@linkcode TlsStream} of a connected transport, with roots, pins, verifiers, client certificates and sessions of their
 * own, and with all facts of the connection. They are built on the machines {@linkcode ClientConnection} and
 * {@linkcode ServerConnection}, which do no I/O: bytes go in, bytes and events come out.
 *
 * **Deno's TLS** is the one that is built into Deno: {@linkcode DenoTls} dials and shakes hands, or adds TLS to a
 * `Deno.TcpConn`, and returns a {@linkcode DenoTlsStream}.
 *
 * Both kinds of streams read and write like any {@linkcode Duplex}, and every failure of the handshake is reported
 * by the call that connects, never by a later write, as a {@linkcode TlsError} with a code.
 *
 * @example Trusting some roots, and the facts of the connection
 * ```ts
 * import { RootCertStore, TlsConnector, type TlsStream } from "@ductile/ductile/tls";
 *
 * async function connect(pem: string): Promise<TlsStream> {
 *   const connector = new TlsConnector({ roots: RootCertStore.fromPem(pem), alpnProtocols: ["h2", "http/1.1"] });
 *   const stream = await connector.connect("localhost", await Deno.connect({ port: 8443 }));
 *   const { protocolVersion, cipherSuite, alpnProtocol, peerCertificates } = stream.connection;
 *   console.log(protocolVersion, cipherSuite, alpnProtocol, peerCertificates[0]?.subject);
 *   return stream;
 * }
 * ```
 *
 * @example A port that does not speak TLS
 * ```ts
 * import { DenoTls, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answering = listener.accept().then(async (io) => {
 *   await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
 *   return io;
 * });
 *
 * const tls = new DenoTls();
 * const target = { hostname: "127.0.0.1", port: listener.addr.port };
 * const error = await assertRejects(() => tls.dial(target, { handshakeTimeout: 5_000 }), TlsError);
 * assertEquals(error.code, "handshake_failed");
 * assertEquals(error.hint, "Check that the port speaks TLS, or use http: for one that does not.");
 * (await answering).close();
 * ```
 *
 * @module
 */

export type { Duplex } from "../io/duplex.ts";
export { type TlsAcceptOptions, TlsAcceptor } from "./acceptor.ts";
export { ClientConnection, type ClientConnectionOptions } from "./connection/client_connection.ts";
export { ClientConfig, type ClientConfigOptions } from "./config/client_config.ts";
export type { CertificateCompression } from "./config/certificate_compression.ts";
export type { EchKey, LoadedEchKeys } from "./ech/ech_keys.ts";
export { type GeneratedEchKey, generateEchKey, type GenerateEchKeyOptions } from "./ech/generate_ech_key.ts";
export type { EchOptions, ResolvedEch } from "./config/ech_options.ts";
export type { CommonConfig, CommonConfigOptions, EnabledVersionName } from "./config/common_config.ts";
export type {
  CertificateRequestInfo,
  ClientHelloInfo,
  ClientIdentity,
  ClientIdentityResolver,
  ClientVerifier,
  EarlyDataPolicy,
  Identities,
  Identity,
  IdentityResolver,
  InvalidSniPolicy,
  KeyLog,
  KeyLogEntry,
  RawPublicKeyIdentity,
  ServerIdentity,
  ServerVerifier,
} from "./config/config_types.ts";
export { Connection } from "./connection/connection.ts";
export type {
  TlsClientHelloEvent,
  TlsConnectionClosedEvent,
  TlsDataEvent,
  TlsEstablishedEvent,
  TlsEvent,
  TlsKeyUpdateEvent,
  TlsSessionTicketEvent,
} from "./connection/connection_types.ts";
export type { ExtractedKeys, ExtractedSecrets } from "./connection/extract_secrets.ts";
export type { RecordPadding } from "./config/record_padding.ts";
export { type TlsConnectOptions, TlsConnector } from "./connector.ts";
export { denoCrypto } from "./crypto/deno.ts";
export { nodeCrypto } from "./crypto/node.ts";
export type {
  AeadKey,
  CipherSuite,
  CryptoProvider,
  HashName,
  KeyExchangeGroup,
  KeyShare,
  SignatureAlgorithm,
  SigningKey,
} from "./crypto/provider.ts";
export { webCrypto } from "./crypto/web.ts";
export {
  DenoTls,
  type DenoTlsConnectOptions,
  type DenoTlsDialOptions,
  type DenoTlsTarget,
} from "./deno/deno_tls.ts";
export type { DenoTlsConnection } from "./deno/deno_connection.ts";
export type { DenoTlsOptions } from "./deno/deno_options.ts";
export {
  DenoTlsStream,
  type DenoTlsTimings,
  type SocketAddress,
  type TlsSocket,
} from "./deno/deno_stream.ts";
export { duplexFromStreams, type StreamPair } from "./stream/duplex_from_streams.ts";
export {
  type CertificateRefusal,
  TlsError,
  type TlsErrorCode,
  type TlsErrorOptions,
} from "./error/tls_error.ts";
export type { EarlyDataRefusal, TlsEarlyDataEvent, TlsHalfRttEvent } from "./handshake/early_data_outcome.ts";
export type { EchStatus, HandshakeKind, TlsConnectionFacts } from "./handshake/connection_facts.ts";
export { identitiesByName } from "./config/identities_by_name.ts";
export type { LoadedIdentity } from "./config/identity.ts";
export { formatKeyLogLine, keyLogWriter } from "./config/key_log.ts";
export { type LazyAcceptOptions, LazyConfigAcceptor, StartHandshake } from "./lazy_acceptor.ts";
export type { Machine } from "../io/machine.ts";
export type { Eventual } from "../io/script.ts";
export { ServerConnection, type ServerConnectionOptions } from "./connection/server_connection.ts";
export {
  type ClientAuthOptions,
  type ResolvedClientAuth,
  ServerConfig,
  type ServerConfigOptions,
} from "./config/server_config.ts";
export { memoryServerSessions, type ServerSessionStore } from "./session/server_sessions.ts";
export { ClientSession, type ClientSessionStore, memorySessions } from "./session/session.ts";
export {
  ClientTlsStream,
  ServerTlsStream,
  TlsStream,
  type TlsStreamParts,
  type TlsTimings,
} from "./stream/tls_stream.ts";
export type { TlsConnectionInfo } from "./stream/connection_info.ts";
export type { FailedHandshake, HandshakeOptions } from "./stream/shake_hands.ts";
export type { TicketRequest } from "./wire/messages.ts";
export { rotatingTicketer, type Ticketer } from "./session/ticketer.ts";
export { explainHandshake, type ExplainOptions, HandshakeExplanation } from "./explain/explain_handshake.ts";
export type {
  ExplainedData,
  ExplainedDecision,
  ExplainedField,
  ExplainedInner,
  ExplainedKeyChange,
  ExplainedMessage,
  ExplainedOmission,
  ExplainedOutcome,
  ExplainedSecret,
  ExplainedStep,
} from "./explain/explained_step.ts";
export { AlertDescription, type AlertName } from "./error/alert_description.ts";
export {
  type CertificateCompressionName,
  type CertificateTypeName,
  CipherSuiteId,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
  ProtocolVersion,
  type ProtocolVersionName,
  SignatureScheme,
  type SignatureSchemeName,
} from "./wire/numbers.ts";
export { CertificateError, type CertificateErrorCode, type CertificateErrorOptions } from "./x509/error.ts";
export { PeerCertificate } from "./x509/peer_certificate.ts";
export type { RevocationOptions, RevocationPolicy } from "./x509/revocation/revocation.ts";
export { type AddedRoots, type AddRootOptions, RootCertStore } from "./x509/root_cert_store.ts";
export type { TrustAnchor } from "./x509/types.ts";
