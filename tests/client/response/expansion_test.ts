/** How far content may expand: by what was received, from a size on, and never beyond the caller's limit. */

import { assertEquals, assertThrows } from "@std/assert";
import { MIN_RATIO_CHECKED_BYTES } from "../../../client/defaults.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { Expansion } from "../../../client/response/decoded_body.ts";

Deno.test("Expansion: a ratio counts for all that was received, and beyond a size alone", () => {
  const expansion = new Expansion({ maxRatio: 10 });
  expansion.check(MIN_RATIO_CHECKED_BYTES);
  assertThrows(() => expansion.check(MIN_RATIO_CHECKED_BYTES + 1), ClientError, "more than 10 times");
  expansion.received(1_000_000);
  expansion.received(1_000_000);
  expansion.check(20_000_000);
  const error = assertThrows(() => expansion.check(20_000_001), ClientError, "more than 10 times");
  assertEquals(error.code, "too_large");
});

Deno.test("Expansion: a size counts whatever was received", () => {
  const expansion = new Expansion({ maxSize: 5 });
  expansion.received(1_000);
  expansion.check(5);
  assertThrows(() => expansion.check(6), ClientError, "longer than 5 bytes");
});
