/** Connecting to the first of several addresses that answers, with names that the caller resolves. */

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { resolvingDial } from "../../../client/connect/happy_eyeballs.ts";
import { MAX_ADDRESSES } from "../../../client/defaults.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import type { DialTarget, Resolve } from "../../../client/options.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { countedSignal } from "../../support/counted_signal.ts";

/** A transport that remembers its address, and whether it was closed. */
class Transport implements Duplex {
  closed = false;
  constructor(readonly address: string) {}
  read(): Promise<null> {
    return Promise.resolve(null);
  }
  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }
  close(): void {
    this.closed = true;
  }
}

/** What becomes of an attempt: it connects, is refused, never ends, or connects after it was given up. */
type Fate = "open" | "refused" | "silent" | "late";

function network(fates: Readonly<Record<string, Fate>>) {
  const tried: string[] = [];
  const aborted: string[] = [];
  const late: Transport[] = [];
  const connect = ({ hostname, signal }: DialTarget): Promise<Duplex> => {
    tried.push(hostname);
    const fate = fates[hostname] ?? "refused";
    signal.addEventListener("abort", () => aborted.push(hostname));
    if (fate === "open") return Promise.resolve(new Transport(hostname));
    if (fate === "refused") return Promise.reject(new Deno.errors.ConnectionRefused(hostname));
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        if (fate === "silent") return reject(signal.reason);
        late.push(new Transport(hostname));
        resolve(late[late.length - 1] ?? new Transport(hostname));
      });
    });
  };
  return { tried, aborted, late, connect };
}

function target(signal: AbortSignal = new AbortController().signal): DialTarget {
  return { hostname: "a.test", port: 443, scheme: "https", signal };
}

const ROWS: readonly {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly fates: Readonly<Record<string, Fate>>;
  readonly tried: readonly string[];
  readonly reached?: string;
}[] = [
  {
    name: "the first that answers is taken, and no other is tried",
    addresses: ["192.0.2.1", "192.0.2.2"],
    fates: { "192.0.2.1": "open", "192.0.2.2": "open" },
    tried: ["192.0.2.1"],
    reached: "192.0.2.1",
  },
  {
    name: "the families are interleaved, beginning with that of the first address",
    addresses: ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"],
    fates: {},
    tried: ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"],
  },
  {
    name: "more of the second family follow at the end",
    addresses: ["192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"],
    fates: {},
    tried: ["192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3"],
  },
  {
    name: "one that is refused is followed by the next",
    addresses: ["192.0.2.1", "192.0.2.2"],
    fates: { "192.0.2.2": "open" },
    tried: ["192.0.2.1", "192.0.2.2"],
    reached: "192.0.2.2",
  },
  {
    name: "D-16: one that is silent is followed by the next, and given up when that answers",
    addresses: ["2001:db8::1", "192.0.2.1"],
    fates: { "2001:db8::1": "silent", "192.0.2.1": "open" },
    tried: ["2001:db8::1", "192.0.2.1"],
    reached: "192.0.2.1",
  },
  {
    name: "an address that is given twice is tried once",
    addresses: ["192.0.2.1", "192.0.2.1"],
    fates: {},
    tried: ["192.0.2.1"],
  },
];

for (const { name, addresses, fates, tried, reached } of ROWS) {
  Deno.test(`resolve: ${name}`, async () => {
    const net = network(fates);
    const dialled = resolvingDial(() => addresses, net.connect)(target());
    if (reached === undefined) {
      await assertRejects(() => dialled, Deno.errors.ConnectionRefused, addresses[0]);
    } else {
      const io = await dialled;
      assertEquals([(io as Transport).address, (io as Transport).closed], [reached, false]);
    }
    assertEquals(net.tried, tried);
    assertEquals(net.aborted, tried.filter((address) => fates[address] === "silent"));
  });
}

Deno.test("resolve: the refusal of the last address leaves the first one time to answer", async () => {
  const first = Promise.withResolvers<Duplex>();
  const refused = Promise.withResolvers<void>();
  const dialled = resolvingDial(() => ["192.0.2.1", "192.0.2.2"], ({ hostname }) => {
    if (hostname === "192.0.2.1") return first.promise;
    refused.resolve();
    return Promise.reject(new Deno.errors.ConnectionRefused(hostname));
  })(target());
  await refused.promise;
  await delay(0);
  const io = new Transport("192.0.2.1");
  first.resolve(io);
  assertEquals([await dialled === io, io.closed], [true, false]);
});

Deno.test("resolve: a connection that comes after another one won is closed", async () => {
  const net = network({ "192.0.2.1": "late", "192.0.2.2": "open" });
  const io = await resolvingDial(() => ["192.0.2.1", "192.0.2.2"], net.connect)(target());
  assertEquals((io as Transport).address, "192.0.2.2");
  await delay(0);
  assertEquals(net.late.map(({ closed }) => closed), [true]);
});

Deno.test("resolve: the signal ends all attempts, and no other begins", async () => {
  const net = network({ "192.0.2.1": "silent", "192.0.2.2": "silent" });
  const controller = new AbortController();
  const dialled = resolvingDial(() => ["192.0.2.1", "192.0.2.2"], net.connect)(target(controller.signal));
  await delay(0);
  controller.abort(new Error("enough"));
  await assertRejects(() => dialled, Error, "enough");
  assertEquals([net.tried, net.aborted], [["192.0.2.1"], ["192.0.2.1"]]);
});

Deno.test("resolve: a signal that is aborted while names are looked up starts no attempt", async () => {
  const net = network({});
  const controller = new AbortController();
  const resolve: Resolve = () => {
    controller.abort(new Error("enough"));
    return ["192.0.2.1"];
  };
  await assertRejects(() => resolvingDial(resolve, net.connect)(target(controller.signal)), Error, "enough");
  assertEquals(net.tried, []);
});

Deno.test("resolve: an endless list of addresses is cut", async () => {
  const net = network({});
  const addresses = Array.from({ length: 70 }, (_, i) => `192.0.2.${i}`);
  await assertRejects(
    () => resolvingDial(() => addresses, net.connect)(target()),
    Deno.errors.ConnectionRefused,
  );
  assertEquals(net.tried.length, MAX_ADDRESSES);
});

for (
  const [name, resolve, message] of [
    ["no address", () => [], "no address"],
    ["a name in the place of an address", () => ["b.test"], "other than IP addresses"],
    ["an address with a port", () => ["192.0.2.1:80"], "other than IP addresses"],
    ["an address in brackets", () => ["[::1]"], "other than IP addresses"],
    ["numbers that are no address", () => ["192.0.2.256"], "other than IP addresses"],
    ["three numbers", () => ["192.0.2"], "other than IP addresses"],
    ["five numbers", () => ["192.0.2.1.1"], "other than IP addresses"],
    ["a number of four digits", () => ["192.0.2.0001"], "other than IP addresses"],
    ["a number with a leading zero", () => ["010.0.0.1"], "other than IP addresses"],
    ["an address and a blank", () => ["192.0.2.1 "], "other than IP addresses"],
    ["hexadecimal numbers", () => ["0x7f.0.0.1"], "other than IP addresses"],
    ["an address of a zone", () => ["fe80::1%eth0"], "other than IP addresses"],
    ["too many colons", () => ["1:2:3:4:5:6:7:8:9"], "other than IP addresses"],
    ["a number in the place of an address", () => [1 as never], "other than IP addresses"],
    ["an address and something else", () => ["192.0.2.1", "b.test"], "other than IP addresses"],
    ["something that is no list", () => "192.0.2.1" as never, "other than IP addresses"],
    ["an exception", () => {
      throw new Error("no DNS");
    }, "has failed"],
  ] as readonly [string, Resolve, string][]
) {
  Deno.test(`resolve: ${name} is a dns error, and nothing is connected`, async () => {
    const net = network({});
    const error = await assertRejects(
      () => resolvingDial(resolve, net.connect)(target()),
      ClientError,
      message,
    );
    assertEquals([error.code, net.tried], ["dns", []]);
  });
}

for (const address of ["0.0.0.0", "255.255.255.255", "::", "2001:DB8::192.0.2.1", "1:2:3:4:5:6:7:8"]) {
  Deno.test(`resolve: ${address} is an address`, async () => {
    const net = network({ [address]: "open" });
    await resolvingDial(() => [address], net.connect)(target());
    assertEquals(net.tried, [address]);
  });
}

Deno.test("resolve: undefined leaves the name to the runtime, and IP addresses are not asked for", async () => {
  const net = network({ "a.test": "open", "::1": "open", "127.0.0.1": "open" });
  const asked: unknown[] = [];
  const dial = resolvingDial((hostname, { port }) => void asked.push([hostname, port]), net.connect);
  for (const hostname of ["a.test", "::1", "127.0.0.1"]) await dial({ ...target(), hostname });
  assertEquals([net.tried, asked], [["a.test", "::1", "127.0.0.1"], [["a.test", 443]]]);
});

for (
  const [name, fates] of [
    ["connects", { "192.0.2.1": "silent", "192.0.2.2": "open" }],
    ["fails", {}],
  ] as readonly [string, Readonly<Record<string, Fate>>][]
) {
  Deno.test(`resolve: a dial that ${name} leaves no listener on the signal`, async () => {
    const { signal, listeners } = countedSignal();
    const dialled = resolvingDial(() => ["192.0.2.1", "192.0.2.2"], network(fates).connect)(target(signal));
    assertEquals(await dialled.then(() => "connects", () => "fails"), name);
    assertEquals(listeners(), 0);
  });
}
