/**
 * The public surface, name by name. A subpath and each of its names is a promise: a change that adds or removes one
 * says so here.
 */

import { assertEquals } from "@std/assert";
import { readConfig, ROOT } from "./support/checkout.ts";
import { run } from "./support/run.ts";

/** Export path to what it gives: kind and name, sorted by name. */
const SURFACE: Readonly<Record<string, readonly string[]>> = {
  ".": [
    "class Client",
    "class ClientError",
    "typeAlias ClientErrorCode",
    "interface ClientErrorOptions",
    "interface ClientOptions",
    "interface ClientRequestInit",
    "class ClientResponse",
    "interface ConnectionInfo",
    "interface ConnectionTimings",
    "typeAlias Dial",
    "interface DialTarget",
    "interface Duplex",
    "interface ExchangeTimings",
    "typeAlias Field",
    "typeAlias Http1Options",
    "typeAlias Http2Options",
    "typeAlias HttpVersion",
    "interface IncomingBody",
    "interface NetAddress",
    "interface OriginStats",
    "interface PoolOptions",
    "interface PoolStats",
    "typeAlias Protocol",
    "interface ResponseParts",
    "interface Timeouts",
    "interface TlsInfo",
  ],
  "./http1": [
    "typeAlias ClientState",
    "interface ConnectionClosedEvent",
    "typeAlias ContentLength",
    "interface DataEvent",
    "interface Duplex",
    "interface EndOfMessageEvent",
    "typeAlias Eventual",
    "typeAlias Field",
    "class Http1Client",
    "interface Http1ClientOptions",
    "class Http1Connection",
    "interface Http1ConnectionOptions",
    "class Http1Error",
    "typeAlias Http1ErrorCode",
    "typeAlias Http1Event",
    "typeAlias Http1Version",
    "class HttpError",
    "interface HttpErrorOptions",
    "typeAlias HttpVersion",
    "interface IncomingBody",
    "interface IncomingResponse",
    "interface InformationalEvent",
    "interface KeepAlive",
    "interface Machine",
    "interface OutgoingBody",
    "interface OutgoingRequest",
    "interface RequestEvent",
    "interface RequestHead",
    "interface RequestOptions",
    "typeAlias RequestProgress",
    "interface ResponseEvent",
    "interface ResponseHead",
    "typeAlias Role",
    "typeAlias ServerState",
    "interface SwitchedEvent",
  ],
  "./http2": [
    "interface Duplex",
    "variable ErrorCode",
    "typeAlias ErrorCodeName",
    "typeAlias Eventual",
    "typeAlias Field",
    "class Http2Client",
    "interface Http2ClientOptions",
    "class Http2Connection",
    "interface Http2ConnectionClosedEvent",
    "interface Http2ConnectionOptions",
    "interface Http2DataEvent",
    "interface Http2EndOfMessageEvent",
    "class Http2Error",
    "typeAlias Http2ErrorCode",
    "interface Http2ErrorOptions",
    "typeAlias Http2ErrorScope",
    "typeAlias Http2Event",
    "interface Http2GoAwayEvent",
    "interface Http2InformationalEvent",
    "interface Http2KeepAlive",
    "interface Http2PingAckEvent",
    "interface Http2RequestEvent",
    "interface Http2ResetEvent",
    "interface Http2ResponseEvent",
    "typeAlias Http2Role",
    "interface Http2Settings",
    "interface Http2SettingsEvent",
    "interface Http2WindowEvent",
    "class HttpError",
    "interface HttpErrorOptions",
    "typeAlias HttpVersion",
    "interface IncomingBody",
    "interface IncomingResponse",
    "interface Machine",
    "interface OutgoingBody",
    "interface OutgoingRequest",
    "interface RequestOptions",
    "typeAlias RequestProgress",
    "interface RequestTarget",
  ],
  "./roots": [
    "interface AddRootOptions",
    "interface AddedRoots",
    "interface MissingPermission",
    "interface NativeRoots",
    "class NativeRootsError",
    "interface NativeRootsOptions",
    "interface NativeSource",
    "class RootCertStore",
    "interface RootDescription",
    "interface TrustAnchor",
    "function describeRoots",
    "function mozillaRoots",
    "function nativeRoots",
    "function parsePemCertificates",
  ],
  "./tls": [
    "interface AddRootOptions",
    "interface AddedRoots",
    "interface AeadKey",
    "variable AlertDescription",
    "typeAlias AlertName",
    "interface CertificateCompression",
    "typeAlias CertificateCompressionName",
    "class CertificateError",
    "typeAlias CertificateErrorCode",
    "interface CertificateErrorOptions",
    "interface CertificateRefusal",
    "interface CertificateRequestInfo",
    "interface CipherSuite",
    "variable CipherSuiteId",
    "typeAlias CipherSuiteName",
    "interface ClientAuthOptions",
    "class ClientConfig",
    "interface ClientConfigOptions",
    "class ClientConnection",
    "interface ClientConnectionOptions",
    "interface ClientHelloInfo",
    "interface ClientIdentity",
    "typeAlias ClientIdentityResolver",
    "class ClientSession",
    "interface ClientSessionStore",
    "class ClientTlsStream",
    "typeAlias ClientVerifier",
    "class CommonConfig",
    "interface CommonConfigOptions",
    "class Connection",
    "interface CryptoProvider",
    "class DenoTls",
    "interface DenoTlsConnectOptions",
    "interface DenoTlsConnection",
    "interface DenoTlsDialOptions",
    "interface DenoTlsOptions",
    "class DenoTlsStream",
    "interface DenoTlsTarget",
    "interface DenoTlsTimings",
    "interface Duplex",
    "typeAlias EarlyDataPolicy",
    "typeAlias EarlyDataRefusal",
    "typeAlias EnabledVersionName",
    "typeAlias Eventual",
    "interface FailedHandshake",
    "typeAlias HandshakeKind",
    "interface HandshakeOptions",
    "typeAlias HashName",
    "typeAlias Identities",
    "interface Identity",
    "typeAlias IdentityResolver",
    "interface KeyExchangeGroup",
    "typeAlias KeyLog",
    "interface KeyLogEntry",
    "interface KeyShare",
    "class LazyConfigAcceptor",
    "class LoadedIdentity",
    "interface Machine",
    "variable NamedGroup",
    "typeAlias NamedGroupName",
    "class PeerCertificate",
    "variable ProtocolVersion",
    "typeAlias ProtocolVersionName",
    "interface ResolvedClientAuth",
    "interface RevocationOptions",
    "class RevocationPolicy",
    "class RootCertStore",
    "class ServerConfig",
    "interface ServerConfigOptions",
    "class ServerConnection",
    "interface ServerIdentity",
    "interface ServerSessionStore",
    "class ServerTlsStream",
    "typeAlias ServerVerifier",
    "typeAlias SignatureAlgorithm",
    "variable SignatureScheme",
    "typeAlias SignatureSchemeName",
    "interface SigningKey",
    "interface SocketAddress",
    "class StartHandshake",
    "interface StreamPair",
    "interface Ticketer",
    "interface TlsAcceptOptions",
    "class TlsAcceptor",
    "interface TlsClientHelloEvent",
    "interface TlsConnectOptions",
    "interface TlsConnectionClosedEvent",
    "interface TlsConnectionFacts",
    "interface TlsConnectionInfo",
    "class TlsConnector",
    "interface TlsDataEvent",
    "interface TlsEarlyDataEvent",
    "class TlsError",
    "typeAlias TlsErrorCode",
    "interface TlsErrorOptions",
    "interface TlsEstablishedEvent",
    "typeAlias TlsEvent",
    "interface TlsHalfRttEvent",
    "interface TlsKeyUpdateEvent",
    "interface TlsSessionTicketEvent",
    "interface TlsSocket",
    "class TlsStream",
    "interface TlsStreamParts",
    "interface TlsTimings",
    "interface TrustAnchor",
    "function denoCrypto",
    "function duplexFromStreams",
    "function formatKeyLogLine",
    "function identitiesByName",
    "function keyLogWriter",
    "function memoryServerSessions",
    "function memorySessions",
    "function nodeCrypto",
    "function rotatingTicketer",
    "function webCrypto",
  ],
};

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string }[];
}

const { exports } = await readConfig();

Deno.test("the package has these exports", () => {
  assertEquals(Object.keys(exports).sort(), Object.keys(SURFACE).sort());
});

for (const [path, file] of Object.entries(exports)) {
  Deno.test(`the export "${path}" has these names`, async () => {
    assertEquals(await namesOf(file), SURFACE[path]);
  });
}

/** Kind and name of everything that `file` exports, sorted by name. */
async function namesOf(file: string): Promise<string[]> {
  const { code, stdout, stderr } = await run("deno", ["doc", "--json", file], { cwd: ROOT });
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  const symbols = Object.values(nodes).flatMap((node) => node.symbols ?? []);
  return symbols
    .map(({ name, declarations }) => `${kindsOf(declarations)} ${name}`)
    .sort((a, b) => nameIn(a) < nameIn(b) ? -1 : 1);
}

/** A constant and a type of the same name are one symbol with two declarations; overloads are one kind. */
function kindsOf(declarations: DocumentedSymbol["declarations"]): string {
  return [...new Set(declarations.map(({ kind }) => kind))].sort().reverse().join("+");
}

function nameIn(entry: string): string {
  return entry.slice(entry.indexOf(" ") + 1);
}
