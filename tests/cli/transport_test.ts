/** The flags that say where connections go. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { emptyDraft, type FetchOptions } from "../../cli/command.ts";
import { CliError } from "../../cli/error.ts";
import { FLAGS } from "../../cli/flags.ts";
import { transportOptions } from "../../cli/transport.ts";
import { FakeHost } from "./fake_host.ts";

/** The command of flags with values. */
function command(...flags: readonly [name: string, value: string][]): FetchOptions {
  const draft = emptyDraft();
  for (const [name, value] of flags) {
    FLAGS.find((flag) => flag.name === name)?.read?.(value, draft, name);
  }
  return draft;
}

function options(flags: FetchOptions): ReturnType<typeof transportOptions> {
  return transportOptions(flags, new FakeHost());
}

const signal = new AbortController().signal;

Deno.test("transportOptions: without a flag there is none", () => {
  assertEquals(options(command()), {});
});

Deno.test("--unix-socket: the path is the client's option", () => {
  assertEquals(options(command(["unix-socket", "/a"])), { unixSocket: "/a" });
  assertThrows(
    () => options(command(["unix-socket", "/a"], ["resolve", "a:1:::1"])),
    CliError,
    "beside --resolve",
  );
});

Deno.test("--resolve: host and port decide, the last entry counts, and others are left to the runtime", async () => {
  const { resolve } = options(command(
    ["resolve", "A.test:443:192.0.2.1,[2001:db8::1],::1"],
    ["resolve", "b.test:80:192.0.2.2"],
    ["resolve", "b.test:80:192.0.2.3"],
    ["resolve", "*:81:192.0.2.4"],
  ));
  const seen = await Promise.all(
    ([["a.test", 443], ["a.test", 80], ["b.test", 80], ["any.test", 81], ["c.test", 82]] as const).map(
      ([hostname, port]) => resolve?.(hostname, { port, signal }),
    ),
  );
  assertEquals(seen, [
    ["192.0.2.1", "2001:db8::1", "::1"],
    undefined,
    ["192.0.2.3"],
    ["192.0.2.4"],
    undefined,
  ]);
});

Deno.test("--connect-to: the first entry that fits says where to connect, and --resolve says the address", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  const port = String(server.addr.port);
  for (
    const flags of [
      [["connect-to", `a.test:443:127.0.0.1:${port}`], ["connect-to", "::b.test:1"]],
      [["connect-to", "x.test:443:127.0.0.1:1"], ["connect-to", `:443:127.0.0.1:${port}`]],
      [["connect-to", `a.test::b.test:${port}`], ["resolve", `b.test:${port}:127.0.0.1`]],
      [["connect-to", `::127.0.0.1:${port}`]],
    ] as [string, string][][]
  ) {
    const { dial } = options(command(...flags));
    const io = await dial?.({ hostname: "a.test", port: 443, scheme: "https", signal });
    io?.close();
    assertEquals(io !== undefined, true);
  }
  const { dial } = options(command(["connect-to", "x.test:443:127.0.0.1:1"]));
  const other = { hostname: "127.0.0.1", port: Number(port), scheme: "http", signal } as const;
  (await dial?.(other))?.close();
  const mapped = { ...other, hostname: "x.test", port: 443 };
  await assertRejects(async () => await dial?.(mapped), Deno.errors.ConnectionRefused);
});

Deno.test("--unix-socket: it goes with no other place to connect to", () => {
  for (const other of [["resolve", "a:1:::1"], ["connect-to", "a:1:b:2"]] as [string, string][]) {
    assertThrows(() => options(command(["unix-socket", "/a"], other)), CliError, "beside");
  }
});

Deno.test("--resolve, --connect-to: the first and the last port", async () => {
  for (const port of [1, 65_535]) {
    const { resolve } = options(command(["resolve", `a:${port}:192.0.2.1`]));
    assertEquals(await resolve?.("a", { port, signal }), ["192.0.2.1"]);
    assertEquals(options(command(["connect-to", `a:${port}:b:${port}`])).dial !== undefined, true);
  }
});

for (
  const [name, value] of [
    ["resolve", "a"],
    ["resolve", "a:80"],
    ["resolve", "a:0:192.0.2.1"],
    ["resolve", "a:65536:192.0.2.1"],
    ["resolve", ":80:192.0.2.1"],
    ["connect-to", "a"],
    ["connect-to", "a:1:b"],
    ["connect-to", "a:0:b:1"],
    ["connect-to", "a:1:b:99999"],
    ["connect-to", "a:65536:b:1"],
    ["connect-to", "a:1:b:0"],
    ["connect-to", "a b:1:b:1"],
    ["connect-to", "[x:y]:1:b:1"],
    ["resolve", "a:80:"],
    ["resolve", "a:80:192.0.2.1 192.0.2.2"],
    ["resolve", "a b:80:192.0.2.1"],
    ["resolve", "a::192.0.2.1"],
    ["connect-to", "a:1:b:1:c"],
  ] as const
) {
  Deno.test(`--${name}: "${value}" is misuse`, () => {
    assertThrows(() => options(command([name, value])), CliError, `Cannot use --${name}`);
  });
}
