/** Transfers of the command line in a world that is made up: retries, passwords, outputs, and what is written after. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ClientError } from "../../client/error/client_error.ts";
import { respond } from "./fake_host.ts";
import { runMain, URL_ } from "./run_main.ts";

function fields(headers: HeadersInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

Deno.test("main: a password that is left out is asked for, and not shown", async () => {
  const { code, host } = await runMain(["-vu", "me", URL_], { secret: "pw" });
  assertEquals(code, 0);
  assertEquals(fields(host.requests[0]?.headers).authorization, "Basic bWU6cHc=");
  assertStringIncludes(host.said, 'Enter the password of the user "me": ');
  assertStringIncludes(host.said, "authorization: Basic <hidden>");
  assertEquals(host.said.includes("bWU6cHc="), false);
});

Deno.test("main: without a terminal a password that is left out is a wrong use", async () => {
  const { code, host } = await runMain(["-u", "me", URL_]);
  assertEquals({ code, requests: host.requests.length }, { code: 2, requests: 0 });
});

Deno.test("main: credentials with control characters are refused, without showing them", async () => {
  for (const args of [["-u", "me:secret\n"], ["--oauth2-bearer", "sec ret"]]) {
    const { code, host } = await runMain([...args, URL_]);
    assertEquals({ code, requests: host.requests.length }, { code: 2, requests: 0 });
    assertEquals(host.said.includes("sec"), false, host.said);
  }
});

Deno.test("main: attempts are repeated with growing waits, and the last response is the output", async () => {
  const statuses = [503, 500, 200];
  const { code, host } = await runMain(["--retry", "5", "-w", "%{num_retries} %{http_code}", URL_], {
    answer: () => respond({ status: statuses.shift() ?? 0, body: ["body"] }),
  });
  assertEquals({ code, out: host.outputText, slept: host.slept }, {
    code: 0,
    out: "body2 200",
    slept: [1_000, 2_000],
  });
});

Deno.test("main: a failure is repeated only while nothing of the body is on standard output", async () => {
  const broken = (): ReturnType<typeof respond> =>
    respond({ body: ["half", new ClientError("truncated", "Cannot read: cut short")] });
  const args = ["--retry", "1", "--retry-all-errors", URL_];
  const printed = await runMain(args, { answer: broken });
  assertEquals({ code: printed.code, out: printed.host.outputText, slept: printed.host.slept }, {
    code: 18,
    out: "half",
    slept: [],
  });
  const answers = [broken, () => respond({ body: ["whole"] })];
  const written = await runMain(["-o", "f", ...args], { answer: () => (answers.shift() ?? broken)() });
  assertEquals({ code: written.code, files: written.host.written, slept: written.host.slept }, {
    code: 0,
    files: { f: "whole" },
    slept: [1_000],
  });
});

Deno.test("main: what is appended to a file is not appended twice", async () => {
  const { code, host } = await runMain(
    ["-C", "-", "-o", "f", "--retry", "1", "--retry-all-errors", URL_],
    {
      files: { f: "01" },
      answer: () =>
        respond({
          status: 206,
          fields: [["content-range", "bytes 2-5/6"]],
          body: ["23", new ClientError("truncated", "Cannot read: cut short")],
        }),
    },
  );
  assertEquals({ code, files: host.written, slept: host.slept }, {
    code: 18,
    files: { f: "0123" },
    slept: [],
  });
  assertEquals(fields(host.requests[0]?.headers).range, "bytes=2-");
});

Deno.test("main: a response that continues elsewhere than asked is refused, and the file stays", async () => {
  for (
    const headers of [[["content-range", "bytes 0-5/6"]], [["content-range", "bytes x"]], []] as [
      string,
      string,
    ][][]
  ) {
    const { code, host } = await runMain(["-C", "2", "-o", "f", URL_], {
      answer: () => respond({ status: 206, fields: headers, body: ["23"] }),
    });
    assertEquals({ code, files: host.written }, { code: 33, files: {} });
  }
});

Deno.test("main: a file that the URL names is continued where it ends", async () => {
  const { code, host } = await runMain(["-C", "-", "-O", `${URL_}name`], {
    files: { name: "01" },
    answer: () =>
      respond({
        status: 206,
        fields: [["content-range", "bytes 2-5/6"], ["content-disposition", "attachment; filename=there"]],
        body: ["2345"],
      }),
  });
  assertEquals({ code, files: host.written }, { code: 0, files: { name: "012345" } });
  assertEquals(fields(host.requests[0]?.headers).range, "bytes=2-");
});

Deno.test("main: the page of an error is not appended to a file, although the body of a failure is wanted", async () => {
  const { code, host } = await runMain(["--fail-with-body", "-C", "-", "-o", "f", URL_], {
    files: { f: "01" },
    answer: () => respond({ status: 404, body: ["page"] }),
  });
  assertEquals({ code, files: host.written }, { code: 22, files: {} });
});

Deno.test("main: the server's name for a file overwrites nothing, and needs the permission for it", async () => {
  const answer = (): ReturnType<typeof respond> =>
    respond({ fields: [["content-disposition", "attachment; filename=there"]], body: ["new"] });
  const url = `${URL_}name`;
  const exists = await runMain(["-OJ", url], { answer, files: { there: "old" } });
  assertEquals({ code: exists.code, files: exists.host.written }, { code: 23, files: {} });
  const forbidden = await runMain(["-OJ", url], { answer, forbidden: ["there"] });
  assertEquals({ code: forbidden.code, files: forbidden.host.written }, { code: 23, files: {} });
  assertStringIncludes(forbidden.host.said, "Run with --allow-write=there.");
  const inFolder = await runMain(["-OJ", "--output-dir", "d", "--create-dirs", url], { answer });
  assertEquals({ files: inFolder.host.written, folders: inFolder.host.folders }, {
    files: { "d/there": "new" },
    folders: ["d"],
  });
});

Deno.test("main: a slow rate waits for the bytes, and --max-time ends the wait", async () => {
  const slow = await runMain(["--limit-rate", "2", URL_], {
    answer: () => respond({ body: ["ab", "cdef"] }),
  });
  assertEquals({ out: slow.host.outputText, slept: slow.host.slept }, {
    out: "abcdef",
    slept: [1_000, 2_000],
  });
  const ended = await runMain(["--limit-rate", "1", "-m", "3", URL_], {
    answer: () => respond({ body: ["abcdefgh"] }),
  });
  assertEquals({ code: ended.code, slept: ended.host.slept }, { code: 28, slept: [3_000] });
});

Deno.test("main: a body that is longer than allowed is cut off there", async () => {
  const { code, host } = await runMain(["--max-filesize", "4", URL_], {
    answer: () => respond({ body: ["abc", "def"] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 63, out: "abc" });
});

Deno.test("main: --remove-on-error removes a file that it wrote, and none that it did not", async () => {
  const broken = await runMain(["--remove-on-error", "-o", "f", URL_], {
    answer: () => respond({ body: ["half", new ClientError("truncated", "Cannot read: cut short")] }),
  });
  assertEquals({ code: broken.code, files: broken.host.written }, { code: 18, files: {} });
  const refused = await runMain(["--remove-on-error", "-fo", "f", URL_], {
    files: { f: "mine" },
    answer: () => respond({ status: 404, body: ["no"] }),
  });
  assertEquals({ code: refused.code, files: refused.host.written }, { code: 22, files: {} });
});

Deno.test("main: the exit code is that of the last URL, or of the first failure with --fail-early", async () => {
  const urls = [`${URL_}{1,2}`, `${URL_}3`];
  const answer = ({ url }: { url: string }): ReturnType<typeof respond> =>
    respond({ status: url.endsWith("2") ? 404 : 200 });
  const all = await runMain(["-f", ...urls], { answer });
  assertEquals({ code: all.code, count: all.host.requests.length }, { code: 0, count: 3 });
  const early = await runMain(["-f", "--fail-early", ...urls], { answer });
  assertEquals({ code: early.code, count: early.host.requests.length }, { code: 22, count: 2 });
});

Deno.test("main: Ctrl-C ends a wait between attempts, and the URLs behind it", async () => {
  const { code, host } = await runMain(["--retry", "5", URL_, URL_], {
    answer(_request, world) {
      world.interrupt?.();
      return respond({ status: 503 });
    },
  });
  assertEquals({ code, count: host.requests.length }, { code: 130, count: 1 });
});

Deno.test("main: /dev/null needs no permission and opens nothing", async () => {
  const { code, host } = await runMain(["-o", "/dev/null", "-w", "%{size_download}", URL_], {
    forbidden: ["/dev/null"],
    answer: () => respond({ body: ["hello"] }),
  });
  assertEquals({ code, out: host.outputText, files: host.written }, { code: 0, out: "5", files: {} });
});

Deno.test("main: %{http_connect} is 000 where no proxy opened a tunnel", async () => {
  const timings = { waiting: 1, headers: 1 };
  for (const proxies of [undefined, ["socks5h://proxy.test:1080"]]) {
    const connection = () => ({ id: 1, reused: false, timings, ...(proxies && { proxies }) });
    const { code, host } = await runMain(["-w", "%{http_connect}", URL_], {
      answer: () => respond({ connection }),
    });
    assertEquals({ code, out: host.outputText }, { code: 0, out: "000" });
  }
});

Deno.test("main: control characters of an unknown variable do not reach the terminal", async () => {
  const { code, host } = await runMain(["-w", "%{a\x1b[2Jb}", URL_]);
  assertEquals(code, 0);
  assertEquals(host.said.includes("\x1b"), false);
});

Deno.test("main: help is by subject", async () => {
  const tls = await runMain(["--help", "tls"]);
  assertStringIncludes(tls.host.outputText, "--tls-max");
  assertEquals(tls.host.outputText.includes("--form"), false);
  const codes = await runMain(["--help", "codes"]);
  assertStringIncludes(codes.host.outputText, " 90  ");
  const none = await runMain(["--help", "none"]);
  assertEquals(none.code, 2);
});
