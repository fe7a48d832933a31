/** Early data of two honest machines: accepted, refused for each reason, sent again by the application. */

import { assertEquals, assertThrows } from "@std/assert";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { EarlyDataRefusal } from "../../../tls/handshake/early_data_outcome.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { converse } from "../handshake/conversation.ts";
import { decode, encode, roots, SERVER_IDENTITY } from "../tls_pair.ts";
import {
  changing,
  earlyEnds,
  type EarlyOptions,
  earlyPair,
  MOST,
  sendEarly,
  talkEarly,
  told,
} from "./early_pair.ts";

for (const crypto of [nodeCrypto(), webCrypto()]) {
  for (const hash of ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] as const) {
    Deno.test(`early data arrives before the handshake is done (${crypto.name}, ${hash})`, async () => {
      const common = { crypto, cipherSuites: [hash], versions: ["TLSv1.3"] as const };
      const [client, server] = await earlyPair({ client: common, server: common });
      const outcome = await talkEarly([client, server], "early");
      assertEquals(outcome.client.error ?? outcome.server.error, undefined);
      assertEquals(outcome.server.events[0]?.type, "early_data");
      assertEquals(told(outcome.server), { early: "early", late: "" });
      assertEquals([client.facts?.earlyDataAccepted, server.facts?.earlyDataAccepted], [true, true]);
      assertEquals([client.facts?.earlyDataLength, server.facts?.earlyDataLength], [5, 5]);
      assertEquals(client.takeRefusedEarlyData().length, 0);
      await client.send(encode("late"));
      assertEquals(told((await converse(client, server)).server).late, "late");
    });
  }
}

Deno.test("a client without tickets announces no early data, and takes none", async () => {
  const config = new ClientConfig({ roots: roots(), crypto: nodeCrypto(), enableEarlyData: true });
  const client = new ClientConnection(config, "localhost");
  assertEquals(await sendEarly(client, "early"), 0);
  assertEquals(client.earlyDataLeft, 0);
});

Deno.test("a connection that is told so sends no early data", async () => {
  const [, server] = await earlyPair();
  const config = new ClientConfig({ roots: roots(), crypto: nodeCrypto(), enableEarlyData: true });
  await converse(new ClientConnection(config, "localhost"), server);
  const client = new ClientConnection(config, "localhost", { earlyData: false });
  assertEquals(await sendEarly(client, "early"), 0);
});

Deno.test("a client that does not enable early data announces none, whatever its ticket allows", async () => {
  const [, , server] = await earlyEnds();
  const config = new ClientConfig({ roots: roots(), crypto: nodeCrypto() });
  await converse(new ClientConnection(config, "localhost"), new ServerConnection(server));
  const [client, second] = [new ClientConnection(config, "localhost"), new ServerConnection(server)];
  const outcome = await converse(client, second);
  assertEquals(outcome.client.error ?? outcome.server.error, undefined);
  assertEquals([second.facts?.resumed, second.facts?.earlyDataRefusal], [true, undefined]);
});

Deno.test("no more early data is taken than the ticket allows", async () => {
  const [client, server] = await earlyPair();
  assertEquals(await sendEarly(client, "x".repeat(MOST - 1)), MOST - 1);
  assertEquals(client.earlyDataLeft, 1);
  assertEquals(await client.sendEarlyData(encode("yz")), 1);
  assertEquals(await client.sendEarlyData(encode("z")), 0);
  const { server: heard } = await converse(client, server);
  assertEquals(told(heard).early, "x".repeat(MOST - 1) + "y");
});

Deno.test("a connection that has failed takes no early data, and says why it failed", async () => {
  const [client] = await earlyPair();
  assertEquals(await sendEarly(client, "early"), 5);
  client.receive(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40)); // handshake_failure
  const error = assertThrows(() => client.next(), TlsError);
  const { outputLength } = client;
  assertEquals(client.earlyDataLeft, 0);
  assertEquals(assertThrows(() => client.sendEarlyData(encode("more"))), error);
  assertEquals(client.outputLength, outputLength);
});

Deno.test("no early data is taken behind close_notify", async () => {
  const [client] = await earlyPair();
  assertEquals(await sendEarly(client, "early"), 5);
  await client.sendCloseNotify();
  const { outputLength } = client;
  assertEquals([client.earlyDataLeft, await client.sendEarlyData(encode("more"))], [0, 0]);
  assertEquals(client.outputLength, outputLength);
});

Deno.test("early data is sent until the server has answered, and no longer", async () => {
  const [client, server] = await earlyPair();
  await sendEarly(client, "one");
  await client.sendEarlyData(encode(" two"));
  const { server: heard } = await converse(client, server);
  assertEquals(told(heard).early, "one two");
  assertEquals(await client.sendEarlyData(encode("three")), 0);
});

Deno.test("early data goes behind the ClientHello and the one ChangeCipherSpec; sending nothing sends nothing", async () => {
  for (const options of [{}, { secondServer: { groups: ["secp384r1"] as const } }]) {
    const [client, server] = await earlyPair(options);
    await sendEarly(client, "one");
    const { outputLength } = client;
    assertEquals(await client.sendEarlyData(encode("")), 0);
    assertEquals(client.outputLength, outputLength);
    const types: number[] = [];
    const { client: outcome } = await converse(client, server, {
      fromClient: (bytes) => {
        for (let at = 0; at < bytes.length; at += 5 + ((bytes[at + 3] ?? 0) << 8) + (bytes[at + 4] ?? 0)) {
          types.push(bytes[at] ?? 0);
        }
        return bytes;
      },
    });
    assertEquals(outcome.error, undefined);
    assertEquals(types.slice(0, 3), [0x16, 0x14, 0x17]);
    assertEquals(types.filter((type) => type === 0x14).length, 1);
  }
});

Deno.test("early data that was accepted is sent until the server's Finished has come", async () => {
  const [client, server] = await earlyPair({ server: { maxFragmentSize: 32 } });
  await sendEarly(client, "one");
  for (let bytes; (bytes = client.output()) !== undefined;) server.receive(bytes);
  while (await server.next() !== undefined);
  const flight = server.output() ?? encode("");
  // The Finished ends in the last record; EncryptedExtensions came whole before it.
  client.receive(flight.subarray(0, -20));
  assertEquals(await client.next(), undefined);
  assertEquals(await client.sendEarlyData(encode(" two")), 4);
  client.receive(flight.subarray(-20));
  const { server: heard } = await converse(client, server);
  assertEquals([told(heard).early, server.facts?.earlyDataLength], [" two", 7]);
  assertEquals([client.earlyDataLeft, await client.sendEarlyData(encode("three"))], [0, 0]);
});

Deno.test("early data is not padded, so that a server that refuses it can skip it", async () => {
  const padded = { versions: ["TLSv1.3"], recordPadding: 8192 } as const;
  const [client, server] = await earlyPair({ client: padded, server: { acceptEarlyData: () => false } });
  assertEquals(await sendEarly(client, "0"), 1);
  for (const digit of "123456789") await client.sendEarlyData(encode(digit));
  const outcome = await converse(client, server);
  assertEquals(outcome.client.error ?? outcome.server.error, undefined);
  assertEquals(client.facts?.earlyDataAccepted, false);
  assertEquals(decode(client.takeRefusedEarlyData()), "0123456789");
  await client.send(encode("late"));
  assertEquals((client.output() ?? encode("")).length, 5 + 8192 + 16);
});

const REFUSALS: readonly {
  /** The row of the bad inputs. */
  readonly id?: string;
  readonly reason: EarlyDataRefusal;
  readonly client?: EarlyDataRefusal;
  readonly options: EarlyOptions;
}[] = [
  { reason: "disabled", options: { secondServer: { maxEarlyDataSize: 0 } } },
  { reason: "unsupported_for_session", options: { secondServer: { maxEarlyDataSize: MOST - 1 } } },
  { reason: "declined", options: { secondServer: { acceptEarlyData: () => false } } },
  { reason: "declined", options: { secondServer: { acceptEarlyData: () => Promise.resolve(false) } } },
  { id: "E-12: ", reason: "ticket_age_skew", options: { serverTime: 61_000 } },
  { id: "E-12: ", reason: "ticket_age_skew", options: { clientTime: 61_000 } },
  {
    reason: "hello_retry_request",
    client: "hello_retry_request",
    options: { secondServer: { groups: ["secp384r1"] } },
  },
  {
    reason: "session_not_resumed",
    client: "session_not_resumed",
    options: { secondServer: { sessions: { take: () => undefined, put: () => {} } } },
  },
  {
    id: "E-13: ", // a session with another server name is not resumed at all
    reason: "session_not_resumed",
    client: "session_not_resumed",
    options: { server: { sessions: changing((session) => ({ ...session, serverName: "foobar.com" })) } },
  },
  {
    id: "E-13: ",
    reason: "alpn_mismatch",
    options: {
      client: { alpnProtocols: ["a", "b"] },
      server: { alpnProtocols: ["a", "b"] },
      secondServer: { alpnProtocols: ["b", "a"] },
    },
  },
  {
    id: "E-13: ",
    reason: "cipher_suite_mismatch",
    options: {
      client: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"] },
      secondServer: {
        cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
        preferServerOrder: true,
      },
    },
  },
];

for (const { id = "", reason, client: clientsReason = "declined", options } of REFUSALS) {
  Deno.test(`${id}early data is refused, skipped and handed back: ${reason} ${JSON.stringify(options)}`, async () => {
    const [client, server] = await earlyPair(options);
    const outcome = await talkEarly([client, server], "early");
    assertEquals(outcome.client.error ?? outcome.server.error, undefined);
    assertEquals(told(outcome.server), { early: "", late: "" });
    assertEquals(server.facts?.earlyDataRefusal, reason);
    assertEquals(client.facts?.earlyDataRefusal, clientsReason);
    assertEquals([client.facts?.earlyDataAccepted, server.facts?.earlyDataAccepted], [false, false]);
    assertEquals([client.facts?.earlyDataLength, server.facts?.earlyDataLength], [0, 0]);
    assertEquals(client.earlyDataLeft, 0);
    assertEquals(decode(client.takeRefusedEarlyData()), "early");
    assertEquals(client.takeRefusedEarlyData().length, 0);
    assertEquals(await client.sendEarlyData(encode("more")), 0);
    await client.send(encode("late"));
    assertEquals(told((await converse(client, server)).server).late, "late");
  });
}

const ODD_ANSWERS: readonly [string, unknown][] = [
  ["a thenable of false, which is no promise", {
    then: (resolve: (value: boolean) => void) => resolve(false),
  }],
  ["text", "no"],
  ["nothing", undefined],
  ["a promise of text", Promise.resolve("no")],
];
for (const [name, answer] of ODD_ANSWERS) {
  Deno.test(`early data is declined where acceptEarlyData answers with ${name}`, async () => {
    const [client, server] = await earlyPair({ secondServer: { acceptEarlyData: () => answer as boolean } });
    assertEquals(told((await talkEarly([client, server], "early")).server).early, "");
    assertEquals(server.facts?.earlyDataRefusal, "declined");
  });
}

for (
  const [reason, secondServer] of [
    ["declined", { acceptEarlyData: () => false }],
    ["hello_retry_request", { groups: ["secp384r1"] }],
  ] as const
) {
  Deno.test(`early data in many records is refused with a provider that answers late: ${reason}`, async () => {
    const crypto = webCrypto();
    const pair = await earlyPair({ client: { crypto }, server: { crypto }, secondServer });
    const [client, server] = pair;
    await client.next();
    // Not awaited: records are being sealed while the server answers.
    const sent = Array.from({ length: 20 }, () => client.sendEarlyData(encode("x".repeat(50))));
    const outcome = await converse(client, server);
    await Promise.all(sent);
    assertEquals(outcome.client.error ?? outcome.server.error, undefined);
    assertEquals(client.facts?.earlyDataRefusal, reason);
    assertEquals(client.takeRefusedEarlyData().length, 1000);
    await client.send(encode("late"));
    assertEquals(told((await converse(client, server)).server).late, "late");
  });
}

Deno.test("a server that allows less by now skips as much as its ticket has allowed", async () => {
  const [client, server] = await earlyPair({
    server: { maxEarlyDataSize: 60_000 },
    secondServer: { maxEarlyDataSize: 0 },
  });
  const outcome = await talkEarly([client, server], "x".repeat(60_000));
  assertEquals(outcome.client.error ?? outcome.server.error, undefined);
  assertEquals(client.takeRefusedEarlyData().length, 60_000);
});

Deno.test("acceptEarlyData sees the ClientHello", async () => {
  const seen: (string | undefined)[] = [];
  const pair = await earlyPair({
    server: {
      acceptEarlyData: ({ serverName }) => {
        seen.push(serverName);
        return true;
      },
    },
  });
  assertEquals(told((await talkEarly(pair, "early")).server).early, "early");
  assertEquals(seen, ["localhost"]);
});

Deno.test("a server with sendHalfRttData answers before the client's Finished", async () => {
  const [client, server] = await earlyPair({ server: { sendHalfRttData: true } });
  await sendEarly(client, "ask");
  for (let bytes; (bytes = client.output()) !== undefined;) server.receive(bytes);
  const events = [await server.next(), await server.next()].map((event) => event?.type);
  assertEquals(events, ["half_rtt", "early_data"]);
  assertEquals(server.isHandshaking, true);
  await server.send(encode("answer"));
  const outcome = await converse(client, server);
  assertEquals(told(outcome.client).late, "answer");
  assertEquals(outcome.server.error, undefined);
});

Deno.test("a server without sendHalfRttData sends no data before the client's Finished", async () => {
  const [client, server] = await earlyPair();
  await sendEarly(client, "ask");
  for (let bytes; (bytes = client.output()) !== undefined;) server.receive(bytes);
  assertEquals((await server.next())?.type, "early_data");
  const error = assertThrows(() => server.send(encode("answer")), TlsError);
  assertEquals(error.code, "handshake_incomplete");
});

Deno.test("a server that asks for a certificate sends no half-RTT data", async () => {
  const server = new ServerConfig({
    identity: SERVER_IDENTITY,
    crypto: nodeCrypto(),
    sendHalfRttData: true,
    clientAuth: { verifier: () => {}, optional: true },
  });
  const config = new ClientConfig({ roots: roots(), crypto: nodeCrypto() });
  const outcome = await converse(new ClientConnection(config, "localhost"), new ServerConnection(server));
  assertEquals(outcome.server.events.map(({ type }) => type), ["established"]);
});

Deno.test("the key log has the early secret of both ends", async () => {
  const log: string[] = [];
  const keyLog = ({ label, secret }: { label: string; secret: Uint8Array }) => {
    if (label === "CLIENT_EARLY_TRAFFIC_SECRET") log.push(`${secret}`);
  };
  await talkEarly(await earlyPair({ client: { keyLog }, server: { keyLog } }), "early");
  assertEquals([log.length, log[0]], [2, log[1]]);
});

const REFUSED_OPTIONS: readonly [string, Partial<ServerConfigOptions>][] = [
  ["a size above 1 MiB", { maxEarlyDataSize: 1_048_577 }],
  ["a negative size", { maxEarlyDataSize: -1 }],
  ["a size beside a ticketer", { maxEarlyDataSize: 1, ticketer: rotatingTicketer(nodeCrypto()) }],
  ["a size without sessions", { maxEarlyDataSize: 1, sessions: false }],
  ["acceptEarlyData without a size", { acceptEarlyData: () => true }],
];
for (const [name, options] of REFUSED_OPTIONS) {
  Deno.test(`a server's options are refused: ${name}`, () => {
    const error = assertThrows(() => new ServerConfig({ identity: SERVER_IDENTITY, ...options }), TlsError);
    assertEquals(error.code, "invalid_option");
  });
}

Deno.test("a client's options are refused: enableEarlyData without sessions, earlyData that is not enabled", () => {
  const trusting = { verifier: () => {} };
  assertThrows(() => new ClientConfig({ ...trusting, enableEarlyData: true, sessions: false }), TlsError);
  const config = new ClientConfig(trusting);
  assertThrows(
    () => new ClientConnection(config, "localhost", { earlyData: true }),
    TlsError,
    "enableEarlyData",
  );
});
