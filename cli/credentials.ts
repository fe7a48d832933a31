/**
 * The authorization of a command: `--user`, `--oauth2-bearer`, and the entries of `--netrc`.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { CliError, ExitCode, usageError } from "./error.ts";
import { readFile } from "./file.ts";
import type { CliHost } from "./host.ts";
import { parseNetrc } from "./netrc.ts";
import { basicCredentials, credentialsFault } from "../client/request/basic_credentials.ts";
import type { Target } from "../client/request/target.ts";

/** The value of `authorization` for a target; `undefined` for none. */
export type Authorize = (
  target: Pick<Target, "hostname">,
  userinfo: string | undefined,
) => string | undefined;

/**
 * Reads the credentials of a command, and asks for a password that is left out where standard input is a terminal.
 *
 * @throws {CliError} `usage` or `read`.
 */
export async function readCredentials(
  { user, bearer }: FetchCommand,
  host: CliHost,
): Promise<string | undefined> {
  if (bearer !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(bearer)) throw usageError("Cannot use --oauth2-bearer: it is no token");
    return `Bearer ${bearer}`;
  }
  if (user === undefined) return undefined;
  const colon = user.indexOf(":");
  if (colon >= 0) return basic(user.slice(0, colon), user.slice(colon + 1));
  const password = await host.readSecret(`Enter the password of the user "${user}": `);
  if (password === undefined) {
    throw usageError(
      "Cannot use --user: there is no password",
      "Give --user USER:PASSWORD; both may be empty.",
    );
  }
  return basic(user, password);
}

/**
 * Reads the file of `--netrc`.
 *
 * @returns The authorization by host name.
 * @throws {CliError} `usage` or `read`.
 */
export async function readNetrc(
  { netrc, netrcFile, talk }: FetchCommand,
  host: CliHost,
): Promise<Authorize | undefined> {
  if (netrc === undefined) return undefined;
  let path = netrcFile;
  if (path === undefined) {
    const home = await host.env("HOME");
    if (home === undefined) {
      throw new CliError(ExitCode.usage, "Cannot use --netrc: HOME is not known", {
        hint: "Run with --allow-env=HOME, or name the file: --netrc-file FILE.",
      });
    }
    path = `${home}/.netrc`;
  }
  let text: string;
  try {
    text = new TextDecoder().decode(await readFile(path, ExitCode.read, "the .netrc", host));
  } catch (error) {
    // As in curl, only a file that was named has to be there.
    if (netrcFile !== undefined || !(error instanceof Error && isMissing(error.cause))) throw error;
    if (talk === "verbose") host.stderr.write("* There is no .netrc\n");
    return undefined;
  }
  const entries = parseNetrc(text);
  return ({ hostname }, userinfo) => {
    const entry = entries.find(({ machine }) => machine === undefined || machine === hostname);
    // As in curl, an entry without user name and password names no credentials.
    if (entry === undefined || (entry.login === "" && entry.password === "")) return undefined;
    if (netrc === "optional" && userinfo !== undefined) return undefined;
    return basic(entry.login, entry.password);
  };
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "NotFound";
}

function basic(user: string, password: string): string {
  const bytes = [ENCODER.encode(user), ENCODER.encode(password)] as const;
  const fault = credentialsFault(...bytes);
  if (fault !== undefined) throw usageError(`Cannot use the credentials: ${fault}`);
  return basicCredentials(...bytes);
}

const ENCODER = new TextEncoder();
