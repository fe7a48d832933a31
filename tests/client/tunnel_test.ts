/** `Client.upgrade` and `Client.connect`, against Node's servers and against bytes written by hand. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createServer } from "node:http";
import { createSecureServer, createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect as dialTcp, createServer as createTcpServer, type Server } from "node:net";
import type { Duplex as NodeDuplex } from "node:stream";
import { Client } from "../../client/client.ts";
import { ClientError } from "../../client/error/client_error.ts";
import { USER_AGENT } from "../../client/version.ts";
import type { Duplex } from "../../io/duplex.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

async function readText(io: Duplex, length = Infinity): Promise<string> {
  let text = "";
  const into = new Uint8Array(5);
  while (text.length < length) {
    const count = await io.read(into);
    if (count === null) break;
    text += decoder.decode(into.subarray(0, count));
  }
  return text;
}

/** Listens, and closes with all of its sockets. */
async function listen(
  server: Pick<Server, "listen" | "address" | "close"> & {
    on(event: string, on: (socket: NodeDuplex) => void): unknown;
  },
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<NodeDuplex>();
  for (const event of ["connection", "secureConnection"]) {
    server.on(event, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server that sends `wire` for each request's head, and echoes what comes then. */
function raw(wire: string): Promise<AsyncDisposable & { readonly port: number }> {
  return listen(createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(wire);
      socket.on("data", (bytes) => socket.write(bytes));
    });
  }));
}

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nconnection: keep-alive, Upgrade\r\nupgrade: Echo\r\n\r\n";

Deno.test("upgrade: Node's server switches protocols, and what came behind the head is read first", async () => {
  const server = createServer();
  const seen: unknown[] = [];
  server.on("upgrade", ({ method, url, headers }, socket) => {
    const { host: _, ...rest } = headers;
    seen.push([method, url, rest]);
    socket.write(`${SWITCHING}early `);
    socket.pipe(socket);
  });
  await using peer = await listen(server);
  using client = new Client({ headers: { "x-own": "1" } });
  using tunnel = await client.upgrade(`http://127.0.0.1:${peer.port}/chat?x`, {
    protocol: "echo",
    headers: { "sec-thing": "13", upgrade: "other" },
    http1Headers: { "sec-key": "k" },
  });
  await tunnel.write(encoder.encode("and late"));
  assertEquals(await readText(tunnel, 14), "early and late");
  const { status, protocol, httpVersion, connection } = tunnel;
  assertEquals([status, protocol, httpVersion, connection.reused], [101, "echo", "HTTP/1.1", false]);
  assertEquals(tunnel.headers.get("upgrade"), "Echo");
  assertEquals(client.stats().connections, 0);
  await tunnel.closeWrite();
  assertEquals(await readText(tunnel), "");
  const [[method, url, headers]] = seen as [[string, string, Record<string, string>]];
  const { "user-agent": _, ...fields } = headers;
  assertEquals([method, url, fields], ["GET", "/chat?x", {
    accept: "*/*",
    "x-own": "1",
    "sec-thing": "13",
    connection: "upgrade",
    upgrade: "echo",
    "sec-key": "k",
  }]);
});

/** Responses to an upgrade, and what becomes of them. */
const ROWS: readonly (readonly [name: string, wire: string, code: string, status?: number])[] = [
  ["a 200", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno", "tunnel_refused", 200],
  [
    "a 302, which is not followed",
    "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
    "tunnel_refused",
    302,
  ],
  ["a 401", "HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "tunnel_refused", 401],
  [
    "a 426",
    "HTTP/1.1 426 No\r\nupgrade: TLS/1.2\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n",
    "tunnel_refused",
    426,
  ],
  ["a 503 whose content does not end", "HTTP/1.1 503 No\r\n\r\nwait", "tunnel_refused", 503],
  [
    "H1-32: a 101 to another protocol",
    "HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    "protocol_error",
  ],
  [
    "H1-32: a 101 to two protocols, one of them not asked for",
    "HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: h2c, echo\r\n\r\n",
    "protocol_error",
  ],
  ["H1-32: a 101 without Upgrade", "HTTP/1.1 101 X\r\nconnection: upgrade\r\n\r\n", "protocol_error"],
  [
    "H1-32: a 101 without the option in Connection",
    "HTTP/1.1 101 X\r\nupgrade: echo\r\n\r\n",
    "protocol_error",
  ],
  [
    "H1-42: a 101 of HTTP/1.0",
    "HTTP/1.0 101 X\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n",
    "protocol_error",
  ],
];

for (const [name, wire, code, status] of ROWS) {
  Deno.test(`${name.startsWith("H1-") ? name.replace(":", ": upgrade:") : `upgrade: ${name}`} is refused`, async () => {
    await using peer = await raw(wire);
    using client = new Client();
    const error = await assertRejects(
      () => client.upgrade(`http://127.0.0.1:${peer.port}/`, { protocol: "echo" }),
      ClientError,
    );
    assertEquals([error.code, error.status], [code, status]);
    if (status !== undefined) assertEquals(error.detail.includes(`status ${status}`), true);
    if (status === 426) assertEquals(error.headers?.get("upgrade"), "TLS/1.2");
  });
}

for (const head of ["HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"]) {
  Deno.test(`upgrade: ${head.slice(9, 12)} before the 101 is told of`, async () => {
    const seen: number[] = [];
    await using peer = await raw(
      head + SWITCHING.replace("\r\n\r\n", "\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"),
    );
    using client = new Client();
    using tunnel = await client.upgrade(`http://127.0.0.1:${peer.port}/`, {
      protocol: "echo",
      onInformational: (status) => seen.push(status),
    });
    await tunnel.write(encoder.encode("ping"));
    assertEquals([await readText(tunnel, 4), seen], ["ping", [Number(head.slice(9, 12))]]);
  });
}

/** A server of both versions over TLS that takes extended CONNECT if `allows`, and upgrades over HTTP/1.1. */
async function secureEcho(
  allows: boolean,
  log: string[],
): Promise<AsyncDisposable & { readonly port: number; readonly caCerts: string }> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const server = createSecureServer({
    allowHTTP1: true,
    cert: chainPem,
    key: keyPem,
    settings: { enableConnectProtocol: allows },
  });
  server.on("upgrade", (_request, socket: NodeDuplex) => {
    log.push("101");
    socket.write(SWITCHING);
    socket.pipe(socket);
  });
  server.on("connect", () => {}); // without it, "request" answers every CONNECT with 405
  server.on("request", (request, response) => {
    if (request.httpVersionMajor === 1) response.end();
  });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    if (headers[":method"] !== "CONNECT") return stream.respond({ ":status": 200 }, { endStream: true });
    log.push(
      `CONNECT ${headers[":protocol"]} ${headers[":scheme"]} ${headers[":path"]} ${headers["sec-key"]}`,
    );
    if (headers[":path"] === "/refused") return stream.respond({ ":status": 403 }, { endStream: true });
    stream.respond({ ":status": 200 });
    stream.pipe(stream);
  });
  const peer = await listen(server as never);
  return Object.assign(peer, { caCerts: authority.certPem });
}

const INIT = { protocol: "echo", http1Headers: { "sec-key": "k" } };

for (const allows of [true, false]) {
  for (const protocols of [["h2", "http/1.1"], ["h2"], ["http/1.1"]] as const) {
    Deno.test(`upgrade: over TLS with ${protocols.join(" and ")}, where extended CONNECT is ${allows ? "" : "not "}allowed`, async () => {
      const log: string[] = [];
      await using peer = await secureEcho(allows, log);
      using client = new Client({ caCerts: peer.caCerts, protocols });
      const url = `https://localhost:${peer.port}/chat`;
      const only2 = protocols.length === 1 && protocols[0] === "h2";
      if (only2 && !allows) {
        const error = await assertRejects(() => client.upgrade(url, INIT), ClientError, "extended CONNECT");
        assertEquals([error.code, error.status, log], ["tunnel_refused", undefined, []]);
        return;
      }
      for (const warm of [false, true]) {
        if (warm) await (await client.get(url)).body?.cancel();
        const tunnel = await client.upgrade(url, INIT);
        await tunnel.write(encoder.encode("through"));
        assertEquals(await readText(tunnel, 7), "through");
        // Whether the server allows it is known of a connection that stands.
        const isHttp2 = only2 || (warm && allows && protocols.length === 2);
        assertEquals([tunnel.httpVersion, tunnel.status], isHttp2 ? ["HTTP/2", 200] : ["HTTP/1.1", 101]);
        assertEquals(log.splice(0), [isHttp2 ? "CONNECT echo https /chat undefined" : "101"]);
        await tunnel.closeWrite();
        if (isHttp2) assertEquals(await readText(tunnel), "");
        tunnel.close();
      }
    });
  }
}

Deno.test("upgrade: an extended CONNECT that is answered otherwise is refused with its status", async () => {
  const log: string[] = [];
  await using peer = await secureEcho(true, log);
  using client = new Client({ caCerts: peer.caCerts, protocols: ["h2"] });
  const error = await assertRejects(
    () => client.upgrade(`https://localhost:${peer.port}/refused`, INIT),
    ClientError,
    'Cannot switch to "echo"',
  );
  assertEquals([error.code, error.status], ["tunnel_refused", 403]);
  assertEquals(client.stats().connections, 1);
});

/** A proxy of Node's that dials what CONNECT names. */
function proxy(
  log: unknown[],
  userAgents: unknown[] = [],
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  server.on("connect", ({ url = "", headers }, socket) => {
    socket.on("error", () => {});
    log.push([url, headers.host, headers["proxy-authorization"], headers["x-own"], headers["authorization"]]);
    userAgents.push(headers["user-agent"]);
    const far = dialTcp(Number(url.slice(url.lastIndexOf(":") + 1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\ncontent-length: 5\r\n\r\n");
      far.pipe(socket);
      socket.pipe(far);
    });
    far.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  });
  return listen(server);
}

Deno.test("connect: a tunnel through Node's proxy, whose credentials are the URL's", async () => {
  await using far = await listen(createTcpServer((socket) => socket.pipe(socket)));
  const log: unknown[] = [];
  const userAgents: unknown[] = [];
  await using peer = await proxy(log, userAgents);
  using client = new Client({ headers: { "x-own": "secret", authorization: "secret" } });
  using tunnel = await client.connect(`LOCALHOST:${far.port}`, {
    via: `http://user:pass@127.0.0.1:${peer.port}/`,
  });
  await tunnel.write(encoder.encode("far away"));
  assertEquals(await readText(tunnel, 8), "far away");
  assertEquals([tunnel.status, tunnel.protocol], [200, undefined]);
  const authority = `localhost:${far.port}`;
  assertEquals(log, [[authority, authority, `Basic ${btoa("user:pass")}`, undefined, undefined]]);
  assertEquals(userAgents, [USER_AGENT]);
});

Deno.test("connect: a User-Agent of the call replaces the client's", async () => {
  await using far = await listen(createTcpServer((socket) => socket.pipe(socket)));
  const userAgents: unknown[] = [];
  await using peer = await proxy([], userAgents);
  using client = new Client();
  const via = `http://127.0.0.1:${peer.port}/`;
  using tunnel = await client.connect(`localhost:${far.port}`, { via, headers: { "User-Agent": "me" } });
  assertEquals([tunnel.status, userAgents], [200, ["me"]]);
});

Deno.test("connect: a tunnel through an HTTP/2 proxy", async () => {
  await using far = await listen(createTcpServer((socket) => socket.pipe(socket)));
  const server = createHttp2Server();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    const port = Number(String(headers[":authority"]).split(":")[1]);
    const socket = dialTcp(port, "127.0.0.1", () => {
      stream.respond({ ":status": 200 });
      socket.pipe(stream);
      stream.pipe(socket);
    });
    socket.on("error", () => stream.close(10));
  });
  await using peer = await listen(server as never);
  using client = new Client({ http2PriorKnowledge: true });
  const via = `http://127.0.0.1:${peer.port}`;
  using tunnel = await client.connect(`localhost:${far.port}`, { via });
  const content = new Uint8Array(300_000).map((_, i) => i);
  const writing = (async () => {
    for (let at = 0; at < content.length;) at += await tunnel.write(content.subarray(at, at + 50_000));
    await tunnel.closeWrite();
  })();
  const back = new Uint8Array(content.length);
  let length = 0;
  for (let count; (count = await tunnel.read(back.subarray(length))) !== null && length < back.length;) {
    length += count;
  }
  await writing;
  assertEquals([length, back], [content.length, content]);
  const error = await assertRejects(() => client.connect("localhost:1", { via }), ClientError);
  assertEquals(error.code, "stream_reset");
});

Deno.test("connect: a refusal has its status and fields, and its content is not read as a tunnel", async () => {
  for (
    const [status, field] of [[407, "proxy-authenticate: Basic realm=x\r\n"], [502, ""], [
      301,
      "location: /\r\n",
    ]] as const
  ) {
    await using peer = await raw(`HTTP/1.1 ${status} No\r\n${field}content-length: 4\r\n\r\nbody`);
    using client = new Client();
    const error = await assertRejects(
      () => client.connect("far.test:443", { via: `http://127.0.0.1:${peer.port}` }),
      ClientError,
      'Cannot open a tunnel to "far.test:443"',
    );
    assertEquals([error.code, error.status], ["tunnel_refused", status]);
    if (status === 407) assertEquals(error.headers?.get("proxy-authenticate"), "Basic realm=x");
  }
});

Deno.test("connect: authorities that are not a host and a port are misuse", async () => {
  using client = new Client();
  const via = "http://127.0.0.1:9";
  for (
    const authority of [
      "",
      "a",
      "a:",
      ":443",
      "a:0",
      "a:65536",
      "a b:1",
      "u@a:1",
      "a/b:1",
      "::1:443",
      "a:1/",
      "a:1\r\nx: y",
      "[a]:1",
    ]
  ) {
    const error = await assertRejects(
      () => client.connect(authority, { via }),
      ClientError,
      undefined,
      authority,
    );
    assert(error.code === "invalid_request" || error.code === "invalid_url", authority);
  }
});

Deno.test("upgrade: protocols that are no token, and options that do not exist, are misuse", async () => {
  using client = new Client();
  for (const protocol of ["", "a, b", "a b", "a\r\nb", "a/b/c", undefined as never]) {
    const error = await assertRejects(() => client.upgrade("http://127.0.0.1:9/", { protocol }), ClientError);
    assertEquals(error.code, "invalid_request");
  }
  const other = { protocol: "a", body: "x" } as never;
  const error = await assertRejects(() => client.upgrade("http://127.0.0.1:9/", other), ClientError);
  assertEquals(error.code, "unsupported_option");
});

Deno.test("upgrade: fields for HTTP/1.1 alone are none of the message, of the connection or of a proxy", async () => {
  using client = new Client();
  const names = [
    "content-length",
    "transfer-encoding",
    "host",
    "connection",
    "upgrade",
    "proxy-authorization",
  ];
  for (const name of names) {
    const init = { protocol: "a", http1Headers: { [name]: name === "transfer-encoding" ? "chunked" : "5" } };
    const error = await assertRejects(() => client.upgrade("http://127.0.0.1:9/", init), ClientError);
    assertEquals(error.code, "invalid_request", name);
  }
});

Deno.test("upgrade, connect: a call without its second argument is told what belongs there", async () => {
  using client = new Client();
  const missing = undefined as never;
  await assertRejects(() => client.upgrade("http://127.0.0.1:9/", missing), ClientError, "{ protocol:");
  await assertRejects(() => client.connect("a.test:22", missing), ClientError, "{ via:");
});

Deno.test("upgrade: a signal and a timeout end the attempt, and a signal no tunnel that stands", async () => {
  await using silent = await listen(createTcpServer(() => {}));
  await using peer = await raw(SWITCHING);
  using client = new Client();
  const reason = new Error("enough");
  const abort = new AbortController();
  const pending = client.upgrade(`http://127.0.0.1:${silent.port}/`, {
    protocol: "echo",
    signal: abort.signal,
  });
  abort.abort(reason);
  assertEquals(await pending.catch((error) => error), reason);
  const slow = await assertRejects(
    () => client.upgrade(`http://127.0.0.1:${silent.port}/`, { protocol: "echo", timeouts: { headers: 1 } }),
    ClientError,
  );
  assertEquals(slow.code, "headers_timeout");
  const late = new AbortController();
  using tunnel = await client.upgrade(`http://127.0.0.1:${peer.port}/`, {
    protocol: "echo",
    signal: late.signal,
  });
  late.abort();
  await tunnel.write(encoder.encode("on"));
  assertEquals(await readText(tunnel, 2), "on");
});

Deno.test("upgrade: closing the client closes its tunnels, and no later one is opened", async () => {
  await using peer = await raw(SWITCHING);
  const client = new Client();
  const url = `http://127.0.0.1:${peer.port}/`;
  const tunnel = await client.upgrade(url, { protocol: "echo" });
  const reading = assertRejects(() => tunnel.read(new Uint8Array(1)));
  client.close();
  await reading;
  const error = await assertRejects(() => client.upgrade(url, { protocol: "echo" }), ClientError);
  assertEquals(error.code, "client_closed");
});
