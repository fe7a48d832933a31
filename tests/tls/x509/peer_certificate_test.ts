/** The certificate of a peer as an application sees it. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CertificateError } from "../../../tls/x509/error.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { parsePemCertificates } from "../../../io/pem.ts";
import { mintAuthority, mintCertificate, mintSelfSigned } from "../../support/certificates.ts";
import { bitString, integer, nothing, oid, sequence } from "../../support/der.ts";
import type { KeyType } from "../../support/keys.ts";
import { altNames, certificateOf, dns, hex, ip, nameOf } from "./certificate_parts.ts";
import { uri } from "./names/constraints_support.ts";

async function peerCertificate(der: Uint8Array<ArrayBuffer>): Promise<PeerCertificate> {
  return new PeerCertificate(der, new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

Deno.test("PeerCertificate has the fields of a certificate", async () => {
  const authority = await mintAuthority({ commonName: "Our authority" });
  const { certDer, certPem, key } = await mintCertificate(authority, {
    commonName: "A, B",
    names: ["example.com", "*.example.org"],
    ips: ["192.0.2.1", "2001:db8::1"],
    notBefore: new Date("2024-02-29T01:02:03Z"),
    notAfter: new Date("2024-03-01T01:02:03Z"),
  });
  const certificate = await peerCertificate(certDer);
  assertEquals(certificate.der, certDer);
  assertEquals(certificate.subject, "CN=A\\, B");
  assertEquals(certificate.issuer, "CN=Our authority");
  assertEquals(/^40[0-9a-f]{32}$/.test(certificate.serialNumber), true);
  assertEquals(certificate.notBefore, new Date("2024-02-29T01:02:03Z"));
  assertEquals(certificate.notAfter, new Date("2024-03-01T01:02:03Z"));
  assertEquals(certificate.dnsNames, ["example.com", "*.example.org"]);
  assertEquals(certificate.ipAddresses, ["192.0.2.1", "2001:db8::1"]);
  assertEquals(certificate.publicKey, key.spki);
  assertEquals(certificate.pem, certPem);
  assertEquals(parsePemCertificates(certificate.pem), [certDer]);
  assertEquals(/^[0-9a-f]{64}$/.test(certificate.fingerprint), true);
});

Deno.test("PeerCertificate gives a serial number without the octet of its sign, and empty lists for no names", async () => {
  const certificate = await peerCertificate(
    certificateOf({ serial: integer(hex("ff01")), extensions: null }),
  );
  assertEquals(certificate.serialNumber, "ff01");
  assertEquals(certificate.dnsNames, []);
  assertEquals(certificate.ipAddresses, []);
});

Deno.test("PeerCertificate does not change when what its getters returned is changed", async () => {
  const certificate = await peerCertificate(certificateOf());
  certificate.notAfter.setTime(0);
  certificate.publicKey.fill(0);
  certificate.dnsNames.push("a.test");
  assertEquals(certificate.notAfter, new Date("2040-01-01T00:00:00Z"));
  assertEquals(certificate.publicKey[0], 0x30);
  assertEquals(certificate.dnsNames, ["example.com"]);
});

Deno.test("PeerCertificate of an unreadable certificate has its bytes and their fingerprint", async () => {
  const certificate = await peerCertificate(nameOf("a"));
  assertEquals(certificate.der, nameOf("a"));
  assertEquals(certificate.fingerprint.length, 64);
  assertEquals(certificate.pem.split("\n").length, 4);
  assertThrows(() => certificate.subject, CertificateError, "Cannot read the certificate");
  assertThrows(() => certificate.dnsNames, CertificateError, "Cannot read the certificate");
});

Deno.test("PeerCertificate shows its fields in a console, hostile text escaped, and the error of an unreadable one", async () => {
  const authority = await mintAuthority({ commonName: "Our authority" });
  const { certDer } = await mintCertificate(authority, { commonName: "A", names: ["a\x1b[2J.example"] });
  const text = Deno.inspect(await peerCertificate(certDer));
  assertMatch(text, /^PeerCertificate \{\s+subject: "CN=A",\s+issuer: "CN=Our authority"/);
  assertEquals([text.includes("\x1b"), text.includes("Uint8Array")], [false, false]);
  const unreadable = Deno.inspect(await peerCertificate(Uint8Array.of(0x30, 0x00)));
  assertMatch(unreadable, /^PeerCertificate \{\s+unreadable: "Cannot read the certificate/);
  assertMatch(unreadable, /fingerprint: "[0-9A-Fa-f:]+"/);
});

const KEYS: readonly { readonly keyType: KeyType; readonly shown: readonly unknown[] }[] = [
  { keyType: "p256", shown: ["P-256", 256, "ecdsa-with-SHA256"] },
  { keyType: "p384", shown: ["P-384", 384, "ecdsa-with-SHA384"] },
  { keyType: "rsa", shown: ["RSA", 2048, "sha256WithRSAEncryption"] },
  { keyType: "rsa1024", shown: ["RSA", 1024, "sha256WithRSAEncryption"] },
  { keyType: "ed25519", shown: ["Ed25519", 256, "id-Ed25519"] },
];

for (const { keyType, shown } of KEYS) {
  Deno.test(`PeerCertificate has the kind and size of a key, and the algorithm of the signature: ${shown.join(", ")}`, async () => {
    const { certDer } = await mintSelfSigned({ keyType });
    const certificate = await peerCertificate(certDer);
    assertEquals<unknown[]>([certificate.keyType, certificate.keySize, certificate.signatureAlgorithm], [
      ...shown,
    ]);
  });
}

Deno.test("PeerCertificate has object identifiers of kinds that are not known, and names of those that are accepted no more", async () => {
  const key = sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(8)));
  const unknown = await peerCertificate(certificateOf({ key, inner: sequence(oid("1.2.3.5")) }));
  assertEquals([unknown.keyType, unknown.keySize, unknown.signatureAlgorithm], [
    "1.2.3.4",
    undefined,
    "1.2.3.5",
  ]);
  const old = await peerCertificate(
    certificateOf({ inner: sequence(oid("1.2.840.113549.1.1.5"), nothing()) }),
  );
  assertEquals(old.signatureAlgorithm, "sha1WithRSAEncryption");
  const pss = sequence(
    sequence(oid("1.2.840.113549.1.1.10")),
    bitString(sequence(integer(new Uint8Array(256).fill(0xff)), integer(65537))),
  );
  const restricted = await peerCertificate(certificateOf({ key: pss }));
  assertEquals([restricted.keyType, restricted.keySize], ["RSASSA-PSS", 2048]);
});

Deno.test("PeerCertificate has the URIs and IP addresses of the subjectAltName extension", async () => {
  const names = [
    uri("spiffe://example.com/a"),
    ip(192, 0, 2, 1),
    uri("https://b.test/\u00e9"),
    dns("c.test"),
  ];
  const certificate = await peerCertificate(certificateOf({ extensions: [altNames(names)] }));
  assertEquals(certificate.uris, ["spiffe://example.com/a", "https://b.test/\u00e9"]);
  assertEquals([certificate.ipAddresses, certificate.dnsNames], [["192.0.2.1"], ["c.test"]]);
  assertEquals((await peerCertificate(certificateOf({ extensions: null }))).uris, []);
});

Deno.test("PeerCertificate reads what can be read of a certificate that breaks rules", async () => {
  const certificate = await peerCertificate(certificateOf({
    version: 0,
    serial: integer(0),
    issuer: sequence(),
    validity: [],
    extensions: null,
  }));
  assertEquals([certificate.subject, certificate.issuer, certificate.serialNumber], ["CN=subject", "", "00"]);
  assertEquals(certificate.keyType, "P-256");
  assertThrows(() => certificate.notBefore, CertificateError, "Cannot read the certificate");
  assertThrows(() => certificate.notAfter, CertificateError, "Cannot read the certificate");
  const negative = await peerCertificate(certificateOf({ serial: hex("02 02 80 01") }));
  assertEquals(negative.serialNumber, "8001");
  const twice = await peerCertificate(
    certificateOf({ extensions: [altNames([dns("a.b")]), altNames([dns("c.d")])] }),
  );
  assertEquals(twice.notAfter, new Date("2040-01-01T00:00:00Z"));
  assertThrows(() => twice.dnsNames, CertificateError, "is there twice");
});
