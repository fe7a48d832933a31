/**
 * Many rude clients beside each other.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import type { Random } from "../../http2/hpack/octets.ts";
import { RUDE_CLIENTS, visit } from "./rude_clients.ts";
import type { RudeConnect, TransportName } from "./transports.ts";

/** Rude clients that come one after another until they are told to leave. */
export class RudeCrowd {
  /** Visits that have begun. */
  visits = 0;
  #isLeaving = false;
  readonly #all: Promise<unknown>;

  constructor(transport: TransportName, connect: RudeConnect, random: Random) {
    const visitors = Array.from({ length: RUDE_AT_ONCE }, () => this.#comeAndGo(transport, connect, random));
    this.#all = Promise.all(visitors);
    this.#all.catch(() => {}); // told by `leave`
  }

  /** Resolves when the last has left. @throws when the server was not rid of one. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#all;
  }

  async #comeAndGo(transport: TransportName, connect: RudeConnect, random: Random): Promise<void> {
    while (!this.#isLeaving) {
      this.visits++;
      const isBare = transport !== "plain" && random.below(2) === 0;
      const picked = random.pick(RUDE_CLIENTS);
      // Deno's TLS keeps the socket of a client that stalls inside the handshake, or reads no response, until it leaves.
      const isKept = transport === "deno" && (isBare || picked.isDeaf === true);
      const client = isKept ? { ...picked, leaves: true } : picked;
      await deadline(visit(client, (protocol) => connect(protocol, isBare), random), MAX_VISIT_MS).catch(
        (cause) => {
          throw new Error(`The server is not rid of a client: ${client.name}`, { cause });
        },
      );
    }
  }
}

/** Rude clients beside each other. */
const RUDE_AT_ONCE = 24;
/** No rude client has a connection for longer: some are sent a response first, and then time is theirs to read it. */
const MAX_VISIT_MS = 30_000;
