/**
 * A TLS connection for every request: TCP, the handshake, a small request and its answer.
 *
 * @module
 */

import type { Arena, Contestant, Entrant, Question } from "../harness.ts";
import { expectSmall, WrongAnswer } from "../pattern.ts";
import { get } from "../tls_clients/http.ts";
import type { TlsKind } from "../tls_clients/tls_client.ts";
import { milliseconds } from "./timing.ts";
import { tlsTarget } from "./tls_target.ts";

/** Connections of a round. */
export const FRESH_COUNT = 25;
/** Options of such questions: a handshake is much code, which takes hundreds of rounds to be optimized. */
export const FRESH: Pick<Question, "uncountedRounds" | "garbage"> = { uncountedRounds: 12, garbage: "young" };

/** The libraries that are expected to resume sessions; each of the others is expected not to. */
export interface TlsFreshOptions {
  /** Those that resume. Default: none. */
  readonly resuming?: readonly TlsKind[];
}

/** These libraries; figures are milliseconds for a connection and its request. */
export function tlsConnections(
  arena: Arena,
  kinds: readonly TlsKind[],
  { resuming = [] }: TlsFreshOptions = {},
): Contestant[] {
  return kinds.map((kind) => ({
    name: kind.name,
    role: kind.role,
    enter: () => enter(kind, arena, resuming.includes(kind)),
  }));
}

async function enter(kind: TlsKind, { server, quick }: Arena, isResuming: boolean): Promise<Entrant> {
  const count = quick ? 2 : FRESH_COUNT;
  const dialer = await kind.open(tlsTarget(server, kind));
  let cipherSuite: string | undefined;

  async function one(isFirst = false): Promise<void> {
    const link = await dialer.connect();
    try {
      ({ cipherSuite } = link);
      let text = "";
      await get(link, "/small", (piece) => text += decoder.decode(piece));
      expectSmall(text);
      if (!isFirst && link.isResumed !== undefined && link.isResumed !== isResuming) {
        throw new WrongAnswer(`Cannot count this: the session was ${isResuming ? "not " : ""}resumed`);
      }
    } finally {
      link.close();
    }
  }
  async function many(): Promise<void> {
    for (let i = 0; i < count; i++) await one();
  }
  async function round(): Promise<number> {
    return await milliseconds(many) / count;
  }
  return {
    async warmUp() {
      await one(true); // what it resumes later has to come from somewhere
      return await round();
    },
    round,
    note: () => cipherSuite,
    close: () => {},
  };
}

const decoder = new TextDecoder();
