/** ClientHelloOuter: what it hides, and what it has in place of what it hides (RFC 9849 §6.1). */

import { assert, assertEquals, assertInstanceOf, assertNotEquals } from "@std/assert";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { decodeClientHello } from "../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../tls/wire/messages.ts";
import { ExtensionType } from "../../../tls/wire/numbers.ts";
import type { Cut } from "../connection/connection_pair.ts";
import { rawIdentity } from "../handshake/raw_keys.ts";
import { changeFlight, messagesOf, recordsOf, serverHello } from "../tls12/tamper.ts";
import { clientConfig, KEY, keyOf, OTHER_KEY, serverConfig, shakeHands } from "./ech_pair.ts";

/** The ClientHellos among bytes in the clear. */
function hellosIn(bytes: Uint8Array): ClientHello[] {
  return recordsOf(bytes).filter(({ type }) => type === 22).flatMap(({ payload }) =>
    messagesOf(payload).filter(([type]) => type === 1).map((message) =>
      decodeClientHello(message.subarray(4))
    )
  );
}

/** Keeps the ClientHellos that pass. */
function watching(hellos: ClientHello[], cut: Cut = (bytes) => [bytes]): Cut {
  return (bytes, from) => {
    if (from === "client") hellos.push(...hellosIn(bytes));
    return cut(bytes, from);
  };
}

/** The first hello of a client to that server. */
async function outerFor(name: string, config = clientConfig()): Promise<ClientHello> {
  const connection = new ClientConnection(config, name);
  await connection.next();
  const [hello] = hellosIn(connection.output() ?? new Uint8Array(0));
  assert(hello !== undefined);
  return hello;
}

function payloadOf({ extensions: { encryptedClientHello: ech } }: ClientHello): number {
  assert(ech?.type === "outer");
  return ech.payload.length;
}

Deno.test("ECH: the payload is as long for every name up to maximum_name_length, and for an address", async () => {
  const names = [...Array(31).keys()].map((length) => "a".repeat(length + 1)).concat("192.0.2.1");
  const lengths = await Promise.all(names.map(async (name) => payloadOf(await outerFor(name))));
  assertEquals(new Set(lengths).size, 1);
  const longest = `${"b".repeat(60)}.${"c".repeat(60)}.example`;
  const longer = payloadOf(await outerFor(longest));
  assertEquals([longer > (lengths[0] ?? 0), (longer - 16) % 32], [true, 0]);
});

Deno.test("ECH: certificate types stand in the inner hello alone, what tells nothing in both", async () => {
  const types = ["RawPublicKey", "X509"] as const;
  const { identity } = await rawIdentity();
  const hello = await outerFor(
    "secret.example",
    clientConfig({
      serverCertificateTypes: types,
      clientCertificateTypes: types,
      identity,
      alpnProtocols: ["h2"],
      verifier: () => {},
    }),
  );
  const { extensions } = hello;
  assertEquals([extensions.clientCertificateTypes, extensions.serverCertificateTypes], [
    undefined,
    undefined,
  ]);
  assertEquals([extensions.alpnProtocols, extensions.statusRequest], [["h2"], true]);
});

for (const groups of [["x25519"], ["secp521r1"]] as const) {
  Deno.test(`ECH: random bytes stand for the session in the outer hello, other ones for each connection (${groups})`, async () => {
    const sessions = memoryServerSessions();
    const [client, server] = [clientConfig(), serverConfig({ sessions, groups })];
    await shakeHands(client, serverConfig({ sessions }));
    const hellos: ClientHello[] = [];
    await shakeHands(client, server, { cut: watching(hellos) });
    assertEquals(hellos.length, groups[0] === "x25519" ? 1 : 2);
    const [first, second = first] = hellos.map(({ extensions }) => extensions.preSharedKey);
    assert(first !== undefined && second !== undefined);
    assertEquals(first.identities.map(({ identity }) => identity.length), [32]);
    assertEquals(first.binders.map(({ length }) => length), [32]);
    assertEquals(
      hellos.every(({ extensionOrder }) => extensionOrder.at(-1) === ExtensionType.pre_shared_key),
      true,
    );
    // "the client generates a random PSK identity with the same length"; a second hello repeats it, but for the binder.
    assertEquals(second.identities, first.identities);
    if (hellos.length > 1) assertNotEquals(second.binders, first.binders);
    const others: ClientHello[] = [];
    await shakeHands(client, server, { cut: watching(others) });
    assertNotEquals(others[0]?.extensions.preSharedKey?.identities, first.identities);
  });
}

Deno.test("ECH: behind a HelloRetryRequest that rejects it, random bytes stand for the session again, with another binder", async () => {
  const client = clientConfig();
  await shakeHands(client, serverConfig());
  const hellos: ClientHello[] = [];
  const rejecting = serverConfig({ echKeys: [keyOf(OTHER_KEY)], groups: ["secp521r1"] });
  const { failure } = (await shakeHands(client, rejecting, { cut: watching(hellos) })).client;
  assertInstanceOf(failure, TlsError);
  assertEquals(failure.code, "ech_rejected");
  const [first, second] = hellos.map(({ extensions }) => extensions.preSharedKey);
  assertEquals([hellos.length, second?.identities], [2, first?.identities]);
  assertEquals(second?.binders.map(({ length }) => length), [32]);
  assertNotEquals(second?.binders, first?.binders);
});

Deno.test("N-05: a server that resumes what stands for a session in the outer hello is refused: unoffered_psk", async () => {
  const client = clientConfig();
  await shakeHands(client, serverConfig());
  const cut = changeFlight(
    "server",
    serverHello(({ extensionOrder }) => ({
      preSharedKey: 0,
      extensionOrder: [...extensionOrder, ExtensionType.pre_shared_key],
    })),
  );
  const ends = await shakeHands(client, serverConfig({ echKeys: [keyOf(OTHER_KEY)] }), { cut });
  assertInstanceOf(ends.client.failure, TlsError);
  assertEquals(ends.client.failure.code, "unoffered_psk");
});

Deno.test("ECH: a platform without the algorithms of the configs sends nothing where ECH is required", async () => {
  const crypto = { ...nodeCrypto(), unavailable: () => new Set(["x25519"]) };
  for (const [mode, code] of [["require", "unsupported_option"], ["prefer", undefined]] as const) {
    const config = clientConfig({ crypto, groups: ["secp256r1"], ech: { configs: KEY.configList, mode } });
    const { client } = await shakeHands(config, serverConfig());
    assertEquals(client.failure instanceof TlsError ? client.failure.code : client.failure, code);
    if (code !== undefined) assertEquals(client.sent, 0);
    else assertEquals(client.connection.facts?.ech, "not_offered");
  }
});
