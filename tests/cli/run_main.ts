/**
 * Runs the command line in a {@linkcode FakeHost}, and checks that it left nothing behind.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { main } from "../../cli/main.ts";
import { FakeHost, type FakeWorld } from "./fake_host.ts";

/** A URL that every fake server answers. */
export const URL_ = "https://example.com/";

/** What is said of the connection that a made-up response came over. */
export const CONNECTED = `* Connected to example.com (192.0.2.1 port 443) from 10.0.0.1 port 50000 in 1.5 ms
* TLS handshake with "example.com" in 20 ms, ALPN chose "http/1.1"; Deno's TLS reveals neither version nor cipher suite
`;
/** What is said of how long that response took. */
export const TIMING = "* Waited 22 ms for the connection, then 3.0 ms for the head\n";

/** Runs the command line to its end. */
export async function runMain(
  args: readonly string[],
  world: FakeWorld = {},
): Promise<{ code: number; host: FakeHost }> {
  const host = new FakeHost(world);
  const code = await main(args, host);
  // Nothing is left behind.
  assertEquals(host.ticking.size, 0);
  assertEquals(host.open.size, 0);
  assertEquals(host.interrupt, undefined);
  assertEquals(host.closed, host.options !== undefined);
  return { code, host };
}
