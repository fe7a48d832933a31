/**
 * An entry of a HAR file out of what was recorded.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { redactQuery, redactUrl } from "../client/hooks/redact.ts";
import type { HarContent, HarEntry, HarNameValue, HarPostData, HarTimings, HarTls } from "./format.ts";
import { requestCookies, responseCookies } from "./cookies.ts";
import type { Content, Exchange } from "./recording.ts";

/**
 * The entry of an exchange.
 *
 * @param exchange It has a response or has failed.
 * @param withSecrets Whether credentials are in it.
 */
export function toEntry(exchange: Exchange, withSecrets: boolean): HarEntry {
  const { request, response, connecting, error } = exchange;
  const shown = withSecrets ? request.dangerUnredacted : request;
  const timings = timingsOf(exchange);
  const { remoteAddress, proxies, tls } = response?.connection ?? {
    remoteAddress: connecting?.connect.remoteAddress,
    proxies: connecting?.connect.proxies,
    tls: undefined,
  };
  const connectionId = response?.connectionId ?? connecting?.connectionId;
  const { blocked, connect, send, wait, receive } = timings;
  return {
    startedDateTime: new Date(request.wallTime).toISOString(),
    time: [blocked, connect, send, wait, receive].filter((time) => time > 0).reduce((a, b) => a + b, 0),
    request: {
      method: request.method,
      url: shown.url,
      httpVersion: response?.httpVersion ?? "",
      cookies: requestCookies(request.dangerUnredacted.headers, withSecrets),
      headers: pairs(shown.headers),
      queryString: queryOf(shown.url),
      ...postDataOf(exchange, withSecrets),
      headersSize: -1,
      bodySize: exchange.sentBytes ?? declared(request.headers) ?? (hasContent(exchange) ? -1 : 0),
    },
    response: responseOf(exchange, withSecrets),
    cache: {},
    timings,
    ...(remoteAddress !== undefined && { serverIPAddress: remoteAddress.hostname }),
    ...(connectionId !== undefined && { connection: String(connectionId) }),
    ...(tls !== undefined && { _tls: tlsOf(tls) }),
    ...(proxies !== undefined && { _proxies: proxies }),
    ...(error !== undefined && { _error: codeOf(error) }),
  };
}

function responseOf(exchange: Exchange, withSecrets: boolean): HarEntry["response"] {
  const { response, receivedBytes } = exchange;
  if (response === undefined) return NO_RESPONSE;
  const shown = withSecrets ? response.dangerUnredacted : response;
  const { headers } = shown;
  return {
    status: response.status,
    statusText: response.statusText,
    httpVersion: response.httpVersion,
    cookies: responseCookies(response.dangerUnredacted.headers, withSecrets),
    headers: pairs(headers),
    content: contentOf(exchange, response.headers, withSecrets),
    redirectURL: redirectOf(response.status, response.dangerUnredacted, withSecrets),
    headersSize: -1,
    bodySize: receivedBytes ?? -1,
  };
}

/** A response that did not come, as Chrome writes it. */
const NO_RESPONSE: HarEntry["response"] = {
  status: 0,
  statusText: "",
  httpVersion: "",
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: "x-unknown" },
  redirectURL: "",
  headersSize: -1,
  bodySize: -1,
};

/** The times of an exchange. Those of a connection count where it was made for this request, and carried it. */
function timingsOf({ request, response, connecting, ended, waiting }: Exchange): HarTimings {
  const { timings } = response?.connection ?? {};
  const end = ended ?? response?.time ?? request.time;
  const isOwn = connecting !== undefined &&
    (response === undefined || connecting.connectionId === response.connectionId);
  const ssl = isOwn ? connecting.handshake?.duration ?? -1 : -1;
  const connect = isOwn ? (connecting.connect.duration ?? 0) + Math.max(0, ssl) : -1;
  const total = end - request.time;
  // Without a connection, all of the time was the wait for one.
  const waited = timings?.waiting ?? waiting ?? total;
  const blocked = Math.max(0, waited - Math.max(0, connect));
  const send = response?.sending ?? 0;
  const wait = timings === undefined ? Math.max(0, total - waited) : Math.max(0, timings.headers - send);
  const receive = response === undefined ? 0 : Math.max(0, end - response.time);
  return { blocked, dns: -1, connect, ssl, send, wait, receive };
}

function contentOf(
  { received, receivedBytes }: Exchange,
  headers: Headers,
  withSecrets: boolean,
): HarContent {
  const mimeType = headers.get("content-type") ?? "x-unknown";
  const { bytes, isCut } = received;
  const size = received.size || (receivedBytes ?? 0);
  if (bytes === undefined) return { size, mimeType };
  // As base64, nothing of a form could be redacted.
  const text = isForm(mimeType)
    ? new TextDecoder().decode(bytes)
    : isText(mimeType)
    ? textOf(bytes, isCut)
    : undefined;
  return {
    size,
    ...(receivedBytes !== undefined && { compression: size - receivedBytes }),
    mimeType,
    ...(text !== undefined
      ? { text: shownText(text, mimeType, withSecrets) }
      : { text: encodeBase64(bytes), encoding: "base64" }),
    ...commentOf(received),
  };
}

function postDataOf({ request, sent }: Exchange, withSecrets: boolean): { postData?: HarPostData } {
  const { bytes } = sent;
  if (bytes === undefined) return {};
  const mimeType = request.headers.get("content-type") ?? "x-unknown";
  const text = new TextDecoder().decode(bytes);
  return { postData: { mimeType, text: shownText(text, mimeType, withSecrets), ...commentOf(sent) } };
}

/** Content as it may be shown: in a form, the values of parameters that are credentials are redacted. */
function shownText(text: string, mimeType: string, withSecrets: boolean): string {
  return isForm(mimeType) && !withSecrets ? redactQuery(text) : text;
}

function isForm(mimeType: string): boolean {
  return /^application\/x-www-form-urlencoded/i.test(mimeType);
}

function commentOf(content: Content): { comment?: string } {
  return content.isCut ? { comment: `Cut off: ${content.size} bytes in all` } : {};
}

/** The text of bytes in UTF-8; `undefined` where they are something else. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

function isText(mimeType: string): boolean {
  return /^text\/|json|xml|javascript|x-www-form-urlencoded/i.test(mimeType);
}

function hasContent({ sent, request }: Exchange): boolean {
  return sent.size > 0 || request.headers.has("content-type");
}

function declared(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

function pairs(headers: Headers): HarNameValue[] {
  return [...headers].map(([name, value]) => ({ name, value }));
}

function queryOf(url: string): HarNameValue[] {
  return [...new URL(url).searchParams].map(([name, value]) => ({ name, value }));
}

/** The target of a redirect, whether it was followed or not. */
function redirectOf(
  status: number,
  { url, headers }: { readonly url: string; readonly headers: Headers },
  withSecrets: boolean,
): string {
  const location = headers.get("location");
  if (location === null || status < 300 || status > 399 || !URL.canParse(location, url)) return "";
  const { href } = new URL(location, url);
  return withSecrets ? href : redactUrl(href);
}

function tlsOf(tls: {
  readonly implementation: "deno" | "node" | "ductile";
  readonly serverName: string;
  readonly alpnProtocol: string | null;
  readonly protocolVersion?: string;
  readonly cipherSuite?: string;
  readonly keyExchangeGroup?: string;
  readonly peerSignatureScheme?: string | undefined;
  readonly resumed?: boolean;
}): HarTls {
  const { implementation, serverName, alpnProtocol } = tls;
  const { protocolVersion, cipherSuite, keyExchangeGroup, peerSignatureScheme, resumed } = tls;
  return {
    implementation,
    serverName,
    alpnProtocol,
    ...(protocolVersion !== undefined && { protocolVersion }),
    ...(cipherSuite !== undefined && { cipherSuite }),
    ...(keyExchangeGroup !== undefined && { keyExchangeGroup }),
    ...(peerSignatureScheme !== undefined && { peerSignatureScheme }),
    ...(resumed !== undefined && { resumed }),
  };
}

/** The code of an error of the client; the name of any other, whose text may say anything. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
