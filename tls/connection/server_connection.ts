/**
 * The server's end of a TLS connection, as a machine.
 *
 * @module
 */

import { Connection } from "./connection.ts";
import type { ConnectionListener } from "./connection_listener.ts";
import { settingsOf, type TlsEvent } from "./connection_types.ts";
import { TlsError } from "../error/tls_error.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import { withoutUnavailable } from "../handshake/without_unavailable.ts";
import { clientHelloInfo } from "../handshake/server/client_hello_info.ts";
import { loadServerHandshake } from "../handshake/server/load_server_handshake.ts";
import { peekClientHello } from "../handshake/server/peek_client_hello.ts";
import { contextOfConfig } from "../handshake/server/context_of_config.ts";
import type { Script } from "../../io/script.ts";
import { defaultCrypto } from "../config/default_crypto.ts";
import { loadEchKeys } from "../config/ech_keys_option.ts";
import { ServerConfig } from "../config/server_config.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import type { EchKey, LoadedEchKeys } from "../ech/ech_keys.ts";
import { receiveEch } from "../handshake/server/receive_ech.ts";
import { MAX_UNCONFIGURED_BYTES } from "../limits.ts";

/** Options of a server's connection that hold before it has a config. */
export interface ServerConnectionOptions {
  /**
   * Keys of Encrypted ClientHello, by which the event `client_hello` tells what was encrypted; they are used in place of
   * the config's. A list is read once, so pass the same one for all connections. Default: none.
   */
  readonly echKeys?: readonly EchKey[];
  /** Cryptography for those keys. Default: as for a config. */
  readonly crypto?: CryptoProvider;
}

/**
 * The server's end of a TLS connection, without I/O: bytes go in, bytes and events come out.
 *
 * Without a config it reads the ClientHello, returns the event `client_hello`, and waits for
 * {@linkcode ServerConnection.useConfig}: so a server can choose the config by the name that the client asks for.
 *
 * @example Bytes that are no TLS
 * ```ts
 * import { ServerConnection, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const connection = new ServerConnection();
 * connection.receive(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
 * const error = assertThrows(() => connection.next(), TlsError);
 * assertEquals(error.code, "not_tls");
 * // The output has an alert for the client, to be sent before the transport is closed.
 * assertEquals(connection.output()?.[0], 0x15);
 * ```
 */
export class ServerConnection extends Connection {
  #config: ServerConfig | undefined;
  /** Whether the ClientHello has arrived and the config is not set. */
  #waiting = false;
  #heldBack = 0;
  readonly #echKeys: LoadedEchKeys | undefined;

  /**
   * Begins a connection.
   *
   * @param config The config. Default: none; the connection waits for {@linkcode ServerConnection.useConfig}.
   * @param options Options that hold before there is a config.
   * @throws {TlsError} `invalid_option` for ECH keys that cannot be used.
   */
  constructor(config?: ServerConfig, options: ServerConnectionOptions = {}) {
    super("server", { handshake: (channel, listener) => this.#handshake(channel, listener) });
    const { echKeys, crypto } = options;
    this.#echKeys = echKeys && loadEchKeys("ServerConnection", echKeys, crypto ?? defaultCrypto());
    if (config !== undefined) this.useConfig(config);
  }

  /**
   * Sets the config; `next()` then goes on with the handshake.
   *
   * @throws {TypeError} when the connection has a config already, and for what is no config.
   */
  useConfig(config: ServerConfig): void {
    if (!(config instanceof ServerConfig)) {
      throw new TypeError("Cannot use the config: it is no ServerConfig");
    }
    if (this.#config !== undefined) throw new TypeError("Cannot use another config: the connection has one");
    this.configure(settingsOf(config));
    this.#config = config;
    this.#waiting = false;
  }

  /** Takes bytes from the client; see {@linkcode Connection.receive}. */
  override receive(bytes: Uint8Array): void {
    if (this.#waiting) this.#heldBack += bytes.length;
    super.receive(bytes);
  }

  /** Whether more bytes from the client would bring the machine further: not while it waits for a config. */
  override get wantsRead(): boolean {
    return !this.#waiting && super.wantsRead;
  }

  *#handshake(
    channel: HandshakeChannel,
    listener: ConnectionListener | undefined,
  ): Script<HandshakeResult, TlsEvent> {
    const received = this.#echKeys && { ech: yield* receiveEch(channel, this.#echKeys) };
    if (this.#config === undefined) {
      const hello = yield* peekClientHello(channel);
      this.#waiting = true;
      yield { type: "client_hello", hello: clientHelloInfo(hello) };
    }
    while (this.#config === undefined) {
      if (this.#heldBack > MAX_UNCONFIGURED_BYTES) {
        throw new TlsError(
          "unexpected_message",
          `Cannot wait for a config: the client has sent ${this.#heldBack} bytes behind its ClientHello`,
        );
      }
      yield;
    }
    const available = yield* withoutUnavailable(contextOfConfig(this.#config));
    const context = listener?.beginsAsServer(available) ?? available;
    yield* peekClientHello(channel);
    return yield* (yield* loadServerHandshake()).serverHandshake(channel, context, received);
  }
}
