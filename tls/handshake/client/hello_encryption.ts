/**
 * The encryption of a client's hellos: each ClientHelloInner travels in a ClientHelloOuter (RFC 9849 §6.1).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { concat } from "@std/bytes/concat";
import { TAG_LENGTH } from "../../crypto/cipher_suites.ts";
import { echInfo, type UsableEchConfig } from "../../ech/usable_config.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type HpkeSender, setupBaseSender } from "../../hpke/hpke_context.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { decodeClientHello, encodeClientHello, RANDOM_LENGTH } from "../../wire/client_hello.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../../wire/handshake_codec.ts";
import type { ClientHello, ServerHello } from "../../wire/messages.ts";
import { HandshakeType } from "../../wire/numbers.ts";
import { confirmationIn, type ConfirmingMessage, echConfirmation } from "../ech_confirmation.ts";
import type { ClientContext } from "./context.ts";
import type { HelloEncryption, Offer } from "./offer.ts";
import { encodeInner, greasePsks, outerHello } from "./outer_hello.ts";

/**
 * Begins to encrypt hellos with the key of a config.
 *
 * @throws {TlsError} `invalid_option` when the key is none.
 */
export function* encryptHellos(
  context: ClientContext,
  config: UsableEchConfig,
): Script<EncryptedHellos> {
  const { encoded, contents, suite } = config;
  const sender = yield* setupBaseSender(context.crypto, suite, contents.publicKey, echInfo(encoded));
  if (sender === null) {
    throw new TlsError(
      "invalid_option",
      "Cannot encrypt ClientHello: the public key of the ECHConfig is not valid",
    );
  }
  return new EncryptedHellos(context, config, sender);
}

/** The hellos of one connection. */
export class EncryptedHellos implements HelloEncryption {
  readonly #context: ClientContext;
  readonly #config: UsableEchConfig;
  readonly #sender: HpkeSender;
  readonly #random: Uint8Array;
  #outer: ClientHello | undefined;
  #encodedOuter: Uint8Array | undefined;

  /** Use {@linkcode encryptHellos}. */
  constructor(context: ClientContext, config: UsableEchConfig, sender: HpkeSender) {
    this.#context = context;
    this.#config = config;
    this.#sender = sender;
    this.#random = context.crypto.random(RANDOM_LENGTH);
  }

  /** The last ClientHelloOuter, as a value and as it was sent. */
  get outer(): { readonly hello: ClientHello; readonly encoded: Uint8Array } {
    if (this.#outer === undefined || this.#encodedOuter === undefined) {
      throw new TypeError("Cannot go on with the outer hello: none was sent");
    }
    return { hello: this.#outer, encoded: this.#encodedOuter };
  }

  *encrypt(encodedInner: Uint8Array, order: readonly number[]): Script<Uint8Array> {
    const inner = decodeClientHello(encodedInner.subarray(HANDSHAKE_HEADER_LENGTH));
    const { contents, suite } = this.#config;
    const plaintext = encodeInner(inner, contents.maximumNameLength);
    const { preSharedKey } = inner.extensions;
    const outer = outerHello(inner, {
      random: this.#random,
      publicName: contents.publicName,
      encryptedClientHello: {
        type: "outer",
        kdf: suite.kdf,
        aead: suite.aead,
        configId: contents.configId,
        // "It reuses the original HPKE encryption context computed in Section 6.1 and uses the empty string for enc."
        // (RFC 9849 §6.1.5)
        enc: this.#outer === undefined ? this.#sender.enc : new Uint8Array(0),
        payload: new Uint8Array(plaintext.length + TAG_LENGTH),
      },
      preSharedKey: preSharedKey &&
        greasePsks(this.#context.crypto, preSharedKey, this.#outer?.extensions.preSharedKey),
    }, order);
    const encoded = encodeClientHello(outer);
    const additionalData = encoded.subarray(HANDSHAKE_HEADER_LENGTH);
    const payload = yield* this.#sender.context.seal(additionalData, plaintext);
    // "the client replaces payload with final_payload to obtain ClientHelloOuter" (RFC 9849 §6.1.1): in its place.
    const sent = echOf(decodeClientHello(additionalData));
    sent.payload.set(payload);
    this.#outer = { ...outer, extensions: { ...outer.extensions, encryptedClientHello: sent } };
    this.#encodedOuter = encoded;
    return encoded;
  }

  *requireConfirmation(channel: HandshakeChannel, offer: Offer, hello: ServerHello): Script<void> {
    if (yield* this.isConfirmed(channel, offer, hello)) return;
    // "If the ServerHello does not also indicate ECH acceptance, the client MUST terminate the connection with an
    // "illegal_parameter" alert." (RFC 9849 §6.1.5)
    throw new TlsError(
      "illegal_parameter",
      "Cannot accept ServerHello: it rejects ECH, which the HelloRetryRequest before it accepts",
    );
  }

  /** Whether the server's message, the last one taken, confirms that it has accepted ECH (RFC 9849 §6.1.4). */
  *isConfirmed(channel: HandshakeChannel, offer: Offer, reply: ServerHello): Script<boolean> {
    const { crypto, suites } = this.#context;
    const suite = suites.find(({ id }) => id === reply.cipherSuite);
    // The handshake refuses a suite that was not offered, whichever hello it goes by.
    if (suite === undefined) return false;
    const { random } = offer.hello;
    const message: ConfirmingMessage = reply.isHelloRetryRequest ? "HelloRetryRequest" : "ServerHello";
    const found = reply.isHelloRetryRequest ? reply.echConfirmation : confirmationIn(channel.raw);
    if (found === undefined) return false;
    const transcript = channel.transcript.bytes();
    const start = transcript.length - channel.raw.length;
    const at = start + found.byteOffset - channel.raw.byteOffset;
    transcript.fill(0, at, at + found.length);
    const transcriptHash = yield* settle(crypto.digest(
      suite.hash,
      reply.isHelloRetryRequest
        ? concat([
          yield* this.#messageHash(suite.hash, transcript.subarray(0, start)),
          transcript.subarray(start),
        ])
        : transcript,
    ));
    return equals(found, yield* echConfirmation(crypto, suite.hash, message, random, transcriptHash));
  }

  /** The synthetic message that stands for a first ClientHello (RFC 9846 §4.1). */
  *#messageHash(
    hash: Parameters<ClientContext["crypto"]["digest"]>[0],
    hello: Uint8Array,
  ): Script<Uint8Array> {
    const digest = yield* settle(this.#context.crypto.digest(hash, hello));
    return concat([Uint8Array.of(HandshakeType.message_hash, 0, 0, digest.length), digest]);
  }
}

function echOf({ extensions }: ClientHello) {
  const { encryptedClientHello } = extensions;
  if (encryptedClientHello?.type !== "outer") {
    throw new TypeError("Cannot encrypt ClientHello: it has no place for it");
  }
  return encryptedClientHello;
}
