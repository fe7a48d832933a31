/**
 * `--write-out`: text with the facts about a transfer in it, in curl's syntax.
 *
 * @module
 */

import type { CliHost } from "../host.ts";
import { ExitCode } from "../error.ts";
import { readFile } from "../file.ts";
import { say } from "../print.ts";
import { writeStandardOutput } from "../standard_output.ts";
import { decodedField, printable } from "../text.ts";
import { isToken } from "../../http/fields.ts";
import { type Transferred, VARIABLES } from "./variables.ts";

/**
 * The format of a command; `@FILE` is read, and `@-` from standard input.
 *
 * @throws {CliError} `read`.
 */
export async function readFormat(writeOut: string | undefined, host: CliHost): Promise<string | undefined> {
  if (!writeOut?.startsWith("@")) return writeOut;
  const path = writeOut.slice(1);
  const bytes = path === "-"
    ? await host.readInput()
    : await readFile(path, ExitCode.read, "the format of --write-out", host);
  return new TextDecoder().decode(bytes);
}

/**
 * Writes the format with the facts in it: to standard output, and behind `%{stderr}` to standard error.
 *
 * @throws {CliError} `write`.
 */
export async function writeOut(format: string, transferred: Transferred, host: CliHost): Promise<void> {
  let text = "";
  let isError = false;
  const flush = async (): Promise<void> => {
    if (isError) host.stderr.write(text);
    else if (text !== "") await writeStandardOutput(text, host);
    text = "";
  };
  for (const [token] of format.matchAll(TOKEN)) {
    const [, variable, header] = /^%(?:\{(.*)\}|header\{(.*)\})$/s.exec(token) ?? [];
    if (variable === "stderr" || variable === "stdout") {
      await flush();
      isError = variable === "stderr";
    } else if (variable === "onerror") {
      if (transferred.exitCode === ExitCode.ok) break;
    } else if (variable !== undefined) {
      const value = VARIABLES.get(variable);
      if (value === undefined) say(host.stderr, [`* --write-out has no variable "${printable(variable)}"`]);
      else text += shown(variable, value(transferred), isError ? host.stderr : host.stdout);
    } else if (header !== undefined) {
      const value = isToken(header.trim()) ? transferred.report.headers?.get(header.trim()) ?? "" : "";
      text += shown("header", decodedField(value), isError ? host.stderr : host.stdout);
    } else {
      text += ESCAPES[token] ?? token;
    }
  }
  await flush();
}

/** A variable, a header, an escape, or text up to the next of these. */
const TOKEN = /%header\{[^{}]*\}|%\{[^{}]*\}|%%|\\[nrt]|[%\\]|[^%\\]+/g;

const ESCAPES: Readonly<Record<string, string>> = { "%%": "%", "\\n": "\n", "\\r": "\r", "\\t": "\t" };

/** A value as text, on a terminal without what it would obey. JSON has line breaks, and nothing of that kind in it. */
function shown(
  name: string,
  value: string | number | null,
  { isTerminal }: { readonly isTerminal: boolean },
): string {
  if (value === null) return "";
  return isTerminal && !name.endsWith("json") ? printable(String(value)) : String(value);
}
