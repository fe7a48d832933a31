/** The options of a ClientConfig: those that are refused, with their messages, the defaults, and what is resolved. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { CertificateRequestInfo } from "../../../tls/config/config_types.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { defaultCrypto } from "../../../tls/config/default_crypto.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const authority = await mintAuthority();
const minted = await mintCertificate(authority, { names: ["client.example"] });
const verifier = (): void => {};
const crypto = nodeCrypto();
const roots = (): RootCertStore => RootCertStore.fromPem(authority.certPem);
const REQUEST: CertificateRequestInfo = {
  certificateAuthorities: [],
  signatureSchemes: [],
  certificateType: "X509",
};

/** What a caller without a compiler may pass. */
function unchecked(options: Record<string, unknown> | undefined): ClientConfigOptions {
  return options as unknown as ClientConfigOptions;
}

const REFUSED: readonly { name: string; options: ClientConfigOptions; message: string }[] = [
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
    name: "an enableSni that is null",
    options: unchecked({ roots: roots(), enableSni: null }),
    message: '"enableSni" is neither true nor false',
  },
  { name: "neither roots nor a verifier", options: {}, message: 'it needs "roots": whom to trust' },
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
    options: unchecked({ verifier, versions: ["TLSv1.1"] }),
    message: '"versions" has "TLSv1.1", and only TLSv1.3 and TLSv1.2 are spoken here',
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
    name: "an ALPN name that is no string",
    options: unchecked({ verifier, alpnProtocols: ["h2", 1] }),
    message: '"alpnProtocols" is no list of strings',
  },
  {
    name: "a version that is no string",
    options: unchecked({ verifier, versions: ["TLSv1.3", 1.2] }),
    message: '"versions" is no list of strings',
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
    name: "a recordPadding beside TLS 1.2, which has none",
    options: { verifier, recordPadding: 512 },
    message: '"recordPadding" needs TLS 1.3, and TLS 1.2 is enabled, which has no padding',
  },
  {
    name: "a recordPadding beside TLS 1.2 alone",
    options: { verifier, recordPadding: () => 1, versions: ["TLSv1.2"] },
    message: '"recordPadding" needs TLS 1.3, and TLS 1.2 is enabled, which has no padding',
  },
  {
    name: "a recordPadding of 0",
    options: { verifier, recordPadding: 0, versions: ["TLSv1.3"] },
    message: '"recordPadding" is 0, neither a function nor 1 to 16384 bytes',
  },
  {
    name: "a recordPadding of 16385",
    options: { verifier, recordPadding: 16_385, versions: ["TLSv1.3"] },
    message: '"recordPadding" is 16385, neither a function nor 1 to 16384 bytes',
  },
  {
    name: "an enableSecretExtraction that is text",
    options: unchecked({ verifier, enableSecretExtraction: "yes" }),
    message: '"enableSecretExtraction" is neither true nor false',
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
    name: "a request for more tickets than are kept",
    options: { verifier, ticketRequest: { newSession: 9, resumption: 1 } },
    message: '"ticketRequest.newSession" is 9, not 0 to 8',
  },
  {
    name: "a ticket request without one of its numbers",
    options: unchecked({ verifier, ticketRequest: { newSession: 2 } }),
    message: '"ticketRequest.resumption" is undefined, not 0 to 8',
  },
  {
    name: "a ticket request with a misspelt number",
    options: unchecked({ verifier, ticketRequest: { newSession: 2, resumption: 1, resumed: 1 } }),
    message: '"ticketRequest" has no option "resumed"',
  },
  {
    name: "a ticket request beside no sessions",
    options: { verifier, sessions: false, ticketRequest: { newSession: 2, resumption: 1 } },
    message: '"ticketRequest" has no meaning beside "sessions: false"',
  },
  {
    name: "a ticket request in TLS 1.2",
    options: { verifier, versions: ["TLSv1.2"], ticketRequest: { newSession: 2, resumption: 1 } },
    message: '"ticketRequest" needs TLSv1.3 among "versions"',
  },
  {
    name: "early data in TLS 1.2",
    options: { verifier, versions: ["TLSv1.2"], enableEarlyData: true },
    message: '"enableEarlyData" needs TLSv1.3 among "versions"',
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
];

for (const { name, options, message } of REFUSED) {
  Deno.test(`ClientConfig refuses ${name}`, () => {
    const error = assertThrows(() => new ClientConfig(options), TlsError);
    const whole = message.startsWith("Cannot") ? message : `Cannot make a ClientConfig: ${message}`;
    assertEquals([error.code, error.message], ["invalid_option", whole]);
  });
}

for (const maxFragmentSize of [32, 33, 512, 16389]) {
  Deno.test(`bad input 50: a maxFragmentSize of ${maxFragmentSize} is accepted`, () => {
    assertEquals(new ClientConfig({ verifier, maxFragmentSize }).maxFragmentSize, maxFragmentSize);
  });
}

Deno.test("ClientConfig has these defaults", () => {
  const config = new ClientConfig({ roots: roots() });
  assertStrictEquals(config.crypto, defaultCrypto());
  assertEquals(config.crypto.name, "deno");
  assertEquals(config.alpnProtocols, []);
  assertEquals(config.cipherSuites.length, 9);
  assertEquals(config.groups[0]?.name, "X25519MLKEM768");
  assertEquals(config.signatureSchemes[0], "ecdsa_secp256r1_sha256");
  assertEquals(config.signatureSchemes.at(-1), "rsa_pkcs1_sha512");
  assertEquals([config.versions, config.requireExtendedMainSecret], [["TLSv1.3", "TLSv1.2"], false]);
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
  assertEquals(config.identitiesFor(REQUEST), []);
});

Deno.test("ClientConfig resolves its options, in their order", () => {
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
    ticketRequest: { newSession: 4, resumption: 1 },
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
  assertEquals(config.ticketRequest, { newSession: 4, resumption: 1 });
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
  assertThrows(() => store.add(minted.certDer), TypeError);
});
