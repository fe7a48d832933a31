/** Receive windows that grow with bandwidth x delay: two machines, and a path that holds so many bytes a round trip. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Http2Connection } from "../../http2/connection.ts";
import { MAX_GROWN_WINDOW_BYTES } from "../../http2/limits.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { WindowGrowth } from "../../http2/window_growth.ts";
import { describe, feed, feedAll, ping, settings } from "./raw_frames.ts";

const REQUEST = { method: "GET", scheme: "https", authority: "a.test", path: "/" };
const KIB = 1024;

/** What a download took, and cost. */
interface Download {
  readonly roundTrips: number;
  readonly pings: number;
  /** The most that one round trip brought. */
  readonly most: number;
}

/** Downloads `total` bytes over a path that holds `capacity` bytes, round trip by round trip. */
function download(
  options: Http2ConnectionOptions,
  total: number,
  capacity: number,
  consumes = true,
): Download {
  const client = new Http2Connection("client", options);
  const server = new Http2Connection("server");
  const id = client.sendRequest(REQUEST, [], true);
  const content = new Uint8Array(total);
  let [sent, received, roundTrips, pings, most] = [0, 0, 0, 0, 0];
  for (let stuck = 0; received < total && stuck < 3; roundTrips++) {
    const up = client.output()?.slice();
    pings += describe(up).filter((frame) => frame === "PING").length;
    if (up !== undefined) server.receive(up);
    for (let event = server.next(); event !== undefined; event = server.next()) {
      if (event.type === "request") server.sendResponse(id, 200, [], false);
    }
    if (roundTrips > 0) {
      sent += server.sendData(id, content.subarray(sent, Math.min(total, sent + capacity)), false);
    }
    const down = server.output()?.slice();
    const before = received;
    if (down !== undefined) client.receive(down);
    for (let event = client.next(); event !== undefined; event = client.next()) {
      assert(event.type !== "ping_ack", "the application knows of the PING");
      if (event.type !== "data") continue;
      received += event.data.length;
      if (consumes) client.consume(id, event.data.length);
    }
    most = Math.max(most, received - before);
    stuck = received === before && roundTrips > 1 ? stuck + 1 : 0;
  }
  return { roundTrips, pings, most };
}

const SMALL = { initialStreamWindow: 64 * KIB, initialConnectionWindow: 128 * KIB };

Deno.test("window growth: a path that holds more than the window gets a larger one, up to the limit", () => {
  const fixed = download(SMALL, 4096 * KIB, 4096 * KIB);
  const growing = download({ ...SMALL, maxStreamWindow: 512 * KIB }, 4096 * KIB, 4096 * KIB);
  assertEquals([fixed.pings, fixed.most], [0, 64 * KIB]);
  assert(growing.pings > 0 && growing.pings < 12, `${growing.pings} PINGs`);
  assert(growing.most > 256 * KIB && growing.most <= 512 * KIB, `${growing.most} bytes in a round trip`);
  assert(
    2 * growing.roundTrips < fixed.roundTrips,
    `${growing.roundTrips} and ${fixed.roundTrips} round trips`,
  );
});

Deno.test("window growth: a path that holds little leaves the window as it is", () => {
  const { most, pings } = download({ ...SMALL, maxStreamWindow: 512 * KIB }, 2048 * KIB, 16 * KIB);
  assert(most <= 16 * KIB);
  assert(pings > 0);
});

Deno.test("window growth: unread content is bounded by the first window", () => {
  const { most, roundTrips } = download(
    { ...SMALL, maxStreamWindow: 512 * KIB },
    2048 * KIB,
    4096 * KIB,
    false,
  );
  assert(most <= 64 * KIB);
  assert(roundTrips < 10);
});

Deno.test("window growth: acknowledgements that were not asked for are the application's, and grow nothing", () => {
  const machine = new Http2Connection("client", { ...SMALL, maxStreamWindow: 512 * KIB });
  feedAll(machine, settings());
  machine.output();
  const { events, output } = feed(machine, [ping(1)]);
  assertEquals([events, output], [["ping_ack"], []]);
});

Deno.test("WindowGrowth: what all streams grow by is bounded, and given back", () => {
  const growth = new WindowGrowth(1000, 2 * MAX_GROWN_WINDOW_BYTES);
  const probe = new TextEncoder().encode("bdpprobe");
  assertEquals(growth.count(1), false);
  growth.onWindowUpdate();
  assertEquals([growth.count(1), growth.count(MAX_GROWN_WINDOW_BYTES)], [true, false]);
  assertEquals(growth.endProbe(new Uint8Array(8)), undefined);
  assertEquals(growth.endProbe(probe), 2 * MAX_GROWN_WINDOW_BYTES - 1000);
  assertEquals(growth.endProbe(probe), undefined);
  growth.onWindowUpdate();
  assertEquals(growth.count(1), false);
  assertEquals(growth.take(MAX_GROWN_WINDOW_BYTES + 1000), MAX_GROWN_WINDOW_BYTES - 1000);
  assertEquals(growth.take(1000), 1000);
  assertEquals(growth.take(1000), 0);
  growth.giveBack(500);
  assertEquals(growth.take(1000), 500);
  growth.giveBack(500);
  assertEquals(growth.take(3 * MAX_GROWN_WINDOW_BYTES), 0); // a window that is larger takes nothing, and gives nothing
  assertEquals(growth.take(1000), 500);
});

Deno.test("WindowGrowth: a round trip of two thirds of the window makes it twice what came, of less leaves it", () => {
  const probe = new TextEncoder().encode("bdpprobe");
  for (const [received, more] of [[1_999, 0], [2_000, 1_000], [3_000, 3_000], [9_000, 7_000]] as const) {
    const growth = new WindowGrowth(3_000, 10_000);
    growth.onWindowUpdate();
    assertEquals([growth.count(received - 500), growth.count(500)], [true, false]);
    assertEquals(growth.endProbe(probe), more, `${received} bytes`);
    assertEquals(growth.take(3_000), more);
    growth.onWindowUpdate();
    assertEquals(growth.count(1), more < 7_000); // one of the largest size is not measured
  }
});

Deno.test("options: maxStreamWindow is not below initialStreamWindow, and no larger than a window can be", () => {
  for (const maxStreamWindow of [0, 99, 2 ** 31, 1.5, NaN]) {
    assertThrows(
      () => new Http2Connection("client", { initialStreamWindow: 100, maxStreamWindow }),
      RangeError,
      "maxStreamWindow",
    );
  }
});
