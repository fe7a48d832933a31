/**
 * Dialling that ends: in time, or when nobody waits any more.
 *
 * @module
 */

import { closeQuietly, type Duplex, requireDuplex } from "../../io/duplex.ts";
import type { Dial, DialTarget } from "./dial.ts";
import { ClientError } from "../error/client_error.ts";
import type { Target } from "../request/target.ts";

/**
 * Dials. What a dial gives after it was given up is closed.
 *
 * @param dial The caller's own, or the client's.
 * @param target Where to.
 * @param milliseconds How long it may take; 0 and `undefined`: for ever.
 * @param signal Gives it up.
 * @throws {ClientError} `connect_timeout`.
 * @throws what `dial` throws; the signal's reason.
 */
export async function dialWithin(
  dial: Dial,
  target: Target,
  milliseconds: number | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hostname, port, scheme } = target;
  if (!milliseconds) {
    return await unlessAborted(duplexOf(dial, { hostname, port, scheme, signal }), signal, closeQuietly);
  }
  const expired = new AbortController();
  const timer = setTimeout(() =>
    expired.abort(
      new ClientError(
        "connect_timeout",
        `Cannot connect to "${target.authority}": it took over ${milliseconds} ms`,
        {
          hint: "Check the address, or allow more time with timeouts.connect.",
        },
      ),
    ), milliseconds);
  try {
    const either = AbortSignal.any([signal, expired.signal]);
    return await unlessAborted(
      duplexOf(dial, { hostname, port, scheme, signal: either }),
      either,
      closeQuietly,
    );
  } catch (error) {
    throw expired.signal.aborted ? expired.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** What a caller's own code gives may be anything. */
async function duplexOf(dial: Dial, target: DialTarget): Promise<Duplex> {
  const io: unknown = await dial(target);
  requireDuplex(io, "what dial returned");
  return io;
}

/**
 * What a caller's own code gives, which may ignore the signal, unless the signal comes first.
 *
 * @param discard Is handed what comes too late.
 * @throws the signal's reason.
 */
export function unlessAborted<T>(
  coming: Promise<T>,
  signal: AbortSignal,
  discard: (late: T) => void = () => {},
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  coming.then((value) => {
    if (signal.aborted) discard(value);
    else resolve(value);
  }, reject).finally(() => signal.removeEventListener("abort", onAbort));
  return promise;
}
