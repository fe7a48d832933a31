/** Signatures, made and verified, under one contract in all providers. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { SignatureAlgorithm, SigningKey } from "../../../tls/crypto/provider.ts";
import {
  handshakeAlgorithm,
  schemeAlgorithm,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_FACTS,
  signatureSchemesOf,
} from "../../../tls/crypto/signature.ts";
import { ecdsaSignatureToDer } from "../../../tls/crypto/ecdsa_signature.ts";

import { run, settle } from "../../../io/script.ts";
import { SignatureScheme, type SignatureSchemeName } from "../../../tls/wire/numbers.ts";
import { integer, sequence, value } from "../../support/der.ts";
import { bytes, flipped, type KeyName, keyPair, PROVIDERS, random } from "./providers.ts";

const MESSAGE = bytes("TLS 1.3, server CertificateVerify");

/** The schemes of each kind of key, best first. */
const SCHEMES: Readonly<Partial<Record<KeyName, readonly SignatureSchemeName[]>>> = {
  "P-256": ["ecdsa_secp256r1_sha256"],
  "P-384": ["ecdsa_secp384r1_sha384"],
  "P-521": ["ecdsa_secp521r1_sha512"],
  "Ed25519": ["ed25519"],
  "RSA-2048": [
    "rsa_pss_rsae_sha256",
    "rsa_pss_rsae_sha384",
    "rsa_pss_rsae_sha512",
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha512",
  ],
  "RSA-PSS": ["rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512"],
};

const KEYS = Object.keys(SCHEMES) as KeyName[]; // The table has no other keys.

for (const signer of PROVIDERS) {
  for (const name of KEYS) {
    Deno.test(`${signer.name} signs with ${name}, and all verify it, for that scheme alone`, async () => {
      const { pkcs8, spki } = await keyPair(name);
      const key = await signer.loadPrivateKey(pkcs8);
      assertEquals(key.schemes, SCHEMES[name]);
      assertEquals(key.publicKey, spki);
      for (const scheme of key.schemes) {
        const algorithm = schemeAlgorithm(scheme);
        const message = MESSAGE.slice();
        const signing = key.sign(scheme, message);
        message.fill(0); // It may be reused.
        const signature = await signing;
        assertEquals(signature.constructor, Uint8Array);
        for (const verifier of PROVIDERS) {
          assert(await verifier.verify(algorithm, spki, MESSAGE, signature), `${verifier.name}, ${scheme}`);
          assertEquals(await verifier.verify(algorithm, spki, flipped(MESSAGE), signature), false);
          assertEquals(await verifier.verify(algorithm, spki, MESSAGE, flipped(signature, -1)), false);
          for (const other of SIGNATURE_ALGORITHMS) {
            if (other !== algorithm) {
              assertEquals(await verifier.verify(other, spki, MESSAGE, signature), false);
            }
          }
        }
      }
    });
  }

  Deno.test(`${signer.name}: a key signs with its own schemes alone`, async () => {
    for (const name of KEYS) {
      const key = await signer.loadPrivateKey((await keyPair(name)).pkcs8);
      for (const scheme of Object.keys(SignatureScheme) as SignatureSchemeName[]) { // As above.
        if (key.schemes.includes(scheme)) continue;
        await assertRejects(async () => await key.sign(scheme, MESSAGE), TypeError, "Cannot sign with");
      }
    }
  });
}

/** What certificates are signed with beside what signs handshakes. */
const CERTIFICATE_ROWS: readonly {
  algorithm: SignatureAlgorithm;
  key: KeyName;
  sign: (key: CryptoKey) => Promise<Uint8Array>;
}[] = [
  ...SIGNATURE_ALGORITHMS.flatMap((algorithm) => {
    const facts = SIGNATURE_FACTS[algorithm];
    if (facts.kind !== "ecdsa") return [];
    const parameters = { name: "ECDSA", hash: facts.hash };
    const sign = async (key: CryptoKey) =>
      ecdsaSignatureToDer(new Uint8Array(await crypto.subtle.sign(parameters, key, MESSAGE)));
    return [{ algorithm, key: facts.curve, sign }];
  }),
  ...SIGNATURE_ALGORITHMS.flatMap((algorithm) => {
    const facts = SIGNATURE_FACTS[algorithm];
    if (facts.kind !== "rsa_pkcs1") return [];
    const sign = async (key: CryptoKey) => {
      const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
      const parameters = { name: "RSASSA-PKCS1-v1_5", hash: facts.hash };
      const pkcs1 = await crypto.subtle.importKey("pkcs8", pkcs8, parameters, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign(parameters.name, pkcs1, MESSAGE));
    };
    return [{ algorithm, key: "RSA-2048" as const, sign }];
  }),
];

for (const { algorithm, key, sign } of CERTIFICATE_ROWS) {
  Deno.test(`${algorithm} of a certificate is verified by each provider that has it, and never as another`, async () => {
    const { pair, spki } = await keyPair(key);
    const signature = await sign(pair.privateKey);
    for (const provider of PROVIDERS) {
      const has = provider.signatureAlgorithms.includes(algorithm);
      assertEquals(has, provider.name !== "node" || algorithm !== "ECDSA_P521_SHA256");
      assertEquals(await provider.verify(algorithm, spki, MESSAGE, signature), has);
      for (const other of SIGNATURE_ALGORITHMS) {
        if (other !== algorithm) assertEquals(await provider.verify(other, spki, MESSAGE, signature), false);
      }
    }
  });
}

Deno.test("a signature whose salt is shorter or longer than the hash is refused", async () => {
  const { pair, spki } = await keyPair("RSA-2048");
  for (const saltLength of [0, 20, 31, 33, 48]) {
    const parameters = { name: "RSA-PSS", saltLength };
    const signature = new Uint8Array(await crypto.subtle.sign(parameters, pair.privateKey, MESSAGE));
    for (const provider of PROVIDERS) {
      assertEquals(await provider.verify("RSA_PSS_SHA256", spki, MESSAGE, signature), false);
    }
  }
});

Deno.test("an RSA key under 2048 bits verifies: its strength is judged where a certificate is", async () => {
  const { pair, spki } = await keyPair("RSA-1024");
  const signature = new Uint8Array(
    await crypto.subtle.sign({ name: "RSA-PSS", saltLength: 32 }, pair.privateKey, MESSAGE),
  );
  for (const provider of PROVIDERS) {
    assertEquals(await provider.verify("RSA_PSS_SHA256", spki, MESSAGE, signature), true);
  }
});

Deno.test("ECDSA signatures that are not strict DER are refused, though the numbers are right", async () => {
  const { pair, spki } = await keyPair("P-256");
  const raw = new Uint8Array(
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, MESSAGE),
  );
  const r = integer(raw.subarray(0, 32));
  const s = integer(raw.subarray(32));
  const good = sequence(r, s);
  const content = concat([r, s]);
  const rows: Record<string, Uint8Array> = {
    "the two numbers side by side": raw,
    "a length in long form": concat([Uint8Array.of(0x30, 0x81, content.length), content]),
    "an indefinite length": concat([Uint8Array.of(0x30, 0x80), content, new Uint8Array(2)]),
    "a byte behind it": concat([good, Uint8Array.of(0)]),
    "a byte within it": sequence(r, s, Uint8Array.of(0)),
    "a third number": sequence(r, s, s),
    "one number": sequence(r),
    "a zero in front of a number": sequence(
      value(0x02, Uint8Array.of(0), r.subarray(2)),
      value(0x02, Uint8Array.of(0, 0), s.subarray(2)),
    ),
    "negative numbers": sequence(value(0x02, flipped(raw.subarray(0, 32), 0, 0x80).fill(0xff, 0, 1)), s),
    "a number of another tag": sequence(value(0x04, r.subarray(2)), s),
    "a set": value(0x31, content),
    "a number that is too long": sequence(value(0x02, new Uint8Array(34).fill(1)), s),
    "zeros": sequence(integer(0), integer(0)),
    "the group's order": sequence(integer(new Uint8Array(32).fill(0xff)), s),
    "nothing": new Uint8Array(),
  };
  for (const provider of PROVIDERS) {
    assert(await provider.verify("ECDSA_P256_SHA256", spki, MESSAGE, good));
    for (const [row, signature] of Object.entries(rows)) {
      const verdict = await provider.verify("ECDSA_P256_SHA256", spki, MESSAGE, signature);
      assertEquals(verdict, false, `${provider.name}: ${row}`);
    }
    for (let length = 0; length < good.length; length++) {
      assertEquals(
        await provider.verify("ECDSA_P256_SHA256", spki, MESSAGE, good.subarray(0, length)),
        false,
      );
    }
  }
});

Deno.test("a public key that is malformed, cut short, or off the curve gives false", async () => {
  for (const name of KEYS) {
    const { spki, pkcs8 } = await keyPair(name);
    for (const provider of PROVIDERS) {
      const key = await provider.loadPrivateKey(pkcs8);
      const [scheme] = key.schemes;
      if (scheme === undefined) throw new TypeError("unreachable");
      const algorithm = schemeAlgorithm(scheme);
      const signature = await key.sign(scheme, MESSAGE);
      const rows = [
        new Uint8Array(),
        random(spki.length),
        spki.subarray(1),
        spki.subarray(0, -1),
        concat([spki, Uint8Array.of(0)]),
        flipped(spki, -1),
        flipped(spki, spki.length >> 1),
        flipped(spki, 5),
      ];
      for (const row of rows) assertEquals(await provider.verify(algorithm, row, MESSAGE, signature), false);
    }
  }
});

Deno.test("schemes: those of a provider's algorithms are offered in order, PKCS#1 for certificates alone", () => {
  for (const provider of PROVIDERS) {
    const { handshake, certificate } = signatureSchemesOf(provider);
    assertEquals(handshake, [
      "ecdsa_secp256r1_sha256",
      "ecdsa_secp384r1_sha384",
      "ecdsa_secp521r1_sha512",
      "ed25519",
      "rsa_pss_rsae_sha256",
      "rsa_pss_rsae_sha384",
      "rsa_pss_rsae_sha512",
      "rsa_pss_pss_sha256",
      "rsa_pss_pss_sha384",
      "rsa_pss_pss_sha512",
    ]);
    assertEquals(certificate, [...handshake, "rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512"]);
  }
});

Deno.test("schemes: bad input 39: PKCS#1 means no algorithm for a handshake", () => {
  for (const scheme of ["rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512"] as const) {
    assertEquals(handshakeAlgorithm(scheme), undefined);
  }
});

Deno.test("schemes: a provider with few algorithms offers few", () => {
  const { handshake, certificate } = signatureSchemesOf({
    signatureAlgorithms: ["ED25519", "ECDSA_P256_SHA384", "RSA_PKCS1_SHA256"],
  });
  assertEquals(handshake, ["ed25519"]);
  assertEquals(certificate, ["ed25519", "rsa_pkcs1_sha256"]);
});

Deno.test("a script waits for a key that signs by promise", async () => {
  const { pkcs8, spki } = await keyPair("Ed25519");
  const here = await nodeCrypto().loadPrivateKey(pkcs8);
  const elsewhere: SigningKey = {
    schemes: ["ed25519"],
    sign: (scheme, message) =>
      new Promise((resolve) => setTimeout(() => resolve(here.sign(scheme, message)), 1)),
  };
  const signed = run((function* () {
    return yield* settle(elsewhere.sign("ed25519", MESSAGE));
  })());
  assert(signed instanceof Promise);
  for (const provider of PROVIDERS) assert(await provider.verify("ED25519", spki, MESSAGE, await signed));
});
