/** A client's session as bytes: what goes in comes out, and bytes that are no session are none. */

import { assert, assertEquals } from "@std/assert";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { EnabledVersionName } from "../../../tls/config/common_config.ts";
import { HASH_LENGTH } from "../../../tls/crypto/hkdf.ts";
import { MAX_PEER_CERTIFICATES } from "../../../tls/limits.ts";
import { deserializeSession, serializeSession } from "../../../tls/session/serialized_session.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { ClientSession } from "../../../tls/session/session.ts";
import type { StoredSessionFacts } from "../../../tls/session/session_facts.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { clientConfig, CRYPTO, identity, serverConfig, shakeHands } from "../tls12/pair.ts";
import { earlyPair, sendEarly, talkEarly, told } from "../early_data/early_pair.ts";
import { serializedSessions } from "./serialized_sessions.ts";

const DAY = 24 * 3_600_000;
const POLICY = Uint8Array.of(0b10001, 4, 3);

const COMMON = {
  owner: undefined,
  serverName: "server.example",
  keyExchangeGroup: "X25519MLKEM768",
  ticket: Uint8Array.of(1, 2, 3),
  received: 1_900_000_000_123,
  authenticated: 1_900_000_000_122,
  expires: 1_900_000_100_000,
  certificates: [Uint8Array.of(0x30, 0), Uint8Array.of(0x30, 1, 0)],
} as const;

const TLS13: StoredSessionFacts = {
  ...COMMON,
  policy: () => POLICY,
  protocolVersion: "TLSv1.3",
  suite: { id: 0x1302, name: "TLS_AES_256_GCM_SHA384", hash: "SHA-384" },
  psk: new Uint8Array(48).fill(7),
  ageAdd: 0xfffffffe,
  maxEarlyDataSize: 16_384,
  alpnProtocol: "h2",
  ocspResponse: Uint8Array.of(0x30, 3, 10, 1, 6),
  identity: {
    schemes: [0x0403, 0x0804],
    authorities: [Uint8Array.of(0x30, 0)],
    chain: [Uint8Array.of(0x30, 2, 5, 0)],
  },
};

const TLS12: StoredSessionFacts = {
  ...COMMON,
  policy: () => POLICY,
  protocolVersion: "TLSv1.2",
  suite: { id: 0xc02b, name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", hash: "SHA-256" },
  mainSecret: new Uint8Array(48).fill(8),
  sessionId: new Uint8Array(32).fill(9),
};

const GOOD: readonly { readonly name: string; readonly facts: StoredSessionFacts }[] = [
  { name: "TLS 1.3 with all that a session can have", facts: TLS13 },
  { name: "TLS 1.2 with a ticket and an ID", facts: TLS12 },
  { name: "TLS 1.2 with an ID alone", facts: { ...TLS12, ticket: new Uint8Array(0) } },
  { name: "TLS 1.2 with a ticket alone", facts: { ...TLS12, sessionId: new Uint8Array(0) } },
  {
    name: "a client that showed no certificate to a server that named no authorities",
    facts: { ...TLS13, identity: { schemes: [], authorities: [], chain: [] } },
  },
  {
    name: "raw public keys of both ends",
    facts: {
      ...TLS13,
      certificates: [],
      rawPublicKey: Uint8Array.of(0x30, 1, 9),
      identity: {
        schemes: [0x0403],
        authorities: [],
        certificateType: "RawPublicKey",
        chain: [Uint8Array.of(0x30, 1, 8)],
      },
    },
  },
  { name: "a lifetime of seven days", facts: { ...TLS12, expires: COMMON.authenticated + 7 * DAY } },
];

for (const { name, facts } of GOOD) {
  Deno.test(`serialized sessions: ${name}: what goes in comes out`, () => {
    const bytes = serializeSession(facts);
    const read = deserializeSession(bytes);
    assert(read !== undefined);
    assertEquals({ ...read, policy: undefined }, { ...facts, policy: undefined });
    assertEquals(read.policy(), POLICY);
    assertEquals(serializeSession(read), bytes);
  });
}

for (const { name, facts } of GOOD.slice(0, 2)) {
  const bytes = serializeSession(facts);

  Deno.test(`bad input 81: a serialized session (${name}) that is cut short, longer, or there twice is none`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(ClientSession.deserialize(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
    assertEquals(ClientSession.deserialize(Uint8Array.of(...bytes, 0)), undefined);
    assertEquals(ClientSession.deserialize(Uint8Array.of(...bytes, ...bytes)), undefined);
    assertEquals(ClientSession.deserialize(Uint8Array.of(0, ...bytes)), undefined);
  });

  Deno.test(`bad input 81: a serialized session (${name}) with any byte changed is none, or one that is as long`, () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = bytes.map((byte, i) => i === at ? byte ^ flip : byte);
        const read = deserializeSession(changed);
        if (read !== undefined) assertEquals(serializeSession(read), changed, `byte ${at}`);
      }
    }
  });

  Deno.test(`serialized sessions: ${name}: the bytes are copied`, () => {
    const given = bytes.slice();
    const session = ClientSession.deserialize(given);
    given.fill(0);
    assertEquals(session?.serialize(), bytes);
  });
}

const NONE: readonly { readonly name: string; readonly facts: StoredSessionFacts }[] = [
  { name: "no certificate of the server", facts: { ...TLS13, certificates: [] } },
  {
    name: "more certificates than a server may send",
    facts: { ...TLS13, certificates: Array(MAX_PEER_CERTIFICATES + 1).fill(Uint8Array.of(0x30, 0)) },
  },
  { name: "TLS 1.3 without a ticket", facts: { ...TLS13, ticket: new Uint8Array(0) } },
  {
    name: "TLS 1.2 without a ticket and an ID",
    facts: { ...TLS12, ticket: new Uint8Array(0), sessionId: new Uint8Array(0) },
  },
  { name: "an ID of 33 bytes", facts: { ...TLS12, sessionId: new Uint8Array(33) } },
  { name: "a PSK that is shorter than its hash", facts: { ...TLS13, psk: new Uint8Array(32) } },
  { name: "no PSK", facts: { ...TLS13, psk: new Uint8Array(0) } },
  { name: "a main secret of 47 bytes", facts: { ...TLS12, mainSecret: new Uint8Array(47) } },
  { name: "a suite of TLS 1.2 in TLS 1.3", facts: { ...TLS13, suite: TLS12.suite, psk: new Uint8Array(32) } },
  { name: "a suite of TLS 1.3 in TLS 1.2", facts: { ...TLS12, suite: TLS13.suite } },
  { name: "a suite that is not known", facts: { ...TLS13, suite: { ...TLS13.suite, id: 0x1304 } } },
  { name: "no policy", facts: { ...TLS13, policy: () => new Uint8Array(0) } },
  { name: "no server name", facts: { ...TLS13, serverName: "" } },
  { name: "the end before the ticket came", facts: { ...TLS13, expires: COMMON.received } },
  {
    name: "the end 7 days and a bit later",
    facts: { ...TLS13, expires: COMMON.authenticated + 7 * DAY + 1 },
  },
  {
    name: "an end that no date has",
    facts: { ...TLS13, received: 2 ** 60, authenticated: 2 ** 60, expires: 2 ** 60 + 4096 },
  },
  {
    name: "a full handshake after the ticket",
    facts: { ...TLS13, authenticated: COMMON.received + 1 },
  },
];

for (const { name, facts } of NONE) {
  Deno.test(`bad input 81: serialized sessions: ${name}: none`, () => {
    assertEquals(ClientSession.deserialize(serializeSession(facts)), undefined);
  });
}

Deno.test("bad input 81: bytes of another format, and of a server's session, are no session of a client", () => {
  const bytes = serializeSession(TLS13);
  for (const format of [0, 1, 3, 255]) {
    assertEquals(ClientSession.deserialize(bytes.map((byte, i) => i === 0 ? format : byte)), undefined);
  }
  assertEquals(ClientSession.deserialize(new Uint8Array(0)), undefined);
  assertEquals(ClientSession.deserialize(new Uint8Array(100_000).fill(0xff)), undefined);
});

Deno.test("bad input 81: a serialized session with two raw public keys of the server is none", () => {
  const [key] = COMMON.certificates;
  const one = serializeSession({ ...TLS13, certificates: [key] });
  const raw = serializeSession({ ...TLS13, certificates: [], rawPublicKey: key });
  const at = one.findIndex((byte, i) => byte !== raw[i]);
  assertEquals([one[at], raw[at], one.length], [0, 2, raw.length]);
  const two = serializeSession(TLS13);
  assertEquals(ClientSession.deserialize(one.with(at, 2)) !== undefined, true);
  assertEquals(ClientSession.deserialize(two) !== undefined, true);
  assertEquals(ClientSession.deserialize(two.with(at, 2)), undefined);
});

Deno.test("bad input 81: a serialized session of another version than TLS 1.2 and 1.3 is none", () => {
  for (const facts of [TLS12, TLS13]) {
    const bytes = serializeSession(facts);
    const at = 2 + POLICY.length; // behind the format and the policy
    assertEquals([bytes[at], bytes[at + 1]], [3, facts === TLS12 ? 3 : 4]);
    for (
      const [high, low] of [[3, 0], [3, 1], [3, 2], [3, 5], [0, 4], [3, facts === TLS12 ? 4 : 3]] as const
    ) {
      assertEquals(
        ClientSession.deserialize(bytes.with(at, high).with(at + 1, low)),
        undefined,
        `${high} ${low}`,
      );
    }
  }
});

Deno.test("serialized sessions: the hash of a suite is the provider's", () => {
  for (const { id, name, hash } of CRYPTO.cipherSuites) {
    const facts = { ...TLS13, suite: { id, name, hash }, psk: new Uint8Array(HASH_LENGTH[hash]) };
    assertEquals(deserializeSession(serializeSession(facts))?.suite, { id, name, hash });
  }
});

const WAYS = [
  ["TLSv1.3", "a ticket of a store", () => ({ sessions: memoryServerSessions() })],
  ["TLSv1.3", "a sealed ticket", () => ({ ticketer: rotatingTicketer(CRYPTO) })],
  ["TLSv1.2", "a session ID", () => ({ sessions: memoryServerSessions() })],
  ["TLSv1.2", "a sealed ticket", () => ({ ticketer: rotatingTicketer(CRYPTO) })],
] as const;

for (const [version, way, keeper] of WAYS) {
  Deno.test(`serialized sessions: ${version}: a later process resumes by ${way}, and knows the server's certificates`, async () => {
    const sessions = serializedSessions();
    const versions = [version];
    const server = await serverConfig({ versions, ...keeper() });
    const kinds: unknown[] = [];
    for (let processes = 0; processes < 3; processes++) {
      const { client } = await shakeHands(clientConfig({ versions, sessions }), server);
      const { handshakeKind, peerCertificates } = client.connection.facts ?? {};
      kinds.push(handshakeKind);
      assertEquals(peerCertificates?.map(({ dnsNames }) => dnsNames), [["server.example"]]);
      assertEquals(peerCertificates?.[0]?.fingerprint.length, 64);
    }
    assertEquals(kinds, ["full", "resumed", "resumed"]);
  });
}

const OTHERS: readonly { readonly name: string; readonly options: ClientConfigOptions }[] = [
  { name: "that accepts any certificate", options: { roots: undefined, dangerAcceptInvalidCerts: true } },
  { name: "that accepts any name", options: { dangerAcceptInvalidHostnames: true } },
  { name: "with a verifier beside the roots", options: { verifier: () => {} } },
  { name: "with a verifier alone", options: { roots: undefined, verifier: () => {} } },
  { name: "with fewer signature schemes", options: { signatureSchemes: ["ecdsa_secp256r1_sha256"] } },
  { name: "that sends no SNI", options: { enableSni: false } },
] as unknown as readonly { name: string; options: ClientConfigOptions }[]; // `roots: undefined` takes those of `clientConfig` away

for (const { name, options } of OTHERS) {
  for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
    Deno.test(`bad input 55: ${version}: a serialized session is not for a config ${name}, nor the other way round`, async () => {
      assertEquals(await kindOfSecond(version, {}, options), "full");
      assertEquals(await kindOfSecond(version, options, {}), "full");
      assertEquals(await kindOfSecond(version, options, options), "resumed");
    });
  }
}

/** The kind of a handshake of one config with the session of another, through bytes. */
async function kindOfSecond(
  version: EnabledVersionName,
  first: ClientConfigOptions,
  second: ClientConfigOptions,
): Promise<string | undefined> {
  const sessions = serializedSessions();
  const versions = [version];
  const server = await serverConfig({ versions, identity: await identity() });
  await shakeHands(clientConfig({ versions, sessions, ...first }), server);
  const { client } = await shakeHands(clientConfig({ versions, sessions, ...second }), server);
  return client.connection.facts?.handshakeKind;
}

Deno.test("serialized sessions: one sends early data under the suite and for the protocol of its connection", async () => {
  const alpn = { alpnProtocols: ["a"] };
  const ends = await earlyPair({ client: { sessions: serializedSessions(), ...alpn }, server: alpn });
  const { server } = await talkEarly(ends, "early");
  assertEquals([server.error, told(server).early], [undefined, "early"]);
  const other = { client: { sessions: serializedSessions(), alpnProtocols: ["b", "a"] }, server: alpn };
  const [client] = await earlyPair({ ...other, alpnProtocols: ["b"] });
  assertEquals(await sendEarly(client, "early"), 0, "the protocol is not on offer any more");
});
