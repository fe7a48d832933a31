/**
 * The rules of a channel of TLS 1.2.
 *
 * @module
 */

import { decodeTls12Handshake, decodeTls12WithRawPublicKey } from "../wire/tls12/handshake_codec.ts";
import type { VersionRules } from "./version_rules.ts";

/** TLS 1.2. */
export const TLS12_RULES: VersionRules = {
  decode: decodeTls12Handshake,
  dropsChangeCipherSpec: false,
  hasWarnings: true,
  alerts: new Map([["certificate_required", "handshake_failure"], [
    "missing_extension",
    "handshake_failure",
  ]]),
};

/** TLS 1.2, where the peer shows a raw public key. */
export const TLS12_RAW_PUBLIC_KEY_RULES: VersionRules = {
  ...TLS12_RULES,
  decode: decodeTls12WithRawPublicKey,
};
