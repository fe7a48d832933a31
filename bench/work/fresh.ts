/**
 * A new client for every request: what a connection costs, TCP and TLS handshakes included.
 *
 * No session is resumed, since a new client has none.
 *
 * @module
 */

import { clientsFor } from "../clients/all.ts";
import type { ClientKind } from "../clients/client.ts";
import type { Arena, Contestant, Entrant } from "../harness.ts";
import { expectSmall, WrongAnswer } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { times } from "./timing.ts";

/** Connections of a round. */
export const FRESH_COUNT = 100;

/** These clients; figures are milliseconds for a connection and its request. */
export function freshConnections(
  arena: Arena,
  protocol: Protocol,
  kinds: readonly ClientKind[] = clientsFor(protocol),
): Contestant[] {
  return kinds.map((kind) => ({
    name: kind.name,
    role: kind.role,
    enter: () => Promise.resolve(enter(kind, arena, protocol)),
  }));
}

function enter(kind: ClientKind, { server, quick }: Arena, protocol: Protocol): Entrant {
  const count = quick ? 2 : FRESH_COUNT;
  const settings = { protocol, width: 1, caCert: server.caCert, origin: server.origin(protocol) };

  async function one(): Promise<void> {
    const client = await kind.open(settings);
    try {
      expectSmall(await client.text("/small"));
    } finally {
      await client.close();
    }
  }
  async function many(): Promise<void> {
    for (let i = 0; i < count; i++) await one();
  }
  let cpu = NaN;
  async function round(): Promise<number> {
    const took = await times(many);
    cpu = took.cpu / count;
    return took.wall / count;
  }
  async function warmUp(): Promise<number> {
    const before = await server.accepted();
    const figure = await round();
    const after = await server.accepted();
    if (before !== undefined && after !== undefined && after - before < count) {
      throw new WrongAnswer(`Cannot count this: ${count} requests came on ${after - before} connections`);
    }
    return figure;
  }
  const note = () => `CPU ${(cpu * 1000).toFixed(1)} us each`;
  return { warmUp, round, note, close: () => {} };
}
