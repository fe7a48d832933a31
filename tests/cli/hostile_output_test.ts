/** What a hostile server puts into names, fields and cookies, on its way to files and to a terminal. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { denoHost } from "../../cli/cli.ts";
import { printableJson } from "../../cli/text.ts";
import { ClientError } from "../../client/error/client_error.ts";
import { respond } from "./fake_host.ts";
import { runMain, URL_ } from "./run_main.ts";

/** C1's CSI in UTF-8, as the code units of a field: terminals take it for `ESC [`. */
const CSI = "\xc2\x9b";
const HOSTILE: readonly Field[] = [["x-name", `a${CSI}31mb`], ["content-type", `text/${CSI}0m`]];

Deno.test("main: another name that a second attempt gives does not overwrite a file", async () => {
  let attempt = 0;
  const { code, host } = await runMain(["-sOJ", "--retry", "1", "--retry-all-errors", `${URL_}page`], {
    files: { precious: "mine" },
    answer: () => {
      const name = ++attempt === 1 ? "first" : "precious";
      return respond({
        fields: [["content-disposition", `attachment; filename="${name}"`]],
        body: attempt === 1 ? ["half", new ClientError("truncated", "Cannot read on")] : ["evil"],
      });
    },
  });
  assertEquals({ code, attempt, written: host.written }, {
    code: 23,
    attempt: 2,
    written: { first: "half" },
  });
});

Deno.test("main: a second attempt writes to the file of the first again, where the name is the same", async () => {
  let attempt = 0;
  const { code, host } = await runMain(["-sOJ", "--retry", "1", "--retry-all-errors", `${URL_}page`], {
    answer: () =>
      respond({
        fields: [["content-disposition", "attachment; filename=name"]],
        body: ++attempt === 1 ? ["half", new ClientError("truncated", "Cannot read on")] : ["whole"],
      }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { name: "whole" } });
});

const WRITTEN: readonly { readonly format: string; readonly piped: string; readonly shown: string }[] = [
  { format: "%header{x-name}", piped: "a\x9b31mb", shown: "a\\x9b31mb" },
  { format: "%{content_type}", piped: "text/\x9b0m", shown: "text/\\x9b0m" },
  {
    format: "%{header_json}",
    piped: '{"content-type":["text/\\u009b0m"],\n"x-name":["a\\u009b31mb"]\n}',
    shown: '{"content-type":["text/\\u009b0m"],\n"x-name":["a\\u009b31mb"]\n}',
  },
  { format: "%header{}%header{a b}.", piped: ".", shown: "." },
];

for (const { format, piped, shown } of WRITTEN) {
  Deno.test(`main: --write-out ${format} writes a field as its bytes, and to a terminal printable`, async () => {
    const answer = () => respond({ fields: HOSTILE });
    const inPipe = await runMain(["-s", "-w", format, URL_], { answer });
    assertEquals(inPipe.host.outputText, piped);
    const onTerminal = await runMain(["-s", "-w", format, URL_], { answer, terminals: ["stdout"] });
    assertEquals(onTerminal.host.outputText, shown);
    const onError = await runMain(["-s", "-w", `%{stderr}${format}`, URL_], {
      answer,
      terminals: ["stderr"],
    });
    assertEquals(onError.host.said, shown);
  });
}

Deno.test("main: --dump-header - writes a head to a terminal printable", async () => {
  const { host } = await runMain(["-s", "-D", "-", URL_], {
    terminals: ["stdout"],
    answer: () => respond({ fields: HOSTILE }),
  });
  assertStringIncludes(host.outputText, "x-name: a\\x9b31mb\r\n");
});

Deno.test("printableJson escapes what a terminal would obey, and means the same", () => {
  const value = { "a\x1b": "\x9b\u202e\u{e0001}\u2028é日" };
  const text = printableJson(value);
  assertEquals(text, '{"a\\u001b":"\\u009b\\u202e\\udb40\\udc01\\u2028é日"}');
  assertEquals(JSON.parse(text), value);
});

for (const args of [["--help"], ["--version"], ["-s", "-w", "%{http_code}", URL_], ["-s", "-D", "-", URL_]]) {
  Deno.test(`main: standard output that is closed fails ${args.join(" ")} by its own exit code`, async () => {
    const { code, host } = await runMain(args, { room: 0 });
    assertEquals(code, 23);
    assertStringIncludes(host.said, "Cannot write to standard output");
  });
}

Deno.test("denoHost: a file for the user alone, and a key log, are made with mode 600", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const host = denoHost();
    (await host.openFile(`${folder}/jar`, "empty", true)).close();
    (await host.openLog(`${folder}/log`)).close();
    for (const name of ["jar", "log"]) {
      const { mode } = await Deno.stat(`${folder}/${name}`);
      if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o777, 0o600);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
