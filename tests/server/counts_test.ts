/** What a server counts: connections, requests of one, handlers that run. */

import { assertEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { CLIENT_PREFACE } from "../../http2/protocol.ts";
import { serve } from "../../server/serve.ts";
import { bytes, headers, settings } from "../http2/raw_frames.ts";
import { eventually } from "../support/eventually.ts";
import { Http2MachineClient } from "./http2_machine_client.ts";
import { connectRaw } from "./in_memory.ts";

const encoder = new TextEncoder();
const REQUEST: [string, string][] = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [
  ":authority",
  "h",
]];
const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";

Deno.test("server, V-51: beyond maxConnections none is accepted until one has ended, nor does a shutdown wait for it", async () => {
  let started = 0;
  const server = serve({ port: 0, onListen() {}, maxConnections: 2 }, () => {
    started++;
    return new Response(encoder.encode("hello"));
  });
  const { port } = server.addr;
  const sockets: Deno.Conn[] = [];
  for (let i = 0; i < 4; i++) {
    const socket = await Deno.connect({ port });
    sockets.push(socket);
    await socket.write(encoder.encode(GET));
  }
  const [first, second, third, fourth] = sockets;
  for (const socket of [first, second]) assertEquals(await readStatus(socket), "200");
  assertEquals(started, 2);
  first?.close();
  assertEquals(await readStatus(third), "200");
  assertEquals(started, 3);
  await server.shutdown();
  for (const socket of [second, third, fourth]) socket?.close();
});

for (const version of ["HTTP/1.1", "HTTP/2"] as const) {
  Deno.test(`server, V-54: over ${version} a client that leaves keeps its place until its handler has ended`, async () => {
    const gates: PromiseWithResolvers<Response>[] = [];
    const signals: AbortSignal[] = [];
    const server = serve({ port: 0, onListen() {}, maxConnections: 2 }, (request) => {
      const gate = Promise.withResolvers<Response>();
      gates.push(gate);
      signals.push(request.signal);
      return gate.promise;
    });
    const { port } = server.addr;
    const sent = version === "HTTP/2"
      ? bytes(CLIENT_PREFACE, settings(), headers(1, REQUEST, true))
      : encoder.encode(GET);
    for (let i = 1; i <= 2; i++) {
      const socket = await Deno.connect({ port });
      await socket.write(sent);
      await eventually("the handler runs", () => gates.length === i);
      socket.close();
      await eventually("the client has left", () => signals[i - 1]?.aborted === true);
    }
    const third = await Deno.connect({ port });
    await third.write(encoder.encode(GET));
    await delay(30);
    assertEquals(gates.length, 2);
    gates[0]?.reject(new Error("late"));
    await eventually("the third is accepted", () => gates.length === 3);
    gates[2]?.resolve(new Response(null));
    assertEquals(await readStatus(third), "200");
    third.close();
    await server.shutdown(); // which does not wait for the handler that still runs
    gates[1]?.resolve(new Response(null));
  });
}

Deno.test("server: maxRequests closes a connection of HTTP/1.1 behind the last", async () => {
  await using client = connectRaw(() => new Response(null), { maxRequests: 2 });
  await client.send(GET.repeat(3));
  const received = await client.receive(1000);
  assertEquals(received.match(/connection: [a-z-]+/g), ["connection: keep-alive", "connection: close"]);
});

Deno.test("server: maxRequests lets a connection of HTTP/2 go behind the last", async () => {
  await using client = new Http2MachineClient(() => new Response(null), { maxRequests: 2 });
  for (let i = 0; i < 2; i++) {
    const id = client.request();
    await client.flush();
    await client.until(`${id} end`);
  }
  await client.until("go_away 3 NO_ERROR");
});

Deno.test("HTTP/2 server, V-76: a reset stream keeps its place until its handler has ended", async () => {
  const gates: PromiseWithResolvers<Response>[] = [];
  await using client = new Http2MachineClient(() => {
    const gate = Promise.withResolvers<Response>();
    gates.push(gate);
    return gate.promise;
  }, { http2: { maxConcurrentStreams: 2 } });
  for (let i = 1; i <= 2; i++) {
    const id = client.request();
    await client.flush();
    await eventually("the handler runs", () => gates.length === i);
    client.machine.reset(id);
    await client.flush();
  }
  client.request();
  await client.flush();
  await client.until("5 reset REFUSED_STREAM");
  gates[0]?.resolve(new Response(null));
  gates[1]?.reject(new Error("late"));
  await eventually("a place is free", () => true);
  client.request();
  await client.flush();
  await eventually("the handler runs", () => gates.length === 3);
  gates[2]?.resolve(new Response(null));
  await client.until("7 end");
});

const POST = "POST / HTTP/1.1\r\nhost: h\r\n";
const BODIES: readonly { name: string; sent: string; calls: number; status: string }[] = [
  { name: "as much as is allowed", sent: `${POST}content-length: 3\r\n\r\nabc`, calls: 1, status: "200" },
  { name: "more, declared", sent: `${POST}content-length: 4\r\n\r\nabcd`, calls: 0, status: "413" },
  {
    name: "more, declared and not sent",
    sent: `${POST}content-length: 99999999\r\n\r\n`,
    calls: 0,
    status: "413",
  },
  {
    name: "more, declared, of a client that waits for a 100",
    sent: `${POST}content-length: 4\r\nexpect: 100-continue\r\n\r\n`,
    calls: 0,
    status: "413",
  },
  {
    name: "more, in chunks whose last does not come",
    sent: `${POST}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n`,
    calls: 1,
    status: "413",
  },
  {
    name: "more, in chunks",
    sent: `${POST}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`,
    calls: 1,
    status: "413",
  },
];

for (const { name, sent, calls, status } of BODIES) {
  for (const chunk of [undefined, 1]) {
    Deno.test(`HTTP/1.1 server, V-52: maxBodySize: ${name}${chunk ? ", byte by byte" : ""}`, async () => {
      let called = 0;
      let errors = 0;
      await using client = connectRaw(async (request) => {
        called++;
        return new Response(await request.bytes());
      }, {
        maxBodySize: 3,
        onError: () => {
          errors++;
          return new Response(null, { status: 500 });
        },
        ...(chunk && { chunk }),
      });
      await client.send(sent);
      assertEquals(await client.receive(12), `HTTP/1.1 ${status}`);
      assertEquals(errors, 0);
      if (chunk !== undefined || calls === 0) assertEquals(called, calls);
    });
  }
}

Deno.test("HTTP/2 server, V-52: maxBodySize: more, declared or not, is a 413 on its stream alone", async () => {
  await using client = new Http2MachineClient(async (request) => new Response(await request.bytes()), {
    maxBodySize: 3,
  });
  client.request("POST", false, [["content-length", "4"]]);
  client.machine.sendData(client.request("POST", false), encoder.encode("abcd"), false);
  client.machine.sendData(client.request("POST", false), encoder.encode("abc"), true);
  await client.flush();
  await client.until("1 413 content-length=0");
  await client.until("3 413 content-length=0");
  await client.until("5 200 content-length=3");
  await client.until("1 reset NO_ERROR");
  await client.until("3 reset NO_ERROR");
});

Deno.test("server: counts that are none are refused", () => {
  for (const maxConnections of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => serve({ port: 0, maxConnections }, () => new Response()),
      RangeError,
      "maxConnections",
    );
  }
  assertThrows(() => serve({ port: 0, maxRequests: 0 }, () => new Response()), RangeError, "maxRequests");
});

async function readStatus(socket: Deno.Conn | undefined): Promise<string | undefined> {
  const into = new Uint8Array(1000);
  const count = await socket?.read(into) ?? 0;
  return /^HTTP\/1\.1 (\d+)/.exec(new TextDecoder().decode(into.subarray(0, count)))?.[1];
}
