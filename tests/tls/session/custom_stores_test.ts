/**
 * Stores and ticketers of the application, both versions and both roles: those that answer later resume like those in
 * memory, and those that fail, or answer with something else, cost the resumption and never the connection.
 */

import { assertEquals, assertRejects } from "@std/assert";
import type { EnabledVersionName } from "../../../tls/config/common_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import { type ClientSessionStore, memorySessions } from "../../../tls/session/session.ts";
import { rotatingTicketer, type Ticketer } from "../../../tls/session/ticketer.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { acceptor, connector, decode, encode, hangUp, readBytes, streamPair } from "../tls_pair.ts";
import { clientConfig, CRYPTO, serverConfig, shakeHands } from "../tls12/pair.ts";

/** What becomes of an answer on its way to the handshake; `answer` calls the store in memory. */
interface Manner {
  readonly name: string;
  // deno-lint-ignore no-explicit-any -- what a program without types can hand over
  readonly bend: (answer: () => any) => any;
  /** Whether the second connection resumes. */
  readonly resumes: boolean;
}

const MANNERS: readonly Manner[] = [
  { name: "at once", bend: (answer) => answer(), resumes: true },
  { name: "by a promise", bend: async (answer) => await answer(), resumes: true },
  {
    name: "by a promise that takes its time",
    async bend(answer) {
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
      return answer();
    },
    resumes: true,
  },
  {
    name: "by a thenable that begins when it is waited for",
    bend: (answer) => ({ then: (resolve: (value: unknown) => void) => resolve(answer()) }),
    resumes: true,
  },
  {
    name: "by throwing",
    bend: () => {
      throw new Error("the store is broken");
    },
    resumes: false,
  },
  { name: "by a rejection", bend: () => Promise.reject(new Error("the store is broken")), resumes: false },
  {
    name: "by a thenable that rejects",
    bend: () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject("broken") }),
    resumes: false,
  },
  { name: "with null", bend: () => null, resumes: false },
  { name: "with a promise of nothing", bend: async () => {}, resumes: false },
  { name: "with an object that is no session", bend: () => ({ cipherSuite: "none" }), resumes: false },
  { name: "with text", bend: () => "a session", resumes: false },
  { name: "with bytes that are no session", bend: () => Uint8Array.of(2, 0x13, 1, 32), resumes: false },
  { name: "with no bytes", bend: () => new Uint8Array(0), resumes: false },
];

function clientStore({ bend }: Manner): ClientSessionStore {
  const memory = memorySessions();
  return {
    take: (name) => bend(() => memory.take(name)),
    put: (name, session) => bend(() => memory.put(name, session)),
  };
}

function serverStore({ bend }: Manner): ServerSessionStore {
  const memory = memoryServerSessions();
  return {
    take: (id) => bend(() => memory.take(id)),
    put: (id, session, expires) => bend(() => memory.put(id, session, expires)),
  };
}

function ticketer({ bend }: Manner): Ticketer {
  const rotating = rotatingTicketer(CRYPTO);
  return {
    lifetime: rotating.lifetime,
    seal: (session, now) => bend(() => rotating.seal(session, now)),
    open: (ticket, now) => bend(() => rotating.open(ticket, now)),
  };
}

const KEEPERS: readonly {
  readonly name: string;
  readonly client: (manner: Manner) => { sessions?: ClientSessionStore };
  readonly server: (manner: Manner) => Partial<ServerConfigOptions>;
}[] = [
  { name: "a client's store", client: (manner) => ({ sessions: clientStore(manner) }), server: () => ({}) },
  { name: "a server's store", client: () => ({}), server: (manner) => ({ sessions: serverStore(manner) }) },
  { name: "a server's ticketer", client: () => ({}), server: (manner) => ({ ticketer: ticketer(manner) }) },
];

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  for (const keeper of KEEPERS) {
    for (const manner of MANNERS) {
      const outcome = manner.resumes ? "resumes" : "costs the resumption alone";
      Deno.test(`bad input 80: ${version}: ${keeper.name} that answers ${manner.name} ${outcome}`, async () => {
        assertEquals(await kindsWith(version, keeper, manner), ["full", manner.resumes ? "resumed" : "full"]);
      });
    }
  }
}

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`bad input 80: ${version}: a server's store that returns another client's session costs the resumption alone`, async () => {
    const stored: Uint8Array[] = [];
    const sessions: ServerSessionStore = {
      put: (_, session) => void stored.push(session),
      take: () => stored.pop(),
    };
    const versions = [version];
    const server = await serverConfig({ versions, sessions });
    const clients = [clientConfig({ versions }), clientConfig({ versions })];
    const kinds: unknown[] = [];
    for (const client of [...clients, ...clients]) {
      const ends = await shakeHands(client, server);
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      kinds.push(ends.client.connection.facts?.handshakeKind);
    }
    assertEquals(kinds, ["full", "full", "full", "full"]);
  });
}

/** The kinds of two handshakes, one after the other. */
async function kindsWith(
  version: EnabledVersionName,
  keeper: (typeof KEEPERS)[number],
  manner: Manner,
): Promise<unknown[]> {
  const versions = [version];
  const client = clientConfig({ versions, ...keeper.client(manner) });
  const server = await serverConfig({ versions, ...keeper.server(manner) });
  const kinds: unknown[] = [];
  for (let connections = 0; connections < 2; connections++) {
    const ends = await shakeHands(client, server);
    assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
    kinds.push(ends.client.connection.facts?.handshakeKind);
  }
  return kinds;
}

/** A store of either role that never answers. */
const SILENT = { take: () => new Promise<never>(() => {}), put: () => new Promise<never>(() => {}) };
const PROMPT = memorySessions();

Deno.test("bad input 80: a client's store that never answers when it is asked costs the handshake its time, and no more", async () => {
  const [near] = memoryDuplexPair();
  const error = await assertRejects(
    () => connector({ sessions: SILENT }).connect("localhost", near, { handshakeTimeout: 20 }),
    TlsError,
  );
  assertEquals(error.code, "handshake_timeout");
});

Deno.test("bad input 80: a client's store that never answers when it is given a session is not waited for", async () => {
  const sessions: ClientSessionStore = { take: (name) => PROMPT.take(name), put: SILENT.put };
  const [near, far] = await streamPair({ client: { sessions } });
  await far.write(encode("behind the tickets"));
  assertEquals(decode(await readBytes(near, 18)), "behind the tickets");
  hangUp(near, far);
});

Deno.test("bad input 80: a server's store that never answers costs the handshake its time, and no more", async () => {
  const [near, far] = memoryDuplexPair();
  const connecting = connector().connect("localhost", near).catch(() => {});
  const error = await assertRejects(
    () => acceptor({ sessions: SILENT }).accept(far, { handshakeTimeout: 50 }),
    TlsError,
  );
  assertEquals(error.code, "handshake_timeout");
  near.close();
  await connecting;
});
