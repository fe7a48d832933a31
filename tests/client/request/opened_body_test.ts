/** Content that was opened belongs to its source: who discards the request leaves it alone. */

import { assertEquals } from "@std/assert";
import { prepareBody } from "../../../client/request/body.ts";
import { RequestBody } from "../../../client/request/request_body.ts";

for (
  const [name, prepare] of [
    ["prepareBody", (stream) => prepareBody(stream)],
    ["RequestBody", (stream) => new RequestBody(stream, undefined)],
  ] as readonly [string, (stream: ReadableStream<Uint8Array>) => ReturnType<typeof prepareBody>][]
) {
  Deno.test(`${name}: a stream that was opened is read to its end although the request is discarded`, async () => {
    const reasons: unknown[] = [];
    let left = 3;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array(left + 1));
        else controller.close();
      },
      cancel: (reason) => void reasons.push(reason),
    }, { highWaterMark: 0 });
    const body = prepare(stream);
    const source = await body.open();
    body.discard("not wanted");
    const lengths: number[] = [];
    if (source instanceof Uint8Array) throw source;
    for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
      lengths.push(chunk.length);
    }
    assertEquals(lengths, [3, 2, 1]);
    source.cancel("too late");
    body.discard("too late");
    assertEquals(reasons, []);
  });
}
