/**
 * One question to a TLS server: a connection with a config of its own, and what became of it.
 *
 * A scan asks what a server accepts, so no certificate is verified here, and nothing but the handshake is sent.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { closeQuietly } from "../../io/duplex.ts";
import type { Dial } from "../../client/options.ts";
import type {
  ClientConfigOptions,
  ClientTlsStream,
  TlsConnectionFacts,
  TlsConnector,
} from "../../tls/mod.ts";

/** A server that is scanned. */
export interface ScanTarget {
  /** The host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** What became of a question. */
export type Outcome =
  /** The handshake was completed. */
  | { readonly kind: "accepted"; readonly facts: TlsConnectionFacts }
  /** The server, or this end, has ended the handshake. */
  | { readonly kind: "refused"; readonly error: Error }
  /** There was no answer: no connection, or none in time. */
  | { readonly kind: "failed"; readonly error: Error };

/** Asks one server. */
export class Prober {
  /** The server. */
  readonly target: ScanTarget;
  readonly #dial: Dial;
  readonly #milliseconds: number;
  #unanswered = 0;

  /**
   * @param target The server.
   * @param dial Makes connections.
   * @param milliseconds The time for each connection, and for each handshake.
   */
  constructor(target: ScanTarget, dial: Dial, milliseconds: number) {
    this.target = target;
    this.#dial = dial;
    this.#milliseconds = milliseconds;
  }

  /** Questions that had no answer, so that nothing is known of what they asked for. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** The time for each connection and each handshake. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /**
   * Connects.
   *
   * @throws what the dial rejects with, and a `TimeoutError`.
   */
  async dial(): Promise<Duplex> {
    const signal = AbortSignal.timeout(this.#milliseconds);
    return await this.#dial({ ...this.target, scheme: "https", signal });
  }

  /**
   * Shakes hands under these options, and closes the connection.
   *
   * @throws The failure, where too many questions had no answer.
   */
  async ask(options: ClientConfigOptions): Promise<Outcome> {
    const { TlsConnector } = await import("../../tls/mod.ts");
    let connector: TlsConnector;
    try {
      connector = new TlsConnector({ verifier: () => {}, sessions: false, ...options });
    } catch (error) {
      return { kind: "failed", error: asError(error) }; // this runtime has no such suite or group
    }
    return await this.askBy(connector);
  }

  /**
   * Shakes hands by a connector, and closes the connection.
   *
   * @param use Called with the stream before it is closed.
   * @throws The failure, where too many questions had no answer.
   */
  async askBy(
    connector: TlsConnector,
    use: (stream: ClientTlsStream) => Promise<void> = () => Promise.resolve(),
  ): Promise<Outcome> {
    let io: Duplex;
    try {
      io = await this.dial();
    } catch (error) {
      return this.#failed(error);
    }
    let stream: ClientTlsStream;
    try {
      stream = await connector.connect(this.target.hostname, io, { handshakeTimeout: this.#milliseconds });
    } catch (error) {
      closeQuietly(io);
      const isLate = error instanceof Error && "code" in error && error.code === "handshake_timeout";
      return isLate ? this.#failed(error) : { kind: "refused", error: asError(error) };
    }
    try {
      const facts = { ...factsOf(stream) };
      await use(stream).catch(() => {}); // what comes behind the handshake is no part of the answer
      return { kind: "accepted", facts };
    } finally {
      stream.close();
    }
  }

  #failed(error: unknown): Outcome {
    if (++this.#unanswered > MAX_UNANSWERED_QUESTIONS) throw error;
    return { kind: "failed", error: asError(error) };
  }
}

/** Questions without an answer, with which a scan goes on: 3. A server that is silent to more would hold it up for minutes. */
const MAX_UNANSWERED_QUESTIONS = 3;

function factsOf({ connection }: ClientTlsStream): TlsConnectionFacts {
  return connection;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
