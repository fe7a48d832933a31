/** The options of a ServerConfig: those that are refused, with their messages, the defaults, and what is resolved. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { ClientHelloInfo, Identity } from "../../../tls/config/config_types.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { defaultCrypto } from "../../../tls/config/default_crypto.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const authority = await mintAuthority();
const identity = await identityFor("www.example.com", "example.com");
const other = await identityFor("other.example");
const verifier = (): void => {};
const roots = RootCertStore.fromPem(authority.certPem);
const identitySubject = (await mintAuthority()).subject;
const ticketer = rotatingTicketer(nodeCrypto());

async function identityFor(...names: string[]): Promise<Identity> {
  const { chainPem, keyPem } = await mintCertificate(authority, { names });
  return { chain: chainPem, key: keyPem };
}

function hello(serverName?: string): ClientHelloInfo {
  return {
    ...(serverName !== undefined && { serverName }),
    alpnProtocols: [],
    signatureSchemes: [],
    cipherSuites: [],
    groups: [],
    certificateAuthorities: [],
  };
}

/** What a caller without a compiler may pass. */
function unchecked(options: Record<string, unknown>): ServerConfigOptions {
  return options as unknown as ServerConfigOptions;
}

const REFUSED: readonly { name: string; options: ServerConfigOptions; code?: string; message: string }[] = [
  {
    name: "an unknown option",
    options: unchecked({ identity, cert: 1 }),
    message: 'it has no option "cert"',
  },
  { name: "no identity", options: unchecked({}), message: 'it needs "identity": who the server is' },
  {
    name: "an option of clients",
    options: unchecked({ identity, enableSni: true }),
    message: 'it has no option "enableSni"',
  },
  { name: "a common option that is bad", options: { identity, groups: [] }, message: '"groups" is empty' },
  {
    name: "bad input 50: a maxFragmentSize of 31",
    options: { identity, maxFragmentSize: 31 },
    message: '"maxFragmentSize" is 31, not 32 to 16389',
  },
  {
    name: "clientAuth with neither roots nor a verifier",
    options: { identity, clientAuth: {} },
    message: '"clientAuth" needs "roots" or a "verifier": whom to trust',
  },
  {
    name: "an unknown option in clientAuth",
    options: unchecked({ identity, clientAuth: { verifier, required: true } }),
    message: '"clientAuth" has no option "required"',
  },
  {
    name: "an optional in clientAuth that is text",
    options: unchecked({ identity, clientAuth: { verifier: () => {}, optional: "false" } }),
    message: '"clientAuth.optional" is neither true nor false',
  },
  {
    name: "a preferServerOrder that is text",
    options: unchecked({ identity, preferServerOrder: "no" }),
    message: '"preferServerOrder" is neither true nor false',
  },
  {
    name: "empty roots in clientAuth",
    options: { identity, clientAuth: { roots: RootCertStore.fromDer([]) } },
    message: '"clientAuth.roots" is empty: no peer would be trusted',
  },
  {
    name: "an invalidSniPolicy that there is not",
    options: unchecked({ identity, invalidSniPolicy: "ignore_all" }),
    message: '"invalidSniPolicy" is none of ignore_ip_addresses, reject_all',
  },
  {
    name: "rootHintSubjects that are text in clientAuth",
    options: unchecked({ identity, clientAuth: { verifier, rootHintSubjects: ["CN=authority"] } }),
    message: '"clientAuth.rootHintSubjects" is no list of DER names',
  },
  {
    name: "rootHintSubjects that fill a message in clientAuth",
    options: { identity, clientAuth: { verifier, rootHintSubjects: [new Uint8Array(40_000)] } },
    message: '"clientAuth.rootHintSubjects" takes 40002 bytes, and 32768 are the limit',
  },
  {
    name: "revocation without roots in clientAuth",
    options: { identity, clientAuth: { verifier, revocation: { crls: [] } } },
    message: '"clientAuth.revocation" needs "roots" beside it',
  },
  {
    name: "a verifier that is no function",
    options: unchecked({ identity, clientAuth: { verifier: true } }),
    message: '"clientAuth.verifier" is no function',
  },
  {
    name: "a negative number of tickets",
    options: { identity, sendTickets: -1 },
    message: '"sendTickets" is -1, not 0 to 8',
  },
  { name: "nine tickets", options: { identity, sendTickets: 9 }, message: '"sendTickets" is 9, not 0 to 8' },
  {
    name: "half a ticket",
    options: { identity, sendTickets: 0.5 },
    message: '"sendTickets" is 0.5, not 0 to 8',
  },
  {
    name: "a maximum of nine tickets",
    options: { identity, maxTickets: 9 },
    message: '"maxTickets" is 9, not 0 to 8',
  },
  {
    name: "sessions that are no store",
    options: unchecked({ identity, sessions: {} }),
    message: '"sessions" is neither a ServerSessionStore nor false',
  },
  {
    name: "a ticketer that cannot open",
    options: unchecked({ identity, ticketer: { seal: verifier } }),
    message: '"ticketer.open" is no function',
  },
  {
    name: "early data in TLS 1.2",
    options: { identity, versions: ["TLSv1.2"], maxEarlyDataSize: 1000 },
    message: '"maxEarlyDataSize" needs TLSv1.3 among "versions"',
  },
  {
    name: "half-RTT data in TLS 1.2",
    options: { identity, versions: ["TLSv1.2"], sendHalfRttData: true },
    message: '"sendHalfRttData" needs TLSv1.3 among "versions"',
  },
  {
    name: "a key that is not the certificate's",
    options: {
      identity: {
        ...identity,
        chain: other.chain,
        key: (await mintCertificate(authority, { keyType: "ed25519" })).keyPem,
      },
    },
    code: "bad_key_pem",
    message: "Cannot use the identity: its key does not fit its certificate",
  },
];

for (const { name, options, code = "invalid_option", message } of REFUSED) {
  Deno.test(`ServerConfig refuses ${name}`, () => {
    const error = assertThrows(() => new ServerConfig(options), TlsError);
    const whole = message.startsWith("Cannot") ? message : `Cannot make a ServerConfig: ${message}`;
    assertEquals([error.code, error.message], [code, whole]);
  });
}

Deno.test("ServerConfig has these defaults", () => {
  const config = new ServerConfig({ identity });
  assertStrictEquals(config.crypto, defaultCrypto());
  assertEquals([config.clientAuth, config.ticketer, config.preferServerOrder], [undefined, undefined, true]);
  assertEquals([config.sendTickets, config.maxTickets, config.maxFragmentSize], [2, 2, 16389]);
  assert(config.sessions !== false);
  assert(Object.isFrozen(config));
});

Deno.test("ServerConfig resolves its options", () => {
  const config = new ServerConfig({
    identity,
    clientAuth: { roots, verifier, optional: true },
    preferServerOrder: false,
    ticketer,
    sendTickets: 0,
  });
  assertEquals(config.clientAuth, {
    roots,
    verifier,
    certificateTypes: ["X509"],
    optional: true,
    rootHintSubjects: roots.subjects(),
  });
  assertEquals([config.preferServerOrder, config.sessions, config.sendTickets], [false, false, 0]);
  assertEquals(config.maxTickets, 0);
  assertStrictEquals(config.ticketer, ticketer);
  assertThrows(() => roots.addAnchors([{ subject: identitySubject, publicKey: identitySubject }]), TypeError);
  assertEquals(new ServerConfig({ identity, clientAuth: { verifier } }).clientAuth?.optional, false);
  assertEquals(new ServerConfig({ identity, clientAuth: { verifier } }).clientAuth?.rootHintSubjects, []);
  const none = new ServerConfig({ identity, clientAuth: { roots, rootHintSubjects: [] } });
  assertEquals(none.clientAuth?.rootHintSubjects, []);
  assertEquals(new ServerConfig({ identity, sessions: false }).sessions, false);
  const sessions = memoryServerSessions();
  const both = new ServerConfig({ identity, sessions, ticketer });
  assertStrictEquals(both.sessions, sessions);
  assertStrictEquals(both.ticketer, ticketer);
});

Deno.test("an identity is for all clients, a resolver is asked for each", async () => {
  const single = new ServerConfig({ identity });
  const [loaded] = await single.identitiesFor(hello("anything.example"));
  assertInstanceOf(loaded, LoadedIdentity);
  assertStrictEquals((await single.identitiesFor(hello()))[0], loaded);

  const config = new ServerConfig({
    identity: ({ serverName }) => Promise.resolve(serverName === undefined ? undefined : identity),
  });
  assertEquals(await config.identitiesFor(hello()), []);
  const [first] = await config.identitiesFor(hello("a.example"));
  assertInstanceOf(first, LoadedIdentity);
  assertStrictEquals((await config.identitiesFor(hello("b.example")))[0], first);

  const broken = new ServerConfig({ identity: () => ({ chain: "", key: "" }) });
  const error = await assertRejects(async () => await broken.identitiesFor(hello()), TlsError);
  assertEquals(error.code, "bad_certificate_pem");
});
