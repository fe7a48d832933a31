/**
 * The client: `fetch` with connections that you can see into and steer.
 *
 * A request travels: {@linkcode prepare} (arguments to a checked request) → `Exchange` (a connection from the pool,
 * the request sent, and sent again where that is safe) → redirects → decoding → {@linkcode ClientResponse}.
 *
 * @module
 */

import type { IncomingResponse } from "../http/message.ts";
import type { DenoTls } from "../tls/mod.ts";
import { type ConnectConfig, connector, mayMultiplex } from "./connect.ts";
import type { ConnectionInfo } from "./connection_info.ts";
import { Control } from "./control.ts";
import { Deadlines } from "./deadlines.ts";
import { contentCodings, decodeBody } from "./decode.ts";
import { ClientError } from "./error.ts";
import { type Answer, exchange, type ExchangeContext } from "./exchange.ts";
import { checkOptions, type ClientOptions, poolLimits, protocolsOf } from "./options.ts";
import { OriginPool, type OriginStats } from "./pool.ts";
import { redirect } from "./redirect.ts";
import { type ClientRequestInit, prepare, type PreparedRequest, type Target } from "./request.ts";
import { ClientResponse } from "./response.ts";
import { discard, ResponseBody } from "./response_body.ts";
import type { Timeouts } from "./timeouts.ts";

/** The state of a client's pool. */
export interface PoolStats extends OriginStats {
  /** The state for each origin, such as `https://example.com:443`, that has any. */
  readonly origins: Readonly<Record<string, OriginStats>>;
}

/** How long a client waits to connect and to shake hands when it is not told: 30 s each. */
const DEFAULT_TIMEOUTS: Timeouts = { connect: 30_000, handshake: 30_000 };

/**
 * An HTTP client: connections, the requests on them, and what is known of both.
 *
 * One client keeps its connections open for the next request; {@linkcode Client.close} ends them. It needs no
 * permission but `--allow-net`.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, (request) => new Response(request.body));
 * using client = new Client();
 * const response = await client.post(`http://localhost:${server.addr.port}/`, { body: "ping" });
 * assertEquals(await response.text(), "ping");
 * assertEquals(client.stats().connections, 1);
 * ```
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #config: ConnectConfig;
  readonly #timeouts: Timeouts;
  readonly #deadlines = new Deadlines();
  readonly #pools = new Map<string, OriginPool>();
  #tls: Promise<DenoTls> | undefined;
  #closed = false;

  /**
   * @param options What differs from the defaults.
   * @throws {ClientError} `unsupported_option` for an option that cannot be honoured.
   */
  constructor(options: ClientOptions = {}) {
    checkOptions(options);
    this.#options = options;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...checkTimeouts(options.timeouts) };
    this.#config = {
      tls: options.tls === false ? undefined : () => this.#tls ??= this.#loadTls(),
      dial: options.dial,
      protocols: protocolsOf(options),
      http2PriorKnowledge: options.http2PriorKnowledge ?? false,
      http1: options.http1 ?? {},
      http2: options.http2 ?? {},
    };
  }
}
