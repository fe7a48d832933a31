/** A client of HTTP/2 that begins and does not go on. */

import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import type { ServeHandler } from "../../../server/exchange/serve_info.ts";
import type { ServeTimeouts } from "../../../server/serve_timeouts.ts";
import { writeAll } from "../../../io/duplex.ts";
import { Http2MachineClient, type Http2MachineClientOptions } from "../http2_machine_client.ts";
import { keptAlive } from "../in_memory.ts";

const encoder = new TextEncoder();
const SHORT: ServeTimeouts = { headers: 40, body: 40, write: 40, idle: 40 };

interface Row {
  readonly name: string;
  readonly handler: ServeHandler;
  readonly options?: Http2MachineClientOptions;
  readonly act: (client: Http2MachineClient) => Promise<void>;
  /** The events on the stream; the connection closes behind them. */
  readonly events: readonly string[];
}

const never: ServeHandler = () => new Promise(() => {});

const ROWS: readonly Row[] = [
  {
    name: "V-89: a response that the client gives no window for ends its stream, and then the connection",
    handler: () => new Response(new Uint8Array(1000)),
    options: { consumes: false, machine: { initialStreamWindow: 1 } },
    act: async (client) => {
      client.request();
      await client.flush();
    },
    events: ["1 200 content-length=1000", "1 data", "1 reset CANCEL"],
  },
  {
    name: "V-89: a stream that the client gives no window for is cancelled",
    handler: () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1000)) })),
    options: { consumes: false, machine: { initialStreamWindow: 1 } },
    act: async (client) => {
      client.request();
      await client.flush();
    },
    events: ["1 200", "1 data", "1 reset CANCEL"],
  },
  {
    name: "V-49: content that does not go on is a 408",
    handler: async (request) => new Response(await request.text()),
    act: async (client) => {
      client.machine.sendData(client.request("POST", false), encoder.encode("a"), false);
      await client.flush();
    },
    events: ["1 408 content-length=0", "1 end", "1 reset NO_ERROR"],
  },
  {
    name: "V-49: content that does not go on while it is sent back resets its stream",
    handler: (request) => new Response(request.body),
    act: async (client) => {
      client.machine.sendData(client.request("POST", false), encoder.encode("a"), false);
      await client.flush();
    },
    events: ["1 200", "1 data", "1 reset CANCEL"],
  },
  {
    name: "V-48: silence after the SETTINGS ends the connection",
    handler: never,
    act: (client) => client.flush(),
    events: [],
  },
  {
    name: "V-48: PINGs do not keep a connection that nothing is asked on",
    handler: never,
    act: (client) =>
      repeat(client, () => {
        client.machine.ping(new Uint8Array(8));
        return client.flush();
      }),
    events: [],
  },
  {
    name: "V-48: SETTINGS begin the time of an idle client, which is not that of its first head",
    handler: never,
    options: { timeouts: { ...SHORT, headers: 60_000 } },
    act: (client) => client.flush(),
    events: [],
  },
  {
    name: "V-48: SETTINGS do not keep it either",
    handler: never,
    act: async (client) => {
      await client.flush();
      await repeat(client, () => writeAll(client.io, Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0)));
    },
    events: [],
  },
  {
    name: "V-48: a head that comes byte by byte has a deadline, which bytes do not move",
    handler: never,
    options: { timeouts: { ...SHORT, idle: 0 } },
    act: async (client) => {
      await client.flush();
      await dripHead(client);
    },
    events: [],
  },
  {
    name: "V-48: so has one that comes beside open streams",
    handler: never,
    act: async (client) => {
      client.request();
      await client.flush();
      await dripHead(client);
    },
    events: [],
  },
  {
    name: "V-48: so has one whose CONTINUATION frames go on",
    handler: never,
    options: { timeouts: { ...SHORT, idle: 0 }, http2: { maxHeaderListSize: 1_000_000 } },
    act: async (client) => {
      client.request();
      await client.flush();
      await writeAll(client.io, Uint8Array.of(0, 0, 1, 1, 1, 0, 0, 0, 3, 0x82));
      await repeat(client, () => writeAll(client.io, Uint8Array.of(0, 0, 1)), 1);
    },
    events: [],
  },
];

for (const { name, handler, options, act, events } of ROWS) {
  Deno.test(`HTTP/2 server: ${name}`, async () => {
    using _ = keptAlive();
    const client = new Http2MachineClient(handler, { timeouts: SHORT, ...options });
    const acting = act(client);
    await deadline(client.connection.finished, 20_000);
    await acting;
    await client.until("closed");
    assertEquals(client.events.filter((line) => /^1 /.test(line)), events);
    await client[Symbol.asyncDispose]();
  });
}

Deno.test("HTTP/2 server: V-49, V-89: a handler and a source are told what the client was too slow with", async () => {
  using _ = keptAlive();
  const told: string[] = [];
  const note = (reason: unknown) => {
    told.push(reason instanceof DOMException ? `${reason.name}: ${reason.message}` : "");
  };
  const client = new Http2MachineClient(async (request) => {
    if (request.method === "POST") await request.text().catch(note);
    return new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1000)), cancel: note }));
  }, { timeouts: SHORT, consumes: false, machine: { initialStreamWindow: 1 } });
  client.machine.sendData(client.request("POST", false), encoder.encode("a"), false);
  await client.flush();
  await client.until("1 reset NO_ERROR");
  client.request();
  await client.flush();
  await client.until("3 reset CANCEL");
  const prefix = "TimeoutError: Cannot go on with the exchange: the client took too long";
  assertEquals([told[0], told.at(-1)], [`${prefix} to send the content`, `${prefix} to take the response`]);
  await client[Symbol.asyncDispose]();
});

Deno.test("HTTP/2 server: a stream whose source is silent has no deadline, nor has a handler that takes its time", async () => {
  using _ = keptAlive();
  const gate = Promise.withResolvers<Response>();
  await using client = new Http2MachineClient(
    (request) => request.url.endsWith("/1") ? gate.promise : new Response(new ReadableStream()),
    { timeouts: SHORT },
  );
  client.request("GET", true, [], "/1");
  client.request("GET", true, [], "/2");
  await client.flush();
  await client.until("3 200");
  await new Promise((resolve) => setTimeout(resolve, 300)); // many times each limit
  gate.resolve(new Response(null));
  await client.until("1 end");
  assert(!client.isClosed);
});

/** Writes the first part of a HEADERS frame on stream 3, and then a byte at a time. */
async function dripHead(client: Http2MachineClient): Promise<void> {
  await writeAll(client.io, Uint8Array.of(0, 1, 0, 1, 5, 0, 0, 0, 3));
  await repeat(client, () => writeAll(client.io, Uint8Array.of(0x82)));
}

/** Does something again and again until the server has closed the connection. */
async function repeat(client: Http2MachineClient, act: () => Promise<void>, times = Infinity): Promise<void> {
  try {
    for (let i = 0; i < times && !client.isClosed; i++) {
      await act();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } catch {
    // The server has closed the connection.
  }
}
