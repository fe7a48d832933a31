/**
 * Negotiation of version, cipher suite, group and protocol from a ClientHello (RFC 9846 §4.2.1).
 *
 * @module
 */

import type { CipherSuite, KeyExchangeGroup } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { hexNumber, type NamedGroupName, ProtocolVersion } from "../../wire/numbers.ts";
import type { ServerContext } from "./context.ts";

/**
 * Checks that a ClientHello offers TLS 1.3 and has the extensions that TLS 1.3 requires.
 *
 * @throws {TlsError} `unsupported_protocol_version`, `illegal_parameter`, `missing_extension`.
 */
export function requireTls13(hello: ClientHello): void {
  const {
    supportedVersions,
    keyShares,
    supportedGroups,
    signatureAlgorithms,
    pskKeyExchangeModes,
    preSharedKey,
  } = hello.extensions;
  // "servers MUST NOT use the ClientHello.legacy_version value for version negotiation and MUST use only the
  // "supported_versions" extension to determine client preferences." (RFC 9846 §4.3.1)
  if (supportedVersions?.includes(ProtocolVersion["TLSv1.3"]) !== true) {
    throw new TlsError(
      "unsupported_protocol_version",
      "Cannot accept ClientHello: the client does not speak TLS 1.3",
      { hint: "Connect with a client that speaks TLS 1.3." },
    );
  }
  // "A server which receives a legacy_version value not equal to 0x0303 MUST abort the handshake with a
  // "protocol_version" alert." (RFC 9846 §4.2.2)
  if (hello.legacyVersion !== ProtocolVersion["TLSv1.2"]) {
    throw new TlsError(
      "unsupported_protocol_version",
      `Cannot accept ClientHello: its legacy_version is ${hexNumber(hello.legacyVersion)}`,
    );
  }
  // "this list MUST contain exactly one byte, set to zero [...] If a TLS 1.3 ClientHello is received with any other
  // value in this field, the server MUST abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.2.2)
  if (hello.compressionMethods.length !== 1 || hello.compressionMethods[0] !== 0) {
    throw new TlsError("illegal_parameter", "Cannot accept ClientHello: it offers compression");
  }
  // "Servers receiving a ClientHello which does not conform to these requirements MUST abort the handshake with a
  // "missing_extension" alert." (RFC 9846 §9.2)
  if (preSharedKey === undefined && signatureAlgorithms === undefined) throw missing("signature_algorithms");
  if (supportedGroups === undefined) throw missing("supported_groups");
  if (keyShares === undefined) throw missing("key_share");
  // "If clients offer "pre_shared_key" without a "psk_key_exchange_modes" extension, servers MUST abort the
  // handshake." (RFC 9846 §4.3.9)
  if (preSharedKey !== undefined && pskKeyExchangeModes === undefined) {
    throw missing("psk_key_exchange_modes");
  }
  // "Clients MUST NOT offer any KeyShareEntry values for groups not listed in the client's "supported_groups"
  // extension. Servers MAY check for violations of these rules" (RFC 9846 §4.3.8)
  const unlisted = keyShares.find(({ group }) => !supportedGroups.includes(group));
  if (unlisted !== undefined) {
    throw new TlsError(
      "illegal_parameter",
      `Cannot accept ClientHello: it has a key share for group ${
        hexNumber(unlisted.group)
      }, which it does not support`,
    );
  }
}

/**
 * The cipher suite of both ends that comes first in the order of the end that decides.
 *
 * @throws {TlsError} `no_shared_cipher_suite`
 */
export function chooseSuite(hello: ClientHello, context: ServerContext): CipherSuite {
  return chooseSuiteOf(context.suites, hello, context);
}

/**
 * Like {@linkcode chooseSuite}, of some suites.
 *
 * @throws {TlsError} `no_shared_cipher_suite`
 */
export function chooseSuiteOf<Suite extends CipherSuite>(
  suites: readonly Suite[],
  hello: ClientHello,
  { preferServerOrder }: ServerContext,
): Suite {
  const chosen = preferServerOrder
    ? suites.find(({ id }) => hello.cipherSuites.includes(id))
    : firstDefined(hello.cipherSuites, (offered) => suites.find(({ id }) => id === offered));
  if (chosen !== undefined) return chosen;
  throw new TlsError(
    "no_shared_cipher_suite",
    `Cannot accept ClientHello: the client offers none of ${suites.map(({ name }) => name).join(", ")}`,
  );
}

/** The group in which keys are exchanged, and the client's key share of it. */
export interface GroupChoice {
  readonly group: KeyExchangeGroup;
  /** The client's public key; `undefined`: it sent none of this group and has to be asked. */
  readonly share: Uint8Array | undefined;
}

/**
 * The first group in the server's order that both ends support. If it withstands quantum computers it is worth the round
 * trip of asking for its key share; otherwise the first group of which the client has sent a share goes before it.
 *
 * @throws {TlsError} `no_shared_group`
 */
export function chooseGroup(hello: ClientHello, context: ServerContext): GroupChoice {
  const { supportedGroups = [], keyShares = [] } = hello.extensions;
  const shared = context.groups.filter(({ id }) => supportedGroups.includes(id));
  const [first] = shared;
  if (first !== undefined) {
    for (const group of isPostQuantum(first) ? shared.filter(isPostQuantum) : shared) {
      const share = keyShares.find((each) => each.group === group.id)?.keyExchange;
      if (share !== undefined) return { group, share };
    }
    return { group: first, share: undefined };
  }
  throw new TlsError(
    "no_shared_group",
    `Cannot accept ClientHello: the client supports none of ${
      context.groups.map(({ name }) => name).join(", ")
    }`,
  );
}

/**
 * The first protocol in the server's order that the client offers; `undefined` where the client offered none, or none
 * is configured here.
 *
 * "In the event that the server supports no protocols that the client advertises, then the server SHALL respond with a
 * fatal "no_application_protocol" alert." (RFC 7301 §3.2)
 *
 * @throws {TlsError} `no_application_protocol`
 */
export function chooseProtocol(hello: ClientHello, context: ServerContext): string | undefined {
  const offered = hello.extensions.alpnProtocols;
  if (offered === undefined || context.alpnProtocols.length === 0) return undefined;
  const chosen = context.alpnProtocols.find((protocol) => offered.includes(protocol));
  if (chosen !== undefined) return chosen;
  throw new TlsError(
    "no_application_protocol",
    `Cannot accept ClientHello: the client offers none of "${context.alpnProtocols.join('", "')}"`,
  );
}

/** Groups whose secrets a quantum computer cannot compute. */
const POST_QUANTUM_GROUPS: ReadonlySet<NamedGroupName> = new Set(["X25519MLKEM768"]);

function isPostQuantum({ name }: KeyExchangeGroup): boolean {
  return POST_QUANTUM_GROUPS.has(name);
}

/** The first result that is not `undefined`. */
function firstDefined<T, Result>(
  items: readonly T[],
  map: (item: T) => Result | undefined,
): Result | undefined {
  for (const item of items) {
    const result = map(item);
    if (result !== undefined) return result;
  }
  return undefined;
}

function missing(extension: string): TlsError {
  return new TlsError("missing_extension", `Cannot accept ClientHello: it has no ${extension}`);
}
