/** The sentence that says what happened, and the error that has it. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { ClientError, toFetchFailure, withoutWrapper } from "../../../client/error/client_error.ts";

Deno.test("ClientError: the sentence of a fetch failed is that of its cause, and of any other error its own", () => {
  const first = new ClientError("dns", "Cannot connect: no such name");
  const told = new ClientError("proxy_refused", "Cannot connect: the proxy refused", { cause: first });
  const wrapped = toFetchFailure(told);
  if (!(wrapped instanceof ClientError)) throw wrapped;
  assertEquals([wrapped.message, wrapped.detail], ["fetch failed", told.message]);
  assertEquals([told.detail, first.detail], [told.message, first.message]);
  assertStrictEquals(withoutWrapper(wrapped), told);
  assertStrictEquals(withoutWrapper(told), told);
});

Deno.test("ClientError: an error that says fetch failed without a cause of this class is taken as it is", () => {
  for (const cause of [undefined, new Error("underneath")]) {
    const error = new ClientError("connect_failed", "fetch failed", { cause });
    assertStrictEquals(withoutWrapper(error), error);
    assertStrictEquals(toFetchFailure(error), error);
    assertEquals(error.detail, "fetch failed");
  }
});

Deno.test("ClientError: a wrapped error is wrapped once, keeps its hint and code, and a timeout is named one", () => {
  const error = new ClientError("connect_timeout", "Cannot connect: too slow", { hint: "Wait longer." });
  const wrapped = toFetchFailure(error);
  if (!(wrapped instanceof ClientError)) throw wrapped;
  assertStrictEquals(toFetchFailure(wrapped), wrapped);
  assertEquals([wrapped.code, wrapped.hint, wrapped.name, error.name], [
    "connect_timeout",
    "Wait longer.",
    "TypeError",
    "TimeoutError",
  ]);
  const refused = new ClientError("connection_refused", "Cannot connect: refused");
  assertEquals((toFetchFailure(refused) as ClientError).hint, undefined);
  assertEquals(refused.name, "TypeError");
});
