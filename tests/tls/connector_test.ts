/** TlsConnector over memory duplexes, TCP and Unix sockets: handshakes, and all ways in which they fail. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { type Duplex, writeAll } from "../../io/duplex.ts";
import { ClientConfig } from "../../tls/config/client_config.ts";
import { TlsConnector } from "../../tls/connector.ts";
import { denoCrypto } from "../../tls/crypto/deno.ts";
import type { CryptoProvider } from "../../tls/crypto/provider.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { DenoTls } from "../../tls/deno/deno_tls.ts";
import { RootCertStore } from "../../tls/x509/root_cert_store.ts";
import { mintSelfSigned } from "../support/certificates.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import {
  acceptor,
  AUTHORITY_PEM,
  connector,
  decode,
  encode,
  PROVIDERS,
  readAll,
  roots,
  SERVER_CERTIFICATE,
  streamPair,
} from "./tls_pair.ts";

/** A peer that has said something and ended. */
async function saying(bytes: Uint8Array): Promise<Duplex> {
  const [near, far] = memoryDuplexPair();
  await writeAll(far, bytes);
  await far.closeWrite();
  return near;
}

Deno.test("a client over TCP, as the documentation has it", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const stream = await acceptor({ alpnProtocols: ["h2"] }).accept(await listener.accept());
    await writeAll(stream, await readAll(stream));
    await stream.shutdown();
    stream.close();
  })();

  const connector = new TlsConnector({
    roots: RootCertStore.fromPem(AUTHORITY_PEM),
    alpnProtocols: ["h2", "http/1.1"],
  });
  const stream = await connector.connect(
    "localhost",
    await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  );
  const { protocolVersion, cipherSuite, alpnProtocol, peerCertificates } = stream.connection;
  assertEquals([protocolVersion, cipherSuite, alpnProtocol], [
    "TLSv1.3",
    "TLS_CHACHA20_POLY1305_SHA256",
    "h2",
  ]);
  assertEquals(peerCertificates.map(({ dnsNames }) => dnsNames[0]), ["localhost"]);
  await stream.write(encode("echo"));
  await stream.flush();
  await stream.shutdown();
  assertEquals(decode(await readAll(stream)), "echo");
  stream.close();
  await serving;
});

Deno.test("a connector is made of options or of a config, and keeps it", () => {
  const config = new ClientConfig({ verifier: () => {} });
  assertStrictEquals(new TlsConnector(config).config, config);
  assertEquals(new TlsConnector({ verifier: () => {}, alpnProtocols: ["h2"] }).config.alpnProtocols, ["h2"]);
});

Deno.test("a Unix socket", { ignore: Deno.build.os === "windows" }, async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  {
    using listener = Deno.listen({ transport: "unix", path });
    const ios = await Promise.all([Deno.connect({ transport: "unix", path }), listener.accept()]);
    const [client, server] = await streamPair({ ios });
    await writeAll(client, encode("over a file"));
    await client.shutdown();
    assertEquals(decode(await readAll(server)), "over a file");
    client.close();
    server.close();
  }
  await Deno.remove(folder, { recursive: true });
});

const FAILURES: readonly { name: string; io: () => Duplex | Promise<Duplex>; code: string }[] = [
  { name: "a peer that ends at once", io: () => saying(new Uint8Array(0)), code: "unexpected_eof" },
  {
    name: "a peer whose first words are a close_notify that says it is fatal",
    io: () => saying(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 0)),
    code: "illegal_alert",
  },
  {
    name: "a peer that speaks HTTP",
    io: () => saying(encode("HTTP/1.1 400 Bad Request\r\n\r\n")),
    code: "not_tls",
  },
  {
    name: "a transport that takes no bytes",
    io: () => ({ read: () => Promise.resolve(null), write: () => Promise.resolve(0), close: () => {} }),
    code: "write_zero",
  },
  {
    name: "a transport that gives 0 bytes",
    io: () => ({
      read: () => Promise.resolve(0),
      write: ({ length }) => Promise.resolve(length),
      close: () => {},
    }),
    code: "unexpected_eof",
  },
  {
    name: "a peer that resets the connection",
    io: () => {
      const [near, far] = memoryDuplexPair();
      far.reset();
      return near;
    },
    code: "connection_reset",
  },
];

for (const { name, io, code } of FAILURES) {
  Deno.test(`${name} fails the handshake, and closes the transport`, async () => {
    const transport = await io();
    let closed = 0;
    const watched: Duplex = {
      read: (into) => transport.read(into),
      write: (bytes) => transport.write(bytes),
      close: () => {
        closed++;
        transport.close();
      },
    };
    const error = await assertRejects(() => connector().connect("localhost", watched), TlsError);
    assertEquals([error.code, closed], [code, 1]);
  });
}

Deno.test("a transport that ends within the handshake, after any byte of the peer", async () => {
  // What a server says to this client, all of it.
  const [near, far] = memoryDuplexPair();
  const [tapped, heard] = [tap(near), [] as Uint8Array[]];
  const [client, server] = await streamPair({ ios: [tapped.io, far], server: { sendTickets: 0 } });
  heard.push(...tapped.heard);
  client.close();
  server.close();
  const flight = heard.reduce((sum, { length }) => sum + length, 0);
  assert(flight > 500);
  for (let cut = 0; cut < flight; cut += 37) {
    const [near, far] = memoryDuplexPair();
    const accepting = acceptor({ sendTickets: 0 }).accept(far).catch((error) => error);
    const error = await assertRejects(
      () => connector().connect("localhost", endingAfter(near, cut)),
      TlsError,
    );
    assertEquals(error.code, "unexpected_eof", `after ${cut} bytes`);
    assertInstanceOf(await accepting, Error);
  }
});

/** Hears what comes out of a transport. */
function tap(io: Duplex): { io: Duplex; heard: Uint8Array[] } {
  const heard: Uint8Array[] = [];
  return {
    heard,
    io: {
      async read(into): Promise<number | null> {
        const count = await io.read(into);
        if (count !== null) heard.push(into.slice(0, count));
        return count;
      },
      write: (bytes) => io.write(bytes),
      close: () => io.close(),
    },
  };
}

/** A transport that ends after so many bytes. */
function endingAfter(io: Duplex, length: number): Duplex {
  let left = length;
  return {
    async read(into): Promise<number | null> {
      if (left === 0) return null;
      const count = await io.read(into.subarray(0, left));
      left -= count ?? 0;
      return count;
    },
    write: (bytes) => io.write(bytes),
    close: () => io.close(),
  };
}

Deno.test("connect refuses a certificate for another name, and the server gets an alert", async () => {
  const [near, far] = memoryDuplexPair();
  const accepting = acceptor().acceptFallible(far);
  const error = await assertRejects(() => connector().connect("google.com", near), TlsError);
  assertEquals([error.code, error.certificate?.code], ["certificate_wrong_name", "not_valid_for_name"]);
  const accepted = await accepting;
  assert("error" in accepted && accepted.error instanceof TlsError);
  assertEquals(accepted.error.alert, "bad_certificate");
  accepted.io.close();
});

Deno.test("a server is trusted by dangerAcceptInvalidCerts, by a verifier, and by pins", async () => {
  const selfSigned = await mintSelfSigned({ names: ["device.example"] });
  const identity = { chain: selfSigned.chainPem, key: selfSigned.keyPem };
  const wrong = `sha256/${"A".repeat(43)}=`;
  const attempt = async (options: ConstructorParameters<typeof TlsConnector>[0]): Promise<string> => {
    const [near, far] = memoryDuplexPair();
    const accepting = acceptor({ identity }).acceptFallible(far);
    const result = await new TlsConnector(options).connectFallible("localhost", near);
    const accepted = await accepting;
    for (const each of [result, accepted]) ("stream" in each ? each.stream : each.io).close();
    if ("stream" in result) return "trusted";
    return result.error instanceof TlsError ? result.error.code : `${result.error}`;
  };
  assertEquals(await attempt({ roots: roots() }), "certificate_unknown_issuer");
  assertEquals(await attempt({ dangerAcceptInvalidCerts: true }), "trusted");
  assertEquals(await attempt({ dangerAcceptInvalidCerts: true, pins: [wrong] }), "pin_mismatch");
  assertEquals(await attempt({ verifier: () => {} }), "trusted");
  assertEquals(await attempt({ verifier: () => Promise.reject(new Error("no")) }), "certificate_rejected");
  assertEquals(await attempt({ verifier: () => {}, roots: roots() }), "certificate_unknown_issuer");
  assertEquals(await attempt({ verifier: () => {}, pins: [wrong] }), "pin_mismatch");
});

Deno.test("a bad server name is a TypeError, and the transport is closed", async () => {
  const [near] = memoryDuplexPair();
  await assertRejects(() => connector().connect("not a name", near), TypeError);
  await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);
});

Deno.test("connectFallible gives the transport back, and never rejects", async () => {
  const io = await saying(encode("220 ready\r\n"));
  const result = await connector().connectFallible("localhost", io);
  assert("error" in result && result.error instanceof TlsError);
  assertEquals(result.error.code, "not_tls");
  assertStrictEquals(result.io, io);
  assertEquals(await io.write(encode("sorry")), 5);
  const named = await connector().connectFallible("not a name", io);
  assert("error" in named && named.error instanceof TypeError);
  io.close();
});

Deno.test("handshakeTimeout abandons a handshake, whatever the transport does", async () => {
  const never: Duplex = {
    read: () => new Promise(() => {}),
    write: () => new Promise(() => {}),
    close: () => {},
  };
  const error = await assertRejects(
    () => connector().connect("localhost", never, { handshakeTimeout: 5 }),
    TlsError,
  );
  assertEquals([error.code, error.message], [
    "handshake_timeout",
    'Cannot shake hands with "localhost": it took over 5 ms',
  ]);
  assertEquals(error.hint, "Allow more time, if the server is slow. Check that the port speaks TLS.");
  for (const handshakeTimeout of [0, -1, NaN]) {
    await assertRejects(() => connector().connect("localhost", never, { handshakeTimeout }), RangeError);
  }
});

Deno.test("a handshake that is aborted rejects with the signal's reason, before, in the middle, and not after", async () => {
  const reason = new Error("changed my mind");
  const [near, far] = memoryDuplexPair();
  const before = connector().connect("localhost", near, { signal: AbortSignal.abort(reason) });
  assertStrictEquals(await assertRejects(() => before), reason);
  assertEquals(await far.read(new Uint8Array(1)), null); // nothing was said

  const controller = new AbortController();
  const [near2, far2] = memoryDuplexPair();
  const middle = connector().connect("localhost", near2, { signal: controller.signal });
  await far2.read(new Uint8Array(1));
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => middle), reason);
  far2.close();

  const late = new AbortController();
  const [near3, far3] = memoryDuplexPair();
  const [stream, server] = await Promise.all([
    connector().connect("localhost", near3, { signal: late.signal }),
    acceptor().accept(far3),
  ]);
  late.abort(reason);
  await writeAll(server, encode("fine"));
  await server.shutdown();
  assertEquals(decode(await readAll(stream)), "fine");
  stream.close();
  server.close();
});

Deno.test("a failed handshake waits at most ALERT_TIMEOUT_MS for a peer that takes no alert", async () => {
  const [near, far] = memoryDuplexPair();
  await writeAll(far, encode("220 ready\r\n"));
  let writes = 0;
  let closed = false;
  const io: Duplex = {
    read: (into) => near.read(into),
    // The hello is taken, the alert is not.
    write: (bytes) => writes++ === 0 ? near.write(bytes) : new Promise(() => {}),
    close: () => {
      closed = true;
      near.close();
    },
  };
  const error = await assertRejects(() => connector().connect("localhost", io), TlsError);
  assertEquals([error.code, writes, closed], ["not_tls", 2, true]);
  far.close();
});

Deno.test("an alert that came before a reset is the reported failure", async () => {
  const [near, far] = memoryDuplexPair();
  await writeAll(far, Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40)); // handshake_failure
  const io: Duplex = {
    read: (into) => near.read(into),
    write: () => Promise.reject(new Deno.errors.BrokenPipe()),
    close: () => near.close(),
  };
  const error = await assertRejects(() => connector().connect("localhost", io), TlsError);
  assertEquals([error.code, error.alert], ["handshake_failed", "handshake_failure"]);
  far.close();
});

Deno.test("after close_notify a failed handshake reads no more, though every read of the transport returns its end", async () => {
  const [near, far] = memoryDuplexPair();
  const serving = acceptor({ sendTickets: 0 }).accept(far).then((server) => server.shutdown());
  let reads = 0;
  const io: Duplex = {
    read: (into) => {
      // Nothing else would have its turn any more: the test could not fail later.
      if (++reads > 1000) throw new Error("The transport is read from for ever");
      return near.read(into);
    },
    write: async (bytes) => {
      const count = await near.write(bytes);
      if (reads === 0) return count;
      await serving; // the Finished has arrived, and was answered with the end
      throw new Deno.errors.BrokenPipe();
    },
    close: () => near.close(),
  };
  const result = await connector().connectFallible("localhost", io);
  assert("error" in result);
  assertInstanceOf(result.error, TlsError);
  assertEquals(result.error.code, "connection_reset");
  assert(reads < 10, `${reads} reads`);
  near.close();
  far.close();
});

Deno.test("bad input 45: without randomness nothing is sent", async () => {
  const crypto: CryptoProvider = {
    ...PROVIDERS[0],
    random: () => {
      throw new Error("no entropy");
    },
  };
  const [near, far] = memoryDuplexPair();
  await assertRejects(() => connector({ crypto }).connect("localhost", near), Error, "no entropy");
  assertEquals(await far.read(new Uint8Array(1)), null);
});

Deno.test("a connection may offer other protocols than the config, and be configured before it sends anything", async () => {
  const [near, far] = memoryDuplexPair();
  let handshaking: boolean | undefined;
  const [client, server] = await Promise.all([
    connector({ alpnProtocols: ["h2"] }).connect("localhost", near, {
      alpnProtocols: ["dot"],
      configure: (connection) => handshaking = connection.isHandshaking,
    }),
    acceptor({ alpnProtocols: ["h2", "dot"] }).accept(far),
  ]);
  assertEquals([client.connection.alpnProtocol, handshaking], ["dot", true]);
  client.close();
  server.close();
  const [io] = memoryDuplexPair();
  const error = await assertRejects(
    () => connector().connect("localhost", io, { alpnProtocols: [""] }),
    TlsError,
  );
  assertEquals(error.code, "invalid_option");
});

Deno.test("openssl s_server: a handshake, data both ways, both ends", {
  ignore: !(await installed("openssl")),
}, async () => {
  await using peer = await startOpenssl({ certificate: SERVER_CERTIFICATE, args: ["-tls1_3", "-rev"] });
  const io = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
  const stream = await connector().connect("localhost", io);
  await writeAll(stream, encode("drawer\n"));
  const into = new Uint8Array(100);
  assertEquals(decode(into.subarray(0, await stream.read(into) ?? 0)), "reward\n");
  await stream.shutdown();
  stream.close();
});

Deno.test("connect refuses a transport that is no duplex with a TypeError that says what to do", async () => {
  const GIVEN: readonly (readonly [unknown, string])[] = [
    [undefined, 'Cannot connect: the transport is no Duplex: it has no "read"'],
    [Promise.resolve(), "await it"],
    [new TransformStream(), "make one with duplexFromStreams()"],
  ];
  for (const [given, says] of GIVEN) {
    await assertRejects(() => connector().connect("localhost", given as Duplex), TypeError, says);
  }
});

Deno.test("an unknown option of a connection is a TypeError, and the transport is closed", async () => {
  const options = { timeout: 100 } as object;
  const [near, far] = memoryDuplexPair();
  await assertRejects(
    () => connector().connect("localhost", near, options),
    TypeError,
    'no option "timeout"',
  );
  await assertRejects(
    () => acceptor().accept(far, options),
    TypeError,
    'Cannot accept: there is no option "timeout"',
  );
  const target = { hostname: "localhost", port: 1 };
  await assertRejects(() => new DenoTls().dial(target, options), TypeError, 'no option "timeout"');
  await assertRejects(
    () => new DenoTls().connect("localhost", near, options),
    TypeError,
    'no option "timeout"',
  );
  await assertRejects(() => near.read(new Uint8Array(1)));
});

/** How a server gives up on the first words, and what its user is told of it. */
const FIRST_ANSWERS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["the alert handshake_failure", Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), /may know no ECDHE.*no site/],
  [
    "the alert protocol_version",
    Uint8Array.of(0x15, 3, 3, 0, 2, 2, 70),
    /seems to speak nothing newer than TLS 1\.1/,
  ],
  [
    "nothing at all",
    new Uint8Array(0),
    /^Check that the port speaks TLS\.$/,
  ],
];

for (const [name, answer, hint] of FIRST_ANSWERS) {
  Deno.test(`a server that answers with ${name} has a hint`, async () => {
    const io = await saying(answer);
    const error = await assertRejects(() => connector().connect("localhost", io), TlsError);
    assertMatch(error.hint ?? "", hint);
  });
}

Deno.test("a server that takes no long ClientHello has a hint, where a hybrid group makes one", async () => {
  const connector = new TlsConnector({ verifier: () => {}, crypto: denoCrypto() });
  const hybrid = connector.config.groups.some(({ name }) => name === "X25519MLKEM768");
  const [near, far] = memoryDuplexPair();
  far.reset();
  for (const io of [near, await saying(new Uint8Array(0))]) {
    const { hint } = await assertRejects(() => connector.connect("localhost", io), TlsError);
    assertEquals(hint?.endsWith('leave X25519MLKEM768 out of "groups".'), hybrid);
  }
});
