/** Streams with early data: what tokio-rustls's tests of early data show, and more. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Duplex } from "../../../io/duplex.ts";
import { TlsAcceptor } from "../../../tls/acceptor.ts";
import { ServerConfig } from "../../../tls/config/server_config.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { LazyConfigAcceptor } from "../../../tls/lazy_acceptor.ts";
import type { ServerTlsStream } from "../../../tls/stream/tls_stream.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { connector, decode, encode, PROVIDERS, readAll, readBytes } from "../tls_pair.ts";
import { close, early, type Known, meet } from "./early_streams.ts";

for (const crypto of PROVIDERS) {
  Deno.test(`0-RTT: hello comes late, world early (${crypto.name})`, async () => {
    const known = await meet({ client: { crypto }, server: { crypto } });
    const [client, far] = await early(known);
    assertThrows(() => client.connection, TlsError, "handshake is not done");
    assertEquals(await client.write(encode("world!")), 6);
    const server = await known.acceptor.accept(far);
    await client.flush();
    assertEquals(client.connection.earlyDataAccepted, true);
    assertEquals(server.connection.earlyDataLength, 6);
    await client.write(encode("LATE"));
    await client.shutdown();
    assertEquals(decode(await readAll(server)), "world!LATE");
    await server.write(encode("back"));
    await server.shutdown();
    assertEquals(decode(await readAll(client)), "back");
    close(client, server);
  });
}

Deno.test("0-RTT: connect resolves before anything is read, and the first write is early", async () => {
  const known = await meet();
  const [client, far] = await early(known); // before the server accepts
  await client.write(encode("one "));
  await client.write(encode("two"));
  const server = await known.acceptor.accept(far);
  assertEquals(server.connection.earlyDataLength, 7);
  assertEquals(decode(await readBytes(server, 7)), "one two");
  close(client, server);
});

Deno.test("0-RTT: a read waits for the handshake", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  const reading = readBytes(client, 4);
  const server = await known.acceptor.accept(far);
  await server.write(encode("late"));
  assertEquals(decode(await reading), "late");
  assertEquals(client.connection.earlyDataAccepted, true);
  assertEquals(client.connection.earlyDataLength, 0);
  close(client, server);
});

Deno.test("0-RTT: what is over the ticket's limit is written after the handshake, in order", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  const text = "0123456789".repeat(150);
  const writing = client.write(encode(text)).then(() => client.write(encode("end")));
  const server = await known.acceptor.accept(far);
  assertEquals(server.connection.earlyDataLength, 1000);
  assertEquals(decode(await readBytes(server, 1503)), text + "end");
  assertEquals(await writing, 3);
  close(client, server);
});

for (const remedy of ["flush", "shutdown", "handshake", "a read of the server"] as const) {
  Deno.test(`E-25: early data that is refused is sent again, whole and in order (${remedy})`, async () => {
    const known = await meet();
    const refusing = new TlsAcceptor({ ...known.options, acceptEarlyData: () => false });
    const [client, far] = await early(known);
    await client.write(encode("one "));
    const text = "x".repeat(2000);
    const writing = client.write(encode(text)); // waits for the handshake
    const server = await refusing.accept(far);
    if (remedy === "flush") await client.flush();
    if (remedy === "handshake") await client.handshake();
    if (remedy === "shutdown") await writing.then(() => client.shutdown());
    assertEquals(decode(await readBytes(server, 2004)), "one " + text);
    assertEquals(await writing, 2000);
    assertEquals(client.connection.earlyDataRefusal, "declined");
    assertEquals(server.connection.earlyDataLength, 0);
    close(client, server);
  });
}

Deno.test("early data that is refused by a HelloRetryRequest is sent again", async () => {
  const known = await meet();
  const refusing = new TlsAcceptor({ ...known.options, groups: ["secp384r1"] });
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const server = await refusing.accept(far);
  assertEquals(decode(await readBytes(server, 5)), "early");
  await client.handshake();
  assertEquals(client.connection.earlyDataRefusal, "hello_retry_request");
  close(client, server);
});

Deno.test("early data for a protocol that the server does not select is not sent again", async () => {
  const known = await meet({ client: { alpnProtocols: ["a", "b"] }, server: { alpnProtocols: ["a"] } });
  const other = new TlsAcceptor({ ...known.options, alpnProtocols: ["b"] });
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const server = await other.accept(far);
  const error = await assertRejects(() => client.flush(), TlsError);
  assertEquals(error.code, "early_data_wrong_protocol");
  await assertRejects(() => client.read(new Uint8Array(1)), TlsError);
  await assertRejects(() => client.write(encode("more")), TlsError);
  close(client, server);
});

Deno.test("early data: a write that waits for the handshake is of the session's protocol, too", async () => {
  const known = await meet({ client: { alpnProtocols: ["a", "b"] }, server: { alpnProtocols: ["a"] } });
  const other = new TlsAcceptor({ ...known.options, alpnProtocols: ["b"] });
  const [client, far] = await early(known);
  const server = await other.accept(far); // nothing was written early
  const error = await assertRejects(() => client.handshake(), TlsError);
  assertEquals([error.code, client.connection.alpnProtocol], ["early_data_wrong_protocol", "b"]);
  await assertRejects(() => client.write(encode("of protocol a")), TlsError);
  close(client, server);
});

Deno.test("a stream without a session that allows early data is returned when the handshake is done", async () => {
  const fresh = connector({ enableEarlyData: true });
  const { acceptor } = await meet();
  const [near, far] = memoryDuplexPair();
  const [client, server] = await Promise.all([
    fresh.connect("localhost", near, { earlyData: true }),
    acceptor.accept(far),
  ]);
  assertEquals(client.connection.earlyDataAccepted, undefined);
  await client.write(encode("late"));
  assertEquals(decode(await readBytes(server, 4)), "late");
  close(client, server);
});

Deno.test("close sends what was written early, if the server takes it in time", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  client.close();
  const server = await known.acceptor.accept(far);
  assertEquals(decode(await readAll(server)), "early");
  server.close();
});

Deno.test("a handshake that fails behind early data makes every call fail, and nothing else", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  far.close();
  const error = await assertRejects(() => client.flush());
  assert(error instanceof Error);
  await assertRejects(() => client.read(new Uint8Array(1)));
  await assertRejects(() => client.shutdown());
  client.close();
});

Deno.test("a handshake whose early data cannot be written fails by that, though the server answers", async () => {
  const known = await meet();
  const [near, far] = memoryDuplexPair();
  const broken = new Error("the cable is out");
  let isBroken = false;
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => isBroken ? Promise.reject(broken) : near.write(bytes),
    close: () => near.close(),
  };
  const client = await known.connector.connect("localhost", io, { earlyData: true });
  isBroken = true;
  await client.write(encode("early"));
  const server = new ServerConnection(new ServerConfig(known.options));
  const hello = new Uint8Array(65_536);
  server.receive(hello.subarray(0, await far.read(hello) ?? 0));
  while (await server.next() !== undefined);
  await far.write(server.output() ?? encode(""));
  far.close();
  assertEquals(await assertRejects(() => client.handshake()), broken);
  client.close();
});

Deno.test("traffic keys are refreshed behind early data, once the handshake is done", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const refreshed = client.refreshTrafficKeys();
  const server = await known.acceptor.accept(far);
  await refreshed;
  await client.write(encode(" late"));
  await client.shutdown();
  assertEquals(decode(await readAll(server)), "early late");
  close(client, server);
});

Deno.test("a handshake timeout ends a stream whose early data is not answered", async () => {
  const known = await meet();
  const [near, far] = memoryDuplexPair();
  const client = await known.connector.connect("localhost", near, { earlyData: true, handshakeTimeout: 20 });
  await client.write(encode("early"));
  const error = await assertRejects(() => client.read(new Uint8Array(1)), TlsError);
  assertEquals(error.code, "handshake_timeout");
  close(client, far);
});

Deno.test("a stream is not taken apart while its handshake is under way", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  assertThrows(() => client.intoInner(), TypeError, "handshake()");
  const server = await known.acceptor.accept(far);
  await client.handshake();
  assertEquals(client.intoInner().connection.isHandshaking, false);
  close(client.io, server);
});

Deno.test("earlyData needs enableEarlyData", async () => {
  const [near] = memoryDuplexPair();
  const error = await assertRejects(
    () => connector().connect("localhost", near, { earlyData: true }),
    TlsError,
  );
  assertEquals(error.code, "invalid_option");
});

/** A server that sends half-RTT data, by either acceptor. */
const ACCEPTORS: readonly [string, (known: Known, far: Duplex) => Promise<ServerTlsStream>][] = [
  ["TlsAcceptor", (known, far) => known.acceptor.accept(far)],
  [
    "LazyConfigAcceptor",
    async (known, far) => (await new LazyConfigAcceptor(far).accept()).intoStream(known.acceptor.config),
  ],
];
for (const [name, accept] of ACCEPTORS) {
  Deno.test(`half-RTT: ${name} gives a stream that answers early data at once`, async () => {
    const known = await meet({ server: { sendHalfRttData: true } });
    const [client, far] = await early(known);
    await client.write(encode("ask"));
    const server = await accept(known, far);
    assertEquals(decode(await readBytes(server, 3)), "ask");
    await server.write(encode("answer"));
    assertEquals(decode(await readBytes(client, 6)), "answer");
    await server.handshake();
    assertEquals(server.connection.earlyDataLength, 3);
    await client.write(encode("late"));
    assertEquals(decode(await readBytes(server, 4)), "late");
    close(client, server);
  });
}

Deno.test("half-RTT: the readable of a stream has early data first", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  await client.write(encode("early "));
  const server = await known.acceptor.accept(far);
  await client.write(encode("late"));
  await client.shutdown();
  assertEquals(await new Response(server.readable).text(), "early late");
  close(client, server);
});

Deno.test("half-RTT: a server without a client's early data answers before it is asked", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [near, far] = memoryDuplexPair();
  const [client, server] = await Promise.all([
    connector().connect("localhost", near),
    known.acceptor.accept(far).then(async (stream) => {
      await stream.write(encode("220 ready"));
      return stream;
    }),
  ]);
  assertEquals(decode(await readBytes(client, 9)), "220 ready");
  assertEquals(server.connection.earlyDataAccepted, undefined);
  close(client, server);
});

Deno.test("E-27: early data that the application does not read is bounded by what the ticket allows", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  for (let i = 0; i < 1000; i++) await client.write(encode("x"));
  const server = await known.acceptor.accept(far);
  assertEquals(server.connection.earlyDataLength, 1000);
  assertEquals(decode(await readBytes(server, 1000)), "x".repeat(1000));
  close(client, server);
});

Deno.test("a server's stream that is taken apart has the early data that was not read", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  const server = await known.acceptor.accept(far);
  assertEquals(decode(await readBytes(server, 2)), "ea");
  assertEquals(decode(server.intoInner().leftover), "rly");
  close(client);
  far.close();
});

Deno.test("half-RTT: both ends send more than the transport holds, and neither waits for the other to read", async () => {
  const size = 100_000;
  const known = await meet({ server: { maxEarlyDataSize: size, sendHalfRttData: true } });
  const [client, far] = await early(known, { capacity: 1000 });
  const sent = new Uint8Array(size).fill(7);
  const echo = async () => {
    const server = await known.acceptor.accept(far);
    const into = new Uint8Array(10_000);
    for (let count; (count = await server.read(into)) !== null;) await server.write(into.slice(0, count));
    await server.shutdown();
    server.close();
  };
  const [received] = await Promise.all([
    readAll(client),
    echo(),
    client.write(sent).then(() => client.shutdown()),
  ]);
  assertEquals(received, sent);
  assert(client.connection.earlyDataLength > 0);
  client.close();
});

Deno.test("an alert of the server ends writing, although more early data would be taken", async () => {
  const known = await meet();
  const [client, far] = await early(known);
  await client.write(encode("early"));
  await far.write(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40)); // handshake_failure
  const error = await assertRejects(() => client.handshake(), TlsError);
  assertEquals(await assertRejects(() => client.write(encode("more")), TlsError), error);
  close(client, far);
});

Deno.test("half-RTT: a write after a handshake timeout rejects by it", async () => {
  const known = await meet({ server: { sendHalfRttData: true } });
  const [client, far] = await early(known);
  const [relay, inner] = memoryDuplexPair();
  const hello = new Uint8Array(65_536);
  const count = await far.read(hello) ?? 0; // the client's Finished never comes
  await relay.write(hello.subarray(0, count));
  const server = await known.acceptor.accept(inner, { handshakeTimeout: 20 });
  const error = await assertRejects(() => server.handshake(), TlsError);
  assertEquals(error.code, "handshake_timeout");
  assertEquals(await assertRejects(() => server.write(encode("more"))), error);
  close(server, relay, client.io);
});
