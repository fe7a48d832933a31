/**
 * **NO SECURITY.** Cryptography for attacks behind encryption: the null provider with everything open.
 *
 * What it seals is the plaintext with 16 bytes behind it, under whatever key; every MAC, tag and signature is right.
 * So a change to any message, with nothing else done about it, gets as far as the code that reads the message. Its
 * random bytes can be rewound, so a connection says the same again, and what was recorded once fits it always.
 *
 * Answers can be made to come later, in any order.
 *
 * @module
 */

import { HASH_LENGTH } from "../../../tls/crypto/hkdf.ts";
import type { AeadKey, CryptoProvider, HashName, KeyShare } from "../../../tls/crypto/provider.ts";
import type { Eventual } from "../../../io/script.ts";
import type { Random } from "../../http2/hpack/octets.ts";
import { nullProvider } from "../../support/null_provider.ts";

/** A key that begins with it is one whose records are not changed: see `nullKey`. */
const PAD_OF_ZERO = 0xa5;

/** Who asks so often never stops: it is stopped. */
const ENDLESS = 1_000_000;

/** The provider, and the strings that it hangs on. */
export class OpenCrypto {
  /** What goes into a config. */
  readonly provider: CryptoProvider;
  /** How often it was asked for anything. */
  calls = 0;
  /** Decides which answers come later; `undefined`: none. */
  late: Random | undefined;
  #base = openBase();
  /** Answers that are not given yet. */
  #answers: (() => void)[] = [];

  constructor() {
    const base = this.#base;
    this.provider = {
      ...base,
      cipherSuites: base.cipherSuites.map((suite) => ({
        ...suite,
        importKey: (key) => this.#answer(this.#key(suite.importKey(key))),
      })),
      groups: base.groups.map(({ name, id }, index) => ({
        name,
        id,
        // Of the provider that there is then: rewinding makes another one.
        start: () => this.#answer(now(this.#base.groups[index]?.start()), (share) => this.#share(share)),
        respond: (peer) => this.#answer(now(this.#base.groups[index]?.respond(peer))),
        importKeyPair: (privateKey, publicKey) => {
          const imported = this.#base.groups[index]?.importKeyPair?.(privateKey, publicKey);
          return this.#answer(now(imported), (share) => share && this.#share(share));
        },
      })),
      verify: (...question) => this.#answer(base.verify(...question)),
      random: (length) => this.#base.random(length),
      digest: (hash, data) => this.#answer(base.digest(hash, data)),
      hmac: (hash: HashName) => this.#answer(new Uint8Array(HASH_LENGTH[hash]).fill(PAD_OF_ZERO)),
      loadPrivateKey: (pkcs8) => base.loadPrivateKey(pkcs8),
    };
  }

  /** Random bytes begin anew, and the counting; answers that were not given never are. */
  rewind(): void {
    this.#base = openBase();
    this.calls = 0;
    this.#answers = [];
  }

  /** Gives one of the answers that are due, whichever; `false`: there are none. */
  giveAnswer(random: Random): boolean {
    if (this.#answers.length === 0) return false;
    const [answer] = this.#answers.splice(random.below(this.#answers.length), 1);
    answer?.();
    return true;
  }

  #answer<T>(value: Eventual<T>, wrap: (value: T) => T = (same) => same): Eventual<T> {
    if (++this.calls > ENDLESS) {
      throw new Error(`${ENDLESS} questions of one connection: it goes round in circles`);
    }
    const ready = wrap(now(value));
    if (this.late === undefined || this.late.below(3) === 0) return ready;
    return new Promise((resolve) => this.#answers.push(() => resolve(ready)));
  }

  #key(key: Eventual<AeadKey>): AeadKey {
    const { seal, open } = now(key);
    return {
      seal: (nonce, aad, plaintext) => this.#answer(seal(nonce, aad, plaintext)),
      open: (nonce, aad, ciphertext) => this.#answer(open(nonce, aad, ciphertext)),
    };
  }

  #share(share: KeyShare): KeyShare {
    return {
      ...share,
      agree: (peer) => this.#answer(share.agree(peer)),
      ...(share.component !== undefined && { component: this.#share(share.component) }),
    };
  }
}

function openBase(): CryptoProvider {
  return nullProvider({ checkTags: false, checkSignatures: false });
}

/** The null provider answers at once. */
function now<T>(value: Eventual<T> | undefined): T {
  if (value === undefined || value instanceof Promise) {
    throw new TypeError("Cannot go on: the answer is not here");
  }
  return value;
}
