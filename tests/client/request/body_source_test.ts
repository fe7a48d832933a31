/** Content with trailers after it: its bytes once, its trailers once, and nothing after it was cancelled. */

import { assertEquals, assertRejects } from "@std/assert";
import { SourceWithTrailers, StreamSource } from "../../../client/request/body_source.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import type { OutgoingBody } from "../../../http/message.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const TRAILERS = [["x-sum", "6"]] as const;

Deno.test("SourceWithTrailers: bytes are read once, and none of them after a cancellation", async () => {
  const read = new SourceWithTrailers(BYTES, () => Promise.resolve(TRAILERS));
  assertEquals([await read.read(), await read.read(), await read.trailers()], [BYTES, undefined, TRAILERS]);
  const cancelled = new SourceWithTrailers(BYTES, () => Promise.resolve(TRAILERS));
  cancelled.cancel("enough");
  assertEquals(await cancelled.read(), undefined);
  assertEquals(await new SourceWithTrailers(new Uint8Array(), () => Promise.resolve([])).read(), undefined);
});

Deno.test("SourceWithTrailers: a source is read to its end, and told of a cancellation", async () => {
  const told: unknown[] = [];
  const pieces = [BYTES];
  const source: OutgoingBody = {
    length: 3,
    read: () => Promise.resolve(pieces.shift()),
    cancel: (reason) => told.push(reason),
  };
  const body: OutgoingBody = new SourceWithTrailers(source, () => Promise.resolve(TRAILERS));
  assertEquals([await body.read(), await body.read(), body.length], [BYTES, undefined, undefined]);
  body.cancel("enough");
  assertEquals(told, ["enough"]);
});

Deno.test("body source: a stream that fails with an error of the client fails with that one, and another's is the cause", async () => {
  const own = new ClientError("client_closed", "Cannot go on: the client was closed");
  const other = new Error("broken");
  const failing = (reason: unknown) =>
    new StreamSource({ read: () => Promise.reject(reason), cancel: () => Promise.resolve() }, undefined);
  assertEquals(await assertRejects(() => failing(own).read()), own);
  const wrapped = await assertRejects(() => failing(other).read(), ClientError);
  assertEquals(wrapped.cause, other);
});
