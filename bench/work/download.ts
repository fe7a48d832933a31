/**
 * A large body downloaded: what a byte costs.
 *
 * @module
 */

import { clientsFor } from "../clients/all.ts";
import type { BenchClient, ClientKind } from "../clients/client.ts";
import type { Arena, Contestant, Entrant } from "../harness.ts";
import { BulkCheck, expectLength } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { times } from "./timing.ts";

/** How the body is consumed: piece by piece with `for await`, or as a whole with `arrayBuffer()` or its like. */
export type Consumption = "stream" | "whole";

/** These clients; figures are millions of bytes per second. */
export function downloads(
  arena: Arena,
  protocol: Protocol,
  consumption: Consumption,
  kinds: readonly ClientKind[] = clientsFor(protocol),
): Contestant[] {
  return kinds.map((kind) => ({
    name: kind.name,
    role: kind.role,
    enter: () => enter(kind, arena, protocol, consumption),
  }));
}

async function enter(
  kind: ClientKind,
  { server }: Arena,
  protocol: Protocol,
  consumption: Consumption,
): Promise<Entrant> {
  const client = await kind.open({
    protocol,
    width: 1,
    caCert: server.caCert,
    origin: server.origin(protocol),
  });
  const consume = consumption === "stream" ? consumeStream : consumeWhole;
  let cpu = NaN;
  const timed = async (take: (piece: Uint8Array) => void) => {
    const took = await times(() => consume(client, take));
    cpu = took.cpu;
    return server.bulkLength / took.wall / 1000;
  };
  return {
    async warmUp() {
      const check = new BulkCheck();
      const figure = await timed((piece) => check.take(piece));
      check.end(server.bulkLength);
      return figure;
    },
    async round() {
      let length = 0;
      const figure = await timed((piece) => length += piece.length);
      expectLength(length, server.bulkLength);
      return figure;
    },
    note: () => `CPU ${cpu.toFixed(0)} ms`,
    close: () => client.close(),
  };
}

async function consumeStream(client: BenchClient, take: (piece: Uint8Array) => void): Promise<void> {
  for await (const piece of await client.stream("/bulk")) take(piece);
}

async function consumeWhole(client: BenchClient, take: (piece: Uint8Array) => void): Promise<void> {
  take(await client.whole("/bulk"));
}
