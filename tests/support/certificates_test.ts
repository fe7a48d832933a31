/** Minted certificates, judged by OpenSSL. */

import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { mintAuthority, mintCertificate, type Minted, mintSelfSigned } from "./certificates.ts";
import { ipBytes } from "./ip.ts";
import type { KeyType } from "./keys.ts";
import { installed } from "./process.ts";
import { run } from "./run.ts";

const ignore = !installed("openssl");
const KEY_TYPES = ["p256", "p384", "rsa", "ed25519"] satisfies KeyType[];

/** What `openssl verify` says of a leaf below `root`. */
async function verify(leaf: Minted, root: Minted, ...args: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/root.pem`, root.certPem);
    await Deno.writeTextFile(`${folder}/chain.pem`, leaf.chainPem);
    const files = ["-CAfile", "root.pem", "-untrusted", "chain.pem", "chain.pem"];
    const { stdout, stderr } = await run("openssl", ["verify", "-x509_strict", ...args, ...files], {
      cwd: folder,
    });
    return (stdout + stderr).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const keyType of KEY_TYPES) {
  Deno.test({
    name: `a chain of three ${keyType} keys is one for openssl, too`,
    ignore,
    async fn() {
      const root = await mintAuthority({ keyType });
      const between = await mintAuthority({ keyType, issuer: root, pathLength: 0 });
      const leaf = await mintCertificate(between, { keyType, names: ["a.test"], ips: ["::1"] });
      const purpose = ["-purpose", "sslserver"];
      assertEquals(await verify(leaf, root, ...purpose, "-verify_hostname", "a.test"), "chain.pem: OK");
      assertEquals(await verify(leaf, root, ...purpose, "-verify_ip", "::1"), "chain.pem: OK");
      assertMatch(await verify(leaf, root, "-verify_hostname", "b.test"), /hostname mismatch/);
      assertMatch(await verify(leaf, await mintAuthority()), /unable to get local issuer certificate/);
    },
  });
}

Deno.test({
  name: "a signature that was corrupted does not verify",
  ignore,
  async fn() {
    const root = await mintAuthority();
    const leaf = await mintCertificate(root, { names: ["a.test"], corruptSignature: true });
    assertMatch(await verify(leaf, root), /certificate signature failure/);
  },
});

Deno.test({
  name: "a certificate that signed itself says so, and is no authority",
  ignore,
  async fn() {
    const device = await mintSelfSigned({ names: ["a.test"] });
    const { stdout } = await run("openssl", ["x509", "-noout", "-text"], { stdin: device.certPem });
    assertMatch(stdout, /Issuer: CN = a\.test/);
    assertMatch(stdout, /Subject: CN = a\.test/);
    assertMatch(stdout, /CA:FALSE/);
    assertMatch(stdout, /TLS Web Server Authentication, TLS Web Client Authentication/);
  },
});

Deno.test({
  name: "an authority says what it may do, and an extension of the caller's own is there",
  ignore,
  async fn() {
    const extension = { oid: "1.2.3.4", critical: true, value: Uint8Array.of(0x05, 0x00) };
    const authority = await mintAuthority({ pathLength: 3, extensions: [extension] });
    const { stdout } = await run("openssl", ["x509", "-noout", "-text"], { stdin: authority.certPem });
    assertMatch(stdout, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:3/);
    assertMatch(stdout, /X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign/);
    assertMatch(stdout, /1\.2\.3\.4: critical/);
  },
});

Deno.test("dates are what was asked for, an hour ago and before the day is over otherwise", async () => {
  const ascii = (minted: Minted): string => new TextDecoder("latin1").decode(minted.certDer);
  const notBefore = new Date("2001-02-03T04:05:06Z");
  const dated = await mintSelfSigned({ notBefore, notAfter: new Date("2001-02-04T04:05:06Z") });
  assert(ascii(dated).includes("010203040506Z"));
  assert(ascii(dated).includes("010204040506Z"));
  const late = new Date(Date.now() + 25 * 3_600_000);
  await assertRejects(() => mintSelfSigned({ notAfter: late }), RangeError, "it would outlive the day");
});

Deno.test("two authorities never share a name or a serial number", async () => {
  const [one, other] = await Promise.all([mintAuthority(), mintAuthority()]);
  assertNotEquals(one.subject, other.subject);
  assertNotEquals(one.certDer, other.certDer);
});

const ADDRESSES = [
  ["127.0.0.1", "7f000001"],
  ["::1", "00000000000000000000000000000001"],
  ["::", "00000000000000000000000000000000"],
  ["2001:db8::8:800:200c:417a", "20010db80000000000080800200c417a"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
] as const;

for (const [address, hex] of ADDRESSES) {
  Deno.test(`the IP address ${address} is the bytes ${hex}`, () => {
    assertEquals(encodeHex(ipBytes(address)), hex);
  });
}
