/** Resumption by a server: tickets, stores, ticketers, and what a resumed connection must still satisfy. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { webCrypto } from "../../../../tls/crypto/web.ts";
import { MAX_TICKETS_TRIED } from "../../../../tls/limits.ts";
import { LoadedIdentity } from "../../../../tls/config/identity.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../../tls/session/server_sessions.ts";
import type { ServerConfig, ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { rotatingTicketer, type Ticketer } from "../../../../tls/session/ticketer.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import type { CipherSuiteName } from "../../../../tls/wire/numbers.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { mintCertificate, type Minted } from "../../../support/certificates.ts";
import { converse } from "../conversation.ts";
import { type Illegal, ScriptedClient, type ScriptedClientOptions, type Ticket } from "./scripted_client.ts";
import { AUTHORITY, codeOf, CRYPTO, identityOf, serverConfig } from "./server_fixture.ts";

const HOUR = 3_600_000;
const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);
const CLIENT = await mintCertificate(AUTHORITY, { commonName: "client" });

/** One connection to a server. */
async function connect(
  config: ServerConfig,
  options: Partial<ScriptedClientOptions> = {},
): Promise<{ readonly client: ScriptedClient; readonly server: ServerConnection; readonly error: unknown }> {
  const client = new ScriptedClient({ crypto: CRYPTO, ...options });
  const server = new ServerConnection(config);
  const { server: outcome } = await converse(client, server);
  return { client, server, error: outcome.error };
}

/** A connection for the sake of its first ticket. */
async function ticketOf(config: ServerConfig, options: Partial<ScriptedClientOptions> = {}): Promise<Ticket> {
  const { client, error } = await connect(config, options);
  assertEquals(error, undefined);
  const [ticket] = client.heard.tickets;
  assert(ticket !== undefined, "the server gave no ticket");
  return ticket;
}

async function identified(minted: Minted): Promise<Partial<ScriptedClientOptions>> {
  const loaded = new LoadedIdentity(identityOf(minted), CRYPTO);
  return { identity: { chain: loaded.chain, key: await loaded.key() } };
}

const KEEPERS: readonly { readonly name: string; readonly options: () => Partial<ServerConfigOptions> }[] = [
  { name: "with a store", options: () => ({}) },
  { name: "with a ticketer", options: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
];

/** RFC 9846 §4.3.11 allows 32 to 255 bytes: a shorter one is refused when it is read. */
const BINDERS_OF_OTHER_LENGTHS: readonly {
  readonly of: string;
  readonly suite: CipherSuiteName;
  readonly binder: (binder: Uint8Array) => Uint8Array;
}[] = [
  {
    of: "a binder that is the beginning of the right one",
    suite: "TLS_AES_256_GCM_SHA384",
    binder: (binder) => binder.subarray(0, 32),
  },
  {
    of: "a binder that is the right one but for its last byte",
    suite: "TLS_AES_256_GCM_SHA384",
    binder: (binder) => binder.subarray(0, -1),
  },
  {
    of: "the right binder and a byte more",
    suite: "TLS_AES_128_GCM_SHA256",
    binder: (binder) => Uint8Array.of(...binder, 0),
  },
  {
    of: "a binder of zeros that is as long as another hash",
    suite: "TLS_AES_128_GCM_SHA256",
    binder: () => new Uint8Array(48),
  },
];

for (const { name, options } of KEEPERS) {
  Deno.test(`server ${name} sends two different tickets, and resumes from each`, async () => {
    const config = serverConfig(options());
    const { client } = await connect(config);
    const { tickets } = client.heard;
    assertEquals(tickets.length, 2);
    assertNotEquals(tickets[0]?.message.ticket, tickets[1]?.message.ticket);
    assertNotEquals(tickets[0]?.psk, tickets[1]?.psk);
    for (const ticket of tickets) {
      const { server, client, error } = await connect(config, { ticket });
      assertEquals(error, undefined);
      assertEquals(server.facts?.handshakeKind, "resumed");
      assertEquals(client.heard.certificates, undefined);
      assertEquals(client.heard.tickets.length, 2);
    }
  });

  for (const suite of CRYPTO.cipherSuites) {
    Deno.test(`server ${name} resumes ${suite.name}`, async () => {
      const config = serverConfig({ ...options(), cipherSuites: [suite.name] });
      const { server } = await connect(config, { ticket: await ticketOf(config) });
      assertEquals([server.facts?.handshakeKind, server.facts?.cipherSuite], ["resumed", suite.name]);
    });
  }

  Deno.test(`server ${name} resumes after a HelloRetryRequest`, async () => {
    const config = serverConfig({ ...options(), groups: ["x25519"] });
    const ticket = await ticketOf(config, { groups: ["x25519"] });
    const { server, error } = await connect(config, {
      ticket,
      groups: ["secp256r1", "x25519"],
      shares: ["secp256r1"],
    });
    assertEquals(error, undefined);
    assertEquals(server.facts?.handshakeKind, "resumed_with_hello_retry_request");
  });

  Deno.test(`bad input 32: server ${name} refuses a wrong binder`, async () => {
    const config = serverConfig(options());
    const illegal: Illegal = { binder: (binder) => binder.map((byte, i) => i === 0 ? byte ^ 1 : byte) };
    const { error } = await connect(config, { ticket: await ticketOf(config), illegal });
    assertEquals(codeOf(error), "bad_binder");
  });

  for (const { of, suite, binder } of BINDERS_OF_OTHER_LENGTHS) {
    Deno.test(`bad input 32: server ${name} refuses ${of}`, async () => {
      const config = serverConfig({ ...options(), cipherSuites: [suite] });
      const { error } = await connect(config, { ticket: await ticketOf(config), illegal: { binder } });
      assertEquals(codeOf(error), "bad_binder");
    });
  }

  Deno.test(`bad input 32: server ${name} refuses a ClientHello that was changed after the binder was computed`, async () => {
    const config = serverConfig(options());
    const ticket = await ticketOf(config);
    // A random of another client, put there after the binder was computed.
    const illegal: Illegal = {
      encodedHello: (encoded) => encoded.map((byte, i) => i === 6 ? byte ^ 1 : byte),
    };
    const { error } = await connect(config, { ticket, illegal });
    assertEquals(codeOf(error), "bad_binder");
  });

  const FULL: readonly {
    readonly name: string;
    readonly config?: Partial<ServerConfigOptions>;
    readonly client?: Partial<ScriptedClientOptions>;
    readonly ticket?: (ticket: Ticket) => Ticket;
    readonly hours?: number;
  }[] = [
    {
      name: "a ticket with a changed bit",
      ticket: (ticket) => ({
        ...ticket,
        message: {
          ...ticket.message,
          ticket: ticket.message.ticket.map((byte, i) => i === 20 ? byte ^ 1 : byte),
        },
      }),
    },
    {
      name: "a ticket that was cut",
      ticket: (ticket) => ({
        ...ticket,
        message: { ...ticket.message, ticket: ticket.message.ticket.subarray(0, 9) },
      }),
    },
    { name: "another name", client: { extensions: { serverName: "localhost" } } },
    { name: "no name", client: { extensions: { serverName: undefined } } },
    { name: "a suite of another hash", client: { illegal: { hello: withSuites(0x1302) } } },
    {
      name: "a client that will have no key exchange with it",
      client: { extensions: { pskKeyExchangeModes: [0] } },
    },
    { name: "a ticket that is a day old", hours: 24 },
    { name: "a ticket of a time that is to come", hours: -1 },
  ];
  for (const row of FULL) {
    Deno.test(`server ${name} does a full handshake for ${row.name}`, async () => {
      let time = Date.now();
      const config = serverConfig({ ...options(), ...row.config, now: () => new Date(time) });
      const ticket = await ticketOf(config, { illegal: { hello: withSuites(0x1301) } });
      time += (row.hours ?? 0) * HOUR;
      const { server, error } = await connect(config, {
        ticket: row.ticket?.(ticket) ?? ticket,
        ...row.client,
      });
      assertEquals(error, undefined);
      assertEquals(server.facts?.handshakeKind, "full");
    });
  }

  Deno.test(`server ${name} resumes with another suite of the same hash, and another protocol`, async () => {
    const config = serverConfig({ ...options(), alpnProtocols: ["h2", "http/1.1"] });
    const ticket = await ticketOf(config, {
      extensions: { alpnProtocols: ["h2"] },
      illegal: { hello: withSuites(0x1301) },
    });
    const { server } = await connect(config, {
      ticket,
      extensions: { alpnProtocols: ["http/1.1"] },
      illegal: { hello: withSuites(0x1303) },
    });
    assertEquals(
      [server.facts?.handshakeKind, server.facts?.cipherSuite, server.facts?.alpnProtocol],
      ["resumed", "TLS_CHACHA20_POLY1305_SHA256", "http/1.1"],
    );
  });

  Deno.test(`server ${name} remembers the client's certificates`, async () => {
    const config = serverConfig({ ...options(), clientAuth: { roots: ROOTS } });
    const ticket = await ticketOf(config, await identified(CLIENT));
    const { server, client, error } = await connect(config, { ticket });
    assertEquals(error, undefined);
    assertEquals(server.facts?.handshakeKind, "resumed");
    assertEquals(client.heard.certificateRequest, undefined);
    assertEquals(server.facts?.peerCertificates.map(({ der }) => der), [CLIENT.certDer]);
  });

  Deno.test(`server ${name} ends a chain of resumptions a lifetime after the full handshake`, async () => {
    let time = Date.now();
    const config = serverConfig({ ...options(), now: () => new Date(time) });
    let ticket = await ticketOf(config);
    const { lifetime } = ticket.message;
    time += lifetime * 1000 - 60_000;
    const resumed = await connect(config, { ticket });
    assertEquals(resumed.server.facts?.handshakeKind, "resumed");
    [ticket = ticket] = resumed.client.heard.tickets;
    assertEquals(ticket.message.lifetime, 60);
    time += 60_000;
    assertEquals((await connect(config, { ticket })).server.facts?.handshakeKind, "full");
  });
}

function withSuites(...cipherSuites: number[]): (hello: ClientHello) => ClientHello {
  return (hello) => ({ ...hello, cipherSuites });
}

Deno.test("server with a store accepts a ticket once", async () => {
  const config = serverConfig();
  const ticket = await ticketOf(config);
  assertEquals((await connect(config, { ticket })).server.facts?.handshakeKind, "resumed");
  assertEquals((await connect(config, { ticket })).server.facts?.handshakeKind, "full");
});

Deno.test("server sends no tickets to a client without psk_dhe_ke", async () => {
  for (const pskKeyExchangeModes of [undefined, [0]]) {
    const { client } = await connect(serverConfig(), { extensions: { pskKeyExchangeModes } });
    assertEquals(client.heard.tickets, []);
  }
});

for (
  const [name, options] of Object.entries(
    { sessions: { sessions: false }, tickets: { sendTickets: 0 } } as const,
  )
) {
  Deno.test(`server configured without ${name} sends no tickets`, async () => {
    assertEquals((await connect(serverConfig(options))).client.heard.tickets, []);
  });
}

Deno.test("server sends as many tickets as sendTickets says", async () => {
  assertEquals((await connect(serverConfig({ sendTickets: 5 }))).client.heard.tickets.length, 5);
});

Deno.test("server sends no ticket for a session that is too long", async () => {
  const padding = { oid: "1.3.6.1.4.1.99999.1", value: new Uint8Array(20_000) };
  const minted = await mintCertificate(AUTHORITY, { commonName: "client", extensions: [padding] });
  const config = serverConfig({ clientAuth: { roots: ROOTS } });
  const { client, error } = await connect(config, await identified(minted));
  assertEquals(error, undefined);
  assertEquals(client.heard.tickets, []);
});

const POLICIES: readonly {
  readonly name: string;
  readonly first: Partial<ServerConfigOptions>;
  readonly then: Partial<ServerConfigOptions>;
  readonly shows: boolean;
  readonly kind: "full" | "resumed" | undefined;
}[] = [
  {
    name: "that asked for nothing does not do where a certificate is required",
    first: {},
    then: { clientAuth: { roots: ROOTS } },
    shows: false,
    kind: undefined,
  },
  {
    name: "of a certificate is not taken where none is asked for",
    first: { clientAuth: { verifier: () => {} } },
    then: {},
    shows: true,
    kind: "full",
  },
  {
    name: "of a certificate that this server does not trust is not taken",
    first: { clientAuth: { verifier: () => {} } },
    then: { clientAuth: { verifier: () => Promise.reject(new Error("no")), optional: true } },
    shows: true,
    kind: "full",
  },
  {
    name: "without a certificate is taken where one may be missing",
    first: {},
    then: { clientAuth: { roots: ROOTS, optional: true } },
    shows: false,
    kind: "resumed",
  },
];
for (const { name, first, then, shows, kind } of POLICIES) {
  Deno.test(`a ticket ${name}`, async () => {
    const sessions = memoryServerSessions();
    const ticket = await ticketOf(
      serverConfig({ sessions, ...first }),
      shows ? await identified(CLIENT) : {},
    );
    const { server } = await connect(serverConfig({ sessions, ...then }), { ticket });
    assertEquals(server.facts?.handshakeKind, kind);
  });
}

Deno.test("a ticket does not get around a client certificate that has expired since", async () => {
  let time = Date.now();
  const short = await mintCertificate(AUTHORITY, { commonName: "client", notAfter: new Date(time + HOUR) });
  const config = serverConfig({
    clientAuth: { roots: ROOTS, optional: true },
    now: () => new Date(time),
  });
  const ticket = await ticketOf(config, await identified(short));
  time += 2 * HOUR;
  const { server, error } = await connect(config, { ticket });
  assertEquals(error, undefined);
  assertEquals(server.facts?.handshakeKind, "full");
  assertEquals(server.facts?.peerCertificates, []);
});

Deno.test("server tries no more than 8 tickets", async () => {
  const asked: string[] = [];
  const store = memoryServerSessions();
  const sessions: ServerSessionStore = {
    put: (...session) => store.put(...session),
    take: (id) => {
      asked.push(id);
      return undefined;
    },
  };
  const config = serverConfig({ sessions });
  const hello = (plain: ClientHello): ClientHello => ({
    ...plain,
    extensions: {
      ...plain.extensions,
      preSharedKey: {
        identities: Array.from({ length: 500 }, (_, i) => ({
          identity: new Uint8Array(32).fill(i),
          obfuscatedTicketAge: 0,
        })),
        binders: Array.from({ length: 500 }, () => new Uint8Array(32)),
      },
    },
  });
  const { server, error } = await connect(config, { illegal: { hello } });
  assertEquals(error, undefined);
  assertEquals(server.facts?.handshakeKind, "full");
  assertEquals(asked.length, MAX_TICKETS_TRIED);
});

Deno.test("server resumes from the second ticket when the first is unknown", async () => {
  const config = serverConfig();
  const ticket = await ticketOf(config);
  const client = new ScriptedClient({
    crypto: CRYPTO,
    ticket,
    illegal: {
      hello: (plain) => {
        const psks = plain.extensions.preSharedKey;
        assert(psks !== undefined);
        const stranger = { identity: new Uint8Array(32), obfuscatedTicketAge: 0 };
        return {
          ...plain,
          extensions: {
            ...plain.extensions,
            preSharedKey: {
              identities: [stranger, ...psks.identities],
              binders: [new Uint8Array(32), ...psks.binders],
            },
          },
        };
      },
    },
  });
  const server = new ServerConnection(config);
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.error, undefined);
  assertEquals([server.facts?.handshakeKind, client.heard.serverHello?.preSharedKey], ["resumed", 1]);
});

const no = () => {
  throw new Error("out of order");
};
function ticketerOf(
  seal: Ticketer["seal"],
  open: Ticketer["open"] = () => undefined,
  lifetime = 60,
): Partial<ServerConfigOptions> {
  return { ticketer: { lifetime, seal, open } };
}
const BROKEN: readonly { readonly name: string; readonly options: Partial<ServerConfigOptions> }[] = [
  { name: "a store that throws", options: { sessions: { put: no, take: no } } },
  {
    name: "a store that rejects",
    options: {
      sessions: {
        put: () => Promise.reject(new Error("gone")),
        take: () => Promise.reject(new Error("gone")),
      },
    },
  },
  { name: "a ticketer that throws", options: { ticketer: { lifetime: 60, seal: no, open: no } } },
  { name: "a ticketer that gives empty tickets", options: ticketerOf(() => new Uint8Array(0)) },
  { name: "a ticketer that gives endless tickets", options: ticketerOf(() => new Uint8Array(100_000)) },
  {
    name: "a ticketer that gives no bytes",
    // What a caller without a compiler may do.
    options: ticketerOf(() => "ticket" as unknown as Uint8Array, () => "session" as unknown as Uint8Array),
  },
  {
    name: "a ticketer without a lifetime",
    options: ticketerOf(() => new Uint8Array(9), () => undefined, NaN),
  },
  {
    name: "a store that gives what it was not given",
    options: { sessions: { put: () => {}, take: () => new TextEncoder().encode("nonsense") } },
  },
];
for (const { name, options } of BROKEN) {
  Deno.test(`server with ${name} makes full handshakes`, async () => {
    const ticket = await ticketOf(serverConfig());
    const { server, client, error } = await connect(serverConfig(options), { ticket });
    assertEquals(error, undefined);
    assertEquals(server.facts?.handshakeKind, "full");
    assertEquals(client.heard.tickets.length, name.includes("was not given") ? 2 : 0);
  });
}

Deno.test("server sends no lifetime over 7 days", async () => {
  const inner = rotatingTicketer(CRYPTO);
  const ticketer: Ticketer = {
    lifetime: 10 ** 9,
    seal: (...session) => inner.seal(...session),
    open: (...ticket) => inner.open(...ticket),
  };
  const ticket = await ticketOf(serverConfig({ ticketer }));
  assertEquals(ticket.message.lifetime, 604_800);
});

Deno.test("server resumes with an asynchronous provider and an asynchronous store", async () => {
  const crypto = webCrypto();
  const store = memoryServerSessions();
  const sessions: ServerSessionStore = {
    async put(...session) {
      await delay(1);
      await store.put(...session);
    },
    async take(id) {
      await delay(1);
      return await store.take(id);
    },
  };
  const config = serverConfig({ crypto, sessions });
  const ticket = await ticketOf(config, { crypto });
  assertEquals((await connect(config, { crypto, ticket })).server.facts?.handshakeKind, "resumed");
});

Deno.test("server resumes a client that offers a ticket and no signature_algorithms", async () => {
  const config = serverConfig();
  const ticket = await ticketOf(config);
  const { server, error } = await connect(config, { ticket, extensions: { signatureAlgorithms: undefined } });
  assertEquals([error, server.facts?.handshakeKind], [undefined, "resumed"]);
});

Deno.test("server refuses a client whose ticket it does not know and that has no signature_algorithms: missing_extension", async () => {
  const ticket = await ticketOf(serverConfig());
  const { error } = await connect(serverConfig(), { ticket, extensions: { signatureAlgorithms: undefined } });
  assertEquals(codeOf(error), "missing_extension");
});
