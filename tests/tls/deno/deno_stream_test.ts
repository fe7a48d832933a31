/** The stream after the handshake: both directions, its ends, and what goes wrong late. */

import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { writeAll } from "../../../io/duplex.ts";
import { DenoTls, type DenoTlsStream, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { drain, type Listening, serveConnections } from "../../support/listening.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { ips: ["127.0.0.1"] });
const tls = new DenoTls({ caCerts: authority.certPem });
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

function listen(script: (conn: Deno.TlsConn) => Promise<void>): Listening {
  const { chainPem: cert, keyPem: key } = certificate;
  return serveConnections(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }), script);
}

async function echo(conn: Deno.TlsConn): Promise<void> {
  const into = new Uint8Array(64 * 1024);
  for (let length = await conn.read(into); length !== null; length = await conn.read(into)) {
    await writeAll(conn, into.subarray(0, length));
  }
}

const dial = (server: Listening): Promise<DenoTlsStream> =>
  tls.dial({ hostname: "127.0.0.1", port: server.port });

/** Everything up to the end of the stream. */
async function readAll(io: DenoTlsStream): Promise<string> {
  const into = new Uint8Array(1024);
  let all = "";
  for (let length = await io.read(into); length !== null; length = await io.read(into)) {
    all += new TextDecoder().decode(into.subarray(0, length));
  }
  return all;
}

Deno.test("the proper end of the stream is null, and stays so", async () => {
  await using server = listen(async (conn) => {
    await conn.write(text("all there is"));
    await conn.closeWrite();
    await drain(conn);
  });
  using io = await dial(server);
  assertEquals(await readAll(io), "all there is");
  assertEquals(await io.read(new Uint8Array(1)), null);
});

Deno.test("an end without close_notify gives what arrived, then UnexpectedEof, never null", async () => {
  await using server = listen(async (conn) => {
    await conn.write(text("cut sh"));
    await drain(conn);
  });
  await using forwarder = forward(server.port);
  using io = await tls.dial({ hostname: "127.0.0.1", port: forwarder.port });
  const into = new Uint8Array(64);
  assertEquals(await io.read(into), 6);
  forwarder.cut();
  const error = await assertRejects(() => io.read(into), Deno.errors.UnexpectedEof);
  await assertRejects(() => io.read(into), Deno.errors.UnexpectedEof);
  const explained = io.explain(error);
  assertInstanceOf(explained, TlsError);
  assertEquals(explained.code, "unexpected_eof");
  assertEquals(explained.message, 'Cannot go on with "127.0.0.1": the server hung up');
  assertStrictEquals(explained.cause, error);
});

Deno.test("P-28: bytes that are no record of the connection are an error, and explained", async () => {
  await using server = listen(drain);
  await using forwarder = forward(server.port);
  using io = await tls.dial({ hostname: "127.0.0.1", port: forwarder.port });
  await forwarder.inject(Uint8Array.of(0x17, 0x03, 0x03, 0x00, 0x20, ...Array<number>(32).fill(0x5a)));
  const error = await assertRejects(() => io.read(new Uint8Array(64)), Deno.errors.InvalidData);
  const explained = io.explain(error);
  assertInstanceOf(explained, TlsError);
  assertEquals(explained.code, "protocol_error");
});

Deno.test("explain returns an error that has nothing to do with TLS as it is", async () => {
  await using server = listen(drain);
  using io = await dial(server);
  const error = new Error("of another kind");
  assertStrictEquals(io.explain(error), error);
});

Deno.test("closeWrite ends one direction, and the other goes on", async () => {
  await using server = listen(async (conn) => {
    await drain(conn);
    await conn.write(text("I heard you out"));
    await conn.closeWrite();
  });
  using io = await dial(server);
  await io.write(text("that is all"));
  await io.closeWrite();
  assertEquals(await readAll(io), "I heard you out");
});

Deno.test("close reaches the server as a proper end, and may be called again", async () => {
  const ended = Promise.withResolvers<number | null>();
  await using server = listen((conn) => conn.read(new Uint8Array(1)).then(ended.resolve, ended.reject));
  const io = await dial(server);
  io.close();
  assertEquals(await ended.promise, null);
  io.close();
  io[Symbol.dispose]();
  await assertRejects(() => io.read(new Uint8Array(1)), Deno.errors.BadResource);
  await assertRejects(() => io.write(new Uint8Array(1)), Deno.errors.BadResource);
});

Deno.test("close ends a read that waits", async () => {
  await using server = listen(drain);
  const io = await dial(server);
  const reading = assertRejects(() => io.read(new Uint8Array(1)));
  io.close();
  await reading;
});

Deno.test("both directions carry 8 MiB at once, unharmed", async () => {
  const LENGTH = 8 << 20;
  await using server = listen(echo);
  using io = await dial(server);
  const sent = new Uint8Array(LENGTH);
  for (let i = 0; i < LENGTH; i++) sent[i] = i * 31 >> 5;
  const received = new Uint8Array(LENGTH);
  const writing = writeAll(io, sent);
  for (let filled = 0; filled < LENGTH;) {
    const length = await io.read(received.subarray(filled));
    if (length === null) throw new Error("the stream ended early");
    filled += length;
  }
  await writing;
  const digest = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  assertEquals(await digest(received), await digest(sent));
});

Deno.test("a process ends although an unreferenced connection reads", async () => {
  await using server = listen(drain);
  const script = `
    import { DenoTls } from ${JSON.stringify(import.meta.resolve("../../../tls/mod.ts"))};
    const tls = new DenoTls({ caCerts: Deno.args[1] });
    const io = await tls.dial({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
    io.unref();
    io.read(new Uint8Array(1));
    console.log("reads");
  `;
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/main.ts`, script);
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-net",
      "--config",
      config,
      `${folder}/main.ts`,
      `${server.port}`,
      authority.certPem,
    ],
  }).output();
  await Deno.remove(folder, { recursive: true });
  assertEquals(new TextDecoder().decode(stdout), "reads\n", new TextDecoder().decode(stderr));
  assertEquals(code, 0);
});

/** Passes bytes on between a client and the port, until it is told to do otherwise. */
function forward(to: number): Listening & { cut(): void; inject(bytes: Uint8Array): Promise<void> } {
  let near: Deno.Conn | undefined;
  const listening = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (conn) => {
    near = conn;
    const far = await Deno.connect({ hostname: "127.0.0.1", port: to });
    try {
      await Promise.all([pass(conn, far), pass(far, conn)]);
    } finally {
      far.close();
    }
  });
  return Object.assign(listening, {
    /** Ends the connection as a lost network does: without a word of TLS. */
    cut: () => void near?.closeWrite().catch(() => {}),
    /** Says something in the server's place. */
    inject: async (bytes: Uint8Array) => void await near?.write(bytes),
  });
}

async function pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const into = new Uint8Array(16 * 1024);
  for (let length = await from.read(into); length !== null; length = await from.read(into)) {
    await writeAll(to, into.subarray(0, length));
  }
  await to.closeWrite();
}
