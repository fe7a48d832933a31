/** A server that has a ticketer and a store: which of them a client meets, in both versions. */

import { assertEquals } from "@std/assert";
import type { EnabledVersionName } from "../../../tls/config/common_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import { rotatingTicketer, type Ticketer } from "../../../tls/session/ticketer.ts";
import { clientConfig, CRYPTO, serverConfig, shakeHands } from "../tls12/pair.ts";

interface Watched {
  readonly store: ServerSessionStore;
  readonly ticketer: Ticketer;
  /** The calls, in their order. */
  readonly calls: string[];
}

function watched(): Watched {
  const calls: string[] = [];
  const memory = memoryServerSessions();
  const rotating = rotatingTicketer(CRYPTO);
  return {
    calls,
    store: {
      take: (id) => (calls.push("take"), memory.take(id)),
      put: (id, session, expires) => (calls.push("put"), memory.put(id, session, expires)),
    },
    ticketer: {
      lifetime: rotating.lifetime,
      open: (ticket, now) => (calls.push("open"), rotating.open(ticket, now)),
      seal: (session, now) => (calls.push("seal"), rotating.seal(session, now)),
    },
  };
}

type Parts = (watched: Watched) => Partial<ServerConfigOptions>;
const STORE: Parts = ({ store }) => ({ sessions: store });
const TICKETER: Parts = ({ ticketer }) => ({ ticketer });
const BOTH: Parts = ({ store, ticketer }) => ({ sessions: store, ticketer });

interface Row {
  readonly name: string;
  readonly version: EnabledVersionName;
  /** What the server has, connection by connection. */
  readonly servers: readonly Parts[];
  readonly kinds: readonly string[];
  readonly calls: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: "TLS 1.3: tickets are sealed, and nothing is stored",
    version: "TLSv1.3",
    servers: [BOTH, BOTH],
    kinds: ["full", "resumed"],
    calls: ["seal", "seal", "open", "seal", "seal"],
  },
  {
    name: "TLS 1.3: a ticket from before the ticketer is found in the store",
    version: "TLSv1.3",
    servers: [STORE, BOTH, BOTH],
    kinds: ["full", "resumed", "resumed"],
    calls: ["put", "put", "open", "take", "seal", "seal", "open", "seal", "seal"],
  },
  {
    name: "TLS 1.3: a sealed ticket means nothing to a store alone",
    version: "TLSv1.3",
    servers: [TICKETER, STORE],
    kinds: ["full", "full"],
    calls: ["seal", "seal", "put", "put"],
  },
  {
    name: "TLS 1.2: a client that takes tickets gets one, and nothing is stored",
    version: "TLSv1.2",
    servers: [BOTH, BOTH, BOTH],
    kinds: ["full", "resumed", "resumed"],
    calls: ["seal", "open", "open"],
  },
  {
    name: "TLS 1.2: a session from before the ticketer is found in the store, by its ID, and goes back",
    version: "TLSv1.2",
    servers: [STORE, BOTH, BOTH],
    kinds: ["full", "resumed", "resumed"],
    calls: ["put", "take", "put", "take", "put"],
  },
  {
    name: "TLS 1.2: a ticket that is not known keeps the store from being asked",
    version: "TLSv1.2",
    servers: [TICKETER, STORE],
    kinds: ["full", "full"],
    calls: ["seal", "put"],
  },
  {
    name: "without both nothing is resumed",
    version: "TLSv1.3",
    servers: [() => ({ sessions: false }), () => ({ sessions: false })],
    kinds: ["full", "full"],
    calls: [],
  },
];

for (const { name, version, servers, kinds, calls } of ROWS) {
  Deno.test(`a ticketer beside a store: ${name}`, async () => {
    const parts = watched();
    const client = clientConfig({ versions: [version] });
    const seen: (string | undefined)[] = [];
    for (const server of servers) {
      const ends = await shakeHands(client, await serverConfig({ versions: [version], ...server(parts) }));
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      seen.push(ends.client.connection.facts?.handshakeKind);
    }
    assertEquals<readonly unknown[]>(seen, kinds);
    assertEquals(parts.calls, calls);
  });
}

Deno.test("a ticketer beside a store: the ID beside a ticket is not stored under", async () => {
  const names: string[] = [];
  const { ticketer, store } = watched();
  const sessions: ServerSessionStore = {
    ...store,
    put: (id, session, expires) => (names.push(id), store.put(id, session, expires)),
  };
  const client = clientConfig();
  const server = await serverConfig({ sessions, ticketer });
  for (const kind of ["full", "resumed", "resumed"]) {
    assertEquals((await shakeHands(client, server)).client.connection.facts?.handshakeKind, kind);
  }
  assertEquals(names, [], "the client chooses that ID, and could choose another's");
});
