/**
 * The cookies of a HAR entry, out of the fields `cookie` and `set-cookie`, as they were written.
 *
 * @module
 */

import { REDACTED } from "../client/hooks/redact.ts";
import type { HarCookie } from "./format.ts";

/** The cookies of a request. */
export function requestCookies(headers: Headers, withSecrets: boolean): HarCookie[] {
  const value = headers.get("cookie");
  if (value === null) return [];
  return value.split(";").map((pair) => nameAndValue(pair, withSecrets));
}

/** The cookies that a response sets. */
export function responseCookies(headers: Headers, withSecrets: boolean): HarCookie[] {
  return headers.getSetCookie().map((line) => {
    const [pair = "", ...attributes] = line.split(";");
    const cookie: { -readonly [Name in keyof HarCookie]: HarCookie[Name] } = {
      ...nameAndValue(pair, withSecrets),
      httpOnly: false,
      secure: false,
    };
    for (const attribute of attributes) {
      const { name, value } = parts(attribute);
      switch (name.toLowerCase()) {
        case "path":
        case "domain":
          cookie[name.toLowerCase() === "path" ? "path" : "domain"] = value;
          break;
        case "expires": {
          const time = Date.parse(value);
          if (!Number.isNaN(time)) cookie.expires = new Date(time).toISOString();
          break;
        }
        case "httponly":
          cookie.httpOnly = true;
          break;
        case "secure":
          cookie.secure = true;
          break;
      }
    }
    return cookie;
  });
}

/** The two parts of a cookie. One without an equals sign has no name, and is all value. */
function nameAndValue(pair: string, withSecrets: boolean): { name: string; value: string } {
  const { name, value } = parts(pair.includes("=") ? pair : `=${pair}`);
  return { name, value: withSecrets ? value : REDACTED };
}

function parts(pair: string): { name: string; value: string } {
  const equals = pair.indexOf("=");
  if (equals < 0) return { name: pair.trim(), value: "" };
  return { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() };
}
