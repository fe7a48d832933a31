/** The options of a DenoTls: those that are refused, with their messages, and the defaults. */

import { assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import { parsePemCertificates } from "../../../io/pem.ts";
import { checkOptions } from "../../../tls/deno/deno_options.ts";
import { DenoTls, type DenoTlsOptions, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { encodePem } from "../../../io/pem_writer.ts";

const authority = await mintAuthority();
const client = await mintCertificate(authority, { commonName: "client" });
const PEM = authority.certPem;
const { certPem: cert, keyPem: key } = client;
const KEY_BYTES = Uint8Array.of(0x30, 0x00);

/** What a program without a compiler's checks may pass. */
function unchecked(options: object): DenoTlsOptions {
  return options as DenoTlsOptions;
}

const REFUSED: readonly { name: string; options: DenoTlsOptions; error: string; message: string }[] = [
  {
    name: "a caCerts without a certificate, which Deno would pass over",
    options: { caCerts: "/etc/ssl/ca.pem" },
    error: "bad_certificate_pem",
    message: 'Cannot use "caCerts": it has no "CERTIFICATE" block',
  },
  {
    name: "an empty string among good caCerts",
    options: { caCerts: [PEM, ""] },
    error: "bad_certificate_pem",
    message: 'Cannot use "caCerts": it has no "CERTIFICATE" block',
  },
  {
    name: "a caCerts with malformed base64",
    options: { caCerts: "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----" },
    error: "bad_certificate_pem",
    message: 'Cannot use "caCerts": line 2 of the "CERTIFICATE" block is not base64 at character 1',
  },
  {
    name: "a key as caCerts",
    options: { caCerts: key },
    error: "bad_certificate_pem",
    message: 'Cannot use "caCerts": it has no "CERTIFICATE" block, but a "PRIVATE KEY" block',
  },
  {
    name: "bytes as caCerts",
    options: unchecked({ caCerts: [new TextEncoder().encode(PEM)] }),
    error: "TypeError",
    message: 'Cannot make a DenoTls: "caCerts" is no text; pass PEM as readTextFile() gives it',
  },
  {
    name: "bytes as a key",
    options: unchecked({ cert, key: KEY_BYTES }),
    error: "TypeError",
    message: 'Cannot make a DenoTls: "key" is no text; pass PEM as readTextFile() gives it',
  },
  {
    name: "one protocol that is no list",
    options: unchecked({ alpnProtocols: "h2" }),
    error: "TypeError",
    message: "Cannot offer protocols by ALPN: they are no list",
  },
  {
    name: "a word as dangerAcceptInvalidHostnames",
    options: unchecked({ dangerAcceptInvalidHostnames: "false" }),
    error: "TypeError",
    message: 'Cannot make a DenoTls: "dangerAcceptInvalidHostnames" is neither true nor false',
  },
  {
    name: "a key without a cert",
    options: { key },
    error: "TypeError",
    message: 'Cannot make a DenoTls: "key" needs "cert" beside it',
  },
  {
    name: "a cert without a key",
    options: { cert },
    error: "TypeError",
    message: 'Cannot make a DenoTls: "cert" needs "key" beside it',
  },
  {
    name: "a cert without a certificate",
    options: { cert: "client.pem", key },
    error: "bad_certificate_pem",
    message: 'Cannot use "cert": it has no "CERTIFICATE" block',
  },
  {
    name: "a key without a key",
    options: { cert, key: cert },
    error: "bad_key_pem",
    message: 'Cannot use "key": it has no "PRIVATE KEY" block',
  },
  {
    name: "two keys",
    options: { cert, key: key + key },
    error: "bad_key_pem",
    message: 'Cannot use "key": it has several keys',
  },
  {
    name: "an encrypted key (PKCS #8)",
    options: { cert, key: encodePem("ENCRYPTED PRIVATE KEY", KEY_BYTES) },
    error: "bad_key_pem",
    message: 'Cannot use "key": it is encrypted',
  },
  {
    name: "an encrypted key (OpenSSL's old way)",
    options: {
      cert,
      key: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n" +
        "-----END RSA PRIVATE KEY-----",
    },
    error: "bad_key_pem",
    message: 'Cannot use "key": it is encrypted',
  },
  {
    name: "a key with malformed base64",
    options: { cert, key: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0*\n-----END PRIVATE KEY-----" },
    error: "bad_key_pem",
    message: 'Cannot use "key": line 2 of the "PRIVATE KEY" block is not base64 at character 9',
  },
  {
    name: "an empty ALPN id",
    options: { alpnProtocols: ["h2", ""] },
    error: "TypeError",
    message: 'Cannot offer "" by ALPN: it has 0 bytes, not 1 to 255',
  },
  {
    name: "an ALPN id of 256 bytes",
    options: { alpnProtocols: ["é".repeat(128)] },
    error: "TypeError",
    message: `Cannot offer "${"é".repeat(128)}" by ALPN: it has 256 bytes, not 1 to 255`,
  },
  {
    name: "more ALPN ids than the extension holds",
    options: { alpnProtocols: Array(256).fill("a".repeat(255)) },
    error: "TypeError",
    message: "Cannot offer so many protocols: ALPN has room for 65535 bytes",
  },
  {
    name: "a server name that is none",
    options: { serverName: "https://example.com" },
    error: "TypeError",
    message: 'Cannot use "https://example.com" as a server name: it is neither a DNS name nor an IP address',
  },
  {
    name: "an option it does not have",
    options: { rejectUnauthorized: false } as DenoTlsOptions, // as a caller without types may pass it
    error: "TypeError",
    message: 'Cannot make a DenoTls: it has no option "rejectUnauthorized"',
  },
];

for (const { name, options, error: kind, message } of REFUSED) {
  Deno.test(`new DenoTls refuses ${name}`, () => {
    const error = assertThrows(() => new DenoTls(options), Error);
    assertEquals(error instanceof TlsError ? error.code : error.name, kind);
    assertEquals(error.message, message);
  });
}

const LABELS = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
for (const label of LABELS) {
  Deno.test(`new DenoTls takes a "${label}" with parameters and certificates beside it`, () => {
    const pem = encodePem("EC PARAMETERS", KEY_BYTES) + encodePem(label, KEY_BYTES) + cert;
    const { identity } = checkOptions({ cert, key: pem });
    assertEquals(identity?.key, encodePem(label, KEY_BYTES));
  });
}

Deno.test("the defaults offer HTTP/2 and HTTP/1.1, and nothing else is set", () => {
  assertEquals(checkOptions({}), {
    caCerts: [],
    identity: undefined,
    serverName: undefined,
    alpnProtocols: ["h2", "http/1.1"],
    unsafelyDisableHostnameVerification: false,
  });
});

Deno.test("caCerts may be one string of many certificates, or many strings", () => {
  const both = [authority.certDer, client.certDer];
  for (const caCerts of [PEM + cert, [PEM, cert], [PEM + cert]]) {
    assertEquals(checkOptions({ caCerts }).caCerts.flatMap(parsePemCertificates), both);
  }
});

Deno.test("nothing that a DenoTls shows of itself has the key", () => {
  const tls = new DenoTls({ cert, key });
  const shown = Deno.inspect(tls, { depth: 9, showHidden: true }) + JSON.stringify(tls) + String(tls);
  const [, secret = ""] = key.split("\n");
  assertFalse(shown.includes(secret));
});

Deno.test("an error about a bad key has no cause that could hold it", () => {
  const bad = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0*\n-----END PRIVATE KEY-----";
  const error = assertThrows(() => new DenoTls({ cert, key: bad }), TlsError);
  assertEquals(error.cause, undefined);
  assertFalse(Deno.inspect(error).includes("c2VjcmV0"));
});

Deno.test("an error about bad certificates keeps its cause and has a hint", () => {
  const error = assertThrows(() => new DenoTls({ caCerts: "" }), TlsError);
  assertInstanceOf(error.cause, SyntaxError);
  assertEquals(error.hint, "Pass the text of a PEM file, not its name.");
});
