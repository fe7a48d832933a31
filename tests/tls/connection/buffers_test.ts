/** Bytes in a `Buffer` of Node, whose `slice()` does not copy: what is kept is a copy all the same. */

import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { ServerConfig } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { Connection } from "../../../tls/connection/connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { ClientSession, type ClientSessionStore } from "../../../tls/session/session.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { earlyPair, sendEarly } from "../early_data/early_pair.ts";
import { converse } from "../handshake/conversation.ts";
import { AUTHORITY_PEM, decode, PROVIDERS, roots, SERVER_CERTIFICATE, SERVER_IDENTITY } from "../tls_pair.ts";

const [crypto] = PROVIDERS;

/** Passes the output of one end to the other in a `Buffer`, and writes over it when it was read. */
async function deliver(from: Connection, to: Connection): Promise<void> {
  while (await from.next() !== undefined);
  for (let bytes; (bytes = from.output()) !== undefined;) {
    const buffer = Buffer.from(bytes);
    to.receive(buffer);
    while (await to.next() !== undefined);
    buffer.fill(0xee);
  }
}

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`what was received in a Buffer may be written over once it was read (${version})`, async () => {
    const versions = [version];
    const client = new ClientConnection(new ClientConfig({ roots: roots(), crypto, versions }), "localhost");
    const server = new ServerConnection(new ServerConfig({ identity: SERVER_IDENTITY, crypto, versions }));
    for (let flight = 0; flight < 3; flight++) {
      await deliver(client, server);
      await deliver(server, client);
    }
    assertEquals([client.isHandshaking, server.isHandshaking], [false, false]);
    assertEquals(client.facts?.peerCertificates[0]?.der, SERVER_CERTIFICATE.certDer);
  });
}

Deno.test("early data from a Buffer that is written over is handed back as it was", async () => {
  const [client, server] = await earlyPair({ secondServer: { acceptEarlyData: () => false } });
  await sendEarly(client, "in ");
  const data = Buffer.from("time");
  assertEquals(await client.sendEarlyData(data), 4);
  data.fill(0);
  await converse(client, server);
  assertEquals(decode(client.takeRefusedEarlyData()), "in time");
});

Deno.test("the chain of an identity is a copy, also of a Buffer", () => {
  const chain = Buffer.from(SERVER_CERTIFICATE.certDer);
  const identity = new LoadedIdentity({ chain: [chain], key: SERVER_CERTIFICATE.keyPem }, crypto);
  chain.fill(0);
  assertEquals(identity.chain, [SERVER_CERTIFICATE.certDer]);
});

Deno.test("a root is a copy, also of a Buffer", async () => {
  const der = Buffer.from(AUTHORITY_PEM.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const store = RootCertStore.fromDer([der]);
  der.fill(0);
  const client = new ClientConnection(new ClientConfig({ roots: store, crypto }), "localhost");
  const { client: end } = await converse(
    client,
    new ServerConnection(new ServerConfig({ identity: SERVER_IDENTITY, crypto })),
  );
  assertEquals([end.error, client.isHandshaking], [undefined, false]);
});

Deno.test("a session is read out of a Buffer, which may be written over then", async () => {
  const kept: Buffer[] = [];
  const sessions: ClientSessionStore = {
    put: (_, session) => void kept.push(Buffer.from(session.serialize())),
    take() {
      const bytes = kept.pop();
      const session = bytes && ClientSession.deserialize(bytes);
      bytes?.fill(0);
      return session;
    },
  };
  const config = new ClientConfig({ roots: roots(), crypto, sessions });
  const server = new ServerConfig({ identity: SERVER_IDENTITY, crypto });
  for (const resumed of [false, true]) {
    const client = new ClientConnection(config, "localhost");
    await converse(client, new ServerConnection(server));
    assertEquals(client.facts?.resumed, resumed);
  }
});

for (const value of [undefined, null, "text", [1, 2], new ArrayBuffer(8)]) {
  Deno.test(`a session cannot be deserialized from ${Deno.inspect(value)}`, () => {
    assertThrows(() => ClientSession.deserialize(value as never), TypeError, "it is not a Uint8Array");
  });
}
