/**
 * The map of the house, kept true: who may import whom, who may touch the runtime, and what plain HTTP loads.
 */

import { assertEquals } from "@std/assert";
import { LIBRARY } from "./support/checkout.ts";
import { codeOnly } from "./support/code_only.ts";
import { type Import, listModules, readImports, readSource } from "./support/module_graph.ts";
import { PLANTED } from "./support/planted_imports.ts";

/** One permission: modules of `from` may import `to`, in these ways. A trailing slash means the whole folder. */
interface Permission {
  readonly from: string;
  readonly to: string;
  readonly kinds: readonly Import["kind"][];
}

const ANY = ["code", "dynamic", "type"] as const;
const NOT_AT_START = ["dynamic", "type"] as const;

/** Whatever is not here is forbidden; that a folder may import itself goes without saying. */
const PERMISSIONS: readonly Permission[] = [
  { from: "mod.ts", to: "client/mod.ts", kinds: ["code"] },
  { from: "server/mod.ts", to: "cli/serve/cli.ts", kinds: ["dynamic"] },
  { from: "cli/", to: "client/", kinds: ANY },
  { from: "cli/serve/", to: "server/serve.ts", kinds: ANY },
  { from: "cli/", to: "tls/mod.ts", kinds: NOT_AT_START },
  // Loaded where a server is run without a certificate.
  { from: "cli/serve/", to: "tls/config/self_signed.ts", kinds: ["dynamic"] },
  { from: "server/generate_self_signed.ts", to: "tls/config/self_signed.ts", kinds: ["dynamic"] },
  { from: "cli/", to: "roots/mod.ts", kinds: NOT_AT_START },
  { from: "cli/", to: "har/mod.ts", kinds: NOT_AT_START },
  { from: "har/", to: "client/hooks/", kinds: ANY },
  { from: "har/", to: "client/version.ts", kinds: ANY },
  { from: "client/", to: "http1/mod.ts", kinds: ANY },
  // Loaded by the first connection that may turn out to speak it; its options are checked before.
  { from: "client/", to: "http2/mod.ts", kinds: NOT_AT_START },
  { from: "client/connect/drive_http2.ts", to: "http2/mod.ts", kinds: ANY },
  { from: "client/proxy/proxy_failure.ts", to: "http2/mod.ts", kinds: ANY },
  { from: "client/options.ts", to: "http2/options.ts", kinds: ANY },
  // Loaded with the first WebSocket: client/client.ts imports it dynamically.
  { from: "client/client.ts", to: "websocket/mod.ts", kinds: ["type"] },
  { from: "client/web_socket.ts", to: "websocket/mod.ts", kinds: ANY },
  { from: "cli/", to: "websocket/mod.ts", kinds: ANY },
  // Code by the modules that have it: all that the face of a wing re-exports would be read at every start.
  { from: "client/", to: "tls/mod.ts", kinds: ["type"] },
  { from: "client/", to: "tls/connector.ts", kinds: ["dynamic"] },
  { from: "client/", to: "tls/x509/root_cert_store.ts", kinds: ["dynamic"] },
  { from: "client/", to: "tls/deno/deno_tls.ts", kinds: NOT_AT_START },
  { from: "client/", to: "tls/node/node_tls.ts", kinds: ["dynamic"] },
  { from: "client/", to: "roots/mod.ts", kinds: ["type"] },
  { from: "client/", to: "roots/mozilla.ts", kinds: ["dynamic"] },
  { from: "client/", to: "roots/native.ts", kinds: ["dynamic"] },
  { from: "server/", to: "http1/mod.ts", kinds: ANY },
  { from: "server/", to: "http2/mod.ts", kinds: ANY },
  { from: "server/", to: "tls/mod.ts", kinds: ["type"] },
  { from: "server/", to: "tls/acceptor.ts", kinds: ["dynamic"] },
  // Loaded with the first request that asks for a WebSocket: server/exchange/web_socket_loader.ts imports it dynamically.
  { from: "server/exchange/web_socket_upgrade.ts", to: "websocket/", kinds: ANY },
  // What the drivers of clients and servers share, and the bytes by which a server knows HTTP/2.
  { from: "server/connection/", to: "http1/driver/", kinds: ANY },
  { from: "server/connection/", to: "http2/driver/", kinds: ANY },
  { from: "server/connection/sniff.ts", to: "http2/protocol.ts", kinds: ANY },
  // The options of the machines are checked before a server listens, and a server counts against one of their defaults.
  { from: "server/make_service.ts", to: "http1/limits.ts", kinds: ANY },
  { from: "server/make_service.ts", to: "http2/options.ts", kinds: ANY },
  { from: "server/connection/http2_server.ts", to: "http2/limits.ts", kinds: ANY },
  // What both versions of HTTP mean, and the shape in which bytes travel.
  ...["cli/", "client/", "http1/", "http2/", "server/", "websocket/"].map((from) => ({
    from,
    to: "http/",
    kinds: ANY,
  })),
  ...["cli/", "client/", "http/", "http1/", "http2/", "roots/", "server/", "tls/", "websocket/"].map((
    from,
  ) => ({
    from,
    to: "io/",
    kinds: ANY,
  })),
  // Proxies are asked for addresses as octets; the code is loaded with the first tunnel.
  { from: "client/proxy/", to: "tls/names/ip_address.ts", kinds: ANY },
  // Roots are handed out as the store that validation takes.
  { from: "roots/", to: "tls/x509/", kinds: ANY },
  { from: "roots/", to: "tls/der/", kinds: ANY },
  { from: "roots/", to: "tls/names/", kinds: ANY },
  // The only dependencies of the library.
  { from: "", to: "jsr:@std/async@", kinds: ANY },
  { from: "", to: "jsr:@std/bytes@", kinds: ANY },
  { from: "", to: "jsr:@std/encoding@", kinds: ANY },
  { from: "client/response/decode.ts", to: "node:zlib", kinds: ANY },
  { from: "client/runtime.ts", to: "node:dns/promises", kinds: NOT_AT_START },
  { from: "roots/native.ts", to: "node:", kinds: ANY },
  { from: "websocket/stream/deflate.ts", to: "node:zlib", kinds: ["dynamic"] },
  { from: "tls/crypto/node.ts", to: "node:", kinds: ANY },
];

/** Where the runtime's own names may be used: everything else runs wherever WebCrypto does. */
const MAY_NAME_DENO = [
  "cli/cli.ts",
  "cli/deno_process.ts",
  "cli/serve/cli.ts",
  "client/runtime.ts",
  "roots/native.ts",
  "server/runtime.ts",
  "tls/deno/deno_tls.ts",
];

/** The imports that no permission covers. */
function forbidden(imports: readonly Import[]): string[] {
  const allowed = ({ from, to, kind }: Import) =>
    (from.includes("/") && folderOf(from) === folderOf(to)) ||
    PERMISSIONS.some((each) =>
      matches(from, each.from) && matches(external(to), each.to) && each.kinds.includes(kind)
    );
  return imports.filter((each) => !allowed(each)).map(({ from, to, kind }) => `${from} -> ${to} (${kind})`);
}

/** Everything that loading `entry` loads; with `dynamic` among the kinds, everything that Deno reads for it. */
function loadedWith(
  entry: string,
  imports: readonly Import[],
  kinds: readonly Import["kind"][] = ["code"],
): string[] {
  const loaded = new Set([entry]);
  for (const module of loaded) {
    for (const { from, to, kind } of imports) if (from === module && kinds.includes(kind)) loaded.add(to);
  }
  return [...loaded];
}

/** The lines of code, words aside, in which `Deno` is named. */
function linesNamingDeno(path: string, source: string): string[] {
  if (MAY_NAME_DENO.includes(path)) return [];
  const lines = codeOnly(source).split("\n");
  return lines.flatMap((line, i) => /\bDeno\b/.test(line) ? [`${path}:${i + 1}`] : []);
}

function folderOf(path: string): string {
  return path.slice(0, path.indexOf("/") + 1);
}

/** A folder covers what is in it, a `name@` every version, `node:` every module, and a file itself. */
function matches(path: string, pattern: string): boolean {
  return path === pattern || /(?:^|[/@:])$/.test(pattern) && path.startsWith(pattern);
}

/** `jsr:/@std/bytes@^1.0.0/concat` is how a subpath of the import map comes out. */
function external(specifier: string): string {
  return specifier.replace(/^jsr:\//, "jsr:");
}

Deno.test("every import of the library is one that the layout allows", async () => {
  assertEquals(forbidden(await readImports(LIBRARY)), []);
});

Deno.test("plain HTTP loads no TLS code and no roots", async () => {
  const loaded = loadedWith("mod.ts", await readImports(LIBRARY));
  assertEquals(loaded.includes("client/mod.ts"), true);
  assertEquals(loaded.filter((path) => /^(?:tls|roots)\//.test(path)), []);
});

Deno.test("a server loads no command line, no client, no WebSockets, and TLS by what needs it first", async () => {
  const loaded = loadedWith("server/mod.ts", await readImports(LIBRARY));
  assertEquals(loaded.includes("server/connection/http1_server.ts"), true);
  assertEquals(loaded.filter((path) => /^(?:cli|client|roots|tls|websocket)\//.test(path)), []);
});

Deno.test("a program with the client reads no command line, no server and no explanations, even for later", async () => {
  const read = loadedWith("mod.ts", await readImports(LIBRARY), ["code", "dynamic"]);
  assertEquals(read.includes("tls/handshake/client/tls13.ts"), true);
  assertEquals(
    read.filter((path) => /^(?:cli|server|tls\/explain|tls\/handshake\/server)\/|^tls\/mod.ts$/.test(path)),
    [],
  );
});

/** What makes the state machine: of `tls/` everything but the runtime's own TLS and the errors. */
const MACHINE =
  /^(?:roots|tls\/(?:connection|crypto|handshake|record|schedule|x509))\/|^tls\/(?:mod|connector)\.ts$/;

Deno.test("plain HTTP loads no code of WebSockets", async () => {
  const loaded = loadedWith("mod.ts", await readImports(LIBRARY));
  assertEquals(loaded.filter((path) => path.startsWith("websocket/") || path === "client/web_socket.ts"), []);
});

Deno.test("Node's sockets and the TLS of node:tls are loaded by what needs them first", async () => {
  const loaded = loadedWith("mod.ts", await readImports(LIBRARY));
  assertEquals(loaded.filter((path) => /^(?:io|tls)\/node\//.test(path)), []);
});

Deno.test("the client loads Deno's TLS without the state machine, and without roots", async () => {
  const imports = await readImports(LIBRARY);
  const later = imports.filter(({ from, kind }) => from.startsWith("client/") && kind === "dynamic");
  assertEquals(
    new Set(later.map(({ to }) => to).filter((to) => /^(?:tls|roots)\//.test(to))),
    new Set([
      "roots/mozilla.ts",
      "roots/native.ts",
      "tls/connector.ts",
      "tls/deno/deno_tls.ts",
      "tls/node/node_tls.ts",
      "tls/x509/root_cert_store.ts",
    ]),
  );
  const loaded = loadedWith("tls/deno/deno_tls.ts", imports);
  assertEquals(loaded.includes("tls/deno/deno_stream.ts"), true);
  assertEquals(loaded.filter((path) => MACHINE.test(path)), []);
  assertEquals(loadedWith("tls/mod.ts", imports).filter((path) => MACHINE.test(path)).length > 20, true);
});

Deno.test("HTTP/1.1 loads no code of HTTP/2 but the check of its options", async () => {
  const loaded = loadedWith("mod.ts", await readImports(LIBRARY));
  assertEquals(loaded.filter((path) => path.startsWith("http2/")).toSorted(), [
    "http2/limits.ts",
    "http2/options.ts",
    "http2/protocol.ts",
  ]);
});

/** Code of TLS that not every process with TLS needs. */
const LATER: readonly string[] = [
  "tls/explain/explained_steps.ts",
  "tls/explain/html_page.ts",
  "tls/handshake/client/ech_handshake.ts",
  "tls/handshake/client/tls12.ts",
  "tls/handshake/server/decrypt_hello.ts",
  "tls/handshake/server/server_handshake.ts",
  "tls/handshake/server/tls12.ts",
  "tls/stream/early_client.ts",
  "tls/stream/early_server.ts",
];

Deno.test("Ductile's TLS loads servers, TLS 1.2, ECH, early data and explanations by what needs them first", async () => {
  const imports = await readImports(LIBRARY);
  const dynamic = new Set(imports.filter(({ kind }) => kind === "dynamic").map(({ to }) => to));
  assertEquals(LATER.filter((path) => !dynamic.has(path)), []);
  const loaded = new Set(loadedWith("tls/mod.ts", imports));
  assertEquals(LATER.filter((path) => loaded.has(path)), []);
  assertEquals([...loaded].filter((path) => path.startsWith("tls/wire/tls12/")), []);
});

Deno.test("Deno is named only where the layout allows it", async () => {
  const found: string[] = [];
  for (const path of await listModules(LIBRARY)) found.push(...linesNamingDeno(path, await readSource(path)));
  assertEquals(found, []);
});

for (const { name, lawful, ...planted } of PLANTED) {
  Deno.test(`import rules: ${name}: ${lawful ? "allowed" : "refused"}`, () => {
    assertEquals(forbidden([planted]).length, lawful ? 0 : 1);
  });
}

Deno.test("import rules: TLS code behind a chain of imports is found", () => {
  const chain: Import[] = [
    { from: "mod.ts", to: "client/mod.ts", kind: "code" },
    { from: "client/mod.ts", to: "client/connect/pool.ts", kind: "code" },
    { from: "client/connect/pool.ts", to: "tls/deno/deno_tls.ts", kind: "code" },
    { from: "client/connect/pool.ts", to: "roots/mod.ts", kind: "dynamic" },
  ];
  assertEquals(loadedWith("mod.ts", chain), [
    "mod.ts",
    "client/mod.ts",
    "client/connect/pool.ts",
    "tls/deno/deno_tls.ts",
  ]);
});

/** One file of each way to import. */
const SAMPLE: Readonly<Record<string, string>> = {
  "deno.json": "{}",
  "a/types.ts": 'import type { B } from "../b.ts";\nexport type A = B | import("../c.ts").C;\n',
  "a/code.ts": 'import { b } from "../b.ts";\nexport { c } from "../c.ts";\nexport const a = b;\n',
  "a/later.ts": 'import type { B } from "../b.ts";\nexport const a = (b: B) => import("../b.ts");\n',
  "a/node.ts": 'import "node:zlib";\n',
  "b.ts": "export const b = 1;\nexport type B = 1;\n",
  "c.ts": "export const c = 1;\nexport type C = 1;\n",
};

Deno.test("import rules: the graph tells code from types and from what is loaded later", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/a`);
    for (const [path, text] of Object.entries(SAMPLE)) await Deno.writeTextFile(`${folder}/${path}`, text);
    assertEquals(await readImports(["a"], new URL(`file://${folder}/`)), [
      { from: "a/code.ts", to: "b.ts", kind: "code" },
      { from: "a/code.ts", to: "c.ts", kind: "code" },
      { from: "a/later.ts", to: "b.ts", kind: "type" },
      { from: "a/later.ts", to: "b.ts", kind: "dynamic" },
      { from: "a/node.ts", to: "node:zlib", kind: "code" },
      { from: "a/types.ts", to: "b.ts", kind: "type" },
      { from: "a/types.ts", to: "c.ts", kind: "type" },
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Where `Deno` is code, and where it is only a word. */
const MENTIONS = [
  { name: "a call", source: "Deno.exit(1);", found: true },
  { name: "a type", source: "let conn: Deno.Conn;", found: true },
  { name: "through globalThis", source: 'globalThis["x"] ?? globalThis.Deno', found: true },
  { name: "a line comment", source: "// Deno.exit(1)\nf();", found: false },
  { name: "a block comment", source: "/** `Deno.Conn` has\n * Deno's shape. */ f();", found: false },
  { name: "a string", source: "f(\"Deno\", 'it\\'s Deno');", found: false },
  { name: "a template's text", source: "f(`Deno ${1} Deno`);", found: false },
  { name: "a template's expression", source: "f(`x ${Deno.pid} y`);", found: true },
  { name: "a template in a template", source: "f(`x ${g(`Deno ${{ a: 1 }.a} Deno`)} Deno`);", found: false },
  { name: "code after a template with braces", source: "f(`${{ a: 1 }.a}`); Deno.exit();", found: true },
  { name: "a regular expression", source: "const r = /[/]Deno'/; f(r);", found: false },
  {
    name: "code after a regular expression with a quote",
    source: "const r = /'/; Deno.exit();",
    found: true,
  },
  { name: "code after a division", source: "const x = a / b; Deno.exit(); c / d;", found: true },
  { name: "a longer name", source: "new DenoTls(); isDeno;", found: false },
] as const;
for (const { name, source, found } of MENTIONS) {
  Deno.test(`import rules: Deno in ${name} is ${found ? "code" : "a word"}`, () => {
    assertEquals(linesNamingDeno("http1/machine.ts", source).length, found ? 1 : 0);
  });
}

Deno.test("import rules: Deno may be named where connections are dialled", () => {
  assertEquals(linesNamingDeno("client/runtime.ts", "await Deno.connect({ port });"), []);
});
