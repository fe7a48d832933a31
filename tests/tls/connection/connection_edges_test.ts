/** Connections at their edges: nothing received, the end, failures, and what may not come behind a handshake. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ConnectionListener } from "../../../tls/connection/connection_listener.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { withHint } from "../../../tls/connection/with_hint.ts";
import { generateEchKey } from "../../../tls/ech/generate_ech_key.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { serverHandshake } from "../../../tls/handshake/server/server_handshake.ts";
import { MAX_UNCONFIGURED_BYTES } from "../../../tls/limits.ts";
import { encodeCertificateRequest } from "../../../tls/wire/certificate_request.ts";
import { encodeKeyUpdate } from "../../../tls/wire/key_update.ts";
import { ExtensionType, SignatureScheme } from "../../../tls/wire/numbers.ts";
import { converse, drain, type Outcome } from "../handshake/conversation.ts";
import { clientHello } from "../handshake/server/client_hellos.ts";
import { codeOf, CRYPTO, record, serverConfig } from "../handshake/server/server_fixture.ts";
import { messageOf, ScriptedEnd } from "../tls12/tamper.ts";
import { connectedClient, events, now, plain } from "../record/toy_connection.ts";

function client(): ClientConnection {
  return new ClientConnection(new ClientConfig({ crypto: CRYPTO, verifier: () => {} }), "example.com");
}

Deno.test("receiving nothing changes nothing", () => {
  const { client, peer } = connectedClient();
  assertEquals(now(client.next()), undefined);
  client.receive(new Uint8Array(0));
  assertEquals(client.wantsRead, true);
  client.receive(peer.data("a"));
  assertEquals(client.wantsRead, false);
});

Deno.test("nothing more is wanted behind the end of the transport, which is to be asked for", () => {
  const { client } = connectedClient();
  assertEquals(now(client.next()), undefined);
  client.receiveEnd();
  assertEquals(client.wantsRead, false);
  assertEquals(codeOf(events(client).error), "unexpected_eof");
  assertEquals(client.wantsRead, false);
});

for (const ends of ["close_notify", "a failure"] as const) {
  Deno.test(`bytes behind ${ends} are neither kept nor told`, async () => {
    const received: number[] = [];
    const listener: Partial<ConnectionListener> = {
      receivedBytes: ({ length }) => void received.push(length),
    };
    // Only what it is told here is looked at.
    const all = new Proxy(listener, {
      get: (target, name) => Reflect.get(target, name) ?? ((context: unknown) => context),
    }) as ConnectionListener;
    const server = new ServerConnection(serverConfig());
    server.listen(all);
    const other = client();
    await converse(other, server);
    const outcome: Outcome = { events: [] };
    if (ends === "close_notify") await other.sendCloseNotify();
    server.receive(
      ends === "close_notify" ? other.output() ?? plain(0, new Uint8Array(0)) : new Uint8Array(99).fill(1),
    );
    await drain(server, outcome);
    assertEquals(["error" in outcome, server.closed], [ends === "a failure", ends === "close_notify"]);
    const told = received.length;
    server.receive(new Uint8Array(7));
    assertEquals([received.length, server.wantsRead], [told, false]);
  });
}

Deno.test("a connection that has failed in its handshake says why to every call", async () => {
  const connection = client();
  await connection.next();
  connection.receive(record(0x15, Uint8Array.of(2, 40))); // handshake_failure
  const error = assertThrows(() => connection.next(), TlsError);
  for (
    const call of [
      () => connection.next(),
      () => connection.send(new Uint8Array(1)),
      () => connection.refreshTrafficKeys(),
      () => connection.exportKeyingMaterial(1, "EXPORTER-x"),
    ]
  ) assertStrictEquals(assertThrows(call), error);
});

const MESSAGES: readonly (readonly [string, Uint8Array, string | undefined])[] = [
  [
    "a CertificateRequest",
    encodeCertificateRequest({
      type: "certificate_request",
      context: new Uint8Array(1),
      signatureAlgorithms: [SignatureScheme.ed25519],
      extensionOrder: [ExtensionType.signature_algorithms],
    }),
    "unexpected_message",
  ],
  ["EncryptedExtensions", messageOf(8, new Uint8Array(2)), "unexpected_message"],
  ["a Finished", messageOf(20, new Uint8Array(32)), "unexpected_message"],
  ["a message of an unknown type", messageOf(99), "unexpected_message"],
  ["a KeyUpdate", encodeKeyUpdate({ updateRequested: false }), undefined],
];
for (const [name, message, code] of MESSAGES) {
  Deno.test(`${name} behind the handshake, to a client: ${code ?? "accepted"}`, async () => {
    const context = contextOfConfig(serverConfig());
    const server = new ScriptedEnd("server", function* (channel) {
      const result = yield* serverHandshake(channel, context);
      channel.send(message);
      yield* channel.flush();
      return result;
    });
    const { client: { error } } = await converse(client(), server);
    assertEquals(error === undefined ? undefined : codeOf(error), code);
  });
}

Deno.test("a connection without early data has none to send or to take back", async () => {
  const connection = client();
  const text = "early" as unknown as Uint8Array; // a caller without types
  assertThrows(() => connection.sendEarlyData(text), TypeError, "Uint8Array");
  for (const begun of [false, true]) {
    if (begun) await connection.next();
    assertEquals([connection.earlyDataLeft, connection.earlyDataProtocol], [0, undefined]);
    assertEquals(connection.takeRefusedEarlyData(), new Uint8Array(0));
    assertEquals(connection.sendEarlyData(new Uint8Array(1)), 0);
  }
});

Deno.test("a server's connection wants no more while it has not read what it has", async () => {
  const server = new ServerConnection(serverConfig());
  assertEquals(server.wantsRead, true);
  server.receive(record(0x16, await clientHello()));
  assertEquals(server.wantsRead, false);
  while (await server.next() !== undefined);
  assertEquals(server.wantsRead, true);
});

for (const [more, code] of [[0, undefined], [1, "unexpected_message"]] as const) {
  Deno.test(`a server's connection without a config holds ${MAX_UNCONFIGURED_BYTES + more} bytes: ${code ?? "waits"}`, async () => {
    const server = new ServerConnection();
    const outcome: Outcome = { events: [] };
    server.receive(record(0x16, await clientHello()));
    await drain(server, outcome);
    server.receive(new Uint8Array(MAX_UNCONFIGURED_BYTES + more).fill(0x16));
    await drain(server, outcome);
    assertEquals(outcome.error === undefined ? undefined : codeOf(outcome.error), code);
  });
}

Deno.test("a server's connection uses its ECH keys with the cryptography that it is given", async () => {
  const echKeys = [await generateEchKey("public.example")];
  assert(new ServerConnection(undefined, { echKeys }).wantsRead);
  const crypto = { ...CRYPTO, groups: [] };
  const error = assertThrows(() => new ServerConnection(undefined, { echKeys, crypto }), TlsError);
  assertEquals(error.code, "invalid_option");
});

Deno.test("a hint goes to failures that the peer or the transport has caused, and keeps their alert", () => {
  for (const code of ["protocol_error", "unexpected_eof"] as const) {
    const cause = new TlsError(code, "Cannot go on: no", { alert: "no_renegotiation" });
    const hinted = withHint(cause, "Try again.");
    assertInstanceOf(hinted, TlsError);
    assertEquals([hinted.code, hinted.message, hinted.alert, hinted.hint, hinted.cause], [
      code,
      "Cannot go on: no",
      "no_renegotiation",
      "Try again.",
      cause,
    ]);
    assertStrictEquals(withHint(cause, undefined), cause);
    const silent = withHint(new TlsError(code, "Cannot go on: no"), "Try again.");
    assertInstanceOf(silent, TlsError);
    assertEquals([silent.alert, silent.hint], [undefined, "Try again."]);
  }
  for (const other of [new TlsError("bad_finished", "Cannot go on: no"), new Error("no"), "no"]) {
    assertStrictEquals(withHint(other, "Try again."), other);
  }
});
