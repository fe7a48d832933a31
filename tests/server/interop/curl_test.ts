/** curl before the server: both versions of HTTP, over TCP and both TLSs, and with a client certificate. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { installed } from "../../support/peers.ts";
import { type Served, startServed, TRANSPORTS } from "./served.ts";

const ignore = !installed("curl");
const COMMON = ["-sS", "--max-time", "20", "--cacert", "ca.pem"];
const IDENTITY = ["--cert", "cert.pem", "--key", "key.pem"];

async function curl(served: Served, path: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await served.run("curl", [...COMMON, ...args, served.origin + path]);
  return stderr + stdout;
}

/** How the versions of HTTP are asked for. */
const VERSIONS = [
  { name: "HTTP/1.1", overTcp: "--http1.1", overTls: "--http1.1" },
  { name: "HTTP/2", overTcp: "--http2-prior-knowledge", overTls: "--http2" },
];

for (const [transport, tls] of Object.entries(TRANSPORTS)) {
  for (const { name, overTcp, overTls } of VERSIONS) {
    const args = [tls === undefined ? overTcp : overTls, ...(tls?.clientAuth === undefined ? [] : IDENTITY)];
    Deno.test({
      name: `curl: ${name} over ${transport}: content both ways, HEAD, a 103 and trailers`,
      ignore,
      async fn() {
        await using served = await startServed(tls);
        assertEquals((await curl(served, "/facts", ...args)).split(" ").slice(0, 2), [name, "GET"]);
        assertEquals(await curl(served, "/pieces", ...args), "one two three");
        const long = "x".repeat(1_500_000);
        const upload = [...args, "--data-binary", "@-", "-H", "content-type: text/plain"];
        for (const path of ["/length", "/echo"]) {
          const answer = await served.run("curl", [...COMMON, ...upload, served.origin + path], long);
          assertEquals(answer.stdout === (path === "/echo" ? long : "1500000"), true, answer.stderr);
        }
        const chunked = [...upload, "-H", "transfer-encoding: chunked"];
        const answer = await served.run("curl", [...COMMON, ...chunked, `${served.origin}/length`], "five5");
        assertEquals(answer.stdout, "5");
        const head = await curl(served, "/facts", ...args, "--head");
        assertEquals(/content-length: \d+/.test(head), true, head);
        const hinted = await curl(served, "/trailers", ...args, "-i", "-H", "te: trailers");
        assertEquals(
          ["103", "link: </style.css>", "content", "x-after: the end"].filter((part) =>
            !hinted.includes(part)
          ),
          [],
        );
        if (args.includes("--http2-prior-knowledge")) return; // curl 7.88 reuses none of these, nghttpd's neither
        const two = await served.run("curl", [
          ...COMMON,
          ...args,
          ...["-w", " %{num_connects}\n", `${served.origin}/pieces`, `${served.origin}/pieces`],
        ]);
        assertEquals(two.stdout, "one two three 1\none two three 0\n");
      },
    });
  }
}

Deno.test({
  name: "curl: an upgrade to h2c is not taken, and the request is answered over HTTP/1.1",
  ignore,
  async fn() {
    await using served = await startServed(undefined);
    assertEquals(await curl(served, "/facts", "--http2"), "HTTP/1.1 GET");
  },
});

Deno.test({
  name: "curl: an expectation is met when the handler reads, and refused for what is not there",
  ignore,
  async fn() {
    await using served = await startServed(undefined);
    const args = ["--http1.1", "-H", "expect: 100-continue", "-v", "-d", "content"];
    const { stdout, stderr } = await served.run("curl", [...COMMON, ...args, `${served.origin}/length`]);
    assertEquals([stdout, stderr.includes("HTTP/1.1 100 Continue")], ["7", true]);
    const absent = await served.run("curl", [...COMMON, ...args, `${served.origin}/nowhere`]);
    assertEquals([absent.stderr.includes("100 Continue"), absent.stderr.includes("HTTP/1.1 404")], [
      false,
      true,
    ]);
  },
});

const TLS_VERSIONS = [
  { name: "TLSv1.3", args: ["--tlsv1.3"] },
  { name: "TLSv1.2", args: ["--tls-max", "1.2"] },
];
for (const { name: tlsVersion, args } of TLS_VERSIONS) {
  for (const { name, overTls } of VERSIONS) {
    Deno.test({
      name: `curl: a client certificate, ${name} over ${tlsVersion}: with it served, without it refused`,
      ignore,
      async fn() {
        await using served = await startServed(TRANSPORTS["Ductile's TLS with client certificates"]);
        assertEquals(
          await curl(served, "/facts", overTls, ...args, ...IDENTITY),
          `${name} GET ductile ${tlsVersion} CN=a guest`,
        );
        const refused = await served.run("curl", [...COMMON, overTls, ...args, `${served.origin}/facts`]);
        assertNotEquals(refused.code, 0);
        assertEquals(refused.stdout, "");
      },
    });
  }
}
