/**
 * `--write-out`: text with the facts about a transfer in it, in curl's syntax.
 *
 * @module
 */

import type { CliHost } from "../host.ts";
import { CliError, ExitCode } from "../error.ts";
import { readFile } from "../file.ts";
import { say } from "../print.ts";
import { printable } from "../text.ts";
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
    else if (text !== "") await writeText(text, host);
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
      else text += shown(value(transferred));
    } else if (header !== undefined) {
      text += transferred.report.headers?.get(header.trim().toLowerCase())?.trim() ?? "";
    } else {
      text += ESCAPES[token] ?? token;
    }
  }
  await flush();
}

/** A variable, a header, an escape, or text up to the next of these. */
const TOKEN = /%header\{[^{}]*\}|%\{[^{}]*\}|%%|\\[nrt]|[%\\]|[^%\\]+/g;

const ESCAPES: Readonly<Record<string, string>> = { "%%": "%", "\\n": "\n", "\\r": "\r", "\\t": "\t" };

function shown(value: string | number | null): string {
  return value === null ? "" : String(value);
}

async function writeText(text: string, host: CliHost): Promise<void> {
  try {
    await host.stdout.write(new TextEncoder().encode(text));
  } catch (cause) {
    throw new CliError(ExitCode.write, "Cannot write to standard output", { cause });
  }
}
