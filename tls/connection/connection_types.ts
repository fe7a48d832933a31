/**
 * What a connection tells, and what client and server add to what both have in common.
 *
 * @module
 */

import type { ClientHelloInfo } from "../config/config_types.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import type { Script } from "../../io/script.ts";
import type { HandshakeMessage } from "../wire/messages.ts";

/** What `next()` of a connection gives. */
export type TlsEvent =
  /** Server without a configuration: the client's first words; it goes on when it is told which one to use. */
  | { readonly type: "client_hello"; readonly hello: ClientHelloInfo }
  /** The handshake is over: the peer is who it says, and data can be sent. */
  | { readonly type: "established" }
  /** Data of the application, never empty; the memory belongs to whoever asked for the event. */
  | { readonly type: "data"; readonly data: Uint8Array }
  /** The peer has nothing more to send: the last event there is. */
  | { readonly type: "close_notify" }
  /** The peer changed the keys of what it sends; nothing need be done. */
  | { readonly type: "key_update" }
  /** Client: the server gave a ticket to resume the session with; nothing need be done. */
  | { readonly type: "session_ticket" };

/** What client and server each do in their own way; see `Connection`. */
export interface ConnectionScripts {
  /** The handshake, from the first message to the last; it is begun by the first call of `next()`. */
  handshake(channel: HandshakeChannel): Script<HandshakeResult, TlsEvent>;
  /**
   * What to do with a message that comes after the handshake and is no KeyUpdate; default: it is refused.
   *
   * @param raw The message's bytes, header included.
   * @returns An event, if there is something to tell.
   * @throws {TlsError} `unexpected_message` when the message has no business here.
   */
  receiveMessage?(
    message: HandshakeMessage,
    raw: Uint8Array,
    established: HandshakeResult,
  ): Script<TlsEvent | undefined>;
}

/** What a connection is set up with. */
export interface ConnectionSettings {
  /** Cryptography of the handshake and of records. */
  readonly crypto: CryptoProvider;
  /** The longest record that is sent, its header of 5 bytes included, as the config has checked it. Default: 16389. */
  readonly maxFragmentSize?: number | undefined;
}
