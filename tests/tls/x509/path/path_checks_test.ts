/** Each certificate of a path by itself: dates, purposes, key usage, extensions, constraints, its signature. */

import { assertEquals } from "@std/assert";
import type { CertificateOptions } from "../../../support/certificates.ts";
import { sequence } from "../../../support/der.ts";
import { EXPIRED, intermediateRow, leafRow, type PathRow } from "./path_rows.ts";
import { hoursFromNow, nameConstraints, verdictOn } from "./path_support.ts";

const UNKNOWN_CRITICAL = { extensions: [{ oid: "1.3.6.1.4.1.55555.1", critical: true, value: sequence() }] };
const EMPTY_PURPOSES: CertificateOptions = { eku: [], extensions: [{ oid: "2.5.29.37", value: sequence() }] };
const NOT_YET: CertificateOptions = { notBefore: hoursFromNow(2) };

const CHECKS: readonly PathRow[] = [
  leafRow("a certificate under a root is accepted", "accepted", {}),
  leafRow("a certificate that has expired is refused", "expired", EXPIRED),
  leafRow("a certificate before its notBefore is refused", "not_yet_valid", NOT_YET),
  leafRow(
    "a certificate is valid in the second of its notBefore",
    "accepted",
    { notBefore: hoursFromNow(2) },
    {
      time: hoursFromNow(2),
    },
  ),
  leafRow("a certificate is valid to the end of the second of its notAfter", "accepted", {
    notAfter: hoursFromNow(2),
  }, {
    time: new Date(hoursFromNow(2).getTime() + 999),
  }),
  leafRow("a certificate is not valid in the second after its notAfter", "expired", {
    notAfter: hoursFromNow(2),
  }, {
    time: new Date(hoursFromNow(2).getTime() + 1000),
  }),
  leafRow(
    "a critical extension that is not known is refused",
    "unhandled_critical_extension",
    UNKNOWN_CRITICAL,
  ),
  leafRow("an authority's certificate is not a server's", "ca_used_as_end_entity", { isCa: true, eku: [] }),
  leafRow("a server's key that may sign certificates does no harm", "accepted", {
    keyUsage: ["digitalSignature", "keyCertSign"],
  }),
  leafRow("a server's key has to sign handshakes", "digital_signature_not_allowed", {
    keyUsage: ["keyEncipherment"],
  }),
  leafRow("a server's certificate need not have a key usage", "accepted", { keyUsage: [] }),
  leafRow("an empty extended key usage is refused", "empty_extended_key_usage", EMPTY_PURPOSES),
  leafRow("a client's certificate is not a server's", "required_extended_key_usage_missing", {
    eku: ["clientAuth"],
  }),
  leafRow("a server's certificate is not a client's", "required_extended_key_usage_missing", {
    eku: ["serverAuth"],
  }, {
    purpose: "client_auth",
  }),
  leafRow("a client's certificate is accepted as such", "accepted", { eku: ["clientAuth"] }, {
    purpose: "client_auth",
  }),
  leafRow("a certificate without extended key usage is good for any purpose", "accepted", { eku: [] }),
  leafRow("a signature that does not verify is refused", "bad_signature", { corruptSignature: true }),
  leafRow("an algorithm that is not accepted is refused", "unsupported_signature_algorithm", {}, {
    signatureAlgorithms: ["ED25519"],
  }),
  intermediateRow("a chain over an intermediate is accepted", "accepted", {}),
  intermediateRow("an intermediate that has expired is refused", "expired", EXPIRED),
  intermediateRow("an intermediate before its notBefore is refused", "not_yet_valid", NOT_YET),
  intermediateRow("an intermediate that is no authority is refused", "end_entity_used_as_ca", {
    isCa: false,
    keyUsage: ["keyCertSign"],
  }),
  intermediateRow(
    "an intermediate whose key may not sign certificates is refused",
    "issuer_not_cert_signer",
    {
      keyUsage: ["digitalSignature", "cRLSign"],
    },
  ),
  intermediateRow("an intermediate need not have a key usage", "accepted", { keyUsage: [] }),
  intermediateRow(
    "an intermediate's critical extension that is not known is refused",
    "unhandled_critical_extension",
    UNKNOWN_CRITICAL,
  ),
  intermediateRow(
    "an intermediate for clients issues no certificate of a server",
    "required_extended_key_usage_missing",
    {
      eku: ["clientAuth"],
    },
  ),
  intermediateRow("an intermediate for servers issues certificates of servers", "accepted", {
    eku: ["serverAuth"],
  }),
  intermediateRow(
    "an intermediate's empty extended key usage is refused",
    "empty_extended_key_usage",
    EMPTY_PURPOSES,
  ),
  intermediateRow("an intermediate's signature that does not verify is refused", "bad_signature", {
    corruptSignature: true,
  }),
  intermediateRow("an intermediate may have pathLenConstraint 0", "accepted", { pathLength: 0 }),
  intermediateRow("a name that an intermediate is permitted is accepted", "accepted", {
    extensions: [nameConstraints({ permitted: ["example.com"] })],
  }),
  intermediateRow("a name that an intermediate is not permitted is refused", "name_constraint_violation", {
    extensions: [nameConstraints({ permitted: ["example.org"] })],
  }),
  intermediateRow("a name that an intermediate is excluded from is refused", "name_constraint_violation", {
    extensions: [nameConstraints({ excluded: ["example.com"] })],
  }),
  intermediateRow(
    "a wildcard that is wider than a permitted name is refused",
    "name_constraint_violation",
    { extensions: [nameConstraints({ permitted: ["a.example.com"] })] },
    { names: ["*.example.com"] },
  ),
];

for (const { name, expected, chain } of CHECKS) {
  Deno.test(`verifyPath: ${name}: ${expected}`, async () =>
    assertEquals(await verdictOn(await chain()), expected));
}
