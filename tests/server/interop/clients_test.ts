/** nghttp, h2load, Node.js, Deno's `fetch` and Go before the server. */

import { assertEquals } from "@std/assert";
import { pathOf } from "../../support/checkout.ts";
import { installed } from "../../support/peers.ts";
import { startServed, TRANSPORTS } from "./served.ts";

const UPLOAD_BYTES = 300_000;

/** A client that gets `/facts` and `/pieces`, and posts so many bytes to `/length`; a line for each. */
interface Client {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly version: "HTTP/1.1" | "HTTP/2";
  readonly overTcp?: boolean;
  readonly overTls?: boolean;
  readonly stdin?: string;
}

/** The three requests by a function `ask(path, content)` of JavaScript. */
const ASKS = `
for (const [path, content] of [["/facts"], ["/pieces"], ["/length", "x".repeat(${UPLOAD_BYTES})]]) {
  console.log(await ask(path, content));
}`;

/** Node's functions for both of its HTTP/1.1 modules. */
const NODE_HTTP1 = `
import http from "node:http"; import https from "node:https"; import { readFileSync } from "node:fs";
const { ORIGIN } = process.env, read = (name) => readFileSync(name, "utf8");
const { request, Agent } = ORIGIN.startsWith("https") ? https : http;
const tls = { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
const agent = new Agent({ keepAlive: true, ...tls });
const ask = (path, content) => new Promise((resolve, reject) => {
  request(ORIGIN + path, { agent, method: content ? "POST" : "GET" }, async (response) => {
    let text = ""; for await (const piece of response) text += piece;
    resolve(text);
  }).on("error", reject).end(content);
});
${ASKS}
agent.destroy();`;

const NODE_HTTP2 = `
import http2 from "node:http2"; import { readFileSync } from "node:fs";
const read = (name) => readFileSync(name, "utf8");
const session = http2.connect(process.env.ORIGIN, { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") });
const ask = async (path, content) => {
  const stream = session.request({ ":path": path, ":method": content ? "POST" : "GET" });
  stream.end(content);
  let text = ""; for await (const piece of stream) text += piece;
  return text;
};
${ASKS}
session.close();`;

const NODE_FETCH = `
const ask = async (path, body) =>
  await (await fetch(process.env.ORIGIN + path, { method: body ? "POST" : "GET", body })).text();
${ASKS}`;

const denoFetch = (http2: boolean) => `
const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => Deno.readTextFileSync(name));
const client = Deno.createHttpClient({ caCerts: [ca], cert, key, http1: ${!http2}, http2: ${http2} });
const ask = async (path, body) => {
  const init = { client, method: body ? "POST" : "GET", body };
  return await (await fetch(Deno.env.get("ORIGIN") + path, init)).text();
};
${ASKS}`;

const GO_CLIENT = pathOf(new URL("go_client.go", import.meta.url));

const CLIENTS: readonly Client[] = [
  {
    name: "Node's http and https",
    program: "node",
    args: ["--input-type=module", "-"],
    stdin: NODE_HTTP1,
    version: "HTTP/1.1",
  },
  {
    name: "Node's http2",
    program: "node",
    args: ["--input-type=module", "-"],
    stdin: NODE_HTTP2,
    version: "HTTP/2",
  },
  {
    name: "Node's fetch",
    program: "node",
    args: ["--input-type=module", "-"],
    stdin: NODE_FETCH,
    version: "HTTP/1.1",
    overTls: false,
  },
  {
    name: "Deno's fetch",
    program: "deno",
    args: ["eval", "--quiet", denoFetch(false)],
    version: "HTTP/1.1",
  },
  {
    name: "Deno's fetch",
    program: "deno",
    args: ["eval", "--quiet", denoFetch(true)],
    version: "HTTP/2",
  },
  { name: "Go's net/http", program: "go", args: ["run", GO_CLIENT, "1"], version: "HTTP/1.1" },
  { name: "Go's net/http", program: "go", args: ["run", GO_CLIENT, "2"], version: "HTTP/2" },
];

for (const client of CLIENTS) {
  const { name, program, args, version, overTls = true, stdin } = client;
  for (const [transport, tls] of Object.entries(TRANSPORTS)) {
    if (tls !== undefined && !overTls) continue;
    Deno.test({
      name: `${name}: ${version} over ${transport}`,
      ignore: program !== "deno" && !installed(program),
      async fn() {
        await using served = await startServed(tls);
        const { code, stdout, stderr } = await served.run(program, args, stdin);
        assertEquals([code, stderr], [0, ""]);
        const [facts = "", ...rest] = stdout.split("\n");
        assertEquals(facts.startsWith(`${version} GET`), true, facts);
        assertEquals(facts.endsWith("CN=a guest"), tls?.clientAuth !== undefined, facts);
        assertEquals(rest, ["one two three", `${UPLOAD_BYTES}`, ""]);
      },
    });
  }
}

for (const [transport, tls] of Object.entries(TRANSPORTS)) {
  if (tls?.clientAuth !== undefined) continue; // these have no certificate
  Deno.test({
    name: `nghttp: streams beside each other, over ${transport}`,
    ignore: !installed("nghttp"),
    async fn() {
      await using served = await startServed(tls);
      const urls = ["/facts", "/pieces", "/trailers"].map((path) => served.origin + path);
      const { stdout, code } = await served.run("nghttp", ["-v", ...urls]);
      const seen = ["HTTP/2 GET", "three", "x-after: the end", ":status: 103"];
      assertEquals([code, seen.filter((part) => !stdout.includes(part))], [0, []]);
    },
  });
  for (const [version, args] of [["HTTP/1.1", ["--h1"]], ["HTTP/2", ["-m", "20"]]] as const) {
    Deno.test({
      name: `h2load: 2000 requests of ${version} on ten connections, over ${transport}`,
      ignore: !installed("h2load"),
      async fn() {
        await using served = await startServed(tls);
        const load = ["-n", "2000", "-c", "10", ...args, `${served.origin}/pieces`];
        const { stdout } = await served.run("h2load", load);
        assertEquals(
          /^requests: .*$/m.exec(stdout)?.[0],
          "requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout",
        );
      },
    });
  }
}
