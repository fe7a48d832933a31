/**
 * What a server reads out of a ClientHello: whether it is one of TLS 1.3, and what the two ends have in common
 * (RFC 9846 §4.2.1).
 *
 * @module
 */

import type { CipherSuite, KeyExchangeGroup } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { ProtocolVersion } from "../../wire/numbers.ts";
import type { ServerContext } from "./context.ts";

/**
 * Refuses what is no ClientHello of TLS 1.3, or not a whole one.
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
  const stray = keyShares.find(({ group }) => !supportedGroups.includes(group));
  if (stray !== undefined) {
    throw new TlsError(
      "illegal_parameter",
      `Cannot accept ClientHello: it has a key share for group 0x${
        hex(stray.group)
      }, which it does not support`,
    );
  }
}

/** @throws {TlsError} `no_shared_cipher_suite` */
export function chooseSuite(hello: ClientHello, context: ServerContext): CipherSuite {
  const { suites, preferServerOrder } = context;
  const chosen = preferServerOrder
    ? suites.find(({ id }) => hello.cipherSuites.includes(id))
    : firstDefined(hello.cipherSuites, (offered) => suites.find(({ id }) => id === offered));
  if (chosen !== undefined) return chosen;
  throw new TlsError(
    "no_shared_cipher_suite",
    `Cannot accept ClientHello: the client offers none of ${suites.map(({ name }) => name).join(", ")}`,
  );
}

/** The group in which keys are exchanged, and the client's share; without one it has to be asked for. */
export interface GroupChoice {
  readonly group: KeyExchangeGroup;
  /** The client's public half; `undefined`: it sent none for this group. */
  readonly share: Uint8Array | undefined;
}

/**
 * The best group that both ends support, whatever the client has sent shares for: those say what it expects, not
 * what is good. Where there is no share of that group the client has to be asked for one, which costs a round trip,
 * and a group that withstands quantum computers is worth it.
 *
 * @throws {TlsError} `no_shared_group`
 */
export function chooseGroup(hello: ClientHello, context: ServerContext): GroupChoice {
  const { supportedGroups = [], keyShares = [] } = hello.extensions;
  const group = context.groups.find(({ id }) => supportedGroups.includes(id));
  if (group !== undefined) {
    return { group, share: keyShares.find((share) => share.group === group.id)?.keyExchange };
  }
  throw new TlsError(
    "no_shared_group",
    `Cannot accept ClientHello: the client supports none of ${
      context.groups.map(({ name }) => name).join(", ")
    }`,
  );
}

/**
 * The best protocol that both speak; `undefined` where the client offered none, or nothing is configured here.
 *
 * "In the event that the server supports no protocols that the client advertises, then the server SHALL respond
 * with a fatal "no_application_protocol" alert." (RFC 7301 §3.2)
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

/** The first answer that is not `undefined`. */
function firstDefined<T, Answer>(
  items: readonly T[],
  ask: (item: T) => Answer | undefined,
): Answer | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function missing(extension: string): TlsError {
  return new TlsError("missing_extension", `Cannot accept ClientHello: it has no ${extension}`);
}

function hex(number: number): string {
  return number.toString(16).padStart(4, "0");
}
