import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { parsePemCertificates } from "../../../io/pem.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { CertificateRequestInfo, Identity } from "../../../tls/config/config_types.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider, SigningKey } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { defaultCrypto } from "../../../tls/config/default_crypto.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { checkPins, parsePins } from "../../../tls/config/pins.ts";
import { run } from "../../../io/script.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { integer, octetString, oid, sequence } from "../../support/der.ts";
import { encodePem } from "../../support/pem.ts";

const authority = await mintAuthority();
const minted = await mintCertificate(authority, { names: ["client.example"] });
const other = await mintCertificate(authority, { names: ["other.example"] });
const rsa = await mintCertificate(authority, { names: ["rsa.example"], keyType: "rsa" });
const verifier = (): void => {};
const crypto = nodeCrypto();
const roots = (): RootCertStore => RootCertStore.fromPem(authority.certPem);
const identity: Identity = { chain: minted.chainPem, key: minted.keyPem };
const REQUEST: CertificateRequestInfo = { certificateAuthorities: [], signatureSchemes: [] };

/** What a caller without a compiler may pass. */
function unchecked(options: Record<string, unknown> | undefined): ClientConfigOptions {
  return options as unknown as ClientConfigOptions;
}

const REFUSED: readonly { name: string; options: ClientConfigOptions; code?: string; message: string }[] = [
  {
    name: "an unknown option",
    options: unchecked({ verifier, root: 1 }),
    message: 'it has no option "root"',
  },
  {
    name: "a dangerAcceptInvalidCerts that is text",
    options: unchecked({ dangerAcceptInvalidCerts: "false" }),
    message: '"dangerAcceptInvalidCerts" is neither true nor false',
  },
  {
    name: "a dangerAcceptInvalidHostnames that is a number",
    options: unchecked({ roots: roots(), dangerAcceptInvalidHostnames: 0 }),
    message: '"dangerAcceptInvalidHostnames" is neither true nor false',
  },
  {
    name: "an enableSni that is nothing",
    options: unchecked({ roots: roots(), enableSni: null }),
    message: '"enableSni" is neither true nor false',
  },
  { name: "nobody to trust", options: {}, message: 'it needs "roots": whom to trust' },
  {
    name: "empty roots",
    options: { roots: RootCertStore.fromDer([]) },
    message: '"roots" is empty: no peer would be trusted',
  },
  {
    name: "roots that are PEM text",
    options: unchecked({ roots: authority.certPem }),
    message: '"roots" is no RootCertStore',
  },
  {
    name: "a verifier that is no function",
    options: unchecked({ verifier: true }),
    message: '"verifier" is no function',
  },
  {
    name: "a verifier beside dangerAcceptInvalidCerts",
    options: { verifier, dangerAcceptInvalidCerts: true },
    message: '"verifier" has no meaning beside "dangerAcceptInvalidCerts"',
  },
  {
    name: "roots beside dangerAcceptInvalidCerts",
    options: { roots: roots(), dangerAcceptInvalidCerts: true },
    message: '"roots" has no meaning beside "dangerAcceptInvalidCerts"',
  },
  {
    name: "revocation beside dangerAcceptInvalidCerts",
    options: { revocation: { crls: [] }, dangerAcceptInvalidCerts: true },
    message: '"revocation" has no meaning beside "dangerAcceptInvalidCerts"',
  },
  {
    name: "revocation without roots",
    options: { revocation: { crls: [] }, verifier },
    message: '"revocation" needs "roots" beside it',
  },
  {
    name: "dangerAcceptInvalidHostnames beside a verifier that decides alone",
    options: { dangerAcceptInvalidHostnames: true, verifier },
    message: '"dangerAcceptInvalidHostnames" needs "roots": a verifier alone decides about names, too',
  },
  { name: "no cipher suite", options: { verifier, cipherSuites: [] }, message: '"cipherSuites" is empty' },
  {
    name: "a cipher suite twice",
    options: { verifier, cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"] },
    message: '"cipherSuites" has "TLS_AES_128_GCM_SHA256" more than once',
  },
  {
    name: "a cipher suite that the provider does not have",
    options: { verifier, crypto: webCrypto(), cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] },
    message: '"cipherSuites" has "TLS_CHACHA20_POLY1305_SHA256", which the provider "web" does not have',
  },
  { name: "no group", options: { verifier, groups: [] }, message: '"groups" is empty' },
  {
    name: "a group that the provider does not have",
    options: { verifier, crypto, groups: ["X25519MLKEM768"] },
    message: '"groups" has "X25519MLKEM768", which the provider "node" does not have',
  },
  {
    name: "no signature scheme",
    options: { verifier, signatureSchemes: [] },
    message: '"signatureSchemes" is empty',
  },
  {
    name: "signature schemes for certificates alone",
    options: { verifier, signatureSchemes: ["rsa_pkcs1_sha256"] },
    message: '"signatureSchemes" has none that may sign a handshake',
  },
  { name: "no version", options: { verifier, versions: [] }, message: '"versions" is empty' },
  {
    name: "a version that is not spoken",
    options: unchecked({ verifier, versions: ["TLSv1.2"] }),
    message: '"versions" has "TLSv1.2", and only "TLSv1.3" is spoken here',
  },
  {
    name: "an empty ALPN name",
    options: { verifier, alpnProtocols: [""] },
    message: '"alpnProtocols" has a name of 0 bytes; it must have 1 to 255',
  },
  {
    name: "an ALPN name of 256 bytes",
    options: { verifier, alpnProtocols: ["x".repeat(256)] },
    message: '"alpnProtocols" has a name of 256 bytes; it must have 1 to 255',
  },
  {
    name: "an ALPN name whose characters are no bytes",
    options: { verifier, alpnProtocols: ["h\u{2082}"] },
    message: '"alpnProtocols" has "h\u{2082}": a character stands for a byte, and one is none',
  },
  {
    name: "ALPN names of 65536 bytes together",
    options: { verifier, alpnProtocols: Array.from({ length: 256 }, (_, i) => `${i}`.padStart(255, "x")) },
    message: '"alpnProtocols" is too long: ALPN has room for 65535 bytes',
  },
  {
    name: "an ALPN name twice",
    options: { verifier, alpnProtocols: ["h2", "h2"] },
    message: '"alpnProtocols" has "h2" more than once',
  },
  {
    name: "bad input 50: a maxFragmentSize of 31",
    options: { verifier, maxFragmentSize: 31 },
    message: '"maxFragmentSize" is 31, not 32 to 16389',
  },
  {
    name: "bad input 50: a maxFragmentSize of 16390",
    options: { verifier, maxFragmentSize: 16390 },
    message: '"maxFragmentSize" is 16390, not 32 to 16389',
  },
  {
    name: "a maxFragmentSize that is no integer",
    options: { verifier, maxFragmentSize: 99.5 },
    message: '"maxFragmentSize" is 99.5, not 32 to 16389',
  },
  { name: "no pin", options: { verifier, pins: [] }, message: '"pins" is empty, which nothing would match' },
  {
    name: "a pin without its algorithm",
    options: { verifier, pins: ["A".repeat(43) + "="] },
    message: `"pins" has "${"A".repeat(43)}=", which is not "sha256/" and the base64 of 32 bytes`,
  },
  {
    name: "a pin of 31 bytes",
    options: { verifier, pins: [`sha256/${encodeBase64(new Uint8Array(31))}`] },
    message: `"pins" has "sha256/${
      encodeBase64(new Uint8Array(31))
    }", which is not "sha256/" and the base64 of 32 bytes`,
  },
  {
    name: "two providers",
    options: unchecked({ verifier, crypto: [crypto, crypto] }),
    message: '"crypto" is a list, and a config has exactly one provider',
  },
  {
    name: "the function instead of the provider",
    options: unchecked({ verifier, crypto: nodeCrypto }),
    message: '"crypto" is no CryptoProvider: it has no "verify"',
  },
  {
    name: "a provider without lists",
    options: unchecked({ verifier, crypto: { ...crypto, groups: undefined } }),
    message: '"crypto" is no CryptoProvider: it has no "groups"',
  },
  {
    name: "a key log that is no function",
    options: unchecked({ verifier, keyLog: "keys.log" }),
    message: '"keyLog" is no function',
  },
  {
    name: "a clock that is a date",
    options: unchecked({ verifier, now: new Date() }),
    message: '"now" is no function',
  },
  {
    name: "sessions that are no store",
    options: unchecked({ verifier, sessions: new Map() }),
    message: '"sessions" is neither a ClientSessionStore nor false',
  },
  {
    name: "a chain without a certificate",
    options: { verifier, identity: { ...identity, chain: "client.pem" } },
    code: "bad_certificate_pem",
    message: `Cannot use the identity's chain: it has no "CERTIFICATE" block`,
  },
  {
    name: "an empty list of certificates",
    options: { verifier, identity: { ...identity, chain: [] } },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: it has no certificate",
  },
  {
    name: "a chain whose second certificate is cut",
    options: {
      verifier,
      identity: { ...identity, chain: [minted.certDer, authority.certDer.subarray(0, 99)] },
    },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: certificate 2 is not DER: ",
  },
  {
    name: "a chain whose first is DER and no certificate",
    options: { verifier, identity: { ...identity, chain: [Uint8Array.of(0x30, 0)] } },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: ",
  },
  {
    name: "a key that is a certificate",
    options: { verifier, identity: { ...identity, key: minted.certPem } },
    code: "bad_key_pem",
    message: 'Cannot read the private key: the PEM text has no "PRIVATE KEY" block',
  },
  {
    name: "the key of another certificate, RSA",
    options: { verifier, identity: { ...identity, key: rsa.keyPem } },
    code: "bad_key_pem",
    message: "Cannot use the identity: its key does not fit its certificate",
  },
  {
    name: "a signer that says it has another key",
    options: { verifier, identity: { ...identity, key: signer(other.key.spki) } },
    code: "bad_key_pem",
    message: "Cannot use the identity: its key does not fit its certificate",
  },
  {
    name: "an identity whose chain is one certificate and no list",
    options: unchecked({ verifier, identity: { ...identity, chain: minted.certDer } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "chain" is bytes',
  },
  {
    name: "an identity whose chain is a list of texts",
    options: unchecked({ verifier, identity: { ...identity, chain: [minted.chainPem] } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "chain" is neither PEM text nor a list of DER certificates',
  },
  {
    name: "an identity whose chain is PEM as bytes",
    options: unchecked({
      verifier,
      identity: { ...identity, chain: [new TextEncoder().encode(minted.chainPem)] },
    }),
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: certificate 1 is not DER: SEQUENCE is expected at byte 0",
  },
  {
    name: "an identity with the names of other libraries",
    options: unchecked({ verifier, identity: { cert: minted.chainPem, key: identity.key } }),
    code: "invalid_option",
    message: 'Cannot use the identity: it has no "chain"',
  },
  { name: "no options", options: unchecked(undefined), message: "it needs options" },
  {
    name: "a revocation without lists",
    options: unchecked({ roots: RootCertStore.fromDer([minted.certDer]), revocation: {} }),
    message: "Cannot check revocation: crls is neither PEM text nor a list",
  },
  {
    name: "one protocol that is no list",
    options: unchecked({ verifier, alpnProtocols: "h2" }),
    message: '"alpnProtocols" is no list of strings',
  },
  {
    name: "one pin that is no list",
    options: unchecked({ verifier, pins: "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }),
    message: '"pins" is no list',
  },
  {
    name: "an identity without a key",
    options: unchecked({ verifier, identity: { chain: minted.chainPem } }),
    code: "invalid_option",
    message: 'Cannot use the identity: it has no "key"',
  },
  {
    name: "a stapled response that is text",
    options: unchecked({ verifier, identity: { ...identity, ocspResponse: "good" } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "ocspResponse" is no Uint8Array',
  },
];

function signer(publicKey?: Uint8Array): SigningKey {
  const sign = (): Uint8Array => new Uint8Array(64);
  return { schemes: ["ecdsa_secp256r1_sha256"], sign, ...(publicKey && { publicKey }) };
}

for (const { name, options, code = "invalid_option", message } of REFUSED) {
  Deno.test(`ClientConfig refuses ${name}`, () => {
    const error = assertThrows(() => new ClientConfig(options), TlsError);
    const whole = message.startsWith("Cannot") ? message : `Cannot make a ClientConfig: ${message}`;
    assertEquals([error.code, error.message.slice(0, whole.length)], [code, whole]);
    assert(!error.message.includes("PRIVATE KEY-----"));
  });
}

for (const maxFragmentSize of [32, 33, 512, 16389]) {
  Deno.test(`bad input 50: a maxFragmentSize of ${maxFragmentSize} is taken`, () => {
    assertEquals(new ClientConfig({ verifier, maxFragmentSize }).maxFragmentSize, maxFragmentSize);
  });
}

Deno.test("ClientConfig has these defaults", () => {
  const config = new ClientConfig({ roots: roots() });
  assertStrictEquals(config.crypto, defaultCrypto());
  assertEquals(config.crypto.name, "deno");
  assertEquals(config.alpnProtocols, []);
  assertEquals(config.cipherSuites.length, 3);
  assertEquals(config.groups[0]?.name, "X25519MLKEM768");
  assertEquals(config.signatureSchemes[0], "ecdsa_secp256r1_sha256");
  assertEquals(config.signatureSchemes.at(-1), "rsa_pkcs1_sha512");
  assertEquals(config.versions, ["TLSv1.3"]);
  assertEquals(config.maxFragmentSize, 16389);
  assertEquals([config.enableSni, config.dangerAcceptInvalidCerts, config.dangerAcceptInvalidHostnames], [
    true,
    false,
    false,
  ]);
  assertEquals([config.verifier, config.pins, config.revocation, config.keyLog], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert(config.sessions !== false && config.sessions.take("example.com") === undefined);
  assert(Math.abs(config.now().getTime() - Date.now()) < 60_000);
  assertEquals(config.identityFor(REQUEST), undefined);
});

Deno.test("ClientConfig resolves what it is told, in its order", () => {
  const sessions = memorySessions(8);
  const keyLog = (): void => {};
  const now = (): Date => new Date(0);
  const config = new ClientConfig({
    crypto,
    verifier,
    roots: roots(),
    alpnProtocols: ["h2", "\xff"],
    cipherSuites: ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
    groups: ["secp384r1", "x25519"],
    signatureSchemes: ["ed25519", "rsa_pkcs1_sha256"],
    versions: ["TLSv1.3"],
    enableSni: false,
    sessions,
    keyLog,
    now,
  });
  assertEquals(config.cipherSuites.map(({ name }) => name), [
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  ]);
  assertEquals(config.groups.map(({ name }) => name), ["secp384r1", "x25519"]);
  assertEquals(config.signatureSchemes, ["ed25519", "rsa_pkcs1_sha256"]);
  assertEquals(config.alpnProtocols, ["h2", "\xff"]);
  assertEquals(config.enableSni, false);
  assertStrictEquals(config.sessions, sessions);
  assertStrictEquals(config.keyLog, keyLog);
  assertStrictEquals(config.now, now);
});

Deno.test("a ClientConfig does not change, nor do its lists, nor its roots", () => {
  const store = roots();
  const alpnProtocols = ["h2"];
  const config = new ClientConfig({ roots: store, alpnProtocols });
  alpnProtocols.push("http/1.1");
  assertEquals(config.alpnProtocols, ["h2"]);
  assert(
    Object.isFrozen(config) && Object.isFrozen(config.cipherSuites) && Object.isFrozen(config.alpnProtocols),
  );
  assertThrows(() => store.add(other.certDer), TypeError);
});

const KEY_DER = parsePemKey(minted.keyPem);

function parsePemKey(pem: string): Uint8Array<ArrayBuffer> {
  return decodeBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
}

const KEYS: readonly { name: string; key: Identity["key"] }[] = [
  { name: "PEM", key: minted.keyPem },
  { name: "PEM beside certificates", key: minted.chainPem + minted.keyPem },
  { name: "PKCS#8", key: KEY_DER },
  { name: "a signer that says which key it has", key: signer(minted.key.spki) },
  { name: "a signer that does not say", key: signer() },
];

const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto(), webCrypto()];

for (const provider of PROVIDERS) {
  for (const { name, key } of KEYS) {
    Deno.test(`an identity whose key is ${name} is loaded once (${provider.name})`, async () => {
      const chain = parsePemCertificates(minted.chainPem);
      const ocspResponse = Uint8Array.of(1, 2, 3);
      const config = new ClientConfig({ crypto: provider, verifier, identity: { chain, key, ocspResponse } });
      ocspResponse.fill(0);
      const loaded = await config.identityFor(REQUEST);
      assertInstanceOf(loaded, LoadedIdentity);
      assertEquals(loaded.chain, chain);
      assertEquals(loaded.ocspResponse, Uint8Array.of(1, 2, 3));
      const signingKey = await loaded.key();
      assertEquals(signingKey.schemes, ["ecdsa_secp256r1_sha256"]);
      assertStrictEquals(await loaded.key(), signingKey);
      assertStrictEquals(config.identityFor(REQUEST), loaded);
    });
  }
}

Deno.test("an identity outlives what it was made of", async () => {
  const [chain, key] = [[minted.certDer.slice()], KEY_DER.slice()];
  const loaded = new LoadedIdentity({ chain, key }, webCrypto());
  chain[0]?.fill(0);
  key.fill(0);
  assertEquals(loaded.chain, [minted.certDer]);
  assertEquals((await loaded.key()).schemes, ["ecdsa_secp256r1_sha256"]);
});

Deno.test("a key that says nothing of its public half is found out when it is loaded", async () => {
  // PKCS#8 of an EC key may leave the public key out: the provider computes it.
  const key = encodePem("PRIVATE KEY", await withoutPublicKey(parsePemKey(other.keyPem)));
  for (const provider of PROVIDERS) {
    const load = async () => await new LoadedIdentity({ chain: minted.chainPem, key }, provider).key();
    const error = await assertRejects(load, TlsError);
    assertEquals(error.code, "bad_key_pem");
  }
});

/** The same P-256 key with an ECPrivateKey of two fields: version and privateKey (RFC 5915 §3). */
async function withoutPublicKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await globalThis.crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
  const { d = "" } = await globalThis.crypto.subtle.exportKey("jwk", key);
  return sequence(
    integer(0),
    sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
    octetString(
      sequence(integer(1), octetString(decodeBase64(`${d.replaceAll("-", "+").replaceAll("_", "/")}=`))),
    ),
  );
}

Deno.test("a resolver's identities are loaded once each, and checked when they come", async () => {
  const identities: (Identity | undefined)[] = [identity, identity, undefined, {
    ...identity,
    key: rsa.keyPem,
  }];
  const asked: CertificateRequestInfo[] = [];
  const config = new ClientConfig({
    verifier,
    identity: (request) => {
      asked.push(request);
      return Promise.resolve(identities.shift());
    },
  });
  const first = await config.identityFor(REQUEST);
  assertInstanceOf(first, LoadedIdentity);
  assertStrictEquals(await config.identityFor(REQUEST), first);
  assertEquals(await config.identityFor(REQUEST), undefined);
  const error = await assertRejects(async () => await config.identityFor(REQUEST), TlsError);
  assertEquals(error.code, "bad_key_pem");
  assertEquals(asked, [REQUEST, REQUEST, REQUEST, REQUEST]);
});

Deno.test("what a resolver throws comes through", () => {
  const config = new ClientConfig({
    verifier,
    identity: () => {
      throw new RangeError("no card in the reader");
    },
  });
  assertThrows(() => config.identityFor(REQUEST), RangeError, "no card in the reader");
});

Deno.test("pins are read in HPKP's form and in curl's", () => {
  const hash = new Uint8Array(32).fill(7);
  assertEquals(parsePins("ClientConfig", [`sha256/${encodeBase64(hash)}`, `sha256//${encodeBase64(hash)}`]), [
    hash,
    hash,
  ]);
});

Deno.test("one pinned key in the chain is enough, none is refused with the pin that would do", async () => {
  const pinOf = (spki: Uint8Array): string => `sha256/${encodeBase64(nodeDigest(spki))}`;
  const pins = parsePins("ClientConfig", [pinOf(other.key.spki), pinOf(authority.key.spki)]);
  for (const provider of PROVIDERS) {
    assertEquals(await run(checkPins(provider, pins, [minted.key.spki, authority.key.spki])), undefined);
    const error = await assertRejects(
      async () => await run(checkPins(provider, pins, [minted.key.spki])),
      TlsError,
    );
    assertEquals(error.code, "certificate_rejected");
    assertEquals(error.hint, `The key of its certificate has the pin ${pinOf(minted.key.spki)}.`);
  }
});

function nodeDigest(bytes: Uint8Array): Uint8Array {
  const digest = crypto.digest("SHA-256", bytes);
  if (digest instanceof Promise) throw new TypeError("nodeCrypto() is synchronous");
  return digest;
}
