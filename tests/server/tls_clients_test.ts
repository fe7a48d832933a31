/** Clients of a server over TLS that do what they may not, or come without what is asked for. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { closeQuietly, type Duplex, writeAll } from "../../io/duplex.ts";
import type { ServeHandler, ServeInfo } from "../../server/exchange/serve_info.ts";
import { serve } from "../../server/serve.ts";
import type { ServeOptions, ServeTlsOptions } from "../../server/serve_options.ts";
import {
  type ClientConfigOptions,
  RootCertStore,
  TlsAcceptor,
  TlsConnector,
  TlsError,
} from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";

const authority = await mintAuthority();
const stranger = await mintAuthority();
const own = await mintCertificate(authority, { names: ["localhost"] });
const renewed = await mintCertificate(authority, { names: ["localhost"], commonName: "renewed" });
const roots = RootCertStore.fromPem(authority.certPem);
const DENO: ServeTlsOptions = { cert: own.chainPem, key: own.keyPem };
const IDENTITY = { chain: own.chainPem, key: own.keyPem };
const DUCTILE: ServeTlsOptions = { identity: IDENTITY };
const SERVERS = { "Deno's TLS": DENO, "Ductile's TLS": DUCTILE };
const encoder = new TextEncoder();
const GET = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/** A server that counts its requests. */
function counted(tls: ServeTlsOptions, options?: Partial<ServeOptions>, handler?: ServeHandler) {
  const seen = { requests: 0, infos: [] as ServeInfo[] };
  const server = serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, ...options, tls },
    (request, info) => {
      seen.requests++;
      seen.infos.push(info);
      return handler?.(request, info) ?? new Response("served");
    },
  );
  return { server, seen, port: server.addr.port };
}

/** What a client gets that sends `text`: what it reads, or the alert or the code of its error. */
async function ask(port: number, text: string, options: Partial<ClientConfigOptions> = {}): Promise<string> {
  const io = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const connector = new TlsConnector({ roots, alpnProtocols: [], ...options });
    const stream = await connector.connect("localhost", io);
    await writeAll(stream, encoder.encode(text));
    await stream.flush();
    return await readToEnd(stream);
  } catch (error) {
    return error instanceof TlsError ? error.alert ?? error.code : String(error);
  } finally {
    closeQuietly(io); // a failed handshake has closed it
  }
}

async function readToEnd(io: Duplex): Promise<string> {
  const into = new Uint8Array(65_536);
  let text = "";
  for (let count = await io.read(into); count !== null; count = await io.read(into)) {
    text += String.fromCharCode(...into.subarray(0, count));
  }
  return text;
}

for (const [name, tls] of Object.entries(SERVERS)) {
  Deno.test(`serve over ${name}, V-60: without ALPN only HTTP/1.1 is spoken, and the preface of HTTP/2 is refused`, async () => {
    const { server, seen, port } = counted(tls);
    await using _server = server;
    assertMatch(await ask(port, GET), /^HTTP\/1\.1 200 /);
    assertMatch(await ask(port, PREFACE), /^HTTP\/1\.1 505 /);
    assertEquals(seen.requests, 1);
  });

  Deno.test(`serve over ${name}, V-61: ALPN without a protocol of the server is an alert`, async () => {
    const { server, seen, port } = counted(tls);
    await using _server = server;
    for (const protocol of ["foo", "http/1.0"]) {
      assertEquals(await ask(port, GET, { alpnProtocols: [protocol] }), "no_application_protocol");
    }
    assertEquals(seen.requests, 0);
  });

  Deno.test(`serve over ${name}, V-62: another version of HTTP than ALPN chose is refused, and no request is seen`, async () => {
    const { server, seen, port } = counted(tls);
    await using _server = server;
    const overHttp2 = await ask(port, GET, { alpnProtocols: ["h2"] });
    assert(!overHttp2.includes("HTTP/1.1"), overHttp2);
    assert(overHttp2.includes("\0\0\0\0\0\0\x01"), "a GOAWAY of PROTOCOL_ERROR"); // last stream 0, code 1
    assertMatch(await ask(port, PREFACE, { alpnProtocols: ["http/1.1"] }), /^HTTP\/1\.1 505 /);
    assertEquals(seen.requests, 0);
  });

  Deno.test(`serve over ${name}, V-63: clients that stall in the handshake have a time limit, and a place each until then`, async () => {
    const { server, seen, port } = counted(tls, { maxConnections: 3, timeouts: { handshake: 300 } });
    await using _server = server;
    const hello = await helloOf();
    const stalled: Deno.Conn[] = [];
    for (const sent of [hello.subarray(0, 0), hello.subarray(0, 40), hello]) {
      const io = await Deno.connect({ hostname: "127.0.0.1", port });
      await io.write(sent);
      stalled.push(io);
    }
    await delay(20); // they are accepted before the one that follows
    const since = performance.now();
    assertMatch(await ask(port, GET), /^HTTP\/1\.1 200 /);
    assert(performance.now() - since > 100, "no place was free");
    assertEquals(seen.requests, 1);
    for (const io of stalled) io.close();
  });

  Deno.test(`serve over ${name}, V-63: a ClientHello in records of one byte is read, and one without end is refused`, async () => {
    const { server, seen, port } = counted(tls);
    await using _server = server;
    const io = await Deno.connect({ hostname: "127.0.0.1", port });
    const split: Duplex = {
      read: (into) => io.read(into),
      write: async (bytes) => {
        const isHello = bytes[0] === 0x16 && bytes[5] === 1;
        await writeAll(io, isHello ? inRecordsOfOneByte(bytes) : bytes);
        return bytes.length;
      },
      close: () => io.close(),
    };
    const outcome = await new TlsConnector({ roots, alpnProtocols: [] }).connect("localhost", split).then(
      async (stream) => {
        await writeAll(stream, encoder.encode(GET));
        await stream.flush();
        return await readToEnd(stream);
      },
      (error) => String(error),
    );
    // A server may refuse so many fragments; it must not hang.
    assertMatch(outcome, tls === DUCTILE ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 200 |TlsError/);
    io.close();
    const endless = await Deno.connect({ hostname: "127.0.0.1", port });
    const record = new Uint8Array(5 + 16_384);
    record.set([0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff]);
    try {
      for (let i = 0; i < 64; i++) await writeAll(endless, i === 0 ? record : record.fill(0, 5));
    } catch {
      // The server has closed the connection.
    }
    await readToEnd(endless).catch(() => {});
    endless.close();
    assertEquals(seen.requests <= 1, true);
  });

  Deno.test(`serve over ${name}, V-56: a request without TLS gets no response, and no handler`, async () => {
    const { server, seen, port } = counted(tls);
    await using _server = server;
    const io = await Deno.connect({ hostname: "127.0.0.1", port });
    await io.write(encoder.encode(GET));
    assert(!(await readToEnd(io).catch(() => "reset")).includes("HTTP/1.1"));
    io.close();
    assertEquals(seen.requests, 0);
  });

  Deno.test(`serve over ${name}, V-67: the end of TCP without close_notify cuts content off, and is ignored behind a request`, async () => {
    const failed = Promise.withResolvers<unknown>();
    const { server, seen, port } = counted(tls, {}, async (request) => {
      if (request.method === "POST") await request.text().catch(failed.resolve);
      return new Response("served");
    });
    await using _server = server;
    for (const sent of ["POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc", GET]) {
      const io = await Deno.connect({ hostname: "127.0.0.1", port });
      const stream = await new TlsConnector({ roots, alpnProtocols: [] }).connect("localhost", io);
      await writeAll(stream, encoder.encode(sent));
      await stream.flush();
      await eventually("the handler runs", () => seen.requests === (sent === GET ? 2 : 1));
      await io.closeWrite();
      if (sent !== GET) assert(await failed.promise instanceof Error);
      await readToEnd(stream).catch(() => {});
      io.close();
    }
  });
}

const guest = await mintCertificate(authority, { commonName: "a guest", eku: ["clientAuth"] });
const CERTIFICATES = {
  "none": { alert: "certificate_required", legacyAlert: "handshake_failure" },
  "of another authority": {
    identity: await mintCertificate(stranger, { eku: ["clientAuth"] }),
    alert: "unknown_ca",
  },
  "expired": {
    identity: await mintCertificate(authority, {
      eku: ["clientAuth"],
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter: new Date(Date.now() - 3_600_000),
    }),
    alert: "certificate_expired",
  },
  "of a server": {
    identity: await mintCertificate(authority, { eku: ["serverAuth"] }),
    alert: "unsupported_certificate",
  },
  "whose signature is forged": {
    identity: await mintCertificate(authority, { eku: ["clientAuth"], corruptSignature: true }),
    alert: "decrypt_error",
  },
} as const;
for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  for (const [name, row] of Object.entries(CERTIFICATES)) {
    Deno.test(`serve, V-64: over ${version} a client certificate ${name} is an alert, and no handler runs`, async () => {
      const { server, seen, port } = counted({ ...DUCTILE, clientAuth: { roots } });
      await using _server = server;
      const identity = "identity" in row
        ? { identity: { chain: row.identity.chainPem, key: row.identity.keyPem } }
        : {};
      const alert = await ask(port, GET, { versions: [version], ...identity });
      assertEquals(alert, version === "TLSv1.2" && "legacyAlert" in row ? row.legacyAlert : row.alert);
      assertEquals(seen.requests, 0);
    });
  }

  Deno.test(`serve, V-64: over ${version} a client without a certificate is served where it is optional, by its absence`, async () => {
    const { server, seen, port } = counted({ ...DUCTILE, clientAuth: { roots, optional: true } });
    await using _server = server;
    assertMatch(await ask(port, GET, { versions: [version] }), /^HTTP\/1\.1 200 /);
    const identity = { chain: guest.chainPem, key: guest.keyPem };
    assertMatch(await ask(port, GET, { versions: [version], identity }), /^HTTP\/1\.1 200 /);
    assertEquals(
      seen.infos.map(({ connection }) => connection.tls?.peerCertificates.map(({ subject }) => subject)),
      [[], ["CN=a guest"]],
    );
  });
}

Deno.test("serve, V-65: key updates without end are bounded, and other clients are served", async () => {
  const { server, seen, port } = counted(DUCTILE);
  await using _server = server;
  const io = await Deno.connect({ hostname: "127.0.0.1", port });
  const stream = await new TlsConnector({ roots, alpnProtocols: [] }).connect("localhost", io);
  const reading = readToEnd(stream).catch((error) => error);
  try {
    for (let i = 0; i < 1000; i++) await stream.refreshTrafficKeys(true);
  } catch {
    // The server has closed the connection.
  }
  assert(await reading instanceof TlsError);
  io.close();
  assertMatch(await ask(port, GET), /^HTTP\/1\.1 200 /);
  assertEquals(seen.requests, 1);
});

Deno.test("serve, V-66: early data is a request when the handshake has ended, and replayed it is none", async () => {
  const { server, seen, port } = counted({ ...DUCTILE, maxEarlyDataSize: 10_000, sendTickets: 2 });
  await using _server = server;
  const connector = new TlsConnector({ roots, alpnProtocols: ["http/1.1"], enableEarlyData: true });
  const first = await Deno.connect({ hostname: "127.0.0.1", port });
  const stream = await connector.connect("localhost", first);
  await writeAll(stream, encoder.encode(GET));
  await stream.flush();
  await readToEnd(stream); // tickets come with it
  first.close();
  const io = await Deno.connect({ hostname: "127.0.0.1", port });
  const flight: Uint8Array[] = [];
  const recording: Duplex = {
    read: (into) => io.read(into),
    write: (bytes) => {
      flight.push(bytes.slice());
      return io.write(bytes);
    },
    close: () => io.close(),
  };
  const early = await connector.connect("localhost", recording, { earlyData: true });
  await writeAll(early, encoder.encode(GET));
  await early.flush();
  const firstFlight = flight.slice();
  assertMatch(await readToEnd(early), /^HTTP\/1\.1 200 /);
  assertEquals(early.connection.earlyDataAccepted, true);
  io.close();
  assertEquals(seen.requests, 2);
  const replay = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const bytes of firstFlight) await writeAll(replay, bytes);
  await replay.closeWrite();
  await readToEnd(replay).catch(() => {});
  replay.close();
  assertEquals(seen.requests, 2);
});

Deno.test("serve, V-68: an identity that is exchanged while handshakes run is shown whole, the old or the new", async () => {
  const { server, port } = counted({ ...DUCTILE, sessions: false });
  await using _server = server;
  const outcomes = Array.from({ length: 20 }, () => ask(port, GET, { sessions: false }));
  await server.setIdentity({ cert: renewed.chainPem, key: renewed.keyPem });
  outcomes.push(...Array.from({ length: 5 }, () => ask(port, GET, { sessions: false })));
  for (const outcome of await Promise.all(outcomes)) assertMatch(outcome, /^HTTP\/1\.1 200 /);
});

Deno.test("serve, V-68: a resolver that throws, rejects or gives nothing costs its client alone", async () => {
  let outcome: () => ReturnType<Extract<ServeTlsOptions["identity"], (...given: never[]) => unknown>> = () =>
    IDENTITY;
  const { server, seen, port } = counted({ identity: () => outcome() });
  await using _server = server;
  for (
    const [fails, alert] of [
      [() => {
        throw new Error("inside");
      }, "internal_error"],
      [() => Promise.reject(new Error("inside")), "internal_error"],
      [() => undefined, "unrecognized_name"],
    ] as const
  ) {
    outcome = fails;
    assertEquals(await ask(port, GET), alert);
    outcome = () => IDENTITY;
    assertMatch(await ask(port, GET), /^HTTP\/1\.1 200 /);
  }
  assertEquals(seen.requests, 3);
});

Deno.test("serve, V-68: a resolver that does not answer has the time limit of the handshake, and ends with a shutdown", async () => {
  let isSlow = true;
  const { server, port } = counted({ identity: () => isSlow ? new Promise(() => {}) : IDENTITY }, {
    timeouts: { handshake: 100 },
  });
  assert(!(await ask(port, GET)).startsWith("HTTP"));
  isSlow = false;
  assertMatch(await ask(port, GET), /^HTTP\/1\.1 200 /);
  isSlow = true;
  const last = ask(port, GET);
  await delay(20);
  await server.shutdown();
  assert(!(await last).startsWith("HTTP"));
});

Deno.test("serve: the time limit of the handshake is the server's, also where it is more than an acceptor's, or none", async () => {
  const limits: unknown[] = [];
  const acceptor = new TlsAcceptor({ identity: IDENTITY });
  const accept = acceptor.accept.bind(acceptor);
  acceptor.accept = (io, options) => {
    limits.push(options?.handshakeTimeout);
    return accept(io, options);
  };
  for (const handshake of [0, 60_000]) {
    await using server = serve(
      { port: 0, hostname: "127.0.0.1", onListen() {}, tls: acceptor, timeouts: { handshake } },
      () => new Response("served"),
    );
    assertMatch(await ask(server.addr.port, GET), /^HTTP\/1\.1 200 /);
  }
  assertEquals(limits, [Infinity, Infinity]);
});

Deno.test("serve, V-38: a Host that is not the server name of TLS is served, and a handler can tell", async () => {
  const { server, port } = counted(DUCTILE, {}, (request, { connection }) => {
    const isOther = new URL(request.url).hostname !== connection.tls?.serverName;
    return new Response(null, { status: isOther ? 421 : 200 });
  });
  await using _server = server;
  for (const [host, status] of [["localhost", 200], ["other.example", 421]] as const) {
    assertMatch(await ask(port, GET.replace("localhost", host)), new RegExp(`^HTTP/1\\.1 ${status} `));
  }
});

/** The bytes of a ClientHello. */
async function helloOf(): Promise<Uint8Array> {
  const sent = Promise.withResolvers<Uint8Array>();
  const io: Duplex = {
    read: () => Promise.resolve(null),
    write: (bytes) => {
      sent.resolve(bytes.slice());
      return Promise.resolve(bytes.length);
    },
    close() {},
  };
  await new TlsConnector({ roots }).connect("localhost", io).catch(() => {});
  return await sent.promise;
}

/** The handshake message of a record, in one record for each byte. */
function inRecordsOfOneByte(record: Uint8Array): Uint8Array {
  return Uint8Array.from([...record.subarray(5)].flatMap((byte) => [0x16, 3, 1, 0, 1, byte]));
}
