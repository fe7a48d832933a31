/** What a client of TLS 1.2 refuses, and by which error. */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import type { CryptoProvider, KeyExchangeGroup } from "../../../tls/crypto/provider.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { serverHandshake } from "../../../tls/handshake/server/server_handshake.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { type End, endOf, talk } from "../connection/connection_pair.ts";
import { clientConfig, CRYPTO, identity, serverConfig, shakeHands } from "./pair.ts";
import {
  both,
  bytesAt,
  changeFlight,
  flipLast,
  messageOf,
  replace,
  ScriptedEnd,
  type Seen,
  serverHello as hello,
} from "./tamper.ts";

const CCS: Seen = { type: 0x14, payload: Uint8Array.of(1) };
const warning = (description: number): Seen => ({ type: 0x15, payload: Uint8Array.of(1, description) });

/** A change of the server's first flight, and the code of the client's refusal. */
interface Row {
  readonly name: string;
  readonly change: (messages: Uint8Array[]) => readonly (Uint8Array | Seen)[];
  readonly code: string;
  /** Number of the server's flight. Default: 1. */
  readonly flight?: number;
  readonly options?: Partial<ClientConfigOptions>;
  readonly server?: Partial<ServerConfigOptions>;
}

const RSA = await identity("rsa");
/** A provider that prefers another X25519 to its own. */
function withX25519(change: Partial<KeyExchangeGroup>): CryptoProvider {
  const own = CRYPTO.groups.filter(({ name }) => name === "x25519");
  return { ...CRYPTO, groups: [...own.map((group) => ({ ...group, ...change })), ...CRYPTO.groups] };
}

/** A server whose X25519 public key is zeros. */
const ZEROS = withX25519({
  start: () => ({ group: "x25519", publicKey: new Uint8Array(32), agree: () => null }),
});
/** A client that has a hybrid group, whatever that is. */
const HYBRID = withX25519({ name: "X25519MLKEM768", id: 0x11ec });

/** Adds an extension to the ServerHello, at its end. */
function extension(type: number, ...data: number[]): Row["change"] {
  return replace(0x02, (message) => {
    const body = message.slice(4);
    const at = 2 + 32 + 1 + (body[34] ?? 0) + 3;
    const length = ((body[at] ?? 0) << 8 | (body[at + 1] ?? 0)) + 4 + data.length;
    body[at] = length >> 8;
    body[at + 1] = length;
    return [messageOf(0x02, concat([body, Uint8Array.of(type >> 8, type, 0, data.length, ...data)]))];
  });
}

const before = (type: number, ...more: (Uint8Array | Seen)[]): Row["change"] =>
  replace(type, (message) => [...more, message]);

const newSessionTicket = messageOf(0x04, Uint8Array.of(0, 0, 0, 9, 0, 1, 7));
const certificateStatus = (...body: number[]) => messageOf(0x16, Uint8Array.from(body));

const ROWS: readonly Row[] = [
  {
    name: "bad input 27: compression",
    change: hello(() => ({ compressionMethod: 1 })),
    code: "illegal_parameter",
  },
  {
    name: "bad input 27: a suite that was not offered",
    change: hello(() => ({ cipherSuite: 0x002f })),
    code: "unoffered_cipher_suite",
  },
  {
    name: "bad input 27: a suite of TLS 1.3 in TLS 1.2",
    change: hello(() => ({ cipherSuite: 0x1301 })),
    code: "unoffered_cipher_suite",
    options: { versions: ["TLSv1.3", "TLSv1.2"] },
  },
  { name: "an unknown extension", change: extension(0x1234), code: "unsupported_extension" },
  { name: "bad input 30: an extension twice", change: extension(0x0017), code: "duplicate_extension" },
  {
    name: "bad input 27: ALPN that was not offered at all",
    change: extension(0x0010, 0, 3, 2, 0x68, 0x32),
    code: "unsupported_extension",
  },
  {
    name: "bad input 27: a ticket that was not asked for",
    change: extension(0x0023),
    code: "unsupported_extension",
    options: { sessions: false },
  },
  {
    name: "bad input 27: a protocol that was not offered",
    change: extension(0x0010, 0, 3, 2, 0x68, 0x32),
    code: "unoffered_application_protocol",
    options: { alpnProtocols: ["http/1.1"] },
  },
  {
    name: "bad input 27: key_share, which TLS 1.2 does not have",
    change: extension(0x0033, 0, 0x1d, 0, 1, 9),
    code: "unsupported_extension",
  },
  {
    name: "bad input 58: a renegotiation in the first handshake",
    change: hello(({ tls12 }) => ({ tls12: { ...tls12, renegotiationInfo: new Uint8Array(12) } })),
    code: "bad_renegotiation_info",
  },
  {
    name: "bad input 64: no uncompressed points",
    change: hello(({ tls12 }) => ({ tls12: { ...tls12, ecPointFormats: Uint8Array.of(1) } })),
    code: "illegal_parameter",
  },
  {
    name: "bad input 59: a server without the extended main secret, which is required",
    change: hello(({ extensionOrder }) => ({
      extensionOrder: extensionOrder.filter((type) => type !== 0x17),
    })),
    code: "no_extended_main_secret",
    options: { requireExtendedMainSecret: true },
  },
  {
    name: "bad input 27: TLS 1.0",
    change: hello(() => ({ legacyVersion: 0x0301 })),
    code: "unsupported_protocol_version",
  },
  {
    name: "bad input 27: TLS 1.2 by supported_versions",
    change: extension(0x002b, 3, 3),
    code: "illegal_parameter",
  },
  ...["TLS 1.2", "TLS 1.1"].map((version, i): Row => ({
    name: `bad input 28: the random of a server that was made to answer with ${version}`,
    change: hello(({ random }) => ({
      random: concat([random.subarray(0, 24), new TextEncoder().encode("DOWNGRD"), Uint8Array.of(1 - i)]),
    })),
    code: "downgrade_detected",
    options: { versions: ["TLSv1.3", "TLSv1.2"] },
  })),
  {
    name: "bad input 37: an empty Certificate",
    change: replace(0x0b, () => [messageOf(0x0b, new Uint8Array(3))]),
    code: "no_certificate",
  },
  {
    name: "bad input 37: a Certificate that is cut short",
    change: replace(0x0b, () => [messageOf(0x0b, Uint8Array.of(0, 0, 9))]),
    code: "decode_error",
  },
  {
    name: "bad input 62: a CertificateStatus that was not announced",
    change: before(0x0c, certificateStatus(1, 0, 0, 1, 9)),
    code: "unexpected_message",
  },
  {
    name: "bad input 62: a CertificateStatus of another type than OCSP",
    change: both(extension(0x0005), before(0x0c, certificateStatus(2, 0, 0, 1, 9))),
    code: "decode_error",
  },
  {
    name: "bad input 62: an empty CertificateStatus",
    change: both(extension(0x0005), before(0x0c, certificateStatus(1, 0, 0, 0))),
    code: "decode_error",
  },
  {
    name: "bad input 61: a NewSessionTicket that was not announced",
    flight: 2,
    change: () => [newSessionTicket],
    code: "unexpected_message",
  },
  {
    name: "bad input 61: a NewSessionTicket behind the ServerHelloDone",
    change: replace(0x0e, (message) => [concat([message, newSessionTicket])]),
    code: "excess_handshake_data",
  },
  {
    name: "bad input 63: a certificate whose key is not of the suite's kind",
    change: hello(() => ({ cipherSuite: 0xc02b })),
    server: { identity: RSA },
    code: "illegal_parameter",
  },
  {
    name: "bad input 63: a certificate that may only encipher keys",
    change: (messages) => messages,
    server: { identity: await identity("p256", { keyUsage: ["keyEncipherment"] }) },
    code: "certificate_invalid",
  },
  ...([["status_request", 0x0005], ["session_ticket", 0x0023]] as const).map(([name, type]): Row => ({
    name: `bad input 64: ${name} with a body that has to be empty`,
    change: extension(type, 1),
    code: "decode_error",
  })),
  {
    name: "bad input 64: a session ID of 33 bytes",
    change: hello(() => ({ sessionId: new Uint8Array(33) })),
    code: "decode_error",
  },
  {
    name: "bad input 39: a signature that is not for the kind of key",
    change: bytesAt(0x0c, 1 + 2 + 1 + 32, 8, 4),
    code: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 public key of zeros, which is signed",
    change: (messages) => messages,
    server: { crypto: ZEROS },
    code: "invalid_key_share",
  },
  { name: "bad input 57: a curve without a name", change: bytesAt(0x0c, 0, 1), code: "illegal_parameter" },
  {
    name: "bad input 57: a group that was not offered",
    change: bytesAt(0x0c, 1, 0, 0x1e),
    code: "unoffered_group",
  },
  {
    name: "bad input 57: a hybrid group, which was offered for TLS 1.3",
    change: bytesAt(0x0c, 1, 0x11, 0xec),
    code: "unoffered_group",
    options: { crypto: HYBRID, versions: ["TLSv1.3", "TLSv1.2"] },
  },
  {
    name: "bad input 57: another public key than was signed",
    change: bytesAt(0x0c, 10, 1, 2, 3),
    code: "bad_signature",
  },
  { name: "bad input 57: a wrong signature", change: flipLast(0x0c), code: "bad_signature" },
  {
    name: "bad input 39: a signature by SHA-1",
    change: bytesAt(0x0c, 1 + 2 + 1 + 32, 2, 3),
    code: "unoffered_signature_scheme",
  },
  {
    name: "bad input 57: bytes behind the signature",
    change: replace(0x0c, (message) => [messageOf(0x0c, concat([message.subarray(4), Uint8Array.of(0)]))]),
    code: "decode_error",
  },
  { name: "bad input 57: no ServerKeyExchange", change: replace(0x0c, () => []), code: "unexpected_message" },
  { name: "bad input 56: no Certificate", change: replace(0x0b, () => []), code: "unexpected_message" },
  {
    name: "bad input 65: a CertificateRequest without schemes",
    change: before(0x0e, messageOf(0x0d, Uint8Array.of(1, 1, 0, 0, 0, 0))),
    code: "decode_error",
  },
  {
    name: "bad input 66: a ServerHelloDone with a body",
    change: replace(0x0e, () => [messageOf(0x0e, Uint8Array.of(0))]),
    code: "decode_error",
  },
  {
    name: "bad input 7: bytes behind the ServerHelloDone",
    change: replace(0x0e, (message) => [concat([message, Uint8Array.of(0x14)])]),
    code: "excess_handshake_data",
  },
  {
    name: "bad input 13: a HelloRequest in the handshake",
    change: before(0x0b, messageOf(0x00)),
    code: "unexpected_message",
  },
  {
    name: "bad input 66: a message of TLS 1.3",
    change: before(0x0b, messageOf(0x08, Uint8Array.of(0, 0))),
    code: "unexpected_message",
  },
  {
    name: "bad input 56: a ChangeCipherSpec before its turn (EarlyCCS)",
    change: before(0x0b, CCS),
    code: "illegal_change_cipher_spec",
  },
  {
    name: "bad input 56: a ChangeCipherSpec before the ServerHello",
    change: before(0x02, CCS),
    code: "illegal_change_cipher_spec",
  },
  {
    name: "bad input 56: a ChangeCipherSpec in the middle of a message",
    change: replace(0x0b, (message) => [message.slice(0, 9), CCS, message.slice(9)]),
    code: "interleaved_handshake",
  },
  {
    name: "bad input 56: a ChangeCipherSpec that is not 01",
    change: before(0x0b, { type: 0x14, payload: Uint8Array.of(2) }),
    code: "illegal_change_cipher_spec",
  },
  {
    name: "bad input 16: five warnings",
    change: before(0x02, ...Array.from({ length: 5 }, () => warning(112))),
    code: "too_many_warning_alerts",
  },
  {
    name: "bad input 66: data in the clear",
    change: before(0x0b, { type: 0x17, payload: Uint8Array.of(9) }),
    code: "unexpected_message",
  },
  {
    name: "bad input 8: close_notify in the handshake",
    change: before(0x0b, warning(0)),
    code: "illegal_alert",
  },
];

for (const { name, change, code, flight = 1, options, server } of ROWS) {
  Deno.test(`${name}: refused by a client of TLS 1.2`, async () => {
    const { client } = await shakeHands(
      clientConfig(options),
      await serverConfig(server),
      changeFlight("server", change, flight),
    );
    assertInstanceOf(client.failure, TlsError);
    assertEquals([client.failure.code, client.failure.message], [code, client.failure.message]);
    assertEquals(client.connection.facts, undefined);
  });
}

Deno.test("a client of TLS 1.2 goes on after a warning before the ServerHello, as servers send unrecognized_name", async () => {
  for (const versions of [["TLSv1.2"], ["TLSv1.3", "TLSv1.2"]] as const) {
    const { client } = await shakeHands(
      clientConfig({ versions }),
      await serverConfig(),
      changeFlight("server", before(0x02, warning(112))),
    );
    assertEquals(client.failure, undefined);
    assertEquals(client.connection.facts?.protocolVersion, "TLSv1.2");
  }
});

Deno.test("bad input 39: the refusal of SHA-1 has a hint", async () => {
  const sha1 = changeFlight("server", bytesAt(0x0c, 1 + 2 + 1 + 32, 2, 3));
  const { client } = await shakeHands(clientConfig(), await serverConfig(), sha1);
  assertInstanceOf(client.failure, TlsError);
  assertEquals(client.failure.hint, "It is one of SHA-1, which is not safe: update the server's TLS.");
});

async function contexts() {
  return { serverContext: contextOfConfig(await serverConfig()) };
}

for (const [count, code] of [[1, undefined], [2, "illegal_parameter"]] as const) {
  Deno.test(`bad input 13: a client of TLS 1.2 asked ${count} times to renegotiate: ${code ?? "declines by a warning"}`, async () => {
    const { serverContext } = await contexts();
    const server = endOf(
      new ScriptedEnd("server", function* (channel) {
        const result = yield* serverHandshake(channel, serverContext);
        for (let i = 0; i < count; i++) channel.send(messageOf(0x00));
        yield* channel.flush();
        return result;
      }),
    );
    const client = endOf(new ClientConnection(clientConfig(), "server.example"));
    await talk(client, server);
    assertEquals(client.failure instanceof TlsError ? client.failure.code : client.failure, code);
    if (code !== undefined) return;
    // The server is told, and both go on.
    assertEquals(server.failure, undefined);
    await client.connection.send(Uint8Array.of(7));
    await talk(client, server);
    assert(server.events.some((event) => event.type === "data"));
    client.connection.receiveEnd();
    await talk(client, server);
    assertInstanceOf(client.failure, TlsError);
    assertMatch(client.failure.hint ?? "", /asked to shake hands again/);
  });
}

for (
  const { name, message, code } of [
    {
      name: "bad input 66: a Certificate after the handshake",
      message: messageOf(0x0b, new Uint8Array(3)),
      code: "unexpected_message",
    },
    {
      name: "bad input 66: a KeyUpdate",
      message: messageOf(0x18, Uint8Array.of(0)),
      code: "unexpected_message",
    },
    {
      name: "bad input 13: half a HelloRequest, and data",
      message: Uint8Array.of(0, 0),
      code: "interleaved_handshake",
    },
  ]
) {
  Deno.test(`${name}: refused by a client of TLS 1.2`, async () => {
    const { serverContext } = await contexts();
    const server = endOf(
      new ScriptedEnd("server", function* (channel) {
        const result = yield* serverHandshake(channel, serverContext);
        channel.send(message);
        yield* channel.flush();
        return result;
      }),
    );
    const client = endOf(new ClientConnection(clientConfig(), "server.example"));
    await talk(client, server);
    if (server.failure === undefined) await server.connection.send(Uint8Array.of(7));
    await talk(client, server);
    assertInstanceOf(client.failure, TlsError);
    assertEquals(client.failure.code, code);
  });
}

/** The outcome of a server that changes its messages before they are sent; `undefined`: one is left out. */
async function playChanged(
  change: (message: Uint8Array) => Uint8Array | undefined,
  options: Partial<ServerConfigOptions> = {},
  clientOptions: Partial<ClientConfigOptions> = {},
): Promise<{ readonly client: End; readonly server: End }> {
  const serverContext = contextOfConfig(await serverConfig(options));
  const server = endOf(
    new ScriptedEnd("server", (channel) => {
      const send = channel.send.bind(channel);
      channel.send = (message) => {
        const changed = change(message);
        if (changed !== undefined) send(changed);
      };
      return serverHandshake(channel, serverContext);
    }),
  );
  const client = endOf(new ClientConnection(clientConfig(clientOptions), "server.example"));
  await talk(client, server);
  return { client, server };
}

Deno.test("bad input 61: a client of TLS 1.2 waits for the NewSessionTicket that was announced", async () => {
  const { client } = await playChanged((message) => message[0] === 0x04 ? undefined : message, {
    ticketer: rotatingTicketer(CRYPTO),
  });
  assertInstanceOf(client.failure, TlsError);
  assertEquals(client.failure.code, "illegal_change_cipher_spec");
});

Deno.test("bad input 62: a server of TLS 1.2 may leave out the CertificateStatus that it announced", async () => {
  const staple = { ...await identity(), ocspResponse: Uint8Array.of(9) };
  const { client } = await playChanged((message) => message[0] === 0x16 ? undefined : message, {
    identity: staple,
  });
  assertEquals([client.failure, client.connection.facts?.ocspResponse], [undefined, undefined]);
});

for (const types of [[], [99], [1], [2, 99]]) {
  Deno.test(`bad input 65: a client of TLS 1.2 has no ECDSA certificate of the types [${types}]`, async () => {
    const own = await identity();
    const accepted: string[] = [];
    const { client, server } = await playChanged(
      (message) => {
        if (message[0] !== 0x0d) return message;
        const body = message.subarray(4 + 1 + (message[4] ?? 0));
        return messageOf(0x0d, concat([Uint8Array.of(types.length, ...types), body]));
      },
      { clientAuth: { verifier: () => {}, optional: true } },
      {
        identity: ({ signatureSchemes }) => {
          accepted.push(...signatureSchemes.filter((name) => !name.startsWith("rsa_")));
          return accepted.length > 0 ? own : undefined;
        },
      },
    );
    assertEquals(accepted, []);
    assertEquals([client.failure, server.failure], [undefined, undefined]);
    assertEquals(server.connection.facts?.peerCertificates, []);
  });
}

Deno.test("bad input 25: a client of TLS 1.2 refuses a wrong Finished", async () => {
  const { client } = await playChanged((message) => {
    if (message[0] === 0x14) message[8] = (message[8] ?? 0) ^ 1;
    return message;
  });
  assertInstanceOf(client.failure, TlsError);
  assertEquals(client.failure.code, "bad_finished");
});

Deno.test("bad input 26: a client of TLS 1.2 drops a session whose resumption fails, and shakes hands in full the next time", async () => {
  const config = clientConfig();
  const server = await serverConfig();
  await shakeHands(config, server);
  const flip = changeFlight("server", (messages) => messages);
  const broken = await shakeHands(config, server, (bytes, from) => {
    const pieces = [...flip(bytes, from)];
    const last = pieces.at(-1);
    if (from === "server" && last !== undefined) last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
    return pieces;
  });
  assertInstanceOf(broken.client.failure, TlsError);
  assertEquals(broken.client.failure.code, "bad_record_mac");
  const next = await shakeHands(config, server);
  assertEquals([next.client.failure, next.client.connection.facts?.resumed], [undefined, false]);
});
