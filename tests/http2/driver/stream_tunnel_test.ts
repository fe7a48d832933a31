/** The driver: streams that a 2xx to CONNECT, extended or not, makes tunnels. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { OutgoingRequest } from "../../../http/message.ts";
import { Http2Client } from "../../../http2/client/http2_client.ts";
import { Http2Error } from "../../../http2/error.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { SettingId } from "../../../http2/protocol.ts";
import { goAway, settings } from "../raw_frames.ts";
import { pair, type Peer, type React } from "../peer.ts";

const CONNECT: OutgoingRequest = {
  method: "CONNECT",
  scheme: "https",
  authority: "b.test:443",
  target: "b.test:443",
  fields: [],
};
const UPGRADE: OutgoingRequest = {
  method: "GET",
  scheme: "https",
  authority: "a.test",
  target: "/chat",
  fields: [["sec-websocket-version", "13"]],
  upgrade: "websocket",
  http1Fields: [["sec-websocket-key", "x"]],
};
const ALLOWING = { enableConnectProtocol: true };
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Opens each CONNECT, and sends back what comes through it. */
const ECHO: React = (event, { machine }) => {
  if (event.type === "request") machine.sendResponse(event.streamId, 200, [["content-length", "1"]], false);
  if (event.type === "data") {
    machine.sendData(event.streamId, event.data, false);
    machine.consume(event.streamId, event.data.length);
  }
  if (event.type === "end_of_message") machine.sendTrailers(event.streamId, []);
};

async function readText(io: Duplex, length: number, size = 7): Promise<string> {
  let text = "";
  const into = new Uint8Array(size);
  while (text.length < length) {
    const count = await io.read(into);
    if (count === null) break;
    text += decoder.decode(into.subarray(0, count));
  }
  return text;
}

async function open(react: React, request = CONNECT, settled = ALLOWING): Promise<{
  io: Duplex;
  peer: Peer;
  client: ReturnType<typeof pair>["client"];
}> {
  const { client, peer } = pair(react, {}, settled);
  const { upgraded, body, status } = await client.request(request);
  assertEquals([status, body], [200, new Uint8Array()]);
  assert(upgraded !== undefined);
  return { io: upgraded, peer, client };
}

for (const [name, request] of [["CONNECT", CONNECT], ["extended CONNECT", UPGRADE]] as const) {
  Deno.test(`tunnel: ${name} carries bytes both ways, and ends direction by direction`, async () => {
    const { io, peer, client } = await open(ECHO, request);
    const [head] = peer.events.filter((event) => event.type === "request");
    assert(head?.type === "request");
    assertEquals(
      [head.method, head.protocol, head.authority, head.path, head.fields],
      request === CONNECT
        ? ["CONNECT", undefined, "b.test:443", "", []]
        : ["CONNECT", "websocket", "a.test", "/chat", UPGRADE.fields],
    );
    assertEquals(await io.write(encoder.encode("hello, ")), 7);
    assertEquals(await io.write(encoder.encode("world")), 5);
    assertEquals(await readText(io, 12), "hello, world");
    assertEquals([client.idle, client.activeStreams], [false, 1]);
    await io.closeWrite?.();
    await assertRejects(() => io.write(encoder.encode("x")), TypeError, "ended");
    assertEquals(await io.read(new Uint8Array(1)), null);
    assertEquals(await io.read(new Uint8Array(1)), null);
    io.close();
    assertEquals(client.idle, true);
    client.close();
    await peer.closed;
    assertEquals(peer.events.filter(({ type }) => type === "reset"), []);
  });
}

Deno.test("tunnel: a write waits for the window, and reading opens the peer's", async () => {
  const { io, peer, client } = await open(
    (event, { machine }) => {
      if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    },
    CONNECT,
    { ...ALLOWING, initialStreamWindow: 10 } as never,
  );
  let written = false;
  const writing = io.write(new Uint8Array(25)).then((count) => {
    written = true;
    return count;
  });
  await client.ping();
  await client.ping();
  assertEquals(written, false);
  await assertRejects(() => io.write(new Uint8Array(1)), TypeError, "another write");
  for (let round = 0; round < 3; round++) {
    peer.machine.consume(1, 10);
    await peer.flush();
    await client.ping();
  }
  assertEquals(await writing, 25);
  assertEquals(
    peer.events.reduce((sum, event) => sum + (event.type === "data" ? event.data.length : 0), 0),
    25,
  );
  client.close();
  await peer.closed;
});

Deno.test("tunnel: the peer ends its direction first, writes go on, and close ends the stream in order", async () => {
  const { io, peer, client } = await open((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, encoder.encode("bye"), true);
  });
  assertEquals(await readText(io, 4), "bye");
  assertEquals(await io.write(encoder.encode("still here")), 10);
  io.close();
  io.close();
  await client.ping();
  assertEquals(peer.events.slice(-2).map(({ type }) => type), ["data", "end_of_message"]);
  await assertRejects(() => io.read(new Uint8Array(1)), Http2Error, "this end closed it");
  assertEquals(client.idle, true);
  client.close();
  await peer.closed;
});

Deno.test("tunnel: close resets a stream that is open, and rejects what is pending", async () => {
  const { io, peer, client } = await open(
    (event, { machine }) => {
      if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    },
    CONNECT,
    { ...ALLOWING, initialStreamWindow: 3 } as never,
  );
  const reading = assertRejects(() => io.read(new Uint8Array(1)), Http2Error, "this end closed it");
  const writing = assertRejects(() => io.write(new Uint8Array(9)), Http2Error, "this end closed it");
  await client.ping();
  io.close();
  await reading;
  await writing;
  await client.ping();
  const last = peer.events.findLast(({ type }) => type === "reset");
  assertEquals(last?.type === "reset" && last.error.code, "CANCEL");
  assertEquals(client.idle, true);
  client.close();
  await peer.closed;
});

Deno.test("tunnel: what came before a reset is read, then reads and writes reject with its code", async () => {
  const { io, peer, client } = await open((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, encoder.encode("abc"), false);
    machine.reset(event.streamId, "CONNECT_ERROR");
  });
  assertEquals(await readText(io, 3), "abc");
  for (const doing of [() => io.read(new Uint8Array(1)), () => io.write(new Uint8Array(1))]) {
    const error = await assertRejects(doing, Http2Error);
    assertEquals([error.code, error.initiator], ["CONNECT_ERROR", "remote"]);
  }
  io.close();
  client.close();
  await peer.closed;
});

Deno.test("tunnel: the end of the connection fails it", async () => {
  const { io, peer, client } = await open(ECHO);
  const reading = assertRejects(() => io.read(new Uint8Array(1)), Http2Error);
  await client.ping();
  peer.close();
  assertEquals((await reading).code, "truncated");
  await assertRejects(() => io.write(new Uint8Array(1)), Http2Error);
  io.close();
  await peer.closed;
});

Deno.test("tunnel: a GOAWAY with NO_ERROR lets it go on", async () => {
  const { io, peer, client } = await open(ECHO);
  await peer.send(goAway(1));
  await io.write(encoder.encode("on"));
  assertEquals(await readText(io, 2), "on");
  io.close();
  await peer.closed;
  assertEquals(client.closed, true);
});

Deno.test("T-44: an upgrade waits for the server's SETTINGS, and is refused unsent where they do not allow it", async () => {
  for (const allowed of [undefined, 0, 1]) {
    const { client, peer } = pair(ECHO);
    // Its own SETTINGS are withheld: the machine here is a listener alone.
    const wire = settings(
      ...(allowed === undefined ? [] : [[SettingId.ENABLE_CONNECT_PROTOCOL, allowed] as [number, number]]),
    );
    const pending = client.request(UPGRADE);
    await peer.send(wire);
    if (allowed === 1) {
      pending.catch(() => {});
      await client.ping();
      assertEquals(client.allowsUpgrade, true);
      client.close();
      await assertRejects(() => pending, Http2Error);
    } else {
      const error = await assertRejects(() => pending, Http2Error);
      assertEquals([error.code, error.progress], ["no_extended_connect", "unsent"]);
      assertEquals([client.idle, client.allowsUpgrade], [true, false]);
      client.close();
    }
    await peer.closed;
  }
});

Deno.test("tunnel: tunnels that wait for bytes hold up no upload", async () => {
  const { client, peer } = pair(
    (event, { machine }) => {
      if (event.type === "request" && event.method === "CONNECT") {
        machine.sendResponse(
          event.streamId,
          200,
          [],
          false,
        );
      }
      if (event.type !== "end_of_message") return;
      machine.sendResponse(event.streamId, 204, [], true);
    },
    {},
    { ...ALLOWING, initialStreamWindow: 1 } as never,
  );
  await client.ping(); // the server's window is known, and stays closed
  const tunnels = await Promise.all(Array.from({ length: 40 }, () => client.request(CONNECT)));
  // Its byte fills the window; only its source knows that it was the last, and the server waits for the end.
  const chunks = [new Uint8Array(1)];
  const body = { read: () => Promise.resolve(chunks.pop()), cancel() {} };
  const { status } = await client.request({ ...CONNECT, method: "POST", target: "/", body });
  assertEquals(status, 204);
  for (const { upgraded } of tunnels) upgraded?.close();
  client.close();
  await peer.closed;
});

Deno.test("T-44: an upgrade that waits for SETTINGS that never come ends with their timeout", async () => {
  for (const isLate of [false, true]) {
    const read = Promise.withResolvers<null>();
    const silent = {
      read: () => read.promise,
      write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
      close: () => read.resolve(null),
    };
    const client = new Http2Client(silent, { settingsTimeout: 20 });
    if (isLate) await new Promise((resolve) => setTimeout(resolve, 5)); // the preface is written by then
    const error = await assertRejects(() => client.request(UPGRADE), Http2Error);
    assertEquals([error.code, error.progress], ["settings_timeout", "unsent"]);
  }
});

Deno.test("tunnel: a refused CONNECT is an ordinary response, whose end gives the stream up", async () => {
  const { client, peer } = pair(
    (event, { machine }) => {
      if (event.type !== "request") return;
      machine.sendResponse(event.streamId, 403, [["content-length", "2"]], false);
      machine.sendData(event.streamId, encoder.encode("no"), true);
    },
    {},
    ALLOWING,
  );
  const { status, body, upgraded } = await client.request(CONNECT);
  assertEquals([status, body, upgraded], [403, encoder.encode("no"), undefined]);
  await client.ping();
  assertEquals(client.idle, true);
  client.close();
  await peer.closed;
});

Deno.test("tunnel: a cancellation before the response resets the stream", async () => {
  const { client, peer } = pair(() => {}, {}, ALLOWING);
  let cancel = (_reason: unknown): void => {};
  const pending = client.request(CONNECT, { onCancel: (given) => cancel = given });
  await client.ping();
  cancel(new Error("enough"));
  await assertRejects(() => pending, Error, "enough");
  await client.ping();
  assertEquals(peer.events.at(-1)?.type, "reset");
  client.close();
  await peer.closed;
});

Deno.test("tunnel: without ref it keeps the transport from keeping the process alive, and with ref again it does", async () => {
  const { io, peer, client } = await open(ECHO);
  await turns();
  assertEquals(peer.io.isReferenced, true);
  io.unref?.();
  await turns();
  assertEquals([peer.io.isReferenced, client.idle], [false, false]);
  const other = client.request({ ...CONNECT, target: "c.test:443" });
  await turns();
  assertEquals(peer.io.isReferenced, true);
  const { upgraded } = await other;
  upgraded?.close();
  await turns();
  assertEquals(peer.io.isReferenced, false);
  io.ref?.();
  await turns();
  assertEquals(peer.io.isReferenced, true);
  io.unref?.();
  io.close();
  io.unref?.(); // of a tunnel that is over
  await turns();
  assertEquals([peer.io.isReferenced, client.idle], [false, true]);
  const last = (await client.request({ ...CONNECT, target: "d.test:443" })).upgraded;
  assertEquals(peer.io.isReferenced, true);
  last?.close();
  await turns();
  assertEquals([peer.io.isReferenced, client.idle], [false, true]);
  await peer[Symbol.asyncDispose]();
});

/** Lets everything happen that needs no timer. */
async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
