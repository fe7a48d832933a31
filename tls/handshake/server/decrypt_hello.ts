/**
 * The decryption of ClientHellos, and what a server with ECH keys answers (RFC 9849 §7).
 *
 * @module
 */

import type { HashName } from "../../crypto/provider.ts";
import { candidateKeys, type LoadedEchKeys } from "../../ech/ech_keys.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type HpkeContext, setupBaseRecipient } from "../../hpke/hpke_context.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../../wire/handshake_codec.ts";
import { ECH_CONFIRMATION_LENGTH } from "../../wire/server_hello.ts";
import { confirmationIn, type ConfirmingMessage, echConfirmation } from "../ech_confirmation.ts";
import { reconstructInner, requireInner } from "./inner_hello.ts";
import { peekClientHello } from "./peek_client_hello.ts";
import { type OuterEch, requireOuter, type ServerEch } from "./server_ech.ts";

/**
 * Tries to decrypt the ClientHello that was peeked, and puts the ClientHelloInner in its place.
 *
 * "if all candidate ECHConfig values fail to decrypt the extension, the client-facing server MUST ignore the extension and
 * proceed with the connection using ClientHelloOuter" (RFC 9849 §7.1): it may be GREASE.
 */
export function* decryptHello(
  channel: HandshakeChannel,
  keys: LoadedEchKeys,
  ech: OuterEch,
): Script<ServerEch> {
  for (const key of candidateKeys(keys, ech.configId)) {
    const suite = key.suite(ech.kdf, ech.aead);
    if (suite === undefined) continue;
    const context = yield* setupBaseRecipient(keys.crypto, suite, ech.enc, yield* key.load(), key.info);
    if (context === null) continue;
    const random = yield* replaceByInner(channel, context, ech);
    if (random !== undefined) return new AcceptedEch(keys, context, ech, random);
  }
  return new RejectedEch(keys);
}

/**
 * Puts the ClientHelloInner in the place of the ClientHelloOuter that was peeked.
 *
 * @returns Its random; `undefined`: it cannot be decrypted.
 */
function* replaceByInner(
  channel: HandshakeChannel,
  context: HpkeContext,
  { payload }: OuterEch,
): Script<Uint8Array | undefined> {
  const { raw } = channel;
  const plaintext = yield* context.open(additionalData(raw, payload), payload);
  if (plaintext === null) return undefined;
  return requireInner(channel.replacePeeked(reconstructInner(plaintext, raw))).random;
}

/** ClientHelloOuterAAD: the outer hello without its header, zeros for the payload (RFC 9849 §5.2). */
function additionalData(raw: Uint8Array, payload: Uint8Array): Uint8Array {
  const data = raw.slice(HANDSHAKE_HEADER_LENGTH);
  const start = payload.byteOffset - raw.byteOffset - HANDSHAKE_HEADER_LENGTH;
  return data.fill(0, start, start + payload.length);
}

/** ECH whose ClientHello was decrypted. */
class AcceptedEch implements ServerEch {
  readonly #keys: LoadedEchKeys;
  readonly #context: HpkeContext;
  readonly #first: OuterEch;
  /** The random of the ClientHelloInner. */
  readonly #random: Uint8Array;

  constructor(keys: LoadedEchKeys, context: HpkeContext, first: OuterEch, random: Uint8Array) {
    this.#keys = keys;
    this.#context = context;
    this.#first = first;
    this.#random = random;
  }

  *confirm(
    channel: HandshakeChannel,
    hash: HashName,
    message: ConfirmingMessage,
    encoded: Uint8Array,
  ): Script<Uint8Array> {
    const place = placeIn(message, encoded);
    place.fill(0);
    const transcriptHash = yield* channel.transcript.hash(hash, encoded);
    place.set(yield* echConfirmation(this.#keys.crypto, hash, message, this.#random, transcriptHash));
    return encoded;
  }

  *receiveSecondHello(channel: HandshakeChannel): Script<void> {
    const { encryptedClientHello } = (yield* peekClientHello(channel)).extensions;
    // "If not, it MUST abort the handshake with a "missing_extension" alert. Otherwise, it checks that
    // ECHClientHello.cipher_suite and ECHClientHello.config_id are unchanged, and that ECHClientHello.enc is empty. If
    // not, it MUST abort the handshake with an "illegal_parameter" alert." (RFC 9849 §7.1.1)
    if (encryptedClientHello === undefined) {
      throw new TlsError(
        "missing_extension",
        "Cannot accept the second ClientHello: it has no encrypted_client_hello",
      );
    }
    const ech = requireOuter(encryptedClientHello);
    const { kdf, aead, configId } = this.#first;
    if (ech.kdf !== kdf || ech.aead !== aead || ech.configId !== configId || ech.enc.length > 0) {
      throw new TlsError(
        "illegal_parameter",
        "Cannot accept the second ClientHello: it is encrypted in another way than the first one",
      );
    }
    const random = yield* replaceByInner(channel, this.#context, ech);
    // "If decryption fails, the client-facing server MUST abort the handshake with a "decrypt_error" alert." (RFC 9849
    // §7.1.1)
    if (random === undefined) {
      throw new TlsError("bad_ech_payload", "Cannot accept the second ClientHello: it cannot be decrypted");
    }
  }
}

/** ECH whose ClientHello could not be decrypted. */
class RejectedEch implements ServerEch {
  readonly retryConfigs: Uint8Array;
  readonly #keys: LoadedEchKeys;

  constructor(keys: LoadedEchKeys) {
    this.#keys = keys;
    this.retryConfigs = keys.retryConfigs;
  }

  /** "the server MAY include an "encrypted_client_hello" extension with a payload of 8 random bytes" (RFC 9849 §7.1). */
  // deno-lint-ignore require-yield -- nothing is awaited here
  *confirm(
    _channel: HandshakeChannel,
    _hash: HashName,
    message: ConfirmingMessage,
    encoded: Uint8Array,
  ): Script<Uint8Array> {
    if (message === "HelloRetryRequest") {
      placeIn(message, encoded).set(this.#keys.crypto.random(ECH_CONFIRMATION_LENGTH));
    }
    return encoded;
  }

  /** "The server does not decrypt the second ClientHello's ECHClientHello.payload value" (RFC 9849 §7.1.1). */
  *receiveSecondHello(channel: HandshakeChannel): Script<void> {
    const { encryptedClientHello } = (yield* peekClientHello(channel)).extensions;
    if (encryptedClientHello !== undefined) requireOuter(encryptedClientHello);
  }
}

/** The place of the sign; in a HelloRetryRequest its extension is the last. */
function placeIn(message: ConfirmingMessage, encoded: Uint8Array): Uint8Array {
  return message === "ServerHello" ? confirmationIn(encoded) : encoded.subarray(-ECH_CONFIRMATION_LENGTH);
}
