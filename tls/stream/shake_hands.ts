/**
 * The handshake over a transport, as connectors and acceptors do it.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { Attempt, settledWithin } from "../../io/attempt.ts";
import type { Connection } from "../connection/connection.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { TlsError } from "../error/tls_error.ts";
import {
  ALERT_TIMEOUT_MS,
  DEFAULT_ACCEPT_TIMEOUT_MS,
  MIN_FLIGHT_READ_BYTES,
  MIN_HANDSHAKE_READ_BYTES,
} from "../limits.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";

/** Options of one handshake. */
export interface HandshakeOptions {
  /** Signal that aborts the handshake; after it the signal has no effect on the connection. */
  readonly signal?: AbortSignal;
  /** Time for the handshake, in milliseconds. Default: no limit for clients, 10,000 for servers. */
  readonly handshakeTimeout?: number;
}

/** A handshake to be done. */
export interface Handshake {
  readonly io: Duplex;
  readonly machine: Connection;
  /** The other end, in messages: `"example.com"`. */
  readonly peer: string;
  /** The event that ends it. */
  readonly until: "established" | "client_hello";
  readonly options: HandshakeOptions;
  /** Advice where the other end resets the connection or is silent. */
  readonly hint?: string;
  /** The halves of the stream that is in use already. Default: halves for the handshake alone. */
  readonly halves?: { readonly reader: StreamReader; readonly writer: StreamWriter };
  /** Called for each event, and for `undefined` before more is read. @returns Whether the stream is in use from here on. */
  readonly observe?: (event: TlsEvent | undefined) => boolean;
  /** Length of the first read's buffer. Default: {@linkcode MIN_FLIGHT_READ_BYTES}. */
  readonly firstReadBytes?: number;
}

/** The part of a handshake with a client that all servers have. */
export function withClient(
  options: HandshakeOptions,
): Pick<Handshake, "peer" | "options" | "firstReadBytes"> {
  const { handshakeTimeout = DEFAULT_ACCEPT_TIMEOUT_MS } = options;
  return {
    peer: "a client",
    options: { ...options, handshakeTimeout },
    firstReadBytes: MIN_HANDSHAKE_READ_BYTES,
  };
}

/**
 * Shakes hands. When it resolves, the transport has taken all messages of this end, unless the stream is in use already;
 * when it rejects, an alert was sent, if the transport took it within {@linkcode ALERT_TIMEOUT_MS}.
 *
 * @returns The event that ends it.
 * @throws why it failed; `handshake_timeout`, or the signal's reason, when it was abandoned. Then a read of the
 * transport may be pending.
 */
export function shakeHands(handshake: Handshake): Promise<TlsEvent> {
  return Attempt.run(handshake.options.signal, (attempt) => shakeHandsWithin(attempt, handshake));
}

async function shakeHandsWithin(attempt: Attempt, handshake: Handshake): Promise<TlsEvent> {
  const { io, machine, options: { handshakeTimeout } } = handshake;
  attempt.allow(handshakeTimeout, () => handshakeTimedOut(handshake));
  const writer = handshake.halves?.writer ?? new StreamWriter(io, machine);
  const reader = handshake.halves?.reader ??
    new StreamReader(
      io,
      machine,
      () => writer.startDrain(),
      handshake.firstReadBytes ?? MIN_FLIGHT_READ_BYTES,
    );
  try {
    return await attempt.leaving(exchangeMessages(reader, writer, handshake), () => {});
  } catch (error) {
    machine.tellFailure(error);
    if (attempt.signal.aborted) {
      machine.dispose(); // reads and writes that are still pending have no effect any more
    } else {
      await settledWithin(ALERT_TIMEOUT_MS, writer.drained());
    }
    throw error;
  }
}

/**
 * Writes all output, then reads, until the event comes.
 *
 * Where the stream is in use, the output has data of the application, too, and reading does not wait for that: both ends
 * would wait until the other one reads.
 */
async function exchangeMessages(
  reader: StreamReader,
  writer: StreamWriter,
  { until, hint, observe }: Handshake,
): Promise<TlsEvent> {
  let isInUse = false;
  try {
    while (true) {
      const event = await reader.nextEvent();
      const wasInUse = isInUse;
      isInUse = observe?.(event) ?? false;
      if (wasInUse && !writer.hasFailed) writer.startDrain();
      else await writer.drained();
      if (event?.type === until) return event;
      if (event === undefined) await reader.fill();
    }
  } catch (error) {
    throw withResetAsTlsError(writer.hasFailed ? await readFinalAlert(reader, error) : error, hint);
  }
}

/** After a failed write, looks for an alert of the peer: it explains more than a broken pipe. */
async function readFinalAlert(reader: StreamReader, error: unknown): Promise<unknown> {
  let found = error;
  let isPatient = true;
  const listening = async (): Promise<void> => {
    try {
      while (isPatient) {
        const event = await reader.nextEvent();
        // Nothing follows it, and reading on would not wait: the transport is at its end.
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

/** Names of the errors of transports whose peer has reset the connection. */
const RESETS: ReadonlySet<string> = new Set(["ConnectionReset", "ConnectionAborted", "BrokenPipe"]);

function withResetAsTlsError(error: unknown, hint?: string): unknown {
  if (!(error instanceof Error) || !RESETS.has(error.name)) return error;
  return new TlsError("connection_reset", "Cannot finish the handshake: the peer reset the connection", {
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

function handshakeTimedOut({ peer, options: { handshakeTimeout }, hint }: Handshake): TlsError {
  return new TlsError(
    "handshake_timeout",
    `Cannot shake hands with ${peer}: it took over ${handshakeTimeout} ms`,
    {
      hint: hint === undefined
        ? "Check that the other end speaks TLS, or allow more time."
        : `Allow more time, if the server is slow. ${hint}`,
    },
  );
}

/** Unwraps a fallible result: on failure closes the transport and throws the error. */
export function orClose<Stream>(result: { readonly stream: Stream } | FailedHandshake): Stream {
  if ("stream" in result) return result.stream;
  closeQuietly(result.io);
  throw result.error;
}

/** A handshake that failed, and its transport, which belongs to the caller again. */
export interface FailedHandshake {
  /** The error: what the infallible form rejects with. */
  readonly error: unknown;
  /** The transport, not closed. After a timeout or an abort a read of it may be pending: close it then. */
  readonly io: Duplex;
}
