/** Proxies of the environment: which variable counts, and what cannot be read or used. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects, assertThrows } from "@std/assert";
import { ProxyEnvironment } from "../../../client/proxy/proxy_environment.ts";
import { parseTarget } from "../../../client/request/target.ts";
import { ClientError } from "../../../mod.ts";
import { pathOf } from "../../support/checkout.ts";
import { run } from "../../support/run.ts";
import { scriptedServer } from "../../support/scripted_server.ts";

/** Variables, a scheme, and the variable that has the proxy. */
const ROWS:
  readonly (readonly [name: string, Record<string, string>, "http" | "https", string | undefined])[] = [
    ["nothing is set", {}, "http", undefined],
    ["lower case counts before upper case", { http_proxy: "a", HTTP_PROXY: "b" }, "http", "http_proxy"],
    ["upper case counts", { HTTP_PROXY: "b" }, "http", "HTTP_PROXY"],
    ["lower case of https counts first", { https_proxy: "a", HTTPS_PROXY: "b" }, "https", "https_proxy"],
    ["the proxy of http: is none of https:", { http_proxy: "a", HTTP_PROXY: "b" }, "https", undefined],
    ["the proxy of https: is none of http:", { https_proxy: "a" }, "http", undefined],
    [
      "all_proxy counts after those of the scheme",
      { all_proxy: "a", HTTPS_PROXY: "b" },
      "https",
      "HTTPS_PROXY",
    ],
    ["all_proxy counts before ALL_PROXY", { all_proxy: "a", ALL_PROXY: "b" }, "http", "all_proxy"],
    ["ALL_PROXY counts", { ALL_PROXY: "b" }, "https", "ALL_PROXY"],
    ["an empty variable is not set", { http_proxy: "", HTTP_PROXY: "b" }, "http", "HTTP_PROXY"],
    ["a blank variable is not set", { http_proxy: " \t", ALL_PROXY: "b" }, "http", "ALL_PROXY"],
    [
      "HTTP_PROXY of a CGI program is its client's",
      { HTTP_PROXY: "b", REQUEST_METHOD: "GET" },
      "http",
      undefined,
    ],
    [
      "http_proxy of a CGI program is its own",
      { http_proxy: "a", REQUEST_METHOD: "GET" },
      "http",
      "http_proxy",
    ],
    [
      "HTTPS_PROXY of a CGI program is its own",
      { HTTPS_PROXY: "a", REQUEST_METHOD: "GET" },
      "https",
      "HTTPS_PROXY",
    ],
    [
      "no_proxy counts before NO_PROXY",
      { http_proxy: "a", no_proxy: "x", NO_PROXY: "*" },
      "http",
      "http_proxy",
    ],
    [
      "NO_PROXY counts where no_proxy is empty",
      { http_proxy: "a", no_proxy: "", NO_PROXY: "*" },
      "http",
      undefined,
    ],
  ];

for (const [name, variables, scheme, expected] of ROWS) {
  Deno.test(`environment: ${name}`, () => {
    const environment = new ProxyEnvironment({ values: new Map(Object.entries(variables)), missing: [] });
    const found = environment.proxyOf(parseTarget(`${scheme}://origin.test/`));
    assertEquals(found?.variable, expected);
  });
}

Deno.test("environment: a value without a scheme is an HTTP proxy", () => {
  const urlOf = (value: string) =>
    new ProxyEnvironment({ values: new Map([["http_proxy", value]]), missing: [] })
      .proxyOf(parseTarget("http://origin.test/"))?.url;
  assertEquals(urlOf(" proxy.test:3128 "), "http://proxy.test:3128");
  assertEquals(urlOf("socks5h://proxy.test"), "socks5h://proxy.test");
});

Deno.test("environment: a variable that may not be read refuses every request, and names the flag", () => {
  const environment = new ProxyEnvironment({ values: new Map(), missing: ["https_proxy", "NO_PROXY"] });
  const error = assertThrows(() => environment.proxyOf(parseTarget("http://localhost/")), ClientError);
  assertEquals([error.code, error.hint], ["permission_denied", "Run with --allow-env=https_proxy,NO_PROXY."]);
});

const SCRIPT = `
import { Client } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};
using client = new Client({ proxy: "env" });
try {
  const response = await client.get("http://origin.test/");
  console.log(response.status, response.connection.proxies.join());
} catch (error) {
  console.log(error.code, error.detail, error.hint);
}
`;

/** What a program with the proxies of the environment says. */
async function fetchWith(variables: Readonly<Record<string, string>>, ...flags: string[]): Promise<string> {
  const script = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(script, SCRIPT);
    const { stdout, stderr } = await run("deno", [
      ...[
        "run",
        "--no-check",
        "--no-prompt",
        `--config=${pathOf(new URL("../../../deno.json", import.meta.url))}`,
      ] as const,
      ...["--allow-net", ...flags, script],
    ], { env: variables });
    return stdout || stderr;
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("environment: a program uses it with --allow-env, and without it goes nowhere", async () => {
  let asked = 0;
  await using proxy = scriptedServer(async (peer) => {
    asked++;
    assertMatch(await peer.readHead() ?? "", /^GET http:\/\/origin\.test\/ HTTP\/1\.1/);
    await peer.send("HTTP/1.1 204 No\r\n\r\n");
  });
  const HTTP_PROXY = `127.0.0.1:${proxy.port}`;
  const none = { http_proxy: "", all_proxy: "", no_proxy: "", NO_PROXY: "", HTTP_PROXY };
  assertMatch(await fetchWith(none), /^permission_denied .*--allow-env=http_proxy,HTTP_PROXY,/);
  assertEquals(asked, 0);
  assertEquals(await fetchWith(none, "--allow-env"), `204 http://${HTTP_PROXY}\n`);
});

Deno.test("environment: D-30: a value that is no proxy refuses the request, and names the variable alone", async () => {
  for (
    const http_proxy of [
      "http://us er:secret@/",
      "socks4://u:secret@h",
      "::::secret",
      "ftp://secret",
      "http://u:secret@h/p",
    ]
  ) {
    const said = await fetchWith({ http_proxy, no_proxy: "" }, "--allow-env");
    assertMatch(said, /^unsupported_option Cannot use the proxy in http_proxy: /);
    assertNotMatch(said, /secret/);
  }
});

Deno.test("environment: a value that is no proxy is refused with the hint that the option gives, if any", async () => {
  const { ProxySelector } = await import("../../../client/proxy/proxy_selector.ts");
  const before = Deno.env.get("http_proxy");
  try {
    for (
      const [value, hint] of [
        ["socks4://h", "Use socks4a:, which nearly every SOCKS4 proxy understands."],
        ["http://h/p", undefined],
      ] as const
    ) {
      Deno.env.set("http_proxy", value);
      const selector = new ProxySelector("env", {});
      const error = await assertRejects(
        () => selector.routeTo(parseTarget("http://origin.test/"), false),
        ClientError,
      );
      assertEquals(error.hint, hint, value);
    }
  } finally {
    if (before === undefined) Deno.env.delete("http_proxy");
    else Deno.env.set("http_proxy", before);
  }
});

Deno.test("environment: it is read once, when the first request needs it", async () => {
  const { ProxySelector } = await import("../../../client/proxy/proxy_selector.ts");
  const selector = new ProxySelector("env", {});
  const before = Deno.env.get("http_proxy");
  try {
    Deno.env.set("http_proxy", "http://one.test");
    const first = await selector.routeTo(parseTarget("http://origin.test/"), false);
    Deno.env.set("http_proxy", "http://two.test");
    const second = await selector.routeTo(parseTarget("http://origin.test/"), false);
    assertEquals([first?.proxies, second?.proxies], [["http://one.test:80"], ["http://one.test:80"]]);
  } finally {
    if (before === undefined) Deno.env.delete("http_proxy");
    else Deno.env.set("http_proxy", before);
  }
  await assertRejects(() =>
    new ProxySelector(() => "", {}).routeTo(
      parseTarget("http://a/"),
      false,
    )
  );
});
