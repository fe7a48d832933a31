/**
 * From the arguments of `Client.upgrade` and `Client.connect` to a request that passed every check.
 *
 * @module
 */

import { type Field, isToken } from "../../http/fields.ts";
import { USER_AGENT } from "../version.ts";
import { fieldsOf, hasField, requestFields } from "./headers.ts";
import { prepare } from "./prepare.ts";
import type { PreparedRequest } from "./prepared_request.ts";
import type { RequestDefaults } from "./request_defaults.ts";
import { type ClientRequestInit, refused } from "./request_options.ts";
import { parseTarget } from "./target.ts";
import { refuseUnknown } from "./unknown_option.ts";

/** The options that `Client.upgrade` and `Client.connect` share. */
export interface TunnelInit
  extends Pick<ClientRequestInit, "headers" | "timeouts" | "on" | "onInformational"> {
  /** Ends the attempt; a tunnel that stands is ended by its `close`. */
  readonly signal?: AbortSignal;
}

/** The second argument of `Client.upgrade`. */
export interface UpgradeInit extends TunnelInit {
  /** The protocol to switch to, such as `websocket`: one name of the HTTP Upgrade Token Registry. */
  readonly protocol: string;
  /** The value of the `host` field or `:authority`; the URL's host by default. */
  readonly host?: string;
  /** Fields that are sent over HTTP/1.1 alone, such as `sec-websocket-key`; none of the message or of the connection. */
  readonly http1Headers?: HeadersInit;
}

/** The second argument of `Client.connect`. */
export interface ConnectInit extends TunnelInit {
  /** The URL of the server that makes the tunnel; its userinfo is sent as `proxy-authorization`. */
  readonly via: URL | string;
}

/**
 * Checks the arguments of `Client.upgrade`.
 *
 * @throws {ClientError} `invalid_request`, `invalid_url`, `unsupported_scheme`, `unsupported_option`, `https_required`.
 */
export function prepareUpgrade(
  url: URL | string,
  init: UpgradeInit,
  defaults: RequestDefaults,
): PreparedRequest {
  requireInit(init, '{ protocol: "websocket" }');
  refuseUnknown(init, UPGRADE_NAMES);
  const { protocol, http1Headers, ...rest } = init;
  if (typeof protocol !== "string" || !isToken(protocol.replace("/", ""))) {
    throw refused("protocol must be the name of one protocol");
  }
  const request = prepare(url, { ...rest, decode: false, redirect: "manual" }, defaults);
  return {
    ...request,
    upgrade: protocol,
    http1Fields: http1Headers === undefined ? [] : checkedFields(http1Headers),
  };
}

/** Fields for HTTP/1.1 alone. Those that frame the message, or are of the connection or a proxy, are none of the caller's. */
function checkedFields(headers: HeadersInit): readonly Field[] {
  const given = fieldsOf(headers);
  const { fields, declaredLength } = requestFields(given);
  if (
    fields.length < given.length || declaredLength !== undefined || hasField(fields, "proxy-authorization")
  ) {
    throw refused('"http1Headers" has a field of the message, of the connection or of a proxy');
  }
  return fields;
}

/**
 * Checks the arguments of `Client.connect`. The client's own `headers` are for origins, and are not sent.
 *
 * @throws {ClientError} `invalid_request`, `invalid_url`, `unsupported_scheme`, `unsupported_option`, `https_required`.
 */
export function prepareConnect(
  authority: string,
  init: ConnectInit,
  defaults: RequestDefaults,
): PreparedRequest {
  requireInit(init, '{ via: "http://proxy.example:3128" }');
  refuseUnknown(init, CONNECT_NAMES);
  const { via, ...rest } = init;
  const destination = checkedAuthority(authority);
  const { headers: _, ...others } = rest;
  const request = prepare(via, { ...others, decode: false, redirect: "manual" }, defaults);
  const { authorization } = request.target;
  const own: Field[] = [...requestFields(fieldsOf(rest.headers ?? [])).fields];
  if (!hasField(own, "user-agent")) own.unshift(["user-agent", USER_AGENT]);
  if (authorization !== undefined && !hasField(own, "proxy-authorization")) {
    own.push(["proxy-authorization", authorization]);
  }
  // "A client MUST send the port number even if the CONNECT request is based on a URI reference that contains an
  // authority component with an elided port (Section 4.1)." (RFC 9110 §9.3.6)
  return {
    ...request,
    method: "CONNECT",
    target: { ...request.target, path: destination },
    host: destination,
    fields: own,
  };
}

/** Refuses a call without its second argument. */
function requireInit(init: unknown, example: string): void {
  if (typeof init !== "object" || init === null) {
    throw refused(`the second argument is an object, as in ${example}`);
  }
}

/** A host and a port in their normal form. */
function checkedAuthority(authority: string): string {
  const [, host = "", digits = ""] = AUTHORITY.exec(authority) ?? [];
  const port = Number(digits);
  if (host === "" || port < 1 || port > 65_535) throw refused("the authority must be a host and a port");
  // The port is of another protocol in most cases, so those that fetch blocks are allowed.
  return `${parseTarget(`http://${host}`).authority}:${port}`;
}

const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\\[\]]+):([0-9]{1,5})$/;

const TUNNEL_NAMES = ["headers", "timeouts", "on", "onInformational", "signal"] as const;
const UPGRADE_NAMES: ReadonlySet<string> = new Set<keyof UpgradeInit>([
  ...TUNNEL_NAMES,
  "protocol",
  "host",
  "http1Headers",
]);
const CONNECT_NAMES: ReadonlySet<string> = new Set<keyof ConnectInit>([...TUNNEL_NAMES, "via"]);
