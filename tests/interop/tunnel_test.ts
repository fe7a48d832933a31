/** `Client.connect` and `Client.upgrade` through real proxies: tinyproxy, squid, and nghttpx, which speaks HTTP/2. */

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex as NodeDuplex } from "node:stream";
import { assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../client/client.ts";
import { ClientError } from "../../client/error/client_error.ts";
import type { Duplex } from "../../io/duplex.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { accepts, installed, onFreePorts, type Peer, startPeer, temporaryFolder } from "../support/peers.ts";
import { startSquid, startTinyproxy } from "../support/proxies.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Starts nghttpx, with HTTP/2 in the clear in front and HTTP/1.1 behind it. */
async function startNghttpx(behind: number, ...args: readonly string[]): Promise<Peer> {
  const folder = await temporaryFolder();
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: [
        "nghttpx",
        "--conf=/dev/null",
        `--frontend=127.0.0.1,${port};no-tls`,
        `--backend=127.0.0.1,${behind}`,
        "--workers=1",
        ...args,
      ],
      cwd: folder,
      ready: () => accepts(port),
    }));
}

/** A server that sends back what it reads. */
function echo(): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) conn.readable.pipeTo(conn.writable).catch(() => {});
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** Sends `length` bytes through a tunnel, and reads them back. nghttpx passes no half-close on, so none is tried. */
async function thereAndBack(tunnel: Duplex, length: number): Promise<void> {
  const content = new Uint8Array(length).map((_, i) => i * 7);
  const writing = (async () => {
    for (let at = 0; at < length;) at += await tunnel.write(content.subarray(at, at + 60_000));
  })();
  const back = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await tunnel.read(back.subarray(at));
    if (count === null) break;
    at += count;
  }
  await writing;
  assertEquals([at, back], [length, content]);
}

/** Starts squid, of which the port without TLS is used. */
async function startPlainSquid(): Promise<Peer> {
  return await startSquid(await mintCertificate(await mintAuthority(), { names: ["localhost"] }));
}

for (const [program, start] of [["tinyproxy", startTinyproxy], ["squid", startPlainSquid]] as const) {
  Deno.test({
    name: `connect: a tunnel through ${program}, and its refusals`,
    ignore: !installed(program),
    fn: async () => {
      await using far = echo();
      await using proxy = await start();
      using client = new Client();
      const via = `http://127.0.0.1:${proxy.port}`;
      using tunnel = await client.connect(`127.0.0.1:${far.port}`, { via });
      await tunnel.write(encoder.encode("hello"));
      const into = new Uint8Array(10);
      assertEquals(decoder.decode(into.subarray(0, await tunnel.read(into) ?? 0)), "hello");
      const error = await assertRejects(() => client.connect("127.0.0.1:1", { via }), ClientError);
      assertEquals([error.code, Number(error.status) >= 400], ["tunnel_refused", true]);
    },
  });
}

Deno.test({
  name: "connect: a tunnel over HTTP/2 through nghttpx, which asks tinyproxy for it",
  ignore: !installed("nghttpx") || !installed("tinyproxy"),
  fn: async () => {
    await using far = echo();
    await using behind = await startTinyproxy();
    await using proxy = await startNghttpx(behind.port, "--http2-proxy");
    using client = new Client({ http2PriorKnowledge: true });
    const via = `http://127.0.0.1:${proxy.port}`;
    using tunnel = await client.connect(`127.0.0.1:${far.port}`, { via });
    assertEquals([tunnel.httpVersion, tunnel.status], ["HTTP/2", 200]);
    await tunnel.write(encoder.encode("hello"));
    const into = new Uint8Array(10);
    assertEquals(decoder.decode(into.subarray(0, await tunnel.read(into) ?? 0)), "hello");
    const error = await assertRejects(() => client.connect("127.0.0.1:1", { via }), ClientError);
    assertEquals([error.code, Number(error.status) >= 400], ["tunnel_refused", true]);
    assertEquals(client.stats().connections, 1);
  },
});

Deno.test({
  name: "upgrade: an extended CONNECT through nghttpx, which asks Node's server for a WebSocket",
  ignore: !installed("nghttpx"),
  fn: async () => {
    const server = createServer();
    const sockets = new Set<NodeDuplex>();
    server.on("connection", (socket) => sockets.add(socket));
    server.on("upgrade", ({ headers }, socket) => {
      const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      socket.on("error", () => {});
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
          `Sec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    {
      await using proxy = await startNghttpx((server.address() as AddressInfo).port);
      using client = new Client({ http2PriorKnowledge: true });
      using tunnel = await client.upgrade(`http://127.0.0.1:${proxy.port}/chat`, {
        protocol: "websocket",
        headers: { "sec-websocket-version": "13" },
        http1Headers: { "sec-websocket-key": "is not sent over HTTP/2" },
      });
      assertEquals([tunnel.httpVersion, tunnel.status], ["HTTP/2", 200]);
      await thereAndBack(tunnel, 1_000_000);
    }
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  },
});
