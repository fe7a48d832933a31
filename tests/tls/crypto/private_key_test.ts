/** Private keys: the forms they come in, and what is not one. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { concat } from "@std/bytes/concat";
import { decodeBase64Url } from "@std/encoding/base64url";
import { readPrivateKey } from "../../../tls/crypto/pkcs8.ts";
import { parsePrivateKeyPem, publicKeyOf } from "../../../tls/crypto/private_key.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import {
  bitString,
  explicit,
  implicit,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  set,
} from "../../support/der.ts";
import { encodePem } from "../../../io/pem_writer.ts";
import { installed } from "../../support/process.ts";
import { run } from "../../support/run.ts";
import { asPssKey, bytes, type KeyName, keyPair, PROVIDERS } from "./providers.ts";

const KEYS: readonly KeyName[] = ["P-256", "P-384", "P-521", "Ed25519", "RSA-2048", "RSA-PSS"];
const CURVES = { "P-256": "1.2.840.10045.3.1.7", "P-384": "1.3.132.0.34", "P-521": "1.3.132.0.35" } as const;
type Curve = keyof typeof CURVES;

function ecAlgorithm(curve: Curve): Uint8Array {
  return sequence(oid("1.2.840.10045.2.1"), oid(CURVES[curve]));
}

/** The numbers of an EC key. */
async function ecParts(curve: Curve): Promise<{ scalar: Uint8Array; point: Uint8Array }> {
  const { d = "", x = "", y = "" } = await crypto.subtle.exportKey(
    "jwk",
    (await keyPair(curve)).pair.privateKey,
  );
  return {
    scalar: decodeBase64Url(d),
    point: concat([Uint8Array.of(4), decodeBase64Url(x), decodeBase64Url(y)]),
  };
}

/** An `RSAPrivateKey`: what the PKCS#8 of an RSA key holds. */
async function pkcs1(): Promise<Uint8Array> {
  const { pkcs8 } = await keyPair("RSA-2048");
  return pkcs8.subarray(4 + 3 + 15 + 4);
}

for (const name of KEYS) {
  Deno.test(`private key: ${name}: PKCS#8 in PEM, with certificates around it`, async () => {
    const { pkcs8, spki } = await keyPair(name);
    const other = encodePem("CERTIFICATE", Uint8Array.of(0x30, 0));
    const pem = `Bag attributes\n${other}${encodePem("PRIVATE KEY", pkcs8)}${other}`;
    assertEquals(parsePrivateKeyPem(pem), pkcs8);
    if (name !== "Ed25519") assertEquals(publicKeyOf(pkcs8), spki);
  });

  Deno.test(`private key: ${name}: cut off anywhere, or altered, it is refused as bad_key_pem or read`, async () => {
    const { pkcs8 } = await keyPair(name);
    for (let length = 0; length < pkcs8.length; length++) {
      const error = assertThrows(() => readPrivateKey(pkcs8.subarray(0, length)), TlsError);
      assertEquals(error.code, "bad_key_pem");
    }
    assertThrows(() => readPrivateKey(concat([pkcs8, Uint8Array.of(0)])), TlsError);
    for (let at = 0; at < pkcs8.length; at++) {
      for (const byte of [0x00, 0x01, 0x30, 0x7f, 0x80, 0xff]) {
        const altered = pkcs8.slice();
        altered[at] = byte;
        try {
          readPrivateKey(altered);
        } catch (error) {
          assertInstanceOf(error, TlsError);
          assertEquals(error.code, "bad_key_pem");
        }
      }
    }
  });
}

for (const curve of ["P-256", "P-384", "P-521"] as const) {
  Deno.test(`private key: ${curve}: SEC1, with its public half and without, is the same key`, async () => {
    const { scalar, point } = await ecParts(curve);
    const { spki } = await keyPair(curve);
    const rows = {
      both: sequence(
        integer(1),
        octetString(scalar),
        explicit(0, oid(CURVES[curve])),
        explicit(1, bitString(point)),
      ),
      alone: sequence(integer(1), octetString(scalar), explicit(0, oid(CURVES[curve]))),
    };
    const parameters = encodePem("EC PARAMETERS", oid(CURVES[curve]));
    for (const [row, sec1] of Object.entries(rows)) {
      const pkcs8 = parsePrivateKeyPem(parameters + encodePem("EC PRIVATE KEY", sec1));
      assertEquals(publicKeyOf(pkcs8), row === "both" ? spki : undefined);
      // Every provider finds the public half by itself.
      for (const provider of PROVIDERS) {
        assertEquals((await provider.loadPrivateKey(pkcs8)).publicKey, spki, `${provider.name}, ${row}`);
      }
    }
  });

  Deno.test(`private key: ${curve}: its number may be shorter or longer than the curve's, as some write it`, async () => {
    const { scalar, point } = await ecParts(curve);
    const { spki } = await keyPair(curve);
    const structure = (number: Uint8Array) =>
      sequence(
        integer(0),
        ecAlgorithm(curve),
        octetString(sequence(integer(1), octetString(number), explicit(1, bitString(point)))),
      );
    for (const number of [concat([new Uint8Array(3), scalar]), scalar.subarray(scalar[0] === 0 ? 1 : 0)]) {
      for (const provider of PROVIDERS) {
        assertEquals((await provider.loadPrivateKey(structure(number))).publicKey, spki);
      }
    }
  });
}

Deno.test("private key: RSA: PKCS#1 is the same key", async () => {
  const { pkcs8 } = await keyPair("RSA-2048");
  assertEquals(parsePrivateKeyPem(encodePem("RSA PRIVATE KEY", await pkcs1())), pkcs8);
});

Deno.test("private key: Ed25519: version 1 has its public half (RFC 8410 §7), version 0 is asked for it", async () => {
  const { pkcs8, spki } = await keyPair("Ed25519");
  const seed = pkcs8.subarray(-32);
  const algorithm = sequence(oid("1.3.101.112"));
  const attributes = explicit(0, sequence(oid("1.2.840.113549.1.9.9.20"), set()));
  const publicHalf = implicit(1, concat([Uint8Array.of(0), spki.subarray(-32)]));
  const asRingWroteIt = explicit(1, bitString(spki.subarray(-32)));
  const rows = [
    sequence(integer(1), algorithm, octetString(octetString(seed)), asRingWroteIt),
    sequence(integer(1), algorithm, octetString(octetString(seed)), attributes, asRingWroteIt),
    sequence(integer(1), algorithm, octetString(octetString(seed)), publicHalf),
    sequence(integer(1), algorithm, octetString(octetString(seed)), attributes, publicHalf),
  ];
  assertEquals(publicKeyOf(sequence(integer(0), algorithm, octetString(octetString(seed)))), undefined);
  for (const row of rows) {
    assertEquals(publicKeyOf(row), spki);
    for (const provider of PROVIDERS) assertEquals((await provider.loadPrivateKey(row)).publicKey, spki);
  }
  for (const provider of PROVIDERS) {
    const plain = sequence(integer(0), algorithm, octetString(octetString(seed)));
    assertEquals((await provider.loadPrivateKey(plain)).publicKey, spki);
  }
});

Deno.test("private key: RSA-PSS: parameters restrict it to their hash", async () => {
  const rsa = await keyPair("RSA-2048");
  const hash = (number: number, parameters: Uint8Array = nothing()) =>
    sequence(oid(`2.16.840.1.101.3.4.2.${number}`), ...(parameters.length === 0 ? [] : [parameters]));
  const pss = (number: number, salt: number, parameters?: Uint8Array) =>
    sequence(
      explicit(0, hash(number, parameters)),
      explicit(1, sequence(oid("1.2.840.113549.1.1.8"), hash(number, parameters))),
      explicit(2, integer(salt)),
    );
  const rows = [
    [asPssKey(rsa, pss(1, 32)), "rsa_pss_pss_sha256"],
    [asPssKey(rsa, pss(2, 48)), "rsa_pss_pss_sha384"],
    [asPssKey(rsa, pss(3, 64)), "rsa_pss_pss_sha512"],
    [asPssKey(rsa, pss(1, 32, new Uint8Array())), "rsa_pss_pss_sha256"],
  ] as const;
  for (const [{ pkcs8, spki }, scheme] of rows) {
    assertEquals(publicKeyOf(pkcs8), spki);
    for (const provider of PROVIDERS) {
      const key = await provider.loadPrivateKey(pkcs8);
      assertEquals(key.schemes, [scheme]);
      const signature = await key.sign(scheme, bytes("message"));
      for (const size of ["256", "384", "512"] as const) {
        const right = await provider.verify(`RSA_PSS_SHA${size}_PSS_KEY`, spki, bytes("message"), signature);
        assertEquals(right, scheme.endsWith(size));
        assertEquals(await provider.verify(`RSA_PSS_SHA${size}`, spki, bytes("message"), signature), false);
      }
    }
  }
  // Parameters that TLS has no scheme for: SHA-256 with a salt of 20, and the defaults, which are SHA-1.
  for (const parameters of [pss(1, 20), sequence()]) {
    assertThrows(
      () => readPrivateKey(asPssKey(rsa, parameters).pkcs8),
      TlsError,
      "its RSASSA-PSS parameters are not of the usual sets",
    );
  }
});

Deno.test("private key: RSA too short for a scheme goes without it", async () => {
  const { pkcs8 } = await keyPair("RSA-1024");
  for (const provider of PROVIDERS) {
    const key = await provider.loadPrivateKey(pkcs8);
    assertEquals(key.schemes, [
      "rsa_pss_rsae_sha256",
      "rsa_pss_rsae_sha384",
      "rsa_pkcs1_sha256",
      "rsa_pkcs1_sha384",
      "rsa_pkcs1_sha512",
    ]);
    assertEquals((await key.sign("rsa_pss_rsae_sha384", bytes("message"))).length, 128);
  }
});

Deno.test("private key: a well-formed key whose numbers do not belong together is refused by every provider", async () => {
  const { scalar, point } = await ecParts("P-256");
  const ec = (number: Uint8Array, bits: Uint8Array) =>
    sequence(
      integer(0),
      ecAlgorithm("P-256"),
      octetString(sequence(integer(1), octetString(number), explicit(1, bitString(bits)))),
    );
  const offCurve = point.slice();
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const tiny = [3233, 17, 413, 61, 53, 53, 49, 38].map((number) => integer(number));
  const rows = {
    "over the order": ec(new Uint8Array(32).fill(0xff), point),
    "a public half off the curve": ec(scalar, offCurve),
    "RSA of 12 bits": sequence(
      integer(0),
      sequence(oid("1.2.840.113549.1.1.1"), nothing()),
      octetString(sequence(integer(0), ...tiny)),
    ),
  };
  for (const provider of PROVIDERS) {
    for (const [row, pkcs8] of Object.entries(rows)) {
      const load = async () => await provider.loadPrivateKey(pkcs8);
      const error = await assertRejects(load, TlsError, undefined, `${provider.name}: ${row}`);
      assertEquals(error.code, "bad_key_pem");
    }
    const error = await assertRejects(async () => await provider.loadPrivateKey(bytes("no key")), TlsError);
    assertEquals(error.code, "bad_key_pem");
  }
});

Deno.test("private key: malformed structures are refused with the reason", async () => {
  const { scalar } = await ecParts("P-256");
  const ec = (...fields: Uint8Array[]) =>
    sequence(integer(0), ecAlgorithm("P-256"), octetString(sequence(...fields)));
  const ed = sequence(oid("1.3.101.112"));
  const rows: readonly [Uint8Array, string][] = [
    [sequence(integer(2), ed, octetString(octetString(new Uint8Array(32)))), "version is not known"],
    [
      sequence(integer(0), sequence(oid("1.3.101.113")), octetString(octetString(new Uint8Array(57)))),
      "neither RSA",
    ],
    [sequence(integer(0), ed, octetString(octetString(new Uint8Array(31)))), "has 32 bytes, not 31"],
    [
      sequence(
        integer(1),
        ed,
        octetString(octetString(new Uint8Array(32))),
        explicit(1, concat([bitString(new Uint8Array(32)), integer(1)])),
      ),
      "the public half of the key has 3 bytes too many",
    ],
    [
      sequence(
        integer(1),
        ed,
        octetString(octetString(new Uint8Array(32))),
        explicit(1, bitString(new Uint8Array(32))),
        implicit(1, new Uint8Array(33)),
      ),
      "the key has 35 bytes too many",
    ],
    [ec(integer(2), octetString(scalar)), "version of the EC key"],
    [ec(integer(1), octetString(new Uint8Array(32))), "out of range"],
    [ec(integer(1), octetString(new Uint8Array(33).fill(1))), "out of range"],
    [ec(integer(1), octetString(scalar), explicit(0, oid("1.3.132.0.34"))), "two curves"],
    [
      sequence(
        integer(0),
        sequence(oid("1.2.840.113549.1.1.1"), nothing()),
        octetString(sequence(integer(1))),
      ),
      "two primes",
    ],
  ];
  for (const [pkcs8, reason] of rows) {
    const error = assertThrows(() => readPrivateKey(pkcs8), TlsError, reason);
    assertEquals(error.code, "bad_key_pem");
  }
  const sec1 = sequence(integer(1), octetString(scalar));
  assertThrows(
    () => parsePrivateKeyPem(encodePem("EC PRIVATE KEY", sec1)),
    TlsError,
    "does not name its curve",
  );
  const other = sequence(integer(1), octetString(scalar), explicit(0, oid("1.3.132.0.10")));
  assertThrows(() => parsePrivateKeyPem(encodePem("EC PRIVATE KEY", other)), TlsError, "not one of P-256");
});

Deno.test("private key: PEM that cannot be used is refused as bad_key_pem, with a hint", async () => {
  const key = encodePem("PRIVATE KEY", (await keyPair("Ed25519")).pkcs8);
  const legacy = key.replaceAll("PRIVATE", "RSA PRIVATE")
    .replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n");
  const rows: readonly [string, string, string?][] = [
    ["", 'no "PRIVATE KEY" block'],
    [encodePem("CERTIFICATE", Uint8Array.of(0x30, 0)), 'no "PRIVATE KEY" block'],
    [key + key, "has 2 of them"],
    [key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), "it is encrypted", "openssl pkey"],
    [legacy, "it is encrypted", "openssl pkey"],
    [
      key.replaceAll("PRIVATE", "OPENSSH PRIVATE"),
      '"OPENSSH PRIVATE KEY" is of a kind not known',
      "Convert it",
    ],
    [key.replace("END PRIVATE", "END OTHER"), "does not end"],
    [key.replace(/\n[^-\n]/, "\n*"), "is not base64"],
    [key.slice(0, 60), "has no end"],
  ];
  for (const [pem, reason, hint] of rows) {
    const error = assertThrows(() => parsePrivateKeyPem(pem), TlsError, reason);
    assertEquals(error.code, "bad_key_pem");
    if (hint !== undefined) assert(error.hint?.includes(hint));
  }
});

Deno.test("private key: no error and no cause of it contains the key", async () => {
  const { pkcs8 } = await keyPair("P-256");
  const pem = encodePem("PRIVATE KEY", pkcs8);
  const line = pem.split("\n")[2] ?? "";
  assertNotEquals(line, "");
  for (const broken of [pem.replace(line, `${line}!`), pem.replace(line, line.slice(0, -1))]) {
    const error = assertThrows(() => parsePrivateKeyPem(broken), TlsError);
    assertEquals(Deno.inspect(error).includes(line.slice(0, 20)), false);
  }
});

const ignore = !installed("openssl");
const WRITTEN: readonly [string, readonly string[]][] = [
  ["SEC1", ["ecparam", "-name", "secp384r1", "-genkey"]],
  ["PKCS#1", ["genrsa", "-traditional", "2048"]],
  ["PKCS#8 of RSA", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]],
  ["PKCS#8 of P-521", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]],
  ["PKCS#8 of Ed25519", ["genpkey", "-algorithm", "ED25519"]],
  [
    "PKCS#8 of RSA-PSS for SHA-384",
    ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_pss_keygen_md:sha384"].concat(
      ["-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-pkeyopt", "rsa_pss_keygen_saltlen:48"],
    ),
  ],
  ["PKCS#8 of RSA-PSS for any hash", ["genpkey", "-algorithm", "RSA-PSS"]],
];
for (const [form, command] of WRITTEN) {
  Deno.test({
    name: `private key: ${form} as openssl writes it, its public half as openssl has it`,
    ignore,
    async fn() {
      const { stdout: pem } = await run("openssl", command);
      const { stdout: publicPem } = await run("openssl", ["pkey", "-pubout"], { stdin: pem });
      for (const provider of PROVIDERS) {
        const key = await provider.loadPrivateKey(parsePrivateKeyPem(pem));
        const [scheme] = key.schemes;
        assert(key.publicKey !== undefined && scheme !== undefined);
        assertEquals(encodePem("PUBLIC KEY", key.publicKey), publicPem);
        assert((await key.sign(scheme, bytes("message"))).length > 0);
      }
    },
  });
}
