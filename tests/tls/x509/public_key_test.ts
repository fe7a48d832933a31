/** Public keys and signature algorithms of certificates: which are read, and which go together. */

import { assertEquals, assertObjectMatch, assertThrows } from "@std/assert";
import { CertificateError } from "../../../tls/x509/error.ts";
import { readCertificateKey } from "../../../tls/x509/public_key.ts";
import { signatureAlgorithmFor } from "../../../tls/x509/signature_algorithm.ts";
import { bitString, explicit, integer, nothing, oid, sequence } from "../../support/der.ts";
import { mintKey } from "../../support/keys.ts";
import { codeOf, EC_KEY, ecKey, hex } from "./certificate_parts.ts";

const RSA = sequence(oid("1.2.840.113549.1.1.1"), nothing());
const SHA256 = "2.16.840.1.101.3.4.2.1";
const SHA384 = "2.16.840.1.101.3.4.2.2";
const SHA512 = "2.16.840.1.101.3.4.2.3";
const SHA1 = "1.3.14.3.2.26";

/** RSASSA-PSS with these parameters; a hash has NULL for its own, or none. */
function pss(
  hash: string,
  mask: string,
  salt: number,
  parameters: readonly Uint8Array[] = [nothing()],
): Uint8Array {
  const algorithm = (type: string) => sequence(oid(type), ...parameters);
  return sequence(
    oid("1.2.840.113549.1.1.10"),
    sequence(
      explicit(0, algorithm(hash)),
      explicit(1, sequence(oid("1.2.840.113549.1.1.8"), algorithm(mask))),
      explicit(2, integer(salt)),
    ),
  );
}

const PSS_NO_PARAMETERS = sequence(oid("1.2.840.113549.1.1.10"));

/** An RSA key with a modulus of so many bits. */
function rsa(bits: number, algorithm: Uint8Array = RSA, exponent = integer(65537)): Uint8Array {
  const modulus = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  modulus[0] = 0xff >> (modulus.length * 8 - bits);
  return sequence(algorithm, bitString(sequence(integer(modulus), exponent)));
}

const P384 = ecKey("1.3.132.0.34", new Uint8Array(97).fill(4));
const P521 = ecKey("1.3.132.0.35", new Uint8Array(133).fill(4));
const ED25519 = sequence(sequence(oid("1.3.101.112")), bitString(new Uint8Array(32)));

const KEYS: [name: string, spki: Uint8Array, is: Record<string, unknown> | string][] = [
  ["RSA of 2048 bits", rsa(2048), { kind: "rsa", modulusBits: 2048 }],
  ["RSA of 4096 bits", rsa(4096), { kind: "rsa", modulusBits: 4096 }],
  ["RSA of 8192 bits", rsa(8192), { kind: "rsa", modulusBits: 8192 }],
  ["RSA of 2047 bits", rsa(2047), "weak_public_key"],
  ["RSA of 1024 bits", rsa(1024), "weak_public_key"],
  ["RSA of modulus 0", sequence(RSA, bitString(sequence(integer(0), integer(3)))), "weak_public_key"],
  ["RSA of 8193 bits", rsa(8193), "weak_public_key"],
  ["RSA of 8200 bits", rsa(8200), "weak_public_key"],
  ["RSA of 2052 bits", rsa(2052), "unsupported_public_key"],
  ["RSA without its NULL", rsa(2048, sequence(oid("1.2.840.113549.1.1.1"))), "bad_der"],
  ["RSA that is no sequence", sequence(RSA, bitString(integer(1))), "bad_der"],
  [
    "RSA with a third number",
    sequence(RSA, bitString(sequence(integer(1), integer(3), integer(1)))),
    "bad_der",
  ],
  ["RSA of a negative modulus", sequence(RSA, bitString(sequence(hex("0201ff"), integer(3)))), "bad_der"],
  ["RSA of exponent 3", rsa(2048, RSA, integer(3)), { kind: "rsa", modulusBits: 2048 }],
  ["RSA of the largest exponent", rsa(2048, RSA, integer(2 ** 33 - 1)), { kind: "rsa", modulusBits: 2048 }],
  ["RSA of a larger one", rsa(2048, RSA, integer(2 ** 33 + 1)), "unsupported_public_key"],
  [
    "RSA of an exponent of 2048 bits",
    rsa(2048, RSA, integer(new Uint8Array(256).fill(1))),
    "unsupported_public_key",
  ],
  [
    "RSA of an even modulus",
    sequence(RSA, bitString(sequence(integer(new Uint8Array(256).fill(0xfe)), integer(3)))),
    "weak_public_key",
  ],
  ["RSA of exponent 0", rsa(2048, RSA, integer(0)), "weak_public_key"],
  ["RSA of exponent 1", rsa(2048, RSA, integer(1)), "weak_public_key"],
  ["RSA of exponent 65536", rsa(2048, RSA, integer(65536)), "weak_public_key"],
  ["RSASSA-PSS for any hash", rsa(2048, PSS_NO_PARAMETERS), {
    kind: "rsa_pss",
    modulusBits: 2048,
    hash: undefined,
  }],
  ["RSASSA-PSS for one hash", rsa(2048, pss(SHA384, SHA384, 48)), {
    kind: "rsa_pss",
    modulusBits: 2048,
    hash: "SHA-384",
  }],
  ["RSASSA-PSS for SHA-1", rsa(2048, pss(SHA1, SHA1, 20)), "unsupported_public_key"],
  ["P-256", EC_KEY, { kind: "ec", curve: "P-256" }],
  ["P-384", P384, { kind: "ec", curve: "P-384" }],
  ["P-521", P521, { kind: "ec", curve: "P-521" }],
  ["P-192", ecKey("1.2.840.10045.3.1.1", new Uint8Array(49).fill(4)), "unsupported_public_key"],
  ["secp256k1", ecKey("1.3.132.0.10", new Uint8Array(65).fill(4)), "unsupported_public_key"],
  [
    "P-256 with a compressed point",
    ecKey("1.2.840.10045.3.1.7", new Uint8Array(33).fill(2)),
    "unsupported_public_key",
  ],
  [
    "P-256 with a hybrid point",
    ecKey("1.2.840.10045.3.1.7", new Uint8Array(65).fill(6)),
    "unsupported_public_key",
  ],
  [
    "P-256 with the point at infinity",
    ecKey("1.2.840.10045.3.1.7", new Uint8Array(1)),
    "unsupported_public_key",
  ],
  [
    "P-256 with a point of P-384",
    ecKey("1.2.840.10045.3.1.7", new Uint8Array(97).fill(4)),
    "unsupported_public_key",
  ],
  ["P-256 without a point", ecKey("1.2.840.10045.3.1.7", new Uint8Array()), "unsupported_public_key"],
  [
    "a curve that is spelt out",
    sequence(sequence(oid("1.2.840.10045.2.1"), sequence(integer(1))), bitString(new Uint8Array(65).fill(4))),
    "unsupported_public_key",
  ],
  [
    "no curve",
    sequence(sequence(oid("1.2.840.10045.2.1")), bitString(new Uint8Array(65).fill(4))),
    "unsupported_public_key",
  ],
  ["Ed25519", ED25519, { kind: "ed25519" }],
  ["Ed25519 of 31 octets", sequence(sequence(oid("1.3.101.112")), bitString(new Uint8Array(31))), "bad_der"],
  [
    "Ed25519 with parameters",
    sequence(sequence(oid("1.3.101.112"), nothing()), bitString(new Uint8Array(32))),
    "bad_der",
  ],
  ["Ed448", sequence(sequence(oid("1.3.101.113")), bitString(new Uint8Array(57))), "unsupported_public_key"],
  ["DSA", sequence(sequence(oid("1.2.840.10040.4.1")), bitString(integer(1))), "unsupported_public_key"],
  [
    "a key of half an octet",
    sequence(sequence(oid("1.3.101.112")), bitString(new Uint8Array(32), 4)),
    "bad_der",
  ],
  ["a key with something after it", sequence(RSA, bitString(new Uint8Array()), nothing()), "bad_der"],
  ["nothing", new Uint8Array(), "bad_der"],
];

for (const [name, spki, is] of KEYS) {
  Deno.test(`readCertificateKey: ${name} is ${JSON.stringify(is)}`, () => {
    if (typeof is !== "string") return assertObjectMatch(readCertificateKey(spki), is);
    const error = assertThrows(() => readCertificateKey(spki), CertificateError);
    assertEquals<string>(error.code, is);
  });
}

for (
  const [type, kind] of [["p256", "ec"], ["p384", "ec"], ["rsa", "rsa"], ["ed25519", "ed25519"]] as const
) {
  Deno.test(`readCertificateKey reads a real key of ${type}, and refuses it cut anywhere`, async () => {
    const { spki } = await mintKey(type);
    assertEquals(readCertificateKey(spki).kind, kind);
    for (let length = 0; length < spki.length; length++) {
      assertEquals(codeOf(() => readCertificateKey(spki.subarray(0, length))), "bad_der");
    }
  });
}

const PKCS1 = ["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13"] as const;
const ECDSA = ["1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"] as const;
const HASHES = ["SHA256", "SHA384", "SHA512"] as const;
const PSS_SETS = [pss(SHA256, SHA256, 32), pss(SHA384, SHA384, 48), pss(SHA512, SHA512, 64)] as const;

const ALGORITHMS: [name: string, identifier: Uint8Array, spki: Uint8Array, is: string][] = [
  ...HASHES.flatMap((hash, index): [string, Uint8Array, Uint8Array, string][] => {
    const pkcs1 = oid(PKCS1[index] ?? "");
    const ecdsa = sequence(oid(ECDSA[index] ?? ""));
    const set = PSS_SETS[index] ?? new Uint8Array();
    return [
      [`${hash} with PKCS #1`, sequence(pkcs1, nothing()), rsa(2048), `RSA_PKCS1_${hash}`],
      [`${hash} with PKCS #1 without its NULL`, sequence(pkcs1), rsa(2048), `RSA_PKCS1_${hash}`],
      [`${hash} with PSS`, set, rsa(2048), `RSA_PSS_${hash}`],
      [`${hash} with PSS and its key`, set, rsa(2048, PSS_NO_PARAMETERS), `RSA_PSS_${hash}_PSS_KEY`],
      [`${hash} with PSS and a key for it`, set, rsa(2048, set), `RSA_PSS_${hash}_PSS_KEY`],
      [`${hash} with ECDSA on P-256`, ecdsa, EC_KEY, `ECDSA_P256_${hash}`],
      [`${hash} with ECDSA on P-384`, ecdsa, P384, `ECDSA_P384_${hash}`],
      [`${hash} with ECDSA on P-521`, ecdsa, P521, `ECDSA_P521_${hash}`],
      [`${hash} with ECDSA and an RSA key`, ecdsa, rsa(2048), "unsupported_signature_algorithm"],
      [
        `${hash} with PKCS #1 and a PSS key`,
        sequence(pkcs1),
        rsa(2048, PSS_NO_PARAMETERS),
        "unsupported_signature_algorithm",
      ],
      [`${hash} with PKCS #1 and a P-256 key`, sequence(pkcs1), EC_KEY, "unsupported_signature_algorithm"],
      [`${hash} with ECDSA and parameters`, sequence(oid(ECDSA[index] ?? ""), nothing()), EC_KEY, "bad_der"],
    ];
  }),
  ["Ed25519", sequence(oid("1.3.101.112")), ED25519, "ED25519"],
  ["Ed25519 with parameters", sequence(oid("1.3.101.112"), nothing()), ED25519, "bad_der"],
  ["Ed25519 and a P-256 key", sequence(oid("1.3.101.112")), EC_KEY, "unsupported_signature_algorithm"],
  ["PKCS #1 and an Ed25519 key", sequence(oid(PKCS1[0])), ED25519, "unsupported_signature_algorithm"],
  ["PKCS #1 with parameters", sequence(oid(PKCS1[0]), integer(1)), rsa(2048), "bad_der"],
  ["PKCS #1 with two NULLs", sequence(oid(PKCS1[0]), nothing(), nothing()), rsa(2048), "bad_der"],
  [
    "PKCS #1 with SHA-1",
    sequence(oid("1.2.840.113549.1.1.5"), nothing()),
    rsa(2048),
    "unsupported_signature_algorithm",
  ],
  [
    "PKCS #1 with MD5",
    sequence(oid("1.2.840.113549.1.1.4"), nothing()),
    rsa(2048),
    "unsupported_signature_algorithm",
  ],
  ["PKCS #1 and a weak key", sequence(oid(PKCS1[0]), nothing()), rsa(1024), "weak_public_key"],
  ["ECDSA with SHA-1", sequence(oid("1.2.840.10045.4.1")), EC_KEY, "unsupported_signature_algorithm"],
  ["PSS without parameters, which is SHA-1", PSS_NO_PARAMETERS, rsa(2048), "unsupported_signature_algorithm"],
  ["PSS with SHA-1", pss(SHA1, SHA1, 20), rsa(2048), "unsupported_signature_algorithm"],
  ["PSS with another hash for the mask", pss(SHA256, SHA1, 32), rsa(2048), "unsupported_signature_algorithm"],
  ["PSS with another salt", pss(SHA256, SHA256, 20), rsa(2048), "unsupported_signature_algorithm"],
  ["PSS with a salt of nothing", pss(SHA256, SHA256, 0), rsa(2048), "unsupported_signature_algorithm"],
  ["PSS whose hashes have no NULL", pss(SHA256, SHA256, 32, []), rsa(2048), "RSA_PSS_SHA256"],
  ["PSS whose hashes have two NULLs", pss(SHA256, SHA256, 32, [nothing(), nothing()]), rsa(2048), "bad_der"],
  [
    "PSS with a hash that its key is not for",
    pss(SHA256, SHA256, 32),
    rsa(2048, pss(SHA384, SHA384, 48)),
    "unsupported_signature_algorithm",
  ],
  [
    "PSS with a trailer",
    sequence(
      oid("1.2.840.113549.1.1.10"),
      sequence(
        explicit(0, sequence(oid(SHA256))),
        explicit(1, sequence(oid("1.2.840.113549.1.1.8"), sequence(oid(SHA256)))),
        explicit(2, integer(32)),
        explicit(3, integer(1)),
      ),
    ),
    rsa(2048),
    "unsupported_signature_algorithm",
  ],
  [
    "PSS with no parameters in their place",
    sequence(oid("1.2.840.113549.1.1.10"), nothing()),
    rsa(2048),
    "bad_der",
  ],
  ["nothing", new Uint8Array(), EC_KEY, "bad_der"],
];

for (const [name, identifier, spki, is] of ALGORITHMS) {
  Deno.test(`signatureAlgorithmFor: ${name} is ${is}`, () => {
    let answer: string = "";
    const code = codeOf(() => answer = signatureAlgorithmFor(identifier, spki));
    assertEquals(code === "accepted" ? answer : code, is);
  });
}

Deno.test("signatureAlgorithmFor refuses an algorithm cut anywhere", () => {
  for (const set of PSS_SETS) {
    for (let length = 0; length < set.length; length++) {
      assertEquals(codeOf(() => signatureAlgorithmFor(set.subarray(0, length), rsa(2048))), "bad_der");
    }
  }
});
