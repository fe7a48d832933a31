/**
 * A request read in the simplest way that a server may: all of it at once, by its grammar, and refused where two
 * recipients could read it differently. What the machine does in pieces has to come to the same.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { NEVER, readChunks, readLines, trimmed } from "./reference.ts";

/** What a complete request says. */
export interface RequestReading {
  /** The method and the target. */
  readonly request: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly trailers: readonly Field[];
}

/** A request, and what comes behind it. */
interface ReadingWithRest extends RequestReading {
  readonly rest: string;
  /** Whether another request may follow: it does not say "close", and is no HTTP/1.0. */
  readonly persistent: boolean;
}

const VALUE = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const NAME = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const REQUEST_LINE = new RegExp(`^(${NAME}) ([\\x21\\x22\\x24-\\x7e]+) HTTP/1\\.([0-9])\\r\\n`);
const FIELD_LINE = new RegExp(`^(${NAME}):(${VALUE})\\r\\n`);

/** Reads the requests of `text`, which has all that comes, up to one that is refused, has no end, or is the last. */
export function readRequests(text: string): RequestReading[] {
  const readings: RequestReading[] = [];
  for (let reading = readRequest(text); reading !== undefined;) {
    const { rest, persistent, ...request } = reading;
    readings.push(request);
    reading = persistent ? readRequest(rest) : undefined;
  }
  return readings;
}

function readRequest(text: string): ReadingWithRest | undefined {
  text = text.replace(/^(?:\r\n)+/, "");
  const [line, method = "", target = "", minor] = REQUEST_LINE.exec(text) ?? [];
  if (line === undefined) return undefined;
  const head = readLines(text.slice(line.length), FIELD_LINE, NEVER, /^\r\n/);
  if (head === undefined) return undefined;
  const named = authorityOf(method, target);
  const host = hostOf(head.fields, minor === "0");
  if (named === "refused" || host === "refused") return undefined;
  const content = readContent(method, minor === "0", head.fields, head.rest);
  if (content === undefined) return undefined;
  const fields = withOneLength(head.fields).map((field): Field =>
    field[0] === "host" && named !== undefined ? ["host", named] : field
  );
  const options = listOf(head.fields, "connection") ?? [];
  const persistent = minor !== "0" && !options.some((option) => option.toLowerCase() === "close");
  return { request: `${method} ${target}`, fields, ...content, persistent };
}

/** The authority that a target names. */
function authorityOf(method: string, target: string): string | undefined {
  if (method === "CONNECT") return /:0*[1-9][0-9]*$/.test(target) && isAuthority(target) ? target : "refused";
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) return undefined;
  const [, authority = ""] = /^https?:\/\/([^/?]*)/i.exec(target) ?? [];
  return isAuthority(authority) ? authority : "refused";
}

/** The value of the one Host field. */
function hostOf(fields: readonly Field[], isOld: boolean): string | undefined {
  const hosts = fields.filter(([name]) => name === "host").map(([, value]) => value);
  const [host] = hosts;
  if (hosts.length > 1 || (host === undefined && !isOld)) return "refused";
  return host === undefined || host === "" || isAuthority(host) ? host : "refused";
}

/** A URL can be made of it, and has the same host: then nothing of it is userinfo, a path or an encoded byte. */
function isAuthority(text: string): boolean {
  const [, host = "", port = "0"] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?$/.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535 || /[^\x21-\x7e]|[,%/?#@\\"<>{}|^`]/.test(host)) return false;
  try {
    const { hostname } = new URL(`http://${host}/`);
    return host.startsWith("[") || hostname === host.toLowerCase();
  } catch {
    return false;
  }
}

function listOf(fields: readonly Field[], name: string): string[] | undefined {
  const values = fields.filter((field) => field[0] === name).map((field) => field[1]);
  return values.length === 0 ? undefined : values.join(",").split(",").map(trimmed);
}

function readContent(
  method: string,
  isOld: boolean,
  fields: readonly Field[],
  rest: string,
): Pick<ReadingWithRest, "body" | "trailers" | "rest"> | undefined {
  const codings = listOf(fields, "transfer-encoding")?.filter((coding) => coding !== "");
  const lengths = listOf(fields, "content-length");
  if (codings !== undefined) {
    const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
    if (!isChunked || isOld || lengths !== undefined || method === "CONNECT") return undefined;
    return readChunks(rest, false);
  }
  const [first = "0"] = lengths ?? [];
  const length = Number(first);
  const isLength = (text: string): boolean => /^[0-9]+$/.test(text) && Number(text) === length;
  if (lengths?.every(isLength) === false || !Number.isSafeInteger(length)) return undefined;
  if (length > rest.length || (method === "CONNECT" && length > 0)) return undefined;
  return { body: rest.slice(0, length), trailers: [], rest: rest.slice(length) };
}

/** One Content-Length stands for several that are equal. */
function withOneLength(fields: readonly Field[]): readonly Field[] {
  const lengths = listOf(fields, "content-length") ?? [];
  if (lengths.length < 2) return fields;
  const others = fields.filter(([name]) => name !== "content-length");
  return [...others, ["content-length", String(Number(lengths[0]))]];
}
