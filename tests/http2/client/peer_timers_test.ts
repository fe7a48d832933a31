/** The keep-alive of the client driver: a PING after silence alone, and the end when it is not answered. */

import { withTimers } from "../../support/manual_timers.ts"; // first, because the driver keeps the timers of module load
import { assertEquals } from "@std/assert";
import { PeerTimers } from "../../../http2/client/peer_timers.ts";

const MS = 77;

Deno.test("PeerTimers: bytes put the PING off, and any bytes after it are an answer", async () => {
  await withTimers(MS, (tick) => {
    let received = 0;
    const told: string[] = [];
    const timers = new PeerTimers(
      { onSilence: () => told.push("silence"), onTimeout: ({ code }) => told.push(code) },
      { received: () => received },
      0,
      { interval: MS, timeout: MS },
    );
    timers.start();
    for (
      const [bytes, then] of [[9, ""], [9, ""], [0, "silence"], [9, ""], [0, "silence"], [
        0,
        "keep_alive_timeout",
      ]]
    ) {
      received += Number(bytes);
      tick();
      assertEquals(told.splice(0).join(), then);
    }
    timers.stop();
    return Promise.resolve();
  });
});
