/** Certificates that sign themselves: what is in them, who takes them, and what is refused. */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { parsePemCertificates } from "../../../io/pem.ts";
import { selfSigned, type SelfSignedFields } from "../../../tls/config/self_signed.ts";
import { RootCertStore, TlsAcceptor, TlsConnector } from "../../../tls/mod.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { installed } from "../../support/process.ts";
import { run } from "../../support/run.ts";

const NAMES = ["localhost", "*.wild.example", "server.example.", "127.0.0.1", "::1"];
const HOUR = 3_600_000;

function fields(more: Partial<SelfSignedFields> = {}): SelfSignedFields {
  const now = Date.now();
  return { names: NAMES, notBefore: new Date(now - HOUR), notAfter: new Date(now + HOUR), ...more };
}

async function parsed(pem: string): Promise<PeerCertificate> {
  const [der = new Uint8Array()] = parsePemCertificates(pem);
  return new PeerCertificate(der, new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

Deno.test("a self-signed certificate has its names, its dates and its key", async () => {
  const given = fields();
  const { cert } = await selfSigned(given);
  const { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter, keyType } = await parsed(cert);
  assertEquals([subject, issuer, keyType], ["CN=localhost", "CN=localhost", "P-256"]);
  assertEquals(dnsNames, ["localhost", "*.wild.example", "server.example"]);
  assertEquals(ipAddresses, ["127.0.0.1", "::1"]);
  const seconds = (date: Date): number => Math.floor(date.getTime() / 1_000);
  assertEquals([notBefore, notAfter].map(seconds), [given.notBefore, given.notAfter].map(seconds));
});

Deno.test("a self-signed certificate is another one each time", async () => {
  const [one, other] = await Promise.all([selfSigned(fields()), selfSigned(fields())]);
  assertNotEquals((await parsed(one.cert)).fingerprint, (await parsed(other.cert)).fingerprint);
  assertNotEquals(one.key, other.key);
});

Deno.test("a self-signed certificate whose first name is long has the beginning of it as its common name", async () => {
  const name = `${"a".repeat(60)}.${"b".repeat(60)}`;
  const { cert } = await selfSigned(fields({ names: [name] }));
  assertEquals((await parsed(cert)).subject, `CN=${name.slice(0, 64)}`);
});

Deno.test("a self-signed certificate may end in the years from 2050 on", async () => {
  const notAfter = new Date(Date.UTC(2050, 0, 1));
  const { cert } = await selfSigned(fields({ notAfter }));
  assertEquals((await parsed(cert)).notAfter, notAfter);
});

for (const name of ["localhost", "a.wild.example", "127.0.0.1"]) {
  Deno.test(`a client that trusts a self-signed certificate alone shakes hands with ${name}`, async () => {
    const { cert, key } = await selfSigned(fields());
    const [near, far] = memoryDuplexPair();
    const connector = new TlsConnector({ roots: RootCertStore.fromPem(cert) });
    const acceptor = new TlsAcceptor({ identity: { chain: cert, key } });
    const [client, server] = await Promise.all([connector.connect(name, near), acceptor.accept(far)]);
    assertEquals(client.connection.peerCertificates.length, 1);
    client.close();
    server.close();
  });
}

Deno.test({
  name: "openssl takes a self-signed certificate for a server that it names",
  ignore: !installed("openssl"),
  async fn() {
    const { cert, key } = await selfSigned(fields());
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/cert.pem`, cert);
      const verify = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", `${folder}/cert.pem`];
      for (const [name, code] of [["localhost", 0], ["other.example", 2]] as const) {
        const { code: exit, stdout, stderr } = await run("openssl", [
          ...verify,
          "-verify_hostname",
          name,
          `${folder}/cert.pem`,
        ]);
        assertEquals(exit, code, stdout + stderr);
      }
      const keyText = await run("openssl", ["pkey", "-check", "-noout"], { stdin: key });
      assertEquals(keyText.code, 0, keyText.stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const REFUSED: readonly (readonly [name: string, more: Partial<SelfSignedFields>, message: string])[] = [
  ["no name", { names: [] }, "it has no name"],
  ["an empty name", { names: [""] }, '"" is neither'],
  ["a URL", { names: ["https://localhost"] }, '"https://localhost" is neither'],
  ["a name with a port", { names: ["localhost", "localhost:443"] }, '"localhost:443" is neither'],
  ["an address with brackets", { names: ["[::1]"] }, '"[::1]" is neither'],
  ["a wildcard alone", { names: ["*."] }, '"*." is neither'],
  ["a wildcard inside", { names: ["a.*.example"] }, '"a.*.example" is neither'],
  ["a validity that is over before it begins", { notAfter: new Date(0) }, "ends before it begins"],
  ["a date that is none", { notAfter: new Date(NaN) }, "not between the years 1950 and 9999"],
];
for (const [name, more, message] of REFUSED) {
  Deno.test(`a self-signed certificate is refused: ${name}`, async () => {
    await assertRejects(() => selfSigned(fields(more)), Error, message);
  });
}
