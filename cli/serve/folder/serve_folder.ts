/**
 * Serves a folder: GET and HEAD, ranges, conditional requests, `index.html` or a list of the entries.
 *
 * `serveDir` of `@std/http` does the same for handlers of any server. It is not used here because it takes a Range of a
 * file that has changed since (it does not know If-Range), and follows links out of the folder.
 *
 * @module
 */

import { parseByteRange } from "./byte_range.ts";
import { readContent } from "./file_content.ts";
import { entriesOf, listingPage } from "./listing.ts";
import { isAbsence, locate, type Located, type ServedFolder } from "./locate.ts";
import { mediaType } from "./media_type.ts";
import { evaluate, rangeCounts, validatorsOf } from "./validators.ts";

/**
 * Answers a request from a folder.
 *
 * @returns A response for every request. It rejects only for a failure of the system, which is none of the client's.
 */
export async function serveFolder(folder: ServedFolder, request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "Method not allowed", { allow: "GET, HEAD" });
  }
  const { pathname, search } = new URL(request.url);
  const found = await locate(folder, pathname);
  if (found?.isDirectory) {
    // Relative links of a page need the slash. An empty segment is no name, so the location stays on this server.
    if (!pathname.endsWith("/")) return plain(301, "Moved", { location: `${pathname}/${search}` });
    const index = await locate(folder, `${pathname}index.html`);
    return index?.isFile ? await serveFile(folder, index, request) : await list(folder, found, pathname);
  }
  if (!found?.isFile || pathname.endsWith("/")) return plain(404, "Not found");
  return await serveFile(folder, found, request);
}

async function serveFile({ files }: ServedFolder, { path }: Located, request: Request): Promise<Response> {
  let file;
  try {
    file = await files.open(path);
  } catch (error) {
    if (isAbsence(error)) return plain(404, "Not found");
    throw error;
  }
  let isTaken = false; // by the content, which closes it
  try {
    const facts = await file.stat();
    if (!facts.isFile) return plain(404, "Not found");
    const { headers } = request;
    const validators = validatorsOf(facts, Date.now());
    const fields: Record<string, string> = { ...ALWAYS, "accept-ranges": "bytes" };
    if (validators.etag !== undefined) fields["etag"] = validators.etag;
    if (validators.lastModified !== undefined) fields["last-modified"] = validators.lastModified;
    const verdict = evaluate(headers, validators);
    if (verdict === "not_modified") return new Response(null, { status: 304, headers: fields });
    if (verdict === "precondition_failed") return plain(412, "Precondition failed");

    const { size } = facts;
    // "A server MUST ignore a Range header field received with a request method that is unrecognized or for which
    // range handling is not defined." (RFC 9110 §14.2)
    const isHead = request.method === "HEAD";
    const field = isHead ? null : headers.get("range");
    const range = field !== null && rangeCounts(headers, validators)
      ? parseByteRange(field, size)
      : undefined;
    if (range === null) {
      return plain(416, "Range not satisfiable", { "content-range": `bytes */${size}` });
    }
    const { start, end } = range ?? { start: 0, end: size };
    fields["content-type"] = mediaType(path);
    fields["content-length"] = `${end - start}`;
    if (range !== undefined) fields["content-range"] = `bytes ${start}-${end - 1}/${size}`;
    if (isHead) return new Response(null, { headers: fields });
    isTaken = true;
    const content = await readContent(file, { start, end });
    return new Response(content, { status: range === undefined ? 200 : 206, headers: fields });
  } finally {
    if (!isTaken) file.close();
  }
}

async function list(folder: ServedFolder, { path }: Located, pathname: string): Promise<Response> {
  let entries;
  try {
    entries = await entriesOf(folder, path);
  } catch (error) {
    if (isAbsence(error)) return plain(404, "Not found");
    throw error;
  }
  const type = { "content-type": "text/html; charset=utf-8", "content-security-policy": NOTHING };
  return new Response(listingPage(pathname, entries), { headers: { ...ALWAYS, ...type } });
}

function plain(status: number, text: string, fields: Record<string, string> = {}): Response {
  const headers = { ...ALWAYS, "content-type": "text/plain; charset=utf-8", ...fields };
  return new Response(`${text}\n`, { status, headers });
}

/** A file can change at any time, so that caches have to ask; and its type is what is said. */
const ALWAYS = { "cache-control": "no-cache", "x-content-type-options": "nosniff" } as const;
/** The page of a list loads nothing and runs nothing. */
const NOTHING = "default-src 'none'";
