/**
 * A switch of protocols: what a handler asks for, and the response by which it agrees.
 *
 * The handler gets a response with the status 101, and returns it, or one that was made of it. Only then is the switch sent,
 * and the transport handed over; a handler that returns another response has changed its mind.
 *
 * @module
 */

import { type Field, listMembers } from "../../http/fields.ts";
import type { Duplex } from "../../io/duplex.ts";
import { ignoreRejection } from "../../io/script.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import type { ReceivedRequest } from "./received_request.ts";

/** Options of a switch of protocols. */
export interface ServeUpgradeOptions {
  /**
   * The protocol, one of those that the request offers in its `upgrade` field, or in `:protocol` over HTTP/2. Default: the
   * first of them.
   */
  readonly protocol?: string;
  /** Fields of the response. */
  readonly headers?: HeadersInit;
}

/** A switch of protocols, which takes place when the handler returns the response. */
export interface ServeUpgrade {
  /** The response to return: 101 over HTTP/1.1, and 200 over HTTP/2. Its headers may be changed before. */
  readonly response: Response;
  /**
   * The connection, or the stream of HTTP/2, from the first byte behind the heads; the caller closes it. Rejects when the
   * handler returns another response, or the client leaves; the rejection is marked as handled.
   */
  readonly tunnel: Promise<Duplex>;
}

/** A switch of protocols, as the exchange and the driver see it. */
export class Upgrade implements ServeUpgrade {
  readonly response: Response;
  readonly tunnel: Promise<Duplex>;
  /** The protocol. */
  readonly protocol: string;
  /** Fields of the response that are not among its headers. */
  readonly fields: readonly Field[] | Promise<readonly Field[]>;
  /** Called when the server shuts down while the tunnel is open. */
  onShutdown: (() => void) | undefined;
  readonly #tunnel = withResolvers<Duplex>();

  /**
   * @param protocol The protocol.
   * @param headers Fields of the response.
   * @param fields Further fields of the response, which may be found yet.
   */
  constructor(
    protocol: string,
    headers: HeadersInit | undefined,
    fields: readonly Field[] | Promise<readonly Field[]>,
  ) {
    this.protocol = protocol;
    this.fields = fields;
    this.tunnel = this.#tunnel.promise;
    ignoreRejection(this.tunnel);
    this.response = new SwitchingResponse(null, headers === undefined ? {} : { headers });
  }

  /** Hands the transport over. */
  give(tunnel: Duplex): void {
    this.#tunnel.resolve(tunnel);
  }

  /** Takes note that there is no switch. */
  fail(reason: unknown): void {
    this.#tunnel.reject(reason);
  }
}

/** The protocols that a request offers to switch to; none over HTTP/1.0, which has no such offers. */
export function offeredProtocols({ version, protocol, fields }: ReceivedRequest): readonly string[] {
  if (version === "HTTP/2") return protocol === undefined ? [] : [protocol];
  if (version === "HTTP/1.0") return [];
  // Each request is asked, and few have the field: the others cost no more than the search for it.
  if (!fields.some((field) => field[0] === "upgrade")) return [];
  const members = (wanted: string) =>
    fields.flatMap(([name, value]) => name === wanted ? listMembers(value) : []);
  // "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field" (RFC 9110 §7.8)
  return members("connection").includes("upgrade") ? members("upgrade") : [];
}

/** A response with the status 101, of which the class of the platform makes none. */
class SwitchingResponse extends Response {
  override get status(): number {
    return 101;
  }

  override get statusText(): string {
    return "Switching Protocols";
  }

  override get ok(): boolean {
    return false;
  }
}
