/**
 * Makes the request of a command: the files that it names are read here, and nothing is sent yet.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { DataPart, FetchCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import { readFile } from "./file.ts";
import type { CliHost } from "./host.ts";
import { readProxy } from "./proxy.ts";
import { transportOptions } from "./transport.ts";
import { readTrust } from "./trust.ts";
import { RequestDefaults } from "../client/request/request_defaults.ts";
import type { ClientOptions } from "../client/options.ts";
import { prepare } from "../client/request/prepare.ts";
import type { PreparedRequest } from "../client/request/prepared_request.ts";

/** The request of a command, and the options of its client. */
export interface Plan {
  /** The options of the client. */
  readonly options: ClientOptions;
  /** The first request; those that redirects lead to follow from it. */
  readonly request: PreparedRequest;
  /** All the content, if there is any. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Reads the files that the command names, and checks its fields.
 *
 * @throws {CliError} `usage`, `malformed_url`, `read`, `ca_file` or `client_certificate`.
 * @throws {ClientError} What cannot be a request.
 */
export async function planRequest(command: FetchCommand, host: CliHost): Promise<Plan> {
  const { url, connectTimeout, version, compressed = false, location, maxRedirects } = command;
  // Its message must not show the URL, which may hold a password; the scheme is what most often lacks.
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    throw new CliError(ExitCode.malformed_url, "Cannot parse the URL: it does not begin with a scheme", {
      hint: "Put https:// or http:// before the host name.",
    });
  }
  const proxy = await readProxy(command);
  const options: ClientOptions = {
    ...await readTrust(command, host),
    ...(proxy !== undefined && { proxy }),
    ...transportOptions(command),
    ...(version === "http1.1" && { protocols: ["http/1.1"] }),
    ...(version === "http2-prior-knowledge" && { http2PriorKnowledge: true }),
    ...(connectTimeout !== undefined && { timeouts: { connect: connectTimeout, handshake: connectTimeout } }),
    decode: compressed,
  };
  const { fields, requestHost, absent } = readHeaders(command.headers);
  const content = await readContent(command.data, host);
  if (content !== undefined) {
    const given = new Set([...absent, ...fields.map(([name]) => name)]);
    fields.push(...contentFields(command.data).filter(([name]) => !given.has(name)));
  }
  const request = prepare(url, {
    method: command.method ?? (command.head ? "HEAD" : content === undefined ? "GET" : "POST"),
    headers: fields,
    redirect: location ? "follow" : "manual",
    ...(maxRedirects !== undefined && { maxRedirects }),
    ...(requestHost !== undefined && { host: requestHost }),
    ...(content !== undefined && { body: content }),
  }, new RequestDefaults({ decode: compressed }));
  return { options, request, content };
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

/** The default fields that describe the content. */
function contentFields([first]: readonly DataPart[]): [name: string, value: string][] {
  return first?.kind === "json"
    ? [["content-type", "application/json"], ["accept", "application/json"]]
    : [["content-type", "application/x-www-form-urlencoded"]];
}

/** The content, parts joined with `&`; those of JSON with nothing, so that it may be made of pieces. */
async function readContent(
  data: readonly DataPart[],
  host: CliHost,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (data.length === 0) return undefined;
  const pieces: Uint8Array[] = [];
  for (const part of data) {
    if (pieces.length > 0 && part.kind !== "json") pieces.push(AMPERSAND);
    pieces.push(await readPart(part, host));
  }
  return concat(pieces);
}

const ENCODER = new TextEncoder();
const AMPERSAND = ENCODER.encode("&");

async function readPart({ kind, text }: DataPart, host: CliHost): Promise<Uint8Array> {
  if (kind === "data-raw" || !(text.startsWith("@") || text === "-")) return ENCODER.encode(text);
  const path = text === "-" ? "-" : text.slice(1);
  const bytes = path === "-"
    ? await host.readInput()
    : await readFile(path, ExitCode.read, "the data to send", host);
  // As in curl: forms have no line breaks.
  return kind === "data" ? bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0x00) : bytes;
}
