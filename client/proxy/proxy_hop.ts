/**
 * A proxy, checked: its address, its credentials, its fields and its TLS.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { chooseTls, isConnector, protocolsOf, type TlsOptions } from "../connect/tls_choice.ts";
import { type TlsPaths, tlsPaths } from "../connect/tls_loader.ts";
import { MAX_SOCKS_TEXT_BYTES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import {
  isProtocol,
  type Protocol,
  PROXY_TLS_NAMES,
  type ProxyOptions,
  type ProxyServer,
  type ProxyTlsOptions,
} from "../options.ts";
import { basicCredentials, credentialsFault, percentDecode } from "../request/basic_credentials.ts";
import { fieldsOf, requestFields } from "../request/headers.ts";

/** A scheme of proxies. */
export type ProxyScheme = "http" | "https" | "socks4a" | "socks5" | "socks5h";

/** A proxy, checked. */
export interface ProxyHop {
  /** Its scheme. */
  readonly scheme: ProxyScheme;
  /** Its host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
  /** The host and port that errors show, such as `proxy.example:3128`. */
  readonly authority: string;
  /** The scheme, host and port, such as `http://proxy.example:3128`. */
  readonly name: string;
  /** The user name and password for SOCKS; `undefined` without a user name. */
  readonly credentials: Credentials | undefined;
  /** The fields of CONNECT, `proxy-authorization` included. */
  readonly fields: readonly Field[];
  /** The TLS to an `https:` proxy. */
  readonly tls: TlsPaths | undefined;
  /** The protocols that ALPN offers to an `https:` proxy, in order of preference. */
  readonly protocols: readonly Protocol[];
  /** Whether it is asked for tunnels to `http:` targets. */
  readonly tunnel: boolean;
  /** Equal for two proxies exactly if connections through one serve the other. It has the credentials: never shown. */
  readonly key: string;
}

/** A user name and a password. */
export interface Credentials {
  /** The user name. */
  readonly username: Uint8Array;
  /** The password; may be empty. */
  readonly password: Uint8Array;
}

/** Checks proxies. Those that share their `tls` share what is loaded for it. */
export class ProxyParser {
  readonly #tls = new WeakMap<object, { readonly id: number; readonly paths: TlsPaths }>();
  #lastId = 0;

  /**
   * Checks a proxy.
   *
   * @param server The proxy. Errors show nothing of it: it may hold credentials.
   * @throws {ClientError} `unsupported_option`; `invalid_request` for credentials that its protocol cannot send.
   */
  parse(server: ProxyServer): ProxyHop {
    const options = optionsOf(server);
    const url = parseUrl(options.url);
    const scheme = schemeOf(url);
    const isHttp = scheme === "http" || scheme === "https";
    if (!isHttp && (options.headers !== undefined || options.tunnel !== undefined)) {
      throw refused('"headers" and "tunnel" are for http: and https: proxies');
    }
    for (const name of ["tls", "protocols"] as const) {
      if (options[name] !== undefined && scheme !== "https") throw refused(`"${name}" is for https: proxies`);
    }
    const protocols = scheme === "https" ? checkedProtocols(options) : [];
    const credentials = credentialsOf(options, url);
    if (!isHttp) checkSocksCredentials(scheme, credentials);
    const { hostname, port, authority } = addressOf(url, scheme);
    const tls = scheme === "https" ? this.#tlsOf(options.tls) : undefined;
    const fields = isHttp ? connectFields(options, credentials) : [];
    const tunnel = options.tunnel ?? false;
    return {
      scheme,
      hostname,
      port,
      authority,
      name: `${scheme}://${authority}`,
      credentials,
      fields,
      tls: tls?.paths,
      protocols,
      tunnel,
      key: JSON.stringify([
        ...[scheme, authority, tunnel, tls?.id ?? 0, protocols, fields],
        ...(isHttp ? [] : [credentials && [[...credentials.username], [...credentials.password]]]),
      ]),
    };
  }

  #tlsOf(given: ProxyOptions["tls"] = DEFAULT_TLS): { readonly id: number; readonly paths: TlsPaths } {
    if (typeof given !== "object" || given === null) throw refused('"tls" is no object');
    const known = this.#tls.get(given);
    if (known !== undefined) return known;
    const options: TlsOptions = "connectFallible" in given || "dial" in given
      ? { tls: given, proxy: "" }
      : { ...checkedTls(given), proxy: "" };
    const paths = tlsPaths(chooseTls(options), options);
    if (paths === undefined) throw refused('"tls" is false'); // as the type says, it never is
    if (typeof options.roots === "object") options.roots.freeze();
    const made = { id: ++this.#lastId, paths };
    this.#tls.set(given, made);
    return made;
  }
}

/** Refuses options of a proxy. */
export function refused(reason: string, hint?: string): ClientError {
  return new ClientError(
    "unsupported_option",
    `Cannot use the proxy: ${reason}`,
    hint === undefined ? {} : { hint },
  );
}

const DEFAULT_TLS: ProxyTlsOptions = {};

const NAMES: ReadonlySet<string> = new Set<keyof ProxyOptions>([
  "url",
  "username",
  "password",
  "headers",
  "tls",
  "protocols",
  "tunnel",
]);

function optionsOf(server: ProxyServer): ProxyOptions {
  if (typeof server === "string" || server instanceof URL) return { url: server };
  if (typeof server !== "object" || server === null || !("url" in server)) {
    throw refused("it is neither a URL nor an object with one");
  }
  const unknown = Object.keys(server).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw refused(`"${unknown}" is not an option of a proxy`);
  for (const name of ["username", "password"] as const) {
    if (server[name] !== undefined && typeof server[name] !== "string") throw refused(`"${name}" is no text`);
  }
  if (server.tunnel !== undefined && typeof server.tunnel !== "boolean") {
    throw refused('"tunnel" is neither true nor false');
  }
  return server;
}

function checkedTls(options: ProxyTlsOptions): ProxyTlsOptions {
  const unknown = Object.keys(options).find((name) => !PROXY_TLS_NAMES.has(name));
  if (unknown !== undefined) throw refused(`"tls.${unknown}" is not an option of a proxy`);
  return options;
}

function checkedProtocols({ tls, protocols }: ProxyOptions): readonly Protocol[] {
  if (protocols === undefined) return protocolsOf(isConnector(tls) ? { tls } : {});
  if (!Array.isArray(protocols) || protocols.length === 0 || !protocols.every(isProtocol)) {
    throw refused('"protocols" is no list of "h2" and "http/1.1"');
  }
  return [...protocols];
}

function parseUrl(url: URL | string): URL {
  try {
    return new URL(url);
  } catch {
    // The runtime's error is not kept as the cause: its message repeats the URL.
    throw refused("its URL cannot be parsed", "Write it with its scheme: http://proxy.example:3128.");
  }
}

function schemeOf({ protocol, pathname, search, hash }: URL): ProxyScheme {
  const scheme = protocol.slice(0, -1);
  if (scheme === "socks4") {
    throw refused("socks4: is not spoken", "Use socks4a:, which nearly every SOCKS4 proxy understands.");
  }
  if (!isProxyScheme(scheme)) {
    throw refused(
      "its scheme is none of http, https, socks5, socks5h and socks4a",
      "Write it with its scheme: http://proxy.example:3128.",
    );
  }
  if ((pathname !== "" && pathname !== "/") || search !== "" || hash !== "") {
    throw refused("its URL has more than a scheme, userinfo, a host and a port");
  }
  return scheme;
}

function isProxyScheme(scheme: string): scheme is ProxyScheme {
  return Object.hasOwn(DEFAULT_PORTS, scheme);
}

/** The ports of proxies whose URL has none. */
const DEFAULT_PORTS: Readonly<Record<ProxyScheme, number>> = {
  http: 80,
  https: 443,
  socks4a: 1080,
  socks5: 1080,
  socks5h: 1080,
};

function addressOf(
  url: URL,
  scheme: ProxyScheme,
): Pick<ProxyHop, "hostname" | "port" | "authority"> {
  // The URL parser knows the hosts of http: alone, and normalises no other.
  const { hostname } = parseUrl(`http://${url.hostname}/`);
  const port = url.port === "" ? DEFAULT_PORTS[scheme] : Number(url.port);
  if (url.hostname === "" || port === 0) throw refused("its URL has no host, or port 0");
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port, authority: `${hostname}:${port}` };
}

function credentialsOf(options: ProxyOptions, url: URL): Credentials | undefined {
  const { username, password } = options;
  const hasUserinfo = url.username !== "" || url.password !== "";
  if (username === undefined) {
    if (password !== undefined) throw refused('"password" needs "username"');
    if (!hasUserinfo) return undefined;
    return { username: percentDecode(url.username), password: percentDecode(url.password) };
  }
  if (hasUserinfo) throw refused('"username" stands beside userinfo in "url"');
  return { username: ENCODER.encode(username), password: ENCODER.encode(password ?? "") };
}

const ENCODER = new TextEncoder();

/** Checks that the fields of SOCKS can hold these credentials: each has a length of one octet (RFC 1929 §2). */
function checkSocksCredentials(scheme: ProxyScheme, credentials: Credentials | undefined): void {
  if (credentials === undefined) return;
  const { username, password } = credentials;
  const fault = username.length === 0
    ? "the user name is empty"
    : username.length > MAX_SOCKS_TEXT_BYTES || password.length > MAX_SOCKS_TEXT_BYTES
    ? `the user name or the password is longer than ${MAX_SOCKS_TEXT_BYTES} bytes`
    : scheme !== "socks4a"
    ? undefined
    : password.length > 0
    ? "SOCKS4a has no passwords"
    : username.includes(0)
    ? "the user name has a NUL"
    : undefined;
  if (fault !== undefined) throw invalid(fault);
}

function invalid(reason: string): ClientError {
  return new ClientError("invalid_request", `Cannot use the proxy: ${reason}`);
}

/** The fields of CONNECT: the caller's and the credentials, of which there is one source. */
function connectFields({ headers }: ProxyOptions, credentials: Credentials | undefined): readonly Field[] {
  const given = headers === undefined ? [] : fieldsOf(headers);
  const { fields, declaredLength } = requestFields(given);
  if (
    fields.length < given.length || declaredLength !== undefined || fields.some(([name]) => name === "te")
  ) {
    throw refused('"headers" has a field of the message or of the connection, such as host');
  }
  if (credentials === undefined) return fields;
  if (fields.some(([name]) => name === "proxy-authorization")) {
    throw refused('"headers" has a proxy-authorization beside the user name');
  }
  const { username, password } = credentials;
  const fault = credentialsFault(username, password);
  if (fault !== undefined) throw invalid(`of its credentials, ${fault}`);
  return [...fields, ["proxy-authorization", basicCredentials(username, password)]];
}
