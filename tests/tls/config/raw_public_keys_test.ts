/** Raw public keys in configs: identities that are bare keys, and the options that name certificate types. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { RawPublicKeyIdentity } from "../../../tls/config/config_types.ts";
import { identitiesByName } from "../../../tls/config/identities_by_name.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { type ClientAuthOptions, ServerConfig } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { encodePem } from "../../../io/pem_writer.ts";
import { rawIdentity } from "../handshake/raw_keys.ts";
import { CRYPTO, identity, ROOTS } from "../tls12/pair.ts";

const raw = await rawIdentity();
const other = await rawIdentity("p256", "b");
const certificate = await identity();
const pem = encodePem("PUBLIC KEY", raw.publicKey);

Deno.test("a raw public key is given as PEM or DER, and loaded as a chain of itself", () => {
  for (const rawPublicKey of [raw.publicKey, pem]) {
    const loaded = new LoadedIdentity({ rawPublicKey, key: raw.identity.key }, CRYPTO);
    assertEquals([loaded.chain, loaded.certificateType], [[raw.publicKey], "RawPublicKey"]);
  }
  assertEquals(new LoadedIdentity(certificate, CRYPTO).certificateType, "X509");
});

Deno.test("a raw public key that was passed may be changed afterwards", () => {
  const rawPublicKey = raw.publicKey.slice();
  const loaded = new LoadedIdentity({ rawPublicKey, key: raw.identity.key }, CRYPTO);
  rawPublicKey.fill(0);
  assertEquals(loaded.chain, [raw.publicKey]);
});

const REFUSED: readonly (readonly [name: string, identity: unknown, code: string, words: string])[] = [
  ["no key", { rawPublicKey: pem }, "invalid_option", 'it has no "key"'],
  [
    "a chain beside it",
    { ...raw.identity, ...certificate },
    "invalid_option",
    '"chain" has no meaning beside',
  ],
  ["a number", { rawPublicKey: 5, key: raw.identity.key }, "invalid_option", "is neither PEM text nor"],
  ["a number for a key", { rawPublicKey: pem, key: 5 }, "invalid_option", '"key" is neither PEM text nor'],
  [
    "another key",
    { ...raw.identity, key: other.identity.key },
    "bad_key_pem",
    "does not fit its raw public key",
  ],
  [
    "a certificate",
    { ...raw.identity, rawPublicKey: certificate.chain },
    "bad_key_pem",
    'no "PUBLIC KEY" block',
  ],
  ["two of them", { ...raw.identity, rawPublicKey: pem + pem }, "bad_key_pem", '2 "PUBLIC KEY" blocks'],
  [
    "no DER",
    { ...raw.identity, rawPublicKey: new Uint8Array(9) },
    "bad_key_pem",
    "of no kind that is known here",
  ],
];

for (const [name, given, code, words] of REFUSED) {
  Deno.test(`an identity of a raw public key with ${name} is refused`, () => {
    const error = assertThrows(() => new LoadedIdentity(given as RawPublicKeyIdentity, CRYPTO), TlsError);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, words);
  });
}

Deno.test("a raw public key has no name: it may stand for any in identitiesByName", () => {
  const resolve = identitiesByName({ "server.example": [certificate, raw.identity] }, raw.identity);
  assertEquals(typeof resolve, "function");
  assertThrows(() => identitiesByName({ "server.example": { ...raw.identity, rawPublicKey: "" } }), TlsError);
});

Deno.test("by default X509 alone is accepted, and shown what the identities are", () => {
  const config = (options: Partial<ClientConfigOptions>) => new ClientConfig({ roots: ROOTS, ...options });
  assertEquals(config({}).serverCertificateTypes, ["X509"]);
  assertEquals(config({}).clientCertificateTypes, ["X509"]);
  assertEquals(config({ identity: () => undefined }).clientCertificateTypes, ["X509"]);
  assertEquals(config({ identity: raw.identity }).clientCertificateTypes, ["RawPublicKey"]);
  const both = [raw.identity, certificate, other.identity];
  assertEquals(config({ identity: both }).clientCertificateTypes, ["RawPublicKey", "X509"]);
  assertEquals(config({ identity: both, clientCertificateTypes: ["X509"] }).clientCertificateTypes, ["X509"]);
});

const RAW = ["RawPublicKey"] as const;
const BOTH = ["X509", "RawPublicKey"] as const;
const pins = [raw.pin];
const verifier = () => {};

const CLIENTS: readonly (readonly [name: string, options: object, words: string | undefined])[] = [
  ["keys alone, pinned", { serverCertificateTypes: RAW, pins }, undefined],
  ["keys alone, verified", { serverCertificateTypes: RAW, verifier }, undefined],
  ["keys alone, any", { serverCertificateTypes: RAW, dangerAcceptInvalidCerts: true }, undefined],
  ["both, by roots and pins", { serverCertificateTypes: BOTH, roots: ROOTS, pins }, undefined],
  ["both, by roots alone", { serverCertificateTypes: BOTH, roots: ROOTS }, 'needs "pins" or a "verifier"'],
  ["both, by pins alone", { serverCertificateTypes: BOTH, pins }, 'it needs "roots"'],
  ["keys alone, judged by nothing", { serverCertificateTypes: RAW }, 'needs "pins" or a "verifier"'],
  ["keys alone, with roots", { serverCertificateTypes: RAW, pins, roots: ROOTS }, '"roots" has no meaning'],
  [
    "keys alone, with any name",
    { serverCertificateTypes: RAW, pins, dangerAcceptInvalidHostnames: true },
    '"dangerAcceptInvalidHostnames" has no meaning',
  ],
  ["no type", { serverCertificateTypes: [], pins }, '"serverCertificateTypes" is empty'],
  ["an unknown type", { serverCertificateTypes: ["OpenPGP"], pins }, "neither X509 nor RawPublicKey"],
  ["a type twice", { serverCertificateTypes: ["X509", "X509"], roots: ROOTS }, "more than once"],
  ["no type to show", { clientCertificateTypes: [], roots: ROOTS }, '"clientCertificateTypes" is empty'],
];

for (const [name, options, words] of CLIENTS) {
  Deno.test(`bad input 98: a client of ${name} is ${words === undefined ? "made" : "refused"}`, () => {
    const make = () => new ClientConfig(options);
    if (words === undefined) return void make();
    const error = assertThrows(make, TlsError);
    assertEquals(error.code, "invalid_option");
    assertStringIncludes(error.message, words);
  });
}

const SERVERS:
  readonly (readonly [name: string, clientAuth: ClientAuthOptions, words: string | undefined])[] = [
    ["keys alone", { certificateTypes: RAW, verifier }, undefined],
    ["both", { certificateTypes: BOTH, verifier, roots: ROOTS }, undefined],
    ["both by roots alone", { certificateTypes: BOTH, roots: ROOTS }, 'needs a "verifier"'],
    ["keys alone, with roots", { certificateTypes: RAW, verifier, roots: ROOTS }, "has no meaning"],
    ["no type", { certificateTypes: [], verifier }, "is empty"],
  ];

for (const [name, clientAuth, words] of SERVERS) {
  Deno.test(`bad input 98: a server that takes ${name} is ${words === undefined ? "made" : "refused"}`, () => {
    const make = () => new ServerConfig({ identity: certificate, clientAuth });
    if (words === undefined) return void make();
    assertStringIncludes(assertThrows(make, TlsError).message, words);
  });
}
