/**
 * A listener to a whole connection, for tools that explain it.
 *
 * @module
 */

import type { ClientContext } from "../handshake/client/context.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { ServerContext } from "../handshake/server/context.ts";
import type { RecordListener } from "../record/record_listener.ts";

/** Listener that is told of everything that a connection receives, sends and concludes. It must not throw. */
export interface ConnectionListener extends RecordListener {
  /** Bytes came from the peer, before any of them is read. */
  receivedBytes(bytes: Uint8Array): void;
  /** A client begins its handshake. @returns The context to use, which may listen to the functions of the given one. */
  beginsAsClient(context: ClientContext): ClientContext;
  /** A server begins its handshake, with the ClientHello at hand. @returns The context to use. */
  beginsAsServer(context: ServerContext): ServerContext;
  /** The handshake is done. */
  established(facts: TlsConnectionFacts): void;
  /** The connection has failed; an alert for the peer may follow. */
  failed(reason: unknown): void;
}
