/** TlsStream, client against server: data, ends, keys, web streams, and taking a stream apart. */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type Duplex, writeAll } from "../../../io/duplex.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import {
  connector,
  decode,
  encode,
  hangUp,
  PROVIDERS,
  readAll,
  readBytes,
  SERVER_IDENTITY,
  streamPair,
} from "../tls_pair.ts";

const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(3000);

for (const crypto of PROVIDERS) {
  const both = { client: { crypto }, server: { crypto } };

  Deno.test(`a whole text one way, a greeting the other, and both ends (${crypto.name})`, async () => {
    const [client, server] = await streamPair(both);
    const serving = (async () => {
      await writeAll(server, encode(TEXT));
      await server.shutdown();
      return decode(await readAll(server));
    })();
    assertEquals(decode(await readAll(client)), TEXT);
    assertEquals(await client.read(new Uint8Array(1)), null);
    await writeAll(client, encode("Hello World!"));
    await client.shutdown();
    assertEquals(await serving, "Hello World!");
    hangUp(client, server);
  });

  Deno.test(`8 MiB in both directions at once, in pieces of all sizes (${crypto.name})`, async () => {
    const [client, server] = await streamPair(both);
    const size = 8 << 20;
    const hashes = await Promise.all([
      sendRandomly(client, size, 1),
      sendRandomly(server, size, 2),
      hashAll(client, 3),
      hashAll(server, 4),
    ]);
    assertEquals(hashes[0], hashes[3]);
    assertEquals(hashes[1], hashes[2]);
    assertNotEquals(hashes[0], hashes[1]);
    hangUp(client, server);
  });

  Deno.test(`TLS in TLS (${crypto.name})`, async () => {
    const [outerClient, outerServer] = await streamPair(both);
    const [client, server] = await streamPair({ ...both, ios: [outerClient, outerServer] });
    await Promise.all([
      (async () => {
        await writeAll(client, encode(TEXT));
        await client.shutdown();
      })(),
      (async () => assertEquals(decode(await readAll(server)), TEXT))(),
    ]);
    await server.shutdown();
    assertEquals(await client.read(new Uint8Array(1)), null);
    hangUp(client, server);
  });

  Deno.test(`a transport that gives one byte a read (${crypto.name})`, async () => {
    const [client, server] = await streamPair({
      client: { crypto },
      server: { crypto, sendTickets: 0 }, // no one reads until both are there
      memory: { chunk: 1, capacity: 16 },
    });
    await Promise.all([
      writeAll(client, encode("ping")).then(() => client.flush()),
      (async () => assertEquals(decode(await readBytes(server, 4)), "ping"))(),
    ]);
    await Promise.all([
      writeAll(server, encode("pong")).then(() => server.shutdown()),
      (async () => assertEquals(decode(await readAll(client)), "pong"))(),
    ]);
    hangUp(client, server);
  });

  Deno.test(`keys change on the way, in both directions (${crypto.name})`, async () => {
    const [client, server] = await streamPair(both);
    for (const requestPeer of [true, false, true]) {
      await client.refreshTrafficKeys(requestPeer);
      await writeAll(client, encode("there"));
      assertEquals(decode(await readBytes(server, 5)), "there");
      await writeAll(server, encode("back"));
      assertEquals(decode(await readBytes(client, 4)), "back");
      await server.refreshTrafficKeys();
    }
    await Promise.all([client.shutdown(), server.shutdown()]);
    assertEquals([await readAll(client), await readAll(server)].map(({ length }) => length), [0, 0]);
    hangUp(client, server);
  });

  Deno.test(`the web streams: piped through both ends, and the connection closes itself (${crypto.name})`, async () => {
    const [client, server] = await streamPair(both);
    const echo = server.readable.pipeTo(server.writable);
    const sending = new Blob([TEXT]).stream().pipeTo(client.writable);
    assertEquals(await new Response(client.readable).text(), TEXT);
    await Promise.all([echo, sending]);
    assertStrictEquals(client.readable, client.readable);
    for (const end of [client, server]) {
      await assertRejects(() => end.flush(), TypeError, "the stream is closed");
    }
  });

  Deno.test(`readable supports BYOB readers (${crypto.name})`, async () => {
    const [client, server] = await streamPair(both);
    await writeAll(server, encode("some bytes"));
    await server.shutdown();
    const reader = client.readable.getReader({ mode: "byob" });
    let text = "";
    let buffer: ArrayBuffer = new ArrayBuffer(4);
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) {
        text += decode(value);
        buffer = value.buffer;
      }
      if (done) break;
    }
    assertEquals(text, "some bytes");
    hangUp(client, server);
  });
}

/** Writes pseudo-random bytes in pieces of all sizes, and ends. @returns Their SHA-256. */
async function sendRandomly(
  io: Duplex & { shutdown(): Promise<void> },
  size: number,
  seed: number,
): Promise<string> {
  const random = randomNumbers(seed);
  const bytes = new Uint8Array(size);
  new Uint32Array(bytes.buffer).forEach((_, index, words) => words[index] = random());
  for (let at = 0; at < size;) {
    const end = Math.min(size, at + 1 + random() % (random() % 5 === 0 ? 300_000 : 20_000));
    await writeAll(io, bytes.subarray(at, end));
    at = end;
  }
  await io.shutdown();
  return await hashOf(bytes);
}

async function hashAll(io: Duplex, seed: number): Promise<string> {
  return await hashOf(await readAll(io, 1 + randomNumbers(seed)() % 50_000));
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes);
  return new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", copy)).toHex();
}

/** Numbers below 2^32 that are the same each time (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

Deno.test("the facts of a connection, on both ends", async () => {
  const alpnProtocols = ["h2", "http/1.1"];
  const [client, server] = await streamPair({ client: { alpnProtocols }, server: { alpnProtocols } });
  const { connection } = client;
  assertEquals(
    [
      connection.protocolVersion,
      connection.cipherSuite,
      connection.keyExchangeGroup,
      connection.alpnProtocol,
    ],
    ["TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", "x25519", "h2"],
  );
  assertEquals([connection.serverName, connection.handshakeKind, connection.resumed], [
    "localhost",
    "full",
    false,
  ]);
  assertEquals(connection.peerSignatureScheme, "ecdsa_secp256r1_sha256");
  assertEquals(connection.peerCertificates[0]?.dnsNames, ["localhost", "foobar.com"]);
  assertEquals([server.connection.serverName, server.connection.alpnProtocol], ["localhost", "h2"]);
  assertEquals([server.connection.peerCertificates, server.connection.peerSignatureScheme], [[], undefined]);
  assertEquals(client.timings.connect, 0);
  assert(client.timings.handshake > 0 && server.timings.handshake > 0);
  const label = "EXPERIMENTAL-ductile";
  const secrets = await Promise.all(
    [client, server].map((end) => end.connection.exportKeyingMaterial(40, label, encode("x"))),
  );
  assertEquals(secrets[0]?.length, 40);
  assertEquals(secrets[0], secrets[1]);
  assertNotEquals(secrets[0], await connection.exportKeyingMaterial(40, label));
  assertNotEquals(secrets[0], await connection.exportKeyingMaterial(40, "EXPERIMENTAL-other", encode("x")));
  client.close();
  server.close();
});

Deno.test("a second connection resumes the first", async () => {
  const connect = connector();
  const server = { identity: SERVER_IDENTITY, crypto: PROVIDERS[0] };
  const { TlsAcceptor } = await import("../../../tls/acceptor.ts");
  const accept = new TlsAcceptor(server);
  const kinds: boolean[] = [];
  for (let time = 0; time < 2; time++) {
    const [near, far] = memoryDuplexPair();
    const [one, other] = await Promise.all([connect.connect("localhost", near), accept.accept(far)]);
    await other.shutdown();
    assertEquals(await one.read(new Uint8Array(1)), null); // the tickets come before the end
    kinds.push(one.connection.resumed);
    assertEquals(one.connection.peerCertificates[0]?.dnsNames, ["localhost", "foobar.com"]);
    one.close();
    other.close();
  }
  assertEquals(kinds, [false, true]);
});

Deno.test("the end of the transport after the handshake, without close_notify, is unexpected_eof", async () => {
  const [near, far] = memoryDuplexPair();
  const [client, server] = await streamPair({ ios: [near, far] });
  await writeAll(server, encode("cut sho"));
  await server.flush();
  far.close();
  const into = new Uint8Array(100);
  assertEquals(await client.read(into), 7);
  for (let time = 0; time < 2; time++) {
    const error = await assertRejects(() => client.read(into), TlsError);
    assertEquals(error.code, "unexpected_eof");
  }
  client.close();
});

Deno.test("flush rejects with write_zero for a transport that takes no bytes", async () => {
  const [near, far] = memoryDuplexPair();
  let open = true;
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => open ? near.write(bytes) : Promise.resolve(0),
    close: () => near.close(),
  };
  const [client, server] = await streamPair({ ios: [io, far] });
  open = false;
  assertEquals(await client.write(encode("hello")), 5);
  assertEquals((await assertRejects(() => client.flush(), TlsError)).code, "write_zero");
  client.close();
  server.close();
});

Deno.test("a transport that takes nothing for a while stops a writer, and no reader", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 1024 });
  const [client, server] = await streamPair({ ios: [near, far] });
  assertEquals([await client.write(new Uint8Array(8)), await client.write(new Uint8Array(8))], [8, 8]);
  const accepted = await client.write(new Uint8Array(1 << 20));
  assert(accepted < 1 << 20);
  let settled = false;
  const waiting = client.write(encode("the last")).finally(() => settled = true);
  await writeAll(server, encode("still here"));
  assertEquals(decode(await readBytes(client, 10)), "still here");
  assertEquals(settled, false);
  const received = readBytes(server, 16 + accepted + 8);
  assertEquals(await waiting, 8);
  assertEquals(decode((await received).subarray(-8)), "the last");
  client.close();
  server.close();
});

Deno.test("bad input 70: a slow reader stops the sender: memory stays bounded", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 64 * 1024 });
  const [client, server] = await streamPair({ ios: [near, far] });
  const total = 8 << 20;
  let accepted = 0;
  const sending = (async () => {
    const piece = new Uint8Array(64 * 1024);
    while (accepted < total) {
      accepted += await server.write(piece.subarray(0, Math.min(piece.length, total - accepted)));
    }
    await server.shutdown();
  })();
  const into = new Uint8Array(16 * 1024);
  let read = 0;
  for (let count = await client.read(into); count !== null; count = await client.read(into)) {
    read += count;
    // In the pipe, unsent with the server, and what one read of the client's took.
    assert(accepted - read < 1024 * 1024, `${accepted - read} bytes are somewhere`);
    if (read % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await sending;
  assertEquals(read, total);
  client.close();
  server.close();
});

Deno.test("bad input 42: shutdown twice sends one close_notify; a write after it is refused; reads go on", async () => {
  const [near, far] = memoryDuplexPair();
  const [client, server] = await streamPair({ ios: [near, far] });
  await Promise.all([client.shutdown(), client.closeWrite()]);
  await client.shutdown();
  const error = await assertRejects(() => client.write(encode("late")), TlsError);
  assertEquals(error.code, "write_after_shutdown");
  assertEquals(
    (await assertRejects(() => client.refreshTrafficKeys(), TlsError)).code,
    "write_after_shutdown",
  );
  await client.flush();
  // One alert: 5 bytes of header, 2 of the alert, 1 of its kind, 16 of the tag.
  assertEquals(near.unread, 24);
  assertEquals(await server.read(new Uint8Array(1)), null);
  await writeAll(server, encode("still here"));
  await server.shutdown();
  assertEquals(decode(await readAll(client)), "still here");
  client.close();
  server.close();
});

Deno.test("bad input 41: a record behind close_notify is ignored", async () => {
  const [near, far] = memoryDuplexPair();
  const [client, server] = await streamPair({ ios: [near, far] });
  await server.flush();
  const { io, connection } = server.intoInner();
  await connection.send(encode("data"));
  await connection.sendCloseNotify();
  await io.write(connection.output() ?? new Uint8Array(0));
  await io.write(Uint8Array.of(0x17, 3, 3, 0, 1, 0));
  assertEquals(decode(await readAll(client)), "data");
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
  far.close();
});

Deno.test("an altered record is an error at every read, and the peer gets an alert", async () => {
  const [near, far] = memoryDuplexPair();
  const [client, server] = await streamPair({ ios: [near, far], server: { sendTickets: 0 } });
  await far.write(Uint8Array.of(0x17, 3, 3, 0, 32, ...new Uint8Array(32)));
  const first = await assertRejects(() => client.read(new Uint8Array(9)), TlsError);
  assertEquals(first.code, "bad_record_mac");
  assertStrictEquals(await assertRejects(() => client.read(new Uint8Array(9))), first);
  assertStrictEquals(await assertRejects(() => client.write(encode("more"))), first);
  const told = await assertRejects(() => server.read(new Uint8Array(9)), TlsError);
  assertEquals([told.code, told.alert], ["protocol_error", "bad_record_mac"]);
  client.close();
  server.close();
});

Deno.test("two reads at once are refused, of which the first goes on", async () => {
  const [client, server] = await streamPair();
  const into = new Uint8Array(10);
  // Refused before it waits: it would wait for data that it could not put anywhere.
  await assertRejects(
    () => client.read(10 as unknown as Uint8Array),
    TypeError,
    "no Uint8Array to read into",
  );
  const reading = client.read(into);
  await assertRejects(
    () => client.read(new Uint8Array(10)),
    TypeError,
    "Cannot read: another read is pending",
  );
  await assertRejects(
    () => client.readable.getReader().read(),
    TypeError,
    "Cannot read: another read is pending",
  );
  await writeAll(server, encode("for one"));
  assertEquals(await reading, 7);
  client.close();
  server.close();
});

Deno.test("close rejects a pending read, may be repeated, and ends everything", async () => {
  const [client, server] = await streamPair({ server: { sendTickets: 0 } });
  const reading = assertRejects(() => client.read(new Uint8Array(10)), Deno.errors.Interrupted);
  client.close();
  client.close();
  await reading;
  const actions: readonly (() => Promise<unknown>)[] = [
    () => client.read(new Uint8Array(1)),
    () => client.write(encode("x")),
    () => client.flush(),
    () => client.shutdown(),
    () => client.refreshTrafficKeys(),
  ];
  for (const action of actions) await assertRejects(action, TypeError, "the stream is closed");
  assertThrows(() => client.intoInner(), TypeError, "Cannot take the stream apart: the stream is closed");
  server.close();
});

Deno.test("intoInner returns the transport, the machine and the unread data", async () => {
  const [client, server] = await streamPair({ server: { sendTickets: 0 } });
  await writeAll(server, encode("first and second"));
  await writeAll(server, encode("third"));
  await server.flush();
  assertEquals(await client.read(new Uint8Array(5)), 5);
  const { io, connection, leftover } = client.intoInner();
  assertEquals(decode(leftover), " and second");
  await assertRejects(() => client.read(new Uint8Array(1)), TypeError, "the stream is taken apart");
  const event = await connection.next();
  assertEquals(event?.type === "data" && decode(event.data), "third");
  io.close();
  server.close();
});

Deno.test("intoInner is refused while bytes are on their way", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 4096 });
  const [client, server] = await streamPair({ ios: [near, far], server: { sendTickets: 0 } });
  const reading = server.read(new Uint8Array(1));
  assertThrows(() => server.intoInner(), TypeError, "a read is pending");
  const writing = writeAll(client, new Uint8Array(100_000)).catch(() => {});
  assertThrows(() => client.intoInner(), TypeError, "a write is pending; flush first");
  await reading;
  client.close();
  server.close();
  await writing;
});

Deno.test("using closes, await using shuts down first", async () => {
  const [client, server] = await streamPair();
  {
    await using end = client;
    await writeAll(end, encode("bye"));
  }
  {
    using end = server;
    assertEquals(decode(await readAll(end)), "bye");
  }
  await assertRejects(() => client.flush(), TypeError, "the stream is closed");
  await assertRejects(() => server.flush(), TypeError, "the stream is closed");
  await client[Symbol.asyncDispose]();
});

Deno.test("ref and unref reach the transport, where it has them", async () => {
  const [near, far] = memoryDuplexPair();
  const calls: string[] = [];
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => near.write(bytes),
    close: () => near.close(),
    ref: () => calls.push("ref"),
    unref: () => calls.push("unref"),
  };
  const [client, server] = await streamPair({ ios: [io, far] });
  client.unref();
  client.ref();
  server.unref();
  assertEquals(calls, ["unref", "ref"]);
  assertStrictEquals(client.io, io);
  client.close();
  server.close();
});

Deno.test("a writable that is aborted, and a readable that is cancelled, close the connection", async () => {
  for (const end of ["abort", "cancel"]) {
    const [client, server] = await streamPair();
    await (end === "abort" ? client.writable.abort() : client.readable.cancel());
    await assertRejects(() => client.flush(), TypeError, "the stream is closed");
    server.close();
  }
});
