/**
 * Many rude clients beside each other.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import type { Random } from "../../http2/hpack/octets.ts";
import { RUDE_CLIENTS, visit } from "./rude_clients.ts";

/** Rude clients that come one after another until they are told to leave. */
export class RudeCrowd {
  /** Visits that have begun. */
  visits = 0;
  #isLeaving = false;
  readonly #all: Promise<unknown>;

  constructor(port: number, random: Random) {
    this.#all = Promise.all(Array.from({ length: RUDE_AT_ONCE }, () => this.#comeAndGo(port, random)));
    this.#all.catch(() => {}); // told by `leave`
  }

  /** Resolves when the last has left. @throws when the server was not rid of one. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#all;
  }

  async #comeAndGo(port: number, random: Random): Promise<void> {
    while (!this.#isLeaving) {
      this.visits++;
      const client = random.pick(RUDE_CLIENTS);
      await deadline(visit(client, port, random), MAX_VISIT_MS).catch((cause) => {
        throw new Error(`The server is not rid of a client: ${client.name}`, { cause });
      });
    }
  }
}

/** Rude clients beside each other. */
const RUDE_AT_ONCE = 24;
/** No rude client has a connection for longer: some are sent a response first, and then time is theirs to read it. */
const MAX_VISIT_MS = 30_000;
