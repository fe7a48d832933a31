/** TlsAcceptor over memory duplexes, against real clients: handshakes, client certificates, and failures. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Duplex, writeAll } from "../../io/duplex.ts";
import { TlsAcceptor } from "../../tls/acceptor.ts";
import type { Identity } from "../../tls/config/config_types.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { LazyConfigAcceptor } from "../../tls/lazy_acceptor.ts";
import { ServerConfig } from "../../tls/config/server_config.ts";
import { withClient } from "../../tls/stream/shake_hands.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import {
  acceptor,
  AUTHORITY_PEM,
  CLIENT_IDENTITY,
  connector,
  decode,
  encode,
  readAll,
  readBytes,
  roots,
  SERVER_IDENTITY,
  streamPair,
} from "./tls_pair.ts";

/** A ClientHello of TLS 1.1 in one record: a random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression. */
const TLS11_HELLO = Uint8Array.of(
  ...[0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2],
  ...new Uint8Array(32).fill(7),
  ...[0, 0, 2, 0, 0x2f, 1, 0],
);

Deno.test("an acceptor is made of options or of a config, and keeps it", () => {
  const config = new ServerConfig({ identity: SERVER_IDENTITY });
  assertStrictEquals(new TlsAcceptor(config).config, config);
  assertEquals(new TlsAcceptor({ identity: SERVER_IDENTITY, sendTickets: 1 }).config.sendTickets, 1);
});

Deno.test("a client of TLS 1.1 gets the whole protocol_version alert, two bytes at a time", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 2 });
  const accepting = assertRejects(() => acceptor().accept(far), TlsError);
  await writeAll(near, TLS11_HELLO);
  assertEquals(await readAll(near), Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70)); // protocol_version
  assertEquals((await accepting).code, "unsupported_protocol_version");
});

Deno.test("handshakeTimeout abandons a handshake with a silent client", async () => {
  const [near, far] = memoryDuplexPair();
  const error = await assertRejects(() => acceptor().accept(far, { handshakeTimeout: 5 }), TlsError);
  assertEquals([error.code, error.message], [
    "handshake_timeout",
    "Cannot shake hands with a client: it took over 5 ms",
  ]);
  assertEquals(await near.read(new Uint8Array(1)), null);
});

Deno.test("bad input 91: a silent client costs a small buffer, and 10 s unless the caller allows more", async () => {
  assertEquals(withClient({}).options.handshakeTimeout, 10_000);
  for (const handshakeTimeout of [5, Infinity]) {
    assertEquals(withClient({ handshakeTimeout }).options.handshakeTimeout, handshakeTimeout);
  }
  for (
    const start of [
      (io: Duplex) => acceptor().accept(io),
      (io: Duplex) => new LazyConfigAcceptor(io).accept(),
    ]
  ) {
    const [near, far] = memoryDuplexPair();
    const buffers: number[] = [];
    const listened: Duplex = {
      read: (into) => {
        buffers.push(into.length);
        return far.read(into);
      },
      write: (bytes) => far.write(bytes),
      closeWrite: () => far.closeWrite(),
      close: () => far.close(),
    };
    const failed = assertRejects(() => start(listened), TlsError);
    // The header of a record of 16 KiB, and of a ClientHello of 64 KiB.
    await writeAll(near, Uint8Array.of(0x16, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff, 3, 3));
    near.close();
    await failed;
    assertEquals(buffers, [4096, 4096]);
  }
});

Deno.test("a client that closes at once is unexpected_eof", async () => {
  const [near, far] = memoryDuplexPair();
  near.close();
  assertEquals((await assertRejects(() => acceptor().accept(far), TlsError)).code, "unexpected_eof");
});

Deno.test("acceptFallible gives the transport back", async () => {
  const [near, far] = memoryDuplexPair();
  await writeAll(near, encode("hello, world!"));
  const result = await acceptor().acceptFallible(far);
  assert("error" in result && result.error instanceof TlsError);
  assertEquals(result.error.code, "not_tls");
  assertStrictEquals(result.io, far);
  await near.read(new Uint8Array(100)); // the alert
  await writeAll(result.io, encode("hello to you"));
  assertEquals(decode(await readBytes(near, 12)), "hello to you");
  near.close();
  far.close();
});

Deno.test("a transport that delays writes until it is read still completes the handshake", async () => {
  const [near, far] = memoryDuplexPair();
  const io: Duplex = {
    read: (into) => far.read(into),
    async write(bytes): Promise<number> {
      const copy = bytes.slice();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return await far.write(copy.subarray(0, 100));
    },
    close: () => far.close(),
  };
  const [client, server] = await streamPair({ ios: [near, io] });
  await writeAll(client, encode("through"));
  assertEquals(decode(await readBytes(server, 7)), "through");
  near.close();
  far.close();
});

const CLIENTS: readonly {
  name: string;
  shows: boolean;
  optional: boolean;
  client?: string;
  server?: string;
}[] = [
  { name: "one that must show a certificate, and does", shows: true, optional: false, server: "CN=client" },
  {
    name: "one that must show a certificate, and does not",
    shows: false,
    optional: false,
    client: "certificate_required",
  },
  { name: "one that may show a certificate, and does", shows: true, optional: true, server: "CN=client" },
  { name: "one that may show a certificate, and does not", shows: false, optional: true },
];

for (const { name, shows, optional, client: refusal, server: subject } of CLIENTS) {
  Deno.test(`a client: ${name}`, async () => {
    const [near, far] = memoryDuplexPair();
    const [client, accepted] = await Promise.all([
      connector(shows ? { identity: CLIENT_IDENTITY } : {}).connect("localhost", near),
      acceptor({ clientAuth: { roots: roots(), optional } }).acceptFallible(far),
    ]);
    if (refusal === undefined) {
      assert("stream" in accepted);
      assertEquals(accepted.stream.connection.peerCertificates[0]?.subject, subject);
      accepted.stream.close();
    } else {
      // The client's handshake is done before the server looks at it: the first read brings the alert.
      const error = await assertRejects(() => client.read(new Uint8Array(1)), TlsError);
      assertEquals(error.alert, refusal);
      assert("error" in accepted && accepted.error instanceof TlsError);
      assertEquals(accepted.error.code, refusal);
      accepted.io.close();
    }
    client.close();
  });
}

Deno.test("Deno.connectTls connects to a TlsAcceptor", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const stream = await acceptor({ alpnProtocols: ["http/1.1"] }).accept(await listener.accept());
    assertEquals([stream.connection.serverName, stream.connection.alpnProtocol], ["localhost", "http/1.1"]);
    const greeting = await readBytes(stream, 5);
    await writeAll(stream, greeting);
    await stream.shutdown();
    assertEquals((await readAll(stream)).length, 0);
    stream.close();
  })();
  using conn = await Deno.connectTls({
    hostname: "localhost",
    port: listener.addr.port,
    caCerts: [AUTHORITY_PEM],
    alpnProtocols: ["http/1.1"],
  });
  await writeAll(conn, encode("hello"));
  assertEquals(decode(await readAll(conn)), "hello");
  await conn.closeWrite();
  await serving;
});

Deno.test("a resolver that gives no identity fails the handshake, and the client gets an alert", async () => {
  const [near, far] = memoryDuplexPair();
  const identity = () => "a certificate" as unknown as Identity;
  const [refused, told] = await Promise.all([
    assertRejects(() => acceptor({ identity }).accept(far), TlsError),
    assertRejects(() => connector().connect("localhost", near), TlsError),
  ]);
  assertEquals([refused.code, told.alert], ["invalid_option", "internal_error"]);
});

Deno.test("accept refuses a transport that is no duplex", () => {
  assertThrows(() => new LazyConfigAcceptor(undefined as unknown as Duplex), TypeError, "is no Duplex");
});
