/** How long a session of TLS 1.2 lives on either side, and which are not kept at all. */

import { assert, assertEquals } from "@std/assert";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { keepTls12Session, type Tls12Resumable } from "../../../tls/handshake/client/tls12_session.ts";
import { run } from "../../../io/script.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { storeTls12Session } from "../../../tls/handshake/server/tls12_session.ts";
import { DEFAULT_SESSION_LIFETIME_SECONDS, MAX_TICKET_BYTES } from "../../../tls/limits.ts";
import { deserializeSession } from "../../../tls/session/serialized_session.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import { type ClientSession, memorySessions } from "../../../tls/session/session.ts";
import { rotatingTicketer, type Ticketer } from "../../../tls/session/ticketer.ts";
import { clientContext } from "../handshake/client/client_support.ts";
import { serializedSessions } from "../session/serialized_sessions.ts";
import { clientConfig, CRYPTO, serverConfig, shakeHands } from "./pair.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.now();

/** The content of a real session, without the server's certificates, which would end it too. */
async function resumable(): Promise<Tls12Resumable> {
  const sessions = serializedSessions();
  await shakeHands(clientConfig({ sessions }), await serverConfig());
  const session = await sessions.take("server.example");
  const facts = session && deserializeSession(session.serialize());
  assert(facts?.protocolVersion === "TLSv1.2");
  const { suite, keyExchangeGroup, mainSecret, sessionId } = facts;
  return {
    protocolVersion: "TLSv1.2",
    suite,
    keyExchangeGroup,
    mainSecret,
    sessionId,
    ticket: new Uint8Array(0),
    authenticated: START,
    peerCertificates: [],
    extendedMainSecret: true,
    newTicket: undefined,
  };
}

function ticket(lifetimeHint: number, bytes = 100): Pick<Tls12Resumable, "newTicket"> {
  const type = "tls12_new_session_ticket";
  return { newTicket: { type, lifetimeHint, ticket: new Uint8Array(bytes).fill(1) } };
}

const NO_ID = { sessionId: new Uint8Array(0) };

const KEPT: readonly {
  readonly name: string;
  readonly changes: Partial<Tls12Resumable>;
  /** For how long the session is kept from the start on; `undefined`: it is not. */
  readonly lives: number | undefined;
}[] = [
  { name: "by an ID: seven days", changes: {}, lives: 7 * DAY },
  { name: "by a ticket: as long as the server says", changes: ticket(3600), lives: HOUR },
  { name: "by a ticket: at most seven days", changes: ticket(0xffffffff), lives: 7 * DAY },
  {
    name: "by a ticket whose lifetime the server does not say: seven days",
    changes: ticket(0),
    lives: 7 * DAY,
  },
  {
    name: "never longer than seven days after the full handshake",
    changes: { ...ticket(0), authenticated: START - 6 * DAY },
    lives: DAY,
  },
  { name: "not beyond that", changes: { ...ticket(0), authenticated: START - 7 * DAY }, lives: undefined },
  {
    name: "resumed, and without a new ticket: as long as before",
    changes: { expires: START + HOUR },
    lives: HOUR,
  },
  {
    name: "resumed, and with a new ticket: as long as that",
    changes: { ...ticket(7200), expires: START + HOUR },
    lives: 2 * HOUR,
  },
  { name: "an empty ticket beside an ID: the ID counts", changes: ticket(3600, 0), lives: HOUR },
  {
    name: "an empty ticket and no ID: not kept",
    changes: { ...ticket(3600, 0), ...NO_ID },
    lives: undefined,
  },
  { name: "neither ticket nor ID: not kept", changes: NO_ID, lives: undefined },
  { name: "the longest ticket", changes: ticket(3600, MAX_TICKET_BYTES), lives: HOUR },
  {
    name: "a ticket that is too long: not kept",
    changes: ticket(3600, MAX_TICKET_BYTES + 1),
    lives: undefined,
  },
  {
    name: "without the extended main secret: not kept",
    changes: { ...ticket(3600), extendedMainSecret: false },
    lives: undefined,
  },
];

for (const { name, changes, lives } of KEPT) {
  Deno.test(`a client's session of TLS 1.2: ${name}`, async () => {
    const sessions = memorySessions();
    const context = clientContext({ sessions, now: () => new Date(START) });
    keepTls12Session(context, { ...await resumable(), ...changes });
    const kept: ClientSession | undefined = await sessions.take("server.example");
    assertEquals(kept?.expires.getTime(), lives && START + lives);
  });
}

function ticketerWith(changes: Partial<Ticketer>): Ticketer {
  const rotating = rotatingTicketer(CRYPTO);
  const timeless: Ticketer = {
    lifetime: 3600,
    seal: (session) => rotating.seal(session, new Date(START)),
    open: (ticket) => rotating.open(ticket, new Date(START)),
  };
  return { ...timeless, ...changes };
}

const SERVERS: readonly {
  readonly name: string;
  readonly first: Partial<ServerConfigOptions>;
  readonly second?: Partial<ServerConfigOptions>;
  /** Time between the two. */
  readonly later?: number;
  readonly kind: "full" | "resumed";
}[] = [
  { name: "a day less a minute, in a store", first: {}, later: DAY - 60_000, kind: "resumed" },
  { name: "a day, in a store", first: {}, later: DAY, kind: "full" },
  {
    name: "the lifetime of a ticketer, less a second",
    first: { ticketer: ticketerWith({}) },
    later: HOUR - 1_000,
    kind: "resumed",
  },
  { name: "the lifetime of a ticketer", first: { ticketer: ticketerWith({}) }, later: HOUR, kind: "full" },
  {
    name: "seven days of a ticketer that knows no end",
    first: { ticketer: ticketerWith({ lifetime: Infinity }) },
    later: 7 * DAY,
    kind: "full",
  },
  {
    name: "less, of a ticketer that knows no end",
    first: { ticketer: ticketerWith({ lifetime: Infinity }) },
    later: 6 * DAY,
    kind: "resumed",
  },
  {
    name: "a ticketer whose lifetime is no number",
    first: { ticketer: ticketerWith({ lifetime: NaN }) },
    kind: "full",
  },
  {
    name: "a ticketer whose lifetime is over",
    first: { ticketer: ticketerWith({ lifetime: -1 }) },
    kind: "full",
  },
  {
    name: "a ticketer whose tickets do not fit into a ClientHello",
    first: { ticketer: ticketerWith({ seal: () => new Uint8Array(32_769) }) },
    kind: "full",
  },
  {
    name: "a suite that the server has no more",
    first: { cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"] },
    second: { cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] },
    kind: "full",
  },
  {
    name: "a change of the server, which asks clients for a certificate that they may have",
    first: {},
    second: { clientAuth: { verifier: () => {}, optional: true } },
    kind: "resumed",
  },
];

for (const { name, first, second, later = 0, kind } of SERVERS) {
  Deno.test(`a server's session of TLS 1.2 is ${kind} after ${name}`, async () => {
    const shared = first.ticketer === undefined ? { sessions: memoryServerSessions() } : {};
    let time = START;
    const now = () => new Date(time);
    const client = clientConfig({ now: () => new Date(START) }); // its own clock ends no session
    const one = await serverConfig({ ...shared, ...first, now });
    const other = await serverConfig({ ...shared, ...first, ...second, now });
    assertEquals((await shakeHands(client, one)).client.connection.facts?.handshakeKind, "full");
    time += later;
    const { client: { failure, connection } } = await shakeHands(client, other);
    assertEquals([failure, connection.facts?.handshakeKind], [undefined, kind]);
  });
}

Deno.test("a server stores no session of TLS 1.2 whose lifetime has ended by then", async () => {
  const lifetime = DEFAULT_SESSION_LIFETIME_SECONDS * 1000;
  for (const [age, stored] of [[0, 1], [lifetime - 1, 1], [lifetime, 0], [lifetime + 1, 0]] as const) {
    const expiries: Date[] = [];
    const sessions: ServerSessionStore = {
      put: (_id, _session, expires) => void expiries.push(expires),
      take: () => undefined,
    };
    const context = contextOfConfig(await serverConfig({ sessions, now: () => new Date(START) }));
    const authenticated = START - age;
    await run(storeTls12Session(context, new Uint8Array(32), {
      suite: 0xc02b,
      group: "x25519",
      mainSecret: new Uint8Array(48),
      authenticated,
      identity: new Uint8Array(32),
      clientChain: [],
    }));
    assertEquals(expiries.map(Number), Array(stored).fill(authenticated + lifetime), `${age} ms`);
  }
});
