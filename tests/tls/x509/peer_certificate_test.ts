/** The certificate of a peer as an application sees it. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CertificateError } from "../../../tls/x509/error.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { parsePemCertificates } from "../../../io/pem.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { integer } from "../../support/der.ts";
import { certificateOf, hex, nameOf } from "./certificate_parts.ts";

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
});
