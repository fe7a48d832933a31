/** Requests that wait for a connection or a stream: never for ever, and by default not at all with HTTP/1.1. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientResponse } from "../../mod.ts";
import { Peer as Http2Peer } from "../http2/peer.ts";
import { scriptedServer } from "../support/scripted_server.ts";
import { outputOf } from "./program.ts";

/** More than arrives with a head. */
const LENGTH = 100_000;

/** A server of content that does not fit into one read, at every path but `/never`, which gets no response. */
function longServer() {
  return scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      if (head.includes("/never")) return await peer.untilClosed();
      const redirect = head.includes("/redirect") ? "302 Found\r\nlocation: /" : "200 OK";
      await peer.send(`HTTP/1.1 ${redirect}\r\ncontent-length: ${LENGTH}\r\n\r\n`);
      await peer.send("x".repeat(LENGTH)).catch(() => {}); // the client may not want it
    }
  });
}

interface Row {
  readonly name: string;
  /** What the program does with the response that holds the only connection. */
  readonly use: (response: ClientResponse) => unknown;
  /** Whether the next request gets a connection. */
  readonly served: boolean;
}

const ROWS: readonly Row[] = [
  { name: "that is not looked at", use: () => {}, served: false },
  {
    name: "whose content has a reader that reads nothing",
    use: ({ body }) => body?.getReader(),
    served: false,
  },
  { name: "of which one chunk is read", use: ({ body }) => body?.getReader().read(), served: false },
  { name: "that is cloned, of which no branch is read", use: (response) => response.clone(), served: false },
  {
    name: "that is cloned, of which one branch is read",
    use: (response) => response.clone().text(),
    served: true,
  },
  { name: "that is read", use: (response) => response.bytes(), served: true },
  { name: "that is cancelled", use: ({ body }) => body?.cancel(), served: true },
  {
    name: "of which one chunk is read and the rest cancelled",
    use: async ({ body }) => {
      const reader = body?.getReader();
      await reader?.read();
      await reader?.cancel();
    },
    served: true,
  },
];

for (const { name, use, served } of ROWS) {
  Deno.test(`P-30: a response ${name} ${served ? "frees" : "keeps"} its connection`, async () => {
    await using server = longServer();
    using client = new Client({
      pool: { maxConnectionsPerOrigin: 1 },
      timeouts: { connect: served ? 10_000 : 50 },
    });
    const first = await client.fetch(server.url);
    const used = Promise.resolve(use(first));
    const next = client.fetch(server.url);
    if (served) {
      assertEquals((await (await next).text()).length, LENGTH);
    } else {
      const error = await assertRejects(() => next, ClientError);
      assertEquals([error.code, client.stats().waiting], ["connect_timeout", 0]);
      assertMatch(error.hint ?? "", /not read to the end.*read or cancel/);
    }
    await used;
  });
}

Deno.test("P-30: a redirect whose content is long follows on another connection, within the limit", async () => {
  await using server = longServer();
  using client = new Client({ pool: { maxConnectionsPerOrigin: 1 } });
  const response = await client.fetch(`${server.url}redirect`);
  assertEquals((await response.text()).length, LENGTH);
});

Deno.test("P-30: a request that waits behind one without a response is not told of unread responses", async () => {
  await using server = longServer();
  using client = new Client({ pool: { maxConnectionsPerOrigin: 1 }, timeouts: { connect: 50 } });
  const never = client.fetch(`${server.url}never`).catch(({ code }) => code);
  const error = await assertRejects(() => client.fetch(server.url), ClientError);
  assertEquals(error.code, "connect_timeout");
  assertEquals(/not read/.test(error.hint ?? ""), false);
  client.close();
  assertEquals(await never, "client_closed");
});

Deno.test("P-30: by default every HTTP/1.1 request has a connection, however many responses are unread", async () => {
  await using server = longServer();
  using client = new Client();
  const responses = await Promise.all(Array.from({ length: 130 }, () => client.fetch(server.url)));
  assertEquals(client.stats().connections, 130);
  for (const response of responses) assertEquals((await response.bytes()).length, LENGTH);
});

Deno.test("P-30: a request beyond an HTTP/2 server's limit of streams ends, and says that responses are unread", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    peer.machine.sendResponse(event.streamId, 200, [], false);
    peer.machine.sendData(event.streamId, new Uint8Array(10), event.path === "/short");
  }, { maxConcurrentStreams: 2 });
  using client = new Client({
    http2PriorKnowledge: true,
    dial: () => Promise.resolve(peer.io),
    timeouts: { connect: 50 },
  });
  await (await client.fetch("http://h2.test/short")).text(); // and its SETTINGS are here
  const unread = [await client.fetch("http://h2.test/"), await client.fetch("http://h2.test/")];
  const error = await assertRejects(() => client.fetch("http://h2.test/"), ClientError);
  assertEquals(error.code, "connect_timeout");
  assertMatch(error.hint ?? "", /read or cancel.*HTTP\/2/);
  await unread[0]?.body?.cancel();
  assertEquals(await (await client.fetch("http://h2.test/short")).bytes(), new Uint8Array(10));
});

Deno.test("a request whose roots never load ends by its timeouts", async () => {
  using client = new Client({ roots: () => new Promise(() => {}), timeouts: { connect: 20, handshake: 20 } });
  const alive = setInterval(() => {}, 1_000); // as whatever loads them
  const error = await assertRejects(() => client.fetch("https://roots.test/"), ClientError);
  clearInterval(alive);
  assertEquals(error.code, "connect_timeout");
});

Deno.test("a process whose one request waits for a connection stays until the wait has ended", async () => {
  await using server = longServer();
  const said = await outputOf(
    server.url,
    `const { Client } = await import(mod);
    const client = new Client({ pool: { maxConnectionsPerOrigin: 1 }, timeouts: { connect: 200 } });
    await client.fetch(url);
    await client.fetch(url).catch(({ code }) => console.log(code));`,
  );
  assertEquals(said, "connect_timeout");
});

Deno.test("P-30: the connections of responses that a program dropped are closed when they are collected", async () => {
  await using server = longServer();
  const said = await outputOf(
    server.url,
    `const { Client } = await import(mod);
    const client = new Client({ pool: { maxConnectionsPerOrigin: 2 } });
    for (let i = 0; i < 6; i++) {
      await client.fetch(url);
      while (client.stats().connections > 1) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    console.log("all sent");
    client.close();`,
  );
  assertEquals(said, "all sent");
});
