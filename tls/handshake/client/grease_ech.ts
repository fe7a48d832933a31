/**
 * GREASE ECH: an extension like that of a ClientHelloOuter, with nothing in it (RFC 9849 §6.2).
 *
 * Servers and middleboxes that take offence at ECH would do so at every client, and not at those alone that need it.
 *
 * @module
 */

import { TAG_LENGTH } from "../../crypto/cipher_suites.ts";
import { hpkeKem, hpkeSuite } from "../../hpke/algorithms.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { ClientHello } from "../../wire/messages.ts";
import type { ClientContext } from "./context.ts";
import type { Offer } from "./offer.ts";
import { encodeInner, orderForBoth } from "./outer_hello.ts";

/** Adds the extension to an offer; without the algorithms that real configs have, the offer remains as it is. */
export function* greaseEch(context: ClientContext, offer: Offer): Script<Offer> {
  const { crypto } = context;
  const unavailable = yield* settle(crypto.unavailable?.());
  const kem = hpkeKem(crypto, KEM, unavailable);
  const suites = kem === undefined
    ? []
    : AEADS.flatMap((aead) => hpkeSuite(crypto, kem, KDF, aead, unavailable) ?? []);
  const [configId = 0, choice = 0] = crypto.random(2);
  const suite = suites[choice % suites.length];
  if (suite === undefined) return offer;
  // "a randomly-generated valid encapsulated public key output by the HPKE KEM" (RFC 9849 §6.2.1): random bytes would be
  // told from a key half of the time.
  const { publicKey } = yield* settle(suite.kem.group.start());
  const { hello } = offer;
  return {
    ...offer,
    hello: {
      ...hello,
      extensions: {
        ...hello.extensions,
        encryptedClientHello: {
          type: "outer",
          kdf: suite.kdf,
          aead: suite.aead,
          configId,
          enc: publicKey,
          payload: crypto.random(payloadLength(hello)),
        },
      },
    },
  };
}

/** DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256, which nearly all configs have. */
const KEM = 0x0020;
const KDF = 0x0001;
/** "The selection SHOULD vary to exercise all supported configurations" (RFC 9849 §6.2.1). */
const AEADS = [0x0001, 0x0002, 0x0003] as const;

/** The length of the payload if this were an inner hello. */
function payloadLength(hello: ClientHello): number {
  const inner: ClientHello = {
    ...hello,
    extensions: { ...hello.extensions, encryptedClientHello: { type: "inner" } },
    extensionOrder: orderForBoth(hello.extensionOrder),
  };
  return encodeInner(inner, NAME_LENGTH).length + TAG_LENGTH;
}

/** The maximum_name_length of a made-up config. */
const NAME_LENGTH = 42;
