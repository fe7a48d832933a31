/** A connection whose provider takes its time: order, batches, changes of keys, failures that are not awaited. */

import { concat } from "@std/bytes/concat";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import type { AeadKey, CipherSuite } from "../../../tls/crypto/provider.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { settle } from "../../../io/script.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import {
  alertsSent,
  CLIENT_SECRET,
  drain,
  established,
  now,
  numbers,
  Peer,
  plain,
  SERVER_SECRET,
  shuffled,
  SUITE,
  text,
  Toy,
  TOY_FINISHED,
} from "../record/toy_connection.ts";

/** All events up to `undefined`. */
async function events(connection: Connection): Promise<TlsEvent[]> {
  const told: TlsEvent[] = [];
  for (let event = await connection.next(); event !== undefined; event = await connection.next()) {
    told.push(event);
  }
  return told;
}

const dataOf = (told: readonly TlsEvent[]): Uint8Array =>
  concat(told.map((event) => event.type === "data" ? event.data : new Uint8Array(0)));

async function pair(seed: number): Promise<{ client: Toy; server: Toy }> {
  const client = new Toy("client", shuffled(seed));
  const server = new Toy("server", shuffled(seed + 1));
  assertEquals(await events(client), []);
  server.receive(drain(client));
  assertEquals(await events(server), [{ type: "established" }]);
  client.receive(drain(server));
  assertEquals(await events(client), [{ type: "established" }]);
  return { client, server };
}

/** A client that has shaken hands, over keys of which the test decides what they do. */
async function clientWith(wrap: (key: AeadKey) => AeadKey): Promise<{ client: Toy; peer: Peer }> {
  const suite: CipherSuite = { ...SUITE, importKey: (bytes) => wrap(now(SUITE.importKey(bytes))) };
  const client = new Toy("client", { suite });
  client.receive(plain(ContentType.handshake, TOY_FINISHED));
  assertEquals(await events(client), [{ type: "established" }]);
  drain(client);
  return { client, peer: new Peer(SERVER_SECRET) };
}

Deno.test("writes that overlap reach the wire in the order of their calls, through changes of keys", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = numbers(seed);
    const { client, server } = await pair(seed);
    const sent: Uint8Array[] = [];
    const writes: unknown[] = [];
    const wire: Uint8Array[] = [];
    for (let turn = 0; turn < 40; turn++) {
      const data = new Uint8Array(random(5) === 0 ? random(60_000) : random(100)).fill(turn);
      sent.push(data);
      writes.push(client.send(data));
      if (random(6) === 0) writes.push(client.refreshTrafficKeys(false));
      if (random(6) === 0) await undefined;
      wire.push(drain(client));
    }
    const end = client.sendCloseNotify();
    assertThrows(() => client.send(text("late")), TlsError, "close_notify was sent");
    await Promise.all(writes);
    await end;
    wire.push(drain(client));
    server.receive(concat(wire));
    const told = await events(server);
    assertEquals(dataOf(told), concat(sent));
    assertEquals(told.at(-1), { type: "connection_closed" });
  }
});

Deno.test("records are given in order whatever is opened first, with key updates among them, however they are split", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = numbers(seed);
    const client = new Toy("client", shuffled(seed));
    client.receive(plain(ContentType.handshake, TOY_FINISHED));
    await events(client);
    const peer = new Peer(SERVER_SECRET);
    const sent: Uint8Array[] = [];
    const wire: Uint8Array[] = [];
    for (let record = 0; record < 60; record++) {
      const data = new Uint8Array(random(300)).fill(record);
      sent.push(data);
      wire.push(peer.seal(ContentType.application_data, data));
      if (random(10) === 0) wire.push(peer.refreshTrafficKeys());
    }
    wire.push(peer.alert(1, 0));
    const bytes = concat(wire);
    const told: TlsEvent[] = [];
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.slice(at, at + 1 + random(seed % 2 === 0 ? 5000 : 200));
      at += piece.length;
      client.receive(piece);
      told.push(...await events(client));
      piece.fill(0xaa);
    }
    assertEquals(dataOf(told), concat(sent));
    assertEquals(told.at(-1), { type: "connection_closed" });
  }
});

Deno.test("two connections ask each other for new keys while both send", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { client, server } = await pair(seed);
    const random = numbers(seed);
    const received = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
    const sent = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
    const turn = async (from: Toy, to: Toy, name: "client" | "server") => {
      const data = new Uint8Array(random(3000)).fill(random(256));
      sent[name].push(data);
      const writes = [from.send(data), random(3) === 0 ? from.refreshTrafficKeys(true) : undefined];
      const reading = to.next(); // reading is pending while the other half writes
      await Promise.all(writes);
      const first = await reading;
      to.receive(drain(from));
      const told = await events(to);
      received[name].push(dataOf(first === undefined ? told : [first, ...told]));
    };
    for (let turns = 0; turns < 30; turns++) {
      await turn(client, server, "client");
      await turn(server, client, "server");
    }
    assertEquals(concat(received.client), concat(sent.client));
    assertEquals(concat(received.server), concat(sent.server));
  }
});

Deno.test("the answer to a KeyUpdate is in the output when its event is given, behind what was sent before", async () => {
  const { client, server } = await pair(5);
  await server.refreshTrafficKeys(true);
  client.receive(drain(server));
  const writing = client.send(text("before"));
  assertEquals(await client.next(), { type: "key_update" });
  await writing;
  await client.send(text("after"));
  server.receive(drain(client));
  const told = await events(server);
  assertEquals(told.map(({ type }) => type), ["data", "key_update", "data"]);
});

Deno.test("a step that is pending cannot be taken again, and data can be sent meanwhile", async () => {
  const { client, server } = await pair(6);
  await server.send(text("hello"));
  client.receive(drain(server));
  const pending = client.next();
  assertInstanceOf(pending, Promise);
  assertThrows(() => client.next(), TypeError, "pending");
  await client.send(text("meanwhile"));
  assertEquals((await pending)?.type, "data");
  server.receive(drain(client));
  assertEquals(dataOf(await events(server)), text("meanwhile"));
});

Deno.test("bytes received while a step ends are read", async () => {
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: async (...sealed) => await key.open(...sealed),
  }));
  for (let ticks = 0; ticks < 30; ticks++) {
    client.receive(peer.data("")); // says nothing, so that the step ends with a wish for more
    const pending = client.next();
    for (let tick = 0; tick < ticks; tick++) await undefined;
    client.receive(peer.data("x"));
    assertEquals(client.wantsRead, false);
    const event = await pending ?? await client.next();
    assertEquals(event?.type, "data");
    assertEquals(await client.next(), undefined);
    assert(client.wantsRead);
  }
});

Deno.test("bytes received after the script asked for them, but before next returned, are read", async () => {
  const client: Toy = new Toy("client", {
    *handshake(channel) {
      yield* settle(Promise.resolve());
      queueMicrotask(() => client.receive(plain(ContentType.handshake, TOY_FINISHED)));
      yield* channel.expect("finished");
      return established(SUITE);
    },
  });
  assertEquals(await client.next(), { type: "established" });
});

Deno.test("no more than 16 records are opened ahead of the reader", async () => {
  let opened = 0;
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: (...sealed) => {
      opened++;
      return Promise.resolve(key.open(...sealed));
    },
  }));
  client.receive(concat(Array.from({ length: 100 }, () => peer.data("x"))));
  const ahead: number[] = [];
  for (let read = 1; read <= 100; read++) {
    assertEquals((await client.next())?.type, "data");
    ahead.push(opened - read);
  }
  assertEquals(Math.max(...ahead), 15);
  assertEquals(ahead[0], 0);
  assertEquals(opened, 100);
});

Deno.test("with a provider that answers at once nothing is opened ahead", async () => {
  let opened = 0;
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: (...sealed) => {
      opened++;
      return key.open(...sealed);
    },
  }));
  client.receive(concat(Array.from({ length: 10 }, () => peer.data("x"))));
  assertEquals(now(client.next())?.type, "data");
  assertEquals(opened, 1);
});

Deno.test("key updates do not make this end open everything many times over", async () => {
  let opened = 0;
  let updates = 0;
  const records = 600;
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: (...sealed) => {
      opened++;
      return Promise.resolve(key.open(...sealed));
    },
  }));
  const wire: Uint8Array[] = [];
  for (let record = 1; record <= records; record++) {
    if (record % 6 === 0) updates++;
    wire.push(record % 6 === 0 ? peer.refreshTrafficKeys() : peer.data("x"));
  }
  client.receive(concat(wire));
  assertEquals((await events(client)).length, records);
  assert(opened <= 2 * records, `${opened} records were opened for ${records} with ${updates} updates`);
});

Deno.test("a record that fails to open behind others lets those through first; nothing is left unhandled", async () => {
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: async (...sealed) => await key.open(...sealed),
  }));
  const wire = Array.from({ length: 40 }, () => peer.data("x"));
  wire[20] = wire[20]?.map((byte, index) => index === 6 ? byte ^ 1 : byte) ?? new Uint8Array(0);
  client.receive(concat(wire));
  for (let read = 0; read < 20; read++) assertEquals((await client.next())?.type, "data");
  const error = await assertRejects(async () => await client.next(), TlsError);
  assertEquals(error.code, "bad_record_mac");
  assertEquals(alertsSent(drain(client), CLIENT_SECRET), [20]);
  assertStrictEquals(assertThrows(() => client.next()), error);
});

Deno.test("a header that cannot be, behind records that are being opened, lets those through first", async () => {
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: async (...sealed) => await key.open(...sealed),
  }));
  client.receive(concat([peer.data("a"), peer.data("b"), peer.data("c"), Uint8Array.of(23, 3, 3, 255, 255)]));
  for (let read = 0; read < 3; read++) assertEquals((await client.next())?.type, "data");
  assertEquals((await assertRejects(async () => await client.next(), TlsError)).code, "record_overflow");
});

Deno.test("a provider that fails ends the connection; no earlier failure is an unhandled rejection", async () => {
  let calls = 0;
  const { client, peer } = await clientWith((key) => ({
    seal: (...sealed) => key.seal(...sealed),
    open: async (...sealed) => {
      if (++calls > 10) throw new Error(`broken ${calls}`);
      return await key.open(...sealed);
    },
  }));
  client.receive(concat(Array.from({ length: 40 }, () => peer.data("x"))));
  for (let read = 0; read < 10; read++) assertEquals((await client.next())?.type, "data");
  await assertRejects(async () => await client.next(), Error, "broken 11");
  assertThrows(() => client.next(), Error, "broken 11");
  assertEquals(alertsSent(drain(client), CLIENT_SECRET), [80]);
});

Deno.test("a seal that fails rejects that send and all later ones, and nothing else", async () => {
  let calls = 0;
  const { client, peer } = await clientWith((key) => ({
    seal: async (...sealed) => {
      if (++calls > 2) throw new Error("broken");
      return await key.seal(...sealed);
    },
    open: (...sealed) => key.open(...sealed),
  }));
  await client.send(text("one"));
  client.send(text("two")); // not awaited
  await assertRejects(async () => await client.send(new Uint8Array(100_000)), Error, "broken");
  assertThrows(() => client.send(text("four")), Error, "broken");
  // Reading is the other half.
  client.receive(peer.data("still"));
  assertEquals(now(client.next())?.type, "data");
  // Even the alert cannot be sealed, which does not hide why the connection failed.
  client.receive(plain(ContentType.application_data, new Uint8Array(20)));
  const error = await assertRejects(async () => await client.next(), TlsError);
  assertEquals(error.code, "bad_record_mac");
});

Deno.test("no more than 16 seals of one write are under way", async () => {
  const waiting: (() => void)[] = [];
  const { client } = await clientWith((key) => ({
    seal: (...sealed) => {
      const bytes = key.seal(...sealed);
      return new Promise((resolve) => waiting.push(() => resolve(bytes)));
    },
    open: (...sealed) => key.open(...sealed),
  }));
  const writing = client.send(new Uint8Array(40 * 16_384));
  let most = 0;
  let sealed = 0;
  while (waiting.length > 0) {
    most = Math.max(most, waiting.length);
    waiting.shift()?.();
    sealed++;
    for (let ticks = 0; ticks < 20; ticks++) await undefined;
  }
  await writing;
  assertEquals([most, sealed], [16, 40]);
  assertEquals(drain(client).length, 40 * (16_384 + 22));
});

Deno.test("a connection can be disposed of while a step and a write are pending", async () => {
  const { client, server } = await pair(9);
  await server.send(text("hello"));
  client.receive(drain(server));
  const pending = client.next();
  const writing = client.send(new Uint8Array(1_000_000));
  client.dispose();
  assertEquals(await pending, undefined);
  // Nothing of what was left to be sealed leaves without protection.
  await assertRejects(async () => await writing, TypeError, "disposed");
  assertEquals(client.output(), undefined);
  assertThrows(() => client.next(), TypeError, "disposed");
});

Deno.test("the alert of a failed handshake is in the output before next throws", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const client = new Toy("client", shuffled(seed));
    await events(client);
    drain(client);
    client.receive(plain(ContentType.handshake, TOY_FINISHED));
    client.receive(plain(ContentType.application_data, new Uint8Array(30)));
    assertEquals((await client.next())?.type, "established");
    await assertRejects(async () => await client.next(), TlsError, "altered");
    assertEquals(alertsSent(drain(client), CLIENT_SECRET), [20]);
  }
});
