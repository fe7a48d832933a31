/**
 * X25519MLKEM768: ML-KEM-768 and X25519 together, so that an attacker who records a connection must break both
 * (draft-ietf-tls-ecdhe-mlkem).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { NamedGroup } from "../wire/numbers.ts";
import type { KeyExchangeGroup, KeyShare } from "./provider.ts";
import { CIPHERTEXT_LENGTH, ENCAPSULATION_KEY_LENGTH, type MlKem768 } from "./web_ml_kem.ts";

/** Length of an X25519 public key in bytes. */
const X25519_LENGTH = 32;

/**
 * Makes the hybrid group. A client sends its ML-KEM-768 encapsulation key followed by its X25519 public key (1216
 * bytes), a server the ciphertext followed by its X25519 public key (1120 bytes); the shared secret is that of ML-KEM
 * followed by that of X25519 (64 bytes).
 */
export function x25519MlKem768(kem: MlKem768, x25519: KeyExchangeGroup): KeyExchangeGroup {
  return {
    name: "X25519MLKEM768",
    id: NamedGroup.X25519MLKEM768,

    async start(): Promise<KeyShare> {
      const generating = kem.generate();
      const [component, pair] = await Promise.all([x25519.start(), generating]);
      return {
        group: "X25519MLKEM768",
        publicKey: concat([pair.encapsulationKey, component.publicKey]),
        component,
        async agree(peer): Promise<Uint8Array | null> {
          if (peer.length !== CIPHERTEXT_LENGTH + X25519_LENGTH) return null;
          const [kemSecret, secret] = await Promise.all([
            pair.decapsulate(peer.subarray(0, CIPHERTEXT_LENGTH)),
            component.agree(peer.subarray(CIPHERTEXT_LENGTH)),
          ]);
          return kemSecret && secret && concat([kemSecret, secret]);
        },
      };
    },

    async respond(peer): Promise<{ publicKey: Uint8Array; secret: Uint8Array } | null> {
      if (peer.length !== ENCAPSULATION_KEY_LENGTH + X25519_LENGTH) return null;
      const [encapsulated, share] = await Promise.all([
        kem.encapsulate(peer.subarray(0, ENCAPSULATION_KEY_LENGTH)),
        x25519.respond(peer.subarray(ENCAPSULATION_KEY_LENGTH)),
      ]);
      return encapsulated && share && {
        publicKey: concat([encapsulated.ciphertext, share.publicKey]),
        secret: concat([encapsulated.secret, share.secret]),
      };
    },
  };
}
