/**
 * Options of a request that do not exist, by name.
 *
 * Ignored, `json` or `timeout` would silently be a request other than the one that was asked for.
 *
 * @module
 */

import { MAX_SHOWN_NAME_CHARS } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";

/**
 * Refuses an option that neither the global `fetch` nor this client has. One that is `undefined` is absent.
 *
 * @param init The second argument of `fetch`.
 * @param known The names of the options that exist.
 * @throws {ClientError} `unsupported_option`, with a hint for the names of other libraries.
 */
export function refuseUnknown(init: object, known: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(init)) {
    if (!known.has(name) && value !== undefined) throw unknown(name, known);
  }
}

function unknown(name: string, names: ReadonlySet<string>): ClientError {
  const shown = JSON.stringify(name.slice(0, MAX_SHOWN_NAME_CHARS));
  return new ClientError(
    "unsupported_option",
    `Cannot make a request: ${shown} is not an option of this version`,
    {
      hint: hintFor(name, names),
    },
  );
}

function hintFor(name: string, names: ReadonlySet<string>): string {
  const known = [...names].find((other) => other.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return `The option is called "${known}".`;
  const passedOn =
    'A library that passes its own options on needs a client with unknownRequestOptions: "ignore".';
  const instead = HINTS.get(name);
  return instead === undefined ? passedOn : `${instead} ${passedOn}`;
}

/** What to do instead, by the names that other libraries have for it. */
const HINTS: ReadonlyMap<string, string> = new Map(
  ([
    [["json"], "Give body: JSON.stringify(value), and the header content-type: application/json."],
    [
      ["data", "content", "payload"],
      "Give the content as body: a string, bytes, a Blob, a form or a stream.",
    ],
    [["form", "formData", "multipart"], "Give body: new URLSearchParams(fields), or a FormData."],
    [
      ["query", "params", "qs", "searchParams", "search"],
      "Put the query into the URL: url.searchParams.set(name, value).",
    ],
    [
      [
        "timeout",
        "timeoutMs",
        "connectTimeout",
        "headersTimeout",
        "bodyTimeout",
        "requestTimeout",
        "deadline",
      ],
      "Give timeouts: { total: milliseconds }, or signal: AbortSignal.timeout(milliseconds).",
    ],
    [
      ["baseURL", "baseUrl", "prefixUrl", "prefix", "url", "uri"],
      "Give the whole URL first: new URL(path, base).",
    ],
    [
      ["retries", "retryDelay", "retryCount", "maxRetries", "attempts"],
      "Give retry: { attempts: 2 }; what cannot have had an effect is sent again in any case.",
    ],
    [["auth", "username", "password", "bearer"], "Give the header authorization."],
    [["cookies", "cookie", "jar"], "Give the header cookie; this client keeps none."],
    [["header", "fields"], 'The option is called "headers".'],
    [["abort", "abortSignal", "cancelToken", "controller"], "Give signal: controller.signal."],
    [["follow", "followRedirect", "maxRedirections", "maxRedirect"], "Give redirect and maxRedirects."],
    [["compress", "decompress", "gzip"], "Give decode: false for content as it was sent."],
    [
      ["responseType", "parseResponse", "parseAs", "encoding"],
      "Read the response by its method: text(), json(), bytes(), blob() or body.",
    ],
    [
      [
        ...[
          "agent",
          "dispatcher",
          "httpAgent",
          "httpsAgent",
          "proxy",
          "tls",
          "roots",
          "ca",
          "caCerts",
          "cert",
        ],
        ...["key", "pins", "verifier", "rejectUnauthorized", "protocols", "dial", "pool", "http1", "http2"],
        ...["httpsOnly", "socketPath", "unix", "localAddress", "servername", "lookup", "maxDecodedSize"],
      ],
      "Options of connections are given to the client: new Client({ ... }).",
    ],
  ] satisfies [string[], string][]).flatMap(([names, hint]) => names.map((name) => [name, hint] as const)),
);
