/** Switches of protocols and WebSockets on a server, over both versions of HTTP. */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Client, ClientError } from "../../mod.ts";
import { serve, type ServeHandler, type ServeInfo } from "../../server/mod.ts";
import { writeAll } from "../../io/duplex.ts";

const VERSIONS = ["HTTP/1.1", "HTTP/2"] as const;
const encode = (text: string) => new TextEncoder().encode(text);

function start(handler: ServeHandler, options: { onError?: (error: unknown) => Response } = {}) {
  return serve({ port: 0, hostname: "127.0.0.1", onListen() {}, ...options }, handler);
}

function clientOf(version: typeof VERSIONS[number]): Client {
  return new Client({ http2PriorKnowledge: version === "HTTP/2" });
}

async function readText(
  io: { read(into: Uint8Array): Promise<number | null> },
  length: number,
): Promise<string> {
  let text = "";
  const into = new Uint8Array(3);
  while (text.length < length) {
    const count = await io.read(into);
    if (count === null) break;
    text += new TextDecoder().decode(into.subarray(0, count));
  }
  return text;
}

/** Answers with what comes, until the end. */
async function echo(info: ServeInfo, response: { tunnel: Promise<import("../../io/duplex.ts").Duplex> }) {
  const io = await response.tunnel;
  const into = new Uint8Array(16);
  for (let count = await io.read(into); count !== null; count = await io.read(into)) {
    await writeAll(io, into.subarray(0, count));
  }
  io.close();
  void info;
}

for (const version of VERSIONS) {
  Deno.test(`upgrade: a handler gets the connection as a duplex, ${version}`, async () => {
    const ends: Promise<void>[] = [];
    let seen = "";
    await using server = start((request, info) => {
      seen = `${request.method} ${request.headers.get("upgrade")} ${info.httpVersion}`;
      const upgrade = info.upgrade({ headers: { "x-kind": "echo" } });
      ends.push(echo(info, upgrade));
      return upgrade.response;
    });
    using client = clientOf(version);
    const tunnel = await client.upgrade(`http://127.0.0.1:${server.addr.port}/`, { protocol: "echo" });
    assertEquals(tunnel.headers.get("x-kind"), "echo");
    await writeAll(tunnel, encode("hello"));
    assertEquals(await readText(tunnel, 5), "hello");
    await tunnel.closeWrite?.();
    assertEquals(await readText(tunnel, 1), "");
    tunnel.close();
    await Promise.all(ends);
    assertEquals(seen, `GET echo ${version}`);
  });

  Deno.test(`upgrade: a handler that returns another response has changed its mind, ${version}`, async () => {
    let failure: Promise<unknown> = Promise.resolve();
    await using server = start((_, info) => {
      failure = info.upgrade().tunnel.catch((error) => error);
      return new Response("no", { status: 403 });
    });
    using client = clientOf(version);
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const error = await assertRejects(() => client.upgrade(url, { protocol: "echo" }), ClientError);
    assertEquals([error.code, error.status], ["tunnel_refused", 403]);
    assertStringIncludes(String(await failure), "returned another response");
  });

  Deno.test(`upgrade: a 200 in its place opens no tunnel, ${version}`, async () => {
    await using server = start(() => new Response("a page"));
    using client = clientOf(version);
    const url = `http://127.0.0.1:${server.addr.port}/`;
    const error = await assertRejects(() => client.upgrade(url, { protocol: "echo" }), ClientError);
    assertEquals([error.code, error.status], ["tunnel_refused", version === "HTTP/2" ? 501 : 200]);
    assertEquals((await client.fetch(url)).status, 200);
  });

  Deno.test(`upgradeWebSocket: messages both ways, a subprotocol and a close, ${version}`, async () => {
    const closed = Promise.withResolvers<number>();
    await using server = start((request, info) => {
      if (!request.headers.has("upgrade")) return new Response();
      const { socket, response } = info.upgradeWebSocket(request, { protocol: "chat" });
      socket.onmessage = ({ data }) => socket.send(`you said ${data}`);
      socket.onclose = ({ code }) => closed.resolve(code);
      return response;
    });
    using client = clientOf(version);
    const url = `ws://127.0.0.1:${server.addr.port}/`;
    if (version === "HTTP/2") await (await client.fetch(url.replace("ws", "http"))).text(); // a connection that stands
    const socket = await client.webSocket(url, { protocols: ["chat"] });
    const { readable, writable, protocol } = await socket.opened;
    assertEquals(protocol, "chat");
    await writable.getWriter().write("hello");
    assertEquals((await readable.getReader().read()).value, "you said hello");
    socket.close({ closeCode: 3001 });
    assertEquals((await socket.closed).closeCode, 3001);
    assertEquals(await closed.promise, 3001);
  });

  Deno.test(`upgrade: a tunnel that does not come rejects unnoticed where it is not awaited, ${version}`, async () => {
    await using server = start((_, info) => {
      info.upgrade();
      return new Response("no");
    });
    using client = clientOf(version);
    const opening = client.upgrade(`http://127.0.0.1:${server.addr.port}/`, { protocol: "echo" });
    const error = await assertRejects(() => opening, ClientError);
    assertEquals(error.code, "tunnel_refused");
    await new Promise((resolve) => setTimeout(resolve));
  });

  Deno.test(`upgrade: behind the switch there is no informational response, ${version}`, async () => {
    const failure = Promise.withResolvers<unknown>();
    await using server = start((_, info) => {
      const { response, tunnel } = info.upgrade();
      void tunnel.then((io) => {
        failure.resolve(assertThrows(() => info.inform(103, {}), TypeError).message);
        io.close();
      });
      return response;
    });
    using client = clientOf(version);
    const tunnel = await client.upgrade(`http://127.0.0.1:${server.addr.port}/`, { protocol: "echo" });
    assertEquals(
      await failure.promise,
      "Cannot send an informational response: the final one has begun",
    );
    tunnel.close();
  });

  Deno.test(`upgradeWebSocket: an idleTimeout of 0 sends no pings, ${version}`, async () => {
    await using server = start((request, info) => {
      const { socket, response } = info.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    });
    using client = clientOf(version);
    const socket = await client.webSocket(`ws://127.0.0.1:${server.addr.port}/`);
    const { readable, writable } = await socket.opened;
    await writable.getWriter().write("hello");
    assertEquals((await readable.getReader().read()).value, "hello");
    socket.close();
    await socket.closed;
  });

  Deno.test(`upgradeWebSocket: a shutdown closes with 1001, ${version}`, async () => {
    const server = start((request, info) => {
      const { stream, response } = info.upgradeWebSocket(request);
      void stream.opened;
      return response;
    });
    using client = clientOf(version);
    const socket = await client.webSocket(`ws://127.0.0.1:${server.addr.port}/`);
    const { readable } = await socket.opened;
    const over = server.shutdown();
    assertEquals((await readable.getReader().read()).done, true);
    assertEquals((await socket.closed).closeCode, 1001);
    await over;
  });

  Deno.test(`upgrade: a client that leaves before the response ends the wait for the tunnel, ${version}`, async () => {
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let failure: Promise<unknown> = Promise.resolve();
    await using server = start(async (_, info) => {
      const upgrade = info.upgrade();
      failure = upgrade.tunnel.then(() => "a tunnel", (error) => String(error));
      asked.resolve();
      await release.promise;
      return upgrade.response;
    });
    const client = clientOf(version);
    const opening = client.upgrade(`http://127.0.0.1:${server.addr.port}/`, { protocol: "echo" });
    const refused = assertRejects(() => opening);
    await asked.promise;
    client.close();
    await refused;
    assert(await failure !== "a tunnel");
    release.resolve();
  });
}

Deno.test("upgrade, V-57: bytes behind the head belong to the tunnel, those of a read that was begun too", async () => {
  await using server = start((_, info) => {
    const upgrade = info.upgrade();
    void echo(info, upgrade);
    return upgrade.response;
  });
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  await writeAll(
    tcp,
    encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly "),
  );
  let head = "";
  while (!head.includes("\r\n\r\n")) head += await readText(tcp, 1);
  assertStringIncludes(head, "HTTP/1.1 101 Switching Protocols\r\n");
  assertStringIncludes(head.toLowerCase(), "upgrade: echo\r\n");
  await writeAll(tcp, encode("late"));
  const rest = head.slice(head.indexOf("\r\n\r\n") + 4);
  assertEquals(rest + await readText(tcp, 10 - rest.length), "early late");
});

Deno.test("upgrade: a request behind an offer that is ignored is served", async () => {
  await using server = start((request) => new Response(new URL(request.url).pathname));
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const offer = "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n";
  await writeAll(
    tcp,
    encode(`GET /one HTTP/1.1\r\n${offer}\r\nGET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
  );
  const text = await readText(tcp, 10_000);
  assert(text.indexOf("/one") > 0 && text.indexOf("/two") > text.indexOf("/one"), text);
});

const REFUSALS: readonly { name: string; head: string; message: string }[] = [
  { name: "no offer", head: "", message: "does not offer a protocol" },
  { name: "an offer without the option", head: "Upgrade: echo\r\n", message: "does not offer a protocol" },
  {
    name: "content that is not read",
    head: "Connection: Upgrade\r\nUpgrade: echo\r\nContent-Length: 3\r\n",
    message: "the content of the request is not read to its end",
  },
];

for (const { name, head, message } of REFUSALS) {
  Deno.test(`upgrade: refused for ${name}, and the request is answered`, async () => {
    await using server = start((_, info) => {
      const error = assertThrows(() => info.upgrade(), TypeError);
      return new Response(error.message, { headers: { connection: "close" } });
    });
    using tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    await writeAll(tcp, encode(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n`));
    assertStringIncludes(await readText(tcp, 10_000), message);
  });
}

Deno.test("upgrade: another protocol than the request offers, and a second upgrade, are refused", async () => {
  const messages: string[] = [];
  await using server = start((_, info) => {
    messages.push(assertThrows(() => info.upgrade({ protocol: "other" }), TypeError).message);
    const { response, tunnel } = info.upgrade({ protocol: "ECHO" });
    messages.push(assertThrows(() => info.upgrade(), TypeError).message);
    void tunnel.then((io) => io.close());
    return response;
  });
  using client = clientOf("HTTP/1.1");
  const tunnel = await client.upgrade(`http://127.0.0.1:${server.addr.port}/`, { protocol: "echo" });
  assertEquals(await readText(tunnel, 1), "");
  tunnel.close();
  assertEquals(messages, [
    'Cannot upgrade: the request does not offer "other"',
    "Cannot upgrade: it was asked for before",
  ]);
});

const BAD_HANDSHAKES: readonly { name: string; head: string; status: number }[] = [
  { name: "POST", head: "POST", status: 405 },
  { name: "version 8", head: "8", status: 426 },
  { name: "a key of three bytes", head: "YWJj", status: 400 },
];

for (const { name, head, status } of BAD_HANDSHAKES) {
  Deno.test(`V-42: upgradeWebSocket refuses ${name} with ${status}`, async () => {
    await using server = start((request, info) => info.upgradeWebSocket(request).response);
    using tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    const fields = [
      "Host: a",
      "Connection: Upgrade",
      "Upgrade: websocket",
      `Sec-WebSocket-Version: ${head === "8" ? 8 : 13}`,
      `Sec-WebSocket-Key: ${head === "YWJj" ? head : "dGhlIHNhbXBsZSBub25jZQ=="}`,
    ];
    await writeAll(
      tcp,
      encode(`${head === "POST" ? head : "GET"} / HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`),
    );
    assertEquals(await readText(tcp, 12), `HTTP/1.1 ${status}`);
  });
}

Deno.test("upgradeWebSocket: Deno's WebSocket is a client of it", async () => {
  await using server = start((request, info) => {
    const { socket, response } = info.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const message = await new Promise((resolve) => {
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(data);
  });
  assertEquals(message, "hello");
  socket.close();
  await new Promise((resolve) => socket.onclose = resolve);
});

Deno.test("upgradeWebSocket: a response of Deno's function is an error that names ours, and the server goes on", async () => {
  const errors: string[] = [];
  const onError = (error: unknown) => {
    errors.push(String(error));
    return new Response(null, { status: 500 });
  };
  await using server = start((request) => {
    if (request.headers.get("upgrade") === null) return new Response("still here");
    return Deno.upgradeWebSocket(request).response;
  }, { onError });
  using client = clientOf("HTTP/1.1");
  const url = `127.0.0.1:${server.addr.port}/`;
  await assertRejects(() => client.webSocket(`ws://${url}`), ClientError);
  assertStringIncludes(errors.join(), "info.upgradeWebSocket()");
  assertEquals(await (await client.fetch(`http://${url}`)).text(), "still here");
});
