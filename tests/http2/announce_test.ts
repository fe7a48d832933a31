/** A server that goes away announces it; a client has nothing to announce. */

import { assertEquals, assertThrows } from "@std/assert";
import { client, describe, server } from "./raw_frames.ts";

Deno.test("announceGoAway: a server announces GOAWAY, and on a client it is misuse that writes nothing", () => {
  const asked = client();
  assertThrows(() => asked.announceGoAway(), TypeError, "a server opens no streams");
  assertEquals(asked.output(), undefined);
  const announcing = server();
  announcing.announceGoAway();
  assertEquals(describe(announcing.output()).length, 1);
});
