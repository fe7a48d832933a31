/**
 * The key schedule (RFC 9846 §7.1): from a shared secret to all others, one direction only.
 *
 * ```text
 *        0 or PSK -> EarlySecret ----> binder key, client early traffic
 *                        |
 *   (EC)DHE secret -> HandshakeSecret -> client and server handshake traffic secrets
 *                        |
 *               0 -> MainSecret -----> client and server application traffic, exporter, resumption secrets
 * ```
 *
 * Each stage is a class that only the stage before it makes, so nothing can be derived from a secret too early:
 * application data cannot be sealed with a key without a key exchange. The secrets of the stages are private fields,
 * which no log and no inspector shows.
 *
 * @module
 */

import { HASH_LENGTH, hkdfExpandLabel, hkdfExtract } from "../crypto/hkdf.ts";
import type { CryptoProvider, HashName } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";

/** Provider and hash of all stages. */
interface Tools {
  readonly provider: CryptoProvider;
  readonly hash: HashName;
  /** The hash of nothing: the transcript of `Derive-Secret(., "derived", "")`. */
  readonly emptyHash: Uint8Array;
}

/** RFC 9846 §7.1 `Derive-Secret`; the messages come as their hash. */
function deriveSecret(
  tools: Tools,
  secret: Uint8Array,
  label: string,
  transcriptHash: Uint8Array,
): Script<Uint8Array> {
  const { provider, hash } = tools;
  return hkdfExpandLabel(provider, hash, secret, label, transcriptHash, HASH_LENGTH[hash]);
}

/** The first stage, from a PSK or without one. */
export class EarlySecret {
  readonly #tools: Tools;
  readonly #secret: Uint8Array;
  /** Salt of the next stage, where it is known already. */
  readonly #derived: Uint8Array | undefined;

  /** Use {@linkcode earlySecret} or {@linkcode earlySecretOfPsk}. */
  constructor(tools: Tools, secret: Uint8Array, derived?: Uint8Array) {
    this.#tools = tools;
    this.#secret = secret;
    this.#derived = derived;
  }

  /** The base key of a resumption PSK's binder: to {@linkcode verifyData} with it (RFC 9846 §4.3.11.2). */
  binderKey(): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "res binder", this.#tools.emptyHash);
  }

  /** client_early_traffic_secret. @param helloHash Hash of the ClientHello, its binders included. */
  clientTraffic(helloHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "c e traffic", helloHash);
  }

  /** The next stage. @param shared The shared secret of the key exchange. */
  *handshake(shared: Uint8Array): Script<HandshakeSecret> {
    const tools = this.#tools;
    const salt = this.#derived ?? (yield* deriveSecret(tools, this.#secret, "derived", tools.emptyHash));
    return new HandshakeSecret(tools, yield* hkdfExtract(tools.provider, tools.hash, salt, shared));
  }
}

/** The second stage, after the key exchange. */
export class HandshakeSecret {
  readonly #tools: Tools;
  readonly #secret: Uint8Array;

  /** Use {@linkcode EarlySecret.handshake}. */
  constructor(tools: Tools, secret: Uint8Array) {
    this.#tools = tools;
    this.#secret = secret;
  }

  /** client_handshake_traffic_secret. @param helloHash Hash of the transcript up to the ServerHello. */
  clientTraffic(helloHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "c hs traffic", helloHash);
  }

  /** server_handshake_traffic_secret. @param helloHash Hash of the transcript up to the ServerHello. */
  serverTraffic(helloHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "s hs traffic", helloHash);
  }

  /** The last stage. */
  *main(): Script<MainSecret> {
    const tools = this.#tools;
    const { provider, hash, emptyHash } = tools;
    const salt = yield* deriveSecret(tools, this.#secret, "derived", emptyHash);
    return new MainSecret(tools, yield* hkdfExtract(provider, hash, salt, new Uint8Array(HASH_LENGTH[hash])));
  }
}

/** The last stage: the secrets that outlive the handshake. */
export class MainSecret {
  readonly #tools: Tools;
  readonly #secret: Uint8Array;

  /** Use {@linkcode HandshakeSecret.main}. */
  constructor(tools: Tools, secret: Uint8Array) {
    this.#tools = tools;
    this.#secret = secret;
  }

  /** client_application_traffic_secret_0. @param finishedHash Hash of the transcript up to the server's Finished. */
  clientTraffic(finishedHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "c ap traffic", finishedHash);
  }

  /** server_application_traffic_secret_0. @param finishedHash Hash of the transcript up to the server's Finished. */
  serverTraffic(finishedHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "s ap traffic", finishedHash);
  }

  /** exporter_secret. @param finishedHash Hash of the transcript up to the server's Finished. */
  exporter(finishedHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "exp master", finishedHash);
  }

  /** resumption_secret. @param completeHash Hash of the transcript up to the client's Finished. */
  resumption(completeHash: Uint8Array): Script<Uint8Array> {
    return deriveSecret(this.#tools, this.#secret, "res master", completeHash);
  }
}

/** The first stage of a full handshake, which is the same for every connection: there is no PSK. */
export function* earlySecret(provider: CryptoProvider, hash: HashName): Script<EarlySecret> {
  const { tools, early, derived } = yield* constants(provider, hash);
  return new EarlySecret(tools, early, derived);
}

/** The first stage of a resumption. @param psk The result of {@linkcode resumptionPsk}. */
export function* earlySecretOfPsk(
  provider: CryptoProvider,
  hash: HashName,
  psk: Uint8Array,
): Script<EarlySecret> {
  const { tools } = yield* constants(provider, hash);
  const salt = new Uint8Array(HASH_LENGTH[hash]);
  return new EarlySecret(tools, yield* hkdfExtract(provider, hash, salt, psk));
}

/** Values that do not depend on the connection; kept, they save each handshake three to four hashes. */
interface Constants {
  readonly tools: Tools;
  readonly early: Uint8Array;
  readonly derived: Uint8Array;
}

/** By provider and hash: the providers of tests have hashes of their own. */
const REMEMBERED: WeakMap<CryptoProvider, Map<HashName, Constants>> = new WeakMap();

function* constants(provider: CryptoProvider, hash: HashName): Script<Constants> {
  let remembered = REMEMBERED.get(provider);
  if (remembered === undefined) REMEMBERED.set(provider, remembered = new Map());
  let found = remembered.get(hash);
  if (found === undefined) {
    const zeros = new Uint8Array(HASH_LENGTH[hash]);
    const tools = { provider, hash, emptyHash: yield* settle(provider.digest(hash, new Uint8Array(0))) };
    const early = yield* hkdfExtract(provider, hash, zeros, zeros);
    found = { tools, early, derived: yield* deriveSecret(tools, early, "derived", tools.emptyHash) };
    remembered.set(hash, found);
  }
  return found;
}
