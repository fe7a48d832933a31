/** Time limits and abort signals at every stage. That nothing is left open is for the sanitizers to see. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { DenoTls, type DenoTlsDialOptions, type Duplex, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { drain, type Listening, serveConnections } from "../../support/listening.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
const client = await mintCertificate(authority, { commonName: "client" });
const caCerts = authority.certPem;
const plain = new DenoTls({ caCerts });
/** Goes through `Deno.connectTls`, which takes no signal. */
const identified = new DenoTls({ caCerts, cert: client.certPem, key: client.keyPem });
const REASON = new Error("the caller's reason");

/** Accepts TCP, and never says a word. */
function silence(): Listening {
  return serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
}

function echo(): Listening {
  const { chainPem: cert, keyPem: key } = certificate;
  return serveConnections(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }), async (conn) => {
    const into = new Uint8Array(64);
    for (let length = await conn.read(into); length !== null; length = await conn.read(into)) {
      await conn.write(into.subarray(0, length));
    }
  });
}

/** A port that neither answers nor refuses, because its queue of connections to accept is full. */
class FullPort implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  readonly #queued: Deno.TcpConn[] = [];
  readonly port = this.#listener.addr.port;

  static async open(): Promise<FullPort> {
    const full = new FullPort();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 200);
    try {
      for (;;) {
        full.#queued.push(
          await Deno.connect({ hostname: "127.0.0.1", port: full.port, signal: limit.signal }),
        );
      }
    } catch {
      assert(limit.signal.aborted, "the queue fills up");
    } finally {
      clearTimeout(timer);
    }
    return full;
  }

  /** Takes what is queued, until one comes that is not ours, which it waits for. */
  async takeOneMore(): Promise<void> {
    const ours = new Set(this.#queued.map((conn) => conn.localAddr.port));
    for (;;) {
      using conn = await this.#listener.accept();
      if (!ours.has(conn.remoteAddr.port)) return;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#queued) conn.close();
    this.#listener.close();
    return Promise.resolve();
  }
}

for (const [name, tls] of [["without", plain], ["with", identified]] as const) {
  Deno.test(`a handshake that takes too long is handshake_timeout, ${name} a client certificate`, async () => {
    await using server = silence();
    const target = { hostname: "127.0.0.1", port: server.port };
    const error = await assertRejects(() => tls.dial(target, { handshakeTimeout: 20 }), TlsError);
    assertEquals(error.code, "handshake_timeout");
    assertEquals(error.message, 'Cannot shake hands with "127.0.0.1": it took over 20 ms');
  });

  Deno.test(`an abort during the handshake rejects with the reason, ${name} a client certificate`, async () => {
    await using server = silence();
    const controller = new AbortController();
    const dialling = tls.dial({ hostname: "127.0.0.1", port: server.port }, { signal: controller.signal });
    while (server.accepted === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort(REASON);
    assertStrictEquals(await dialling.catch((error) => error), REASON);
  });

  Deno.test(`an abort at once rejects with the reason, ${name} a client certificate`, async () => {
    await using server = silence();
    const controller = new AbortController();
    const dialling = tls.dial({ hostname: "127.0.0.1", port: server.port }, { signal: controller.signal });
    controller.abort(REASON);
    assertStrictEquals(await dialling.catch((error) => error), REASON);
    // What is dialled in spite of it is closed again, which has to be over before the test is.
    while (tls === identified && server.accepted === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });

  Deno.test(`a signal that is aborted before rejects with its reason, ${name} a client certificate`, async () => {
    const signal = AbortSignal.abort(REASON);
    // Nothing listens there, and nothing is dialled.
    assertStrictEquals(
      await tls.dial({ hostname: "127.0.0.1", port: 1 }, { signal }).catch((error) => error),
      REASON,
    );
  });

  Deno.test(`an abort after success does nothing, ${name} a client certificate`, async () => {
    await using server = echo();
    const controller = new AbortController();
    const options = { signal: controller.signal, connectTimeout: 5_000, handshakeTimeout: 5_000 };
    using io = await tls.dial({ hostname: "127.0.0.1", port: server.port }, options);
    controller.abort(REASON);
    await io.write(new TextEncoder().encode("still here"));
    assertEquals(await io.read(new Uint8Array(64)), 10);
  });
}

const FULL = Deno.build.os === "linux"; // elsewhere a full queue refuses

for (const name of ["connectTimeout", "signal"] as const) {
  Deno.test({
    name: `dialling ends early by ${name} (needs Linux, whose full queues keep silent)`,
    ignore: !FULL,
    async fn() {
      await using full = await FullPort.open();
      const target = { hostname: "127.0.0.1", port: full.port };
      check(name, await plain.dial(target, limited(name)).catch((error) => error));
    },
  });

  Deno.test({
    name: `dialling with a client certificate ends early by ${name}, and what comes of it later is closed ` +
      `(needs Linux, whose full queues keep silent)`,
    ignore: !FULL,
    async fn() {
      await using full = await FullPort.open();
      const target = { hostname: "127.0.0.1", port: full.port };
      check(name, await identified.dial(target, limited(name)).catch((error) => error));
      await full.takeOneMore();
    },
  });
}

function limited(name: "connectTimeout" | "signal"): DenoTlsDialOptions {
  if (name === "connectTimeout") return { connectTimeout: 20 };
  const controller = new AbortController();
  setTimeout(() => controller.abort(REASON), 20);
  return { signal: controller.signal };
}

function check(name: "connectTimeout" | "signal", error: unknown): void {
  if (name === "signal") return assertStrictEquals(error, REASON);
  assert(error instanceof TlsError);
  assertEquals(error.code, "connect_timeout");
  assertEquals(error.message, 'Cannot connect to "127.0.0.1": it took over 20 ms');
}

/** What `connect` refuses or gives up: the connection that was handed in is closed whatever happens. */
const HANDED_IN: readonly {
  readonly name: string;
  readonly run: (io: Deno.TcpConn) => Promise<unknown>;
  readonly code: string;
}[] = [
  {
    name: "a client certificate, which startTls cannot send",
    run: (io) => identified.connect("localhost", io),
    code: "unsupported_option",
  },
  {
    name: "a handshake that takes too long",
    run: (io) => plain.connect("localhost", io, { handshakeTimeout: 20 }),
    code: "handshake_timeout",
  },
  {
    name: "a bad server name",
    run: (io) => plain.connect("no name", io),
    code: "TypeError",
  },
  {
    name: "a bad protocol",
    run: (io) => plain.connect("localhost", io, { alpnProtocols: [""] }),
    code: "TypeError",
  },
  {
    name: "a bad time",
    run: (io) => plain.connect("localhost", io, { handshakeTimeout: 0 }),
    code: "RangeError",
  },
  {
    name: "an aborted signal",
    run: (io) => plain.connect("localhost", io, { signal: AbortSignal.abort(new RangeError("the reason")) }),
    code: "RangeError",
  },
];

for (const { name, run, code } of HANDED_IN) {
  Deno.test(`connect closes what it was given after ${name}`, async () => {
    await using server = silence();
    const io = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const error = await assertRejects(() => run(io), Error);
    assertEquals(error instanceof TlsError ? error.code : error.name, code);
    await assertRejects(() => io.read(new Uint8Array(1)), Deno.errors.BadResource);
  });
}

Deno.test("an abort during connect's handshake rejects with the reason", async () => {
  await using server = silence();
  const io = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const controller = new AbortController();
  const connecting = plain.connect("localhost", io, { signal: controller.signal });
  setTimeout(() => controller.abort(REASON), 5);
  assertStrictEquals(await connecting.catch((error) => error), REASON);
});

Deno.test("connect refuses what is no TCP connection of Deno's, and closes it", async () => {
  let closed = 0;
  const memory: Duplex = {
    read: () => Promise.resolve(null),
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => void closed++,
  };
  const error = await assertRejects(() => plain.connect("localhost", memory), TlsError);
  assertEquals(error.code, "unsupported_option");
  assertEquals(error.message, "Cannot add TLS to a connection: it is no Deno.TcpConn");
  assertEquals(closed, 1);
});

Deno.test("connect refuses what only wraps a TCP connection of Deno's", async () => {
  await using server = silence();
  const io = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const wrapper = {
    remoteAddr: io.remoteAddr,
    setNoDelay: (on: boolean) => io.setNoDelay(on),
    read: (into: Uint8Array) => io.read(into),
    write: (bytes: Uint8Array) => io.write(bytes),
    close: () => io.close(),
  };
  const error = await assertRejects(() => plain.connect("localhost", wrapper), TlsError);
  assertEquals(error.code, "unsupported_option");
  await assertRejects(() => io.read(new Uint8Array(1)), Deno.errors.BadResource);
});

Deno.test("connect refuses TLS in TLS, which startTls cannot do", async () => {
  await using server = echo();
  const io = await plain.dial({ hostname: "127.0.0.1", port: server.port });
  const error = await assertRejects(() => plain.connect("localhost", io), TlsError);
  assertEquals(error.code, "unsupported_option");
});

Deno.test({
  name: "connect refuses a Unix socket (needs Unix)",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/socket`;
    const listener = Deno.listen({ transport: "unix", path });
    const io = await Deno.connect({ transport: "unix", path });
    const error = await assertRejects(() => plain.connect("localhost", io), TlsError);
    assertEquals(error.code, "unsupported_option");
    listener.close();
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("a connection that is closed already is reported as the runtime does", async () => {
  await using server = silence();
  const io = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  io.close();
  await assertRejects(() => plain.connect("localhost", io), Deno.errors.BadResource);
});

Deno.test("a port where nothing listens is reported as the runtime does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const tls of [plain, identified]) {
    await assertRejects(() => tls.dial({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
  }
});

for (const options of [{ connectTimeout: 0 }, { connectTimeout: -1 }, { connectTimeout: NaN }]) {
  Deno.test(`a connectTimeout of ${options.connectTimeout} is refused before anything is dialled`, async () => {
    await assertRejects(() => plain.dial({ hostname: "127.0.0.1", port: 1 }, options), RangeError);
  });
}
