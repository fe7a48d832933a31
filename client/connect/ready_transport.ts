/**
 * A transport that is ready for HTTP, and what is known of it.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { ConnectionFacts, TlsInfo } from "./connection_info.ts";
import type { Protocol } from "../options.ts";
import { addressesOf } from "../runtime.ts";

/** A transport that is ready for HTTP. */
export interface ReadyTransport {
  /** Where to read and write. */
  readonly io: Duplex;
  /** What is spoken on it. */
  readonly protocol: Protocol;
  /** What is known of it. */
  readonly facts: ConnectionFacts;
}

let lastId = 0;

/**
 * What is to be told of a new connection.
 *
 * @param socket What has the addresses, if anything does.
 * @param timings How long it took to make.
 * @param tls What TLS tells.
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
