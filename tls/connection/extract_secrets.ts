/**
 * The record keys of a connection, for another implementation that goes on with it.
 *
 * @module
 */

import type { Script } from "../../io/script.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import type { ProtectionState } from "../record/writer.ts";
import { type RawTrafficKeys, rawTrafficKeys } from "../schedule/traffic_keys.ts";
import type { CipherSuiteName, ProtocolVersionName } from "../wire/numbers.ts";

/** The protection of one direction. */
export interface ExtractedKeys {
  /** Sequence number of the next record. */
  readonly sequence: number;
  /** Key of the cipher suite's AEAD. */
  readonly key: Uint8Array;
  /**
   * IV: 12 bytes, to be XORed with the sequence number. In TLS 1.2 with AES-GCM 4 bytes, behind which a record's nonce has
   * 8 explicit ones: this implementation takes the sequence number.
   */
  readonly iv: Uint8Array;
}

/** The record keys of a connection: their holder can read and forge all of it from here on. */
export interface ExtractedSecrets {
  /** Version of the records. */
  readonly protocolVersion: ProtocolVersionName;
  /** Cipher suite of the keys. */
  readonly cipherSuite: CipherSuiteName;
  /** Protection of what this end sends. */
  readonly tx: ExtractedKeys;
  /** Protection of what the peer sends. */
  readonly rx: ExtractedKeys;
}

/** Derives the record keys as bytes. */
export function* extractSecrets(
  { facts: { protocolVersion, cipherSuite }, recordKeys }: HandshakeResult,
  isClient: boolean,
  sent: ProtectionState,
  received: ProtectionState,
): Script<ExtractedSecrets> {
  const block = yield* recordKeys?.() ?? nothing();
  const [own, peer] = isClient ? [block?.client, block?.server] : [block?.server, block?.client];
  return {
    protocolVersion,
    cipherSuite,
    tx: { sequence: sent.sequence, ...(own ?? (yield* keysOf(sent))) },
    rx: { sequence: received.sequence, ...(peer ?? (yield* keysOf(received))) },
  };
}

function* keysOf({ secret }: ProtectionState): Script<RawTrafficKeys> {
  if (secret === undefined) throw new TypeError("Cannot extract secrets: there are none");
  return yield* rawTrafficKeys(secret.crypto, secret.suite, secret.secret);
}

// deno-lint-ignore require-yield -- a script
function* nothing(): Script<undefined> {
  return undefined;
}
