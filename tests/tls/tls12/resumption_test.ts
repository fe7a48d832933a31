/** Resumption of TLS 1.2, by session ID and by ticket, both ends of this library. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import type { KeyLogEntry } from "../../../tls/config/config_types.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { type Cut, talk, textOf } from "../connection/connection_pair.ts";
import { decodeClientHello, encodeClientHello } from "../../../tls/wire/client_hello.ts";
import type { ServerHello } from "../../../tls/wire/messages.ts";
import { changeFlight, replace, serverHello } from "./tamper.ts";
import { clientConfig, CRYPTO, identity, serverConfig, shakeHands } from "./pair.ts";

const KINDS = [
  { name: "a session ID", options: () => ({ sessions: memoryServerSessions() }) },
  { name: "a ticket", options: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
] as const;

for (const { name, options } of KINDS) {
  Deno.test(`resumption by ${name}: again and again, with fresh keys, the same certificates and ALPN of its own`, async () => {
    const log: KeyLogEntry[] = [];
    const client = clientConfig({ alpnProtocols: ["a", "b"] });
    const server = await serverConfig({
      ...options(),
      alpnProtocols: ["b"],
      keyLog: (entry) => log.push(entry),
    });
    const kinds: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const ends = await shakeHands(client, server);
      const facts = ends.client.connection.facts;
      kinds.push([facts?.handshakeKind, ends.server.connection.facts?.resumed, facts?.alpnProtocol]);
      assertEquals(facts?.peerCertificates.length, 1);
      await ends.client.connection.send(new TextEncoder().encode(`turn ${turn}`));
      await talk(ends.client, ends.server);
      assertEquals(textOf(ends.server), `turn ${turn}`);
    }
    assertEquals(kinds, [
      ["full", false, "b"],
      ["resumed", true, "b"],
      ["resumed", true, "b"],
      ["resumed", true, "b"],
    ]);
    assertEquals(new Set(log.map(({ secret }) => secret.join())).size, 1);
    assertEquals(new Set(log.map(({ clientRandom }) => clientRandom.join())).size, 4);
  });

  Deno.test(`resumption by ${name}: a client's certificate is remembered, and its verifier asked again`, async () => {
    let asked = 0;
    let trusted = true;
    const client = clientConfig({ identity: await identity("ed25519") });
    const server = await serverConfig({
      ...options(),
      clientAuth: {
        verifier: () => {
          asked++;
          if (!trusted) throw new Error("no more");
        },
      },
    });
    await shakeHands(client, server);
    const again = await shakeHands(client, server);
    assertEquals(again.server.connection.facts?.resumed, true);
    assertEquals(again.server.connection.facts?.peerCertificates.length, 1);
    assertEquals(asked, 2);
    trusted = false;
    const distrusted = await shakeHands(client, server);
    assertInstanceOf(distrusted.server.failure, TlsError);
    assertEquals(distrusted.server.failure.code, "certificate_rejected");
  });

  Deno.test(`resumption by ${name}: another suite, another identity or another config leads to a full handshake`, async () => {
    const client = clientConfig();
    const kept = options();
    await shakeHands(client, await serverConfig(kept));
    const other = await serverConfig({ ...kept, identity: await identity("p384") });
    assertEquals((await shakeHands(client, other)).client.connection.facts?.resumed, false);
    const narrow = await serverConfig({
      ...kept,
      identity: await identity("p384"),
      cipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
    });
    assertEquals((await shakeHands(client, narrow)).client.connection.facts?.resumed, false);
    assertEquals((await shakeHands(clientConfig(), narrow)).client.connection.facts?.resumed, false);
  });
}

Deno.test("resumption: a session of TLS 1.2 does not keep two ends that both learn TLS 1.3 from it", async () => {
  const versions = ["TLSv1.3", "TLSv1.2"] as const;
  const client = clientConfig({ versions });
  const old = await shakeHands(client, await serverConfig());
  assertEquals(old.client.connection.facts?.protocolVersion, "TLSv1.2");
  const renewed = await shakeHands(client, await serverConfig({ versions }));
  assertEquals(renewed.client.connection.facts?.protocolVersion, "TLSv1.3");
});

Deno.test("resumption: a server that forgot the session shakes hands in full", async () => {
  const client = clientConfig();
  await shakeHands(client, await serverConfig());
  const again = await shakeHands(client, await serverConfig());
  assertEquals(again.client.failure, undefined);
  assertEquals(again.client.connection.facts?.resumed, false);
});

/** A change of the ServerHello, on its way. */
function changeHello(change: (hello: ServerHello) => Partial<ServerHello>): Cut {
  return changeFlight("server", serverHello(change));
}

const RESUMED: readonly (readonly [name: string, change: Parameters<typeof changeHello>[0]])[] = [
  ["bad input 27: a session with another suite than its own", () => ({ cipherSuite: 0xc02c })],
  [
    "bad input 59: a session without its extended main secret",
    ({ extensionOrder }) => ({ extensionOrder: extensionOrder.filter((type) => type !== 0x17) }),
  ],
];

for (const [name, change] of RESUMED) {
  Deno.test(`${name}: a client of TLS 1.2 refuses its resumption`, async () => {
    const suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    const other = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    const client = clientConfig({ cipherSuites: [suite, other] });
    const server = await serverConfig({ cipherSuites: [suite] });
    await shakeHands(client, server);
    const { client: { failure } } = await shakeHands(client, server, changeHello(change));
    assertInstanceOf(failure, TlsError);
    assertEquals([failure.code, failure.message], ["illegal_parameter", failure.message]);
  });
}

Deno.test("bad input 27: a client refuses a server that resumes by the session ID of the compatibility mode", async () => {
  let sessionId: Uint8Array = new Uint8Array(0);
  const echo = changeHello(() => ({ sessionId }));
  const { client: { failure } } = await shakeHands(
    clientConfig({ versions: ["TLSv1.3", "TLSv1.2"] }),
    await serverConfig(),
    (bytes, from) => {
      if (from === "client" && sessionId.length === 0) {
        sessionId = decodeClientHello(bytes.subarray(9)).sessionId.slice();
      }
      return echo(bytes, from);
    },
  );
  assertInstanceOf(failure, TlsError);
  assertEquals(failure.code, "illegal_parameter");
  assertEquals(failure.message, "Cannot accept ServerHello: it resumes a session that was not offered");
});

Deno.test("a server of TLS 1.2 acknowledges the name in a full handshake alone", async () => {
  // "When resuming a session, the server MUST NOT include a server_name extension in the server hello." (RFC 6066 §3)
  const client = clientConfig();
  const server = await serverConfig();
  const acknowledged: boolean[] = [];
  for (let turn = 0; turn < 2; turn++) {
    const look = changeHello(({ extensionOrder }) => {
      acknowledged.push(extensionOrder.includes(0x00));
      return {};
    });
    const { client: { failure, connection } } = await shakeHands(client, server, (bytes, from) => {
      look(bytes, from);
      return [bytes];
    });
    assertEquals([failure, connection.facts?.resumed], [undefined, turn > 0]);
  }
  assertEquals(acknowledged, [true, false]);
});

for (const { name, options } of KINDS) {
  Deno.test(`bad input 59: a client without the extended main secret is given no session by ${name}`, async () => {
    // Its Finished is wrong then, because its ClientHello is not what it sent; the ServerHello comes before.
    const forget = changeFlight(
      "client",
      replace(0x01, (message) => {
        const hello = decodeClientHello(message.subarray(4));
        return [encodeClientHello({
          ...hello,
          extensionOrder: hello.extensionOrder.filter((type) => type !== 0x17),
        })];
      }),
    );
    const given: unknown[] = [];
    const look = changeHello(({ sessionId, extensionOrder }) => {
      given.push([sessionId.length, extensionOrder.includes(0x23)]);
      return {};
    });
    await shakeHands(clientConfig(), await serverConfig(options()), (bytes, from) => {
      if (from === "client") return forget(bytes, from);
      look(bytes, from);
      return [bytes];
    });
    assertEquals(given, [[0, false]]);
  });
}
