/**
 * The events of a connection, and the part of it that differs between client and server.
 *
 * @module
 */

import type { CommonConfig } from "../config/common_config.ts";
import type { RecordPadding } from "../config/record_padding.ts";
import type { ClientHelloInfo } from "../config/config_types.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import type { TlsEarlyDataEvent, TlsHalfRttEvent } from "../handshake/early_data_outcome.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import type { Script } from "../../io/script.ts";
import type { ConnectionListener } from "./connection_listener.ts";
import type { HandshakeMessage } from "../wire/messages.ts";

/** Server without a config: the ClientHello has arrived. The handshake goes on when a config is set. */
export interface TlsClientHelloEvent {
  /** `client_hello`. */
  readonly type: "client_hello";
  /** The client's offer. */
  readonly hello: ClientHelloInfo;
}

/** The handshake is done: the peer is authenticated as the config demands, and data can be sent. */
export interface TlsEstablishedEvent {
  /** `established`. */
  readonly type: "established";
}

/** Application data. */
export interface TlsDataEvent {
  /** `data`. */
  readonly type: "data";
  /** At least one byte; the memory belongs to the caller. */
  readonly data: Uint8Array;
}

/** The peer has sent its close_notify, and sends nothing more. The last event. */
export interface TlsConnectionClosedEvent {
  /** `connection_closed`. */
  readonly type: "connection_closed";
}

/** The peer has changed the keys of what it sends; the caller need not act. */
export interface TlsKeyUpdateEvent {
  /** `key_update`. */
  readonly type: "key_update";
}

/** Client: a ticket was kept, with which the session can be resumed; the caller need not act. */
export interface TlsSessionTicketEvent {
  /** `session_ticket`. */
  readonly type: "session_ticket";
}

/** An event of a TLS connection. */
export type TlsEvent =
  | TlsClientHelloEvent
  | TlsEarlyDataEvent
  | TlsHalfRttEvent
  | TlsEstablishedEvent
  | TlsDataEvent
  | TlsConnectionClosedEvent
  | TlsKeyUpdateEvent
  | TlsSessionTicketEvent;

/** The part of a connection that differs between client and server; see `Connection`. */
export interface ConnectionScripts {
  /** The handshake, from the first message to the last; it is begun by the first call of `next()`. */
  handshake(
    channel: HandshakeChannel,
    listener: ConnectionListener | undefined,
  ): Script<HandshakeResult, TlsEvent>;
  /**
   * Receives a message after the handshake that is no KeyUpdate. Default: it is refused.
   *
   * @param raw The message's bytes, header included.
   * @returns An event, or `undefined` when there is none.
   * @throws {TlsError} `unexpected_message` for a message that is not allowed here.
   */
  receiveMessage?(
    message: HandshakeMessage,
    raw: Uint8Array,
    established: HandshakeResult,
  ): Script<TlsEvent | undefined>;
}

/** The settings of a config. */
export function settingsOf(config: CommonConfig): ConnectionSettings {
  const { crypto, maxFragmentSize, recordPadding, enableSecretExtraction } = config;
  return { crypto, maxFragmentSize, padding: recordPadding, enableSecretExtraction };
}

/** Settings of a connection. */
export interface ConnectionSettings {
  /** Provider of cryptography, for the handshake and for records. */
  readonly crypto: CryptoProvider;
  /** The longest record that is sent, its header of 5 bytes included, as the config has checked it. Default: 16389. */
  readonly maxFragmentSize?: number | undefined;
  /** Bytes of padding for content of a length, as the config has checked it. Default: none. */
  readonly padding?: RecordPadding | undefined;
  /** Whether the keys of the connection may be extracted. Default: false. */
  readonly enableSecretExtraction?: boolean;
}
