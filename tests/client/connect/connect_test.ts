/** The way from a transport to a driver, of which the code of HTTP/2 may still be loading. */

import { assertEquals, assertRejects } from "@std/assert";
import type { Duplex } from "../../../io/duplex.ts";
import { Client } from "../../../mod.ts";

Deno.test("Client: a transport is closed whose request is aborted while the code of HTTP/2 is loaded", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const log: string[] = [];
  const closed = Promise.withResolvers<void>();
  const io: Duplex & Pick<Deno.Conn, "remoteAddr"> = {
    read: () => Promise.resolve(null),
    write: (bytes) => Promise.resolve(bytes.length).finally(() => log.push("write")),
    close: () => {
      log.push("close");
      closed.resolve();
    },
    /** Read when the transport is there, and in front of the driver. */
    get remoteAddr(): Deno.Addr {
      controller.abort(reason);
      return { transport: "tcp", hostname: "192.0.2.1", port: 80 };
    },
  };
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(io) });
  const failure = await assertRejects(() => client.fetch("http://a.test/", { signal: controller.signal }));
  await closed.promise;
  assertEquals([failure, log], [reason, ["close"]]);
});
