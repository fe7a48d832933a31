/**
 * The client's one door to the runtime: sockets, timers and the names of system errors.
 *
 * Where the runtime is not Deno, sockets are those of `node:net`, and in browsers, which have none, the transports that
 * the caller's `dial` returns.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";

/** An IP address and a port. */
export interface NetAddress {
  /** The IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** The addresses of a socket's two ends, as far as the transport has them. */
export interface SocketAddresses {
  /** The address of this end. */
  readonly local?: NetAddress;
  /** The address of the other end. */
  readonly remote?: NetAddress;
}

/** A TCP connection of the runtime: a `Deno.TcpConn`, or a `NodeSocket`. */
export interface TcpSocket extends Duplex {
  /** Switches Nagle's delay off, or on. */
  setNoDelay(isSet?: boolean): void;
}

/**
 * Opens a TCP connection without Nagle's delay.
 *
 * @param target The host, and the signal that ends the attempt. Deno races the addresses of a name (RFC 8305); any other
 * runtime has to be given an address.
 * @throws {Deno.errors.ConnectionRefused | Deno.errors.NotCapable | Error} What `Deno.connect` or `node:net` throws.
 * @throws {TypeError} Where the runtime has no sockets.
 */
export async function connectTcp(
  { hostname, port, signal }: NetAddress & { readonly signal: AbortSignal },
): Promise<TcpSocket> {
  if (!IS_DENO) {
    const { connectNode } = await import("../io/node/node_socket.ts");
    return await connectNode({ host: hostname, port }, signal);
  }
  const io = await Deno.connect({ hostname, port, signal });
  io.setNoDelay(true);
  return io;
}

/**
 * Connects to a Unix socket.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.NotCapable | Error} What `Deno.connect` or `node:net` throws.
 * @throws {TypeError} Where the runtime has no sockets.
 */
export async function connectUnix(path: string): Promise<Duplex> {
  if (!IS_DENO) return await (await import("../io/node/node_socket.ts")).connectNode({ path });
  return await Deno.connect({ transport: "unix", path });
}

/**
 * Whether `io` is a TCP connection of the runtime, which the platform's TLS can be started on. A wrapper that observes or
 * changes the bytes is none: the platform's TLS would bypass it.
 */
export function isTcpConn(io: Duplex): io is TcpSocket {
  const { setNoDelay, remoteAddr, constructor, release } = io as Partial<Deno.TcpConn & { release: unknown }>; // each is checked before it is used
  const isSocket = IS_DENO
    ? constructor?.name === "TcpConn"
    : typeof release === "function" && !("connection" in io); // a socket of node:tls has the facts of its connection
  return isSocket && typeof setNoDelay === "function" && remoteAddr?.transport === "tcp";
}

/** The addresses of a duplex that is a socket; empty for any other. */
export function addressesOf(io: Duplex): SocketAddresses {
  const { localAddr, remoteAddr } = io as Partial<Deno.Conn>; // absent on other duplexes
  const local = netAddress(localAddr);
  const remote = netAddress(remoteAddr);
  return { ...(local && { local }), ...(remote && { remote }) };
}

/** Variables of the environment, and the names of those that the runtime does not grant. */
export interface Variables {
  /** The values of those that are set. */
  readonly values: ReadonlyMap<string, string>;
  /** The names that may not be read. */
  readonly missing: readonly string[];
}

/** Reads variables of the environment, without a prompt. */
export function readVariables(names: readonly string[]): Variables {
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const name of names) {
    if (IS_DENO && Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
      missing.push(name);
      continue;
    }
    const value = IS_DENO ? Deno.env.get(name) : variableOfNode(name);
    if (value !== undefined) values.set(name, value);
  }
  return { values, missing };
}

/**
 * The addresses of a name, in the order of the operating system.
 *
 * @param family The version of IP; 0 is either.
 * @throws {Error} What the lookup throws; its `code` is `EPERM` where `--allow-net` does not have the name.
 */
export async function lookUp(hostname: string, family: 0 | 4 | 6 = 0): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(hostname, { all: true, family })).map(({ address }) => address);
}

/** Lets the process end although the timer is set. */
export function unrefTimer(timer: ReturnType<typeof setTimeout>): void {
  if (IS_DENO) Deno.unrefTimer(timer);
  else unrefObject(timer);
}

/** The runtime's name for a failed system call or a missing permission, such as `ConnectionRefused`. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (IS_DENO) return error.constructor.name in Deno.errors ? error.constructor.name : undefined;
  return "code" in error ? NAMES_OF_CODES.get(error.code) : undefined;
}

/** Whether the runtime is Deno, which looks names up and races their addresses itself. */
export const IS_DENO: boolean = "Deno" in globalThis;

/** Deno's names for the codes that system errors of Node and Bun have. */
const NAMES_OF_CODES: ReadonlyMap<unknown, string> = new Map([
  ["ECONNREFUSED", "ConnectionRefused"],
  ["ECONNRESET", "ConnectionReset"],
  ["ECONNABORTED", "ConnectionAborted"],
  ["EPIPE", "BrokenPipe"],
  ["ENOTCONN", "NotConnected"],
  ["ETIMEDOUT", "TimedOut"],
  ["EACCES", "PermissionDenied"],
  ["EPERM", "PermissionDenied"],
  ["ERR_STREAM_DESTROYED", "NotConnected"],
  ["ERR_STREAM_WRITE_AFTER_END", "BrokenPipe"],
]);

/** `process` is looked for on the global object: browsers have none. */
function variableOfNode(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }; // each step is optional
  return process?.env?.[name];
}

/** Timers are objects in Node and Bun, and numbers, which keep nothing alive, in browsers. */
function unrefObject(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}

function netAddress(address: Deno.Addr | undefined): NetAddress | undefined {
  if (address === undefined || !("hostname" in address)) return undefined;
  return { hostname: address.hostname, port: address.port };
}
