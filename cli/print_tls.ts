/**
 * The lines about a connection's TLS: the negotiated parameters, and the server's certificates.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import type { PeerCertificate } from "../tls/mod.ts";
import { printable } from "./text.ts";
import type { TlsInfo } from "../client/connection_info.ts";

/**
 * The handshake, in one line.
 *
 * @param within How long it took, as text; may be empty.
 */
export function tlsLine(tls: TlsInfo, within: string): string {
  const { alpnProtocol, protocolVersion, cipherSuite, keyExchangeGroup, handshakeKind } = tls;
  const alpn = alpnProtocol === null ? "ALPN chose nothing" : `ALPN chose "${printable(alpnProtocol)}"`;
  const rest = tls.implementation === "deno"
    ? "Deno's TLS reveals neither version nor cipher suite"
    : [protocolVersion, cipherSuite, keyExchangeGroup, HANDSHAKES[handshakeKind ?? "full"]]
      .filter((word) => word !== undefined && word !== "").join(", ");
  return `* TLS handshake with "${printable(tls.serverName)}"${within}, ${alpn}; ${rest}`;
}

const HANDSHAKES: Readonly<Record<NonNullable<TlsInfo["handshakeKind"]>, string>> = {
  full: "",
  full_with_hello_retry_request: "after a second hello",
  resumed: "resumed",
  resumed_with_hello_retry_request: "resumed after a second hello",
};

/** The server's certificates: all where TLS shows all, else the hash of its own, which tools compare. */
export async function certificateLines(tls: TlsInfo): Promise<string[]> {
  const { peerCertificates, peerCertificate } = tls;
  if (peerCertificates === undefined) {
    return [
      peerCertificate === undefined
        ? "* Deno's TLS does not reveal the certificate"
        : `* The certificate's SHA-256 is ${encodeHex(await sha256(peerCertificate))}`,
    ];
  }
  const lines: string[] = [];
  const from = tls.resumed ? " of the resumed session" : "";
  for (const [i, certificate] of peerCertificates.slice(0, MAX_SHOWN_CERTIFICATES).entries()) {
    lines.push(`* Certificate ${i + 1} of ${peerCertificates.length}${from}:`);
    lines.push(...await detailLines(certificate));
  }
  if (peerCertificates.length > MAX_SHOWN_CERTIFICATES) {
    lines.push(`* and ${peerCertificates.length - MAX_SHOWN_CERTIFICATES} more certificates, not shown`);
  }
  return lines;
}

/** Certificates of a chain that are shown. Real chains have four at most; a server can send many more. */
const MAX_SHOWN_CERTIFICATES = 6;
/** Names of a certificate that are shown: they fill a screen otherwise. */
const MAX_SHOWN_NAMES = 20;

/** One that was let pass unverified may be one that cannot be read. */
async function detailLines(certificate: PeerCertificate): Promise<string[]> {
  const fingerprint = `*   SHA-256: ${certificate.fingerprint}`;
  try {
    const { subject, issuer, notBefore, notAfter, publicKey } = certificate;
    const names = [...certificate.dnsNames, ...certificate.ipAddresses];
    return [
      `*   subject: ${subject === "" ? "none" : printable(subject)}`,
      `*   issuer: ${printable(issuer)}`,
      ...(names.length > 0 ? [`*   names: ${listed(names)}`] : []),
      `*   valid: ${time(notBefore)} to ${time(notAfter)}`,
      `*   key: sha256//${encodeBase64(await sha256(publicKey))}`,
      fingerprint,
    ];
  } catch (error) {
    return [
      `*   unreadable: ${printable(error instanceof Error ? error.message : String(error))}`,
      fingerprint,
    ];
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN_NAMES).map(printable).join(", ");
  return names.length > MAX_SHOWN_NAMES ? `${shown} and ${names.length - MAX_SHOWN_NAMES} more` : shown;
}

/** `2026-11-21 10:50:53 UTC`. */
function time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
}
