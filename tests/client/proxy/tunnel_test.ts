/** Names that are looked up here for a `socks5:` proxy, and which of their addresses are tried. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { resolvePoolOptions } from "../../../client/options.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { ProxyPools } from "../../../client/proxy/proxy_pools.ts";
import { openTunnel } from "../../../client/proxy/tunnel.ts";
import { MAX_SOCKS_ADDRESSES } from "../../../client/defaults.ts";
import { ClientError } from "../../../mod.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { gluedDuplex } from "./glued_duplex.ts";

const GRANTED = "\x05\0\x05\0\0\x01\0\0\0\0\0\0";

/** Opens a tunnel to a name with these addresses; the proxy answers each connection with the next of `replies`. */
async function open(
  addresses: readonly string[],
  replies: readonly string[],
): Promise<{ readonly asked: string[]; readonly tunnel: Promise<Duplex> }> {
  const asked: string[] = [];
  const left = [...replies];
  const tunnel = openTunnel([new ProxyParser().parse("socks5://proxy.test")], {
    hostname: "origin.test",
    port: 80,
    scheme: "http",
    signal: new AbortController().signal,
  }, {
    dial() {
      const io = gluedDuplex(left.shift() ?? "");
      return Promise.resolve({
        ...io,
        write(bytes: Uint8Array) {
          if (bytes.length > 4) asked.push(bytes.subarray(4, -2).join("."));
          return Promise.resolve(bytes.length);
        },
      });
    },
    onStage() {},
    isForwarding: false,
    http1: {},
    pools: new ProxyPools(resolvePoolOptions({}), {}, new Deadlines()),
    lookUp: () => Promise.resolve(addresses),
  });
  await tunnel.catch(() => {});
  return { asked, tunnel };
}

const TWO = ["10.0.0.1", "10.0.0.2"];

for (const reply of [3, 4, 5, 6, 8]) {
  Deno.test(`socks5: the next address is asked for after reply ${reply}`, async () => {
    const { asked, tunnel } = await open(TWO, [`\x05\0\x05${String.fromCharCode(reply)}`, GRANTED]);
    await tunnel;
    assertEquals(asked, TWO);
  });
}

for (
  const [what, reply] of [["reply 1", "\x05\0\x05\x01"], ["reply 2", "\x05\0\x05\x02"], ["garbage", "\x04"], [
    "the end",
    "",
  ]] as const
) {
  Deno.test(`socks5: no other address is asked for after ${what}, which is about the proxy`, async () => {
    const { asked, tunnel } = await open(TWO, [reply, GRANTED]);
    await assertRejects(() => tunnel, ClientError);
    assertEquals(asked.length <= 1, true);
  });
}

Deno.test("socks5: of many addresses a few are asked for, and the last failure is told", async () => {
  const addresses = Array.from({ length: 9 }, (_, index) => `10.0.0.${index}`);
  const { asked, tunnel } = await open(addresses, addresses.map(() => "\x05\0\x05\x05"));
  const error = await assertRejects(() => tunnel, ClientError);
  assertEquals(error.code, "connection_refused");
  assertEquals(asked, addresses.slice(0, MAX_SOCKS_ADDRESSES));
});

Deno.test("socks5: a name without an address is told as one, with the way out", async () => {
  const { tunnel } = await open([], []);
  const error = await assertRejects(() => tunnel, ClientError);
  assertEquals(error.code, "dns");
  assertMatch(error.hint ?? "", /socks5h:/);
});
