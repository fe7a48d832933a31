/**
 * Many requests of all kinds over one connection, in an order that chance decides: each must end, and rightly.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat, equals } from "@std/bytes";
import type { Http2Client } from "../../../http2/client/http2_client.ts";
import { Http2Error } from "../../../http2/error.ts";
import { Random } from "../hpack/octets.ts";
import { get, pair, type Peer, post, runMicrotasks, Source } from "../peer.ts";

/** The content of a response, known from its path. */
function expected(path: string): Uint8Array {
  const [, length, seed] = path.split("/").map(Number);
  return new Uint8Array(length ?? 0).map((_, i) => i * 31 + (seed ?? 0));
}

/** A server that answers with what the path says, some bytes at a time, or resets the stream. */
class Server {
  readonly #random: Random;
  readonly #left = new Map<number, Uint8Array>();

  constructor(random: Random) {
    this.#random = random;
  }

  begin(peer: Peer, streamId: number, path: string): void {
    const { machine } = peer;
    const random = this.#random;
    if (random.below(10) === 0) {
      return machine.reset(streamId, random.pick(["REFUSED_STREAM", "INTERNAL_ERROR"]));
    }
    if (random.below(5) === 0) machine.sendInformational(streamId, 103, []);
    const content = expected(path);
    const fields: [string, string][] = random.below(2) === 0
      ? [["content-length", String(content.length)]]
      : [];
    machine.sendResponse(streamId, 200, fields, false);
    this.#left.set(streamId, content);
    this.go(peer);
  }

  go(peer: Peer): void {
    const random = this.#random;
    for (const [id, rest] of this.#left) {
      const piece = rest.subarray(0, random.pick([300, 8_000, 16_384, 100_000]));
      const withTrailers = random.below(4) === 0;
      const last = piece.length === rest.length;
      const sent = peer.machine.sendData(id, piece, last && !withTrailers);
      if (sent < rest.length) this.#left.set(id, rest.subarray(sent));
      else this.#left.delete(id);
      if (sent === rest.length && withTrailers) {
        peer.machine.sendTrailers(id, [["x-sum", String(rest.length)]]);
      }
    }
  }

  end(streamId: number): void {
    this.#left.delete(streamId);
  }
}

/** One request of some kind; resolves with how it ended. */
async function ask(client: Http2Client, random: Random, sources: Source[]): Promise<string> {
  const path = `/${random.pick([0, 5, 1_000, 40_000, 300_000])}/${random.below(256)}`;
  let cancel = (_: unknown) => {};
  const reason = new Error("given up");
  const options = {
    onCancel: (with_: (reason: unknown) => void) => cancel = with_,
    onInformational: () => {},
  };
  let request = get(path);
  if (random.below(3) === 0) {
    const chunks = Array.from(
      { length: random.below(6) },
      () => new Uint8Array(random.pick([0, 10, 20_000, 90_000])),
    );
    const source = new Source(chunks, random.below(2) === 0 ? concat(chunks).length : undefined);
    sources.push(source);
    request = random.below(2) === 0 ? post(concat(chunks), [], path) : post(source, [], path);
    if (request.body !== source) sources.pop();
  }
  const fate = random.below(6);
  const isCancelled = fate < 2;
  if (isCancelled) pause(random).then(() => cancel(reason));
  try {
    const { body } = await client.request(request, options);
    if (body instanceof Uint8Array) return equals(body, expected(path)) ? "whole" : "wrong";
    if (fate === 2) {
      await pause(random);
      body.cancel();
      return await body.read() === undefined ? "given up" : "read on";
    }
    const chunks: Uint8Array[] = [];
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
      chunks.push(chunk);
      if (random.below(3) === 0) await pause(random);
    }
    return equals(concat(chunks), expected(path)) ? "whole" : "wrong";
  } catch (error) {
    if (error === reason) return isCancelled ? "cancelled" : "cancelled without a cause";
    return error instanceof Http2Error && error.initiator === "remote" ? "reset" : `${error}`;
  }
}

async function pause(random: Random): Promise<void> {
  for (let i = random.below(60); i > 0; i--) await Promise.resolve();
}

for (const seed of [1, 2, 3, 4]) {
  Deno.test(`client: two hundred requests of all kinds (${seed})`, async () => {
    const random = new Random(seed);
    const server = new Server(random);
    const { client, peer } = pair(
      (event, peer) => {
        if (event.type === "request") server.begin(peer, event.streamId, event.path);
        if (event.type === "data") peer.machine.consume(event.streamId, event.data.length);
        if (event.type === "reset") server.end(event.streamId);
        server.go(peer);
      },
      { initialStreamWindow: random.pick([20_000, 70_000, 2 << 20]) },
      { chunk: random.pick([50, 1_000, 65_536]), maxConcurrentStreams: random.pick([3, 50, 500]) },
    );
    const sources: Source[] = [];
    const fates = new Map<string, number>();
    let isOver = false;
    const requests = Array.from({ length: 200 }, async () => {
      await pause(random);
      const fate = await ask(client, random, sources);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
    });
    const all = Promise.all(requests).then(() => isOver = true);
    // Content may still be on its way out when its response is over.
    for (let rounds = 0; !isOver || client.activeStreams > 0; rounds++) {
      assert(rounds < 5_000, `nothing happens any more: ${JSON.stringify([...fates])}`);
      server.go(peer);
      await peer.flush();
      await runMicrotasks();
    }
    await all;
    await runMicrotasks();
    const known = ["whole", "given up", "cancelled", "reset"];
    assertEquals([...fates.keys()].filter((fate) => !known.includes(fate)), []);
    assertEquals([client.activeStreams, client.closing, peer.failure], [0, false, undefined]);
    for (const { cancelled } of sources) assert(cancelled.length <= 1);
    client.close();
    await peer.closed;
  });
}
