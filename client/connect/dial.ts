/**
 * Dialling: from a target to a transport, within the connect timeout.
 *
 * @module
 */

import { Attempt } from "../../io/attempt.ts";
import { closeQuietly, type Duplex, requireDuplex } from "../../io/duplex.ts";
import type { ClientOptions, Dial, DialTarget } from "../options.ts";
import { connectHost, resolvingDial } from "./happy_eyeballs.ts";
import type { ResolvedConnectOptions } from "./resolved_connect_options.ts";
import type { Target } from "../request/target.ts";
import { connectUnix } from "../runtime.ts";
import { connectTooSlow } from "./wait_failure.ts";

/**
 * Dials `target`. A transport that arrives after the attempt ended is closed.
 *
 * @param options The caller's `dial`, TCP without it; and the way through proxies, if there is one.
 * @param target The host and port to connect to.
 * @param timeout Milliseconds that dialling may take; 0 and `undefined` set no limit.
 * @param signal Ends the attempt.
 * @throws {ClientError} `connect_timeout`.
 * @throws {ClientError} What a proxy of the way refuses, or is told.
 * @throws What `dial` or the runtime throws; the signal's reason.
 */
export async function dial(
  options: Pick<ResolvedConnectOptions, "dial" | "route">,
  target: Target,
  timeout: number | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hostname, port, scheme, authority } = target;
  return await Attempt.run(signal, async (attempt) => {
    let stage: string | undefined;
    attempt.allow(timeout || undefined, () => connectTooSlow(authority, timeout, stage));
    const dialTarget: DialTarget = { hostname, port, scheme, signal: attempt.signal };
    const dialOne: Dial = (target) => checkedDial(options.dial ?? connectHost, target);
    const dialled = options.route?.open(dialTarget, dialOne, (next) => stage = next) ?? dialOne(dialTarget);
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
  requireDuplex(io, "connect", "what dial returned");
  return io;
}
