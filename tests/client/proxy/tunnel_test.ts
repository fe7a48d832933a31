/** Names that are looked up here for a `socks5:` proxy, and which of their addresses are tried. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { resolvePoolOptions } from "../../../client/options.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { ProxyPools } from "../../../client/proxy/proxy_pools.ts";
import { openTunnel, type TunnelOptions } from "../../../client/proxy/tunnel.ts";
import { MAX_SOCKS_ADDRESSES } from "../../../client/defaults.ts";
import { ClientError, type DialTarget } from "../../../mod.ts";
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

/** A duplex that the proxy answers with `reply`, and whether it was closed. */
function watched(reply: string): { readonly io: Duplex; readonly log: string[] } {
  const log: string[] = [];
  const io = gluedDuplex(reply);
  return {
    log,
    io: {
      ...io,
      write: (bytes) => {
        log.push(String.fromCharCode(...bytes));
        return Promise.resolve(bytes.length);
      },
      close: () => log.push("closed"),
    },
  };
}

/** Options of a tunnel to `origin.test:80` over one transport. */
function over(io: Duplex, more: Partial<TunnelOptions> = {}): TunnelOptions {
  return {
    dial: () => Promise.resolve(io),
    onStage() {},
    isForwarding: false,
    http1: {},
    pools: new ProxyPools(resolvePoolOptions({}), {}, new Deadlines()),
    ...more,
  };
}

function target(hostname = "origin.test", signal = new AbortController().signal): DialTarget {
  return { hostname, port: 80, scheme: "http", signal };
}

const hops = (...urls: string[]) => urls.map((url) => new ProxyParser().parse(url));

Deno.test("tunnel: a lookup that fails is told with its cause, one that is not allowed with the flag", async () => {
  for (
    const [code, told, hint] of [
      ["EPERM", "permission_denied", "Run with --allow-net=origin.test"],
      ["ENOTFOUND", "dns", "With socks5h:"],
    ] as const
  ) {
    const cause = Object.assign(new Error("no"), { code });
    const opening = openTunnel(
      hops("socks5://proxy.test"),
      target(),
      over(watched("").io, {
        lookUp: () => Promise.reject(cause),
      }),
    );
    const error = await assertRejects(() => opening, ClientError);
    assertEquals([error.code, error.cause], [told, cause]);
    assertMatch(error.hint ?? "", new RegExp(hint));
  }
});

Deno.test("tunnel: an address is looked up nowhere, and of a chain's names those of socks5: alone", async () => {
  const asked: string[] = [];
  const lookUp = (name: string) => Promise.resolve([asked.push(name) === 1 ? "10.0.0.1" : "10.0.0.2"]);
  const first = watched(GRANTED);
  await openTunnel(hops("socks5://proxy.test"), target("10.9.8.7"), over(first.io, { lookUp }));
  assertEquals(asked, []);
  const chain = watched(GRANTED + GRANTED + GRANTED);
  const proxies = hops("socks5://one.test", "socks5h://two.test:9", "socks5://three.test");
  await openTunnel(proxies, target(), over(chain.io, { lookUp }));
  assertEquals(asked, ["origin.test", "two.test"]);
  assertEquals(chain.log.filter((written) => written.length > 3), [
    "\x05\x01\0\x01\x0a\0\0\x02\0\x09",
    "\x05\x01\0\x03\x0athree.test\x04\x38",
    "\x05\x01\0\x01\x0a\0\0\x01\0\x50",
  ]);
});

Deno.test("tunnel: the stages are told, and a last proxy that is connected to is asked for nothing", async () => {
  for (const isForwarding of [true, false]) {
    const stages: string[] = [];
    const { io, log } = watched(GRANTED + "HTTP/1.1 200 OK\r\n\r\n");
    const proxies = hops("socks5h://one.test", "http://two.test");
    await openTunnel(proxies, target(), over(io, { isForwarding, onStage: (stage) => stages.push(stage) }));
    assertEquals(stages, [
      'waiting for a connection to the proxy "one.test:1080"',
      'waiting for the proxy "one.test:1080" to open a tunnel',
      ...isForwarding ? [] : ['waiting for the proxy "two.test:80" to open a tunnel'],
    ]);
    assertEquals(log.filter((written) => written.startsWith("CONNECT ")).length, isForwarding ? 0 : 1);
    assertEquals(log.includes("closed"), false);
  }
});

Deno.test("tunnel: whatever fails closes the connection to the first proxy, and an abort does at once", async () => {
  const failing = watched("\x05\0\x05\x02");
  await assertRejects(
    () => openTunnel(hops("socks5h://proxy.test"), target(), over(failing.io)),
    ClientError,
  );
  assertEquals(failing.log.at(-1), "closed");

  const controller = new AbortController();
  const silent = watched("");
  const never = Promise.withResolvers<null>();
  const io: Duplex = { ...silent.io, read: () => never.promise };
  const lost = openTunnel(hops("socks5://proxy.test"), target("origin.test", controller.signal), {
    ...over(io, { lookUp: () => Promise.resolve(TWO) }),
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(silent.log.includes("closed"), false);
  controller.abort(new Error("enough"));
  assertEquals(silent.log.at(-1), "closed");
  never.resolve(null);
  await assertRejects(() => lost); // and the second address is not tried
  assertEquals(silent.log.filter((written) => written.startsWith("\x05\x01\0")).length, 1);

  const late = watched("");
  const aborted = openTunnel(
    hops("http://proxy.test"),
    target("origin.test", controller.signal),
    over(late.io),
  );
  assertEquals((await assertRejects(() => aborted, Error)).message, "enough");
  assertEquals([...new Set(late.log)], ["closed"]);
});
