/**
 * The outcome of an opening handshake, and its options.
 *
 * @module
 */

import type { NegotiatedDeflate, PermessageDeflateOptions } from "./permessage_deflate.ts";

/** Options of an opening handshake. */
export interface WebSocketHandshakeOptions {
  /**
   * Subprotocols: those that a client asks for, or those that a server speaks, in order of preference; none by default. A
   * client that asks for some fails when the server chooses none of them.
   */
  readonly protocols?: readonly string[];
  /** Whether permessage-deflate (RFC 7692) is offered, or accepted, and how; `false` by default. */
  readonly permessageDeflate?: boolean | PermessageDeflateOptions;
}

/** The outcome of an opening handshake. */
export interface NegotiatedWebSocket {
  /** The subprotocol; empty when there is none. */
  readonly protocol: string;
  /** The extensions as the server's field has them; empty when there are none. */
  readonly extensions: string;
  /** The parameters of permessage-deflate; `undefined` when messages are not compressed. */
  readonly deflate: NegotiatedDeflate | undefined;
}

/** The options of permessage-deflate, when it may be used. */
export function deflateOptions(
  { permessageDeflate = false }: WebSocketHandshakeOptions,
): PermessageDeflateOptions | undefined {
  return permessageDeflate === true ? {} : permessageDeflate === false ? undefined : permessageDeflate;
}
