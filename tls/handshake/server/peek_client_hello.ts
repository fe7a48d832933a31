/**
 * The first look at a ClientHello: all that a server needs of it before the code of its handshake is loaded.
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { ClientHello } from "../../wire/messages.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";

/**
 * Waits for a ClientHello and leaves it unread.
 *
 * @throws {TlsError} `unexpected_message` for any other message.
 */
export function* peekClientHello(channel: HandshakeChannel): Script<ClientHello> {
  const message = yield* channel.peek();
  if (message.type === "client_hello") return message;
  throw new TlsError(
    "unexpected_message",
    `Cannot begin a handshake: ${
      message.type === "other" ? "another message" : message.type
    } came in place of client_hello`,
  );
}
