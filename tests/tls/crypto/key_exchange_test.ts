/** Key exchange, under one contract in all providers. */

import { assert, assertEquals, assertInstanceOf, assertNotEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { NamedGroup, type NamedGroupName } from "../../../tls/wire/numbers.ts";
import { flipped, groupOf, PROVIDERS, random } from "./providers.ts";

/** Lengths of a client's public half, of a server's, and of the secret. */
const LENGTHS: Readonly<Record<NamedGroupName, readonly [number, number, number]>> = {
  X25519MLKEM768: [1216, 1120, 64],
  x25519: [32, 32, 32],
  secp256r1: [65, 65, 32],
  secp384r1: [97, 97, 48],
  secp521r1: [133, 133, 66],
};

const ORDER: readonly NamedGroupName[] = ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1", "secp521r1"];

/** Points of Curve25519 and its twist whose order divides the cofactor, and their other encodings: RFC 7748 §7. */
const LOW_ORDER = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
].map(decodeHex);

function has(provider: CryptoProvider, name: NamedGroupName): boolean {
  return provider.groups.some((group) => group.name === name);
}

Deno.test("groups have one order and their numbers; only nodeCrypto has no ML-KEM", () => {
  for (const provider of PROVIDERS) {
    const names = provider.name === "node" ? ORDER.slice(1) : ORDER;
    assertEquals(provider.groups.map(({ name }) => name), names);
    assertEquals(provider.groups.map(({ id }) => id), names.map((name) => NamedGroup[name]));
  }
});

for (const name of ORDER) {
  const [clientLength, serverLength, secretLength] = LENGTHS[name];

  for (const client of PROVIDERS.filter((provider) => has(provider, name))) {
    for (const server of PROVIDERS.filter((provider) => has(provider, name))) {
      Deno.test(`${name}: ${client.name} starts, ${server.name} responds, both have one secret`, async () => {
        const share = await groupOf(client, name).start();
        assertEquals([share.group, share.publicKey.length], [name, clientLength]);
        const answer = await groupOf(server, name).respond(share.publicKey);
        assert(answer !== null);
        assertEquals([answer.publicKey.length, answer.secret.length], [serverLength, secretLength]);
        assertEquals(await share.agree(answer.publicKey), new Uint8Array(answer.secret));
        for (const each of [share.publicKey, answer.publicKey, answer.secret]) {
          assertEquals(each.constructor, Uint8Array);
        }
      });
    }
  }

  for (const provider of PROVIDERS.filter((provider) => has(provider, name))) {
    const group = groupOf(provider, name);

    Deno.test(`${name}, ${provider.name}: every key pair is fresh`, async () => {
      const [a, b] = [await group.start(), await group.start()];
      assertNotEquals(a.publicKey, b.publicKey);
      const [c, d] = [await group.respond(a.publicKey), await group.respond(a.publicKey)];
      assertNotEquals(c?.publicKey, d?.publicKey);
      assertNotEquals(c?.secret, d?.secret);
    });

    Deno.test(`${name}, ${provider.name}: a public key of another length gives null`, async () => {
      const share = await group.start();
      const answer = await group.respond(share.publicKey);
      assert(answer !== null);
      for (const length of [0, 1, 31, serverLength - 1]) {
        assertEquals(await share.agree(answer.publicKey.subarray(0, length)), null);
      }
      for (const length of [0, 1, 31, clientLength - 1]) {
        assertEquals(await group.respond(share.publicKey.subarray(0, length)), null);
      }
      assertEquals(await share.agree(concat([answer.publicKey, random(1)])), null);
      assertEquals(await group.respond(concat([share.publicKey, random(1)])), null);
    });

    Deno.test(`${name}, ${provider.name}: arguments may be reused as soon as a call returns`, async () => {
      const share = await group.start();
      const offered = share.publicKey.slice();
      const responding = group.respond(offered);
      offered.fill(0);
      const answer = await responding;
      assert(answer !== null);
      const taken = answer.publicKey.slice();
      const agreeing = share.agree(taken);
      taken.fill(0);
      assertEquals(await agreeing, new Uint8Array(answer.secret));
    });
  }
}

for (const name of ["secp256r1", "secp384r1", "secp521r1"] as const) {
  for (const provider of PROVIDERS) {
    Deno.test(`${name}, ${provider.name}: bytes that are no uncompressed point of the curve give null`, async () => {
      const group = groupOf(provider, name);
      const share = await group.start();
      const { publicKey: good } = await group.start();
      const half = (good.length - 1) / 2;
      const compressed = concat([Uint8Array.of(2 + ((good.at(-1) ?? 0) & 1)), good.subarray(1, 1 + half)]);
      const padded = new Uint8Array(good.length);
      padded.set(compressed);
      const rows: readonly Uint8Array[] = [
        flipped(good, -1), // off the curve
        flipped(good, half),
        new Uint8Array([4, ...new Uint8Array(2 * half)]), // the origin
        new Uint8Array([4, ...new Uint8Array(2 * half).fill(0xff)]), // over the prime
        Uint8Array.of(0), // the point at infinity (SEC 1 §2.3.3)
        new Uint8Array(good.length),
        compressed,
        padded,
        new Uint8Array([6 + ((good.at(-1) ?? 0) & 1), ...good.subarray(1)]), // hybrid
      ];
      for (const row of rows) {
        assertEquals(await share.agree(row), null);
        assertEquals(await group.respond(row), null);
      }
      assertNotEquals(await share.agree(good), null);
    });
  }
}

for (const provider of PROVIDERS) {
  Deno.test(`x25519, ${provider.name}: points of low order, whose secret is zeros, give null`, async () => {
    const group = groupOf(provider, "x25519");
    const share = await group.start();
    for (const point of LOW_ORDER) {
      // "implementations of X25519 [...] MUST mask the most significant bit in the final byte" (RFC 7748 §5).
      for (const form of [point, flipped(point, 31, 0x80)]) {
        assertEquals(await share.agree(form), null);
        assertEquals(await group.respond(form), null);
      }
    }
  });
}

for (const provider of PROVIDERS.filter((provider) => has(provider, "X25519MLKEM768"))) {
  const group = groupOf(provider, "X25519MLKEM768");

  Deno.test(`X25519MLKEM768, ${provider.name}: its classical component is an x25519 key share`, async () => {
    const share = await group.start();
    const { component } = share;
    assert(component !== undefined);
    assertEquals(component.group, "x25519");
    assertEquals(component.publicKey, share.publicKey.slice(-32));
    const answer = await groupOf(provider, "x25519").respond(component.publicKey);
    assert(answer !== null);
    assertEquals(await component.agree(answer.publicKey), new Uint8Array(answer.secret));
  });

  Deno.test(`X25519MLKEM768, ${provider.name}: an x25519 half of low order gives null`, async () => {
    const share = await group.start();
    const answer = await group.respond(share.publicKey);
    assert(answer !== null);
    for (const point of LOW_ORDER) {
      assertEquals(await share.agree(concat([answer.publicKey.subarray(0, 1088), point])), null);
      assertEquals(await group.respond(concat([share.publicKey.subarray(0, 1184), point])), null);
    }
  });

  Deno.test(`X25519MLKEM768, ${provider.name}: an encapsulation key that is not reduced gives null`, async () => {
    const share = await group.start();
    // Twelve bits a number: 0xfff is over the prime, 3329 (FIPS 203 §7.2).
    for (const at of [0, 600, 1149]) {
      const key = share.publicKey.slice();
      key.set([0xff, 0xff, 0xff], at);
      assertEquals(await group.respond(key), null);
    }
  });

  Deno.test(`X25519MLKEM768, ${provider.name}: a forged ciphertext gives another secret, not an error`, async () => {
    const share = await group.start();
    const answer = await group.respond(share.publicKey);
    assert(answer !== null);
    const secret = await share.agree(flipped(answer.publicKey, 500));
    assertInstanceOf(secret, Uint8Array);
    assertNotEquals(secret.slice(0, 32), answer.secret.slice(0, 32));
    assertEquals(secret.slice(32), answer.secret.slice(32));
  });
}
