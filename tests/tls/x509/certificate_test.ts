/** Certificates of peers and roots: parts in every form that is accepted, and in those that are not. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCertificate } from "../../../tls/x509/certificate.ts";
import { parseTrustAnchor } from "../../../tls/x509/trust_anchor.ts";
import { MAX_CERTIFICATE_BYTES } from "../../../tls/x509/limits.ts";
import { checkEndEntity } from "../../../tls/x509/checks.ts";
import { CertificateError } from "../../../tls/x509/error.ts";
import { mintAuthority, mintCertificate, mintSelfSigned } from "../../support/certificates.ts";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  utf8String,
  value,
} from "../../support/der.ts";
import {
  altNames,
  CA,
  certificateOf,
  codeOf,
  dns,
  ECDSA_SHA256,
  extension,
  generalizedTime,
  hex,
  ip,
  nameOf,
  type Parts,
  RSA_SHA256,
  utcTime,
} from "./certificate_parts.ts";

const EMPTY = sequence();
const NAMES = altNames([dns("example.com")]);

const ACCEPTED: { name: string; parts: Parts }[] = [
  { name: "without extensions", parts: { extensions: null } },
  { name: "with a serial number of 20 octets", parts: { serial: integer(hex("7f" + "00".repeat(19))) } },
  {
    name: "that spells out that an extension is not critical",
    parts: { extensions: [sequence(oid("1.2.3"), boolean(false), octetString(hex("00")))] },
  },
  {
    name: "with name constraints, that is no authority's",
    parts: { extensions: [extension("2.5.29.30", sequence(value(0xa0, sequence(dns("a.b")))), true)] },
  },
  { name: "with the serial number 0", parts: { serial: integer(0) } },
  { name: "with a serial number of 21 octets", parts: { serial: integer(hex("01" + "00".repeat(20))) } },
  { name: "with a serial number of 200 octets", parts: { serial: integer(hex("01" + "00".repeat(199))) } },
  {
    name: "with a serial number of 20 octets whose first bit is set",
    parts: { serial: integer(hex("ff" + "00".repeat(19))) },
  },
  {
    name: "with GeneralizedTime before 2050",
    parts: { validity: [generalizedTime("20200101000000Z"), utcTime("400101000000Z")] },
  },
  {
    name: "valid for one second",
    parts: { validity: [utcTime("400101000000Z"), utcTime("400101000000Z")] },
  },
  {
    name: "with an empty subject and a critical subjectAltName",
    parts: { subject: EMPTY, extensions: [altNames([dns("example.com")], true)] },
  },
  { name: "with an empty subject and a subjectAltName that is not critical", parts: { subject: EMPTY } },
  { name: "with no name at all", parts: { subject: EMPTY, extensions: null } },
  {
    name: "with a cA FALSE that is spelt out",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(false)), true)] },
  },
  { name: "with basicConstraints that say nothing", parts: { extensions: [extension("2.5.29.19", EMPTY)] } },
  { name: "with extKeyUsage that lists none", parts: { extensions: [extension("2.5.29.37", EMPTY)] } },
  {
    name: "with an extension that is not known, whatever is in it",
    parts: { extensions: [extension("1.2.3", hex("ffff"))] },
  },
  {
    name: "with policies, which are not processed",
    parts: { extensions: [extension("2.5.29.32", hex("00")), extension("2.5.29.36", hex("00"))] },
  },
  {
    name: "with malformed names, which match nothing",
    parts: { extensions: [altNames([dns(".a"), dns("\xff"), ip(1, 2, 3), implicit(6, hex("00"))])] },
  },
  {
    name: "with an authorityKeyIdentifier of all fields",
    parts: {
      extensions: [extension(
        "2.5.29.35",
        sequence(implicit(0, hex("01")), value(0xa1, explicit(4, nameOf("a"))), implicit(2, hex("01"))),
      )],
    },
  },
  {
    name: "with authorityInfoAccess",
    parts: {
      extensions: [
        extension("1.3.6.1.5.5.7.1.1", sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), implicit(6, hex("61"))))),
      ],
    },
  },
];

for (const { name, parts } of ACCEPTED) {
  Deno.test(`parseCertificate accepts one ${name}`, () => {
    const der = certificateOf(parts);
    const certificate = parseCertificate(der);
    assertEquals(certificate.der, der);
    assertEquals(certificate.subject, parts.subject ?? nameOf("subject"));
  });
}

const REFUSED: { name: string; parts: Parts; code: string; says?: string }[] = [
  {
    name: "of version 1",
    parts: { version: new Uint8Array(), extensions: null },
    code: "unsupported_version",
  },
  { name: "that says it is of version 1", parts: { version: 0 }, code: "unsupported_version" },
  { name: "of version 2", parts: { version: 1 }, code: "unsupported_version" },
  { name: "of version 4", parts: { version: 3 }, code: "unsupported_version" },
  {
    name: "of two versions",
    parts: { version: explicit(0, integer(2), integer(2)) },
    code: "bad_der",
    says: "the version has 3 bytes too many",
  },
  { name: "with a negative serial number", parts: { serial: hex("02 01 ff") }, code: "bad_serial_number" },
  {
    name: "with a negative serial number in two octets",
    parts: { serial: hex("02 02 80 00") },
    code: "bad_serial_number",
  },
  {
    name: "with a negative serial number with an octet too many",
    parts: { serial: hex("02 02 ff 80") },
    code: "bad_der",
  },
  { name: "with an empty serial number", parts: { serial: hex("02 00") }, code: "bad_der" },
  {
    name: "with a serial number with a zero too many",
    parts: { serial: hex("02 02 00 01") },
    code: "bad_der",
  },
  { name: "with two algorithms", parts: { outer: RSA_SHA256 }, code: "signature_algorithm_mismatch" },
  {
    name: "with parameters outside alone",
    parts: { inner: ECDSA_SHA256, outer: sequence(oid("1.2.840.10045.4.3.2"), nothing()) },
    code: "signature_algorithm_mismatch",
  },
  { name: "without an issuer", parts: { issuer: EMPTY }, code: "malformed_name" },
  {
    name: "of an authority without a subject",
    parts: { subject: EMPTY, extensions: [CA, altNames([dns("a.b")], true)] },
    code: "malformed_name",
  },
  {
    name: "that ends before it begins",
    parts: { validity: [utcTime("400101000001Z"), utcTime("400101000000Z")] },
    code: "bad_validity",
  },
  {
    name: "whose time is none",
    parts: { validity: [utcTime("200101000000Z"), utcTime("20010100Z")] },
    code: "bad_time",
  },
  { name: "whose time is a number", parts: { validity: [integer(1), integer(2)] }, code: "bad_der" },
  {
    name: "with a third time",
    parts: { validity: [utcTime("200101000000Z"), utcTime("400101000000Z"), utcTime("400101000000Z")] },
    code: "bad_der",
  },
  { name: "with unique identifiers", parts: { unique: [implicit(1, hex("0001"))] }, code: "bad_der" },
  { name: "with something after the extensions", parts: { inside: nothing() }, code: "bad_der" },
  { name: "with something after the signature", parts: { afterSignature: nothing() }, code: "bad_der" },
  {
    name: "with something after it",
    parts: { outside: hex("00") },
    code: "trailing_data",
    says: "1 bytes follow",
  },
  { name: "with an empty list of extensions", parts: { extensions: [] }, code: "malformed_extensions" },
  {
    name: "with two subjectAltNames",
    parts: { extensions: [NAMES, NAMES] },
    code: "duplicate_extension",
    says: "2.5.29.17 is there twice",
  },
  {
    name: "with two of an unknown extension",
    parts: { extensions: [extension("1.2.3", hex("00")), NAMES, extension("1.2.3", hex("01"))] },
    code: "duplicate_extension",
  },
  {
    name: "with something after an extension's value",
    parts: { extensions: [sequence(oid("1.2.3"), octetString(hex("00")), nothing())] },
    code: "bad_der",
  },
  {
    name: "with something after the value of a known extension",
    parts: { extensions: [extension("2.5.29.15", hex("03 02 07 80 05 00"))] },
    code: "bad_der",
    says: "extension 2.5.29.15 has 2 bytes too many",
  },
  {
    name: "with text for names",
    parts: { extensions: [extension("2.5.29.17", hex("61"))] },
    code: "bad_der",
  },
  { name: "with a subjectAltName of no names", parts: { extensions: [altNames([])] }, code: "bad_der" },
  {
    name: "with a name of no kind",
    parts: { extensions: [altNames([implicit(9, hex("00"))])] },
    code: "bad_der",
  },
  {
    name: "with a directoryName that is no Name",
    parts: { extensions: [altNames([explicit(4, nothing())])] },
    code: "bad_der",
  },
  {
    name: "with two Names in a directoryName",
    parts: { extensions: [altNames([explicit(4, nameOf("a"), nameOf("b"))])] },
    code: "bad_der",
  },
  {
    name: "with a path length below 0",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(true), hex("02 01 ff")))] },
    code: "bad_der",
  },
  {
    name: "with a third basic constraint",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(true), integer(0), integer(0)))] },
    code: "bad_der",
  },
  {
    name: "with key usage of no octets",
    parts: { extensions: [extension("2.5.29.15", hex("03 00"))] },
    code: "bad_der",
  },
  {
    name: "with a purpose that is none",
    parts: { extensions: [extension("2.5.29.37", sequence(integer(1)))] },
    code: "bad_der",
  },
  {
    name: "with a subjectKeyIdentifier that is none",
    parts: { extensions: [extension("2.5.29.14", hex("61"))] },
    code: "bad_der",
  },
  {
    name: "with an authorityKeyIdentifier of another field",
    parts: { extensions: [extension("2.5.29.35", sequence(implicit(3, hex("00"))))] },
    code: "bad_der",
  },
  {
    name: "with an authorityInfoAccess of nothing",
    parts: { extensions: [extension("1.3.6.1.5.5.7.1.1", EMPTY)] },
    code: "bad_der",
  },
  {
    name: "with an authorityInfoAccess of text",
    parts: { extensions: [extension("1.3.6.1.5.5.7.1.1", utf8String("http"))] },
    code: "bad_der",
  },
  {
    name: "with CRL distribution points that are none",
    parts: { extensions: [extension("2.5.29.31", nothing())] },
    code: "bad_der",
  },
];

Deno.test("checkEndEntity refuses one with an empty subject and no subjectAltName", () => {
  const options = { time: new Date("2030-01-01T00:00:00Z"), purpose: "server_auth" } as const;
  const critical = [altNames([dns("example.com")], true)];
  for (
    const [extensions, code] of [[critical, "accepted"], [undefined, "accepted"], [
      null,
      "malformed_name",
    ]]
  ) {
    const parts = extensions === undefined ? { subject: EMPTY } : { subject: EMPTY, extensions } as Parts;
    assertEquals(codeOf(() => checkEndEntity(parseCertificate(certificateOf(parts)), options)), code);
  }
});

for (const { name, parts, code, says } of REFUSED) {
  Deno.test(`parseCertificate refuses one ${name}: ${code}`, () => {
    const error = assertThrows(() => parseCertificate(certificateOf(parts)), CertificateError);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, says ?? "Cannot read");
    assert(!error.message.endsWith("."));
  });
}

Deno.test("parseCertificate returns every field as it stands in the certificate", async () => {
  const authority = await mintAuthority({ pathLength: 3 });
  const { certDer, subject, key } = await mintCertificate(authority, {
    names: ["example.com", "*.example.org"],
    ips: ["192.0.2.1", "::1"],
    notBefore: new Date("2024-02-29T00:00:00Z"),
    extensions: [
      { oid: "2.5.29.31", value: sequence() },
      { oid: "1.2.3", critical: true, value: nothing() },
      { oid: "1.2.4", critical: true, value: nothing() },
    ],
  });
  const certificate = parseCertificate(certDer);
  assertEquals(certificate.issuer, authority.subject);
  assertEquals(certificate.subject, subject);
  assertEquals(certificate.publicKey, key.spki);
  assertEquals(certificate.validity.notBefore.toISOString(), "2024-02-29T00:00:00.000Z");
  assertEquals(certificate.serialNumber.length, 17);
  assertEquals(certificate.basicConstraints, { ca: false });
  assertEquals(certificate.keyUsage, 1 << 0);
  assertEquals(certificate.extendedKeyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assertEquals(certificate.subjectAltNames, [
    { kind: "dns", name: "example.com" },
    { kind: "dns", name: "*.example.org" },
    { kind: "ip", address: hex("c0000201") },
    { kind: "ip", address: hex("00".repeat(15) + "01") },
  ]);
  assertEquals(certificate.crlDistributionPoints, sequence());
  assertEquals(certificate.unhandledCritical, "1.2.3");
  assertEquals(certificate.signatureAlgorithm, authority.key.signatureAlgorithm);
  const { tbs, signature } = certificate;
  assertEquals(certDer, sequence(tbs, certificate.signatureAlgorithm, bitString(signature)));
  const views = [tbs, signature, certificate.issuer, certificate.subject, certificate.publicKey];
  assert(views.every((view) => view.buffer === certDer.buffer));

  const above = parseCertificate(authority.certDer);
  assertEquals(above.basicConstraints, { ca: true, pathLength: 3 });
  assertEquals(above.keyUsage, 1 << 5 | 1 << 6);
  assertEquals(above.extendedKeyUsage, undefined);
  assertEquals(above.subjectAltNames, undefined);
  assertEquals(above.unhandledCritical, undefined);
});

for (const type of ["2.5.29.14", "2.5.29.35", "2.5.29.32", "1.3.6.1.5.5.7.1.1", "1.2.3"]) {
  Deno.test(`parseCertificate does not claim to understand extension ${type} where it is critical`, () => {
    const contents: Record<string, Uint8Array> = {
      "2.5.29.14": octetString(hex("01")),
      "2.5.29.35": sequence(implicit(0, hex("01"))),
      "1.3.6.1.5.5.7.1.1": sequence(sequence(oid("1.2"), implicit(6, hex("61")))),
    };
    const der = certificateOf({ extensions: [NAMES, extension(type, contents[type] ?? hex("00"), true)] });
    assertEquals(parseCertificate(der).unhandledCritical, type);
    if (type !== "2.5.29.32") {
      assertEquals(codeOf(() => parseTrustAnchor(der)), "unhandled_critical_extension");
    }
  });
}

Deno.test("parseCertificate reads up to MAX_CERTIFICATE_BYTES, which are 64 KiB", () => {
  const padded = (length: number) =>
    certificateOf({ extensions: [extension("1.2.3", new Uint8Array(length))] });
  const around = padded(60_000).length - 60_000;
  const largest = padded(MAX_CERTIFICATE_BYTES - around);
  assertEquals(largest.length, MAX_CERTIFICATE_BYTES);
  assertEquals(parseCertificate(largest).der, largest);
  const error = assertThrows(
    () => parseCertificate(padded(MAX_CERTIFICATE_BYTES - around + 1)),
    CertificateError,
  );
  assertEquals(error.code, "bad_der");
  assertStringIncludes(error.message, "more than 65536 bytes");
});

Deno.test("parseCertificate reads as many names and extensions as there is room for", () => {
  const names = Array.from({ length: 5_000 }, (_, index) => dns(`${index}.test`));
  assertEquals(
    parseCertificate(certificateOf({ extensions: [altNames(names)] })).subjectAltNames?.length,
    5_000,
  );
  const extensions = Array.from({ length: 4_000 }, (_, index) => extension(`1.2.${index}`, hex("00")));
  assertEquals(codeOf(() => parseCertificate(certificateOf({ extensions }))), "accepted");
});

const KINDS = ["p256", "p384", "rsa", "ed25519"] as const;

for (const keyType of KINDS) {
  Deno.test(`parseCertificate refuses a certificate of ${keyType} cut anywhere, and with any bit flipped never throws anything else`, async () => {
    const { certDer } = await mintSelfSigned({
      keyType,
      names: ["example.com", "*.example.org"],
      ips: ["::1"],
    });
    assertEquals(codeOf(() => parseCertificate(certDer)), "accepted");
    for (let length = 0; length < certDer.length; length++) {
      assertEquals(codeOf(() => parseCertificate(certDer.subarray(0, length))), "bad_der");
      assertEquals(codeOf(() => parseTrustAnchor(certDer.subarray(0, length))), "bad_der");
    }
    const outcomes = new Set<string>();
    for (let bit = 0; bit < certDer.length * 8; bit++) {
      const flipped = certDer.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 1 << (bit & 7);
      outcomes.add(codeOf(() => parseCertificate(flipped)));
      outcomes.add(codeOf(() => parseTrustAnchor(flipped)));
    }
    // It got about: some flips are seen only by who checks the signature.
    for (const code of ["accepted", "bad_der", "bad_time", "unsupported_version"]) {
      assert(outcomes.has(code), code);
    }
  });
}
