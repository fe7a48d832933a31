/** Requests whose content is a stream, and redirects: the stream is given up, once, and never sent twice. */

import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { Client, ClientError } from "../../mod.ts";
import { eventually } from "../support/eventually.ts";
import { scriptedServer } from "../support/scripted_server.ts";

/** A stream that has given a chunk and has more to come, and what it was cancelled with. */
function endless(): { stream: ReadableStream<Uint8Array>; cancelled: () => unknown } {
  let cancelled: unknown = "not cancelled";
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: (reason) => void (cancelled = reason),
  });
  return { stream, cancelled: () => cancelled };
}

interface Row {
  readonly status: number;
  readonly method: string;
  /** The method of the second request; without it, the redirect is refused. */
  readonly then?: string;
}

const ROWS: readonly Row[] = [
  { status: 301, method: "POST" },
  { status: 302, method: "POST" },
  { status: 302, method: "PUT" },
  { status: 303, method: "POST", then: "GET" },
  { status: 303, method: "PUT", then: "GET" },
  { status: 307, method: "POST" },
  { status: 308, method: "PUT" },
];

for (const http2PriorKnowledge of [false, true]) {
  for (const { status, method, then } of ROWS) {
    const version = http2PriorKnowledge ? "HTTP/2" : "HTTP/1.1";
    const outcome = then === undefined ? "is refused" : `becomes ${then}`;
    Deno.test(`redirect: a stream of ${method} that is answered ${status} ${outcome}, and its source is cancelled (${version})`, async () => {
      const methods: string[] = [];
      await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
        methods.push(request.method);
        const moved = new URL(request.url).pathname === "/";
        return moved
          ? new Response(null, { status, headers: { location: "/there" } })
          : new Response("there");
      });
      using client = new Client({ http2PriorKnowledge });
      const { stream: body, cancelled } = endless();
      const url = `http://127.0.0.1:${server.addr.port}/`;
      const result = await client.fetch(url, { method, body }).then(
        (response) => response.text(),
        (error) => error,
      );
      if (then === undefined) {
        assertInstanceOf(result, ClientError);
        assertEquals(result.code, "redirect_refused");
      } else assertEquals(result, "there");
      await eventually("the source is cancelled", () => cancelled() !== "not cancelled");
      assertInstanceOf(cancelled(), Error);
      assertEquals(methods, then === undefined ? [method] : [method, then]);
    });
  }
}

Deno.test("redirect: a stream that the server would go on taking is given up, since it is not for there", async () => {
  await using server = scriptedServer(async (peer) => {
    const head = await peer.readHead();
    if (head?.startsWith("POST")) {
      await peer.send("HTTP/1.1 303 See Other\r\nlocation: /there\r\ncontent-length: 5\r\n\r\n");
    } else await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nthere");
    await peer.untilClosed();
  });
  using client = new Client();
  const { stream: body, cancelled } = endless();
  assertEquals(await (await client.post(server.url, { body })).text(), "there");
  await eventually("the source is cancelled", () => cancelled() !== "not cancelled");
  assertMatch(String(cancelled()), /redirected/);
});

Deno.test("Client: a stream for a client that was closed is cancelled", async () => {
  const client = new Client();
  client.close();
  const { stream: body, cancelled } = endless();
  const error = await client.post("http://localhost:8080/", { body }).catch((error) => error);
  assertInstanceOf(error, ClientError);
  assertEquals([error.code, cancelled()], ["client_closed", error]);
});
