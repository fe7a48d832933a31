/** `--explain` in a process that is played: what is written, where, and how often. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { emptyDraft, type FetchCommand } from "../../cli/command.ts";
import { CliError } from "../../cli/error.ts";
import { explainConnections, type Explaining } from "../../cli/explain.ts";
import { parseTarget } from "../../client/request/target.ts";
import type { ClientOptions } from "../../client/options.ts";
import { TlsAcceptor } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { FakeHost, type FakeWorld } from "./fake_host.ts";

const AUTHORITY = await mintAuthority({ commonName: "An authority" });
const IDENTITY = await mintCertificate(AUTHORITY, { names: ["localhost"] });
const TARGET = parseTarget("https://localhost:8443/");

interface Explained {
  readonly host: FakeHost;
  readonly explaining: Explaining;
}

/** Prepares explanations of a command without verification, as `--explain` and other flags make it. */
async function explained(
  more: Partial<FetchCommand>,
  world: FakeWorld = {},
  options: ClientOptions = { dangerAcceptInvalidCerts: true },
): Promise<Explained> {
  const host = new FakeHost(world);
  const command = { ...emptyDraft(), ...more };
  const explaining = await explainConnections(command, options, TARGET, host);
  assert(explaining !== undefined);
  return { host, explaining };
}

/** One handshake of the connector that the client is given. */
async function shakeHands({ options }: Explaining): Promise<void> {
  const [near, far] = memoryDuplexPair();
  const acceptor = new TlsAcceptor({ identity: { chain: IDENTITY.certPem, key: IDENTITY.keyPem } });
  const { tls } = options;
  assert(typeof tls === "object");
  const [client, server] = await Promise.all([tls.connect("localhost", near), acceptor.accept(far)]);
  client.close();
  server.close();
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

Deno.test("explainConnections: what is explained is written once, however often it is asked for", async () => {
  const { host, explaining } = await explained({ explain: "" });
  await shakeHands(explaining);
  await explaining.write();
  await explaining.write();
  assertEquals(count(host.said, "client -> server  ClientHello"), 1);
  assertEquals(host.written, {});
});

Deno.test("explainConnections: before a handshake there is nothing to write, and what comes later is written", async () => {
  const { host, explaining } = await explained({ explain: "a.txt" });
  await explaining.write();
  assertEquals([host.said, host.written], ["", {}]);
  await shakeHands(explaining);
  await explaining.write();
  assertEquals(count(host.written["a.txt"] ?? "", "client -> server  ClientHello"), 1);
});

const FILES: readonly (readonly [path: string, isPage: boolean])[] = [
  ["page.html", true],
  ["PAGE.HTM", true],
  ["page.txt", false],
  ["page.html.txt", false],
  ["html", false],
];
for (const [path, isPage] of FILES) {
  Deno.test(`explainConnections: ${path} becomes ${isPage ? "a page with a title" : "text"}`, async () => {
    const { host, explaining } = await explained({ explain: path });
    await shakeHands(explaining);
    await shakeHands(explaining);
    await explaining.write();
    const written = host.written[path] ?? "";
    assertEquals(written.includes("<title>TLS handshake with localhost:8443</title>"), isPage);
    assertEquals(count(written, "client -> server  ClientHello"), isPage ? 0 : 2);
    assertEquals([host.said, host.open.size], ["", 0]);
  });
}

Deno.test("explainConnections: secrets are in it beside --key-log alone, and are warned of", async () => {
  const quiet = await explained({ explain: "" });
  await shakeHands(quiet.explaining);
  await quiet.explaining.write();
  assertStringIncludes(quiet.host.said, "CLIENT_TRAFFIC_SECRET_0 is derived; a key log shows it");
  assertEquals(quiet.host.said.includes("WARNING"), false);
  const loud = await explained({ explain: "", keyLogFile: "keys.log" }, {}, {
    dangerAcceptInvalidCerts: true,
    keyLog: () => {},
  });
  assertEquals(loud.host.said, "* WARNING: the explanation shows the secrets of the connection\n");
  await shakeHands(loud.explaining);
  await loud.explaining.write();
  assertEquals(loud.host.said.includes("a key log shows it"), false);
});

Deno.test("explainConnections: the connector takes the place of the options that are in it, and of no others", async () => {
  const { explaining } = await explained({ explain: "" }, {}, {
    dangerAcceptInvalidCerts: true,
    keyLog: () => {},
    unixSocket: "/a",
  });
  const { tls: _tls, ...rest } = explaining.options;
  assertEquals(rest, { unixSocket: "/a" });
});

Deno.test("explainConnections: without --explain there is nothing", async () => {
  const command = emptyDraft();
  assertEquals(await explainConnections(command, {}, TARGET, new FakeHost()), undefined);
});

Deno.test("explainConnections: a file that must not be written to is refused before anything is connected", async () => {
  await assertRejects(
    () => explained({ explain: "no.html" }, { forbidden: ["no.html"] }),
    CliError,
    'Cannot write to "no.html": the runtime does not allow it',
  );
});

for (const world of [{ unopenable: ["a.txt"] }, { room: 10 }]) {
  Deno.test(`explainConnections: a file that ${"room" in world ? "is full" : "cannot be opened"} is an error, and closed`, async () => {
    const { host, explaining } = await explained({ explain: "a.txt" }, world);
    await shakeHands(explaining);
    await assertRejects(() => explaining.write(), CliError, 'Cannot write to "a.txt"');
    assertEquals(host.open.size, 0);
  });
}
