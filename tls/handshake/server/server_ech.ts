/**
 * Encrypted ClientHello in one handshake of a server (RFC 9849 §7), as the scripts of the handshake see it.
 *
 * @module
 */

import type { HashName } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { EchClientHello } from "../../wire/messages.ts";
import type { ConfirmingMessage } from "../ech_confirmation.ts";

/** ECH of a server that has keys, with a client that offers it. */
export interface ServerEch {
  /** An ECHConfigList for a client whose hello could not be decrypted; `undefined`: it was. */
  readonly retryConfigs?: Uint8Array;
  /**
   * Puts into an encoded message the sign that ECH was accepted; where it was not, random bytes in the place of a sign
   * that others would miss (RFC 9849 §7.2).
   */
  confirm(
    channel: HandshakeChannel,
    hash: HashName,
    message: ConfirmingMessage,
    encoded: Uint8Array,
  ): Script<Uint8Array>;
  /** Peeks at the second ClientHello, and decrypts it where the first one was decrypted (RFC 9849 §7.1.1). */
  receiveSecondHello(channel: HandshakeChannel): Script<void>;
}

/** The extension of a ClientHelloOuter. */
export type OuterEch = Extract<EchClientHello, { readonly type: "outer" }>;

/**
 * "A shared mode server which receives a ClientHello with ECHClientHello.type of inner MUST abort with an
 * "illegal_parameter" alert, because such a ClientHello should never be received directly from the network." (RFC 9849
 * §7)
 *
 * @throws {TlsError} `illegal_parameter`
 */
export function requireOuter(ech: EchClientHello): OuterEch {
  if (ech.type === "outer") return ech;
  throw new TlsError(
    "illegal_parameter",
    "Cannot accept ClientHello: it is an inner one that was not encrypted",
  );
}
