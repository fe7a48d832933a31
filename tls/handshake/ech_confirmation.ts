/**
 * The sign that a server has accepted ECH: 8 bytes in the random of its ServerHello, or in an extension of its
 * HelloRetryRequest (RFC 9849 §7.2).
 *
 * @module
 */

import { HASH_LENGTH, hkdfExpandLabel, hkdfExtract } from "../crypto/hkdf.ts";
import type { CryptoProvider, HashName } from "../crypto/provider.ts";
import type { Script } from "../../io/script.ts";
import { RANDOM_LENGTH } from "../wire/client_hello.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import type { ClientHello } from "../wire/messages.ts";
import { ECH_CONFIRMATION_LENGTH } from "../wire/server_hello.ts";
import type { EchStatus } from "./connection_facts.ts";

/** The message that confirms. */
export type ConfirmingMessage = "ServerHello" | "HelloRetryRequest";

const LABELS: Readonly<Record<ConfirmingMessage, string>> = {
  ServerHello: "ech accept confirmation",
  HelloRetryRequest: "hrr ech accept confirmation",
};

/**
 * `HKDF-Expand-Label(HKDF-Extract(0, ClientHelloInner.random), label, transcript, 8)` (RFC 9849 §7.2).
 *
 * @param random The random of the ClientHelloInner.
 * @param transcriptHash Hash of the inner handshake up to the message, its 8 bytes zeros.
 */
export function* echConfirmation(
  provider: CryptoProvider,
  hash: HashName,
  message: ConfirmingMessage,
  random: Uint8Array,
  transcriptHash: Uint8Array,
): Script<Uint8Array> {
  const secret = yield* hkdfExtract(provider, hash, new Uint8Array(HASH_LENGTH[hash]), random);
  return yield* hkdfExpandLabel(
    provider,
    hash,
    secret,
    LABELS[message],
    transcriptHash,
    ECH_CONFIRMATION_LENGTH,
  );
}

/** The place of the 8 bytes in an encoded ServerHello: "the last 8 bytes of ServerHello.random" (RFC 9849 §7.2). */
export function confirmationIn(encodedServerHello: Uint8Array): Uint8Array {
  const end = HANDSHAKE_HEADER_LENGTH + VERSION_LENGTH + RANDOM_LENGTH;
  return encodedServerHello.subarray(end - ECH_CONFIRMATION_LENGTH, end);
}

const VERSION_LENGTH = 2;

/** The status of a client whose handshake goes by `hello`: one whose ECH was rejected gets no further. */
export function clientEchStatus({ extensions }: ClientHello): EchStatus {
  const { encryptedClientHello: ech } = extensions;
  if (ech === undefined) return "not_offered";
  return ech.type === "inner" ? "accepted" : "grease";
}

/** The status of a server whose handshake goes by `hello`; GREASE is rejected like any other that cannot be decrypted. */
export function serverEchStatus({ extensions }: ClientHello): EchStatus {
  const { encryptedClientHello: ech } = extensions;
  if (ech === undefined) return "not_offered";
  return ech.type === "inner" ? "accepted" : "rejected";
}
