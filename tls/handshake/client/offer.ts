/**
 * What a client offers: the ClientHello as a value, with the private halves that go with it (RFC 9846 §4.2.2).
 *
 * @module
 */

import type { KeyExchangeGroup, KeyShare } from "../../crypto/provider.ts";
import { type Script, settle } from "../../../io/script.ts";
import { shuffledOrder } from "../../wire/client_hello.ts";
import type { ClientHello, ClientHelloExtensions, KeyShareEntry } from "../../wire/messages.ts";
import {
  CipherSuiteId,
  ExtensionType,
  NamedGroup,
  type NamedGroupName,
  ProtocolVersion,
  SignatureScheme,
} from "../../wire/numbers.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { hintedGroup } from "./group_hints.ts";
import { type OfferedSession, offerSession } from "./offer_session.ts";

/** A ClientHello with what is needed to understand the answer. */
export interface Offer {
  /** Without the extension `pre_shared_key`, which is computed last. */
  readonly hello: ClientHello;
  /** Our halves of the key exchanges in `key_share`, in its order. */
  readonly shares: readonly KeyShare[];
  /** The session that `pre_shared_key` offers. */
  readonly session?: OfferedSession;
}

/** What may stand in a ClientHello of ours, apart from `pre_shared_key`, which comes last. */
const EXTENSIONS: readonly number[] = [
  ExtensionType.server_name,
  ExtensionType.status_request,
  ExtensionType.supported_groups,
  ExtensionType.signature_algorithms,
  ExtensionType.application_layer_protocol_negotiation,
  ExtensionType.supported_versions,
  ExtensionType.cookie,
  ExtensionType.psk_key_exchange_modes,
  ExtensionType.key_share,
];

const RANDOM_LENGTH = 32;
/** "In compatibility mode ..., this field MUST be non-empty" (RFC 9846 §4.2.2); 32 bytes, like TLS 1.2's own. */
const SESSION_ID_LENGTH = 32;
const SEED_LENGTH = 2;

/**
 * The first offer.
 *
 * All randomness is drawn at once: if there is none, nothing was sent. The extensions stand in a random order, so
 * that no server comes to rely on one; a second ClientHello keeps it.
 */
export function* firstOffer(context: ClientContext): Script<Offer> {
  const { crypto, suites, groups, owner } = context;
  const randomness = crypto.random(RANDOM_LENGTH + SESSION_ID_LENGTH + SEED_LENGTH);
  const [high = 0, low = 0] = randomness.subarray(RANDOM_LENGTH + SESSION_ID_LENGTH);
  const order = shuffledOrder(high << 8 | low, EXTENSIONS);
  const session = yield* offerSession(context);
  const group = hintedGroup(owner, nameOf(context)) ?? session?.facts.keyExchangeGroup;
  const shares = yield* startShares(groups, group);
  const hello: ClientHello = {
    type: "client_hello",
    // "In TLS 1.3, the client indicates its version preferences in the "supported_versions" extension and the
    // legacy_version field MUST be set to 0x0303" (RFC 9846 §4.2.2).
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: randomness.slice(0, RANDOM_LENGTH),
    sessionId: randomness.slice(RANDOM_LENGTH, RANDOM_LENGTH + SESSION_ID_LENGTH),
    cipherSuites: suites.map(({ name }) => CipherSuiteId[name]),
    compressionMethods: Uint8Array.of(0), // "exactly one byte, set to zero" (RFC 9846 §4.2.2)
    extensions: extensionsOf(context, shares),
    extensionOrder: [...order, ExtensionType.pre_shared_key],
  };
  return session === undefined ? { hello, shares } : { hello, shares, session };
}

function extensionsOf(context: ClientContext, shares: readonly KeyShare[]): ClientHelloExtensions {
  const { serverName, alpnProtocols } = context;
  return {
    // "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3)
    ...(context.enableSni && serverName.kind === "dns" && { serverName: serverName.name }),
    ...(alpnProtocols.length > 0 && { alpnProtocols }),
    statusRequest: true,
    supportedVersions: [ProtocolVersion["TLSv1.3"]],
    supportedGroups: context.groups.map(({ name }) => NamedGroup[name]),
    signatureAlgorithms: context.signatureSchemes.map((name) => SignatureScheme[name]),
    // "Servers SHOULD NOT send NewSessionTicket with tickets that are not compatible with the advertised modes"
    // (RFC 9846 §4.3.9): without it, none.
    ...(context.sessions !== undefined && { pskKeyExchangeModes: [PSK_DHE_KE] }),
    keyShares: entriesOf(shares),
  };
}

/** "PSK with (EC)DHE key establishment" (RFC 9846 §4.3.9): a stolen ticket key opens nothing that was recorded. */
const PSK_DHE_KE = 1;

/**
 * Key pairs for the first group, or for the one that this server is known to want: it asked for it before, or chose
 * it in the session on offer, which spares a hybrid's work where the server has none. With a hybrid group goes its
 * classical half, where that group is enabled, so that a server without the hybrid need not ask again.
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

/** `key_share` of some shares. */
export function entriesOf(shares: readonly KeyShare[]): readonly KeyShareEntry[] {
  return shares.map((share) => ({ group: NamedGroup[share.group], keyExchange: share.publicKey }));
}
