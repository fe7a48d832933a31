/**
 * The tunnel through a SOCKS proxy: SOCKS5 (RFC 1928) with a user name and a password (RFC 1929), and SOCKS4a.
 *
 * Each read asks for exactly the bytes that must come, so that what follows the last reply is left to the tunnel. A failure
 * is told at the octet that says so: its rest may never come.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { type Duplex, writeAll } from "../../io/duplex.ts";
import { parseIpAddress } from "../../tls/names/ip_address.ts";
import type { ClientErrorCode } from "../error/client_error.ts";
import { ProxyFailure, REFUSED_CREDENTIALS_HINT } from "./proxy_failure.ts";
import type { Credentials, ProxyHop } from "./proxy_hop.ts";

/** The host and port that a proxy is asked for. */
export interface Destination {
  /** The host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/**
 * Asks a SOCKS proxy for a tunnel.
 *
 * @param io The connection to the proxy.
 * @param hop The proxy.
 * @param destination The host and port to connect to. A name is sent as it is.
 * @param authority The same, as errors show it.
 * @throws {ClientError} `proxy_auth_required`, `proxy_auth_failed`, `proxy_refused`, `proxy_unreachable`,
 * `connection_refused`, `proxy_closed` or `proxy_protocol`.
 */
export async function socksConnect(
  io: Duplex,
  hop: ProxyHop,
  destination: Destination,
  authority: string,
): Promise<void> {
  const failure = new ProxyFailure(hop.authority, authority);
  const reader = new ReplyReader(io, failure);
  if (hop.scheme === "socks4a") return await socks4a(reader, hop, destination, failure);
  await authenticate(reader, hop.credentials, failure);
  const address = parseIpAddress(destination.hostname);
  const name = ENCODER.encode(destination.hostname);
  await reader.send(
    concat([
      Uint8Array.of(SOCKS5, CONNECT, 0),
      ...(address === undefined
        ? [Uint8Array.of(DOMAIN_NAME, name.length), name]
        : [Uint8Array.of(address.length === 4 ? IPV4 : IPV6), address]),
      portBytes(destination.port),
    ]),
    "its reply to the request",
  );
  if (await reader.byte() !== SOCKS5) throw reader.malformed("its reply is not of SOCKS5");
  const reply = await reader.byte();
  if (reply !== SUCCEEDED) {
    const [code, reason, hint] = REPLIES[reply] ?? ["proxy_refused", `it refused with reply ${reply}`];
    throw failure.error(code, reason, hint === undefined ? {} : { hint });
  }
  await reader.byte(); // reserved
  const type = await reader.byte();
  if (type !== IPV4 && type !== IPV6 && type !== DOMAIN_NAME) {
    throw reader.malformed(`its reply has an address of type ${type}`);
  }
  await reader.take(2 + (type === IPV4 ? 4 : type === IPV6 ? 16 : await reader.byte()));
}

/** Agrees on a method, and sends the credentials where the proxy wants them. */
async function authenticate(
  reader: ReplyReader,
  credentials: Credentials | undefined,
  failure: ProxyFailure,
): Promise<void> {
  const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_PASSWORD];
  await reader.send(Uint8Array.of(SOCKS5, methods.length, ...methods), "its choice of a method");
  const version = await reader.byte();
  if (version !== SOCKS5) {
    throw reader.malformed(
      "its first octet is not that of SOCKS5",
      version === 0x48 ? "The proxy may speak HTTP: write its URL with http://." : undefined,
    );
  }
  const method = await reader.byte();
  if (method === NO_AUTHENTICATION) return;
  if (method === NONE_ACCEPTABLE || (method === USERNAME_PASSWORD && credentials === undefined)) {
    throw failure.error("proxy_auth_required", "it accepts none of the methods that were offered", {
      hint: credentials === undefined
        ? "Give the proxy a username and password."
        : "The proxy takes no user name and password, or only from other addresses.",
    });
  }
  if (method !== USERNAME_PASSWORD || credentials === undefined) {
    throw reader.malformed(`it chose method ${method}, which was not offered`);
  }
  const { username, password } = credentials;
  await reader.send(
    concat([
      Uint8Array.of(AUTHENTICATION_VERSION, username.length),
      username,
      Uint8Array.of(password.length),
      password,
    ]),
    "its reply to the credentials",
  );
  const refusedCredentials = (cause?: unknown) =>
    failure.error("proxy_auth_failed", "it refused the user name and password", {
      hint: REFUSED_CREDENTIALS_HINT,
      ...(cause !== undefined && { cause }),
    });
  let status: number;
  try {
    await reader.byte(); // old servers write another version here
    status = await reader.byte();
  } catch (error) {
    // A server closes the connection after a refusal (RFC 1929 §2); some close it instead of one.
    throw refusedCredentials(error);
  }
  if (status !== 0) throw refusedCredentials();
}

async function socks4a(
  reader: ReplyReader,
  { credentials }: ProxyHop,
  { hostname, port }: Destination,
  failure: ProxyFailure,
): Promise<void> {
  const address = parseIpAddress(hostname);
  await reader.send(
    concat([
      Uint8Array.of(SOCKS4, CONNECT),
      portBytes(port),
      address ?? NAME_FOLLOWS,
      credentials?.username ?? new Uint8Array(),
      NUL,
      ...(address === undefined ? [ENCODER.encode(hostname), NUL] : []),
    ]),
    "its reply to the request",
  );
  const version = await reader.byte();
  if (version !== 0) {
    throw reader.malformed(
      "its reply is not of SOCKS4",
      version === 0x48 ? "The proxy may speak HTTP: write its URL with http://." : undefined,
    );
  }
  const code = await reader.byte();
  if (code !== GRANTED) {
    throw failure.error("proxy_refused", SOCKS4_REPLIES.get(code) ?? `it refused with reply ${code}`, {
      ...(address === undefined && { hint: "The proxy may speak SOCKS4 without names: try socks5h:." }),
    });
  }
  await reader.take(6);
}

/** Sends requests, and reads exactly what must come. */
class ReplyReader {
  readonly #io: Duplex;
  readonly #failure: ProxyFailure;
  #awaited = "";

  constructor(io: Duplex, failure: ProxyFailure) {
    this.#io = io;
    this.#failure = failure;
  }

  /** Sends a request in one write; errors of the reply name `awaited`. */
  async send(bytes: Uint8Array, awaited: string): Promise<void> {
    this.#awaited = awaited;
    try {
      await writeAll(this.#io, bytes);
    } catch (error) {
      throw this.#closed(error);
    }
  }

  /** Reads one octet. */
  async byte(): Promise<number> {
    const [byte = 0] = await this.take(1);
    return byte;
  }

  /** Reads `count` octets. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    for (let filled = 0; filled < count;) {
      let read: number | null;
      try {
        read = await this.#io.read(bytes.subarray(filled));
      } catch (error) {
        throw this.#closed(error);
      }
      if (read === null || !(read > 0)) throw this.#closed();
      filled += read;
    }
    return bytes;
  }

  /** The error of a reply that is none. */
  malformed(reason: string, hint?: string): Error {
    return this.#failure.error("proxy_protocol", reason, hint === undefined ? {} : { hint });
  }

  #closed(cause?: unknown): Error {
    return this.#failure.closed(`before ${this.#awaited} was complete`, cause);
  }
}

const ENCODER = new TextEncoder();
const NUL = Uint8Array.of(0);

const SOCKS4 = 4;
const SOCKS5 = 5;
const CONNECT = 1;

// Methods (RFC 1928 §3)
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const AUTHENTICATION_VERSION = 1;

// Types of addresses (RFC 1928 §5)
const IPV4 = 1;
const DOMAIN_NAME = 3;
const IPV6 = 4;

const SUCCEEDED = 0;

/** The replies of SOCKS5 that refuse (RFC 1928 §6). */
const REPLIES: readonly (readonly [code: ClientErrorCode, reason: string, hint?: string] | undefined)[] = [
  undefined,
  ["proxy_refused", "general SOCKS server failure", "The proxy may not find the address of the name."],
  ["proxy_refused", "connection not allowed by its ruleset"],
  ["proxy_unreachable", "the network is unreachable for it"],
  ["proxy_unreachable", "the host is unreachable for it"],
  ["connection_refused", "nothing listens at the target, or the target refused the proxy"],
  ["proxy_unreachable", "the TTL of its connection expired"],
  ["proxy_refused", "it does not support the command"],
  [
    "proxy_refused",
    "it does not support the type of the address",
    "Use socks5h: to let the proxy look up the name, or an address of the other family.",
  ],
];

/** An address that says "a name follows": 0.0.0.x, with x not zero. */
const NAME_FOLLOWS = Uint8Array.of(0, 0, 0, 1);
const GRANTED = 0x5a;

/** The replies of SOCKS4 that refuse. */
const SOCKS4_REPLIES: ReadonlyMap<number, string> = new Map([
  [0x5b, "it rejected the request, or it failed"],
  [0x5c, "it cannot reach an identd of this end"],
  [0x5d, "the identd of this end tells another user"],
]);

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}
