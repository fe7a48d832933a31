/** Hashes, HMAC, HKDF and random bytes, under one contract in all providers. */

import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { isAllZero, timingSafeEqual } from "../../../tls/crypto/constant_time.ts";
import { HASH_LENGTH, hkdfExpand, hkdfExpandLabel, hkdfExtract } from "../../../tls/crypto/hkdf.ts";
import type { HashName } from "../../../tls/crypto/provider.ts";
import { run } from "../../../io/script.ts";
import { nullProvider } from "../../support/null_provider.ts";
import { bytes, flipped, PROVIDERS, random } from "./providers.ts";

const HASHES: readonly HashName[] = ["SHA-256", "SHA-384", "SHA-512"];

/** "abc", FIPS 180-2 Appendix B.1, C.1, D.1. */
const ABC: Readonly<Record<HashName, string>> = {
  "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "SHA-384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed" +
    "8086072ba1e7cc2358baeca134c825a7",
  "SHA-512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

/** RFC 4231 §4.3. */
const JEFE: Readonly<Record<HashName, string>> = {
  "SHA-256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  "SHA-384": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e" +
    "8e2240ca5e69e2c78b3239ecfab21649",
  "SHA-512": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554" +
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
};

for (const provider of PROVIDERS) {
  for (const hash of HASHES) {
    Deno.test(`${provider.name}, ${hash}: digests and authenticates as published`, async () => {
      assertEquals(encodeHex(await provider.digest(hash, bytes("abc"))), ABC[hash]);
      const mac = await provider.hmac(hash, bytes("Jefe"), bytes("what do ya want for nothing?"));
      assertEquals(encodeHex(mac), JEFE[hash]);
      assertEquals([mac.constructor, mac.length], [Uint8Array, HASH_LENGTH[hash]]);
    });

    Deno.test(`${provider.name}, ${hash}: an empty key is a key of zeros; keys may be longer than a block`, async () => {
      const none = await provider.hmac(hash, new Uint8Array(), bytes("data"));
      assertEquals(none, await provider.hmac(hash, new Uint8Array(HASH_LENGTH[hash]), bytes("data")));
      const long = random(200);
      const digest = await provider.digest(hash, long);
      assertEquals(
        await provider.hmac(hash, long, bytes("data")),
        await provider.hmac(hash, digest, bytes("data")),
      );
    });

    Deno.test(`${provider.name}, ${hash}: arguments may be reused as soon as a call returns`, async () => {
      const [key, data] = [bytes("key"), bytes("data")];
      const [mac, digest] = [await provider.hmac(hash, key, data), await provider.digest(hash, data)];
      const [key2, data2] = [key.slice(), data.slice()];
      const pending = [provider.hmac(hash, key2, data2), provider.digest(hash, data2)];
      key2.fill(0);
      data2.fill(0);
      assertEquals(await Promise.all(pending), [mac, digest]);
    });
  }

  Deno.test(`${provider.name}: random bytes are fresh, and more than the platform gives at once is refused`, () => {
    assertEquals(provider.random(0).length, 0);
    assertNotEquals(provider.random(32), provider.random(32));
    assertThrows(() => provider.random(65537));
  });

  Deno.test(`${provider.name}: HKDF gives the example of RFC 5869 Appendix A.1`, async () => {
    const [salt, info] = [decodeHex("000102030405060708090a0b0c"), decodeHex("f0f1f2f3f4f5f6f7f8f9")];
    const key = await run(hkdfExtract(provider, "SHA-256", salt, new Uint8Array(22).fill(0x0b)));
    assertEquals(encodeHex(key), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    const output = await run(hkdfExpand(provider, "SHA-256", key, info, 42));
    assertEquals(
      encodeHex(output),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
  });

  Deno.test(`${provider.name}: HKDF-Expand-Label gives the derived secret of RFC 8448 §3`, async () => {
    const early = await run(hkdfExtract(provider, "SHA-256", new Uint8Array(), new Uint8Array(32)));
    assertEquals(encodeHex(early), "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
    const nothing = await provider.digest("SHA-256", new Uint8Array());
    const derived = await run(hkdfExpandLabel(provider, "SHA-256", early, "derived", nothing));
    assertEquals(encodeHex(derived), "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");
  });
}

Deno.test("HKDF gives up to 255 blocks; each length is a prefix of the longest", () => {
  const provider = nullProvider();
  for (const hash of HASHES) {
    const key = new Uint8Array(HASH_LENGTH[hash]);
    const longest = 255 * HASH_LENGTH[hash];
    const expand = (length: number) => run(hkdfExpand(provider, hash, key, bytes("info"), length));
    const all = expand(longest);
    if (!(all instanceof Uint8Array)) throw new TypeError("the null provider is synchronous");
    for (const length of [0, 1, 12, 32, 48, 64, 65, 129, 1000, longest - 1]) {
      assertEquals(expand(length), all.slice(0, length));
    }
    for (const length of [-1, 0.5, NaN, longest + 1]) {
      assertThrows(() => expand(length), RangeError, "Cannot expand a key");
    }
  }
});

Deno.test("HKDF-Expand-Label refuses labels and contexts that do not fit their length", () => {
  const provider = nullProvider();
  const expand = (label: string, context: Uint8Array) =>
    run(hkdfExpandLabel(provider, "SHA-256", new Uint8Array(32), label, context));
  assertThrows(() => expand("", new Uint8Array()), RangeError, "label must have");
  assertThrows(() => expand("x".repeat(250), new Uint8Array()), RangeError, "label must have");
  assertThrows(() => expand("x", new Uint8Array(256)), RangeError, "context must have");
  assertNotEquals(expand("x".repeat(249), new Uint8Array(255)), expand("x".repeat(248), new Uint8Array(255)));
});

Deno.test("timingSafeEqual: a difference anywhere, or in length, is found", () => {
  const secret = random(32);
  assertEquals(timingSafeEqual(secret, secret.slice()), true);
  assertEquals(timingSafeEqual(new Uint8Array(), new Uint8Array()), true);
  for (let at = 0; at < 32; at++) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      assertEquals(timingSafeEqual(secret, flipped(secret, at, bit)), false);
    }
  }
  assertEquals(timingSafeEqual(secret, secret.subarray(1)), false);
  assertEquals(timingSafeEqual(secret, new Uint8Array()), false);
});

Deno.test("isAllZero: a bit anywhere is found", () => {
  assertEquals([isAllZero(new Uint8Array()), isAllZero(new Uint8Array(32))], [true, true]);
  for (let at = 0; at < 32; at++) assertEquals(isAllZero(flipped(new Uint8Array(32), at, 0x80)), false);
});
