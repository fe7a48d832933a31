/**
 * URLs that `fetch` answers without a network: `data:` and `blob:` (Fetch §4.2, scheme fetch).
 *
 * @module
 */

import { urlOf } from "./target.ts";

/** Whether `input` is a `data:` or `blob:` URL, or a request for one. */
export function isLocalUrl(input: Request | URL | string): boolean {
  const url = urlOf(input);
  // Almost every URL begins like this, and needs no second parser.
  if (url.startsWith("http")) return false;
  const protocol = URL.parse(url)?.protocol;
  return protocol === "data:" || protocol === "blob:";
}
