/** What is promised of providers as a whole. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { NULL_SIGNATURE, nullProvider } from "../../support/null_provider.ts";
import { bytes, flipped, groupOf, keyPair, random, suiteOf } from "./providers.ts";

Deno.test("nodeCrypto and the null provider return no promise", async () => {
  const { pkcs8, spki } = await keyPair("P-256");
  for (const provider of [nodeCrypto(), nullProvider()]) {
    const answers: unknown[] = [
      provider.digest("SHA-256", bytes("data")),
      provider.hmac("SHA-256", bytes("key"), bytes("data")),
      provider.verify("ECDSA_P256_SHA256", spki, bytes("data"), bytes("signature")),
    ];
    for (const suite of provider.cipherSuites) {
      const key = suite.importKey(new Uint8Array(suite.keyLength));
      assert(!(key instanceof Promise));
      const sealed = key.seal(new Uint8Array(12), bytes("aad"), new Uint8Array(16384));
      assert(!(sealed instanceof Promise));
      answers.push(key.open(new Uint8Array(12), bytes("aad"), sealed));
    }
    for (const group of provider.groups) {
      const share = group.start();
      assert(!(share instanceof Promise));
      answers.push(share.agree(share.publicKey), group.respond(share.publicKey));
    }
    const key = provider.loadPrivateKey(pkcs8);
    assert(!(key instanceof Promise));
    answers.push(key.sign("ecdsa_secp256r1_sha256", bytes("data")));
    assertEquals(answers.filter((answer) => answer instanceof Promise), []);
  }
});

Deno.test("a provider may be spread, and one of its parts replaced", async () => {
  for (const whole of [nodeCrypto(), webCrypto(), denoCrypto()]) {
    const { random, digest, hmac, ...rest } = {
      ...whole,
      name: "mine",
      random: (length: number) => new Uint8Array(length),
    };
    assertEquals([rest.name, random(32)], ["mine", new Uint8Array(32)]);
    assertEquals((await digest("SHA-256", bytes(""))).length, 32);
    assertEquals((await hmac("SHA-256", bytes(""), bytes(""))).length, 32);
  }
});

Deno.test("without node:crypto, nodeCrypto and denoCrypto throw", () => {
  const saved = Object.getOwnPropertyDescriptor(globalThis, "process");
  assert(saved !== undefined);
  for (
    const process of [undefined, {}, { getBuiltinModule: () => undefined }, { getBuiltinModule: () => ({}) }]
  ) {
    Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
    try {
      assertThrows(() => nodeCrypto(), TypeError, "no node:crypto");
      assertThrows(() => denoCrypto(), TypeError, "no node:crypto");
      assertEquals(webCrypto().name, "web");
    } finally {
      Object.defineProperty(globalThis, "process", saved);
    }
  }
});

Deno.test("without WebCrypto, webCrypto and denoCrypto throw", () => {
  const saved = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  assert(saved !== undefined);
  for (const crypto of [undefined, {}]) {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true, writable: true });
    try {
      assertThrows(() => webCrypto(), TypeError, "no WebCrypto");
      assertThrows(() => denoCrypto(), TypeError, "no WebCrypto");
    } finally {
      Object.defineProperty(globalThis, "crypto", saved);
    }
  }
});

Deno.test("random throws when the randomness of the platform fails", () => {
  const saved = crypto.getRandomValues;
  crypto.getRandomValues = () => {
    throw new Error("no entropy");
  };
  try {
    for (const provider of [nodeCrypto(), webCrypto(), denoCrypto()]) {
      assertThrows(() => provider.random(32), Error, "no entropy");
    }
  } finally {
    crypto.getRandomValues = saved;
  }
});

Deno.test("ML-KEM is found by its method where SubtleCrypto.supports is missing", () => {
  const saved = Object.getOwnPropertyDescriptor(SubtleCrypto, "supports");
  for (const [supports, has] of [[undefined, true], [() => true, true], [() => false, false]] as const) {
    Object.defineProperty(SubtleCrypto, "supports", { value: supports, configurable: true, writable: true });
    try {
      assertEquals(webCrypto().groups.some(({ name }) => name === "X25519MLKEM768"), has);
    } finally {
      if (saved === undefined) Reflect.deleteProperty(SubtleCrypto, "supports");
      else Object.defineProperty(SubtleCrypto, "supports", saved);
    }
  }
});

Deno.test("without ML-KEM there is no X25519MLKEM768", () => {
  const prototype = SubtleCrypto.prototype;
  const saved = Object.getOwnPropertyDescriptor(prototype, "encapsulateBits");
  assert(saved !== undefined);
  Reflect.deleteProperty(prototype, "encapsulateBits");
  try {
    for (const provider of [webCrypto(), denoCrypto()]) {
      assertEquals(provider.groups.map(({ name }) => name), [
        "x25519",
        "secp256r1",
        "secp384r1",
        "secp521r1",
      ]);
    }
  } finally {
    Object.defineProperty(prototype, "encapsulateBits", saved);
  }
});

Deno.test("null provider: records are opened, and a wrong tag is seen only if that is wanted", async () => {
  for (const checkTags of [true, false]) {
    const suite = suiteOf(nullProvider({ checkTags }), "TLS_AES_128_GCM_SHA256");
    const key = await suite.importKey(random(16));
    const [nonce, aad, plaintext] = [random(12), random(5), random(50)];
    const sealed = await key.seal(nonce, aad, plaintext);
    assertEquals(await key.open(nonce, aad, sealed), plaintext);
    assertEquals(await key.open(nonce, aad, sealed.subarray(0, 15)), null);
    assertEquals(await key.open(nonce, aad, flipped(sealed, -1)), checkTags ? null : plaintext);
    assertEquals(await key.open(nonce, aad, flipped(sealed)), checkTags ? null : flipped(plaintext));
    assertEquals(await key.open(flipped(nonce), aad, sealed), checkTags ? null : plaintext);
  }
});

Deno.test("null provider: both ends have one secret, with the lengths of the real groups", async () => {
  const client = nullProvider({ seed: 1 });
  const server = nullProvider({ seed: 2 });
  for (const { name } of client.groups) {
    const share = await groupOf(client, name).start();
    const answer = await groupOf(server, name).respond(share.publicKey);
    assert(answer !== null);
    assertEquals(await share.agree(answer.publicKey), answer.secret);
    assertEquals(await share.agree(random(7)), null);
    assertEquals(await groupOf(server, name).respond(random(7)), null);
    const { component } = share;
    assertEquals(component !== undefined, name === "X25519MLKEM768");
    if (component === undefined) continue;
    const classical = await groupOf(server, "x25519").respond(component.publicKey);
    assert(classical !== null);
    assertEquals(await component.agree(classical.publicKey), classical.secret);
  }
});

Deno.test("null provider: the same seed gives the same bytes, another one others", () => {
  const take = (seed: number) => {
    const provider = nullProvider({ seed });
    return [provider.random(32), provider.random(32)];
  };
  const [first, second] = take(1);
  assertNotEquals(first, second);
  assertEquals(take(1), [first, second]);
  assertNotEquals(take(2), take(1));
});

Deno.test("null provider: one signature is right, unless none is looked at", async () => {
  const verify = (signature: Uint8Array, checkSignatures: boolean) =>
    nullProvider({ checkSignatures }).verify("ED25519", new Uint8Array(), bytes("data"), signature);
  const key = await nullProvider().loadPrivateKey(new Uint8Array());
  assertEquals(await key.sign("ed25519", bytes("data")), NULL_SIGNATURE);
  assertEquals(await verify(NULL_SIGNATURE, true), true);
  assertEquals(await verify(flipped(NULL_SIGNATURE), true), false);
  assertEquals(await verify(flipped(NULL_SIGNATURE), false), true);
});

Deno.test("null provider: hashes have the right lengths and change with what is hashed", async () => {
  const provider = nullProvider();
  for (const [hash, length] of [["SHA-256", 32], ["SHA-384", 48], ["SHA-512", 64]] as const) {
    assertEquals((await provider.digest(hash, bytes("data"))).length, length);
    assertNotEquals(await provider.digest(hash, bytes("data")), await provider.digest(hash, bytes("date")));
    const macs = [["key", "data"], ["keyd", "ata"], ["key", "date"]] as const;
    const values = await Promise.all(macs.map(([key, data]) => provider.hmac(hash, bytes(key), bytes(data))));
    assertEquals(new Set(values.map(String)).size, macs.length);
  }
});
