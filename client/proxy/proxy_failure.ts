/**
 * The errors of a proxy: what it said, bounded and escaped, and never its credentials.
 *
 * @module
 */

import { HttpError } from "../../http/error.ts";
import type { Field } from "../../http/fields.ts";
import type { IncomingResponse } from "../../http/message.ts";
import { Http2Error } from "../../http2/mod.ts";
import { MAX_SHOWN_CHALLENGES, MAX_SHOWN_REASON_CHARS } from "../defaults.ts";
import { ClientError, type ClientErrorCode } from "../error/client_error.ts";
import { toConnectError } from "../error/failure.ts";

/** Makes the errors of one proxy. */
export class ProxyFailure {
  readonly #proxy: string;
  readonly #target: string | undefined;

  /**
   * @param proxy The host and port of the proxy.
   * @param target The host and port that it was asked for; `undefined` where the proxy itself is connected to.
   */
  constructor(proxy: string, target: string | undefined) {
    this.#proxy = proxy;
    this.#target = target;
  }

  /** The error of this reason. */
  error(
    code: ClientErrorCode,
    reason: string,
    options: { hint?: string; cause?: unknown } = {},
  ): ClientError {
    const what = this.#target === undefined ? "use" : `connect to "${this.#target}" through`;
    return new ClientError(code, `Cannot ${what} the proxy "${this.#proxy}": ${reason}`, options);
  }

  /** The proxy could not be connected to, or its TLS failed. */
  unreached(error: unknown): unknown {
    const known = toConnectError(error, this.#proxy);
    if (!(known instanceof ClientError)) return known;
    const { code, message, hint, cause = error } = known;
    return new ClientError(
      code,
      message.replace(/^Cannot connect to "/, 'Cannot connect to the proxy "'),
      { cause, ...(hint !== undefined && { hint }) },
    );
  }

  /** The connection ended while `stage` was waited for. */
  closed(stage: string, cause?: unknown): ClientError {
    return this.error("proxy_closed", `it closed the connection ${stage}`, {
      hint: "Check that the URL has the proxy's scheme and port, and that the proxy runs.",
      ...(cause !== undefined && { cause }),
    });
  }

  /** A response to CONNECT that opens no tunnel. */
  refusal({ status, statusText, fields }: IncomingResponse, hasCredentials: boolean): ClientError {
    if (status === PROXY_AUTHENTICATION_REQUIRED) return this.unauthorized(fields, hasCredentials);
    const hint = REFUSAL_HINTS.get(status);
    return this.error(
      "proxy_refused",
      `it refused the tunnel with status ${status}${shownReason(statusText)}`,
      hint === undefined ? {} : { hint },
    );
  }

  /** A 407 (Proxy Authentication Required). */
  unauthorized(fields: readonly Field[], hasCredentials: boolean): ClientError {
    const schemes = challengedSchemes(fields).join(", ");
    const wanted = schemes === "" ? "" : ` (${schemes})`;
    return this.error(
      "proxy_auth_required",
      hasCredentials
        ? `it refused the credentials with status 407${wanted}`
        : `it wants credentials: status 407${wanted}`,
      { hint: hasCredentials ? REFUSED_CREDENTIALS_HINT : CREDENTIALS_HINT },
    );
  }

  /** RST_STREAM or GOAWAY in place of a response to CONNECT. */
  #reset(error: Http2Error): ClientError {
    const { code, scope, progress } = error;
    if (scope === "connection" && progress !== "refused") {
      return this.closed(`with ${code} before its response to CONNECT was complete`, error);
    }
    const hint = RESET_HINTS.get(code);
    return this.error("proxy_refused", `it reset the stream of the tunnel with ${code}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }

  /**
   * CONNECT got no response.
   *
   * @param first The first bytes that the proxy sent.
   */
  unanswered(error: unknown, first: Uint8Array): unknown {
    if (error instanceof ClientError) return error;
    if (!(error instanceof HttpError)) return this.unreached(error);
    if (error instanceof Http2Error && error.initiator === "remote") return this.#reset(error);
    if (error.code === "settings_timeout") {
      return this.error("connect_timeout", "it sent no SETTINGS in time", { cause: error });
    }
    if (CONNECTION_ENDS.has(error.code)) {
      return this.closed("before its response to CONNECT was complete", error);
    }
    const reason = error.message.replace(/^Cannot [^:]*: /, "");
    if (error.code === "head_too_large" || error.code === "too_many_informational") {
      return this.error("too_large", `its response to CONNECT is too large: ${reason}`, { cause: error });
    }
    const hint = protocolHint(first);
    return this.error("proxy_protocol", `its response to CONNECT is malformed: ${reason}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}

const CONNECTION_ENDS: ReadonlySet<string> = new Set([
  "truncated",
  "connection_closed",
  "keep_alive_timeout",
]);

const PROXY_AUTHENTICATION_REQUIRED = 407;

/** The hint of a mistaken credential, which no message shows. */
export const REFUSED_CREDENTIALS_HINT = "Check the user name and password of the proxy.";

const CREDENTIALS_HINT = "Give the proxy a username and password; of the schemes, Basic is spoken.";

const REFUSAL_HINTS: ReadonlyMap<number, string> = new Map([
  [400, "The proxy may not allow CONNECT, or not with this host."],
  [401, "Check the user name and password of the proxy; or it may be no proxy, but a server."],
  [403, "The proxy's rules do not allow this host or port."],
  [404, "There may be a server at this address, and no proxy."],
  [405, "There may be a server at this address, and no proxy; or it does not allow CONNECT."],
  [500, "The proxy may not reach the host, or not find its address."],
  [502, "The proxy does not reach the host."],
  [503, "The proxy may not reach the host, or not find its address."],
  [504, "The proxy does not reach the host in time."],
]);

const RESET_HINTS: ReadonlyMap<string, string> = new Map([
  ["CONNECT_ERROR", "The proxy does not reach the host."],
  ["HTTP_1_1_REQUIRED", 'Give the proxy the option protocols: ["http/1.1"].'],
]);

/** The schemes of the challenges in `proxy-authenticate`, a few of them (RFC 9110 §11.6.1, §11.7.1). */
function challengedSchemes(fields: readonly Field[]): string[] {
  const schemes = new Set<string>();
  for (const [name, value] of fields) {
    if (name !== "proxy-authenticate") continue;
    for (const element of elementsOf(value)) {
      // A parameter has an equals sign behind its name; a scheme has a space or nothing.
      const [, scheme] = /^([A-Za-z0-9!#$&*+.^_`|~-]{1,32})(?: |$)/.exec(element) ?? [];
      if (scheme !== undefined && schemes.size < MAX_SHOWN_CHALLENGES) schemes.add(scheme);
    }
  }
  return [...schemes];
}

/** The elements between the commas of a list, quoted strings whole. */
function elementsOf(list: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] === "\\" && isQuoted) i++;
    else if (list[i] === '"') isQuoted = !isQuoted;
    else if (list[i] === "," && !isQuoted) {
      elements.push(list.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...elements, list.slice(start).trim()];
}

function shownReason(statusText: string): string {
  if (statusText === "") return "";
  const short = statusText.length > MAX_SHOWN_REASON_CHARS
    ? `${statusText.slice(0, MAX_SHOWN_REASON_CHARS)}…`
    : statusText;
  return ` ${JSON.stringify(short)}`;
}

/** The hint of the first bytes of a peer that speaks no HTTP. */
function protocolHint([first, second]: Uint8Array): string | undefined {
  if (first === TLS_ALERT && second === TLS_MAJOR_VERSION) {
    return "The proxy speaks TLS: write its URL with https://.";
  }
  if (first === SOCKS5_VERSION) return "The proxy may speak SOCKS5: write its URL with socks5h://.";
  return undefined;
}

const TLS_ALERT = 0x15;
const TLS_MAJOR_VERSION = 0x03;
const SOCKS5_VERSION = 0x05;
