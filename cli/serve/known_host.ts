/**
 * The hosts that a server without TLS answers for.
 *
 * A web page can read what its browser reaches under the page's own name, and its owner can let that name stand for the
 * address of this server (DNS rebinding). A certificate is not for that name; without TLS the host of the request is
 * all there is to tell.
 *
 * @module
 */

import type { ServeFolderCommand } from "./command.ts";

/**
 * Whether the host of a URL is this server's: an address, which no page can have as its name, `localhost`, or a name that
 * was given.
 *
 * @param url The URL of a request.
 */
export function isKnownHost({ hostname, names }: ServeFolderCommand, url: URL): boolean {
  const host = withoutDot(url.hostname);
  return host.startsWith("[") || /^[0-9.]+$/.test(host) || host === "localhost" ||
    host.endsWith(".localhost") ||
    [hostname, ...names].some((name) => withoutDot(name.toLowerCase()) === host);
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
