/**
 * Tickets and sessions on the client's side: what is kept, what is offered, what a server may make of it.
 */

import { assert, assertEquals } from "@std/assert";
import {
  type ClientSession,
  type ClientSessionStore,
  makeSession,
  memorySessions,
} from "../../../../tls/session/session.ts";
import { hintedGroup, rememberGroup } from "../../../../tls/handshake/client/group_hints.ts";
import {
  MAX_GROUP_HINTS,
  MAX_TICKET_BYTES,
  MAX_TICKETS_PER_CONNECTION,
  MAX_UNUSABLE_SESSIONS,
} from "../../../../tls/limits.ts";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import type { HandshakeResult } from "../../../../tls/handshake/handshake_result.ts";
import { ReceivedTickets } from "../../../../tls/handshake/client/new_session_ticket.ts";
import { resumptionPsk } from "../../../../tls/schedule/traffic_keys.ts";
import { run } from "../../../../io/script.ts";
import type { NewSessionTicket } from "../../../../tls/wire/messages.ts";
import { ExtensionType, HandshakeType, SignatureScheme } from "../../../../tls/wire/numbers.ts";
import { parseServerName } from "../../../../tls/names/server_name.ts";
import { clientContext, play, type Played, PROVIDER, refusalOf, suiteOf, valueOf } from "./client_support.ts";
import { type Deviations, retryFor, type ServerSetup } from "./scripted_server_handshake.ts";

const SUITE = suiteOf("TLS_AES_128_GCM_SHA256");
const NONCE = Uint8Array.of(7);
const HOUR = 3600;

function ticket(changes: Partial<NewSessionTicket> = {}): NewSessionTicket {
  return {
    type: "new_session_ticket",
    lifetime: HOUR,
    ageAdd: 0xffffff00,
    nonce: NONCE,
    ticket: Uint8Array.of(1, 2, 3, 4),
    ...changes,
  };
}

interface Client {
  readonly context: ClientContext;
  readonly sessions: ClientSessionStore;
  /** Moves the clock, in milliseconds. */
  pass(time: number): void;
  /** What goes with the ticket of {@linkcode withTicket}. */
  psk: Uint8Array;
}

/** A client that has shaken hands once, with a keeper for that connection's tickets. */
async function acquainted(): Promise<
  Client & { readonly keeper: ReceivedTickets; readonly established: HandshakeResult }
> {
  const sessions = memorySessions();
  let time = Date.UTC(2026, 0, 1);
  const context = clientContext({ sessions, now: () => new Date(time) });
  const established = valueOf((await play({}, context)).client);
  return {
    context,
    sessions,
    established,
    pass: (more): void => void (time += more),
    psk: await run(
      resumptionPsk(PROVIDER, SUITE.hash, established.secrets?.resumption ?? new Uint8Array(0), NONCE),
    ),
    keeper: new ReceivedTickets(context, established),
  };
}

/** A client that has a ticket. */
async function withTicket(changes: Partial<NewSessionTicket> = {}): Promise<Client> {
  const client = await acquainted();
  assertEquals(await run(client.keeper.receiveNewSessionTicket(ticket(changes))), true);
  return client;
}

function resume(
  { context, psk }: Client,
  deviations: Deviations = {},
  setup: Partial<ServerSetup> = {},
): Promise<Played> {
  return play({ psk, ...deviations }, context, setup);
}

Deno.test("resumption: the server resumes the session", async () => {
  const client = await withTicket();
  const { client: outcome, server, channel } = await resume(client);
  const established = valueOf(outcome);
  assertEquals(established.facts.handshakeKind, "resumed");
  assertEquals(established.facts.peerCertificates.map(({ dnsNames }) => dnsNames), [["server.example"]]);
  assertEquals(valueOf(server).clientFinishedValid, true);
  assertEquals(channel.sent, [HandshakeType.client_hello, "ccs", HandshakeType.finished]);
});

Deno.test("resumption: the server declines with a full handshake", async () => {
  const { context } = await withTicket();
  const { client, server } = await play({}, context);
  assertEquals(valueOf(client).facts.handshakeKind, "full");
  assert(valueOf(server).hellos[0]?.extensions.preSharedKey !== undefined);
});

Deno.test("resumption: what the ClientHello offers", async () => {
  const client = await withTicket();
  client.pass(1_000);
  const { server } = await resume(client);
  const [hello] = valueOf(server).hellos;
  assertEquals(hello?.extensions.pskKeyExchangeModes, [1]);
  assertEquals(hello?.extensionOrder.at(-1), ExtensionType.pre_shared_key);
  const offered = hello?.extensions.preSharedKey;
  // 1000 ms + 0xffffff00, modulo 2^32
  assertEquals(offered?.identities, [{ identity: Uint8Array.of(1, 2, 3, 4), obfuscatedTicketAge: 744 }]);
  assertEquals(offered?.binders.map(({ length }) => length), [32]);
});

Deno.test("resumption: a HelloRetryRequest in between, with another binder", async () => {
  const client = await withTicket();
  const { client: outcome, server } = await resume(client, { retries: [retryFor("secp384r1", SUITE)] });
  assertEquals(valueOf(outcome).facts.handshakeKind, "resumed_with_hello_retry_request");
  const [first, second] = valueOf(server).hellos.map(({ extensions }) => extensions.preSharedKey);
  assertEquals(first?.identities, second?.identities);
  assert(`${first?.binders}` !== `${second?.binders}`);
});

Deno.test("resumption: a HelloRetryRequest for a suite of another hash ends the offer", async () => {
  const client = await withTicket();
  const suite = suiteOf("TLS_AES_256_GCM_SHA384");
  const { client: outcome, server } = await resume(client, { retries: [retryFor("secp384r1", suite)] }, {
    suite,
  });
  assertEquals(valueOf(outcome).facts.handshakeKind, "full_with_hello_retry_request");
  const offers = valueOf(server).hellos.map(({ extensions }) => extensions.preSharedKey !== undefined);
  assertEquals(offers, [true, false]);
});

Deno.test("resumption: another cipher suite of the same hash is accepted", async () => {
  const client = await withTicket();
  const suite = suiteOf("TLS_CHACHA20_POLY1305_SHA256");
  const { client: outcome } = await resume(client, {}, { suite });
  assertEquals(valueOf(outcome).facts.handshakeKind, "resumed");
  assertEquals(valueOf(outcome).suite.name, suite.name);
});

Deno.test("bad input 27: a server that chooses the second of one session is refused", async () => {
  const client = await withTicket();
  const { client: outcome } = await resume(client, {
    serverHello: (honest) => ({ ...honest, preSharedKey: 1 }),
  });
  refusalOf(outcome, "unoffered_psk");
});

Deno.test("resumption: a server that resumes with a suite of another hash is refused", async () => {
  const client = await withTicket();
  const { id } = suiteOf("TLS_AES_256_GCM_SHA384");
  const { client: outcome } = await resume(client, {
    serverHello: (honest) => ({ ...honest, cipherSuite: id }),
  });
  refusalOf(outcome, "illegal_parameter");
});

Deno.test("resumption: a server that resumes without a key exchange is refused", async () => {
  const client = await withTicket();
  const { client: outcome } = await resume(client, {
    serverHello: ({ keyShare: _, ...honest }) => ({
      ...honest,
      extensionOrder: [ExtensionType.supported_versions, ExtensionType.pre_shared_key],
    }),
  });
  refusalOf(outcome, "missing_extension");
});

Deno.test("resumption: a server that resumes and asks for a certificate is refused", async () => {
  const client = await withTicket();
  const { client: outcome } = await resume(client, {
    certificateRequest: {
      type: "certificate_request",
      context: new Uint8Array(0),
      signatureAlgorithms: [SignatureScheme.ed25519],
      extensionOrder: [ExtensionType.signature_algorithms],
    },
  });
  refusalOf(outcome, "unexpected_message");
});

Deno.test("tickets: one with a lifetime of 0 is dropped", async () => {
  const { keeper, sessions } = await acquainted();
  assertEquals(await run(keeper.receiveNewSessionTicket(ticket({ lifetime: 0 }))), false);
  assertEquals(sessions.take("server.example"), undefined);
});

Deno.test("tickets: none is used for longer than it lives, nor for longer than 7 days", async () => {
  const day = 24 * HOUR;
  for (const [lifetime, seconds] of [[HOUR, HOUR], [30 * day, 7 * day], [0xffffffff, 7 * day]] as const) {
    for (const [late, kind] of [[-1, "resumed"], [0, "full"]] as const) {
      const client = await withTicket({ lifetime });
      client.pass(seconds * 1000 + late);
      assertEquals(valueOf((await resume(client)).client).facts.handshakeKind, kind, `${lifetime} ${late}`);
    }
  }
});

Deno.test("tickets: a chain of resumptions ends 7 days after the server showed its certificate", async () => {
  const day = 24 * HOUR * 1000;
  const client = await withTicket({ lifetime: 7 * 24 * HOUR });
  client.pass(6 * day);
  const resumed = valueOf((await resume(client)).client);
  assertEquals(resumed.facts.handshakeKind, "resumed");
  const keeper = new ReceivedTickets(client.context, resumed);
  assertEquals(await run(keeper.receiveNewSessionTicket(ticket({ lifetime: 7 * 24 * HOUR }))), true);
  client.pass(day);
  assertEquals(valueOf((await resume(client)).client).facts.handshakeKind, "full");
  assertEquals(
    await run(keeper.receiveNewSessionTicket(ticket())),
    false,
    "a ticket of the resumed connection that comes too late",
  );
});

Deno.test("tickets: one that comes late lives no longer than 7 days from the handshake on", async () => {
  const day = 24 * HOUR * 1000;
  const { context, established, keeper, sessions, pass } = await acquainted();
  const begun = context.now().getTime();
  assertEquals(established.authenticated, begun);
  pass(day);
  assertEquals(await run(keeper.receiveNewSessionTicket(ticket({ lifetime: 7 * 24 * HOUR }))), true);
  assertEquals((await sessions.take("server.example"))?.expires, new Date(begun + 7 * day));
});

Deno.test("tickets: none is used when the server's certificate has expired", async () => {
  const { context, established, sessions } = await acquainted();
  const notAfter = established.facts.peerCertificates[0]?.notAfter.getTime() ?? 0;
  const keepAt = (time: number) =>
    run(
      new ReceivedTickets({ ...context, now: () => new Date(time) }, { ...established, authenticated: time })
        .receiveNewSessionTicket(ticket()),
    );
  assertEquals(await keepAt(notAfter), false);
  assertEquals(await keepAt(notAfter - 1_000), true);
  assertEquals((await sessions.take("server.example"))?.expires, new Date(notAfter));
});

const BROKEN: readonly { readonly how: string; readonly fail: () => never }[] = [
  {
    how: "throws",
    fail: () => {
      throw new Error("the store is broken");
    },
  },
  // Not what its type allows; unheeded, it would end the process.
  { how: "rejects", fail: () => Promise.reject(new Error("the store is broken")) as never },
];

for (const { how, fail } of BROKEN) {
  Deno.test(`sessions: a store that ${how} costs the resumption, not the connection`, async () => {
    const client = await acquainted();
    const context = { ...client.context, sessions: { take: fail, put: fail } };
    const { client: outcome } = await play({}, context);
    const established = valueOf(outcome);
    assertEquals(established.facts.handshakeKind, "full");
    assertEquals(
      await run(new ReceivedTickets(context, established).receiveNewSessionTicket(ticket())),
      true,
    );
  });
}

Deno.test("sessions: one that a store gives for another server is not offered", async () => {
  const client = await withTicket();
  const mixed: ClientSessionStore = { take: () => client.sessions.take("server.example"), put: () => {} };
  const context = { ...client.context, sessions: mixed, serverName: parseServerName("other.example") };
  const { server } = await play({}, context);
  assertEquals(valueOf(server).hellos[0]?.extensions.preSharedKey, undefined);
  assertEquals(client.sessions.take("server.example"), undefined, "it was asked for");
});

Deno.test(`tickets: ${MAX_TICKETS_PER_CONNECTION} of a connection are kept, further ones are ignored`, async () => {
  const { keeper } = await acquainted();
  const kept: boolean[] = [];
  for (let i = 0; i < MAX_TICKETS_PER_CONNECTION + 2; i++) {
    kept.push(await run(keeper.receiveNewSessionTicket(ticket())));
  }
  assertEquals(kept, [...Array.from({ length: MAX_TICKETS_PER_CONNECTION }, () => true), false, false]);
});

Deno.test(`tickets: one of ${MAX_TICKET_BYTES} bytes is kept, a longer one is not`, async () => {
  const client = await acquainted();
  const longest = new Uint8Array(MAX_TICKET_BYTES);
  assertEquals(
    await run(
      client.keeper.receiveNewSessionTicket(ticket({ ticket: new Uint8Array(MAX_TICKET_BYTES + 1) })),
    ),
    false,
  );
  assertEquals(await run(client.keeper.receiveNewSessionTicket(ticket({ ticket: longest }))), true);
  assertEquals(valueOf((await resume(client)).client).facts.handshakeKind, "resumed");
});

Deno.test("tickets: a session is no view of the message", async () => {
  const client = await acquainted();
  const identity = Uint8Array.of(1, 2, 3, 4);
  await run(client.keeper.receiveNewSessionTicket(ticket({ ticket: identity })));
  identity.fill(0);
  const { server } = await resume(client);
  const offered = valueOf(server).hellos[0]?.extensions.preSharedKey?.identities[0]?.identity;
  assertEquals(offered, Uint8Array.of(1, 2, 3, 4));
});

Deno.test("tickets: a client without a session store keeps none and sends no psk_key_exchange_modes", async () => {
  const context = clientContext();
  const { client, server } = await play({}, context);
  assertEquals(
    await run(new ReceivedTickets(context, valueOf(client)).receiveNewSessionTicket(ticket())),
    false,
  );
  assertEquals(valueOf(server).hellos[0]?.extensions.pskKeyExchangeModes, undefined);
});

Deno.test(`sessions: a store is asked ${MAX_UNUSABLE_SESSIONS} times for a usable session`, async () => {
  let asked = 0;
  const { context, established } = await acquainted();
  const useless = makeSession({
    protocolVersion: "TLSv1.3",
    owner: {},
    policy: () => NONCE,
    serverName: "server.example",
    suite: SUITE,
    ticket: NONCE,
    psk: NONCE,
    keyExchangeGroup: "x25519",
    ageAdd: 0,
    received: 0,
    authenticated: 0,
    expires: Infinity,
    peerCertificates: established.facts.peerCertificates,
  });
  const sessions: ClientSessionStore = {
    take(): ClientSession {
      asked++;
      return useless;
    },
    put: () => {},
  };
  const { client } = await play({}, { ...context, sessions });
  assertEquals(valueOf(client).facts.handshakeKind, "full");
  assertEquals(asked, MAX_UNUSABLE_SESSIONS);
});

Deno.test("sessions: a store that has none is asked once", async () => {
  let asked = 0;
  const sessions: ClientSessionStore = {
    take: (): undefined => void asked++,
    put: () => {},
  };
  await play({}, clientContext({ sessions }));
  assertEquals(asked, 1);
});

Deno.test(`group hints: ${MAX_GROUP_HINTS} servers are remembered, the oldest is forgotten first`, () => {
  const owner = {};
  for (let i = 0; i <= MAX_GROUP_HINTS; i++) rememberGroup(owner, `${i}.example`, "secp384r1");
  assertEquals(hintedGroup(owner, "0.example"), undefined);
  assertEquals(hintedGroup(owner, "1.example"), "secp384r1");
  assertEquals(hintedGroup(owner, `${MAX_GROUP_HINTS}.example`), "secp384r1");
  assertEquals(hintedGroup({}, "1.example"), undefined);
});

Deno.test("group hints: a server that asks again is the newest", () => {
  const owner = {};
  for (let i = 0; i < MAX_GROUP_HINTS; i++) rememberGroup(owner, `${i}.example`, "secp384r1");
  rememberGroup(owner, "0.example", "secp521r1");
  rememberGroup(owner, "more.example", "secp384r1");
  assertEquals(hintedGroup(owner, "0.example"), "secp521r1");
  assertEquals(hintedGroup(owner, "1.example"), undefined);
});
