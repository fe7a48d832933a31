/**
 * The server's end of a TLS connection, as a machine.
 *
 * @module
 */

import { Connection } from "./connection.ts";
import type { TlsEvent } from "./connection_types.ts";
import { TlsError } from "../error/tls_error.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import { serverHandshake } from "../handshake/server/tls13.ts";
import { clientHelloInfo } from "../handshake/server/client_hello_info.ts";
import { peekClientHello } from "../handshake/server/receive_client_hello.ts";
import { contextOfConfig } from "../handshake/server/context_of_config.ts";
import type { Script } from "../../io/script.ts";
import { ServerConfig } from "../config/server_config.ts";
import { MAX_UNCONFIGURED_BYTES } from "../limits.ts";

/**
 * A server's connection: bytes in, bytes and events out.
 *
 * Without a config it reads the ClientHello, tells of it with the event `client_hello`, and waits for
 * {@linkcode ServerConnection.useConfig}: so a server can choose by the name that the client asks for.
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
 * // What is to be sent to the client before its transport is closed: an alert.
 * assertEquals(connection.output()?.[0], 0x15);
 * ```
 */
export class ServerConnection extends Connection {
  #config: ServerConfig | undefined;
  /** Whether the ClientHello is here and the config is not. */
  #waiting = false;
  #heldBack = 0;

  /**
   * Begins a connection.
   *
   * @param config How it does TLS; default: it waits for {@linkcode ServerConnection.useConfig}.
   */
  constructor(config?: ServerConfig) {
    super("server", { handshake: (channel) => this.#handshake(channel) });
    if (config !== undefined) this.useConfig(config);
  }

  /**
   * Says how the connection does TLS; `next()` goes on.
   *
   * @throws {TypeError} when that was said already, and for what is no config.
   */
  useConfig(config: ServerConfig): void {
    if (!(config instanceof ServerConfig)) {
      throw new TypeError("Cannot use the config: it is no ServerConfig");
    }
    if (this.#config !== undefined) throw new TypeError("Cannot use another config: the connection has one");
    const { crypto, maxFragmentSize } = config;
    this.configure({ crypto, maxFragmentSize });
    this.#config = config;
    this.#waiting = false;
  }

  /** Feeds bytes from the client; see {@linkcode Connection.receive}. */
  override receive(bytes: Uint8Array): void {
    if (this.#waiting) this.#heldBack += bytes.length;
    super.receive(bytes);
  }

  /** Whether bytes of the client are what it takes to go on: not while a config is. */
  override get wantsRead(): boolean {
    return !this.#waiting && super.wantsRead;
  }

  *#handshake(channel: HandshakeChannel): Script<HandshakeResult, TlsEvent> {
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
    return yield* serverHandshake(channel, contextOfConfig(this.#config));
  }
}
