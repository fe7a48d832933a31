/** HPKE in base mode: the vectors of RFC 9180, every suite against itself, and what is refused. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeHex } from "@std/encoding/hex";
import { run } from "../../../io/script.ts";
import type { KeyShare } from "../../../tls/crypto/provider.ts";
import { hpkeKem, hpkeKemOfGroup, type HpkeSuite, hpkeSuite } from "../../../tls/hpke/algorithms.ts";
import { setupBaseRecipient, setupBaseSender } from "../../../tls/hpke/hpke_context.ts";
import { PROVIDERS } from "../crypto/providers.ts";

/** RFC 9180 Appendix A.1.1 and A.3.1: setup and the first encryption. */
const VECTORS = [
  {
    name: "A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM",
    suite: [0x20, 1, 1],
    privateKey: "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    publicKey: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    ciphertext: "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
  },
  {
    name: "A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM",
    suite: [0x10, 1, 1],
    privateKey: "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
    publicKey:
      "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0",
    enc:
      "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4",
    ciphertext: "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
  },
] as const;

const INFO = new TextEncoder().encode("Ode on a Grecian Urn");
const FIRST_AAD = new TextEncoder().encode("Count-0");
const PLAINTEXT = new TextEncoder().encode("Beauty is truth, truth beauty");

for (const provider of PROVIDERS) {
  const { name: providerName } = provider;

  const suiteOf = (kemId: number, kdf: number, aead: number): HpkeSuite | undefined => {
    const kem = hpkeKem(provider, kemId);
    return kem && hpkeSuite(provider, kem, kdf, aead);
  };

  for (const { name, suite: [kemId, kdf, aead], privateKey, publicKey, enc, ciphertext } of VECTORS) {
    Deno.test(`HPKE (${providerName}): RFC 9180 ${name}`, async () => {
      const suite = suiteOf(kemId, kdf, aead);
      assert(suite !== undefined);
      const key = await suite.kem.group.importKeyPair?.(decodeHex(privateKey), decodeHex(publicKey));
      assert(key);
      const context = await run(setupBaseRecipient(provider, suite, decodeHex(enc), key, INFO));
      assert(context !== null);
      assertEquals(await run(context.open(FIRST_AAD, decodeHex(ciphertext))), PLAINTEXT);
    });
  }

  for (const kemId of [0x10, 0x11, 0x12, 0x20]) {
    for (const kdf of [1, 2, 3]) {
      for (const aead of [1, 2, 3]) {
        const suite = suiteOf(kemId, kdf, aead);
        if (suite === undefined) continue;
        Deno.test(`HPKE (${providerName}): KEM ${kemId}, KDF ${kdf}, AEAD ${aead}: each message is opened in its turn, once`, async () => {
          const key = await suite.kem.group.start();
          const sender = await run(setupBaseSender(provider, suite, key.publicKey, INFO));
          assert(sender !== null);
          const recipient = await run(setupBaseRecipient(provider, suite, sender.enc, key, INFO));
          assert(recipient !== null);
          const first = await run(sender.context.seal(FIRST_AAD, PLAINTEXT));
          const second = await run(sender.context.seal(FIRST_AAD, PLAINTEXT));
          assertNotEquals(first, second);
          assertEquals(await run(recipient.open(FIRST_AAD, second)), null);
          assertEquals(await run(recipient.open(INFO, first)), null);
          assertEquals(await run(recipient.open(FIRST_AAD, first)), PLAINTEXT);
          assertEquals(await run(recipient.open(FIRST_AAD, first)), null);
          assertEquals(await run(recipient.open(FIRST_AAD, second)), PLAINTEXT);
          const other = await run(setupBaseRecipient(provider, suite, sender.enc, key, FIRST_AAD));
          assertEquals(await run(other?.open(FIRST_AAD, first) ?? never()), null);
        });
      }
    }
  }

  const INVALID = [
    { name: "a public key of X25519 that is cut short", kem: 0x20, key: new Uint8Array(31) },
    { name: "the point of X25519 that agrees on zeros", kem: 0x20, key: new Uint8Array(32) },
    { name: "a point that is not on P-256", kem: 0x10, key: new Uint8Array(65).fill(4) },
    { name: "a compressed point of P-256", kem: 0x10, key: new Uint8Array(33).fill(2) },
    { name: "no public key", kem: 0x20, key: new Uint8Array(0) },
  ] as const;
  for (const { name, kem: kemId, key } of INVALID) {
    Deno.test(`HPKE (${providerName}): ${name} is a null, for sender and recipient`, async () => {
      const suite = suiteOf(kemId, 1, 1);
      assert(suite !== undefined);
      assertEquals(await run(setupBaseSender(provider, suite, key, INFO)), null);
      const own: KeyShare = await suite.kem.group.start();
      assertEquals(await run(setupBaseRecipient(provider, suite, key, own, INFO)), null);
    });
  }

  const MALFORMED = [
    { name: "a private key that is too long", kem: 0x20, privateKey: 33, publicKey: 32 },
    { name: "a private key that is too short", kem: 0x10, privateKey: 31, publicKey: 65 },
    { name: "a public key that is too short", kem: 0x20, privateKey: 32, publicKey: 31 },
    { name: "a public key that is no point", kem: 0x10, privateKey: 32, publicKey: 65 },
  ] as const;
  for (const { name, kem, privateKey, publicKey } of MALFORMED) {
    Deno.test(`HPKE (${providerName}): ${name} is not imported`, async () => {
      const group = hpkeKem(provider, kem)?.group;
      const imported = await group?.importKeyPair?.(
        new Uint8Array(privateKey).fill(1),
        new Uint8Array(publicKey).fill(1),
      );
      assertEquals(imported, null);
    });
  }

  Deno.test(`HPKE (${providerName}): what is not known, or not there, is no suite`, () => {
    const kem = hpkeKem(provider, 0x20);
    assert(kem !== undefined);
    assertEquals(hpkeKem(provider, 0x21), undefined);
    assertEquals(hpkeKem(provider, 0x20, new Set(["x25519"])), undefined);
    assertEquals(hpkeSuite(provider, kem, 4, 1), undefined);
    assertEquals(hpkeSuite(provider, kem, 1, 0xffff), undefined);
    assertEquals(hpkeSuite(provider, kem, 1, 1, new Set(["TLS_AES_128_GCM_SHA256"])), undefined);
    assertEquals([hpkeKemOfGroup("x25519"), hpkeKemOfGroup("secp256r1")], [0x20, 0x10]);
  });
}

function never(): never {
  throw new Error("there is no context");
}
