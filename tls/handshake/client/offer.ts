/**
 * The client's offer: the ClientHello as a value, and the private keys of its key shares (RFC 9846 §4.2.2).
 *
 * @module
 */

import type { KeyExchangeGroup, KeyShare } from "../../crypto/provider.ts";
import { isTls12Group } from "../../crypto/tls12_suites.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientSessionFacts, Tls12SessionFacts } from "../../session/session_facts.ts";
import { encodeClientHello, RANDOM_LENGTH, shuffledOrder } from "../../wire/client_hello.ts";
import type { ClientHello, ClientHelloExtensions, KeyShareEntry, ServerHello } from "../../wire/messages.ts";
import {
  CipherSuiteId,
  ExtensionType,
  NamedGroup,
  type NamedGroupName,
  ProtocolVersion,
  PskKeyExchangeMode,
  SignatureScheme,
} from "../../wire/numbers.ts";
import { offeredCertificateTypes } from "./certificate_types.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { allowsEarlyData } from "./early_data.ts";
import { hintedGroup } from "./group_hints.ts";
import { offeredVersions } from "./selected_version.ts";
import { encodeWithBinder, type OfferedSession, offerSession, takeSession } from "./offer_session.ts";

/** The encryption of a connection's hellos, where it has ECH; see `hello_encryption.ts`. */
export interface HelloEncryption {
  /**
   * Encrypts a ClientHelloInner.
   *
   * @param inner The message as the transcript has it.
   * @param order Its order of extensions, absent ones included.
   * @returns The ClientHelloOuter to be sent.
   */
  encrypt(inner: Uint8Array, order: readonly number[]): Script<Uint8Array>;
  /**
   * Checks a ServerHello behind a HelloRetryRequest that has confirmed ECH.
   *
   * @throws {TlsError} `illegal_parameter` when it does not confirm it, too.
   */
  requireConfirmation(channel: HandshakeChannel, offer: Offer, hello: ServerHello): Script<void>;
}

/** A ClientHello, and the secrets behind it. */
export interface Offer {
  /** The message without `pre_shared_key`, which is computed last. */
  readonly hello: ClientHello;
  /** The key shares of `key_share`, in its order. */
  readonly shares: readonly KeyShare[];
  /** The session that `pre_shared_key` offers. */
  readonly session?: OfferedSession;
  /** The session of TLS 1.2 that the session ID or `session_ticket` offers, never beside one of TLS 1.3. */
  readonly tls12Session?: Tls12SessionFacts;
  /** The encryption of `hello`, which is a ClientHelloInner then. */
  readonly encryption?: HelloEncryption;
}

/** The extensions of a ClientHello, apart from `pre_shared_key`, which comes last. */
const EXTENSIONS: readonly number[] = [
  ExtensionType.server_name,
  ExtensionType.status_request,
  ExtensionType.supported_groups,
  ExtensionType.ec_point_formats,
  ExtensionType.signature_algorithms,
  ExtensionType.client_certificate_type,
  ExtensionType.server_certificate_type,
  ExtensionType.extended_main_secret,
  ExtensionType.compress_certificate,
  ExtensionType.session_ticket,
  ExtensionType.ticket_request,
  ExtensionType.renegotiation_info,
  ExtensionType.application_layer_protocol_negotiation,
  ExtensionType.supported_versions,
  ExtensionType.cookie,
  ExtensionType.psk_key_exchange_modes,
  ExtensionType.key_share,
  ExtensionType.early_data,
  ExtensionType.encrypted_client_hello,
];

/** "In compatibility mode ..., this field MUST be non-empty" (RFC 9846 §4.2.2); 32 bytes, like TLS 1.2's own. */
const SESSION_ID_LENGTH = 32;
/** Length of the seed of {@linkcode shuffledOrder}. */
const SEED_LENGTH = 2;

/**
 * Makes the offer of the first ClientHello.
 *
 * All randomness is drawn at once, so a provider that has none fails before anything is sent. The extensions are in
 * random order, so that no server relies on one; a second ClientHello keeps the order.
 */
export function* firstOffer(context: ClientContext): Script<Offer> {
  const { crypto, suites, tls12Suites = [], owner } = context;
  const randomness = crypto.random(RANDOM_LENGTH + SESSION_ID_LENGTH + SEED_LENGTH);
  const [high = 0, low = 0] = randomness.subarray(RANDOM_LENGTH + SESSION_ID_LENGTH);
  const order = shuffledOrder(high << 8 | low, EXTENSIONS);
  const facts = yield* takeSession(context);
  const group = hintedGroup(owner, nameOf(context)) ?? facts?.keyExchangeGroup;
  const shares = suites.length > 0 ? yield* startShares(context.groups, group) : [];
  const hello: ClientHello = {
    type: "client_hello",
    // "In TLS 1.3, the client indicates its version preferences in the "supported_versions" extension and the
    // legacy_version field MUST be set to 0x0303" (RFC 9846 §4.2.2).
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: randomness.slice(0, RANDOM_LENGTH),
    sessionId: sessionIdFor(
      context,
      facts,
      randomness.slice(RANDOM_LENGTH, RANDOM_LENGTH + SESSION_ID_LENGTH),
    ),
    cipherSuites: [...suites, ...tls12Suites].map(({ name }) => CipherSuiteId[name]),
    compressionMethods: Uint8Array.of(0), // "exactly one byte, set to zero" (RFC 9846 §4.2.2)
    extensions: extensionsOf(context, shares, facts),
    extensionOrder: [...order, ExtensionType.pre_shared_key],
  };
  switch (facts?.protocolVersion) {
    case "TLSv1.3":
      return { hello, shares, session: yield* offerSession(context, facts) };
    case "TLSv1.2":
      return { hello, shares, tls12Session: facts };
    case undefined:
      return { hello, shares };
  }
}

/**
 * The session ID: that of a session of TLS 1.2 which is offered by it, or a random one for the compatibility mode of TLS
 * 1.3. Beside a ticket it is random too: a server that resumes repeats it (RFC 5077 §3.4).
 */
function sessionIdFor(
  { suites }: ClientContext,
  session: ClientSessionFacts | undefined,
  random: Uint8Array,
): Uint8Array {
  if (session?.protocolVersion === "TLSv1.2") return session.ticket.length === 0 ? session.sessionId : random;
  return suites.length > 0 ? random : new Uint8Array(0);
}

/** Sends the ClientHello of an offer. */
export function* sendClientHello(
  channel: HandshakeChannel,
  context: ClientContext,
  { hello, session, encryption }: Offer,
): Script<void> {
  const encoded = session === undefined
    ? encodeClientHello(hello)
    : yield* encodeWithBinder(channel, context, hello, session);
  if (encryption === undefined) channel.send(encoded);
  else channel.send(yield* encryption.encrypt(encoded, hello.extensionOrder), encoded);
  yield* channel.flush();
}

function extensionsOf(
  context: ClientContext,
  shares: readonly KeyShare[],
  session: ClientSessionFacts | undefined,
): ClientHelloExtensions {
  const { serverName, alpnProtocols, signatureSchemes } = context;
  const versions = offeredVersions(context);
  return {
    // "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3)
    ...(context.enableSni && serverName.kind === "dns" && { serverName: serverName.name }),
    ...(alpnProtocols.length > 0 && { alpnProtocols }),
    statusRequest: true,
    ...offeredCertificateTypes(context),
    supportedVersions: versions.map((version) => ProtocolVersion[version]),
    supportedGroups: offeredGroups(context).map(({ name }) => NamedGroup[name]),
    signatureAlgorithms: signatureSchemes.map((name) => SignatureScheme[name]),
    ...(versions.includes("TLSv1.2") && tls12Extensions(context, session)),
    ...(versions.includes("TLSv1.3") && tls13Extensions(context, shares, session)),
    ...(allowsEarlyData(context, session) && { earlyData: true }),
  };
}

/** The groups of all versions on offer; a server of TLS 1.2 skips the hybrids, which only TLS 1.3 has. */
function offeredGroups({ suites, groups }: ClientContext): readonly KeyExchangeGroup[] {
  return suites.length > 0 ? groups : groups.filter(isTls12Group);
}

/** The extensions that a ClientHello has for TLS 1.2. */
function tls12Extensions(
  { sessions }: ClientContext,
  session: ClientSessionFacts | undefined,
): ClientHelloExtensions {
  return {
    ecPointFormats: Uint8Array.of(0), // uncompressed(0), the only one that is left (RFC 8422 §5.1.2)
    extendedMainSecret: true,
    // Empty, because this is the first handshake of the connection (RFC 5746 §3.2).
    renegotiationInfo: new Uint8Array(0),
    // Empty: the client has no ticket, and wishes for one (RFC 5077 §3.2).
    ...(sessions !== undefined && {
      sessionTicket: session?.protocolVersion === "TLSv1.2" ? session.ticket : new Uint8Array(0),
    }),
  };
}

/** The extensions that a ClientHello has for TLS 1.3. */
function tls13Extensions(
  context: ClientContext,
  shares: readonly KeyShare[],
  session: ClientSessionFacts | undefined,
): ClientHelloExtensions {
  const { sessions, ticketRequest } = context;
  return {
    // "Servers SHOULD NOT send NewSessionTicket with tickets that are not compatible with the advertised modes"
    // (RFC 9846 §4.3.9): without the extension they send none.
    ...(sessions !== undefined && { pskKeyExchangeModes: [PskKeyExchangeMode.psk_dhe_ke] }),
    // "A client starting a new connection SHOULD set new_session_count to the desired number of session tickets and
    // resumption_count to 0." (RFC 9149 §3)
    ...(ticketRequest !== undefined && {
      ticketRequest: session?.protocolVersion === "TLSv1.3"
        ? ticketRequest
        : { ...ticketRequest, resumption: 0 },
    }),
    keyShares: keyShareEntries(shares),
    ...compressCertificate(context),
  };
}

/** `compress_certificate`, where certificates can be decompressed. */
function compressCertificate(
  { certificateCompression = [] }: ClientContext,
): Pick<ClientHelloExtensions, "compressCertificate"> {
  if (certificateCompression.length === 0) return {};
  return { compressCertificate: certificateCompression.map(({ id }) => id) };
}

/**
 * Makes the key shares of the first group in order of preference; a group that the server is known to want goes before
 * it: one that it asked for, or that the session on offer used, which saves the work of a hybrid where the server has
 * none. A hybrid group is accompanied by its classical component, where that group is enabled, so that a server without
 * the hybrid need not send a HelloRetryRequest.
 */
function* startShares(
  groups: readonly KeyExchangeGroup[],
  hint: NamedGroupName | undefined,
): Script<readonly KeyShare[]> {
  const group = groups.find(({ name }) => name === hint) ?? groups[0];
  if (group === undefined) throw new TypeError("Cannot offer a key exchange: no group is enabled");
  const share = yield* settle(group.start());
  const { component } = share;
  const both = component !== undefined && groups.some(({ name }) => name === component.group);
  return both ? [share, component] : [share];
}

/** The entries of `key_share`. */
export function keyShareEntries(shares: readonly KeyShare[]): readonly KeyShareEntry[] {
  return shares.map((share) => ({ group: NamedGroup[share.group], keyExchange: share.publicKey }));
}
