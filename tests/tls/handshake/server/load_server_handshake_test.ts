/** What becomes of servers while the code of their handshake is loaded: once in a process, so the order of the tests counts. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ClientConfig,
  ClientConnection,
  type Connection,
  nodeCrypto,
  ServerConfig,
  ServerConnection,
  TlsError,
} from "../../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../../support/certificates.ts";

const { chainPem, keyPem } = await mintCertificate(await mintAuthority(), { names: ["localhost"] });
const config = new ServerConfig({ identity: { chain: chainPem, key: keyPem }, crypto: nodeCrypto() });

function outputOf(machine: Connection): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let part = machine.output(); part !== undefined; part = machine.output()) parts.push(part);
  return parts;
}

/** Moves a machine on, and returns the types of its events. */
async function eventsOf(machine: Connection): Promise<string[]> {
  const types: string[] = [];
  for (let event = await machine.next(); event !== undefined; event = await machine.next()) {
    types.push(event.type);
  }
  return types;
}

/** A client, and its ClientHello. */
async function clientWithHello(): Promise<{ client: ClientConnection; hello: Uint8Array }> {
  const client = new ClientConnection(
    new ClientConfig({ verifier: () => {}, crypto: nodeCrypto() }),
    "localhost",
  );
  await eventsOf(client);
  const [hello] = outputOf(client);
  assert(hello !== undefined);
  return { client, hello };
}

/** The same handshake message in records of one byte each. */
function inBytes(record: Uint8Array): Uint8Array[] {
  return [...record.subarray(5)].map((byte) => Uint8Array.of(0x16, 3, 1, 0, 1, byte));
}

Deno.test("ServerConnection: bytes that are no ClientHello are refused without a promise, before any code is loaded", () => {
  const rows: readonly (readonly [string, Uint8Array])[] = [
    ["not_tls", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    ["not_tls", Uint8Array.of(0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10)], // SSL 2.0
    ["illegal_change_cipher_spec", Uint8Array.of(0x14, 3, 1, 0, 1, 1)],
    ["unexpected_message", Uint8Array.of(0x17, 3, 3, 0, 1, 1)],
    ["unexpected_message", Uint8Array.of(0x16, 3, 3, 0, 4, 20, 0, 0, 0)], // Finished
  ];
  for (const [code, bytes] of rows) {
    const server = new ServerConnection(config);
    server.receive(bytes);
    assertEquals(assertThrows(() => server.next(), TlsError).code, code);
    assertEquals(server.wantsWrite, true, code);
  }
});

Deno.test("ServerConnection: while the code is loaded, each of many connections waits, keeps what it receives, and can be given up", async () => {
  const pairs = await Promise.all(Array.from({ length: 8 }, clientWithHello));
  const servers = pairs.map(({ hello }, index) => {
    const server = new ServerConnection(config);
    for (const record of index % 2 === 0 ? [hello] : inBytes(hello)) server.receive(record);
    return server;
  });
  const steps = servers.map((server) => server.next());
  assertEquals(steps.map((step) => step instanceof Promise), steps.map(() => true));
  const [disposed, ended, alerted, glued, ...others] = servers;
  assertThrows(() => others[0]?.next(), TypeError, "a step is pending");
  disposed?.dispose();
  ended?.receiveEnd();
  alerted?.receive(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40));
  glued?.receive(new Uint8Array(100));
  assertEquals(await steps[0], undefined);
  assertEquals(disposed?.wantsWrite, false);
  const failures = [steps[1], steps[2], steps[3]].map((step) =>
    assertRejects(async () => await step, TlsError)
  );
  assertEquals((await Promise.all(failures)).map(({ code }) => code), [
    ...["unexpected_eof", "handshake_failed", "unexpected_message"],
  ]);
  for (const [index, server] of others.entries()) {
    assertEquals(await steps[index + 4], undefined);
    const client = pairs[index + 4]?.client;
    assert(client !== undefined);
    for (const part of outputOf(server)) client.receive(part);
    assertEquals(await eventsOf(client), ["established"]);
    for (const part of outputOf(client)) server.receive(part);
    assertEquals(await eventsOf(server), ["established"]);
  }
});

Deno.test("ServerConnection: once the code is there, a handshake with a synchronous provider has no promise", async () => {
  const { client, hello } = await clientWithHello();
  const server = new ServerConnection(config);
  for (const record of inBytes(hello)) {
    server.receive(record);
    assertEquals(server.next(), undefined);
  }
  for (const part of outputOf(server)) client.receive(part);
  assertEquals(await eventsOf(client), ["established"]);
  for (const part of outputOf(client)) server.receive(part);
  const event = server.next();
  assert(!(event instanceof Promise));
  assertEquals(event?.type, "established");
});
