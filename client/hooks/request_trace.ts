/**
 * The trace of a request: what its way through the client tells, where hooks are set or a tracer is registered.
 *
 * Without either there is no trace, and its code is not loaded.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse, OutgoingRequest } from "../../http/message.ts";
import type { ConnectionFacts, ConnectionInfo, TlsInfo } from "../connection_info.ts";

/** Told what happens to one request. No method throws. */
export interface RequestTrace {
  /** A connection is being made for the request. */
  connecting(target: ConnectTarget, proxies: readonly string[] | undefined): ConnectTrace;
  /** An attempt begins. @returns The message to send. */
  sending(message: OutgoingRequest): OutgoingRequest;
  /** The attempt has a connection, and is sent. */
  sent(facts: ConnectionFacts): void;
  /** A 1xx response came. */
  informed(status: number, fields: readonly Field[]): void;
  /** The head of a final response came. */
  responded(incoming: IncomingResponse, connection: () => ConnectionInfo): void;
  /** The attempt failed with an error, or with a response of a status, and another follows. */
  retrying(reason: { readonly error: unknown } | { readonly status: number }, delay: number): void;
  /** A redirect is followed. */
  redirected(status: number, method: string, url: string): void;
  /** The content of the response, as it is received. @returns The content to pass on. */
  receiving(body: Uint8Array | IncomingBody): Uint8Array | IncomingBody;
  /** The content of the response, decoded. @returns The content to pass on. */
  decoded(body: Uint8Array | IncomingBody): Uint8Array | IncomingBody;
  /** The request is over: it failed, or its tunnel is closed. */
  ended(error?: unknown): void;
}

/** The server of a connection. */
export interface ConnectTarget {
  /** The scheme of the URL. */
  readonly scheme: "http" | "https";
  /** The host. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** Told what happens to one connection. No method throws. */
export interface ConnectTrace {
  /** The identifier of the connection. */
  readonly id: number;
  /** The transport stands. @param duration Milliseconds that it took, where they are known better than by now. */
  connected(socket: Duplex, duration?: number | null): void;
  /** The TLS handshake was completed. */
  secured(tls: TlsInfo | undefined): void;
  /** It could not be made, or its handshake behind early data failed. */
  failed(error: unknown): void;
  /** It is closed, after so many requests. */
  closed(requests: number): void;
}
