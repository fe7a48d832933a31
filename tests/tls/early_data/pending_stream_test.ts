/** Streams in use while their handshake is under way: what waits for it, what does not, and how its failure is told. */

import { assertEquals, assertRejects } from "@std/assert";
import type { Duplex } from "../../../io/duplex.ts";
import { TlsAcceptor } from "../../../tls/acceptor.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { ServerTlsStream } from "../../../tls/stream/tls_stream.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { connector, decode, encode, hangUp, PROVIDERS, readAll, readBytes } from "../tls_pair.ts";
import { close, early, type Known, meet } from "./early_streams.ts";

/** A server in use whose client's Finished is held back. */
interface Held {
  readonly server: ServerTlsStream;
  /** Passes on what both ends say, from here on. */
  release(): void;
  /** Bytes that came from the client since the release. */
  readonly passed: { client: number };
  /** The server's side of the relay. */
  readonly relay: Duplex;
}

/** Accepts a client's first flight, and holds back what follows. */
async function hold(known: Known, far: Duplex, handshakeTimeout?: number): Promise<Held> {
  const [relay, inner] = memoryDuplexPair();
  const hello = new Uint8Array(65_536);
  await relay.write(hello.subarray(0, await far.read(hello) ?? 0));
  const server = await known.acceptor.accept(
    inner,
    handshakeTimeout === undefined ? {} : { handshakeTimeout },
  );
  const passed = { client: 0 };
  return {
    server,
    relay,
    passed,
    release() {
      pump(far, relay, (count) => passed.client += count).catch(() => {});
      pump(relay, far, () => {}).catch(() => {});
    },
  };
}

async function pump(from: Duplex, to: Duplex, tell: (count: number) => void): Promise<void> {
  const into = new Uint8Array(65_536);
  for (let count; (count = await from.read(into)) !== null;) {
    tell(count);
    for (let at = 0; at < count;) at += await to.write(into.subarray(at, count));
  }
}

/** Whether a promise is still pending when all that could happen without its cause has happened. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  return !settled;
}

const WAITING: readonly (readonly [string, (server: ServerTlsStream) => Promise<unknown>])[] = [
  ["shutdown", (server) => server.shutdown()],
  ["refreshTrafficKeys", (server) => server.refreshTrafficKeys()],
  ["handshake", (server) => server.handshake()],
];

for (const crypto of PROVIDERS) {
  for (const [name, call] of WAITING) {
    Deno.test(`half-RTT: ${name} of a server waits for the client's Finished (${crypto.name})`, async () => {
      const known = await meet({ client: { crypto }, server: { crypto, sendHalfRttData: true } });
      const [client, far] = await early(known);
      const held = await hold(known, far);
      const { server } = held;
      await server.write(encode("soon "));
      const called = call(server);
      assertEquals([await isPending(called), server.isHandshaking], [true, true]);
      held.release();
      await called;
      assertEquals(server.isHandshaking, false);
      if (name !== "shutdown") {
        await server.write(encode("late"));
        await server.shutdown();
      }
      assertEquals(decode(await readAll(client)), name === "shutdown" ? "soon " : "soon late");
      hangUp(client, server, held.relay, far);
    });
  }
}

Deno.test("half-RTT: a refresh of a server that waited asks the client for new keys, too, or does not", async () => {
  const lengths: number[] = [];
  for (const requestPeer of [false, true]) {
    const known = await meet({ server: { sendHalfRttData: true } });
    const [client, far] = await early(known);
    const { server, relay, passed, release } = await hold(known, far);
    const refreshed = server.refreshTrafficKeys(requestPeer);
    release();
    await refreshed;
    await server.write(encode("late"));
    assertEquals(decode(await readBytes(client, 4)), "late");
    await client.write(encode("back"));
    assertEquals(decode(await readBytes(server, 4)), "back");
    lengths.push(passed.client);
    close(client, server, relay, far);
  }
  // A KeyUpdate is a message of 5 bytes, in a record of its own.
  assertEquals((lengths[1] ?? 0) - (lengths[0] ?? 0), 5 + 5 + 1 + 16);
});

Deno.test("half-RTT: flush does not wait for the client's Finished", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  const { server, relay } = await hold(known, far);
  await server.write(encode("soon"));
  await server.flush();
  assertEquals(server.isHandshaking, true);
  close(client, server, relay, far);
});

Deno.test("half-RTT: early data is read although the handshake fails, and the reason behind it, each time", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const { server, relay } = await hold(known, far);
  relay.close();
  const error = await assertRejects(() => server.handshake());
  assertEquals(decode(await readBytes(server, 2)), "ea");
  assertEquals(decode(await readBytes(server, 3)), "rly");
  for (let i = 0; i < 2; i++) {
    assertEquals(await assertRejects(() => server.read(new Uint8Array(1))), error);
    assertEquals(await assertRejects(() => server.write(encode("more"))), error);
  }
  assertEquals(await assertRejects(() => server.refreshTrafficKeys()), error);
  assertEquals(await assertRejects(() => server.shutdown()), error);
  close(server, client, far);
});

Deno.test("half-RTT: a read of early data waits for more of it, and gets it in pieces of any size", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  const held = await hold(known, far);
  const reading = readBytes(held.server, 1);
  assertEquals(await isPending(reading), true);
  held.release();
  let text = "";
  for (let i = 0; i < 40; i++) {
    const part = `${i}-`.repeat(i % 7 + 1);
    text += part;
    await client.write(encode(part));
  }
  let read = decode(await reading);
  for (let room = 1; read.length < text.length; room = room % 11 + 1) {
    read += decode(await readBytes(held.server, Math.min(room, text.length - read.length)));
  }
  assertEquals(read, text);
  close(client, held.server, held.relay, far);
});

for (const crypto of PROVIDERS) {
  Deno.test(`early data is a copy: memory that is used again changes nothing of what is sent again (${crypto.name})`, async () => {
    const known = await meet({ client: { crypto }, server: { crypto } });
    const refusing = new TlsAcceptor({ ...known.options, acceptEarlyData: () => false });
    const [client, far] = await early(known);
    const bytes = encode("one ");
    await client.write(bytes);
    bytes.set(encode("two "));
    await client.write(bytes);
    bytes.fill(0);
    const server = await refusing.accept(far);
    assertEquals(decode(await readBytes(server, 8)), "one two ");
    assertEquals(client.connection.earlyDataRefusal, "declined");
    hangUp(client, server);
  });

  Deno.test(`0-RTT: a client's shutdown, refresh and flush wait for the server's answer (${crypto.name})`, async () => {
    const known = await meet({ client: { crypto }, server: { crypto } });
    const [client, far] = await early(known);
    await client.write(encode("early "));
    const calls = [client.flush(), client.refreshTrafficKeys(), client.shutdown()];
    assertEquals(await Promise.all(calls.map(isPending)), [true, true, true]);
    const server = await known.acceptor.accept(far);
    await Promise.all(calls);
    assertEquals(decode(await readAll(server)), "early ");
    hangUp(client, server);
  });
}

Deno.test("0-RTT: without a session that allows it a stream is there when the handshake is done, whatever ALPN selects", async () => {
  const options = { alpnProtocols: ["a", "b"] };
  const known = await meet({ server: options });
  const [near, far] = memoryDuplexPair();
  const connecting = connector({ enableEarlyData: true, ...options }).connect("localhost", near, {
    earlyData: true,
  });
  assertEquals(await isPending(connecting), true);
  const server = await known.acceptor.accept(far);
  const client = await connecting;
  assertEquals([client.isHandshaking, client.connection.alpnProtocol], [false, "a"]);
  assertEquals([client.earlyDataProtocol, client.connection.earlyDataAccepted], [undefined, undefined]);
  close(client, server);
});

Deno.test("0-RTT: early data that is refused is sent again where ALPN selects its protocol", async () => {
  const options = { alpnProtocols: ["a", "b"] };
  const known = await meet({ client: options, server: options });
  const refusing = new TlsAcceptor({ ...known.options, acceptEarlyData: () => false });
  const [client, far] = await early(known);
  await client.write(encode("early"));
  assertEquals(client.earlyDataProtocol, "a");
  const server = await refusing.accept(far);
  await client.handshake();
  assertEquals(decode(await readBytes(server, 5)), "early");
  assertEquals(client.connection.earlyDataRefusal, "declined");
  close(client, server);
});

Deno.test("half-RTT: each read of early data waits for its own, however often", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  const { server, relay } = await hold(known, far);
  const into = new Uint8Array(65_536);
  for (const text of ["a", "bcd", "e"]) {
    const reading = readBytes(server, text.length);
    assertEquals(await isPending(reading), true);
    await client.write(encode(text));
    await relay.write(into.slice(0, await far.read(into) ?? 0));
    assertEquals([decode(await reading), server.isHandshaking], [text, true]);
  }
  close(client, server, relay, far);
});

Deno.test("half-RTT: a read that waits for early data goes on behind the handshake when none comes", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  const held = await hold(known, far);
  const reading = readBytes(held.server, 4);
  assertEquals(await isPending(reading), true);
  held.release();
  await client.handshake();
  await client.write(encode("late"));
  assertEquals([decode(await reading), held.server.connection.earlyDataLength], ["late", 0]);
  close(client, held.server, held.relay, far);
});

Deno.test("0-RTT: every call behind a handshake that fails rejects by its reason", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const [pendingShutdown, pendingRead] = [client.shutdown(), client.read(new Uint8Array(1))];
  await far.write(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40)); // handshake_failure
  const error = await assertRejects(() => client.handshake(), TlsError);
  assertEquals(error.alert, "handshake_failure");
  for (
    const call of [
      () => pendingShutdown,
      () => pendingRead,
      () => client.flush(),
      () => client.shutdown(),
      () => client.read(new Uint8Array(1)),
    ]
  ) assertEquals(await assertRejects(call), error);
  close(client, far);
});
