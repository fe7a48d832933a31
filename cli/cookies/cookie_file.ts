/**
 * Files of cookies in Netscape's format, one cookie a line, as curl and wget read and write them. A code unit is a byte,
 * as in a field.
 *
 * @module
 */

/** A cookie in a file. */
export interface FileCookie {
  /** The name. */
  readonly name: string;
  /** The value. */
  readonly value: string;
  /** The host, or the domain with all its hosts. */
  readonly domain: string;
  /** Whether it is for the host alone. */
  readonly isHostOnly: boolean;
  /** The path under which it is sent. */
  readonly path: string;
  /** Whether it is sent over TLS alone. */
  readonly isSecure: boolean;
  /** Whether it is hidden from scripts, which changes nothing here. */
  readonly isHttpOnly: boolean;
  /** The time at which it ends; `undefined` for the end of the session. */
  readonly expires: Date | undefined;
}

/** Before the domain of a cookie that is hidden from scripts; otherwise the line would be a comment. */
const HTTP_ONLY = "#HttpOnly_";

/** The last time that a `Date` has. Files know later ones, such as the greatest number of 64 bits. */
const MAX_DATE_MS = 8_640_000_000_000_000;

/** Reads the cookies. Lines that are none are left out, as other programs do. */
export function parseCookieFile(text: string): FileCookie[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const isHttpOnly = line.startsWith(HTTP_ONLY);
    if (line.startsWith("#") && !isHttpOnly) return [];
    const columns = (isHttpOnly ? line.slice(HTTP_ONLY.length) : line).split("\t");
    const [domain = "", hasHosts, path = "/", isSecure, expires = "0", name = "", value = ""] = columns;
    if (columns.length < 6 || domain === "" || name === "" || !/^\d{1,19}$/.test(expires)) return [];
    return [{
      name,
      value,
      domain: domain.replace(/^\./, "").toLowerCase(),
      isHostOnly: hasHosts?.toUpperCase() !== "TRUE",
      path,
      isSecure: isSecure?.toUpperCase() === "TRUE",
      isHttpOnly,
      expires: expires === "0" ? undefined : new Date(Math.min(Number(expires) * 1_000, MAX_DATE_MS)),
    }];
  });
}

/** Writes the cookies, but for those with a character that would begin another column. */
export function formatCookieFile(cookies: readonly FileCookie[]): string {
  const lines = cookies.filter(({ name, value, domain, path }) =>
    !/[\t\r\n]/.test(name + value + domain + path)
  ).map((cookie) => {
    const { name, value, domain, isHostOnly, path, isSecure, isHttpOnly, expires } = cookie;
    const columns = [
      `${isHttpOnly ? HTTP_ONLY : ""}${isHostOnly ? "" : "."}${domain}`,
      isHostOnly ? "FALSE" : "TRUE",
      path,
      isSecure ? "TRUE" : "FALSE",
      expires === undefined ? "0" : String(Math.floor(expires.getTime() / 1_000)),
      name,
      value,
    ];
    return `${columns.join("\t")}\n`;
  });
  return `# Netscape HTTP Cookie File\n\n${lines.join("")}`;
}
