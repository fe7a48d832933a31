/** What tests of other servers hold them to: windows that return, failures around an upgrade, ports that are free again. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { ServeHandler } from "../../server/exchange/serve_info.ts";
import { serve } from "../../server/serve.ts";
import { eventually } from "../support/eventually.ts";
import { Http2MachineClient } from "./http2_machine_client.ts";
import { connectRaw, KEPT } from "./in_memory.ts";

const encoder = new TextEncoder();

const UNREAD: Readonly<Record<string, ServeHandler>> = {
  "does not read": () => new Response(null),
  "gives up": async (request) => {
    await request.body?.cancel();
    return new Response(null);
  },
  "reads a piece of, and gives up": async (request) => {
    const reader = request.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    return new Response(null);
  },
  "fails on": () => Promise.reject(new Error("inside")),
};
for (const [does, handler] of Object.entries(UNREAD)) {
  Deno.test(`Http2Server: content that a handler ${does} gives the window of the connection back`, async () => {
    await using client = new Http2MachineClient(
      async (request, info) =>
        request.url.endsWith("/all")
          ? new Response(`${(await request.bytes()).length}`)
          : await handler(request, info),
      {
        http2: { initialStreamWindow: 65_535, initialConnectionWindow: 131_072 },
        onError: () => new Response(null, { status: 500 }),
      },
    );
    // 20 times 50,000 bytes are more than the window of the connection.
    for (let i = 0; i < 20; i++) {
      const id = client.request("POST", false, [], "/");
      client.machine.sendData(id, new Uint8Array(50_000), false);
      await client.flush();
      await client.until(`${id} end`);
    }
    const last = client.request("POST", false, [], "/all");
    client.machine.sendData(last, new Uint8Array(60_000), true);
    await client.flush();
    await client.until(`${last} end`);
    assertEquals(client.content.get(last), "60000");
  });
}

Deno.test("Http1Server: HTTP/1.0 is kept behind a status without content, as it ends with its head", async () => {
  for (const status of [204, 304]) {
    await using client = connectRaw(() => new Response(null, { status }));
    const get = "GET / HTTP/1.0\r\nhost: h\r\nconnection: keep-alive\r\n\r\n";
    const response = `HTTP/1.1 ${status} ${status === 204 ? "No Content" : "Not Modified"}\r\n${KEPT}\r\n`;
    await client.send(get + get);
    assertEquals(await client.receive(2 * response.length), response.repeat(2));
  }
});

Deno.test("Http1Server: a response whose content the handler has read is a 500, and the connection persists", async () => {
  await using client = connectRaw(async () => {
    const response = new Response("once");
    await response.text();
    return response;
  }, { onError: () => new Response(null, { status: 500 }) });
  const get = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
  const response = `HTTP/1.1 500 Internal Server Error\r\n${KEPT}content-length: 0\r\n\r\n`;
  await client.send(get + get);
  assertEquals(await client.receive(2 * response.length), response.repeat(2));
});

const OFFER = "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
const LEAVINGS: Readonly<Record<string, () => Promise<Response>>> = {
  "throws": () => {
    throw new Error("inside");
  },
  "rejects": () => Promise.reject(new Error("inside")),
  "returns nothing": () => Promise.resolve(undefined as unknown as Response),
};
for (const [does, leave] of Object.entries(LEAVINGS)) {
  Deno.test(`upgrade: a handler that asks for one and ${does}: no tunnel, a 500, and the connection persists`, async () => {
    const tunnels: Promise<Duplex>[] = [];
    await using client = connectRaw((_, info) => {
      tunnels.push(info.upgrade().tunnel);
      return leave();
    }, { onError: () => new Response(null, { status: 500 }) });
    const response = `HTTP/1.1 500 Internal Server Error\r\n${KEPT}content-length: 0\r\n\r\n`;
    await client.send(OFFER + OFFER);
    assertEquals(await client.receive(2 * response.length), response.repeat(2));
    for (const tunnel of tunnels) await assertRejects(() => tunnel, TypeError);
  });
}

Deno.test("upgradeWebSocket: sockets that are closed at once, by either end, leave nothing open", async () => {
  let closed = 0;
  const server = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request, info) => {
    const { socket, response } = info.upgradeWebSocket(request);
    socket.addEventListener("close", () => closed++);
    if (request.url.endsWith("/server")) socket.addEventListener("open", () => socket.close(1000, "done"));
    return response;
  });
  for (const path of ["server", "client"]) {
    for (let i = 0; i < 5; i++) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/${path}`);
      await new Promise((resolve) => {
        socket.onclose = resolve;
        if (path === "client") socket.onopen = () => socket.close();
      });
    }
  }
  await eventually("all are closed", () => closed === 10);
  await server.shutdown();
});

Deno.test("upgradeWebSocket: a handler that upgrades during a shutdown opens it, and it is closed with 1001", async () => {
  const gate = Promise.withResolvers<void>();
  let runs = false;
  const server = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request, info) => {
    runs = true;
    await gate.promise;
    return info.upgradeWebSocket(request).response;
  });
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await eventually("the handler runs", () => runs);
  const shutdown = server.shutdown();
  gate.resolve();
  assertEquals((await closed).code, 1001);
  await shutdown;
});

Deno.test("serve: when finished resolves, by a shutdown or an abort, the port is free", async () => {
  let port = 0;
  for (const end of ["shutdown", "abort"]) {
    const controller = new AbortController();
    const server = serve(
      { port, hostname: "127.0.0.1", onListen() {}, signal: controller.signal },
      () => new Response("served"),
    );
    port = server.addr.port;
    using client = new Client();
    assertEquals(await (await client.get(`http://127.0.0.1:${port}/`)).text(), "served");
    if (end === "abort") controller.abort();
    else void server.shutdown();
    await server.finished;
  }
  const listener = Deno.listen({ port, hostname: "127.0.0.1" });
  listener.close();
});

Deno.test("serve: five hundred requests at once, of one client over either version, are all served", async () => {
  await using server = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    return new Response(encoder.encode(await request.text()));
  });
  for (const http2PriorKnowledge of [false, true]) {
    using client = new Client({ http2PriorKnowledge });
    const bodies = await Promise.all(
      Array.from(
        { length: 500 },
        async (_, i) =>
          await (await client.post(`http://127.0.0.1:${server.addr.port}/`, { body: `${i}` })).text(),
      ),
    );
    assert(bodies.every((body, i) => body === `${i}`));
  }
});
