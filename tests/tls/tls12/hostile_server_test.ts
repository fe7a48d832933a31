/** What a server of TLS 1.2 refuses, and by which error and alert. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { clientHandshake } from "../../../tls/handshake/client/client_handshake.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { decodeClientHello, encodeClientHello } from "../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../tls/wire/messages.ts";
import { hexNumber } from "../../../tls/wire/numbers.ts";
import { endOf, talk } from "../connection/connection_pair.ts";
import { clientConfig, clientContext, identity, serverConfig, shakeHands } from "./pair.ts";
import { changeFlight, messageOf, recordsOf, replace, ScriptedEnd, type Seen } from "./tamper.ts";

/** A change of one of the client's flights, and the refusal of the server. */
interface Row {
  readonly name: string;
  readonly flight: 1 | 2;
  readonly change: (messages: Uint8Array[]) => readonly (Uint8Array | Seen)[];
  readonly code: string;
  readonly alert: number;
  readonly options?: Partial<ServerConfigOptions>;
  readonly client?: Partial<ClientConfigOptions>;
}

/** Changes the ClientHello as a value. */
function hello(change: (hello: ClientHello) => Partial<ClientHello>): Row["change"] {
  return replace(0x01, (message) => {
    const decoded = decodeClientHello(message.subarray(4));
    return [encodeClientHello({ ...decoded, ...change(decoded) })];
  });
}

const extensions = (more: Partial<ClientHello["extensions"]>): Row["change"] =>
  hello(({ extensions }) => ({ extensions: { ...extensions, ...more } }));
const without = (type: number): Row["change"] =>
  hello(({ extensionOrder }) => ({ extensionOrder: extensionOrder.filter((each) => each !== type) }));

const BOTH = { versions: ["TLSv1.3", "TLSv1.2"] } as const;
const CLIENT_HELLO = { flight: 1 } as const;
const KEY_EXCHANGE = { flight: 2 } as const;

const WITH_CERTIFICATE = {
  flight: 2,
  client: { identity: await identity() },
  options: { clientAuth: { verifier: () => {} } },
} as const;

/** Sets the scheme of the CertificateVerify, and perhaps flips a bit of its signature. */
function signedWith(scheme: readonly number[], flip = false): Row["change"] {
  return replace(0x0f, (message) => {
    message.set(scheme, 4);
    if (flip) message[message.length - 1] = (message.at(-1) ?? 0) ^ 1;
    return [message];
  });
}

const ROWS: readonly Row[] = [
  {
    ...CLIENT_HELLO,
    name: "bad input 5: TLS 1.1",
    change: hello(({ extensionOrder }) => ({
      legacyVersion: 0x0302,
      extensionOrder: extensionOrder.filter((type) => type !== 0x2b),
    })),
    code: "unsupported_protocol_version",
    alert: 70,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 6: TLS 1.2 and nothing newer, where only TLS 1.3 is enabled",
    change: (messages) => messages,
    options: { versions: ["TLSv1.3"] },
    code: "unsupported_protocol_version",
    alert: 70,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 60: a fallback from a version that both ends have",
    change: hello(({ cipherSuites }) => ({ cipherSuites: [...cipherSuites, 0x5600] })),
    options: BOTH,
    code: "inappropriate_fallback",
    alert: 86,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 64: compression and nothing else",
    change: hello(() => ({ compressionMethods: Uint8Array.of(1) })),
    code: "illegal_parameter",
    alert: 47,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 58: a renegotiation in the first handshake",
    change: extensions({ renegotiationInfo: new Uint8Array(12) }),
    code: "bad_renegotiation_info",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 64: compressed points and nothing else",
    change: extensions({ ecPointFormats: Uint8Array.of(1) }),
    code: "illegal_parameter",
    alert: 47,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 67: no signature_algorithms",
    change: without(0x0d),
    code: "no_shared_signature_scheme",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 39: SHA-1 and nothing else",
    change: extensions({ signatureAlgorithms: [0x0201, 0x0203] }),
    code: "no_shared_signature_scheme",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 67: no suite with an AEAD",
    change: hello(() => ({ cipherSuites: [0xc009, 0x002f, 0x00ff] })),
    code: "no_shared_cipher_suite",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 67: no group in common",
    change: extensions({ supportedGroups: [0x001e, 0x0100, 0x11ec] }),
    code: "no_shared_group",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 59: no extended main secret, which is required",
    change: without(0x17),
    options: { requireExtendedMainSecret: true },
    code: "no_extended_main_secret",
    alert: 40,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 64: a session ID of 33 bytes",
    change: hello(() => ({ sessionId: new Uint8Array(33) })),
    code: "decode_error",
    alert: 50,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 67: a protocol that is not spoken",
    change: hello(({ extensions, extensionOrder }) => ({
      extensions: { ...extensions, alpnProtocols: ["spdy/1"] },
      extensionOrder: [...extensionOrder, 0x10],
    })),
    options: { alpnProtocols: ["h2"] },
    code: "no_application_protocol",
    alert: 120,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 7: more of a message behind the ClientHello",
    change: replace(0x01, (message) => [concat([message, Uint8Array.of(0x10, 0)])]),
    code: "excess_handshake_data",
    alert: 10,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 66: a second ClientHello",
    change: replace(0x01, (message) => [message, message]),
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 56: a ChangeCipherSpec behind the ClientHello (EarlyCCS)",
    change: replace(0x01, (message) => [message, { type: 0x14, payload: Uint8Array.of(1) }]),
    code: "illegal_change_cipher_spec",
    alert: 10,
  },
  {
    ...CLIENT_HELLO,
    name: "bad input 66: data that is early",
    change: replace(0x01, (message) => [message, { type: 0x17, payload: new Uint8Array(40) }]),
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 35: an empty public key",
    change: replace(0x10, () => [messageOf(0x10, Uint8Array.of(0))]),
    code: "decode_error",
    alert: 50,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 35: a public key of the wrong length",
    change: replace(0x10, () => [messageOf(0x10, Uint8Array.of(1, 9))]),
    code: "invalid_key_share",
    alert: 47,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 35: an X25519 public key of zeros",
    change: replace(0x10, () => [messageOf(0x10, concat([Uint8Array.of(32), new Uint8Array(32)]))]),
    code: "invalid_key_share",
    alert: 47,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 35: bytes behind the public key",
    change: replace(0x10, (message) => [messageOf(0x10, concat([message.subarray(4), Uint8Array.of(0)]))]),
    code: "decode_error",
    alert: 50,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 24: another public key than the client's own",
    change: replace(0x10, (message) => {
      message[20] = (message[20] ?? 0) ^ 1;
      return [message];
    }),
    code: "bad_record_mac",
    alert: 20,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 56: no ClientKeyExchange",
    change: replace(0x10, () => []),
    code: "illegal_change_cipher_spec",
    alert: 10,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 66: a Certificate that was not asked for",
    change: replace(0x10, (message) => [messageOf(0x0b, new Uint8Array(3)), message]),
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 56: part of Finished in front of the ChangeCipherSpec",
    change: replace(0x10, (message) => [concat([message, Uint8Array.of(0x14)])]),
    code: "excess_handshake_data",
    alert: 10,
  },
  {
    ...KEY_EXCHANGE,
    name: "bad input 38: no certificate, where one is required",
    change: (messages) => messages,
    options: { clientAuth: { verifier: () => {} } },
    code: "certificate_required",
    alert: 40,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 66: no Certificate, where one was asked for",
    change: replace(0x0b, () => []),
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 69: no CertificateVerify behind a Certificate",
    change: replace(0x0f, () => []),
    code: "illegal_change_cipher_spec",
    alert: 10,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 69: a CertificateVerify in front of the ClientKeyExchange",
    change: ([certificate, exchange, verify]) =>
      [certificate, verify, exchange].filter((each) => each !== undefined),
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 69: a CertificateVerify without a Certificate",
    change: replace(0x0b, () => [messageOf(0x0b, new Uint8Array(3))]),
    options: { clientAuth: { verifier: () => {}, optional: true } },
    code: "unexpected_message",
    alert: 10,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 69: a wrong signature",
    change: signedWith([0x04, 0x03], true),
    code: "bad_signature",
    alert: 51,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 39: a CertificateVerify by SHA-1, which was not asked for",
    change: signedWith([0x02, 0x03]),
    code: "unoffered_signature_scheme",
    alert: 47,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 39: a CertificateVerify by a scheme that is not for the key",
    change: signedWith([0x08, 0x04]),
    code: "illegal_parameter",
    alert: 47,
  },
  {
    ...WITH_CERTIFICATE,
    name: "bad input 63: a client's certificate that may only encipher keys",
    change: (messages) => messages,
    client: { identity: await identity("p256", { keyUsage: ["keyEncipherment"] }) },
    code: "certificate_invalid",
    alert: 42,
  },
];

for (const { name, flight, change, code, alert, options, client } of ROWS) {
  Deno.test(`${name}: refused by a server of TLS 1.2`, async () => {
    let last: Uint8Array = new Uint8Array(0);
    const tamper = changeFlight("client", change, flight);
    const { server } = await shakeHands(clientConfig(client), await serverConfig(options), (bytes, from) => {
      if (from === "server") last = bytes;
      return tamper(bytes, from);
    });
    assertInstanceOf(server.failure, TlsError);
    assertEquals([server.failure.code, server.failure.message], [code, server.failure.message]);
    assertEquals(recordsOf(last).at(-1), { type: 0x15, payload: Uint8Array.of(2, alert) });
    assertEquals(server.connection.facts, undefined);
  });
}

Deno.test("bad input 67: a server of TLS 1.2 reads a ClientHello without extensions, and misses signature_algorithms", async () => {
  const server = endOf(new ServerConnection(await serverConfig()));
  const body = concat([Uint8Array.of(3, 3), new Uint8Array(32), Uint8Array.of(0, 0, 2, 0xc0, 0x2b, 1, 0)]);
  const message = messageOf(0x01, body);
  server.connection.receive(concat([Uint8Array.of(0x16, 3, 1, 0, message.length), message]));
  await talk(endOf(new ServerConnection(await serverConfig())), server);
  assertInstanceOf(server.failure, TlsError);
  assertEquals(server.failure.code, "no_shared_signature_scheme");
});

Deno.test("bad input 59: a server of TLS 1.2 does not resume a session without its extended main secret", async () => {
  const client = clientConfig();
  const config = await serverConfig();
  await shakeHands(client, config);
  const { server } = await shakeHands(client, config, changeFlight("client", without(0x17)));
  assertInstanceOf(server.failure, TlsError);
  assertEquals(server.failure.code, "illegal_parameter");
});

for (const [count, code] of [[1, undefined], [2, "illegal_parameter"]] as const) {
  Deno.test(`bad input 14: a server of TLS 1.2 sent ${count} ClientHellos after the handshake: ${code ?? "declines by a warning"}`, async () => {
    const server = endOf(new ServerConnection(await serverConfig()));
    const hello = encodeClientHello({
      type: "client_hello",
      legacyVersion: 0x0303,
      random: new Uint8Array(32),
      sessionId: new Uint8Array(0),
      cipherSuites: [0xc02b],
      compressionMethods: Uint8Array.of(0),
      extensions: {},
      extensionOrder: [],
    });
    const context = clientContext();
    const client = endOf(
      new ScriptedEnd("client", function* (channel) {
        const result = yield* clientHandshake(channel, context);
        for (let i = 0; i < count; i++) channel.send(hello);
        yield* channel.flush();
        return result;
      }),
    );
    await talk(client, server);
    assertEquals(server.failure instanceof TlsError ? server.failure.code : server.failure, code);
    if (code === undefined) assertEquals(client.failure, undefined);
  });
}

/** Hellos that a server of TLS 1.2 reads as one of TLS 1.2, whatever else they say. */
const TOLERATED: readonly { readonly name: string; readonly change: Partial<ClientHello> }[] = [
  ...[0x0304, 0x03ff, 0x0400, 0xffff].map((legacyVersion) => ({
    name: `legacy_version ${hexNumber(legacyVersion)}, and no supported_versions`,
    change: { legacyVersion },
  })),
  { name: "compression beside none", change: { compressionMethods: Uint8Array.of(1, 0) } },
  {
    name: "suites that do not exist, and the signal for secure renegotiation",
    change: { cipherSuites: [0x0a0a, 0xfafa, 0x1301, 0xc02b, 0x00ff] },
  },
];

for (const { name, change } of TOLERATED) {
  for (const versions of [["TLSv1.2"], ["TLSv1.3", "TLSv1.2"]] as const) {
    Deno.test(`bad input 68: ${name}: TLS 1.2 with a server of ${versions.join(" and ")}`, async () => {
      const server = endOf(new ServerConnection(await serverConfig({ versions })));
      const client = endOf(
        new ScriptedEnd("client", (channel) => {
          const send = channel.send.bind(channel);
          channel.send = (message) => {
            if (message[0] !== 0x01) return send(message);
            const hello = decodeClientHello(message.subarray(4));
            const extensionOrder = hello.extensionOrder.filter((type) => type !== 0x2b);
            send(encodeClientHello({ ...hello, extensionOrder, ...change }));
          };
          return clientHandshake(channel, clientContext());
        }),
      );
      await talk(client, server);
      assertEquals([client.failure, server.failure], [undefined, undefined]);
      assertEquals(server.connection.facts?.protocolVersion, "TLSv1.2");
    });
  }
}
