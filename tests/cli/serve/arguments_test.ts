/** The arguments of the command that serves a folder. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CliError } from "../../../cli/error.ts";
import { parseServeArguments } from "../../../cli/serve/arguments.ts";
import { SERVE_FLAGS } from "../../../cli/serve/flags.ts";
import { serveHelpText } from "../../../cli/serve/help.ts";

const DEFAULTS = {
  action: "serve",
  folder: ".",
  hostname: "127.0.0.1",
  port: 8443,
  plain: false,
  names: [],
  dotfiles: false,
  verbose: false,
};

const PARSED: readonly (readonly [args: readonly string[], fields: Readonly<Record<string, unknown>>])[] = [
  [[], {}],
  [["public"], { folder: "public" }],
  [["--", "-v"], { folder: "-v" }],
  [["--port", "0"], { port: 0 }],
  [["-p8000", "public"], { port: 8000, folder: "public" }],
  [["--plain"], { plain: true, port: 8080 }],
  [["--plain", "--port=65535"], { plain: true, port: 65_535 }],
  [["--port=80", "--plain"], { plain: true, port: 80 }],
  [["--host", "::"], { hostname: "::" }],
  [["--plain", "--name", "a"], { plain: true, port: 8080, names: ["a"] }],
  [["--cert", "c.pem"], { certFile: "c.pem" }],
  [["--cert", "c.pem", "--key", "k.pem"], { certFile: "c.pem", keyFile: "k.pem" }],
  [["--name", "a.example", "--name=192.0.2.1"], { names: ["a.example", "192.0.2.1"] }],
  [["--dotfiles", "-v"], { dotfiles: true, verbose: true }],
];
for (const [args, fields] of PARSED) {
  Deno.test(`parseServeArguments: ${args.join(" ") || "nothing"}`, () => {
    assertEquals<unknown>(parseServeArguments(args), { ...DEFAULTS, ...fields });
  });
}

for (const args of [["--help"], ["-h", "--port", "0", "a", "b"], ["--help", "--version"]]) {
  Deno.test(`parseServeArguments: ${args.join(" ")}: help`, () => {
    assertEquals(parseServeArguments(args), { action: "help" });
  });
}

const REFUSED: readonly (readonly [args: readonly string[], message: string])[] = [
  [["a", "b"], "Cannot serve more than one folder"],
  [[""], "Cannot serve a folder: its name is empty"],
  [["--port", "65536"], 'Cannot use --port: "65536" is no number from 0 to 65535'],
  [["--port", "-1"], 'Cannot use --port: "-1" is no number'],
  [["--port", "8e3"], 'Cannot use --port: "8e3" is no number'],
  [["--port="], 'Cannot use --port: "" is no number'],
  [["--port"], "Cannot use --port: it needs a value, PORT"],
  [["--host="], "Cannot use --host: it is empty"],
  [["--key", "k.pem"], "Cannot use --key without --cert"],
  [["--plain", "--cert", "c.pem"], "Cannot use --cert with --plain: there is no TLS"],
  [["--cert", "c.pem", "--name", "a"], "Cannot use --name with --cert: no certificate is made"],
  [["--cors"], "Cannot use --cors: there is no such flag"],
];
for (const [args, message] of REFUSED) {
  Deno.test(`parseServeArguments: ${args.join(" ") || "an empty name"}: refused`, () => {
    const error = assertThrows(() => parseServeArguments(args), CliError, message);
    assertEquals(error.exitCode, 2);
  });
}

Deno.test("serveHelpText: every flag is in it, in lines that fit a terminal", () => {
  const text = serveHelpText();
  for (const { name, short } of SERVE_FLAGS) {
    assertStringIncludes(text, short === undefined ? `     --${name}` : `  -${short}, --${name}`);
  }
  for (const line of text.split("\n")) assert(line.length <= 120, line);
});

Deno.test("SERVE_FLAGS: no name and no letter stands for two, and each has a reader or an action", () => {
  const names = SERVE_FLAGS.flatMap(({ name, short }) => short === undefined ? [name] : [name, short]);
  assertEquals(names.length, new Set(names).size);
  for (const { name, read, action } of SERVE_FLAGS) {
    assert((read === undefined) !== (action === undefined), `--${name}`);
  }
});
