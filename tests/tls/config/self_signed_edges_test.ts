/** Certificates that sign themselves: the names, dates and numbers at the edges of what is taken. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { parsePemCertificates } from "../../../io/pem.ts";
import { selfSigned } from "../../../tls/config/self_signed.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";

const START = new Date("2026-01-01T00:00:00Z");
const END = new Date("2027-01-01T00:00:00Z");

async function made(
  names: readonly string[],
  notBefore: Date = START,
  notAfter: Date = END,
): Promise<PeerCertificate> {
  const { cert } = await selfSigned({ names, notBefore, notAfter });
  const [der = new Uint8Array()] = parsePemCertificates(cert);
  return new PeerCertificate(der, new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

for (const name of ["a", "ab", "x.y", "*.a"]) {
  Deno.test(`a self-signed certificate has the short name ${name}`, async () => {
    assertEquals((await made([name])).dnsNames, [name]);
  });
}

/** Names that would be host names without their first two characters. */
for (
  const name of ["-xa.example", "!!a.example", "*xa.example", "x*a.example", "..a.example", "*.*.a.example"]
) {
  Deno.test(`a self-signed certificate is refused: the name ${name}`, async () => {
    await assertRejects(() => made([name]), TypeError, `"${name}" is neither a host name nor an IP address`);
  });
}

const VALIDITIES: readonly (readonly [name: string, notBefore: string, notAfter: string])[] = [
  ["one second", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ["the first second that can be written", "1950-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ["the last second of UTCTime", "2026-01-01T00:00:00Z", "2049-12-31T23:59:59Z"],
  ["the first second of GeneralizedTime", "2050-01-01T00:00:00Z", "2050-01-01T00:00:00Z"],
  ["the last second that can be written", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
];
for (const [name, from, to] of VALIDITIES) {
  Deno.test(`a self-signed certificate is valid for ${name}`, async () => {
    const { notBefore, notAfter } = await made(["localhost"], new Date(from), new Date(to));
    assertEquals([notBefore, notAfter], [new Date(from), new Date(to)]);
  });
}

for (const [from, to] of [["1949-12-31T23:59:59Z", END], [START, "+010000-01-01T00:00:00Z"]] as const) {
  Deno.test(`a self-signed certificate is refused: a date that cannot be written, from ${from} to ${to}`, async () => {
    await assertRejects(
      () => made(["localhost"], new Date(from), new Date(to)),
      RangeError,
      "a date is not between the years 1950 and 9999",
    );
  });
}

Deno.test("a self-signed certificate has a positive serial number of 16 octets, each time", async () => {
  for (let time = 0; time < 40; time++) {
    const { serialNumber } = await made(["localhost"]);
    const digits = serialNumber.replaceAll(":", "");
    assertEquals(digits.length, 32, serialNumber);
    assert(/^[4-7]/.test(digits), serialNumber);
  }
});
