/** The deadline of a shutdown: one that no timer takes would be over at once. */

import { assertEquals, assertRejects } from "@std/assert";
import { generateSelfSigned, serve } from "../../server/mod.ts";

for (const timeout of [Infinity, NaN, -1, 2 ** 31, "1000", null]) {
  Deno.test(`shutdown: a timeout of ${String(timeout)} is refused, and the server goes on`, async () => {
    await using server = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("on"));
    // The type is what a program without types gets wrong.
    await assertRejects(() => server.shutdown({ timeout: timeout as number }), RangeError, '"timeout"');
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
    assertEquals(await response.text(), "on");
  });
}

Deno.test("generateSelfSigned: names that are no array are refused by name", async () => {
  const names = "localhost" as unknown as readonly string[]; // what a program without types gets wrong
  await assertRejects(() => generateSelfSigned(names), TypeError, "the names are no array");
});
