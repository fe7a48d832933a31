/** LazyConfigAcceptor: the ClientHello is read first, and the config chosen by it. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { writeAll } from "../../io/duplex.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { LazyConfigAcceptor } from "../../tls/lazy_acceptor.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { connector, decode, encode, PROVIDERS, readAll, readBytes, SERVER_IDENTITY } from "./tls_pair.ts";

const server = { identity: SERVER_IDENTITY, crypto: PROVIDERS[0] };

Deno.test("the config can be chosen by the ClientHello; then data goes both ways", async () => {
  const [near, far] = memoryDuplexPair();
  const connecting = connector().connect("foobar.com", near);
  const start = await new LazyConfigAcceptor(far).accept();
  const hello = start.clientHello();
  assertEquals([hello.serverName, hello.alpnProtocols], ["foobar.com", []]);
  assert(hello.cipherSuites.includes("TLS_AES_128_GCM_SHA256") && hello.groups.includes("x25519"));
  assertStrictEquals(start.io, far);
  const [client, stream] = await Promise.all([connecting, start.intoStream(server)]);
  await writeAll(client, encode("echo"));
  assertEquals(decode(await readBytes(stream, 4)), "echo");
  client.close();
  stream.close();
});

Deno.test("a client that closes at once is unexpected_eof", async () => {
  const [near, far] = memoryDuplexPair();
  near.close();
  const acceptor = new LazyConfigAcceptor(far);
  assertEquals((await assertRejects(() => acceptor.accept(), TlsError)).code, "unexpected_eof");
  acceptor.takeIo()?.close();
});

Deno.test("a client that does not speak TLS gets an alert, and can be answered in its own protocol", async () => {
  const [near, far] = memoryDuplexPair();
  await writeAll(near, encode("hello, world!"));
  const acceptor = new LazyConfigAcceptor(far);
  assertEquals((await assertRejects(() => acceptor.accept(), TlsError)).code, "not_tls");
  assertEquals(await readBytes(near, 7), Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x0a)); // unexpected_message
  const io = acceptor.takeIo();
  assertStrictEquals(io, far);
  assertStrictEquals(acceptor.takeIo(), undefined);
  await writeAll(far, encode("message\r\n"));
  far.close();
  assertEquals(decode(await readAll(near)), "message\r\n");
});

Deno.test("the alert arrives whole, two bytes at a time", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 2 });
  const acceptor = new LazyConfigAcceptor(far);
  const accepting = assertRejects(() => acceptor.accept(), TlsError);
  const sending = writeAll(near, encode("not tls")).catch(() => {});
  assertEquals(await readBytes(near, 7), Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x0a));
  await accepting;
  near.close();
  await sending;
  acceptor.takeIo()?.close();
});

Deno.test("a ClientHello in single bytes, within its handshakeTimeout", async () => {
  const [near, far] = memoryDuplexPair({ chunk: 1, capacity: 16 });
  const connecting = connector().connect("localhost", near);
  const start = await new LazyConfigAcceptor(far).accept({ handshakeTimeout: 60_000 });
  assertEquals(start.clientHello().serverName, "localhost");
  await Promise.all([connecting, start.intoStream({ ...server, sendTickets: 0 })]);
  near.close();
  far.close();
});

Deno.test("a config that does not suit the client ends with an alert, and closes the transport", async () => {
  const [near, far] = memoryDuplexPair();
  const connecting = connector({ alpnProtocols: ["h2"] }).connectFallible("localhost", near);
  const start = await new LazyConfigAcceptor(far).accept();
  const error = await assertRejects(() => start.intoStream({ ...server, alpnProtocols: ["dot"] }), TlsError);
  assertEquals(error.code, "no_application_protocol");
  const result = await connecting;
  assert("error" in result && result.error instanceof TlsError);
  assertEquals(result.error.alert, "no_application_protocol");
  await assertRejects(() => far.read(new Uint8Array(1)), Deno.errors.BadResource);
  near.close();
});

Deno.test("options that make no config close the transport; intoStreamFallible returns it", async () => {
  for (const fallible of [false, true]) {
    const [near, far] = memoryDuplexPair();
    const connecting = connector().connectFallible("localhost", near);
    const start = await new LazyConfigAcceptor(far).accept();
    const bad = { ...server, groups: [] };
    if (fallible) {
      const result = await start.intoStreamFallible(bad);
      assert("error" in result && result.error instanceof TlsError);
      assertEquals(result.error.code, "invalid_option");
      assertStrictEquals(result.io, far);
      far.close();
    } else {
      assertEquals((await assertRejects(() => start.intoStream(bad), TlsError)).code, "invalid_option");
      await assertRejects(() => far.read(new Uint8Array(1)), Deno.errors.BadResource);
    }
    const result = await connecting;
    assert("error" in result && result.error instanceof TlsError);
    assertEquals(result.error.code, "unexpected_eof");
    near.close();
  }
});

Deno.test("accept, takeIo and intoStream work once each, and in their order", async () => {
  const [near, far] = memoryDuplexPair();
  const connecting = connector().connect("localhost", near);
  const acceptor = new LazyConfigAcceptor(far);
  const accepting = acceptor.accept();
  assertThrows(() => acceptor.takeIo(), TypeError, "accept() is pending");
  await assertRejects(() => acceptor.accept(), TypeError, "accepts once");
  const start = await accepting;
  assertStrictEquals(acceptor.takeIo(), undefined);
  await assertRejects(() => acceptor.accept(), TypeError, "accepts once");
  const [client, stream] = await Promise.all([connecting, start.intoStream(server)]);
  await assertRejects(() => start.intoStream(server), TypeError, "that was done already");
  client.close();
  stream.close();

  const [unused, other] = memoryDuplexPair();
  const untouched = new LazyConfigAcceptor(other);
  assertStrictEquals(untouched.takeIo(), other);
  await assertRejects(() => untouched.accept(), TypeError, "before takeIo()");
  unused.close();
  other.close();
});

Deno.test("an option that there is not is refused wherever options are passed", async () => {
  const misspelt = { handshakeTimout: 5 } as object;
  const [near, far] = memoryDuplexPair();
  assertThrows(() => new LazyConfigAcceptor(far, { echKey: [] } as object), TypeError, '"echKey"');
  await assertRejects(() => new LazyConfigAcceptor(far).accept(misspelt), TypeError, '"handshakeTimout"');
  const connecting = connector().connect("localhost", near);
  const start = await new LazyConfigAcceptor(far).accept();
  await assertRejects(() => start.intoStream(server, misspelt), TypeError, '"handshakeTimout"');
  await assertRejects(() => connecting, TlsError);
});
