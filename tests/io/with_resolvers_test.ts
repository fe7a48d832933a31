/** A promise beside the functions that settle it. */

import { assertEquals, assertRejects } from "@std/assert";
import { withResolvers } from "../../io/with_resolvers.ts";

Deno.test("withResolvers: resolve fulfils the promise", async () => {
  const { promise, resolve } = withResolvers<number>();
  resolve(1);
  assertEquals(await promise, 1);
});

Deno.test("withResolvers: resolve follows another promise", async () => {
  const { promise, resolve } = withResolvers<number>();
  resolve(Promise.reject(new Error("the other")));
  await assertRejects(() => promise, Error, "the other");
});

Deno.test("withResolvers: reject rejects the promise, and what comes later has no effect", async () => {
  const { promise, resolve, reject } = withResolvers<number>();
  reject(new Error("the reason"));
  resolve(1);
  await assertRejects(() => promise, Error, "the reason");
});
