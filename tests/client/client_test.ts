/** The client against scripted servers: verbs, pool, timeouts, aborts, redirects and errors. */

import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientErrorCode } from "../../mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { startServe } from "../support/peers.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** Answers every request on the connection with `answer`. */
function always(answer: string): (peer: Peer) => Promise<void> {
  return async (peer) => {
    while (await peer.readHead() !== undefined) await peer.send(answer);
  };
}

async function rejectsWith(code: ClientErrorCode, call: () => Promise<unknown>): Promise<ClientError> {
  const error = await assertRejects(call);
  assertInstanceOf(error, ClientError);
  assertEquals(error.code, code);
  return error;
}

Deno.test("Client: a second request reuses the connection, and says so", async () => {
  await using server = scriptedServer(always(OK));
  using client = new Client();
  const first = await client.fetch(server.url);
  assertEquals(await first.text(), "ok");
  const second = await client.fetch(server.url);
  assertEquals(await second.text(), "ok");
  assertEquals([first.connection.reused, second.connection.reused], [false, true]);
  assertEquals(first.connection.id, second.connection.id);
  assertEquals(first.connection.remoteAddress, { hostname: "127.0.0.1", port: server.port });
  assertEquals(first.connection.tls, undefined);
  assertEquals(server.connections, 1);
  assertEquals(client.stats(), {
    connections: 1,
    idle: 1,
    connecting: 0,
    waiting: 0,
    origins: { [`http://127.0.0.1:${server.port}`]: { connections: 1, idle: 1, connecting: 0, waiting: 0 } },
  });
});

Deno.test("Client: fetch works apart from its client", async () => {
  await using server = scriptedServer(always(OK));
  using client = new Client();
  const { fetch } = client;
  assertEquals(await (await fetch(server.url)).text(), "ok");
});

Deno.test("Client: the verbs set the method", async () => {
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      const method = head.slice(0, head.indexOf(" "));
      await peer.send(`HTTP/1.1 200 OK\r\nx-method: ${method}\r\ncontent-length: 0\r\n\r\n`);
    }
  });
  using client = new Client();
  for (const verb of ["get", "head", "post", "put", "patch", "delete"] as const) {
    const response = await client[verb](server.url);
    assertEquals(response.headers.get("x-method"), verb.toUpperCase());
    await response.text();
  }
});

Deno.test("Client: default headers go with every request, and lose to its own", async () => {
  const heads: string[] = [];
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      heads.push(head);
      await peer.send(OK);
    }
  });
  using client = new Client({ headers: { "x-default": "client", "user-agent": "own" } });
  await (await client.fetch(server.url)).text();
  await (await client.fetch(server.url, { headers: { "x-default": "request" } })).text();
  assert(heads[0]?.includes("x-default: client\r\n"));
  assert(heads[0]?.includes("user-agent: own\r\n"));
  assert(heads[1]?.includes("x-default: request\r\n"));
  assertEquals(heads[1]?.includes("client\r\n"), false);
});

Deno.test("P-12: a connection that the server closed while it was idle is replaced", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
  });
  using client = new Client();
  for (let i = 0; i < 3; i++) assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(server.connections, 3);
});

Deno.test("P-12: a GET that a reused connection swallows is retried on another", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
    if (peer.index === 0) await peer.readHead(); // and close without a word
    else await always(OK)(peer);
  });
  using client = new Client();
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(server.connections, 2);
});

Deno.test("P-12: a POST that a reused connection swallows is not retried", async () => {
  let posts = 0;
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
    if ((await peer.readHead())?.startsWith("POST")) posts++;
  });
  using client = new Client();
  await (await client.fetch(server.url)).text();
  await rejectsWith("connection_closed", () => client.post(server.url, { body: "once" }));
  assertEquals(posts, 1);
});

Deno.test("P-12: a request whose response has begun is never retried", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-le");
  });
  using client = new Client();
  await (await client.fetch(server.url)).text();
  await rejectsWith("truncated", () => client.fetch(server.url));
  assertEquals(server.connections, 1);
});

Deno.test("P-13: a request whose new connection is closed at once is not retried", async () => {
  await using server = scriptedServer(async (peer) => void await peer.readHead());
  using client = new Client();
  await rejectsWith("connection_closed", () => client.fetch(server.url));
  assertEquals(server.connections, 1);
});

Deno.test("P-14: a connection whose body is unread is not given to another request", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
    if (peer.index === 0) return await peer.untilClosed();
    await peer.send("cd");
    await peer.untilClosed();
  });
  using client = new Client();
  const unread = await client.fetch(server.url);
  assertEquals(await (await client.fetch(server.url)).text(), "abcd");
  assertEquals(server.connections, 2);
  await unread.body?.cancel();
});

Deno.test("B-20: bytes on an idle connection never become a response", async () => {
  const poisoned = Promise.withResolvers<void>();
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
    if (peer.index === 0) {
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
      await peer.untilClosed();
      poisoned.resolve();
    } else await always(OK)(peer);
  });
  using client = new Client();
  await (await client.fetch(server.url)).text();
  await poisoned.promise;
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(server.connections, 2);
});

Deno.test("Client: no more connections than allowed are open, and the rest wait", async () => {
  let open = 0;
  let most = 0;
  await using server = scriptedServer(async (peer) => {
    most = Math.max(most, ++open);
    await always(OK)(peer);
    open--;
  });
  using client = new Client({ pool: { maxConnectionsPerOrigin: 3 } });
  const texts = Array.from({ length: 20 }, async () => await (await client.fetch(server.url)).text());
  assertEquals(client.stats().waiting, 20);
  assertEquals(await Promise.all(texts), Array(20).fill("ok"));
  assertEquals(most, 3);
});

Deno.test("Client: idle connections are closed after their time", async () => {
  const ended = Promise.withResolvers<void>();
  await using server = scriptedServer(async (peer) => {
    await always(OK)(peer);
    ended.resolve();
  });
  using client = new Client({ pool: { idleTimeout: 20 } });
  await (await client.fetch(server.url)).text();
  await ended.promise;
  assertEquals(client.stats(), { connections: 0, idle: 0, connecting: 0, waiting: 0, origins: {} });
});

Deno.test("Client: close rejects requests in flight, and every later request", async () => {
  await using server = scriptedServer((peer) => peer.untilClosed());
  const client = new Client();
  const pending = rejectsWith("client_closed", () => client.fetch(server.url));
  while (client.stats().connections === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  client.close();
  client.close();
  await pending;
  await rejectsWith("client_closed", () => client.fetch(server.url));
});

Deno.test("Client: close ends a body that is being read", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    await peer.untilClosed();
  });
  const client = new Client();
  const response = await client.fetch(server.url);
  const text = assertRejects(() => response.text(), ClientError);
  client.close();
  await text;
});

Deno.test("P-16: a dial that stalls is given up after timeouts.connect", async () => {
  using client = new Client({
    timeouts: { connect: 20 },
    dial: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const error = await rejectsWith(
    "connect_timeout",
    () => client.fetch("http://localhost:8/".replace("8/", "8080/")),
  );
  assert(error.hint?.includes("timeouts.connect"));
  assertEquals(client.stats().connecting, 0);
});

Deno.test("P-16: a head that stalls is given up after timeouts.headers, and its connection closed", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\n");
    await peer.untilClosed();
    closed.resolve();
  });
  using client = new Client();
  await rejectsWith("headers_timeout", () => client.fetch(server.url, { timeouts: { headers: 20 } }));
  await closed.promise;
});

Deno.test("P-16: a body that stalls is given up after timeouts.body; one that drips is not", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n");
    for (const byte of "drips") {
      await peer.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (peer.index === 0) await peer.send("!");
    await peer.untilClosed();
  });
  using client = new Client({ timeouts: { body: 1_000 }, pool: { maxIdlePerOrigin: 0 } });
  assertEquals(await (await client.fetch(server.url)).text(), "drips!");
  const stalled = await client.fetch(server.url, { timeouts: { body: 100 } });
  await rejectsWith("body_timeout", () => stalled.text());
});

Deno.test("P-16: timeouts.total covers the content too", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhalf");
    await peer.untilClosed();
  });
  using client = new Client();
  const response = await client.fetch(server.url, { timeouts: { total: 50 } });
  await rejectsWith("total_timeout", () => response.text());
});

Deno.test("P-17: an abort while dialling, waiting, or reading rejects with the signal's reason", async () => {
  await using server = scriptedServer(async (peer) => {
    if (!(await peer.readHead())?.startsWith("GET /stall")) {
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhalf");
    }
    await peer.untilClosed();
  });
  using client = new Client();
  const reason = new Error("enough");
  const stages: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    waiting: (signal) => client.fetch(`${server.url}stall`, { signal }),
    reading: async (signal) => await (await client.fetch(server.url, { signal })).text(),
    streaming: async (signal) => {
      const response = await client.fetch(server.url, { signal });
      for await (const chunk of response.body ?? []) assert(chunk.length > 0);
    },
  };
  for (const stage of Object.values(stages)) {
    const controller = new AbortController();
    const rejected = assertRejects(() => stage(controller.signal), Error, "enough");
    setTimeout(() => controller.abort(reason), 20);
    assertEquals(await rejected, reason);
  }
  using never = new Client({
    dial: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const signal = AbortSignal.timeout(10);
  assertEquals(await assertRejects(() => never.fetch(server.url, { signal })), signal.reason);
});

Deno.test("P-17: an abort after the end changes nothing", async () => {
  await using server = scriptedServer(always(OK));
  using client = new Client();
  const controller = new AbortController();
  const response = await client.fetch(server.url, { signal: controller.signal });
  assertEquals(await response.text(), "ok");
  controller.abort();
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(server.connections, 1);
});

Deno.test("P-26: a callback that throws rejects its own request and leaves the pool usable", async () => {
  await using server = scriptedServer(always(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`));
  using client = new Client();
  const boom = new Error("boom");
  const rejected = await assertRejects(() =>
    client.fetch(server.url, {
      onInformational() {
        throw boom;
      },
    })
  );
  assertEquals(rejected, boom);
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
});

Deno.test("Client: onInformational sees 1xx responses in order", async () => {
  await using server = scriptedServer(always(
    `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </b>\r\n\r\n${OK}`,
  ));
  using client = new Client();
  const seen: unknown[] = [];
  const response = await client.fetch(server.url, {
    onInformational: (status, headers) => seen.push([status, headers.get("link")]),
  });
  assertEquals(await response.text(), "ok");
  assertEquals(seen, [[103, "</a>"], [103, "</b>"]]);
});

Deno.test("Client: trailers arrive after the content, and never among the headers", async () => {
  await using server = scriptedServer(always(
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-checksum: 42\r\n\r\n",
  ));
  using client = new Client();
  const response = await client.fetch(server.url);
  assertEquals(await response.text(), "ok");
  assertEquals((await response.trailers).get("x-checksum"), "42");
  assertEquals(response.headers.has("x-checksum"), false);
});

Deno.test("Client: trailers reject, unreported, when the content is cut short", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok");
  });
  using client = new Client();
  const response = await client.fetch(server.url);
  await rejectsWith("truncated", () => response.text());
  await rejectsWith("truncated", () => response.trailers);
});

Deno.test("Client: https with tls: false is an error that says so", async () => {
  using client = new Client({ tls: false });
  const error = await rejectsWith("no_tls_connector", () => client.fetch("https://localhost:8443/"));
  assert(error.hint?.includes("tls: false"));
});

Deno.test("S-04, D-06: httpsOnly is checked on the first URL and on every hop", async () => {
  using client = new Client({ httpsOnly: true });
  await rejectsWith("https_required", () => client.fetch("http://localhost/"));
  const authority = await mintAuthority();
  let visits = 0;
  await using server = startServe(() => {
    const location = ["/again", "http://localhost/"][visits++] ?? "/";
    return new Response(null, { status: 302, headers: { location } });
  }, await mintCertificate(authority, { names: ["localhost"] }));
  using trusting = new Client({ httpsOnly: true, caCerts: authority.certPem });
  await rejectsWith("https_required", () => trusting.fetch(`https://localhost:${server.port}/`));
  assertEquals(visits, 2);
});

Deno.test("S-01: credentials do not cross origins, and do not come back", async () => {
  const heads: string[] = [];
  const record = async (peer: Peer, answer: () => string): Promise<void> => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      heads.push(head);
      await peer.send(answer());
    }
  };
  const redirect = (to: string) => `HTTP/1.1 302 Found\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`;
  let visits = 0;
  await using other = scriptedServer((peer) => record(peer, () => redirect(`${first.url}back`)));
  await using first = scriptedServer((peer) => record(peer, () => visits++ === 0 ? redirect(other.url) : OK));
  using client = new Client();
  const response = await client.fetch(first.url, {
    headers: { authorization: "Bearer secret", cookie: "a=1" },
  });
  assertEquals(await response.text(), "ok");
  assertEquals(response.redirected, true);
  assertEquals(heads.map((head) => /secret|a=1/.test(head)), [true, false, false]);
});

Deno.test("S-07: a redirect without a location is the final response, with its body", async () => {
  // Deno's own fetch drops the body here, and only here.
  await using server = scriptedServer(always("HTTP/1.1 302 Found\r\ncontent-length: 4\r\n\r\nstay"));
  using client = new Client();
  const response = await client.fetch(server.url);
  assertEquals([response.status, response.redirected, await response.text()], [302, false, "stay"]);
});

Deno.test("S-11: the body of a redirect is drained while small, and given up when not", async () => {
  const large = "x".repeat(1_000_000);
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      const [, path] = head.split(" ");
      const body = path === "/large" ? large : "small";
      if (path === "/end") await peer.send(OK);
      else {
        await peer.send(`HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-length: ${body.length}\r\n\r\n`);
        await peer.send(body).catch(() => {}); // the client may have gone
      }
    }
  });
  using client = new Client();
  /** The connections that were closed, once the others are idle. */
  const closed = async (): Promise<number> => {
    await eventually("all are idle", () => client.stats().idle === client.stats().connections);
    return server.connections - client.stats().idle;
  };
  assertEquals(await (await client.fetch(`${server.url}small`)).text(), "ok");
  assertEquals(await closed(), 0);
  assertEquals(await (await client.fetch(`${server.url}large`)).text(), "ok");
  assertEquals(await closed(), 1);
});

Deno.test("P-25: errors name the host, and never userinfo, query or credentials", async () => {
  using client = new Client();
  const error = await rejectsWith(
    "connection_refused",
    () =>
      client.fetch("http://user:hunter2@127.0.0.1:1234/path?token=hunter3", {
        headers: { cookie: "hunter4" },
      }),
  );
  assert(error.detail.includes("127.0.0.1:1234"));
  assertEquals(/hunter|token|user/.test(Deno.inspect(error)), false);
});

Deno.test("P-27: a name without an address is a dns error", async () => {
  using client = new Client();
  await rejectsWith("dns", () => client.fetch("http://no-such-host.invalid/"));
});

Deno.test("Client: two clients share nothing", async () => {
  await using server = scriptedServer(always(OK));
  using one = new Client();
  using two = new Client();
  const first = await one.fetch(server.url);
  const second = await two.fetch(server.url);
  assertNotEquals(first.connection.id, second.connection.id);
  assertEquals([await first.text(), await second.text()], ["ok", "ok"]);
});

Deno.test("Client: a response handed to Deno.serve arrives whole", async () => {
  await using server = scriptedServer(always(OK));
  using client = new Client();
  await using proxy = Deno.serve({ port: 0, onListen() {} }, () => client.fetch(server.url));
  for (let i = 0; i < 50; i++) {
    assertEquals(await (await client.fetch(`http://localhost:${proxy.addr.port}/`)).text(), "ok");
  }
});

Deno.test("Client: the buffer of content that is read holds nothing else", async () => {
  await using server = scriptedServer(always(OK));
  using client = new Client();
  const responses = [
    await client.fetch(server.url),
    await client.fetch(server.url),
    await client.fetch(server.url),
  ];
  const bytes = await responses[0]?.bytes();
  assertEquals(bytes?.buffer.byteLength, 2);
  assertEquals((await responses[1]?.arrayBuffer())?.byteLength, 2);
  const reader = responses[2]?.body?.getReader();
  assertEquals((await reader?.read())?.value?.buffer.byteLength, 2);
});
