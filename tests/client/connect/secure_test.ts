/** Connections under TLS: the options that the TLS gets, and what becomes of the transport. */

import { assertEquals, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../../mod.ts";
import { connectTcp } from "../../../client/runtime.ts";

/** Has the name and the shape of the runtime's class. */
class TcpConn {
  readonly log: string[] = [];
  readonly remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 443 };
  read(): Promise<null> {
    return Promise.resolve(null);
  }
  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }
  close(): void {
    this.log.push("close");
  }
  setNoDelay(on: boolean): void {
    this.log.push(`no delay: ${on}`);
  }
}

interface Asked {
  readonly target: unknown;
  readonly options: Record<string, unknown>;
}

/** The shape of a `DenoTls`, which refuses everything and remembers what it was asked for. */
function refusingTls(asked: Asked[]): Exclude<ClientOptions["tls"], undefined | false> {
  const refuse = (target: unknown, { signal: _, ...options }: Record<string, unknown>) => {
    asked.push({ target, options });
    return Promise.reject(new Error("enough"));
  };
  const tls: unknown = {
    dial: refuse,
    connect: (name: unknown, _io: unknown, options: Record<string, unknown>) => refuse(name, options),
  };
  return tls as Exclude<ClientOptions["tls"], undefined | false>; // the client knows it by its shape
}

const TIMEOUTS = { connect: 1234, handshake: 4321 };

Deno.test("Client: Deno's TLS gets both timeouts and the protocols where it dials", async () => {
  const asked: Asked[] = [];
  using client = new Client({ tls: refusingTls(asked), timeouts: TIMEOUTS, protocols: ["http/1.1"] });
  await assertRejects(() => client.fetch("https://a.test:8443/"), ClientError);
  assertEquals(asked, [{
    target: { hostname: "a.test", port: 8443 },
    options: { alpnProtocols: ["http/1.1"], handshakeTimeout: 4321, connectTimeout: 1234 },
  }]);
});

Deno.test("Client: without timeouts Deno's TLS gets none", async () => {
  const asked: Asked[] = [];
  using client = new Client({ tls: refusingTls(asked), timeouts: { connect: 0, handshake: 0 } });
  await assertRejects(() => client.fetch("https://a.test/"), ClientError);
  assertEquals(asked[0]?.options, { alpnProtocols: ["h2", "http/1.1"] });
});

Deno.test("Client: Deno's TLS gets the timeout of the handshake where the caller dials", async () => {
  const asked: Asked[] = [];
  const io = new TcpConn();
  using client = new Client({ tls: refusingTls(asked), timeouts: TIMEOUTS, dial: () => Promise.resolve(io) });
  await assertRejects(() => client.fetch("https://a.test/"), ClientError);
  assertEquals(asked[0], {
    target: "a.test",
    options: { alpnProtocols: ["h2", "http/1.1"], handshakeTimeout: 4321 },
  });
  assertEquals(io.log, ["close"]);
});

Deno.test("Client: a dialled transport is closed where its TLS cannot be loaded", async () => {
  const io = new TcpConn();
  const broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
  using client = new Client({ caCerts: broken, dial: () => Promise.resolve(io) });
  const error = await assertRejects(() => client.fetch("https://a.test/"), ClientError);
  assertEquals(io.log, ["close"], error.detail);
});

Deno.test("Client: Ductile's TLS turns Nagle's algorithm off: its last flight and the first request are two writes", async () => {
  const io = new TcpConn();
  using client = new Client({ dangerAcceptInvalidCerts: true, dial: () => Promise.resolve(io) });
  await assertRejects(() => client.fetch("https://a.test/"), ClientError);
  assertEquals(io.log[0], "no delay: true");
});

Deno.test("Client: a wrapper with the shape of a Deno.TcpConn gets Ductile's TLS: Deno's would bypass it", async () => {
  class Observed extends TcpConn {}
  const io = new Observed();
  using client = new Client({ dial: () => Promise.resolve(io) });
  const error = await assertRejects(() => client.fetch("https://a.test/"), ClientError);
  assertEquals([/TcpConn/.test(error.detail), io.log.includes("close")], [false, true]);
});

Deno.test("connectTcp: Nagle's algorithm is off", async () => {
  const io = new TcpConn();
  const real = Deno.connect;
  // deno-lint-ignore no-explicit-any -- stands in for one overload
  Deno.connect = (() => Promise.resolve(io)) as any;
  try {
    await connectTcp({ hostname: "a.test", port: 80, signal: new AbortController().signal });
  } finally {
    Deno.connect = real;
  }
  assertEquals(io.log, ["no delay: true"]);
});
