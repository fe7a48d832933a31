/**
 * Values derived from the secrets of the key schedule: record keys, the next traffic secret, the MAC of Finished, PSKs.
 *
 * @module
 */

import { HASH_LENGTH, hkdfExpandLabel } from "../crypto/hkdf.ts";
import type { AeadKey, CipherSuite, CryptoProvider, HashName } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";

/** The record keys of one direction (RFC 9846 §7.3). */
export interface TrafficKeys {
  /** `[sender]_write_key`, ready for use. */
  readonly key: AeadKey;
  /** `[sender]_write_iv`: 12 bytes, to be XORed with the sequence number. */
  readonly iv: Uint8Array;
}

/** "The length of the TLS per-record nonce (iv_length)": 12 for every AEAD in use (RFC 9846 §5.3). */
const IV_LENGTH = 12;

/** The record keys of one direction, as bytes. */
export interface RawTrafficKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** The record keys of a traffic secret (RFC 9846 §7.3). */
export function* trafficKeys(
  provider: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
): Script<TrafficKeys> {
  const { key, iv } = yield* rawTrafficKeys(provider, suite, secret);
  return { key: yield* settle(suite.importKey(key)), iv };
}

/** The record keys of a traffic secret, as bytes. */
export function* rawTrafficKeys(
  provider: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
): Script<RawTrafficKeys> {
  return {
    key: yield* hkdfExpandLabel(provider, suite.hash, secret, "key", NO_CONTEXT, suite.keyLength),
    iv: yield* hkdfExpandLabel(provider, suite.hash, secret, "iv", NO_CONTEXT, IV_LENGTH),
  };
}

/** `application_traffic_secret_N+1`, which follows `secret` after a KeyUpdate (RFC 9846 §7.2). */
export function nextTrafficSecret(
  provider: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
): Script<Uint8Array> {
  return hkdfExpandLabel(provider, hash, secret, "traffic upd");
}

/**
 * `verify_data` of a Finished (RFC 9846 §4.5.3), and a PSK's binder, which is computed like one (§4.3.11.2).
 *
 * @param baseKey A handshake traffic secret, or a binder key.
 * @param transcriptHash Hash of the transcript that the message confirms.
 */
export function* verifyData(
  provider: CryptoProvider,
  hash: HashName,
  baseKey: Uint8Array,
  transcriptHash: Uint8Array,
): Script<Uint8Array> {
  const finishedKey = yield* hkdfExpandLabel(provider, hash, baseKey, "finished");
  return yield* settle(provider.hmac(hash, finishedKey, transcriptHash));
}

/** The PSK of one ticket (RFC 9846 §4.7.1). @param nonce The ticket's `ticket_nonce`. */
export function resumptionPsk(
  provider: CryptoProvider,
  hash: HashName,
  resumptionSecret: Uint8Array,
  nonce: Uint8Array,
): Script<Uint8Array> {
  return hkdfExpandLabel(provider, hash, resumptionSecret, "resumption", nonce, HASH_LENGTH[hash]);
}

const NO_CONTEXT = new Uint8Array(0);
