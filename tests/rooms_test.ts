/** The floors of the house: within each wing, imports fall from the roof down, and no file reaches itself. */

import { assertEquals } from "@std/assert";
import { LIBRARY, ROOT } from "./support/checkout.ts";
import { type Import, readImports } from "./support/module_graph.ts";

/**
 * The rooms of each wing from the roof down: a module imports from its own room and from the rooms below it, types
 * included. A pattern that ends with a slash is a folder with all its folders, any other is one file, and `*` is every
 * file of the wing that no other pattern covers. Without a `*` those are on the roof: no room may import them.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  // The whole house.
  "": [
    "mod.ts",
    "server/mod.ts",
    "cli/",
    "har/",
    "client/",
    "server/",
    "websocket/",
    "http1/",
    "http2/",
    "roots/",
    "tls/",
    "http/",
    "io/",
  ],
  "client/": [
    "client/observe/",
    "client/retry/",
    "client/origin_pools.ts",
    "client/exchange.ts",
    "client/response/",
    "client/redirect.ts",
    "client/proxy/",
    "client/retry_budget.ts",
    "client/connect/",
    "client/options.ts",
    "client/request/",
    "client/hooks/",
    "client/time/",
    "client/error/",
    "client/defaults.ts",
    "client/connection_info.ts",
    "client/runtime.ts",
    "client/version.ts",
  ],
  "server/": [
    "server/mod.ts",
    "server/generate_self_signed.ts",
    "server/serve.ts",
    "server/serve_connection.ts",
    "server/http_server.ts",
    "server/server_tls.ts",
    "server/tls_choice.ts",
    "server/connection/",
    "*",
    "server/exchange/",
    "server/serve_timeouts.ts",
    "server/watch.ts",
    "server/runtime.ts",
    "server/limits.ts",
  ],
  "http1/": ["http1/mod.ts", "http1/client/", "http1/driver/", "http1/connection.ts", "*"],
  "http2/": ["http2/mod.ts", "http2/client/", "http2/driver/", "http2/connection.ts", "*", "http2/hpack/"],
  "websocket/": [
    "websocket/mod.ts",
    "websocket/stream/",
    "websocket/handshake/",
    "websocket/connection.ts",
    "*",
  ],
  "tls/": [
    "tls/connector.ts",
    "tls/acceptor.ts",
    "tls/lazy_acceptor.ts",
    "tls/node/",
    "tls/deno/",
    "tls/stream/",
    "tls/explain/",
    "tls/connection/",
    "tls/handshake/",
    "tls/config/",
    "tls/session/",
    "tls/record/",
    "tls/x509/",
    "tls/ech/",
    "tls/hpke/",
    "tls/schedule/",
    "tls/crypto/",
    "tls/wire/",
    "tls/names/",
    "tls/error/",
    "tls/der/",
    "tls/limits.ts",
  ],
  "tls/handshake/": ["tls/handshake/client/", "tls/handshake/server/", "*"],
  "tls/x509/": [
    "tls/x509/verifier.ts",
    "tls/x509/path/",
    "tls/x509/revocation/",
    "*",
    "tls/x509/names/",
    "tls/x509/error.ts",
    "tls/x509/types.ts",
    "tls/x509/limits.ts",
  ],
};

/** The floor of `path` in a wing, counted from the roof, which is 0. */
function floorOf(path: string, rooms: readonly string[]): number {
  const floor = rooms.findIndex((room) => path === room || (room.endsWith("/") && path.startsWith(room)));
  return 1 + (floor >= 0 ? floor : rooms.indexOf("*"));
}

/** The imports that climb: from a room to one above it. */
function climbing(imports: readonly Import[]): string[] {
  return Object.entries(ROOMS).flatMap(([wing, rooms]) =>
    imports
      .filter(({ from, to }) => from.startsWith(wing) && to.startsWith(wing) && !to.includes(":"))
      .filter(({ from, to }) => floorOf(from, rooms) > floorOf(to, rooms))
      .map(({ from, to, kind }) => `${from} -> ${to} (${kind})`)
  );
}

/** Groups of files that reach themselves, each sorted: strongly connected components, and files that import themselves. */
function circles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  const found: string[][] = [];
  for (const { from, to } of imports) {
    if (from === to) found.push([from]);
    next.set(from, [...next.get(from) ?? [], to]);
  }
  // Tarjan's algorithm, by recursion: the deepest chain of imports is short.
  const index = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    let lowest = own;
    stack.push(node);
    for (const to of next.get(node) ?? []) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, index.get(to) ?? own);
    }
    if (lowest === own) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) found.push(group.sort());
    }
    return lowest;
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return found;
}

const WHOLE = [...LIBRARY, "bench"];

Deno.test("rooms: every import falls", async () => {
  assertEquals(climbing(await readImports(LIBRARY)), []);
});

Deno.test("rooms: no file reaches itself by its imports, types included", async () => {
  assertEquals(circles(await readImports(WHOLE)), []);
});

/** One planted violation in each kind of wing, and its lawful neighbour. */
const PLANTED = [
  { from: "http/fields.ts", to: "http1/error.ts", climbs: true },
  { from: "http1/error.ts", to: "http/fields.ts", climbs: false },
  { from: "client/time/deadlines.ts", to: "client/connect/dial.ts", climbs: true },
  { from: "client/connect/pool.ts", to: "client/time/deadlines.ts", climbs: false },
  { from: "client/connect/pool.ts", to: "client/client.ts", climbs: true },
  { from: "client/client.ts", to: "client/exchange.ts", climbs: false },
  { from: "http1/chunked.ts", to: "http1/driver/upload.ts", climbs: true },
  { from: "http1/driver/upload.ts", to: "http1/chunked.ts", climbs: false },
  { from: "http2/hpack/decoder.ts", to: "http2/error.ts", climbs: true },
  { from: "tls/wire/alert.ts", to: "tls/error/tls_error.ts", climbs: false },
  { from: "tls/error/tls_error.ts", to: "tls/wire/alert.ts", climbs: true },
  { from: "tls/handshake/client/tls13.ts", to: "tls/handshake/server/tls13.ts", climbs: false },
  { from: "tls/handshake/server/tls13.ts", to: "tls/handshake/client/tls13.ts", climbs: true },
  { from: "tls/x509/names/dns_name.ts", to: "tls/x509/certificate.ts", climbs: true },
  { from: "tls/limits.ts", to: "tls/der/oid.ts", climbs: true },
  { from: "tls/connector.ts", to: "jsr:@std/bytes@^1.0.0/equals", climbs: false },
] as const;
for (const { from, to, climbs } of PLANTED) {
  Deno.test(`rooms: ${from} imports ${to}: ${climbs ? "refused" : "allowed"}`, () => {
    assertEquals(climbing([{ from, to, kind: "type" }]).length, climbs ? 1 : 0);
  });
}

Deno.test("rooms: every room exists", async () => {
  for (const room of Object.values(ROOMS).flat()) {
    if (room !== "*") await Deno.stat(new URL(room, ROOT));
  }
});

const CIRCLES = [
  { name: "a file that imports itself", imports: ["a a"], found: [["a"]] },
  { name: "two files", imports: ["a b", "b a", "b c"], found: [["a", "b"]] },
  {
    name: "three files behind an entry",
    imports: ["entry a", "a b", "b c", "c a"],
    found: [["a", "b", "c"]],
  },
  { name: "two circles", imports: ["a b", "b a", "b c", "c d", "d c"], found: [["c", "d"], ["a", "b"]] },
  { name: "a diamond, which is none", imports: ["a b", "a c", "b d", "c d"], found: [] },
] as const;
for (const { name, imports, found } of CIRCLES) {
  Deno.test(`rooms: circles: ${name}`, () => {
    const edges = imports.map((edge): Import => {
      const [from = "", to = ""] = edge.split(" ");
      return { from, to, kind: "type" };
    });
    assertEquals(circles(edges), found.map((group) => [...group]));
  });
}
