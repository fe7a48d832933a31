/**
 * The version that a server selects: the one place where a server decides between TLS 1.3 and TLS 1.2 (RFC 9846 §4.3.1,
 * Appendix E.2).
 *
 * @module
 */

import type { EnabledVersionName } from "../../config/common_config.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { ProtocolVersion } from "../../wire/numbers.ts";
import type { ServerContext } from "./context.ts";

/** `TLS_FALLBACK_SCSV`: the client has tried a newer version before (RFC 7507 §4). */
const FALLBACK_SCSV = 0x5600;

/** The versions that a server has enabled, the newest first. */
export function enabledVersions({ suites, tls12Suites = [] }: ServerContext): readonly EnabledVersionName[] {
  return [
    ...(suites.length > 0 ? ["TLSv1.3" as const] : []),
    ...(tls12Suites.length > 0 ? ["TLSv1.2" as const] : []),
  ];
}

/**
 * The newest version of both ends.
 *
 * @throws {TlsError} `unsupported_protocol_version`, `inappropriate_fallback`.
 */
export function selectedVersion(hello: ClientHello, context: ServerContext): EnabledVersionName {
  const enabled = enabledVersions(context);
  const selected = enabled.find((version) => offers(hello, version));
  refuseFallback(hello, selected, enabled);
  if (selected === undefined) {
    const names = enabled.map((version) => version.replace("v", " "));
    throw new TlsError(
      "unsupported_protocol_version",
      `Cannot accept ClientHello: the client does not speak ${names.join(" or ")}`,
      { hint: `Connect with a client that speaks ${names.join(" or ")}.` },
    );
  }
  return selected;
}

/**
 * "If TLS_FALLBACK_SCSV appears in ClientHello.cipher_suites and the highest protocol version supported by the server is
 * higher than the version indicated in ClientHello.client_version, the server MUST respond with a fatal
 * inappropriate_fallback alert" (RFC 7507 §3).
 */
function refuseFallback(
  { cipherSuites }: ClientHello,
  selected: EnabledVersionName | undefined,
  [newest]: readonly EnabledVersionName[],
): void {
  if (selected === newest || !cipherSuites.includes(FALLBACK_SCSV)) return;
  throw new TlsError(
    "inappropriate_fallback",
    "Cannot accept ClientHello: the client falls back to an older version, and a newer one is enabled",
  );
}

/**
 * Whether a client offers a version. "servers MUST NOT use the ClientHello.legacy_version value for version negotiation
 * and MUST use only the "supported_versions" extension" where there is one (RFC 9846 §4.3.1); without it the client
 * knows nothing newer than TLS 1.2, whatever legacy_version says.
 */
function offers({ legacyVersion, extensions }: ClientHello, version: EnabledVersionName): boolean {
  const { supportedVersions } = extensions;
  if (supportedVersions !== undefined) return supportedVersions.includes(ProtocolVersion[version]);
  return version === "TLSv1.2" && legacyVersion >= ProtocolVersion["TLSv1.2"];
}
