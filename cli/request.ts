/**
 * Makes the request of a command: the files that it names are read here, and nothing is sent yet.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import type { Content } from "./content/content.ts";
import { preparedBody, readContent } from "./content/read_content.ts";
import { type Authorize, readCredentials, readNetrc } from "./credentials.ts";
import { CliError, ExitCode } from "./error.ts";
import { readFile } from "./file.ts";
import type { CliHost } from "./host.ts";
import { completeUrl } from "./url.ts";
import { RequestDefaults } from "../client/request/request_defaults.ts";
import { prepare } from "../client/request/prepare.ts";
import type { PreparedRequest } from "../client/request/prepared_request.ts";

/** The request of a command. */
export interface Plan {
  /** The first request; those that redirects lead to follow from it. */
  readonly request: PreparedRequest;
  /** The content, if there is any. */
  readonly content: Content | undefined;
  /** The credentials of `--netrc`, for requests that have no others. */
  readonly netrc: Authorize | undefined;
}

/** Redirects that are followed by default, as by curl. */
const DEFAULT_MAX_REDIRECTS = 50;

/**
 * Reads the files that the command names, and checks its fields.
 *
 * @throws {CliError} `usage`, `malformed_url` or `read`.
 * @throws {ClientError} What cannot be a request.
 */
export async function planRequest(command: FetchCommand, host: CliHost): Promise<Plan> {
  const { compressed = false, location, maxRedirects = DEFAULT_MAX_REDIRECTS, range } = command;
  const url = await completeUrl(command, host);
  const { fields, requestHost, absent } = readHeaders(await withFiles(command.headers, host));
  const content = await readContent(command, host);
  const given = new Set([...absent, ...fields.map(([name]) => name)]);
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !given.has(name)) fields.push([name, value]);
  };
  for (const [name, value] of content?.fields ?? []) add(name, value);
  add("authorization", await readCredentials(command, host));
  add("range", range === undefined ? undefined : `bytes=${range}`);
  const cookies = (command.cookies ?? []).filter((text) => text.includes("="));
  if (cookies.length > 0) fields.push(["cookie", toByteString(cookies.map(withoutSemicolon).join("; "))]);
  const request = prepare(url, {
    method: methodOf(command, content),
    headers: fields,
    redirect: location ? "follow" : "manual",
    maxRedirects,
    ...(requestHost !== undefined && { host: requestHost }),
    // What is sent is opened anew for each request.
    ...(content !== undefined && { body: new Uint8Array() }),
  }, new RequestDefaults({ decode: compressed }));
  checkFamily(command, request);
  return {
    request: content === undefined ? request : { ...request, body: preparedBody(content) },
    content,
    netrc: await readNetrc(command, host),
  };
}

function methodOf({ method, head, upload }: FetchCommand, content: Content | undefined): string {
  if (method !== undefined) return method;
  if (head) return "HEAD";
  return content === undefined ? "GET" : upload === undefined ? "POST" : "PUT";
}

function withoutSemicolon(text: string): string {
  return text.trim().replace(/;$/, "");
}

/** Refuses an address of another family than `--ipv4` or `--ipv6` asks for: it would not be looked up. */
function checkFamily({ family, unixSocket }: FetchCommand, { target }: PreparedRequest): void {
  const isAddress = target.hostname.includes(":") || /^[\d.]+$/.test(target.hostname);
  if (family === undefined || unixSocket !== undefined || !isAddress) return;
  if (target.hostname.includes(":") !== (family === 6)) {
    throw new CliError(ExitCode.connect, `Cannot connect: the host is no IPv${family} address`);
  }
}

/** The fields with those of each `@FILE` in its place. */
async function withFiles(headers: readonly string[], host: CliHost): Promise<string[]> {
  const lists = await Promise.all(headers.map(async (header) => {
    if (!header.startsWith("@")) return [header];
    const path = header.slice(1);
    const bytes = path === "-"
      ? await host.readInput()
      : await readFile(path, ExitCode.read, "the fields of --header", host);
    return new TextDecoder().decode(bytes).split(/\r?\n/).filter((line) => line.trim() !== "");
  }));
  return lists.flat();
}

/** Fields that the client always adds, so that they cannot be left out. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(["accept", "host", "user-agent"]);

interface ReadHeaders {
  readonly fields: [name: string, value: string][];
  /** A `host` that is not the URL's. */
  readonly requestHost: string | undefined;
  /** Names to leave out: `Name:` without a value. */
  readonly absent: readonly string[];
}

/** Errors show names at most: a value may be a credential. */
function readHeaders(headers: readonly string[]): ReadHeaders {
  const fields: [string, string][] = [];
  const absent: string[] = [];
  let requestHost: string | undefined;
  for (const header of headers) {
    const [, given = "", sign, rest = ""] = header.match(/^([^:;]*)([:;])(.*)$/s) ?? [];
    const name = given.trim().toLowerCase();
    const value = rest.trim();
    if (sign === undefined || name === "" || (sign === ";" && value !== "")) {
      throw new CliError(ExitCode.usage, "Cannot use a --header: it is no field", {
        hint: 'Write -H "Name: value", or -H "Name;" for an empty value.',
      });
    }
    if (sign === ":" && value === "") {
      if (ALWAYS_SENT.has(name)) {
        throw new CliError(ExitCode.usage, `Cannot leave out the field "${name}": it is always sent`, {
          hint: `Give it another value: -H "${name}: VALUE".`,
        });
      }
      absent.push(name);
    } else if (name === "host") {
      requestHost = value;
    } else {
      fields.push([name, toByteString(value)]);
    }
  }
  return { fields, requestHost, absent };
}

/** A field's value as bytes: what is beyond ASCII is sent as UTF-8, as it came from the terminal. */
function toByteString(text: string): string {
  return Array.from(ENCODER.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

const ENCODER = new TextEncoder();
