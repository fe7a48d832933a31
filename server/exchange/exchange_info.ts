/**
 * The facts of an exchange, and its controls, as the handler sees them.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { HttpVersion } from "../../http/message.ts";
import { ignoreRejection } from "../../io/script.ts";
import type { ServeConnection } from "./serve_connection_info.ts";
import type { ServeAddress } from "../runtime.ts";
import type { ServeInfo, ServeTrailers } from "./serve_info.ts";
import type { ServeUpgrade, ServeUpgradeOptions } from "./upgrade.ts";
import { upgradeWebSocket } from "./web_socket_loader.ts";
import type { UpgradeSource } from "./web_socket_upgrade.ts";

/** An exchange, as far as its handler sees it. */
export interface InfoSource extends UpgradeSource {
  /** The facts of the connection. */
  readonly connection: ServeConnection;
  /** Whether the response may still be chosen: nothing of it was sent. */
  readonly isWaiting: boolean;
  /** Resolves when the response was sent; rejects when it was not. */
  readonly completed: Promise<void>;
  /** Function that gives the response's trailer fields. */
  trailers: ServeTrailers | undefined;
  /** Sends a 1xx response. */
  inform(status: number, fields: readonly Field[]): void;
}

/** The facts of one exchange. */
export class ExchangeInfo implements ServeInfo<ServeAddress> {
  readonly #exchange: InfoSource;

  /** @param exchange The exchange. */
  constructor(exchange: InfoSource) {
    this.#exchange = exchange;
  }

  get remoteAddr(): ServeAddress {
    return this.#exchange.connection.remoteAddr ?? UNKNOWN;
  }

  get localAddr(): ServeAddress {
    return this.#exchange.connection.localAddr ?? UNKNOWN;
  }

  get httpVersion(): HttpVersion {
    return this.#exchange.received.version;
  }

  get target(): string {
    return this.#exchange.received.target;
  }

  get connection(): ServeConnection {
    return this.#exchange.connection;
  }

  get completed(): Promise<void> {
    return this.#exchange.completed;
  }

  get trailers(): Promise<Headers> {
    const { body, trailers } = this.#exchange.received;
    const fields = body === undefined || body instanceof Uint8Array ? trailers ?? [] : body.trailers;
    const headers = Promise.resolve(fields).then((fields) => new Headers(fields.map(([...field]) => field)));
    ignoreRejection(headers);
    return headers;
  }

  sendTrailers(trailers: ServeTrailers): void {
    if (typeof trailers !== "function") {
      throw new TypeError("Cannot send trailers: a function must give them");
    }
    if (!this.#exchange.isWaiting) throw new TypeError("Cannot send trailers: the response has begun");
    this.#exchange.trailers = trailers;
  }

  inform(status: number, headers: HeadersInit = {}): void {
    if (!Number.isInteger(status) || status < 102 || status > 199) {
      throw new RangeError(`Cannot send an informational response: ${String(status)} is not 102 to 199`);
    }
    this.#exchange.inform(status, fieldsOf(headers));
  }

  upgrade({ protocol, headers }: ServeUpgradeOptions = {}): ServeUpgrade {
    return this.#exchange.upgrade(protocol, headers, []);
  }

  get upgradeWebSocket(): ServeInfo["upgradeWebSocket"] {
    return (_request, options = {}) => upgradeWebSocket(this.#exchange, options);
  }
}

/** The fields of an argument of the constructor of `Headers`. */
export function fieldsOf(headers: HeadersInit): Field[] {
  return [...new Headers(headers)];
}

const UNKNOWN: ServeAddress = Object.freeze({ transport: "tcp", hostname: "", port: 0 });
