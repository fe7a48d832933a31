/** The Upgrade field of responses: RFC 9110 §7.8 and §15.5.22. */

import { assertEquals } from "@std/assert";
import type { ServeHandler } from "../../../server/mod.ts";
import { Http2MachineClient } from "../http2_machine_client.ts";
import { connectRaw, KEPT } from "../in_memory.ts";

const ASK = "GET / HTTP/1.1\r\nhost: a\r\n";
const OFFER = "connection: upgrade\r\nupgrade: echo\r\n";

const ROWS: readonly {
  readonly name: string;
  readonly ask: string;
  readonly handler: ServeHandler;
  readonly response: string;
}[] = [
  {
    name: "an Upgrade field of the handler's is announced to intermediaries",
    ask: "",
    handler: () => new Response(null, { status: 426, headers: { upgrade: "h9", connection: "upgrade" } }),
    response:
      `HTTP/1.1 426 Upgrade Required\r\nconnection: upgrade\r\nupgrade: h9\r\n${KEPT}content-length: 0\r\n\r\n`,
  },
  {
    name: "a request for no WebSocket is told what to upgrade to",
    ask: "",
    handler: (request, info) => info.upgradeWebSocket(request).response,
    response:
      "HTTP/1.1 426 Upgrade Required\r\nsec-websocket-version: 13\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
      `${KEPT}content-length: 0\r\n\r\n`,
  },
  {
    name: "a switch is to the protocol that was chosen, whatever Upgrade the handler adds",
    ask: OFFER,
    handler(_, info) {
      const headers = { upgrade: "other", connection: "close", "content-length": "3", "x-a": "b" };
      const { response, tunnel } = info.upgrade({ headers });
      void tunnel.then((io) => io.close());
      return response;
    },
    response: "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: Upgrade\r\nx-a: b\r\n\r\n",
  },
];

for (const { name, ask, handler, response } of ROWS) {
  Deno.test(`upgrade fields: ${name}`, async () => {
    await using client = connectRaw(handler);
    await client.send(`${ASK}${ask}\r\n`);
    assertEquals(await client.receive(response.length), response);
  });
}

Deno.test("upgrade fields: HTTP/2 has neither the field nor the option", async () => {
  const headers = { upgrade: "h9", connection: "upgrade" };
  await using client = new Http2MachineClient(() => new Response(null, { status: 426, headers }));
  client.request();
  await client.flush();
  await client.until("1 end");
  assertEquals(client.events.filter((line) => line.startsWith("1 4")), ["1 426 content-length=0"]);
});
