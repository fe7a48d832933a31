/**
 * Early data of a client as a value: the script opens and closes it, the application sends in between.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Eventual } from "../../../io/script.ts";
import { copyOf } from "../../crypto/bytes.ts";
import { MAX_EARLY_DATA_BYTES } from "../../limits.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { Tls13SessionFacts } from "../../session/session_facts.ts";
import type { EarlyDataOutcome } from "../early_data_outcome.ts";

/** The early data of one connection. */
export class ClientEarlyData {
  #channel: HandshakeChannel | undefined;
  #session: Tls13SessionFacts | undefined;
  #left = 0;
  #outcome: EarlyDataOutcome | undefined;
  /** Copies of what was sent, for as long as it may be refused. */
  #sent: Uint8Array[] = [];
  #sentLength = 0;

  /**
   * Bytes that may still be sent as early data; 0 before the ClientHello is sent, after a refusal, and
   * behind EndOfEarlyData.
   */
  get left(): number {
    return this.#channel === undefined ? 0 : this.#left;
  }

  /** The protocol that early data is sent for: the one of the session's connection. */
  get alpnProtocol(): string | undefined {
    return this.#session?.alpnProtocol;
  }

  /** The server's answer; `undefined`: there is none yet, or nothing was announced. */
  get outcome(): EarlyDataOutcome | undefined {
    return this.#outcome;
  }

  /** Bytes that were sent and accepted. */
  get acceptedLength(): number {
    return this.#outcome === "accepted" ? this.#sentLength : 0;
  }

  /** Whether the ClientHello announced early data, and the server has not answered yet. */
  get isOpen(): boolean {
    return this.#session !== undefined && this.#outcome === undefined;
  }

  /**
   * Sends data as early data, as much as may still be sent.
   *
   * @returns Bytes that were taken. Resolves when they are in the output.
   */
  send(data: Uint8Array): Eventual<number> {
    const channel = this.#channel;
    const count = Math.min(this.left, data.length);
    if (channel === undefined || count === 0) return 0;
    this.#left -= count;
    const copy = copyOf(data.subarray(0, count));
    if (this.#outcome === undefined) this.#sent.push(copy);
    this.#sentLength += count;
    const sealed = channel.sendEarlyData(copy);
    return sealed instanceof Promise ? sealed.then(() => count) : count;
  }

  /** The bytes that were sent and refused, once; empty when nothing was, or the server has not answered yet. */
  takeRefused(): Uint8Array {
    if (this.#outcome === undefined || this.#outcome === "accepted") return new Uint8Array(0);
    const sent = concat(this.#sent);
    this.#sent = [];
    return sent;
  }

  /** Opens it: the ClientHello was sent, and the channel seals with early keys. */
  open(channel: HandshakeChannel, session: Tls13SessionFacts): void {
    this.#channel = channel;
    this.#session = session;
    this.#left = Math.min(session.maxEarlyDataSize ?? 0, MAX_EARLY_DATA_BYTES);
  }

  /** Ends it: nothing more is sent as early data. */
  close(): void {
    this.#channel = undefined;
  }

  /** Takes the server's answer. */
  decide(outcome: EarlyDataOutcome): void {
    this.#outcome = outcome;
    if (outcome === "accepted") this.#sent = [];
    else this.close();
  }
}
