/**
 * Connecting to the first of several addresses that answers (Happy Eyeballs, RFC 8305 §4, §5), where the caller resolves
 * names, or where the runtime is not Deno. Deno does both for itself.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { clearTimeout, now as clock, setTimeout } from "../../io/timers.ts";
import {
  DEFAULT_CONNECTION_ATTEMPT_DELAY_MS,
  MAX_ADDRESSES,
  MIN_CONNECTION_ATTEMPT_DELAY_MS,
} from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import type { Dial, DialTarget, Resolve } from "../options.ts";
import { connectTcp, IS_DENO, lookUp } from "../runtime.ts";

/** Connects to one address. Aborting the signal ends the attempt. */
export type ConnectAddress = (target: DialTarget) => Promise<Duplex>;

/**
 * Connects to a host by TCP.
 *
 * @throws What the runtime throws for a name without an address, or for the first address.
 */
export async function connectHost(target: DialTarget): Promise<Duplex> {
  if (IS_DENO || isAddress(target.hostname)) return await connectTcp(target);
  const addresses = await lookUp(target.hostname);
  target.signal.throwIfAborted();
  return await connectToFirst(target, checkedAddresses(target, addresses), connectTcp);
}

/**
 * Makes a `dial` that asks `resolve` for the addresses of a name.
 *
 * @param resolve The caller's function.
 * @param connect Connects to one address, or to a name that `resolve` does not know; TCP by default.
 */
export function resolvingDial(resolve: Resolve, connect: ConnectAddress = connectHost): Dial {
  return async (target) => {
    const { hostname, port, signal } = target;
    if (isAddress(hostname)) return await connect(target);
    let addresses: readonly string[] | undefined;
    try {
      addresses = await resolve(hostname, { port, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw dnsError(target, '"resolve" has failed', cause);
    }
    signal.throwIfAborted();
    if (addresses === undefined) return await connect(target);
    return await connectToFirst(target, checkedAddresses(target, addresses), connect);
  };
}

/** Connects to the addresses in turn, in their order with the families interleaved, until one answers. */
function connectToFirst(
  target: DialTarget,
  addresses: readonly string[],
  connect: ConnectAddress,
): Promise<Duplex> {
  const left = interleaved(addresses);
  const attempts = new Set<AbortController>();
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let started = 0;
    let failure: { readonly reason: unknown } | undefined;
    let isOver = false;
    const end = (reason: unknown): void => {
      isOver = true;
      clearTimeout(timer);
      target.signal.removeEventListener("abort", onAbort);
      // "Once one of the connection attempts succeeds (generally when the TCP handshake completes), all other
      // connections attempts that have not yet succeeded SHOULD be canceled." (RFC 8305 §5)
      for (const attempt of attempts) attempt.abort(reason);
    };
    const onAbort = (): void => {
      end(target.signal.reason);
      reject(target.signal.reason);
    };
    const startAfter = (milliseconds: number): void => {
      clearTimeout(timer);
      if (left.length > 0) timer = setTimeout(start, milliseconds);
    };
    const start = (): void => {
      const hostname = left.shift();
      if (hostname === undefined) return;
      const attempt = new AbortController();
      attempts.add(attempt);
      started = clock();
      startAfter(DEFAULT_CONNECTION_ATTEMPT_DELAY_MS);
      connect({ ...target, hostname, signal: attempt.signal }).then((io) => {
        attempts.delete(attempt);
        if (isOver) return closeQuietly(io);
        end(new DOMException("Another address was faster", "AbortError"));
        resolve(io);
      }, (reason) => {
        attempts.delete(attempt);
        if (isOver) return;
        failure ??= { reason };
        // "More specifically, a subsequent connection MUST NOT be started within 10 milliseconds of the previous
        // attempt." (RFC 8305 §5)
        if (left.length > 0) startAfter(Math.max(0, started + MIN_CONNECTION_ATTEMPT_DELAY_MS - clock()));
        else if (attempts.size === 0) {
          end(failure.reason);
          reject(failure.reason);
        }
      });
    };
    target.signal.addEventListener("abort", onAbort);
    start();
  });
}

/**
 * The addresses with every second one of the other family, as long as there are any.
 *
 * "Whichever address family is first in the list should be followed by an address of the other address family" (RFC
 * 8305 §4).
 */
function interleaved(addresses: readonly string[]): string[] {
  const isFirst = (address: string): boolean => address.includes(":") === addresses[0]?.includes(":");
  const first = addresses.filter(isFirst);
  const second = addresses.filter((address) => !isFirst(address));
  return first.flatMap((address, i) => {
    const other = second[i];
    return other === undefined ? [address] : [address, other];
  }).concat(second.slice(first.length));
}

/** The addresses, each once; what is no address would be looked up by the runtime. */
function checkedAddresses(target: DialTarget, addresses: readonly string[]): readonly string[] {
  if (!Array.isArray(addresses) || !addresses.every(isAddress)) {
    throw dnsError(target, '"resolve" gave something other than IP addresses');
  }
  if (addresses.length === 0) throw dnsError(target, "the name has no address");
  return [...new Set(addresses)].slice(0, MAX_ADDRESSES);
}

/** Whether `text` is an IP address, one of IPv6 without brackets. A leading zero could make it another, in octal digits. */
function isAddress(text: unknown): text is string {
  if (typeof text !== "string") return false;
  if (!text.includes(":")) {
    const parts = text.split(".");
    return parts.length === 4 &&
      parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
  }
  return IPV6_CHARS.test(text) && URL.canParse(`http://[${text}]/`);
}

const IPV6_CHARS = /^[0-9A-Fa-f:.]{2,45}$/;

function dnsError({ hostname }: DialTarget, reason: string, cause?: unknown): ClientError {
  return new ClientError("dns", `Cannot connect to "${hostname}": ${reason}`, {
    ...(cause !== undefined && { cause }),
  });
}
