/** `Client.webSocket`: against Deno's server, and against servers written by hand, over HTTP/1.1, TLS and HTTP/2. */

import { assertEquals, assertRejects } from "@std/assert";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { type Duplex as NodeDuplex, Readable, Writable } from "node:stream";
import { Client } from "../../client/client.ts";
import { ClientError } from "../../client/error/client_error.ts";
import { duplexFromStreams } from "../../tls/stream/duplex_from_streams.ts";
import { WebSocketError } from "../../websocket/error.ts";
import { acceptFor } from "../../websocket/handshake/accept_key.ts";
import { acceptWebSocket } from "../../websocket/handshake/server_handshake.ts";
import { WebSocketStream } from "../../websocket/stream/web_socket_stream.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";

/** A server of Deno that echoes messages. */
function echoServer(tls: { readonly cert: string; readonly key: string } | object = {}) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {}, ...tls }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
}

/** A server that answers with `head`, in which `ACCEPT` stands for the right value, and `rest` behind it. */
async function scripted(
  head: string,
  rest = new Uint8Array(),
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<NodeDuplex>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", async (bytes) => {
      const key = /sec-websocket-key: (\S+)/i.exec(new TextDecoder().decode(bytes))?.[1] ?? "";
      socket.write(head.replace("ACCEPT", await acceptFor(key)));
      socket.write(rest);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SOUND =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
  "Sec-WebSocket-Accept: ACCEPT\r\n\r\n";

async function echo(client: Client, url: string): Promise<void> {
  const socket = await client.webSocket(url, { headers: { "x-test": "1" } });
  const { readable, writable } = await socket.opened;
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (const message of ["hello", new Uint8Array(100_000)]) {
    const written = writer.write(message);
    assertEquals((await reader.read()).value, message);
    await written;
  }
  socket.close({ closeCode: 3000, reason: "done" });
  assertEquals(await socket.closed, { closeCode: 3000, reason: "done" });
}

Deno.test("Client.webSocket: messages to Deno's server and back", async () => {
  await using server = echoServer();
  using client = new Client();
  await echo(client, `ws://127.0.0.1:${server.addr.port}/`);
});

Deno.test("Client.webSocket: D-09: wss, by the client's own trust, with both TLSs", async () => {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { ips: ["127.0.0.1"] });
  await using server = echoServer({ cert: chainPem, key: keyPem });
  for (const options of [{}, { roots: "mozilla" as const }]) {
    using client = new Client({ ...options, caCerts: authority.certPem });
    await echo(client, `wss://127.0.0.1:${server.addr.port}/`);
  }
  using stranger = new Client();
  await assertRejects(() => stranger.webSocket(`wss://127.0.0.1:${server.addr.port}/`), ClientError);
});

Deno.test("Client.webSocket: to close the client ends a WebSocket with more messages than are read", async () => {
  const frames = new Uint8Array(200_020);
  for (const at of [0, 100_010]) frames.set([0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xa0], at);
  await using server = await scripted(SOUND, frames);
  const client = new Client();
  const socket = await client.webSocket(`ws://127.0.0.1:${server.port}/`);
  const reader = (await socket.opened).readable.getReader();
  assertEquals((await reader.read()).value?.length, 100_000);
  client.close();
  assertEquals((await assertRejects(() => socket.closed, WebSocketError)).code, "closed");
});

Deno.test("W-02, W-10: Connection is a list, and a frame behind the head is delivered", async () => {
  await using server = await scripted(SOUND, Uint8Array.of(0x81, 0x02, 0x68, 0x69));
  using client = new Client();
  const socket = await client.webSocket(`ws://127.0.0.1:${server.port}/`);
  assertEquals((await (await socket.opened).readable.getReader().read()).value, "hi");
  socket.abort();
  await assertRejects(() => socket.closed, WebSocketError);
});

Deno.test("W-09: a 103 before the 101 is no hindrance", async () => {
  await using server = await scripted(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${SOUND}`);
  using client = new Client();
  (await client.webSocket(`ws://127.0.0.1:${server.port}/`)).abort();
});

for (
  const [name, head] of [
    ["a wrong Sec-WebSocket-Accept", SOUND.replace("ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")],
    [
      "a subprotocol that was not asked for",
      SOUND.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
    ],
  ] as const
) {
  Deno.test(`W-01: ${name} fails, and the connection is closed`, async () => {
    await using server = await scripted(head);
    using client = new Client();
    const error = await assertRejects(
      () => client.webSocket(`ws://127.0.0.1:${server.port}/`),
      WebSocketError,
    );
    assertEquals(error.code, "bad_handshake");
  });
}

for (const status of [200, 302, 401, 503]) {
  Deno.test(`W-08: ${status} in place of 101 is told with status and fields`, async () => {
    const fields = "location: /else\r\nx-reason: closed\r\ncontent-length: 4\r\n\r\nbody";
    await using server = await scripted(`HTTP/1.1 ${status} No\r\n${fields}`);
    using client = new Client();
    const error = await assertRejects(() => client.webSocket(`ws://127.0.0.1:${server.port}/`), ClientError);
    assertEquals([error.code, error.status, error.headers?.get("x-reason")], [
      "tunnel_refused",
      status,
      "closed",
    ]);
  });
}

Deno.test("Client.webSocket: what must not be is refused before anything is sent", async () => {
  using client = new Client();
  for (
    const attempt of [
      () => client.webSocket("ws://127.0.0.1:1/#x"),
      () => client.webSocket("ftp://127.0.0.1:1/"),
      () => client.webSocket("ws://127.0.0.1:1/", { headers: { "Sec-WebSocket-Version": "8" } }),
      () => client.webSocket("ws://127.0.0.1:1/", JSON.parse('{"perMessageDeflate":true}')),
    ]
  ) {
    const { code } = await assertRejects(attempt, ClientError);
    assertEquals(["invalid_request", "unsupported_scheme", "unsupported_option"].includes(code), true, code);
  }
  await assertRejects(() => client.webSocket("ws://127.0.0.1:1/", { protocols: ["a b"] }), DOMException);
  for (const init of ['{"protocols":"chat"}', '{"protocols":{}}']) {
    const attempt = () => client.webSocket("ws://127.0.0.1:1/", JSON.parse(init));
    await assertRejects(attempt, TypeError, '"protocols" must be a list');
  }
  for (const init of ['"chat"', '["chat"]', "null"]) {
    const attempt = () => client.webSocket("ws://127.0.0.1:1/", JSON.parse(init));
    await assertRejects(attempt, ClientError, "{ protocols: [");
  }
  for (const init of [{ maxMessageBytes: 0 }, { closeTimeout: Infinity }, { keepAlive: { interval: 0 } }]) {
    await assertRejects(() => client.webSocket("ws://127.0.0.1:1/", init), RangeError);
  }
});

Deno.test("W-02: over HTTP/2, by an extended CONNECT without a key", async () => {
  const server = createHttp2Server({ settings: { enableConnectProtocol: true } });
  const names: string[] = [];
  server.on("stream", async (stream, headers) => {
    names.push(
      ...Object.keys(headers).filter((name) => name.startsWith("sec-")),
      String(headers[":protocol"]),
    );
    const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    const negotiated = await acceptWebSocket({ method: "CONNECT", version: "HTTP/2", fields }, {
      protocols: ["a"],
    });
    stream.respond({ ":status": 200, ...Object.fromEntries(negotiated.fields) });
    const io = duplexFromStreams({
      readable: Readable.toWeb(stream) as ReadableStream<Uint8Array>, // Node's type of web streams is another
      writable: Writable.toWeb(stream) as WritableStream<Uint8Array>,
    });
    const socket = new WebSocketStream({ role: "server", io, negotiated });
    const { readable, writable } = await socket.opened;
    await readable.pipeTo(writable).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  using client = new Client({ protocols: ["h2"], http2PriorKnowledge: true });
  const socket = await client.webSocket(`ws://127.0.0.1:${port}/`, { protocols: ["a"] });
  const { readable, writable, protocol } = await socket.opened;
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (const message of ["hello", "x".repeat(200_000)]) {
    const written = writer.write(message);
    assertEquals((await reader.read()).value, message);
    await written;
  }
  socket.close({ closeCode: 1000 });
  assertEquals((await socket.closed).closeCode, 1000);
  assertEquals([protocol, names], ["a", ["sec-websocket-protocol", "sec-websocket-version", "websocket"]]);
  client.close();
  await new Promise((resolve) => server.close(resolve));
});
