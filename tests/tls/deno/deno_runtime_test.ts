/** What `DenoTls` does in runtimes that are not this one: less offered, or less checked. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DenoTls, TlsError } from "../../../tls/mod.ts";
import { drain, serveConnections } from "../../support/listening.ts";

/** Runs `fn` with another `Deno.startTls`. */
async function withStartTls(startTls: unknown, fn: () => Promise<void>): Promise<void> {
  const { startTls: original } = Deno;
  Object.assign(Deno, { startTls });
  try {
    await fn();
  } finally {
    Object.assign(Deno, { startTls: original });
  }
}

/** A `Deno.startTls` whose handshake succeeds at once, with the protocol given. */
function choosing(alpnProtocol: string | null): (io: Deno.TcpConn) => Promise<unknown> {
  return (io) => {
    const { localAddr, remoteAddr } = io;
    const handshake = (): Promise<unknown> => Promise.resolve({ alpnProtocol });
    let references = 0;
    return Promise.resolve({
      localAddr,
      remoteAddr,
      handshake,
      close: () => io.close(),
      ref: () => references++,
      unref: () => references--,
      read: () => Promise.resolve(references),
    });
  };
}

Deno.test("T-38: a protocol that was not offered is refused where the runtime lets it pass", async () => {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
  await withStartTls(choosing("h2"), async () => {
    const dialling = new DenoTls({ alpnProtocols: ["http/1.1"] }).dial({
      hostname: "127.0.0.1",
      port: server.port,
    });
    const error = await assertRejects(() => dialling, TlsError);
    assertEquals(error.code, "no_application_protocol");
    assertEquals(
      error.message,
      'Cannot shake hands with "127.0.0.1": the server chose a protocol that was not offered',
    );
  });
});

Deno.test("a runtime without the undocumented way to the certificate has none", async () => {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
  await withStartTls(choosing(null), async () => {
    using io = await new DenoTls().dial({ hostname: "127.0.0.1", port: server.port });
    assertEquals(io.connection.peerCertificate, undefined);
    assertEquals(io.connection.alpnProtocol, null);
  });
});

Deno.test("ref and unref reach the runtime's connection", async () => {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
  await withStartTls(choosing(null), async () => {
    using io = await new DenoTls().dial({ hostname: "127.0.0.1", port: server.port });
    io.ref();
    io.ref();
    io.unref();
    assertEquals(await io.read(new Uint8Array(1)), 1);
  });
});

Deno.test("a runtime without Deno.startTls has no DenoTls", async () => {
  await withStartTls(undefined, () => {
    const error = assertThrows(() => new DenoTls(), TlsError);
    assertEquals(error.code, "unsupported_option");
    return Promise.resolve();
  });
});

Deno.test("a connection to which TLS cannot be added is closed", async () => {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
  let taken: Deno.TcpConn | undefined;
  const refusing = (io: Deno.TcpConn): Promise<never> => {
    taken = io;
    return Promise.reject(new Error("No"));
  };
  await withStartTls(refusing, async () => {
    await assertRejects(() => new DenoTls().dial({ hostname: "127.0.0.1", port: server.port }), Error, "No");
  });
  await assertRejects(async () => await taken?.write(new Uint8Array(1)), Deno.errors.BadResource);
});

Deno.test("an IPv6 address is dialled without its brackets", async () => {
  const { connect } = Deno;
  const dialled: unknown[] = [];
  Object.assign(Deno, {
    connect: ({ hostname, port }: Deno.ConnectOptions) => {
      dialled.push([hostname, port]);
      return Promise.reject(new Error("enough"));
    },
  });
  try {
    for (const hostname of ["[::1]", "::1", "a.test"]) {
      await assertRejects(() => new DenoTls().dial({ hostname, port: 443 }), Error, "enough");
    }
  } finally {
    Object.assign(Deno, { connect });
  }
  assertEquals(dialled, [["::1", 443], ["::1", 443], ["a.test", 443]]);
});
