/** Ticket requests (RFC 9149), both ends of this library and against scripted ones. */

import { assertEquals } from "@std/assert";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import type { TicketRequest } from "../../../tls/wire/messages.ts";
import { ExtensionType } from "../../../tls/wire/numbers.ts";
import type { End } from "../connection/connection_pair.ts";
import { clientConfig, serverConfig, shakeHands } from "../tls12/pair.ts";
import { hello, type Refusal, SUITE, testRefusals } from "./client/client_refusals.ts";
import { clientContext, play, valueOf } from "./client/client_support.ts";
import { retryFor, withExtension } from "./client/scripted_server_handshake.ts";
import { converse } from "./conversation.ts";
import { withExtensions, without } from "./server/client_hellos.ts";
import { ScriptedClient } from "./server/scripted_client.ts";
import { codeOf, CRYPTO, serverConfig as tls13ServerConfig } from "./server/server_fixture.ts";

const VERSIONS = { versions: ["TLSv1.3"] } as const;

interface Row {
  readonly name: string;
  readonly client: ClientConfigOptions;
  readonly server: Partial<ServerConfigOptions>;
  /** The tickets of a full handshake, and of one that resumes. */
  readonly tickets: readonly [full: number, resumed: number];
}

const ROWS: readonly Row[] = [
  { name: "without a request the server decides", client: {}, server: {}, tickets: [2, 2] },
  {
    name: "a maximum is not for a client that does not ask",
    client: {},
    server: { sendTickets: 3, maxTickets: 1 },
    tickets: [3, 3],
  },
  {
    name: "what was asked for is sent, for each kind of handshake",
    client: { ticketRequest: { newSession: 5, resumption: 1 } },
    server: { maxTickets: 8 },
    tickets: [5, 1],
  },
  {
    name: "no more than the maximum is sent",
    client: { ticketRequest: { newSession: 8, resumption: 4 } },
    server: { maxTickets: 3 },
    tickets: [3, 3],
  },
  {
    name: "by default the maximum is what would be sent unasked",
    client: { ticketRequest: { newSession: 8, resumption: 1 } },
    server: {},
    tickets: [2, 1],
  },
  {
    name: "a server that sends none unasked sends none",
    client: { ticketRequest: { newSession: 8, resumption: 8 } },
    server: { sendTickets: 0 },
    tickets: [0, 0],
  },
  {
    name: "a server that sends none unasked sends what it allows",
    client: { ticketRequest: { newSession: 1, resumption: 0 } },
    server: { sendTickets: 0, maxTickets: 2 },
    tickets: [1, 0],
  },
  {
    name: "zero means none",
    client: { ticketRequest: { newSession: 0, resumption: 0 } },
    server: { maxTickets: 8 },
    tickets: [0, 0],
  },
  {
    name: "a server that resumes nothing sends none, and does not answer",
    client: { ticketRequest: { newSession: 2, resumption: 2 } },
    server: { sessions: false },
    tickets: [0, 0],
  },
];

for (const { name, client: options, server: serverOptions, tickets } of ROWS) {
  Deno.test(`ticket requests: ${name}`, async () => {
    const client = clientConfig({ ...VERSIONS, ...options });
    const server = await serverConfig({ ...VERSIONS, ...serverOptions });
    for (const [index, count] of tickets.entries()) {
      const ends = await shakeHands(client, server);
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      const resumes = index > 0 && tickets[0] > 0;
      assertEquals(ends.client.connection.facts?.resumed, resumes);
      assertEquals(ticketsOf(ends.client), count);
    }
  });
}

function ticketsOf({ events }: End): number {
  return events.filter(({ type }) => type === "session_ticket").length;
}

for (const [sessions, answer] of [[memoryServerSessions(), 2], [false, undefined]] as const) {
  Deno.test(`ticket requests: a server with${sessions ? "" : "out"} sessions ${answer ? "answers" : "does not answer"}`, async () => {
    const client = new ScriptedClient({
      crypto: CRYPTO,
      extensions: { pskKeyExchangeModes: [1], ticketRequest: { newSession: 2, resumption: 2 } },
    });
    const server = new ServerConnection(tls13ServerConfig({ sessions }));
    assertEquals((await converse(client, server)).server.error, undefined);
    assertEquals(client.heard.encryptedExtensions?.expectedTickets, answer);
  });
}

Deno.test("ticket requests: TLS 1.2 knows none", async () => {
  const ticketRequest = { newSession: 5, resumption: 5 };
  const client = clientConfig({ versions: ["TLSv1.3", "TLSv1.2"], ticketRequest });
  const { client: { failure, connection } } = await shakeHands(client, await serverConfig());
  assertEquals([failure, connection.facts?.protocolVersion], [undefined, "TLSv1.2"]);
});

const ASKS: Pick<ReturnType<typeof clientContext>, "ticketRequest" | "sessions"> = {
  ticketRequest: { newSession: 4, resumption: 3 },
  sessions: memorySessions(),
};

Deno.test("ticket requests: a client without a session asks for no tickets of a resumption, and repeats that after a HelloRetryRequest", async () => {
  const { server } = await play({ retries: [retryFor("secp384r1", SUITE)] }, clientContext(ASKS));
  const requests = valueOf(server).hellos.map(({ extensions }) => extensions.ticketRequest);
  const request: TicketRequest = { newSession: 4, resumption: 0 };
  assertEquals(requests, [request, request]);
});

Deno.test("ticket requests: a server may leave the request unanswered", async () => {
  valueOf((await play({}, clientContext(ASKS))).client);
});

const REFUSALS: readonly Refusal[] = [
  {
    name: "bad input 82: an answer to a ticket_request that was not sent",
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        expectedTickets: 2,
        extensionOrder: [...honest.extensionOrder, ExtensionType.ticket_request],
      }),
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "bad input 82: an answer to a ticket_request in ServerHello",
    deviations: {
      bytes: (type, encoded) =>
        type === "server_hello" ? withExtension(encoded, 74, ExtensionType.ticket_request) : encoded,
    },
    context: ASKS,
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 82: an answer to a ticket_request in HelloRetryRequest",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      bytes: (type, encoded) =>
        type === "hello_retry_request" ? withExtension(encoded, 74, ExtensionType.ticket_request) : encoded,
    },
    context: ASKS,
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 82: an answer to a ticket_request that comes twice",
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        expectedTickets: 2,
        extensionOrder: [ExtensionType.ticket_request, ExtensionType.ticket_request],
      }),
    },
    context: ASKS,
    code: "duplicate_extension",
    alert: "illegal_parameter",
  },
  {
    name: "a ServerHello of another version than the ticket_request's",
    deviations: hello({ selectedVersion: 0x0303 }),
    context: ASKS,
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
];

testRefusals(REFUSALS);

const SECOND: readonly {
  readonly name: string;
  readonly first?: TicketRequest;
  readonly second?: TicketRequest;
  readonly code?: string;
}[] = [
  {
    name: "the same numbers",
    first: { newSession: 2, resumption: 1 },
    second: { newSession: 2, resumption: 1 },
  },
  {
    name: "another number of a full handshake",
    first: { newSession: 2, resumption: 1 },
    second: { newSession: 3, resumption: 1 },
    code: "illegal_parameter",
  },
  {
    name: "another number of a resumption",
    first: { newSession: 2, resumption: 1 },
    second: { newSession: 2, resumption: 0 },
    code: "illegal_parameter",
  },
  { name: "no request any more", first: { newSession: 0, resumption: 0 }, code: "illegal_parameter" },
  { name: "a request by now", second: { newSession: 0, resumption: 0 }, code: "illegal_parameter" },
];

for (const { name, first, second, code } of SECOND) {
  Deno.test(`bad input 82: a server ${code === undefined ? "accepts" : "refuses"} a second ClientHello with ${name}`, async () => {
    const asks = (request: TicketRequest | undefined) =>
      withExtensions(request === undefined ? {} : { ticketRequest: request });
    const client = new ScriptedClient({
      crypto: CRYPTO,
      groups: ["secp256r1", "x25519"],
      shares: [],
      ...(first !== undefined && { extensions: { ticketRequest: first } }),
      illegal: { secondHello: (repeated) => asks(second)(without("ticketRequest")(repeated)) },
    });
    const server = new ServerConnection(tls13ServerConfig({ groups: ["x25519"] }));
    const { server: { error } } = await converse(client, server);
    assertEquals(error === undefined ? undefined : codeOf(error), code);
  });
}
