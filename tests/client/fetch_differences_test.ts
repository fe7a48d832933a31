/** Where the client differs from the platform's `fetch`: each sentence of the README's list that can be tried. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { Client } from "../../mod.ts";
import { ROOT } from "../support/checkout.ts";

type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/** Answers with the fields that it got; paths ask for special answers. */
async function origin(request: Request): Promise<Response> {
  const text = await request.text();
  switch (new URL(request.url).pathname) {
    case "/gzip":
      return new Response(new Uint8Array(gzipSync("zipped")), { headers: { "content-encoding": "gzip" } });
    case "/nowhere":
      return new Response("stay", { status: 302 });
    default:
      return Response.json({ ...Object.fromEntries(request.headers), text });
  }
}

interface Row {
  readonly name: string;
  /** The README says this. */
  readonly says: string;
  readonly run: (fetch: Fetch, url: string) => Promise<unknown>;
  readonly ours: unknown;
  readonly platform: unknown;
}

const field = (name: string, init: RequestInit = {}): Row["run"] => async (fetch, url) =>
  (await (await fetch(url, init)).json())[name];

/** Whether a call is refused because of its arguments. */
const refused = (init: unknown, input?: string): Row["run"] => async (fetch, url) => {
  const refused = await fetch(input ?? url, init as RequestInit).then(
    (r) => r.body?.cancel(),
    (error) => error,
  );
  return refused instanceof TypeError ? "refused" : "taken";
};

const post = (rest: Record<string, unknown>) => ({ method: "POST", ...rest });
const stream = () => new Blob(["hello"]).stream();

const ROWS: readonly Row[] = [
  {
    name: "an unknown option",
    says: "is refused by name",
    run: refused({ json: {} }),
    ours: "refused",
    platform: "taken",
  },
  {
    name: "integrity",
    says: "`integrity`",
    run: refused({ integrity: "sha256-x" }),
    ours: "refused",
    platform: "taken",
  },
  { name: "a window", says: "a `window`", run: refused({ window: {} }), ours: "refused", platform: "taken" },
  {
    name: "duplex",
    says: 'other than `"half"`',
    run: refused({ duplex: "full" }),
    ours: "refused",
    platform: "taken",
  },
  {
    name: "an object as body",
    says: "`[object Object]`",
    run: refused(post({ body: {} })),
    ours: "refused",
    platform: "taken",
  },
  {
    name: "a file: URL",
    says: "`file:` URLs are refused",
    run: refused({}, new URL("deno.json", ROOT).href),
    ours: "refused",
    platform: "taken",
  },
  {
    name: "a content-length beside a stream",
    says: "beside a stream is sent",
    run: (fetch, url) =>
      field("content-length", post({ body: stream(), headers: { "content-length": "5" } }))(fetch, url),
    ours: "5",
    platform: undefined,
  },
  {
    name: "userinfo",
    says: "userinfo becomes `authorization`",
    run: async (fetch, url) => {
      const response = await fetch(url.replace("//", "//user:pw@"));
      return (await response.json()).authorization;
    },
    ours: "Basic dXNlcjpwdw==",
    platform: "Basic dXNlcjpwdw==",
  },
  {
    name: "the fields of its own",
    says: "`accept-language`",
    run: async (fetch, url) => {
      const { accept, "accept-encoding": coding, "accept-language": language } = await (await fetch(url))
        .json();
      return [accept, coding, language];
    },
    ours: ["*/*", "gzip, br, deflate, zstd", undefined],
    platform: ["*/*", "gzip,br", "*"],
  },
  {
    name: "a host of the caller's",
    says: "`host` is left out",
    run: async (fetch, url) => {
      const { host } = await (await fetch(url, { headers: { host: "other.test" } })).json();
      return host === "other.test";
    },
    ours: false,
    platform: true,
  },
  {
    name: "what was decoded",
    says: "has lost its `content-encoding` and",
    run: async (fetch, url) => {
      const response = await fetch(`${url}gzip`);
      return [
        response.headers.get("content-encoding"),
        response.headers.has("content-length"),
        await response.text(),
      ];
    },
    ours: [null, false, "zipped"],
    platform: ["gzip", true, "zipped"],
  },
  {
    name: "changing headers",
    says: "headers may be changed",
    run: async (fetch, url) => {
      const response = await fetch(url);
      await response.body?.cancel();
      try {
        response.headers.set("a", "b");
        return response.headers.get("a");
      } catch (error) {
        return (error as Error).name;
      }
    },
    ours: "b",
    platform: "TypeError",
  },
  {
    name: "a redirect without a location",
    says: "without a `location` keeps its content",
    run: async (fetch, url) => (await fetch(`${url}nowhere`)).text(),
    ours: "stay",
    platform: "",
  },
];

const README = (await Deno.readTextFile(new URL("README.md", ROOT))).replaceAll(/\s+/g, " ");

for (const { name, says, run, ours, platform } of ROWS) {
  Deno.test(`differs from fetch: ${name}`, async () => {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    const url = `http://127.0.0.1:${server.addr.port}/`;
    using client = new Client();
    using http = Deno.createHttpClient({ allowHost: true });
    assertStringIncludes(README, says);
    assertEquals(await run(client.fetch, url), ours, "the client");
    assertEquals(
      await run((input, init) => fetch(input, { ...init, client: http }), url),
      platform,
      "the platform",
    );
  });
}

/** Runs a program that fetches with either, and prints what the server saw of each. */
async function inEnvironment(env: Record<string, string>): Promise<unknown> {
  const code = `
    import { Client } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
    const origin = (request) => new Response("origin, traceparent: " + request.headers.has("traceparent"));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    const url = "http://127.0.0.1:" + server.addr.port + "/";
    const client = new Client();
    const said = [];
    for (const call of [client.fetch, fetch]) said.push(await (await call(url)).text());
    console.log("said: " + JSON.stringify(said));
    Deno.exit();`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    cwd: ROOT,
    env,
  }).output();
  const said = /^said: (.*)$/m.exec(new TextDecoder().decode(stdout))?.[1];
  return said === undefined ? new TextDecoder().decode(stderr) : JSON.parse(said);
}

Deno.test("differs from fetch: HTTP_PROXY is not looked at", async () => {
  assertStringIncludes(README, "`HTTP_PROXY`");
  await using proxy = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("proxy"),
  );
  const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`, NO_PROXY: "" };
  assertEquals(await inEnvironment(env), ["origin, traceparent: false", "proxy"]);
});
