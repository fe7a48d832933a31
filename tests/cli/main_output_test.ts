/** Where the body of a response goes: standard output, a terminal or a file. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ClientError } from "../../client/error/client_error.ts";
import { respond } from "./fake_host.ts";
import { CONNECTED, runMain, TIMING, URL_ } from "./run_main.ts";

Deno.test("main: binary content is kept from a terminal", async () => {
  const answer = () => respond({ body: ["\x00\x01"] });
  const refused = await runMain([URL_], { terminals: ["stdout"], answer });
  assertEquals({ code: refused.code, out: refused.host.outputText }, { code: 23, out: "" });
  assertStringIncludes(refused.host.said, "Cannot write the body to the terminal: it is binary\n  hint: ");
  const insisted = await runMain(["-o", "-", URL_], { terminals: ["stdout"], answer });
  assertEquals({ code: insisted.code, out: insisted.host.outputText }, { code: 0, out: "\x00\x01" });
  const piped = await runMain([URL_], { answer });
  assertEquals({ code: piped.code, out: piped.host.outputText }, { code: 0, out: "\x00\x01" });
});

for (const [name, byte] of [["SO", "\x0e"], ["SUB", "\x1a"], ["FS", "\x1c"], ["US", "\x1f"]] as const) {
  Deno.test(`main: the control character ${name} between text makes content binary`, async () => {
    const answer = () => respond({ body: [`text ${byte} text`] });
    const { code, host } = await runMain([URL_], { terminals: ["stdout"], answer });
    assertEquals({ code, out: host.outputText }, { code: 23, out: "" });
  });
}

Deno.test("main: text in any script, with colours, is no binary", async () => {
  const text = "\x1b[1mhäß\x1b[0m 日本語\t\r\n\f";
  const { code, host } = await runMain([URL_], {
    terminals: ["stdout"],
    answer: () => respond({ body: [text] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: text });
});

Deno.test("main: a file gets the body, and a line says so", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    answer: () => respond({ body: ["hel", "lo"] }),
  });
  assertEquals({ code, written: host.written, out: host.outputText }, {
    code: 0,
    written: { page: "hello" },
    out: "",
  });
  assert(host.said.endsWith('* Wrote "page": 5 bytes in 0.0 ms\n'), host.said);
  assert(!host.said.includes("\r"));
});

Deno.test("main: an empty body makes an empty file", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    answer: () => respond({ status: 204, body: null }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { page: "" } });
});

Deno.test("main: a terminal sees the progress of a file", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    terminals: ["stderr"],
    answer: (_request, world) =>
      respond({
        fields: [["content-length", "10"]],
        body: ["hello", "hello"],
        // As if it took a second to come.
        onRead() {
          world.time += 1_000;
          for (const tick of world.ticking) tick();
        },
      }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { page: "hellohello" } });
  const frames = host.said.split("\r");
  assertMatch(frames[1] ?? "", /^ {2}0% {2}0 B of 10 B /);
  assertMatch(frames.at(-1) ?? "", /^100% {2}10 B of 10 B .*\n\* Wrote "page": 10 bytes/);
  for (const frame of frames.slice(1, -1)) assertEquals(frame.length, 79);
});

Deno.test("main: --silent shows no progress", async () => {
  const { host } = await runMain(["-s", "-o", "page", URL_], {
    terminals: ["stderr"],
    answer: () => respond({ body: ["x"] }),
  });
  assertEquals(host.said, "");
});

Deno.test("main: a file may be named by the URL", async () => {
  const { code, host } = await runMain(["-sO", "https://example.com/a/b%20c.tgz?d/e"], {
    answer: () => respond({ body: ["x"] }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { "b%20c.tgz": "x" } });
});

for (const path of ["", "a/", "a/..", "a/%2e%2E", "a/.", "..\\"]) {
  Deno.test(`main: a URL whose path is "/${path}" names no file`, async () => {
    const { code, host } = await runMain(["-O", `${URL_}${path}`]);
    assertEquals({ code, requests: host.requests.length }, { code: 23, requests: 0 });
    assertStringIncludes(host.said, "--output FILE");
  });
}

Deno.test("main: a file that may not be written to is found out before anything is sent", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], { forbidden: ["page"] });
  assertEquals({ code, requests: host.requests.length }, { code: 23, requests: 0 });
  assertStringIncludes(host.said, "hint: Run with --allow-write=page.\n");
});

Deno.test("main: a file that cannot be opened fails with the reason", async () => {
  const { code, host } = await runMain(["-so", "/tmp", URL_], { unopenable: ["/tmp"] });
  assertEquals(code, 23);
  assertEquals(
    host.said,
    'ductile: Cannot write to "/tmp"\n  cause: IsADirectory: Is a directory (os error 21)\n',
  );
});

Deno.test("main: a file is not touched by a request that fails", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    answer: () => Promise.reject(new ClientError("dns", "Cannot connect: no address")),
  });
  assertEquals({ code, written: host.written }, { code: 6, written: {} });
});

Deno.test("main: what is left of a body that breaks off is kept, and said to be incomplete", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    answer: () =>
      respond({
        fields: [["content-length", "10"]],
        body: ["hello", new ClientError("truncated", "Cannot read: cut")],
      }),
  });
  assertEquals({ code, written: host.written }, { code: 18, written: { page: "hello" } });
  assert(
    host.said.endsWith('* "page" is incomplete: it has 5 of 10 bytes\nductile: Cannot read: cut\n'),
    host.said,
  );
});

Deno.test("main: a connection that closes inside a body is the same as one that breaks off", async () => {
  const cut = new ClientError("connection_closed", "Cannot read: closed");
  const { code, host } = await runMain(["-s", URL_], { answer: () => respond({ body: ["hello", cut] }) });
  assertEquals({ code, out: host.outputText, said: host.said }, {
    code: 18,
    out: "hello",
    said: "ductile: Cannot read: closed\n",
  });
});

Deno.test("main: a disk that is full ends the download", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    room: 7,
    answer: () => respond({ body: ["hello", "hello"] }),
  });
  assertEquals(code, 23);
  assert(
    host.said.endsWith(
      '* "page" is incomplete: it has 5 bytes\nductile: Cannot write to "page"\n' +
        "  cause: Error: No space left on device (os error 28)\n",
    ),
    host.said,
  );
});

Deno.test("main: a closed standard output ends the download", async () => {
  const { code, host } = await runMain(["-s", URL_], { room: 0, answer: () => respond({ body: ["hello"] }) });
  assertEquals(code, 23);
  assertStringIncludes(host.said, "ductile: Cannot write the body to standard output\n");
});

Deno.test("main: --include prints the head to the output, as it came", async () => {
  const answer = () => respond({ fields: [["set-cookie", "id=1"], ["x", "\xe9"]], body: ["hello"] });
  const { host } = await runMain(["-i", URL_], { answer });
  const expected = "HTTP/1.1 200 OK\r\nset-cookie: id=1\r\nx: \xe9\r\n\r\nhello";
  assertEquals(host.output, Uint8Array.from(expected, (char) => char.charCodeAt(0)));
  // It need not be said twice.
  assertEquals(host.said, CONNECTED + TIMING);
});

Deno.test("main: on a terminal the head in the output is printable", async () => {
  const { host } = await runMain(["-I", URL_], {
    terminals: ["stdout"],
    answer: () => respond({ statusText: "\x9b", fields: [["x", "\xe9\x9b"]], body: null }),
  });
  assertEquals(host.requests[0]?.method, "HEAD");
  assertEquals(host.outputText, "HTTP/1.1 200 \\x9b\r\nx: \\xe9\\x9b\r\n\r\n");
});

Deno.test("main: --fail makes a status of 400 a failure without a body", async () => {
  for (const [status, code, out] of [[399, 0, "body"], [400, 22, ""], [503, 22, ""]] as const) {
    const { code: ended, host } = await runMain(["-f", URL_], {
      answer: () => respond({ status, body: ["body"] }),
    });
    assertEquals({ ended, out: host.outputText }, { ended: code, out });
  }
});
