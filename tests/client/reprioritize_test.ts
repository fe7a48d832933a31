/** `reprioritize` of a response. */

import { assertEquals, assertThrows } from "@std/assert";
import { Client } from "../../client/client.ts";
import { Peer } from "../http2/peer.ts";

Deno.test("reprioritize: the server of an HTTP/2 response is told, and text that no field can have is refused", async () => {
  await using peer = new Peer((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type === "priority_update") {
      machine.sendData(event.streamId, new TextEncoder().encode(event.priority), true);
    }
  });
  using client = new Client({ dial: () => Promise.resolve(peer.io), http2PriorKnowledge: true });
  const response = await client.get("http://a.test/", { headers: { priority: "u=7" } });
  assertThrows(() => response.reprioritize("u=1\r\n"), TypeError, "short ASCII");
  response.reprioritize("u=0, i");
  assertEquals(await response.text(), "u=0, i");
  response.reprioritize("u=1");
  const [request] = peer.events.filter(({ type }) => type === "request");
  assertEquals(
    request?.type === "request" && request.fields.find(([name]) => name === "priority")?.[1],
    "u=7",
  );
});

Deno.test("reprioritize: over HTTP/1.1 nothing happens", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  using client = new Client();
  const response = await client.get(`http://localhost:${server.addr.port}/`);
  response.reprioritize("u=0");
  assertEquals(await response.text(), "hello");
});
