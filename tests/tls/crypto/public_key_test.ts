/** What is read of public keys and signatures before a platform sees them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { derInteger, derValue } from "../../../tls/der/der_writer.ts";
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from "../../../tls/crypto/ecdsa_signature.ts";
import { readPublicKey } from "../../../tls/crypto/public_key.ts";
import { prepareVerification } from "../../../tls/crypto/verification.ts";
import { bitString, integer, nothing, oid, sequence, value } from "../../support/der.ts";
import { asPssKey, flipped, type KeyName, keyPair, random } from "./providers.ts";

const RSA = sequence(oid("1.2.840.113549.1.1.1"), nothing());

/** A public RSA key of that many bits, without a private key. */
function rsaKey(bits: number, exponent: Uint8Array = Uint8Array.of(1, 0, 1)): Uint8Array {
  const modulus = random(Math.ceil(bits / 8));
  const top = (bits - 1) % 8;
  modulus[0] = (modulus[0] ?? 0) & (1 << top) - 1 | 1 << top;
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1;
  return sequence(RSA, bitString(sequence(integer(modulus), integer(exponent))));
}

const KEYS: readonly KeyName[] = ["P-256", "P-384", "P-521", "Ed25519", "RSA-2048", "RSA-PSS"];

for (const name of KEYS) {
  Deno.test(`public key: ${name}: cut off anywhere it is none; altered it is read, or none`, async () => {
    const { spki } = await keyPair(name);
    assert(readPublicKey(spki) !== null);
    for (let length = 0; length < spki.length; length++) {
      assertEquals(readPublicKey(spki.subarray(0, length)), null);
    }
    assertEquals(readPublicKey(concat([spki, Uint8Array.of(0)])), null);
    // Nothing but a value may come of it.
    for (let at = 0; at < spki.length; at++) {
      for (const bit of [0x01, 0x10, 0x80]) readPublicKey(flipped(spki, at, bit));
    }
  });
}

Deno.test("public key: Ed25519: a point has 32 octets", () => {
  for (const length of [0, 31, 32, 33, 64]) {
    const key = sequence(sequence(oid("1.3.101.112")), bitString(random(length)));
    assertEquals(readPublicKey(key) !== null, length === 32, `${length}`);
  }
});

Deno.test("public key: RSA: moduli of up to 8192 bits verify, longer ones do not", () => {
  for (
    const [bits, accepted] of [[1024, true], [2047, true], [2048, true], [2049, true], [8192, true], [
      8193,
      false,
    ]] as const
  ) {
    const key = rsaKey(bits);
    const read = readPublicKey(key);
    assert(read?.kind === "rsa");
    assertEquals(read.modulusBits, bits);
    const length = Math.ceil(bits / 8);
    assertEquals(prepareVerification("RSA_PSS_SHA256", key, new Uint8Array(length)) !== null, accepted);
    assertEquals(prepareVerification("RSA_PSS_SHA256", key, new Uint8Array(length - 1)), null);
    assertEquals(prepareVerification("RSA_PSS_SHA256", key, new Uint8Array(length + 1)), null);
  }
});

Deno.test("public key: RSA: exponents are odd, at least 3, and no longer than 33 bits", () => {
  const rows: readonly [readonly number[], boolean][] = [
    [[0], false],
    [[1], false],
    [[2], false],
    [[3], true],
    [[0x01, 0x00, 0x00], false],
    [[0x01, 0xff, 0xff, 0xff, 0xff], true],
    [[0x02, 0x00, 0x00, 0x00, 0x01], false],
    [[0x01, ...new Array<number>(255).fill(0xff)], false],
  ];
  for (const [exponent, accepted] of rows) {
    assertEquals(readPublicKey(rsaKey(2048, Uint8Array.from(exponent))) !== null, accepted, String(exponent));
  }
});

Deno.test("public key: RSA: what is not strict DER, or not an RSA key, is none", () => {
  const modulus = random(256).fill(0xff, 0, 1).fill(1, 255);
  const exponent = integer(Uint8Array.of(1, 0, 1));
  const rows: readonly Uint8Array[] = [
    sequence(sequence(oid("1.2.840.113549.1.1.1")), bitString(sequence(integer(modulus), exponent))), // no NULL
    sequence(RSA, bitString(sequence(integer(modulus), exponent), 1)),
    sequence(RSA, bitString(sequence(integer(modulus)))),
    sequence(RSA, bitString(sequence(integer(modulus), exponent, exponent))),
    sequence(RSA, bitString(concat([sequence(integer(modulus), exponent), Uint8Array.of(0)]))),
    sequence(RSA, bitString(sequence(value(0x02, modulus), exponent))), // negative
    sequence(RSA, bitString(sequence(value(0x02, new Uint8Array(2), modulus), exponent))),
    sequence(RSA, bitString(sequence(integer(modulus.slice().fill(0, 255)), exponent))), // even
    sequence(RSA, bitString(sequence(integer(0), exponent))),
    sequence(RSA),
    sequence(RSA, bitString(sequence(integer(modulus), exponent)), nothing()),
  ];
  for (const row of rows) assertEquals(readPublicKey(row), null);
});

Deno.test("public key: EC: compressed points, the point at infinity and unknown curves are none", async () => {
  const { spki } = await keyPair("P-256");
  const point = spki.subarray(-65);
  const algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"));
  assertEquals(sequence(algorithm, bitString(point)), spki);
  const rows = [
    sequence(algorithm, bitString(concat([Uint8Array.of(2), point.subarray(1, 33)]))),
    sequence(algorithm, bitString(Uint8Array.of(0))),
    sequence(algorithm, bitString(concat([Uint8Array.of(6), point.subarray(1)]))),
    sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.3.132.0.10")), bitString(point)), // secp256k1
    sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.3.132.0.34")), bitString(point)), // of P-384
    sequence(sequence(oid("1.2.840.10045.2.1")), bitString(point)), // no curve
    sequence(sequence(oid("1.2.840.10045.2.1"), nothing()), bitString(point)), // implicitCurve
  ];
  for (const row of rows) assertEquals(readPublicKey(row), null);
});

Deno.test("public key: RSA-PSS: it is read as rsaEncryption, with the hash that it is restricted to", async () => {
  const rsa = await keyPair("RSA-2048");
  const read = readPublicKey(asPssKey(rsa).spki);
  assert(read?.kind === "rsa_pss");
  assertEquals([read.hash, read.modulusBits, read.spki], [undefined, 2048, rsa.spki]);
  assertEquals(readPublicKey(asPssKey(rsa, nothing()).spki), null);
});

Deno.test("ECDSA signature: both forms are each other's, whatever the numbers begin with", () => {
  for (const [curve, length] of [["P-256", 32], ["P-384", 48], ["P-521", 66]] as const) {
    for (const [first, second] of [[0x7f, 0x80], [0x00, 0x01], [0x00, 0xff], [0xff, 0x00]] as const) {
      const raw = random(2 * length);
      raw.set([first, second], 0);
      raw.set([second, first], length);
      const der = ecdsaSignatureToDer(raw);
      assertEquals(der, sequence(integer(raw.subarray(0, length)), integer(raw.subarray(length))));
      assertEquals(ecdsaSignatureFromDer(curve, der), raw);
      for (let cut = 0; cut < der.length; cut++) {
        assertEquals(ecdsaSignatureFromDer(curve, der.subarray(0, cut)), null);
      }
    }
    assertEquals(ecdsaSignatureToDer(new Uint8Array(2 * length)), sequence(integer(0), integer(0)));
  }
});

Deno.test("DER writer: lengths take the shortest form, and integers their sign", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65535]) {
    assertEquals(derValue(0x04, new Uint8Array(length)), value(0x04, new Uint8Array(length)));
  }
  assertThrows(() => derValue(0x04, new Uint8Array(65536)), RangeError, "is too long");
  for (const number of [[0], [], [0, 0], [1], [0x7f], [0x80], [0, 0x80], [0, 0, 1, 2]]) {
    assertEquals(
      derInteger(Uint8Array.from(number)),
      integer(Uint8Array.from(number.length === 0 ? [0] : number)),
    );
  }
});
