/** Requests as early data: which go early, and what becomes of those that the server refuses or finds too early. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { serveConnection } from "../../server/mod.ts";
import { DenoTls, memoryServerSessions, TlsAcceptor, TlsConnector } from "../../tls/mod.ts";
import type { ServerConfigOptions } from "../../tls/mod.ts";
import { eventually } from "../support/eventually.ts";
import { PROVIDERS, roots, SERVER_IDENTITY } from "../tls/tls_pair.ts";
import { recordHooks } from "./hooks/support.ts";

/** A request as the server saw it. */
interface Seen {
  /** The method and the target. */
  readonly line: string;
  /** Bytes of the connection's early data. */
  readonly early: number;
}

/** A server with one request a connection. */
class Server implements Disposable {
  readonly seen: Seen[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #options: ServerConfigOptions;
  #acceptor: TlsAcceptor;
  #connections: Promise<void>[] = [];
  /** Connections are not accepted before. */
  gate: Promise<void> = Promise.resolve();
  /** The status of the next early request. */
  statusOfEarly = 200;

  constructor(options: Partial<ServerConfigOptions> = {}) {
    this.#options = {
      identity: SERVER_IDENTITY,
      crypto: PROVIDERS[0],
      maxEarlyDataSize: 16_384,
      sessions: memoryServerSessions(),
      ...options,
    };
    this.#acceptor = new TlsAcceptor(this.#options);
    this.#run();
  }

  url(path = "/"): string {
    return `https://localhost:${this.#listener.addr.port}${path}`;
  }

  /** Goes on with other options, and the same sessions. */
  change(options: Partial<ServerConfigOptions>): void {
    this.#acceptor = new TlsAcceptor({ ...this.#options, ...options });
  }

  async #run(): Promise<void> {
    try {
      for await (const io of this.#listener) {
        this.#connections.push(this.#serve(io).catch(() => closeQuietly(io)));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #serve(io: Deno.Conn): Promise<void> {
    await this.gate;
    const stream = await this.#acceptor.accept(io);
    await serveConnection(stream, ({ method, url }) => {
      const early = stream.connection.earlyDataLength;
      this.seen.push({ line: `${method} ${new URL(url).pathname}`, early });
      const status = early > 0 ? this.statusOfEarly : 200;
      return new Response(early > 0 ? "ea" : "la", { status, headers: { connection: "close" } });
    }).finished;
  }

  /** The lines of the requests, `!` behind those that came early. */
  get lines(): string[] {
    return this.seen.map(({ line, early }) => early > 0 ? `${line}!` : line);
  }

  async stop(): Promise<void> {
    this.#listener.close();
    await Promise.all(this.#connections);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

/** Runs a test with a server that a client has met. */
async function withServer(
  run: (client: Client, server: Server) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const server = new Server();
  const client = new Client({ roots: roots(), dangerEarlyData: true, protocols: ["http/1.1"], ...options });
  try {
    assertEquals(await (await client.get(server.url("/first"))).text(), "la");
    await run(client, server);
  } finally {
    client.close();
    await server.stop();
  }
}

Deno.test("a GET to a server that was met before goes early, and says so", async () => {
  await withServer(async (client, server) => {
    const response = await client.get(server.url("/second"));
    assertEquals(await response.text(), "ea");
    assertEquals(server.lines, ["GET /first", "GET /second!"]);
    assertEquals(response.connection.tls?.earlyDataAccepted, true);
    assertEquals(response.connection.tls?.resumed, true);
  });
});

for (
  const [name, send] of [
    ["a POST", (client: Client, url: string) => client.post(url, { body: "content" })],
    ["a DELETE", (client: Client, url: string) => client.delete(url)],
    ["a PUT without content", (client: Client, url: string) => client.put(url)],
    [
      "an OPTIONS with content",
      (client: Client, url: string) => client.fetch(url, { method: "OPTIONS", body: "content" }),
    ],
  ] as const
) {
  Deno.test(`${name} does not go early`, async () => {
    await withServer(async (client, server) => {
      const response = await send(client, server.url("/second"));
      assertEquals(await response.text(), "la");
      assertEquals(server.seen[1]?.early, 0);
    });
  });
}

Deno.test("an OPTIONS without content goes early, as every safe method does", async () => {
  await withServer(async (client, server) => {
    assertEquals(await (await client.fetch(server.url("/second"), { method: "OPTIONS" })).text(), "ea");
    assertEquals(server.lines, ["GET /first", "OPTIONS /second!"]);
  });
});

Deno.test("of a GET and a POST at the same time only the GET goes early", async () => {
  await withServer(async (client, server) => {
    const [one, two] = await Promise.all([
      client.get(server.url("/get")),
      client.post(server.url("/post"), { body: "content" }),
    ]);
    assertEquals([await one.text(), await two.text()], ["ea", "la"]);
    assertEquals(server.lines.slice(1).sort(), ["GET /get!", "POST /post"]);
  }, { pool: { maxConnectionsPerOrigin: 2 } });
});

Deno.test("425 (Too Early) is answered by the same request after the handshake, once", async () => {
  await withServer(async (client, server) => {
    server.statusOfEarly = 425;
    const response = await client.get(server.url("/second"));
    assertEquals([response.status, await response.text()], [200, "la"]);
    assertEquals(server.lines, ["GET /first", "GET /second!", "GET /second"]);
  });
});

Deno.test("a request that the server refuses as early data is sent again by TLS", async () => {
  await withServer(async (client, server) => {
    server.change({ acceptEarlyData: () => false });
    const response = await client.get(server.url("/second"));
    assertEquals([await response.text(), response.connection.tls?.earlyDataRefusal], ["la", "declined"]);
    assertEquals(server.lines, ["GET /first", "GET /second"]);
  });
});

Deno.test("a server that speaks TLS 1.2 by now gets the request on another connection, not early", async () => {
  await withServer(async (client, server) => {
    server.change({ versions: ["TLSv1.2"], maxEarlyDataSize: 0 });
    const response = await client.get(server.url("/second"));
    assertEquals([await response.text(), response.connection.tls?.protocolVersion], ["la", "TLSv1.2"]);
    assertEquals(server.lines, ["GET /first", "GET /second"]);
  });
});

Deno.test("a request that waits for a handshake with early data is sent by the protocol that it selects", async () => {
  await withServer(async (client, server) => {
    server.change({ alpnProtocols: ["h2"] }); // and the session's is HTTP/1.1
    const controller = new AbortController();
    const { signal } = controller;
    const get = assertRejects(() => client.get(server.url("/get"), { signal }), DOMException);
    const post = client.post(server.url("/post"), { body: "content" });
    controller.abort(); // the connection that was begun for the GET is for the POST now
    const [response] = await Promise.all([post, get]);
    assertEquals([response.httpVersion, await response.text()], ["HTTP/2", "la"]);
    assertEquals(server.lines, ["GET /first", "POST /post"]);
  }, { protocols: ["h2", "http/1.1"], pool: { maxConnectionsPerOrigin: 1 } });
});

Deno.test("a request that is cancelled while it waits for a handshake leaves the connection to the next one", async () => {
  let written = 0;
  const dial = async ({ port }: { readonly port: number }): Promise<Duplex> => {
    const io = await Deno.connect({ hostname: "127.0.0.1", port });
    const write = (bytes: Uint8Array) => io.write(bytes).finally(() => written++);
    return { read: (into) => io.read(into), write, close: () => io.close() };
  };
  await withServer(async (client, server) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.gate = promise;
    const [first, second] = [new AbortController(), new AbortController()];
    const sends = [
      client.get(server.url("/get"), { signal: first.signal }),
      client.post(server.url("/post"), { signal: second.signal }),
      client.get(server.url("/third")),
    ] as const;
    first.abort(); // its connection is for the POST now
    await assertRejects(() => sends[0], DOMException);
    written = 0;
    await eventually("the ClientHello was sent", () => written > 0);
    await delay(0); // the POST waits for the handshake
    second.abort();
    await assertRejects(() => sends[1], DOMException);
    resolve();
    const response = await sends[2];
    assertEquals([await response.text(), response.connection.reused], ["ea", false]);
    assertEquals(server.lines, ["GET /first", "GET /third!"]);
  }, { dial, pool: { maxConnectionsPerOrigin: 1 } });
});

Deno.test("without dangerEarlyData nothing goes early", async () => {
  await withServer(async (client, server) => {
    assertEquals(await (await client.get(server.url("/second"))).text(), "la");
  }, { dangerEarlyData: false });
});

Deno.test("an abort ends a request whose early data is not answered", async () => {
  const server = new Server();
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  let first = true;
  const client = new Client({
    roots: roots(),
    dangerEarlyData: true,
    protocols: ["http/1.1"],
    dial: () => {
      const url = new URL(server.url());
      const target = first ? Number(url.port) : port;
      first = false;
      return Deno.connect({ hostname: "127.0.0.1", port: target });
    },
  });
  await (await client.get(server.url("/first"))).text();
  const accepted = silent.accept();
  const signal = AbortSignal.timeout(50);
  await assertRejects(() => client.get(server.url("/second"), { signal }), DOMException);
  client.close();
  (await accepted).close();
  silent.close();
  await server.stop();
});

Deno.test("dangerEarlyData is refused where it has no meaning", () => {
  const refused = (options: ClientOptions) =>
    assertThrows(() => new Client({ dangerEarlyData: true, ...options }), ClientError, "dangerEarlyData");
  refused({ tls: false });
  refused({ tls: new DenoTls() });
  refused({ tls: new TlsConnector({ verifier: () => {} }) });
  refused({ dangerEarlyData: "yes" as unknown as boolean });
  new Client({
    dangerEarlyData: true,
    tls: new TlsConnector({ verifier: () => {}, enableEarlyData: true }),
  }).close();
});

Deno.test("hooks of an early request are told of its handshake, and of a 425 as a retry", async () => {
  const told = recordHooks();
  await withServer(async (client, server) => {
    server.statusOfEarly = 425;
    await (await client.get(server.url("/second"))).text();
    await eventually("both handshakes are done", () => told.lines.filter(isHandshake).length === 3);
    const second = told.lines.filter((line) => line.startsWith("r2"));
    assertEquals(second.filter((line) => !isHandshake(line)), [
      ...["r2 request GET /second #1", "r2 connect c2", "r2 response c2 425", "r2 retry c2 after 425"],
      ...["r2 request GET /second #2", "r2 connect c3", "r2 response c3 200", "r2 end c3 0/2"],
    ]);
    assertEquals(second.filter(isHandshake), ["r2 handshake c2", "r2 handshake c3"]);
  }, { on: told.on });
});

function isHandshake(line: string): boolean {
  return line.includes("handshake");
}
