/** A tunnel and what it writes, without a connection: which end is closed how, and what pending operations come to. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { StreamTunnel, TunnelContent } from "../../../http2/driver/stream_tunnel.ts";
import { Http2Error } from "../../../http2/error.ts";

function setUp(chunks: readonly Uint8Array[] = []) {
  const calls: string[] = [];
  const left = [...chunks];
  const incoming = {
    ended: false,
    read: () => Promise.resolve(left.shift()),
    cancel: () => void calls.push("cancel"),
  };
  const content = new TunnelContent();
  const tunnel = new StreamTunnel(incoming, content, {
    onAbort(reason) {
      calls.push("abort");
      content.cancel(reason);
    },
    onRef: (isReffed) => void calls.push(`ref ${isReffed}`),
  });
  return { calls, incoming, content, tunnel };
}

for (
  const [name, ended, isWriting, expected] of [
    ["an open tunnel is reset", false, false, ["abort"]],
    ["an open tunnel is reset though a write is pending", false, true, ["abort"]],
    ["one that the peer has ended is ended", true, false, ["cancel"]],
    ["one that the peer has ended is reset where a write is pending: it would be cut", true, true, ["abort"]],
  ] as const
) {
  Deno.test(`StreamTunnel: close: ${name}`, async () => {
    const { calls, incoming, content, tunnel } = setUp();
    incoming.ended = ended;
    const asked = content.read();
    if (isWriting) {
      const write = tunnel.write(new Uint8Array(3));
      tunnel.close();
      assertEquals(
        (await assertRejects(() => write, Http2Error)).message.includes("this end closed it"),
        true,
      );
    } else {
      tunnel.close();
    }
    tunnel.close();
    assertEquals(calls, [...expected]);
    if (ended && !isWriting) assertEquals(await asked, undefined);
    const error = await assertRejects(() => tunnel.read(new Uint8Array(1)), Http2Error);
    assertEquals([error.code, error.scope], ["closed", "stream"]);
  });
}

Deno.test("StreamTunnel: a chunk is read in the pieces that are asked for, and its rest is lost by closing", async () => {
  const { tunnel } = setUp([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
  const into = new Uint8Array(2);
  assertEquals([await tunnel.read(into), ...into], [2, 1, 2]);
  assertEquals([await tunnel.read(into), into[0]], [1, 3]);
  assertEquals([await tunnel.read(into), into[0]], [1, 4]);
  assertEquals([await tunnel.read(into), await tunnel.read(into)], [null, null]);
  const other = setUp([Uint8Array.of(1, 2, 3)]).tunnel;
  await other.read(into);
  other.close();
  await assertRejects(() => other.read(into), Http2Error);
});

Deno.test("StreamTunnel: ref and unref are told", () => {
  const { calls, tunnel } = setUp();
  tunnel.unref();
  tunnel.ref();
  assertEquals(calls, ["ref false", "ref true"]);
});

Deno.test("TunnelContent: a write resolves once the driver asks again, and the end with the driver's next read", async () => {
  const content = new TunnelContent();
  const first = content.read();
  let isWritten = false;
  const write = content.write(Uint8Array.of(1, 2)).then((count) => {
    isWritten = true;
    return count;
  });
  assertEquals([await first, content.isWriting, isWritten], [Uint8Array.of(1, 2), true, false]);
  await assertRejects(() => content.write(new Uint8Array(1)), TypeError, "another write is pending");
  const end = content.end();
  assertStrictEquals(content.end(), end);
  const second = content.read();
  assertEquals([await write, content.isWriting], [2, false]);
  assertEquals([await second, await end], [undefined, undefined]);
  await assertRejects(() => content.write(new Uint8Array(1)), TypeError, "the tunnel was ended");
});

Deno.test("TunnelContent: bytes that come before the driver asks wait for it, and none are no write", async () => {
  const content = new TunnelContent();
  assertEquals([await content.write(new Uint8Array()), content.isWriting], [0, false]);
  const write = content.write(Uint8Array.of(7));
  assertEquals(await content.read(), Uint8Array.of(7));
  void content.read();
  assertEquals(await write, 1);
});

Deno.test("TunnelContent: a cancellation rejects what is pending and what comes later, with its first reason", async () => {
  const reason = new Error("reset");
  const content = new TunnelContent();
  const write = content.write(new Uint8Array(1));
  const end = content.end();
  content.cancel(reason);
  content.cancel(new Error("later"));
  for (const pending of [write, end, content.write(new Uint8Array(1))]) {
    assertStrictEquals(await assertRejects(() => pending), reason);
  }
  const other = new TunnelContent();
  other.cancel(reason);
  assertStrictEquals(await assertRejects(() => other.end()), reason);
  assertEquals(other.isWriting, false);
});
