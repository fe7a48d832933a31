/** The driver: how long it waits for a response when the connection takes no more of the request. */

import { withTimers } from "../../support/manual_timers.ts"; // first, because the driver keeps the timers of module load
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { OutgoingBody } from "../../../http/message.ts";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import { MAX_LINGER_MS } from "../../../http1/limits.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { collect, get, nextTurn, Peer, post } from "../peer.ts";
import { bytes } from "../wires.ts";

Deno.test("linger: a failed write fails the request when no response comes in time", async () => {
  await withTimers(MAX_LINGER_MS, async (tick) => {
    const cause = new Error("broken pipe");
    const client = new Http1Client({
      read: () => new Promise(() => {}),
      write: () => Promise.reject(cause),
      close() {},
    });
    const failing = assertRejects(() => client.request(get()), Http1Error);
    await nextTurn();
    assertEquals([tick(), client.closed], [true, true]);
    const error = await failing;
    assertEquals([error.code, error.progress], ["connection_closed", "no_response"]);
    assertStrictEquals(error.cause, cause);
  });
});

Deno.test("linger: a 100 after a failed write does not put the end off", async () => {
  await withTimers(MAX_LINGER_MS, async (tick, count) => {
    let answer = (_: string): void => {};
    const client = new Http1Client({
      read: (into) =>
        new Promise((resolve) => answer = (wire) => (into.set(bytes(wire)), resolve(wire.length))),
      write: () => Promise.reject(new Error("broken pipe")),
      close() {},
    });
    const failing = assertRejects(() => client.request(get()), Http1Error);
    await nextTurn();
    answer("HTTP/1.1 100 Continue\r\n\r\n");
    await nextTurn();
    assertEquals([count(), tick(), client.closed], [1, true, true]);
    assertEquals((await failing).code, "truncated");
  });
});

Deno.test("linger: a write that fails while the response is read cuts the response at no time", async () => {
  await withTimers(MAX_LINGER_MS, async (_tick, count) => {
    const [near, far] = memoryDuplexPair();
    const server = new Peer(far);
    let isBroken = false;
    const client = new Http1Client({
      read: (into) => near.read(into),
      write: (piece) => isBroken ? Promise.reject(new Error("broken pipe")) : near.write(piece),
      close: () => near.close(),
    });
    let give = (_: Uint8Array): void => {};
    const body: OutgoingBody = { read: () => new Promise((resolve) => give = resolve), cancel() {} };
    const pending = client.request(post(body));
    await server.head();
    await server.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbe");
    const response = await pending;
    isBroken = true;
    give(bytes("more"));
    await nextTurn();
    assertEquals([count(), client.closed], [0, false]);
    await server.send("gun");
    assertEquals(await collect(response.body), "begun");
    assertEquals(client.closed, true);
  });
});
