/**
 * Tickets that carry their session with them (RFC 5077; RFC 9846 §4.7.1): the server seals the state under a key that
 * only it has, and stores nothing.
 *
 * A ticket is
 *
 * ```
 * opaque key_name[16];   // which key: random, says nothing
 * opaque nonce[12];      // random
 * opaque sealed<..>;     // the state, by the provider's AEAD with the longest key; key_name is authenticated
 * ```
 *
 * Keys are made when they are needed, and are not stored: a key seals for 6 hours and opens for 12, and later its
 * recorded tickets cannot be opened. As the server stores nothing, a ticket can be used more than once; that costs
 * privacy (RFC 9846 Appendix C.4), not secrecy, since every resumption has a key exchange of its own.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { NONCE_LENGTH } from "../crypto/cipher_suites.ts";
import type { AeadKey, CryptoProvider } from "../crypto/provider.ts";
import { type Eventual, run, type Script, settle } from "../../io/script.ts";
import { MAX_OPENING_KEY_AGE_MS, MAX_SEALING_KEY_AGE_MS, MAX_TICKETS_PER_KEY } from "../limits.ts";

/** Maker of tickets: seals sessions into them, and opens them. Implement it to share keys between servers. */
export interface Ticketer {
  /** Lifetime of a ticket, in seconds: at most 604800, which is 7 days. Until then `open` must open it. */
  readonly lifetime: number;
  /** Seals a session's state into a ticket: 1 to 65535 bytes in fresh memory. */
  seal(session: Uint8Array, now: Date): Eventual<Uint8Array>;
  /** Opens a ticket: the state, or `undefined` for an expired ticket, and for bytes that are no ticket of this maker. */
  open(ticket: Uint8Array, now: Date): Eventual<Uint8Array | undefined>;
}

const NAME_LENGTH = 16;

interface TicketKey {
  readonly name: Uint8Array;
  readonly aead: Eventual<AeadKey>;
  /** Milliseconds since 1970. */
  readonly made: number;
  sealed: number;
}

/**
 * Makes a {@linkcode Ticketer} with keys in the memory of this process, which it replaces by itself.
 *
 * @param crypto Provider of randomness and of the AEAD.
 *
 * @example A server that keeps no sessions
 * ```ts
 * import { rotatingTicketer, webCrypto } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const ticketer = rotatingTicketer(webCrypto());
 * const ticket = await ticketer.seal(Uint8Array.of(1, 2, 3), new Date());
 * assertEquals(await ticketer.open(ticket, new Date()), Uint8Array.of(1, 2, 3));
 * ```
 */
export function rotatingTicketer(crypto: CryptoProvider): Ticketer {
  return new RotatingTicketer(crypto);
}

class RotatingTicketer implements Ticketer {
  readonly lifetime = (MAX_OPENING_KEY_AGE_MS - MAX_SEALING_KEY_AGE_MS) / 1000;
  readonly #crypto: CryptoProvider;
  #current: TicketKey | undefined;
  #previous: TicketKey | undefined;

  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  seal(session: Uint8Array, now: Date): Eventual<Uint8Array> {
    return run(this.#seal(session, this.#keyFor(now.getTime())));
  }

  open(ticket: Uint8Array, now: Date): Eventual<Uint8Array | undefined> {
    const name = ticket.subarray(0, NAME_LENGTH);
    // The name is no secret: it stands in the clear.
    const key = [this.#current, this.#previous].find((known) =>
      known !== undefined && equals(known.name, name)
    );
    if (key === undefined || now.getTime() - key.made >= MAX_OPENING_KEY_AGE_MS) return undefined;
    return run(openTicket(ticket, key));
  }

  *#seal(session: Uint8Array, key: TicketKey): Script<Uint8Array> {
    const nonce = this.#crypto.random(NONCE_LENGTH);
    const aead = yield* settle(key.aead);
    return concat([key.name, nonce, yield* settle(aead.seal(nonce, key.name, session))]);
  }

  /** The key that seals at that time; after a clock was set back it is the current one. */
  #keyFor(time: number): TicketKey {
    const current = this.#current;
    const fresh = current !== undefined && time - current.made < MAX_SEALING_KEY_AGE_MS &&
      current.sealed < MAX_TICKETS_PER_KEY;
    const key = fresh ? current : this.#makeKey(time);
    if (key !== current) {
      this.#previous = current;
      this.#current = key;
    }
    key.sealed += 1;
    return key;
  }

  #makeKey(time: number): TicketKey {
    const suites = this.#crypto.cipherSuites;
    // The longest key: tickets outlive the connections whose secrets they carry.
    const suite = suites.reduce((best, other) => other.keyLength > best.keyLength ? other : best);
    return {
      name: this.#crypto.random(NAME_LENGTH),
      aead: suite.importKey(this.#crypto.random(suite.keyLength)),
      made: time,
      sealed: 0,
    };
  }
}

function* openTicket(ticket: Uint8Array, key: TicketKey): Script<Uint8Array | undefined> {
  const nonce = ticket.subarray(NAME_LENGTH, NAME_LENGTH + NONCE_LENGTH);
  if (nonce.length < NONCE_LENGTH) return undefined;
  const aead = yield* settle(key.aead);
  const sealed = ticket.subarray(NAME_LENGTH + NONCE_LENGTH);
  return (yield* settle(aead.open(nonce, key.name, sealed))) ?? undefined;
}
