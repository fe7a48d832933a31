/**
 * Dialling that ends: in time, or when nobody waits any more.
 *
 * @module
 */

import { Attempt } from "../../io/attempt.ts";
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
  using attempt = new Attempt(signal);
  attempt.allow(milliseconds || undefined, () => tooSlow(target, milliseconds));
  const dialled = duplexOf(dial, { hostname, port, scheme, signal: attempt.signal });
  return await attempt.leaving(dialled, closeQuietly);
}

function tooSlow({ authority }: Target, milliseconds: number | undefined): ClientError {
  return new ClientError(
    "connect_timeout",
    `Cannot connect to "${authority}": it took over ${milliseconds} ms`,
    { hint: "Check the address, or allow more time with timeouts.connect." },
  );
}

/** What a caller's own code gives may be anything. */
async function duplexOf(dial: Dial, target: DialTarget): Promise<Duplex> {
  const io: unknown = await dial(target);
  requireDuplex(io, "what dial returned");
  return io;
}
