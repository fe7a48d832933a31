/**
 * A listener to the records of a connection, for tools that explain it. A connection without one pays a comparison for
 * each record.
 *
 * @module
 */

import type { ContentType } from "../wire/numbers.ts";
import type { RawRecord } from "./deframer.ts";
import type { Plaintext } from "./protection.ts";

/** A direction of a connection, as this end sees it. */
export type RecordDirection = "sent" | "received";

/** Listener that is told of each record and of each change of keys, in their order. It must not throw. */
export interface RecordListener {
  /**
   * A record of the peer was opened.
   *
   * @param record The record as it came.
   * @param plaintext Its content, which may be changed later; `undefined`: it was skipped as refused early data.
   * @param isProtected Whether keys opened it.
   */
  receivedRecord(record: RawRecord, plaintext: Plaintext | undefined, isProtected: boolean): void;
  /**
   * A record is being sealed.
   *
   * @param fragment Its content, which may be changed later.
   * @param isProtected Whether keys seal it.
   */
  sentRecord(type: ContentType, fragment: Uint8Array, isProtected: boolean): void;
  /**
   * A ClientHello was encrypted in the one that is sent next, or decrypted from the last one (RFC 9849).
   *
   * @param message The inner message, header included.
   */
  innerHello(direction: RecordDirection, message: Uint8Array): void;
  /** The next handshake message of the peer is read; those behind it in its record are not yet. */
  readsMessage(): void;
  /** Records of this direction have other keys from here on. */
  changedKeys(direction: RecordDirection): void;
}
