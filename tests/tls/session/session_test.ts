/** The client's store of sessions in memory, and which sessions are usable for a connection. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CipherSuite } from "../../../tls/crypto/provider.ts";
import { tls12SuitesOf } from "../../../tls/crypto/tls12_suites.ts";
import { makeSession, memorySessions, usableFacts } from "../../../tls/session/session.ts";
import type { Tls13SessionFacts } from "../../../tls/session/session_facts.ts";

const SUITES = nodeCrypto().cipherSuites;
const OWNER = {};
const POLICY = Uint8Array.of(1, 2);

function suite(name: CipherSuite["name"]): CipherSuite {
  const found = SUITES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function facts(changes: Partial<Tls13SessionFacts> = {}): Tls13SessionFacts {
  return {
    protocolVersion: "TLSv1.3",
    owner: OWNER,
    policy: () => POLICY,
    serverName: "a.example",
    suite: suite("TLS_AES_128_GCM_SHA256"),
    ticket: Uint8Array.of(1, 2, 3),
    psk: new Uint8Array(32).fill(0xab),
    keyExchangeGroup: "x25519",
    ageAdd: 7,
    received: 1_000,
    authenticated: 1_000,
    expires: 2_000,
    peerCertificates: [],
    ...changes,
  };
}

Deno.test("memorySessions: a session is given once, the newest first, under its own name only", () => {
  const store = memorySessions();
  const [first, second] = [makeSession(facts()), makeSession(facts())];
  store.put("a.example", first);
  store.put("a.example", second);
  assertStrictEquals(store.take("b.example"), undefined);
  assertStrictEquals(store.take("a.example"), second);
  assertStrictEquals(store.take("a.example"), first);
  assertStrictEquals(store.take("a.example"), undefined);
});

Deno.test("memorySessions: keeps 8 sessions of a server, the newest", () => {
  const store = memorySessions();
  const sessions = Array.from({ length: 10 }, () => makeSession(facts()));
  for (const session of sessions) store.put("a.example", session);
  const taken = Array.from({ length: 9 }, () => store.take("a.example"));
  assertEquals(taken.findIndex((session) => session === undefined), 8);
  for (const [index, session] of taken.slice(0, 8).entries()) {
    assertStrictEquals(session, sessions[9 - index]);
  }
});

Deno.test("memorySessions: drops the sessions of the server whose last one is the oldest", () => {
  const store = memorySessions(16); // two servers
  for (const name of ["a", "b", "a", "c"]) store.put(name, makeSession(facts()));
  assertEquals(["a", "b", "c"].map((name) => store.take(name) !== undefined), [true, false, true]);
});

Deno.test("memorySessions: a server whose sessions were all taken makes room", () => {
  const store = memorySessions(16); // two servers
  for (const name of ["a", "b"]) store.put(name, makeSession(facts()));
  store.take("b");
  store.put("c", makeSession(facts()));
  assertEquals(["a", "c"].map((name) => store.take(name) !== undefined), [true, true]);
});

Deno.test("memorySessions: a limit of one keeps one", () => {
  const store = memorySessions(1);
  for (const name of ["a", "b", "b"]) store.put(name, makeSession(facts()));
  assertEquals([store.take("a"), store.take("b") === undefined, store.take("b")], [
    undefined,
    false,
    undefined,
  ]);
});

Deno.test("memorySessions: refuses a limit that is no positive integer", () => {
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => memorySessions(limit), RangeError, "limit must be a positive integer");
  }
});

const ROWS: readonly { readonly name: string; readonly session: unknown; readonly usable: boolean }[] = [
  { name: "one that fits is usable", session: makeSession(facts()), usable: true },
  { name: "one of another config is not", session: makeSession(facts({ owner: {} })), usable: false },
  {
    name: "one with another server is not, whatever name the store has it under",
    session: makeSession(facts({ serverName: "b.example" })),
    usable: false,
  },
  {
    name: "one that has expired is not",
    session: makeSession(facts({ expires: 1_500 })),
    usable: false,
  },
  {
    name: "one that has a millisecond left is usable",
    session: makeSession(facts({ expires: 1_501 })),
    usable: true,
  },
  {
    name: "one from the future is not",
    session: makeSession(facts({ received: 1_501 })),
    usable: false,
  },
  {
    name: "one whose full handshake is in the future is not",
    session: makeSession(facts({ authenticated: 1_501 })),
    usable: false,
  },
  {
    name: "one of this moment is usable",
    session: makeSession(facts({ received: 1_500, authenticated: 1_500 })),
    usable: true,
  },
  {
    name: "one of a hash that is not on offer is not",
    session: makeSession(facts({ suite: suite("TLS_AES_256_GCM_SHA384") })),
    usable: false,
  },
  {
    name: "one of another suite with the same hash is usable",
    session: makeSession(facts({ suite: suite("TLS_CHACHA20_POLY1305_SHA256") })),
    usable: true,
  },
  {
    name: "an object that is no ClientSession is not",
    session: { cipherSuite: "TLS_AES_128_GCM_SHA256" },
    usable: false,
  },
  {
    name: "one that was deserialized, and has the policy of the config, is usable",
    session: makeSession(facts({ owner: undefined, policy: () => POLICY.slice() })),
    usable: true,
  },
  {
    name: "one that was deserialized, and has another policy, is not",
    session: makeSession(facts({ owner: undefined, policy: () => Uint8Array.of(1) })),
    usable: false,
  },
  {
    name: "one of another config with the same policy is not, unless it was deserialized",
    session: makeSession(facts({ owner: {} })),
    usable: false,
  },
  { name: "nothing is not", session: null, usable: false },
];

for (const { name, session, usable } of ROWS) {
  Deno.test(`usableFacts: ${name}`, () => {
    const by = { owner: OWNER, policy: () => POLICY, serverName: "a.example" };
    assertEquals(usableFacts(session, by, [suite("TLS_AES_128_GCM_SHA256")], 1_500) !== undefined, usable);
  });
}

Deno.test("usableFacts: a session of TLS 1.2 is usable where its own suite is on offer, and no other", () => {
  const by = { owner: OWNER, policy: () => POLICY, serverName: "a.example" };
  const suites = tls12SuitesOf(SUITES);
  const [own, ...others] = suites;
  assert(own !== undefined && others.some(({ hash }) => hash === own.hash));
  const { psk: _, ageAdd: __, ...common } = facts();
  const session = makeSession({
    ...common,
    protocolVersion: "TLSv1.2",
    suite: own,
    mainSecret: new Uint8Array(48),
    sessionId: new Uint8Array(32),
  });
  for (
    const [offered, usable] of [[[own], true], [suites, true], [others, false], [SUITES, false]] as const
  ) {
    assertEquals(usableFacts(session, by, offered, 1_500) !== undefined, usable);
  }
});

Deno.test("ClientSession: shows its suite and when it expires, and nothing of its secrets", () => {
  const session = makeSession(facts());
  assertEquals(session.cipherSuite, "TLS_AES_128_GCM_SHA256");
  assertEquals(session.expires, new Date(2_000));
  assertEquals(Deno.inspect(session), "ClientSession {}");
  assertEquals(JSON.stringify(session), "{}");
});
