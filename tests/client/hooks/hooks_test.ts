/** What hooks are told of a request, event by event, and that they harm none. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client, ClientError, type ClientOptions, type ClientRequestInit } from "../../../mod.ts";
import { observedUpload } from "../../../client/observe/observed_content.ts";
import { eventually } from "../../support/eventually.ts";
import { startOrigin } from "../../support/origin.ts";
import { type Peer, scriptedServer } from "../../support/scripted_server.ts";
import { recordHooks } from "./support.ts";

interface Row {
  readonly name: string;
  /** The script of each connection; without one, nothing listens. */
  readonly server?: (peer: Peer) => Promise<void>;
  readonly options?: (url: string) => ClientOptions;
  /** Fetches; what it throws is what the request ends with. */
  readonly run: (client: Client, url: string) => Promise<unknown>;
  readonly told: readonly string[];
}

const answer = (...texts: string[]) => async (peer: Peer) => {
  for (const text of texts) {
    if (await peer.readHead() === undefined) return;
    await peer.send(text);
  }
  await peer.untilClosed();
};
const HELLO = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const text = async (client: Client, url: string, init?: ClientRequestInit) =>
  await (await client.fetch(url, init)).text();

const ROWS: readonly Row[] = [
  {
    name: "a request on a new connection",
    server: answer(HELLO),
    run: text,
    told: ["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "r1 end c1 0/5", "close c1 after 1"],
  },
  {
    name: "the second request on a connection",
    server: answer(HELLO, HELLO),
    run: async (client, url) => [await text(client, url), await text(client, url)],
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "r1 end c1 0/5"],
      ...["r2 request GET / #1", "r2 response c1 200 reused", "r2 end c1 0/5", "close c1 after 2"],
    ],
  },
  {
    name: "content of the request",
    server: async (peer) => {
      await peer.readHead();
      await peer.readBytes(4);
      await peer.send(HELLO);
      await peer.untilClosed();
    },
    run: (client, url) => text(client, url, { method: "POST", body: "ping" }),
    told: [
      "r1 request POST / #1",
      "r1 connect c1",
      "r1 response c1 200",
      "r1 end c1 4/5",
      "close c1 after 1",
    ],
  },
  {
    name: "1xx responses",
    server: answer(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${HELLO}`),
    run: text,
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 informational c1 103", "r1 response c1 200"],
      ...["r1 end c1 0/5", "close c1 after 1"],
    ],
  },
  {
    name: "a redirect",
    server: answer("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n", HELLO),
    run: (client, url) => text(client, url, { method: "POST", body: "" }),
    told: [
      ...["r1 request POST / #1", "r1 connect c1", "r1 response c1 302", "r1 redirect 302 GET /next"],
      ...["r1 request GET /next #1", "r1 response c1 200 reused", "r1 end c1 0/5", "close c1 after 2"],
    ],
  },
  {
    name: "a redirect that is refused",
    server: answer("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n"),
    run: (client, url) => text(client, url, { redirect: "error" }),
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 302", "r1 end c1 0/0 redirect_refused"],
      "close c1 after 1",
    ],
  },
  {
    name: "a refused connection",
    run: text,
    told: ["r1 request GET / #1", "r1 connect c1 connection_refused", "r1 end 0/0 connection_refused"],
  },
  {
    name: "a dial that fails, without an address",
    options: () => ({ dial: () => Promise.reject(new Error("no way")) }),
    run: text,
    told: ["r1 request GET / #1", "r1 connect c1 connect_failed", "r1 end 0/0 connect_failed"],
  },
  {
    name: "a dial that is aborted, with the reason of the signal",
    options: () => ({
      dial: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up")))),
    }),
    run: (client, url) => {
      const controller = new AbortController();
      const outcome = text(client, url, { signal: controller.signal });
      setTimeout(() => controller.abort());
      return outcome;
    },
    told: ["r1 request GET / #1", "r1 end 0/0 AbortError", "r1 connect c1 AbortError"],
  },
  {
    name: "a proxy that refuses the tunnel",
    server: answer("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
    options: (proxy) => ({ proxy }),
    run: (client) => text(client, "https://origin.example/"),
    told: ["r1 request GET / #1", "r1 connect c1 proxy_refused", "r1 end 0/0 proxy_refused"],
  },
  {
    name: "a proxy that wants credentials for a request in absolute-form",
    server: answer("HTTP/1.1 407 No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"),
    options: (proxy) => ({ proxy }),
    run: (client) => text(client, "http://origin.example/"),
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 407", "r1 end c1 0/0 proxy_auth_required"],
      "close c1 after 1",
    ],
  },
  {
    name: "a connection that ends before the response",
    server: async (peer) => void await peer.readHead(),
    run: text,
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "close c1 after 1", "r1 end c1 0/0 connection_closed"],
    ],
  },
  {
    name: "content that is cut short",
    server: async (peer) => {
      await peer.readHead();
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    },
    run: text,
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "close c1 after 1"],
      "r1 end c1 0/4 truncated",
    ],
  },
  {
    name: "content that does not decode",
    server: answer("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello"),
    run: text,
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "r1 end c1 0/5 decoding_failed"],
      "close c1 after 1",
    ],
  },
  {
    name: "content that the caller cancels",
    server: answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    run: async (client, url) => await (await client.fetch(url)).body?.cancel(),
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "r1 end c1 0/0 cancelled"],
      "close c1 after 1",
    ],
  },
  {
    name: "an abort before the response",
    server: async (peer) => await peer.untilClosed(),
    run: (client, url) => text(client, url, { signal: AbortSignal.timeout(20) }),
    told: ["r1 request GET / #1", "r1 connect c1", "close c1 after 1", "r1 end c1 0/0 TimeoutError"],
  },
  {
    name: "an abort inside the content",
    server: answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    run: (client, url) => text(client, url, { signal: AbortSignal.timeout(50) }),
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "close c1 after 1"],
      "r1 end c1 0/4 TimeoutError",
    ],
  },
  {
    name: "an abort while the content is not read",
    server: answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    run: async (client, url) => {
      const controller = new AbortController();
      await client.fetch(url, { signal: controller.signal });
      controller.abort();
    },
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "close c1 after 1"],
      "r1 end c1 0/0 AbortError",
    ],
  },
  {
    name: "a total deadline while the content is not read",
    server: answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    run: async (client, url) => {
      await client.fetch(url, { timeouts: { total: 50 } });
      await delay(100);
    },
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "close c1 after 1"],
      "r1 end c1 0/0 total_timeout",
    ],
  },
  {
    name: "a reused connection that the server has closed, and the retry",
    server: async (peer) => {
      await peer.readHead();
      await peer.send(HELLO);
      if (peer.index > 0) return await peer.untilClosed();
      await peer.readHead(); // and closes without a response
    },
    run: async (client, url) => [await text(client, url), await text(client, url)],
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "r1 response c1 200", "r1 end c1 0/5"],
      ...["r2 request GET / #1", "close c1 after 2", "r2 retry c1 after connection_closed"],
      ...["r2 request GET / #2", "r2 connect c2", "r2 response c2 200", "r2 end c2 0/5", "close c2 after 1"],
    ],
  },
  {
    name: "a retry by option, of which the second counts its bytes anew",
    server: async (peer) => {
      for (const response of ["HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", HELLO]) {
        await peer.readHead();
        await peer.readBytes(4);
        await peer.send(response);
      }
      await peer.untilClosed();
    },
    options: () => ({ retry: { methods: ["POST"], backoff: () => 0 } }),
    run: (client, url) => text(client, url, { method: "POST", body: "ping" }),
    told: [
      ...["r1 request POST / #1", "r1 connect c1", "r1 response c1 503", "r1 retry c1 after 503"],
      ...["r1 request POST / #2", "r1 response c1 200 reused", "r1 end c1 4/5", "close c1 after 2"],
    ],
  },
  {
    name: "a retry that gets no connection, which is not that of the attempt before",
    server: async (peer) => void await peer.readHead(),
    options: () => {
      let dials = 0;
      return {
        retry: { attempts: 1, backoff: () => 0 },
        dial: ({ hostname, port }) =>
          dials++ === 0 ? Deno.connect({ hostname, port }) : Promise.reject(new Error("no more")),
      };
    },
    run: text,
    told: [
      ...["r1 request GET / #1", "r1 connect c1", "close c1 after 1", "r1 retry c1 after connection_closed"],
      ...["r1 request GET / #2", "r1 connect c2 connect_failed", "r1 end 0/0 connect_failed"],
    ],
  },
  {
    name: "a HEAD request, whose response has no content",
    server: answer("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
    run: (client, url) => client.head(url),
    told: [
      "r1 request HEAD / #1",
      "r1 connect c1",
      "r1 response c1 200",
      "r1 end c1 0/0",
      "close c1 after 1",
    ],
  },
  {
    name: "an upgrade, whose connection is no longer HTTP's",
    server: answer("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n"),
    run: async (client, url) => (await client.upgrade(url, { protocol: "chat" })).close(),
    told: ["r1 request GET / #1", "r1 connect c1", "close c1 after 1", "r1 response c1 101", "r1 end c1 0/0"],
  },
];

for (const { name, server, options, run, told } of ROWS) {
  Deno.test(`hooks are told of ${name}`, async () => {
    await using peer = server && scriptedServer(server);
    const url = peer?.url ?? `http://127.0.0.1:${closedPort()}/`;
    const recorded = recordHooks();
    {
      using client = new Client({ ...options?.(url), on: recorded.on });
      await run(client, url).catch(() => {});
    }
    await delay(0);
    await eventually("all is told", () => recorded.events.length >= told.length);
    assertEquals(recorded.lines, told);
    const times = recorded.events.map(({ time }) => time);
    assertEquals(times, times.toSorted((one, other) => one - other), "in the order of their times");
  });
}

/** A port on which nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const tls of ["deno", "ductile"] as const) {
  Deno.test(`hooks are told of a handshake of ${tls}'s TLS and of HTTP/2`, async () => {
    await using origin = await startOrigin();
    const { on, events } = recordHooks();
    const roots = tls === "ductile" ? { roots: "mozilla" as const } : {};
    {
      using client = new Client({ caCerts: origin.caPem, ...roots, on });
      const response = await client.get(origin.url);
      await response.text();
      const shaken = events.find(({ type }) => type === "handshake");
      assert(shaken?.type === "handshake" && shaken.error === undefined);
      assertEquals(shaken.tls?.alpnProtocol, "h2");
      assertEquals(shaken.connectionId, response.connection.id);
      const connected = events.find(({ type }) => type === "connect");
      assertEquals(connected?.type === "connect" && connected.remoteAddress?.port, origin.port);
    }
    await delay(0);
    assertEquals(events.map(({ type }) => type), [
      "request",
      "connect",
      "handshake",
      "response",
      "end",
      "close",
    ]);
  });

  Deno.test(`hooks are told of a handshake that ${tls}'s TLS refuses`, async () => {
    await using origin = await startOrigin();
    const { on, events } = recordHooks();
    using client = new Client({ ...(tls === "ductile" && { roots: "mozilla" as const }), on });
    await assertRejects(() => client.get(origin.url), ClientError);
    await delay(0);
    assertEquals(events.map((event) => `${event.type} ${"error" in event}`), [
      ...["request false", "connect false", "handshake true", "end true"],
    ]);
  });
}

Deno.test("hooks of a request are told behind the client's, of this request alone", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  const url = `http://localhost:${server.addr.port}/`;
  const told: string[] = [];
  using client = new Client({ on: { response: () => told.push("client") } });
  await text(client, url, { on: { response: () => told.push("request") } });
  await text(client, url);
  assertEquals(told, ["client", "request", "client"]);
});

Deno.test("hooks get copies of content, and the time that a source of it takes", async () => {
  await using server = Deno.serve(
    { port: 0, onListen() {} },
    async (request) => new Response(await request.text()),
  );
  const seen: string[] = [];
  let sending = -1;
  using client = new Client({
    on: {
      content({ direction, bytes }) {
        seen.push(`${direction} ${new TextDecoder().decode(bytes)}`);
        bytes.fill(0);
      },
      response: (event) => sending = event.sending,
    },
  });
  const url = `http://localhost:${server.addr.port}/`;
  assertEquals(await text(client, url, { method: "POST", body: "ping" }), "ping");
  assertEquals([seen, sending], [["sent ping", "received ping"], 0]);
  const body = ReadableStream.from(async function* () {
    yield new TextEncoder().encode("po");
    await delay(5);
    yield new TextEncoder().encode("ng");
  }());
  assertEquals(await text(client, url, { method: "POST", body }), "pong");
  assert(sending > 0);
});

Deno.test("content of which hooks are told is cancelled as any other", async () => {
  let isClosed = false;
  await using peer = scriptedServer(async (peer) => {
    await answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")(peer);
    isClosed = true;
  });
  using client = new Client({ on: recordHooks().on });
  await (await client.get(peer.url)).body?.cancel();
  await eventually("the connection is closed", () => isClosed);
});

Deno.test("an upload of which hooks are told keeps its length, its trailers and its cancellation", async () => {
  const calls: unknown[] = [];
  const passed: unknown[] = [];
  const chunks = [new Uint8Array(3), undefined];
  const upload = observedUpload({
    length: 3,
    read: () => Promise.resolve(chunks.shift()),
    cancel: (reason) => calls.push(reason),
    trailers: () => [["x-sum", "3"]],
  }, { onBytes: ({ length }) => passed.push(length), onEnd: () => passed.push("end") });
  assertEquals(upload.length, 3);
  assertEquals((await upload.read())?.length, 3);
  assertEquals(await upload.read(), undefined);
  assertEquals(passed, [3, "end"]);
  assertEquals(await upload.trailers?.(), [["x-sum", "3"]]);
  upload.cancel("enough");
  assertEquals(calls, ["enough"]);
  const bare = observedUpload({ read: () => Promise.resolve(undefined), cancel() {} }, {});
  assertEquals(["length" in bare, "trailers" in bare], [false, false], "trailers would need chunks");
});

Deno.test("hooks of a WebSocket are told of its handshake, and of its end when it is closed", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onclose = () => {};
    return response;
  });
  const told = recordHooks();
  using client = new Client();
  const socket = await client.webSocket(`ws://localhost:${server.addr.port}/`, { on: told.on });
  await socket.opened;
  const before = ["request", "connect", "close", "response"];
  assertEquals(told.events.map(({ type }) => type), before);
  socket.close();
  await socket.closed;
  await eventually("the end is told", () => told.events.length > before.length);
  assertEquals(told.events.at(-1)?.type, "end");
});

Deno.test("the event of a refused tunnel shows no cookie of the refusal", async () => {
  const refusal = "HTTP/1.1 403 No\r\nset-cookie: id=s3cret\r\ncontent-length: 0\r\n\r\n";
  await using peer = scriptedServer(answer(refusal));
  const told = recordHooks();
  using client = new Client({ on: told.on });
  const error = await assertRejects(() => client.upgrade(peer.url, { protocol: "chat" }), ClientError);
  await delay(0);
  assertEquals(error.headers?.get("set-cookie"), "id=s3cret");
  const end = told.events.at(-1);
  assert(end?.type === "end" && end.error === error);
  assert(!Deno.inspect(end, { depth: 9 }).includes("s3cret"));
});

Deno.test("an event shows no credentials when it is printed, and has them for those who ask", async () => {
  const secrets = ["s3cret-auth", "s3cret-cookie", "s3cret-token", "s3cret-key", "s3cret-set", "s3cret-next"];
  await using server = Deno.serve({ port: 0, onListen() {} }, () =>
    new Response("hello", {
      headers: { "set-cookie": "id=s3cret-set", location: "https://me:s3cret-next@x.example/" },
    }));
  const { on, events } = recordHooks();
  using client = new Client({ on });
  await text(
    client,
    `http://me:s3cret-auth@localhost:${server.addr.port}/?access_token=s3cret-token&q=seen`,
    {
      headers: { cookie: "id=s3cret-cookie", "x-api-key": "s3cret-key", "x-seen": "seen" },
    },
  );
  let shown = "";
  let hidden = "";
  for (const event of events) {
    shown += Deno.inspect(event, { depth: 9 }) + JSON.stringify(event) + JSON.stringify({ ...event });
    if (event.type !== "request" && event.type !== "response") continue;
    shown += JSON.stringify([...event.headers]);
    hidden += event.dangerUnredacted.url + JSON.stringify([...event.dangerUnredacted.headers]);
  }
  for (const secret of secrets.concat(btoa("me:s3cret-auth"))) {
    assert(!shown.includes(secret), `${secret} is shown`);
    if (secret !== "s3cret-auth") assert(hidden.includes(secret), `${secret} is there`);
  }
  assert(shown.includes("access_token=REDACTED&q=seen"));
  assert(shown.includes('["x-seen","seen"]'));
});
