/**
 * Validators and conditional requests (RFC 9110 §8.8, §13).
 *
 * @module
 */

import type { FileFacts } from "./files.ts";

/** What tells one state of a file from another. */
export interface Validators {
  /** The entity tag; absent where the time of the last change is not known. */
  readonly etag?: string;
  /** The time of the last change, as HTTP-date. */
  readonly lastModified?: string;
}

/** What a conditional request comes to: go on, 304 or 412. */
export type Verdict = "proceed" | "not_modified" | "precondition_failed";

/**
 * Makes the validators of a file, of its length and the time of its last change.
 *
 * @param now The present time. A file that has just changed may change again within the clock's resolution, so its
 * entity tag is weak.
 */
export function validatorsOf({ size, mtime }: FileFacts, now: number): Validators {
  if (mtime === null) return {};
  const changed = mtime.getTime();
  const tag = `"${changed.toString(36)}-${size.toString(36)}"`;
  const isWeak = !(changed < now - MIN_CHANGE_AGE_MS);
  return { etag: isWeak ? `W/${tag}` : tag, lastModified: mtime.toUTCString() };
}

/** Milliseconds within which two changes can bear the same time: file systems and HTTP-dates count seconds. */
const MIN_CHANGE_AGE_MS = 2_000;

/**
 * Evaluates the preconditions of a GET or HEAD request, in the order of RFC 9110 §13.2.2.
 *
 * @param fields The fields of the request.
 * @param validators Those of the file.
 */
export function evaluate(fields: Headers, { etag, lastModified }: Validators): Verdict {
  const ifMatch = fields.get("if-match");
  const ifNoneMatch = fields.get("if-none-match");
  const changed = secondsOf(lastModified);
  if (ifMatch !== null) {
    if (!isListed(ifMatch, etag, isStrong)) return "precondition_failed";
  } else {
    const since = secondsOf(fields.get("if-unmodified-since"));
    if (changed > since) return "precondition_failed";
  }
  if (ifNoneMatch !== null) return isListed(ifNoneMatch, etag, isEither) ? "not_modified" : "proceed";
  return changed <= secondsOf(fields.get("if-modified-since")) ? "not_modified" : "proceed";
}

/**
 * Whether the Range field of a request counts: it has no If-Range, or that names the present state. "A recipient
 * of an If-Range header field MUST ignore the Range header field if the If-Range condition evaluates to false."
 * (RFC 9110 §13.1.5)
 */
export function rangeCounts(fields: Headers, { etag, lastModified }: Validators): boolean {
  const ifRange = fields.get("if-range");
  if (ifRange === null) return true;
  if (etag === undefined || etag.startsWith("W/")) return false;
  return ifRange === etag || ifRange === lastModified;
}

/** Whether a list of entity tags, or `*`, has the one given. */
function isListed(
  list: string,
  etag: string | undefined,
  isSame: (a: string, b: string) => boolean,
): boolean {
  if (list.trim() === "*") return true;
  // Those of this server have no comma; of another one's with commas, no part can be equal.
  return etag !== undefined && list.split(",").some((each) => isSame(each.trim(), etag));
}

/** Strong comparison (RFC 9110 §8.8.3.2). */
function isStrong(a: string, b: string): boolean {
  return a === b && !a.startsWith("W/");
}

/** Weak comparison (RFC 9110 §8.8.3.2). */
function isEither(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** Seconds of an HTTP-date; `NaN`, to which nothing compares, for what is none: it is ignored. */
function secondsOf(date: string | null | undefined): number {
  return date === null || date === undefined || date.length > MAX_DATE_CHARS ? NaN : Date.parse(date) / 1_000;
}

/** Characters of a date: the longest form of RFC 9110 §5.6.7, that of RFC 850, has 33. */
const MAX_DATE_CHARS = 64;
