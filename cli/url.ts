/**
 * The URL of a transfer: as it was given, with a scheme, the query that flags add to it, and the name of an uploaded
 * file.
 *
 * @module
 */

import type { DataPart, FetchCommand } from "./command.ts";
import { readData } from "./content/data.ts";
import type { CliHost } from "./host.ts";
import { say } from "./print.ts";

/**
 * Completes the URL.
 *
 * @throws {CliError} `read`: a file that is to go into the query cannot be read.
 */
export async function completeUrl(command: FetchCommand, host: CliHost): Promise<string> {
  const { get, data, urlQuery = [], upload, talk } = command;
  let url = withScheme(command.url.trim());
  if (url !== command.url.trim() && talk !== "silent") {
    say(host.stderr, ["* http:// was put before the URL, which has no scheme"]);
  }
  if (upload !== undefined && upload !== "-" && upload !== ".") url = withFileName(url, upload);
  const queries = [...(get ? data : []), ...urlQuery.map(queryPart)];
  if (queries.length === 0) return url;
  return withQuery(url, new TextDecoder().decode(await readData(queries, host)));
}

/** `--url-query`: encoded, or with a plus before it as it is. */
function queryPart(text: string): DataPart {
  return text.startsWith("+") ? { kind: "data-raw", text: text.slice(1) } : { kind: "data-urlencode", text };
}

/** The URL with `http://` before it, unless it has a scheme. `localhost:80` is a host and a port. */
function withScheme(url: string): string {
  return /^(?:https?:|wss?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(url) ? url : `http://${url}`;
}

function withQuery(url: string, query: string): string {
  const hash = url.indexOf("#");
  const end = hash < 0 ? url.length : hash;
  const before = url.slice(0, end);
  const sign = !before.includes("?") ? "?" : /[?&]$/.test(before) ? "" : "&";
  return before + sign + query + url.slice(end);
}

/** The URL with the name of the file behind a path that ends with a slash, or is empty. */
function withFileName(url: string, path: string): string {
  const end = url.search(/[?#]/);
  const before = end < 0 ? url : url.slice(0, end);
  const after = url.slice(before.length);
  const authority = /^[^/]*\/\/[^/]*/.exec(before)?.[0] ?? "";
  const name = encodeURIComponent(path.split(/[/\\]/).at(-1) ?? "");
  if (before.length === authority.length) return `${before}/${name}${after}`;
  return before.endsWith("/") ? before + name + after : url;
}
