/** Redirects, which the command line follows one request at a time. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { respond } from "./fake_host.ts";
import { CONNECTED, runMain, URL_ } from "./run_main.ts";

const MOVED = (location: string, status = 302) =>
  respond({ status, statusText: "Found", fields: [["location", location]], body: ["moved"] });

Deno.test("main: a redirect that was not to be followed is a response", async () => {
  const { code, host } = await runMain([URL_], { answer: () => MOVED("/b") });
  assertEquals({ code, requests: host.requests.length, out: host.outputText }, {
    code: 0,
    requests: 1,
    out: "moved",
  });
});

Deno.test("main: a redirect is said in a line, without the query, which is for the next server alone", async () => {
  const { code, host } = await runMain(["-L", URL_], {
    answer: ({ url }) => url === URL_ ? MOVED("/b?token") : respond({ body: ["there"] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: "there" });
  assert(host.said.startsWith(`${CONNECTED}* Redirected with 302 to https://example.com/b?...\n`), host.said);
  assert(!host.said.includes("token"), host.said);
});

Deno.test("main: a redirect with credentials for another origin is refused, and they are not shown", async () => {
  const { code, host } = await runMain(["-L", URL_], {
    answer: () => MOVED("http://me:s3cret@other.example/"),
  });
  assertEquals(code, 47);
  assertStringIncludes(host.said, "< location: http://<hidden>@other.example/\n");
  assert(!host.said.includes("s3cret"), host.said);
});

Deno.test("main: the requests that redirects lead to carry what they may", async () => {
  const args = ["-L", "-d", "x=1", "-H", "Authorization: Bearer s3cret", "-H", "X-A: 1", URL_];
  const { code, host } = await runMain(args, {
    answer: ({ url }) => {
      if (url === URL_) return MOVED("/b?q", 307);
      if (url === "https://example.com/b?q") return MOVED("https://other.example/c");
      return respond({ body: ["there"] });
    },
  });
  assertEquals(code, 0);
  assertEquals(host.outputText, "there");
  const seen = host.requests.map(({ url, method, body, headers, redirect }) => ({
    url,
    method,
    body: body instanceof Uint8Array ? new TextDecoder().decode(body) : body,
    fields: (headers as [string, string][]).map(([name]) => name).filter((name) =>
      !/^(?:accept|user-agent)$/.test(name)
    ),
    redirect,
  }));
  const manual = { redirect: "manual" as const };
  assertEquals(seen, [
    { url: URL_, method: "POST", body: "x=1", fields: ["authorization", "x-a", "content-type"], ...manual },
    {
      url: `${URL_}b?q`,
      method: "POST",
      body: "x=1",
      fields: ["authorization", "x-a", "content-type"],
      ...manual,
    },
    { url: "https://other.example/c", method: "GET", body: undefined, fields: ["x-a"], ...manual },
  ]);
  assertEquals(host.said.match(/^\* Redirected.*$/gm), [
    "* Redirected with 307 to https://example.com/b?...",
    "* Redirected with 302 to https://other.example/c",
  ]);
});

Deno.test("main: verbose shows each hop", async () => {
  const { host } = await runMain(["-vL", URL_], {
    answer: ({ url }) => url === URL_ ? MOVED("/b") : respond(),
  });
  const heads = host.said.split("\n").filter((line) => /^[<>] (?:GET|HTTP)|^\* Redirected/.test(line));
  assertEquals(heads, [
    "> GET / HTTP/1.1",
    "< HTTP/1.1 302 Found",
    "* Redirected with 302 to https://example.com/b",
    "> GET /b HTTP/1.1",
    "< HTTP/1.1 200 OK",
  ]);
});

Deno.test("main: a circle of redirects ends, and the last response is shown", async () => {
  const { code, host } = await runMain(["-L", "--max-redirs", "2", URL_], { answer: () => MOVED("/") });
  assertEquals({ code, requests: host.requests.length }, { code: 47, requests: 3 });
  assertStringIncludes(host.said, "< HTTP/1.1 302 Found\n");
  assertStringIncludes(host.said, "hint: Allow more with --max-redirs");
});

Deno.test("main: all requests together have the time that was given", async () => {
  const { host } = await runMain(["-L", "-m", "5", URL_], {
    answer: ({ url }, world) => {
      world.time += 2_000;
      return url === URL_ ? MOVED("/b") : respond();
    },
  });
  assertEquals(host.requests.map(({ timeouts }) => timeouts), [{ total: 5_000 }, { total: 3_000 }]);
});

Deno.test("main: a redirect's content is read to its end where it is short, and given up where it is long", async () => {
  for (const [pieces, reads] of [[3, 4], [1_000, 7]] as const) {
    let count = 0;
    const { code, host } = await runMain(["-L", URL_], {
      answer: ({ url }) => {
        if (url !== URL_) return respond({ body: ["there"] });
        const body = Array.from({ length: pieces }, () => "x".repeat(10_000));
        return respond({ status: 302, fields: [["location", "/b"]], body, onRead: () => count++ });
      },
    });
    assertEquals({ code, out: host.outputText, count }, { code: 0, out: "there", count: reads });
  }
});

Deno.test("main: a redirect whose content is cut short is followed all the same", async () => {
  const { code, host } = await runMain(["-L", URL_], {
    answer: ({ url }) =>
      url === URL_
        ? respond({ status: 302, fields: [["location", "/b"]], body: [new Error("cut")] })
        : respond({ body: ["there"] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: "there" });
});
