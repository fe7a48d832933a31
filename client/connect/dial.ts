/**
 * Dialling: from a target to a transport, within the connect timeout.
 *
 * @module
 */

import { Attempt } from "../../io/attempt.ts";
import { closeQuietly, type Duplex, requireDuplex } from "../../io/duplex.ts";
import type { ClientOptions, Dial, DialTarget } from "../options.ts";
import { resolvingDial } from "./happy_eyeballs.ts";
import type { Target } from "../request/target.ts";
import { connectTcp, connectUnix } from "../runtime.ts";
import { connectTooSlow } from "./wait_failure.ts";

/**
 * Dials `target`. A transport that arrives after the attempt ended is closed.
 *
 * @param custom The caller's `dial`; TCP without it.
 * @param target The host and port to connect to.
 * @param timeout Milliseconds that dialling may take; 0 and `undefined` set no limit.
 * @param signal Ends the attempt.
 * @throws {ClientError} `connect_timeout`.
 * @throws What `custom` or the runtime throws; the signal's reason.
 */
export async function dial(
  custom: Dial | undefined,
  target: Target,
  timeout: number | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hostname, port, scheme, authority } = target;
  return await Attempt.run(signal, async (attempt) => {
    attempt.allow(timeout || undefined, () => connectTooSlow(authority, timeout));
    const dialled = checkedDial(custom ?? connectTcp, { hostname, port, scheme, signal: attempt.signal });
    return await attempt.leaving(dialled, closeQuietly);
  });
}

/** The function that makes a client's connections below TLS; `undefined` where the runtime alone does. */
export function dialOf({ dial, unixSocket, resolve }: ClientOptions): Dial | undefined {
  if (unixSocket !== undefined) return () => connectUnix(unixSocket);
  return resolve === undefined ? dial : resolvingDial(resolve);
}

/** Dials, and checks the result: the caller's own code may return anything. */
async function checkedDial(dial: Dial, target: DialTarget): Promise<Duplex> {
  const io: unknown = await dial(target);
  requireDuplex(io, "what dial returned");
  return io;
}
