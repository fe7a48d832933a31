/** A client that takes a response slowly, and one that takes none of it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { serveConnection } from "../../../server/serve_connection.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
const LENGTH = 200;

for (const [name, content] of [["whole", () => new Uint8Array(LENGTH)], ["a stream", streamed]] as const) {
  Deno.test(`HTTP/1.1 server: a client may take a response slowly as long as it takes some, content that is ${name}`, async () => {
    const [client, io] = memoryDuplexPair({ capacity: 1, chunk: 1 });
    const timeouts = { write: 300 }; // less than all reads take together, and much more than one
    const connection = serveConnection(io, () => new Response(content()), { timeouts });
    await client.write(REQUEST.subarray(0, 1));
    for (const byte of REQUEST.subarray(1)) await client.write(Uint8Array.of(byte));
    const into = new Uint8Array(1);
    let total = 0;
    for (let zeros = 0; zeros < LENGTH; total++) {
      assertEquals(await client.read(into), 1, `after ${total} bytes`);
      if (into[0] === 0) zeros++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    client.close();
    await connection.finished;
  });
}

Deno.test("HTTP/1.1 server: a client that takes no more of a response is left", async () => {
  const [client, io] = memoryDuplexPair({ capacity: 100 });
  const timeouts = { write: 40 };
  const completed: Promise<void>[] = [];
  const connection = serveConnection(io, (_, info) => {
    completed.push(info.completed);
    return new Response(new Uint8Array(100_000));
  }, { timeouts });
  await client.write(REQUEST);
  assert((await client.read(new Uint8Array(50)) ?? 0) > 0);
  const alive = setInterval(() => {}, 1000); // the server's own timers keep no process alive
  await connection.finished;
  clearInterval(alive);
  const [first] = completed;
  assert(first !== undefined);
  assertEquals((await assertRejects(() => first, DOMException)).name, "TimeoutError");
  client.close();
});

function streamed(): ReadableStream<Uint8Array> {
  let left = 2;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(LENGTH / 2));
      if (--left === 0) controller.close();
    },
  });
}
