/**
 * Redaction: URLs and fields as they may be written to a log.
 *
 * A field or a query parameter is taken for a credential by its name. A secret in a path, in content, or under a name that
 * says nothing is not recognised.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/** The text in place of a credential, as the semantic conventions of OpenTelemetry have it. */
export const REDACTED = "REDACTED";

/** The fields, with the values of credentials redacted, and those of URLs as {@linkcode redactUrl} has them. */
export function redactFields(fields: readonly Field[]): Field[] {
  return fields.map(([name, value]) => {
    if (isSecretName(name)) return [name, REDACTED];
    return [name, URL_FIELDS.has(name) ? redactUrl(value) : value];
  });
}

/** The URL, absolute or relative, without fragment, with userinfo and the values of query parameters that are credentials redacted. */
export function redactUrl(url: string): string {
  const end = url.indexOf("#");
  const whole = end < 0 ? url : url.slice(0, end);
  const query = whole.indexOf("?");
  const hierarchy = withoutUserinfo(query < 0 ? whole : whole.slice(0, query));
  return query < 0 ? hierarchy : `${hierarchy}?${redactQuery(whole.slice(query + 1))}`;
}

/** Pairs of `name=value`, joined by `&`, with the values of those that are credentials redacted. */
export function redactQuery(query: string): string {
  return query.split("&").map(redactPair).join("&");
}

/** Some servers read a semicolon as `&`: a credential behind one is redacted up to the end of the pair. */
function redactPair(pair: string): string {
  let start = 0;
  for (const part of pair.split(";")) {
    const [name = ""] = part.split("=", 1);
    if (name.length < part.length && isSecretParameter(decoded(name))) {
      return `${pair.slice(0, start)}${name}=${REDACTED}`;
    }
    start += part.length + 1;
  }
  return pair;
}

/** Whether the name of a field, a cookie or a parameter says that its value is a credential. */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(name);
}

/** Whether the name of a query parameter says that its value is a credential. */
export function isSecretParameter(name: string): boolean {
  return SECRET_PARAMETERS.has(name.toLowerCase()) || isSecretName(name);
}

function withoutUserinfo(hierarchy: string): string {
  const start = hierarchy.indexOf("//");
  if (start < 0) return hierarchy;
  const slash = hierarchy.indexOf("/", start + 2);
  const authority = hierarchy.slice(start + 2, slash < 0 ? undefined : slash);
  const at = authority.lastIndexOf("@");
  if (at < 0) return hierarchy;
  const rest = slash < 0 ? "" : hierarchy.slice(slash);
  return `${hierarchy.slice(0, start + 2)}${REDACTED}:${REDACTED}@${authority.slice(at + 1)}${rest}`;
}

/** A name as the server reads it: percent-encoded, it would pass for another. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Words in the names of credentials, such as `authorization`, `set-cookie`, `x-api-key`, `x-amz-security-token`. */
const SECRET_WORD =
  /auth(?!ors?$)|cookie|token|secret|passw|apikey|accesskey|[-_]key$|session|credential|signature|jwt|dpop|csrf|xsrf/i;

/** The names of parameters that are credentials, of OAuth 2.0, SAML, CAS and of signed URLs, lower-case. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  "access_key",
  "assertion",
  "awsaccesskeyid",
  "code",
  "code_verifier",
  "key",
  "otp",
  "pass",
  "password",
  "pwd",
  "samlresponse",
  "sid",
  "sig",
  "ticket",
]);

/** The fields whose value is a URL, or begins with something before one. */
const URL_FIELDS: ReadonlySet<string> = new Set(["content-location", "location", "referer", "refresh"]);
