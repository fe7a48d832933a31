/**
 * The handshake over a transport: what connectors and acceptors have in common.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { Attempt, settledWithin } from "../../io/attempt.ts";
import type { Connection } from "../connection/connection.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { TlsError } from "../error/tls_error.ts";
import { ALERT_TIMEOUT_MS } from "../limits.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";

/** What one handshake may have of its own. */
export interface HandshakeOptions {
  /** Ends the attempt when it is aborted; afterwards it has no effect on the connection. */
  readonly signal?: AbortSignal;
  /** How long the handshake may take, in milliseconds. Default: no limit. */
  readonly handshakeTimeout?: number;
}

/** A handshake to be done. */
export interface Handshake {
  readonly io: Duplex;
  readonly machine: Connection;
  /** Whom it is with, in messages: `with "example.com"`. */
  readonly peer: string;
  /** What it ends with. */
  readonly until: "established" | "client_hello";
  readonly options: HandshakeOptions;
}

/**
 * Shakes hands. Everything that this end has to say is with the transport when it resolves, and when it rejects the
 * peer was told why, if the transport took it soon enough.
 *
 * @returns The event that it ends with.
 * @throws what went wrong; `handshake_timeout`, or the signal's reason, when it was given up. Then a read of the
 * transport may be pending.
 */
export async function shakeHands(handshake: Handshake): Promise<TlsEvent> {
  const { io, machine, options: { signal, handshakeTimeout } } = handshake;
  using attempt = new Attempt(signal);
  attempt.allow(handshakeTimeout, () => tooSlow(handshake));
  const writer = new StreamWriter(io, machine);
  const reader = new StreamReader(io, machine, () => writer.kick());
  try {
    return await attempt.leaving(exchangeMessages(reader, writer, handshake), () => {});
  } catch (error) {
    if (attempt.signal.aborted) {
      machine.dispose(); // what is still under way says and hears no more
    } else {
      await settledWithin(ALERT_TIMEOUT_MS, writer.flush());
    }
    throw error;
  }
}

/** Says what there is to say, then listens, until the event comes. */
async function exchangeMessages(
  reader: StreamReader,
  writer: StreamWriter,
  { until }: Handshake,
): Promise<TlsEvent> {
  try {
    while (true) {
      const event = await reader.nextEvent();
      await writer.flush();
      if (event?.type === until) return event;
      if (event === undefined) await reader.fill();
    }
  } catch (error) {
    throw explained(writer.hasFailed ? await readFinalAlert(reader, error) : error);
  }
}

/** A peer that takes no more may have said why before it left: an alert explains more than a broken pipe. */
async function readFinalAlert(reader: StreamReader, error: unknown): Promise<unknown> {
  let found = error;
  let isPatient = true;
  const listening = async (): Promise<void> => {
    try {
      while (isPatient) {
        const event = await reader.nextEvent();
        // Behind it there is nothing to wait for, and a transport at its end says so again and again.
        if (event?.type === "connection_closed") return;
        if (event === undefined) await reader.fill();
      }
    } catch (reason) {
      if (reason instanceof TlsError && reason.alert !== undefined) found = reason;
    }
  };
  await settledWithin(ALERT_TIMEOUT_MS, listening());
  isPatient = false;
  return found;
}

/** How transports say that the peer broke the connection off. */
const RESETS: ReadonlySet<string> = new Set(["ConnectionReset", "ConnectionAborted", "BrokenPipe"]);

function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !RESETS.has(error.name)) return error;
  return new TlsError("connection_reset", "Cannot finish the handshake: the peer broke the connection off", {
    cause: error,
  });
}

function tooSlow({ peer, options: { handshakeTimeout } }: Handshake): TlsError {
  return new TlsError(
    "handshake_timeout",
    `Cannot shake hands with ${peer}: it took over ${handshakeTimeout} ms`,
    { hint: "Check that the other end speaks TLS, or allow more time with handshakeTimeout." },
  );
}

/** Unwraps a fallible result: on failure the transport is closed. */
export function orClose<Stream>(result: { readonly stream: Stream } | FailedHandshake): Stream {
  if ("stream" in result) return result.stream;
  closeQuietly(result.io);
  throw result.error;
}

/** A handshake that failed, and the transport that is the caller's again. */
export interface FailedHandshake {
  /** Why; what the infallible form rejects with. */
  readonly error: unknown;
  /** The transport, not closed. After a timeout or an abort a read of it may be pending: close it then. */
  readonly io: Duplex;
}
