/**
 * Small requests over connections that stay open: what a request costs.
 *
 * @module
 */

import type { ClientKind } from "../clients/client.ts";
import { clientsFor } from "../clients/all.ts";
import { h2load } from "../clients/h2load.ts";
import type { Arena, Contestant, Entrant } from "../harness.ts";
import { expectSmall } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { inParallel, times } from "./timing.ts";

/** Options of small requests. */
export interface SmallRequests {
  /** The protocol. */
  readonly protocol: Protocol;
  /** Requests at once. */
  readonly width: number;
  /** Requests of a round. */
  readonly count: number;
}

/** These clients, and the load generator; figures are requests per second. */
export function smallRequests(
  arena: Arena,
  requests: SmallRequests,
  kinds: readonly ClientKind[] = clientsFor(requests.protocol),
): Contestant[] {
  const count = arena.quick ? Math.min(requests.count, 2 * requests.width) : requests.count;
  const work = { ...requests, count };
  return [
    ...kinds.map((kind): Contestant => ({
      name: kind.name,
      role: kind.role,
      enter: () => enter(kind, arena, work),
    })),
    h2load({ ...work, url: `${arena.server.origin(work.protocol)}/small` }),
  ];
}

async function enter(kind: ClientKind, { server }: Arena, work: SmallRequests): Promise<Entrant> {
  const { protocol, width, count } = work;
  const before = await server.accepted();
  const client = await kind.open({ protocol, width, caCert: server.caCert, origin: server.origin(protocol) });
  // Checked each time: comparing 1 KiB costs next to nothing.
  const one = async () => expectSmall(await client.text("/small"));
  let cpu = 0;
  const round = async () => {
    const took = await times(() => inParallel(width, count, one));
    cpu = took.cpu;
    return count / took.wall * 1000;
  };
  let connections: number | undefined;
  return {
    async warmUp() {
      await one(); // one connection is there before many requests come at once
      const figure = await round();
      const after = await server.accepted();
      if (before !== undefined && after !== undefined) connections = after - before;
      return figure;
    },
    round,
    note: () => `${connectionsNote(connections)}CPU ${(cpu * 1000 / count).toFixed(1)} us each`,
    close: () => client.close(),
  };
}

function connectionsNote(count: number | undefined): string {
  return count === undefined ? "" : `${count} connection${count === 1 ? "" : "s"}, `;
}
