/** What a server of TLS 1.2 answers a ClientHello with: its extensions and messages, in full and resumed. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { KeyLogEntry } from "../../../tls/config/config_types.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { clientHandshake } from "../../../tls/handshake/client/client_handshake.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { decodeClientHello, encodeClientHello } from "../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../tls/wire/messages.ts";
import { decodeServerHello } from "../../../tls/wire/server_hello.ts";
import { type Cut, endOf, talk } from "../connection/connection_pair.ts";
import { clientConfig, clientContext, CRYPTO, identity, serverConfig, shakeHands } from "./pair.ts";
import { changeFlight, messagesOf, recordsOf, replace, ScriptedEnd } from "./tamper.ts";

const OCSP_RESPONSE = Uint8Array.of(0x30, 0);
const STAPLED = { ...await identity(), ocspResponse: OCSP_RESPONSE };

/** The messages of the server's first flight. */
function flightOf(bytes: Uint8Array): Uint8Array[] {
  const clear = recordsOf(bytes).filter(({ type }) => type === 22);
  return messagesOf(concat(clear.map(({ payload }) => payload)));
}

const SERVER_HELLO = 2;
const CERTIFICATE_STATUS = 22;

interface Row {
  readonly name: string;
  /** Changes the ClientHello, which the client then has sent. */
  readonly change?: (hello: ClientHello) => ClientHello;
  readonly options?: Partial<ServerConfigOptions>;
  readonly extensions: readonly number[];
  readonly messages?: readonly number[];
}

const unchanged = (hello: ClientHello): ClientHello => hello;
const without = (...types: number[]) => (hello: ClientHello): ClientHello => ({
  ...hello,
  extensionOrder: hello.extensionOrder.filter((type) => !types.includes(type)),
});
/** renegotiation_info, extended_main_secret, ec_point_formats and server_name. */
const [RI, EMS, POINTS, NAME] = [0xff01, 0x17, 0x0b, 0x00];
const FULL = [2, 11, 12, 14];

const ROWS: readonly Row[] = [
  { name: "what this library's client sends", extensions: [RI, EMS, POINTS, NAME] },
  {
    name: "the signal for secure renegotiation in place of the extension",
    change: (hello) => ({ ...without(RI)(hello), cipherSuites: [...hello.cipherSuites, 0x00ff] }),
    extensions: [RI, EMS, POINTS, NAME],
  },
  { name: "neither of both", change: without(RI), extensions: [EMS, POINTS, NAME] },
  { name: "no point formats", change: without(POINTS), extensions: [RI, EMS, NAME] },
  { name: "no name", change: without(NAME), extensions: [RI, EMS, POINTS] },
  {
    name: "a protocol",
    options: { alpnProtocols: ["h2"] },
    extensions: [RI, EMS, POINTS, NAME, 0x10],
  },
  {
    name: "a response to staple",
    options: { identity: STAPLED },
    extensions: [RI, EMS, POINTS, NAME, 0x05],
    messages: [2, 11, CERTIFICATE_STATUS, 12, 14],
  },
  {
    name: "a response to staple that is not asked for",
    change: without(0x05),
    options: { identity: STAPLED },
    extensions: [RI, EMS, POINTS, NAME],
  },
  {
    name: "a ticketer",
    options: { ticketer: rotatingTicketer(CRYPTO) },
    extensions: [RI, EMS, POINTS, NAME, 0x23],
  },
  {
    name: "a ticketer whose tickets do not live",
    options: {
      ticketer: { lifetime: 0, seal: () => new Uint8Array(9), open: () => undefined },
    },
    extensions: [RI, EMS, POINTS, NAME],
  },
  {
    name: "a ticketer, and a client that knows no tickets",
    change: without(0x23),
    options: { ticketer: rotatingTicketer(CRYPTO) },
    extensions: [RI, EMS, POINTS, NAME],
  },
  {
    name: "a certificate that is asked for",
    options: { clientAuth: { verifier: () => {}, optional: true } },
    extensions: [RI, EMS, POINTS, NAME],
    messages: [2, 11, 12, 13, 14],
  },
];

for (const { name, change = unchanged, options, extensions, messages = FULL } of ROWS) {
  Deno.test(`a server of TLS 1.2 answers a ClientHello: ${name}`, async () => {
    const client = endOf(
      new ScriptedEnd("client", (channel) => {
        const send = channel.send.bind(channel);
        channel.send = (message) => {
          if (message[0] !== 1) return send(message);
          send(encodeClientHello(change(decodeClientHello(message.subarray(4)))));
        };
        return clientHandshake(channel, {
          ...clientContext(),
          alpnProtocols: ["a", "h2"],
          sessions: { take: () => undefined, put() {} },
        });
      }),
    );
    const server = endOf(new ServerConnection(await serverConfig(options)));
    let flight: Uint8Array[] | undefined;
    const cut: Cut = (bytes, from) => {
      if (from === "server") flight ??= flightOf(bytes);
      return [bytes];
    };
    await talk(client, server, cut);
    assertEquals(server.failure, undefined);
    assertEquals(flight?.map(([type]) => type), [...messages]);
    const hello = flight?.find(([type]) => type === SERVER_HELLO);
    const sent = hello && decodeServerHello(hello.subarray(4)).extensionOrder;
    assertEquals(sent?.toSorted((a, b) => a - b), extensions.toSorted((a, b) => a - b));
  });
}

const KEEPERS: readonly (readonly [string, Partial<ServerConfigOptions>])[] = [
  ["a store", {}],
  ["a ticketer", { ticketer: rotatingTicketer(CRYPTO) }],
];
for (const [name, options] of KEEPERS) {
  Deno.test(`TLS 1.2: both ends log the main secret of a full handshake and of its resumption by ${name}`, async () => {
    const logs: Record<"client" | "server", KeyLogEntry[]> = { client: [], server: [] };
    const logTo = (end: "client" | "server"): Pick<ClientConfigOptions, "keyLog"> => ({
      keyLog: (entry) => void logs[end].push(entry),
    });
    const client = clientConfig(logTo("client"));
    const server = await serverConfig({ ...options, ...logTo("server") });
    for (const resumed of [false, true]) {
      const ends = await shakeHands(client, server);
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      assertEquals(ends.server.connection.facts?.resumed, resumed);
    }
    assertEquals(logs.client.map(({ label }) => label), ["CLIENT_RANDOM", "CLIENT_RANDOM"]);
    assertEquals(logs.client, logs.server);
    const [full, resumed] = logs.client;
    assertEquals(full?.secret, resumed?.secret);
  });

  Deno.test(`TLS 1.2: both ends export the same of a resumption by ${name}, and another secret than before`, async () => {
    const [client, server] = [clientConfig(), await serverConfig(options)];
    const secrets: string[] = [];
    for (const resumed of [false, true]) {
      const ends = await shakeHands(client, server);
      const [mine, theirs] = await Promise.all(
        [ends.client, ends.server].map(({ connection }) =>
          connection.exportKeyingMaterial(32, "EXPORTER-test")
        ),
      );
      assertEquals([ends.client.connection.facts?.resumed, mine], [resumed, theirs]);
      secrets.push(`${mine}`);
    }
    assertEquals(new Set(secrets).size, 2);
  });

  for (const group of ["secp256r1", "secp384r1", "x25519"] as const) {
    Deno.test(`TLS 1.2: a resumption by ${name} knows the group of its full handshake, ${group}`, async () => {
      const client = clientConfig();
      const server = await serverConfig({ ...options, groups: [group] });
      for (const resumed of [false, true]) {
        const ends = await shakeHands(client, server);
        for (const { connection: { facts } } of [ends.client, ends.server]) {
          assertEquals([facts?.resumed, facts?.keyExchangeGroup], [resumed, group]);
        }
      }
    });
  }

  Deno.test(`bad input 7: more of a message behind a ClientHello that resumes by ${name}: refused by a server of TLS 1.2`, async () => {
    const [client, server] = [clientConfig(), await serverConfig(options)];
    await shakeHands(client, server);
    const more = replace(1, (message) => [concat([message, Uint8Array.of(0x14)])]);
    const ends = await shakeHands(client, server, changeFlight("client", more));
    assertInstanceOf(ends.server.failure, TlsError);
    assertEquals(ends.server.failure.code, "excess_handshake_data");
  });
}
