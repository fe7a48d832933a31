/**
 * A transport that is ready for HTTP, and its facts.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { ConnectionFacts, TlsInfo } from "../connection_info.ts";
import type { Protocol } from "../options.ts";
import { addressesOf } from "../runtime.ts";

/** A transport that is ready for HTTP. */
export interface ReadyTransport {
  /** The bytes of the connection, below HTTP. */
  readonly io: Duplex;
  /** The version of HTTP that it speaks. */
  readonly protocol: Protocol;
  /** The facts that stay true of it. */
  readonly facts: ConnectionFacts;
  /** The TLS handshake under way, with early data; absent: it is done. */
  readonly handshake?: Promise<void>;
}

/** The identifier of a connection that is going to be made. */
export function nextConnectionId(): number {
  return ++lastId;
}

let lastId = 0;

/**
 * The facts about a new connection.
 *
 * @param socket The transport that may have addresses.
 * @param timings The times of its stages.
 * @param tls The facts of its TLS.
 */
export function factsOf(socket: Duplex, timings: ConnectionFacts["timings"], tls?: TlsInfo): ConnectionFacts {
  const { local, remote } = addressesOf(socket);
  return {
    id: ++lastId,
    timings,
    ...(local && { localAddress: local }),
    ...(remote && { remoteAddress: remote }),
    ...(tls && { tls }),
  };
}
