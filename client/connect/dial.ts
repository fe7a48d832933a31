/**
 * The client's only door to the runtime's sockets and timers.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";

/** Where a connection is to lead. */
export interface DialTarget {
  /** Host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** The scheme of the URL that asks for it; TLS is added on top of what `dial` returns. */
  readonly scheme: "http" | "https";
  /** Aborted when nobody waits for the connection any more, or when it took too long. */
  readonly signal: AbortSignal;
}

/** Makes a connection: the hook for tunnels, Unix sockets and in-memory pairs. */
export type Dial = (target: DialTarget) => Promise<Duplex>;

/**
 * Dials TCP, with both address families raced as RFC 8305 says and without Nagle's delay.
 *
 * @throws {Deno.errors.ConnectionRefused | Deno.errors.NotCapable | Error} what `Deno.connect` throws.
 */
export async function dialTcp(target: DialTarget): Promise<Deno.TcpConn> {
  const { hostname, port, signal } = target;
  const io = await Deno.connect({ hostname, port, signal });
  io.setNoDelay(true);
  return io;
}

/**
 * Whether `io` is a TCP connection of the runtime's own, which it can put its TLS on. What wraps one to see or change
 * its bytes is none: it would be passed by.
 */
export function isTcpConn(io: Duplex): io is Deno.TcpConn {
  const { setNoDelay, remoteAddr, constructor } = io as Partial<Deno.TcpConn>; // each is checked before it is used
  return constructor?.name === "TcpConn" && typeof setNoDelay === "function" &&
    remoteAddr?.transport === "tcp";
}

/** Where a socket's two ends are, as far as the transport says. */
export interface SocketAddresses {
  /** This end. */
  readonly local?: NetAddress;
  /** The other end. */
  readonly remote?: NetAddress;
}

/** An IP address and a port. */
export interface NetAddress {
  /** The IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** The addresses of a duplex that is a socket; nothing of one that is not. */
export function addressesOf(io: Duplex): SocketAddresses {
  const { localAddr, remoteAddr } = io as Partial<Deno.Conn>; // absent on other duplexes
  const local = netAddress(localAddr);
  const remote = netAddress(remoteAddr);
  return { ...(local && { local }), ...(remote && { remote }) };
}

function netAddress(address: Deno.Addr | undefined): NetAddress | undefined {
  if (address === undefined || !("hostname" in address)) return undefined;
  return { hostname: address.hostname, port: address.port };
}

/** Lets the process end although the timer is set. */
export function unrefTimer(timer: ReturnType<typeof setTimeout>): void {
  Deno.unrefTimer(timer);
}

/** The runtime's name for a failed system call or a missing permission, such as `ConnectionRefused`. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.constructor.name in Deno.errors ? error.constructor.name : undefined;
}
