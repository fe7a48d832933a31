/** ServerConnection, with a config and before it has one, against ClientConnection. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import type { KeyLogEntry } from "../../../tls/config/config_types.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { AlertDescription } from "../../../tls/error/alert_description.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { MAX_UNCONFIGURED_BYTES } from "../../../tls/limits.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { encodeClientHello } from "../../../tls/wire/client_hello.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintCertificate, type Minted } from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import { converse, drain, type Outcome } from "../handshake/conversation.ts";
import { plainHello } from "../handshake/server/scripted_client.ts";
import {
  AUTHORITY,
  codeOf,
  CRYPTO,
  fatal,
  identityOf,
  record,
  serverConfig,
} from "../handshake/server/server_fixture.ts";

const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);

async function hello(): Promise<Uint8Array> {
  const [group] = CRYPTO.groups.filter(({ name }) => name === "x25519");
  const share = await group?.start();
  assert(group !== undefined && share !== undefined);
  return encodeClientHello(
    plainHello(CRYPTO, {
      keyShares: [{ group: group.id, keyExchange: share.publicKey }],
      alpnProtocols: ["h2"],
    }),
  );
}

const HANDSHAKE = 0x16;

Deno.test("ServerConnection without a config returns the event client_hello and waits", async () => {
  const server = new ServerConnection();
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await hello()));
  await drain(server, outcome);
  const [event] = outcome.events;
  assert(event?.type === "client_hello");
  assertEquals([event.hello.serverName, event.hello.alpnProtocols], ["example.com", ["h2"]]);
  assertEquals([server.wantsRead, server.wantsWrite, server.isHandshaking], [false, false, true]);

  server.useConfig(serverConfig());
  await drain(server, outcome);
  assertEquals(outcome.error, undefined);
  assertEquals([server.wantsRead, server.wantsWrite], [true, true]);
});

Deno.test("ServerConnection without a config shakes hands when it gets one", async () => {
  const client = new ClientConnection(new ClientConfig({ crypto: CRYPTO, roots: ROOTS }), "example.com");
  const server = new ServerConnection();
  const { server: first } = await converse(client, server);
  assertEquals(first.events.map(({ type }) => type), ["client_hello"]);
  server.useConfig(serverConfig());
  const outcome: Outcome = { events: [] };
  await drain(server, outcome);
  const { client: end } = await converse(client, server);
  assertEquals(end.error, undefined);
  assertEquals([client.isHandshaking, server.isHandshaking], [false, false]);
});

Deno.test("ServerConnection without a config keeps nothing of the caller's memory while it waits", async () => {
  const client = new ClientConnection(new ClientConfig({ crypto: CRYPTO, roots: ROOTS }), "example.com");
  const server = new ServerConnection();
  const outcome: Outcome = { events: [] };
  await drain(client, outcome);
  const lent = client.output();
  assert(lent !== undefined);
  server.receive(lent);
  await drain(server, outcome);
  lent.fill(0xff);
  server.useConfig(serverConfig());
  await drain(server, outcome);
  const { client: end } = await converse(client, server);
  assertEquals([outcome.error, end.error, server.facts?.serverName], [undefined, undefined, "example.com"]);
});

Deno.test("ServerConnection takes a ServerConfig and nothing else", () => {
  const server = new ServerConnection();
  // What a caller without a compiler may do.
  const options = { identity: () => undefined } as unknown as ReturnType<typeof serverConfig>;
  assertThrows(() => server.useConfig(options), TypeError, "it is no ServerConfig");
});

Deno.test("ServerConnection takes one config", () => {
  const server = new ServerConnection(serverConfig());
  assertThrows(() => server.useConfig(serverConfig()), TypeError, "Cannot use another config");
});

Deno.test("ServerConnection may be given its config before the ClientHello is there", async () => {
  const server = new ServerConnection();
  server.useConfig(serverConfig());
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await hello()));
  await drain(server, outcome);
  assertEquals([outcome, server.wantsWrite], [{ events: [] }, true]);
});

Deno.test("ServerConnection without a config refuses what is no TLS, by an alert in the clear", async () => {
  const server = new ServerConnection();
  const outcome: Outcome = { events: [] };
  server.receive(new TextEncoder().encode("SSH-2.0-OpenSSH_9.9\r\n"));
  await drain(server, outcome);
  assertEquals(codeOf(outcome.error), "not_tls");
  assertEquals(server.output(), fatal(AlertDescription.unexpected_message));
});

Deno.test("ServerConnection without a config holds no more than 64 KiB behind the ClientHello", async () => {
  const server = new ServerConnection();
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await hello()));
  await drain(server, outcome);
  const data = record(0x17, new Uint8Array(8_192));
  let held = 0;
  while (outcome.error === undefined && held < 10 * MAX_UNCONFIGURED_BYTES) {
    server.receive(data);
    held += data.length;
    await drain(server, outcome);
  }
  assertEquals(codeOf(outcome.error), "unexpected_message");
  assertEquals(held - data.length <= MAX_UNCONFIGURED_BYTES, true);
});

Deno.test("ServerConnection takes a ClientHello that is split over records at any byte", async () => {
  const message = await hello();
  const config = serverConfig();
  for (let at = 1; at < message.length; at++) {
    const bytes = concat([
      record(HANDSHAKE, message.subarray(0, at)),
      record(HANDSHAKE, message.subarray(at)),
    ]);
    const server = new ServerConnection(config);
    const outcome: Outcome = { events: [] };
    server.receive(bytes);
    await drain(server, outcome);
    assertEquals([outcome.error, server.wantsWrite], [undefined, true], `cut at ${at}`);
  }
});

Deno.test("ServerConnection takes a ClientHello that comes in any two pieces, or byte by byte", async () => {
  const bytes = record(HANDSHAKE, await hello());
  const config = serverConfig();
  for (let at = 0; at <= bytes.length; at++) {
    const pieces = at === 0
      ? Array.from(bytes, (byte) => Uint8Array.of(byte))
      : [bytes.subarray(0, at), bytes.subarray(at)];
    const server = new ServerConnection(config);
    const outcome: Outcome = { events: [] };
    for (const piece of pieces) {
      const lent = piece.slice();
      server.receive(lent);
      await drain(server, outcome);
      lent.fill(0xff);
    }
    assertEquals([outcome.error, server.wantsWrite], [undefined, true], `cut at ${at}`);
  }
});

Deno.test("bad input 71: ServerConnection without a config takes a ClientHello in records of one byte, byte by byte", async () => {
  const message = await hello();
  const server = new ServerConnection();
  const outcome: Outcome = { events: [] };
  for (const byte of concat(Array.from(message, (byte) => record(HANDSHAKE, Uint8Array.of(byte))))) {
    server.receive(Uint8Array.of(byte));
    await drain(server, outcome);
  }
  assertEquals(outcome.events.map(({ type }) => type), ["client_hello"]);
});

const KEY_TYPES: readonly KeyType[] = ["p256", "p384", "rsa", "ed25519"];
const SERVERS: readonly (readonly [KeyType, Minted])[] = await Promise.all(
  KEY_TYPES.map(async (keyType) =>
    [keyType, await mintCertificate(AUTHORITY, { names: ["example.com"], keyType })] as const
  ),
);
const PROVIDERS: readonly CryptoProvider[] = [CRYPTO, webCrypto()];

for (const crypto of PROVIDERS) {
  for (const [keyType, minted] of SERVERS) {
    Deno.test(`${crypto.name}: client and server shake hands in every suite and group, ${keyType}`, async () => {
      for (const { name: suite } of crypto.cipherSuites) {
        for (const { name: group } of crypto.groups) {
          const client = new ClientConnection(
            new ClientConfig({ crypto, roots: ROOTS, cipherSuites: [suite], groups: [group] }),
            "example.com",
          );
          const server = new ServerConnection(serverConfig({ crypto, identity: identityOf(minted) }));
          const outcome = await converse(client, server);
          assertEquals([outcome.client.error, outcome.server.error], [undefined, undefined]);
          const agreed = [client, server].map((
            end,
          ) => [end.facts?.cipherSuite, end.facts?.keyExchangeGroup, end.facts?.serverName]);
          assertEquals(agreed, [[suite, group, "example.com"], [suite, group, "example.com"]]);
        }
      }
    });
  }
}

Deno.test("client and server derive the same secrets, and log them", async () => {
  const logs: [KeyLogEntry[], KeyLogEntry[]] = [[], []];
  const client = new ClientConnection(
    new ClientConfig({ crypto: CRYPTO, roots: ROOTS, keyLog: (entry) => logs[0].push(entry) }),
    "example.com",
  );
  const server = new ServerConnection(serverConfig({ keyLog: (entry) => logs[1].push(entry) }));
  await converse(client, server);
  const byLabel = logs.map((log) => log.toSorted((a, b) => a.label < b.label ? -1 : 1));
  assertEquals(byLabel[0]?.length, 5);
  assertEquals(byLabel[0], byLabel[1]);
  const exported = await Promise.all(
    [client, server].map((end) => end.exportKeyingMaterial(32, "EXPORTER-test")),
  );
  assertEquals(exported[0], exported[1]);
});

Deno.test("a server's log changes nothing when it overwrites what it is handed", async () => {
  const client = new ClientConnection(new ClientConfig({ crypto: CRYPTO, roots: ROOTS }), "example.com");
  const server = new ServerConnection(serverConfig({
    keyLog: ({ clientRandom, secret }) => {
      clientRandom.fill(0);
      secret.fill(0);
    },
  }));
  const { client: end } = await converse(client, server);
  assertEquals(end.error, undefined);
});

const WAYS = [
  { name: "whole", split: (bytes: Uint8Array) => [bytes] },
  { name: "byte by byte", split: (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte)) },
  { name: "in pieces of 7 bytes", split: (bytes: Uint8Array) => inPieces(bytes, 7) },
  { name: "in pieces of 1000 bytes", split: (bytes: Uint8Array) => inPieces(bytes, 1000) },
];
for (const { name, split } of WAYS) {
  Deno.test(`client and server shake hands, resume and exchange data when bytes travel ${name}`, async () => {
    const clientConfig = new ClientConfig({ crypto: CRYPTO, roots: ROOTS });
    const config = serverConfig({ maxFragmentSize: 100, ticketer: rotatingTicketer(CRYPTO) });
    for (const kind of ["full", "resumed"]) {
      const client = new ClientConnection(clientConfig, "example.com");
      const server = new ServerConnection(config);
      const shaken = await converse(client, server, { split });
      assertEquals([shaken.client.error, shaken.server.error], [undefined, undefined]);
      assertEquals([client.facts?.handshakeKind, server.facts?.handshakeKind], [kind, kind]);
      await client.send(new TextEncoder().encode("ping"));
      await server.send(new TextEncoder().encode("pong"));
      const said = await converse(client, server, { split });
      assertEquals(textOf(said.client) + textOf(said.server), "pongping");
    }
  });
}

function inPieces(bytes: Uint8Array, length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) pieces.push(bytes.subarray(at, at + length));
  return pieces;
}

function textOf({ events }: Outcome): string {
  return events.map((event) => event.type === "data" ? new TextDecoder().decode(event.data) : "").join("");
}

Deno.test("server sends no data before the client's Finished", async () => {
  const server = new ServerConnection(serverConfig());
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await hello()));
  await drain(server, outcome);
  assert(server.output() !== undefined);
  const error = assertThrows(() => server.send(new Uint8Array(1)));
  assertEquals(codeOf(error), "handshake_incomplete");
});

Deno.test("client and server both have a HelloRetryRequest in their facts", async () => {
  const client = new ClientConnection(
    new ClientConfig({ crypto: CRYPTO, roots: ROOTS, groups: ["x25519", "secp384r1"] }),
    "example.com",
  );
  const server = new ServerConnection(serverConfig({ groups: ["secp384r1"] }));
  const outcome = await converse(client, server);
  assertEquals([outcome.client.error, outcome.server.error], [undefined, undefined]);
  const kinds = [client, server].map((end) => end.facts?.handshakeKind);
  assertEquals(kinds, ["full_with_hello_retry_request", "full_with_hello_retry_request"]);
});
