/** The server's store of sessions in memory. */

import { assertEquals, assertThrows } from "@std/assert";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";

const LATER = new Date(Date.now() + 3_600_000);

Deno.test("memoryServerSessions gives a session once", () => {
  const store = memoryServerSessions();
  store.put("a", Uint8Array.of(1), LATER);
  assertEquals(store.take("a"), Uint8Array.of(1));
  assertEquals(store.take("a"), undefined);
});

Deno.test("memoryServerSessions has nothing for an unknown id", () => {
  assertEquals(memoryServerSessions().take("a"), undefined);
});

Deno.test("memoryServerSessions drops the oldest session when it is full", () => {
  const store = memoryServerSessions(3);
  for (const [i, id] of ["a", "b", "c", "a", "d"].entries()) store.put(id, Uint8Array.of(i), LATER);
  const left = ["a", "b", "c", "d"].map((id) => store.take(id));
  assertEquals(left, [Uint8Array.of(3), undefined, Uint8Array.of(2), Uint8Array.of(4)]);
});

Deno.test("memoryServerSessions holds 256 sessions and no more", () => {
  const store = memoryServerSessions();
  for (let i = 0; i < 1000; i++) store.put(`${i}`, Uint8Array.of(i), LATER);
  const left = Array.from({ length: 1000 }, (_, i) => store.take(`${i}`)).filter((found) =>
    found !== undefined
  );
  assertEquals(left.length, 256);
});

for (const limit of [0, -1, 1.5, NaN]) {
  Deno.test(`memoryServerSessions refuses a limit of ${limit}`, () => {
    assertThrows(() => memoryServerSessions(limit), RangeError, `Cannot keep ${limit} sessions`);
  });
}
