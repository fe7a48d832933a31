/**
 * Encrypted ClientHello, as a server receives it (RFC 9849 §7): before anything else of a ClientHello is looked at.
 *
 * @module
 */

import type { LoadedEchKeys } from "../../ech/ech_keys.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { peekClientHello } from "./peek_client_hello.ts";
import { requireOuter, type ServerEch } from "./server_ech.ts";

/**
 * Receives the ECH of the first ClientHello, which is peeked. When it can be decrypted, the ClientHelloInner takes the
 * place of the message that was peeked.
 *
 * @param keys The server's keys; `undefined`: it has none, and ignores the extension.
 * @returns `undefined`: the client offers no ECH, or the server has no keys.
 * @throws {TlsError} `illegal_parameter`, `decode_error`, and others for a ClientHelloInner that is refused.
 */
export function* receiveEch(
  channel: HandshakeChannel,
  keys: LoadedEchKeys | undefined,
): Script<ServerEch | undefined> {
  const { encryptedClientHello: ech } = (yield* peekClientHello(channel)).extensions;
  if (ech === undefined) return undefined;
  const outer = requireOuter(ech);
  if (keys === undefined) return undefined;
  const { decryptHello } = yield* loadHelloDecryption();
  return yield* decryptHello(channel, keys, outer);
}

type EchDecryption = typeof import("./decrypt_hello.ts");

let loaded: EchDecryption | undefined;

/** Loads the code by the first hello that needs it: most servers have no keys. */
export function* loadHelloDecryption(): Script<EchDecryption> {
  return loaded ??= yield* settle(import("./decrypt_hello.ts"));
}
