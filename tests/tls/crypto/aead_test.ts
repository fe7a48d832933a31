/** AEADs, under one contract in all providers. */

import { assertEquals, assertInstanceOf, assertNotEquals, assertThrows } from "@std/assert";
import { decodeHex } from "@std/encoding/hex";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import type { CipherSuiteName } from "../../../tls/wire/numbers.ts";
import { bytes, flipped, PROVIDERS, random, suiteOf } from "./providers.ts";

const SUITES: readonly CipherSuiteName[] = [
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
];

/** Record sizes: none, one, around a block, around where denoCrypto changes sides, the largest of TLS. */
const SIZES = [0, 1, 15, 16, 17, 1000, 4080, 4096, 4097, 16384, 16385];

const KNOWN_ANSWERS = [
  {
    name: "test case 2 of the GCM specification",
    suite: "TLS_AES_128_GCM_SHA256",
    key: "00".repeat(16),
    nonce: "00".repeat(12),
    aad: "",
    plaintext: new Uint8Array(16),
    sealed: "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
  },
  {
    name: "test case 14 of the GCM specification",
    suite: "TLS_AES_256_GCM_SHA384",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    aad: "",
    plaintext: new Uint8Array(16),
    sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "the example of RFC 8439 §2.8.2",
    suite: "TLS_CHACHA20_POLY1305_SHA256",
    key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
    nonce: "070000004041424344454647",
    aad: "50515253c0c1c2c3c4c5c6c7",
    plaintext: bytes(
      "Ladies and Gentlemen of the class of '99: " +
        "If I could offer you only one tip for the future, sunscreen would be it.",
    ),
    sealed: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" +
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" +
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
      "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
  },
] as const;

for (const provider of PROVIDERS) {
  for (const name of SUITES) {
    const suite = provider.cipherSuites.find((suite) => suite.name === name);
    const label = `${provider.name}, ${name}`;
    if (suite === undefined) {
      Deno.test(`${label}: only webCrypto has no ChaCha20-Poly1305`, () => {
        assertEquals([provider.name, name], ["web", "TLS_CHACHA20_POLY1305_SHA256"]);
      });
      continue;
    }

    for (const answer of KNOWN_ANSWERS.filter((answer) => answer.suite === name)) {
      Deno.test(`${label}: seals and opens ${answer.name}`, async () => {
        const key = await suite.importKey(decodeHex(answer.key));
        const [nonce, aad, sealed] = [answer.nonce, answer.aad, answer.sealed].map(decodeHex);
        if (!nonce || !aad || !sealed) throw new TypeError("unreachable");
        assertEquals(new Uint8Array(await key.seal(nonce, aad, answer.plaintext)), sealed);
        assertEquals(await key.open(nonce, aad, sealed), answer.plaintext);
      });
    }

    Deno.test(`${label}: it opens what it seals, at every size, and returns plain Uint8Arrays`, async () => {
      const key = await suite.importKey(random(suite.keyLength));
      const [nonce, aad] = [random(12), random(5)];
      for (const size of SIZES) {
        const plaintext = random(size);
        // The second time denoCrypto's WebCrypto key is there.
        for (let i = 0; i < 2; i++) {
          const sealed = await key.seal(nonce, aad, plaintext);
          assertEquals(sealed.length, size + 16);
          const opened = await key.open(nonce, aad, sealed);
          assertEquals(opened, plaintext);
          assertEquals(sealed.constructor, Uint8Array);
          assertEquals(opened?.constructor, Uint8Array);
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      }
    });

    Deno.test(`${label}: what it seals into given memory, if it can, is what it seals`, async () => {
      const key = await suite.importKey(random(suite.keyLength));
      assertEquals(key.sealInto !== undefined, provider.name === "node" || name === SUITES[0]);
      const [nonce, aad] = [random(12), random(5)];
      for (const size of key.sealInto === undefined ? [] : SIZES) {
        const plaintext = random(size);
        const memory = new Uint8Array(size + 16 + 2).fill(7);
        key.sealInto?.(nonce, aad, plaintext, memory.subarray(1, -1));
        assertEquals(memory.slice(1, -1), await key.seal(nonce, aad, plaintext));
        assertEquals([memory[0], memory.at(-1)], [7, 7]);
      }
    });

    Deno.test(`${label}: a record that was altered anywhere, or cut short, gives null`, async () => {
      const key = await suite.importKey(random(suite.keyLength));
      const other = await suite.importKey(random(suite.keyLength));
      const [nonce, aad] = [random(12), random(5)];
      for (const size of [0, 33, 5000]) {
        const sealed = new Uint8Array(await key.seal(nonce, aad, random(size)));
        for (const at of [0, size >> 1, -16, -1]) {
          for (const bit of [0x01, 0x80]) {
            assertEquals(await key.open(nonce, aad, flipped(sealed, at, bit)), null);
          }
        }
        assertEquals(await key.open(flipped(nonce), aad, sealed), null);
        assertEquals(await key.open(nonce, flipped(aad), sealed), null);
        assertEquals(await key.open(nonce, aad.subarray(1), sealed), null);
        assertEquals(await other.open(nonce, aad, sealed), null);
        for (const length of [0, 1, 15, 16, sealed.length - 1]) {
          if (length < sealed.length) {
            assertEquals(await key.open(nonce, aad, sealed.subarray(0, length)), null);
          }
        }
        assertEquals((await key.open(nonce, aad, sealed))?.length, size);
      }
    });

    Deno.test(`${label}: arguments may be reused as soon as a call returns`, async () => {
      const raw = random(suite.keyLength);
      const key = await suite.importKey(raw);
      raw.fill(0);
      for (const size of [100, 16384, 16384]) {
        const [nonce, aad, plaintext] = [random(12), random(5), random(size)];
        const expected = new Uint8Array(await key.seal(nonce, aad, plaintext));
        const [nonce2, aad2, plaintext2] = [nonce.slice(), aad.slice(), plaintext.slice()];
        const sealing = key.seal(nonce2, aad2, plaintext2);
        [nonce2, aad2, plaintext2].forEach((argument) => argument.fill(0));
        assertEquals(new Uint8Array(await sealing), expected);
        const [nonce3, aad3, sealed3] = [nonce.slice(), aad.slice(), expected.slice()];
        const opening = key.open(nonce3, aad3, sealed3);
        [nonce3, aad3, sealed3].forEach((argument) => argument.fill(0));
        assertEquals(await opening, plaintext);
      }
    });

    Deno.test(`${label}: sixteen records are opened at the same time, forged ones among them`, async () => {
      const key = await suite.importKey(random(suite.keyLength));
      const aad = random(5);
      const nonces = Array.from({ length: 16 }, () => random(12));
      await key.seal(random(12), aad, random(16384));
      const sealed = await Promise.all(
        nonces.map((nonce, i) => key.seal(nonce, aad, new Uint8Array(16384).fill(i))),
      );
      const opened = await Promise.all(
        sealed.map((record, i) =>
          key.open(nonces[i] ?? aad, aad, i % 3 === 0 ? flipped(record, 99) : record)
        ),
      );
      assertEquals(opened.map((each) => each?.[16383]), nonces.map((_, i) => i % 3 === 0 ? undefined : i));
    });

    Deno.test(`${label}: memory shared between threads is read too`, async () => {
      const key = await suite.importKey(random(suite.keyLength));
      const shared = (input: Uint8Array) => {
        const copy = new Uint8Array(new SharedArrayBuffer(input.length));
        copy.set(input);
        return copy;
      };
      const [nonce, aad, plaintext] = [random(12), random(5), random(5000)];
      const sealed = await key.seal(shared(nonce), shared(aad), shared(plaintext));
      assertEquals(await key.open(shared(nonce), shared(aad), shared(sealed)), plaintext);
    });

    Deno.test(`${label}: a key of another length is refused`, () => {
      for (const length of [0, suite.keyLength - 1, suite.keyLength + 1]) {
        assertThrows(() => suite.importKey(new Uint8Array(length)), RangeError, "Cannot import a key of");
      }
    });
  }
}

Deno.test("providers open what the others seal", async () => {
  const [nonce, aad, plaintext] = [random(12), random(5), random(5000)];
  for (const name of SUITES) {
    const raw = random(name === "TLS_AES_128_GCM_SHA256" ? 16 : 32);
    const having = PROVIDERS.filter((provider) => provider.cipherSuites.some((suite) => suite.name === name));
    const keys = await Promise.all(having.map((provider) => suiteOf(provider, name).importKey(raw)));
    for (const a of keys) {
      const sealed = await a.seal(nonce, aad, plaintext);
      for (const b of keys) assertEquals(await b.open(nonce, aad, sealed), plaintext);
    }
  }
});

Deno.test("deno: small AES-GCM records are opened at once, large ones by WebCrypto once its key is there", async () => {
  const key = await suiteOf(denoCrypto(), "TLS_AES_128_GCM_SHA256").importKey(random(16));
  const [nonce, aad] = [random(12), random(5)];
  assertInstanceOf(key.seal(nonce, aad, new Uint8Array(4096)), Uint8Array);
  assertInstanceOf(key.seal(nonce, aad, new Uint8Array(4097)), Uint8Array);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertInstanceOf(key.seal(nonce, aad, new Uint8Array(4096)), Uint8Array);
  const large = key.seal(nonce, aad, new Uint8Array(4097));
  assertInstanceOf(large, Promise);
  assertNotEquals(await large, null);
});

Deno.test("suites have the figures of RFC 9846 §5.5 and Appendix B.4", () => {
  const facts = denoCrypto().cipherSuites.map(({ name, id, hash, keyLength, recordLimit }) => [
    name,
    id,
    hash,
    keyLength,
    recordLimit,
  ]);
  assertEquals(facts, [
    ["TLS_CHACHA20_POLY1305_SHA256", 0x1303, "SHA-256", 32, Number.MAX_SAFE_INTEGER],
    ["TLS_AES_128_GCM_SHA256", 0x1301, "SHA-256", 16, 2 ** 24],
    ["TLS_AES_256_GCM_SHA384", 0x1302, "SHA-384", 32, 2 ** 24],
  ]);
});
