/**
 * The second ClientHello, which answers a HelloRetryRequest (RFC 9846 §4.2.2).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { KeyExchangeGroup } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello, TicketRequest } from "../../wire/messages.ts";

/**
 * Checks a second ClientHello, which must repeat the first one but for the key share.
 *
 * @returns The key share that was asked for.
 * @throws {TlsError} `illegal_parameter`, `missing_extension`
 */
export function checkSecondClientHello(
  first: ClientHello,
  second: ClientHello,
  group: KeyExchangeGroup,
): Uint8Array {
  // "Early data is not permitted after a HelloRetryRequest." (RFC 9846 §4.2.2)
  if (second.extensions.earlyData === true) throw refusal("it announces early data");
  const change = changeBetween(first, second);
  if (change !== undefined) throw refusal(`its ${change} is not what it was`);

  const shares = second.extensions.keyShares;
  if (shares === undefined) {
    throw new TlsError("missing_extension", "Cannot accept the second ClientHello: it has no key_share");
  }
  // "replacing the list of shares with a list containing a single KeyShareEntry from the indicated group" (RFC 9846
  // §4.2.2)
  const [share] = shares;
  if (share === undefined || shares.length !== 1 || share.group !== group.id) {
    throw refusal(`its key_share is not the one of ${group.name} that was asked for`);
  }
  return share.keyExchange;
}

/**
 * The first field that differs: "the client MUST send the same ClientHello without modification", with the
 * exceptions of key_share, early_data, cookie, pre_shared_key and padding (RFC 9846 §4.2.2). Unknown extensions are not
 * compared: some of them may change.
 */
function changeBetween(first: ClientHello, second: ClientHello): string | undefined {
  if (first.legacyVersion !== second.legacyVersion) return "legacy_version";
  if (!equals(first.random, second.random)) return "random";
  if (!equals(first.sessionId, second.sessionId)) return "legacy_session_id";
  if (!sameItems(first.cipherSuites, second.cipherSuites)) return "cipher_suites";
  if (!equals(first.compressionMethods, second.compressionMethods)) return "legacy_compression_methods";
  const before = first.extensions;
  const after = second.extensions;
  if (before.serverName !== after.serverName) return "server_name";
  if (!sameItems(before.alpnProtocols, after.alpnProtocols)) return "application_layer_protocol_negotiation";
  if (!sameItems(before.supportedVersions, after.supportedVersions)) return "supported_versions";
  if (!sameItems(before.supportedGroups, after.supportedGroups)) return "supported_groups";
  if (!sameItems(before.signatureAlgorithms, after.signatureAlgorithms)) return "signature_algorithms";
  if (!sameItems(before.signatureAlgorithmsCert, after.signatureAlgorithmsCert)) {
    return "signature_algorithms_cert";
  }
  if (!sameItems(before.pskKeyExchangeModes, after.pskKeyExchangeModes)) return "psk_key_exchange_modes";
  if (!sameItems(before.clientCertificateTypes, after.clientCertificateTypes)) {
    return "client_certificate_type";
  }
  if (!sameItems(before.serverCertificateTypes, after.serverCertificateTypes)) {
    return "server_certificate_type";
  }
  if (!sameItems(before.compressCertificate, after.compressCertificate)) return "compress_certificate";
  if (before.statusRequest !== after.statusRequest) return "status_request";
  if (!isSameTicketRequest(before.ticketRequest, after.ticketRequest)) return "ticket_request";
  // A ClientHelloInner that was decrypted is never answered by one that was not (RFC 9849 §7).
  if (before.encryptedClientHello?.type !== "inner" && after.encryptedClientHello?.type === "inner") {
    return "encrypted_client_hello";
  }
  if (before.preSharedKey === undefined && after.preSharedKey !== undefined) return "pre_shared_key";
  return undefined;
}

/**
 * "the presence (or absence) of the "ticket_request" extension MUST be maintained in the second ClientHello message.
 * Moreover, if this extension is present, a client MUST NOT change the value of ClientTicketRequest in the second
 * ClientHello message." (RFC 9149 §3)
 */
function isSameTicketRequest(before: TicketRequest | undefined, after: TicketRequest | undefined): boolean {
  return before?.newSession === after?.newSession && before?.resumption === after?.resumption;
}

function sameItems<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function refusal(reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept the second ClientHello: ${reason}`);
}
