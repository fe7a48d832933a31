/**
 * The harness: every contestant does the same work against the same server, in alternating rounds.
 *
 * Machines drift: another process wakes up, a clock steps down. Rounds that alternate share the drift, so the ratios
 * stand when the digits do not. The first round of each contestant warms it up and is where its answers are
 * compared byte by byte; it is not counted, nor are the next few, in which the compiler still optimizes. The order is
 * turned by one place each round, so that no contestant always follows the same neighbour. A contestant that answers
 * wrongly has failed, however fast it was.
 *
 * @module
 */

import { deadline } from "@std/async";
import { median, moreIsBetter, timesAsGood, type Unit } from "./figures.ts";
import type { Server } from "./servers/server.ts";

/**
 * The role of a contestant: `ductile`; a `variant` of it, in another setup; `deno`, the runtime's own; `peer`, another
 * library of this runtime; `native`, a library of another language; `aside`, one that does something easier; or a
 * `limit` that none can surpass, such as a bare loop over a socket or a tool in C. The short table leaves out variants
 * and those aside.
 */
export type Role = "ductile" | "variant" | "deno" | "peer" | "native" | "aside" | "limit";

/** The subject of a question, and so the table that it stands in. */
export type Subject = "client" | "server" | "tls";

/** The environment of the contestants. */
export interface Arena {
  /** The server, one for all. */
  readonly server: Server;
  /** Whether the run only shows that everything works, with small numbers. */
  readonly quick: boolean;
}

/** Something that is measured. */
export interface Question {
  /** The name on the command line. */
  readonly name: string;
  /** The name in a table. */
  readonly title: string;
  /** The subject. Default: the client. */
  readonly subject?: Subject;
  /** The unit of the figures. */
  readonly unit: Unit;
  /** Whether it belongs into the short table. */
  readonly headline: boolean;
  /** Rounds that are counted. Default: 11. */
  readonly rounds?: number;
  /** Rounds after the warm-up that are not counted. Default: 3; none in a quick run. */
  readonly uncountedRounds?: number;
  /**
   * The garbage that is collected before each round. A full collection also costs contestants in JavaScript some of
   * what the compiler has learned, and keeps threads busy behind it: rounds of some milliseconds would measure that.
   * Default: all of it.
   */
  readonly garbage?: "all" | "young";
  /** The contestants. */
  contestants(arena: Arena): readonly Contestant[];
}

/** A client or library that is measured. */
export interface Contestant {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** Gets ready. Throws {@linkcode Absent} where it cannot take part on this machine. */
  enter(): Promise<Entrant>;
}

/** A contestant that is ready. */
export interface Entrant {
  /** Works once, checks every byte it got, and says how well it went, in the question's unit. */
  warmUp(): Promise<number>;
  /** Works once, with checks that cost next to nothing, and says how well it went. */
  round(): Promise<number>;
  /** Something to know about what it did. */
  note?(): string | undefined;
  /** Releases everything. */
  close(): void | Promise<void>;
}

/** A contestant cannot take part, which is no failure: a program is not installed, a package not available. */
export class Absent extends Error {
  /** The name that is printed. */
  override readonly name = "Absent";
}

/** The results of a question. */
export interface Answer {
  /** The question's name. */
  readonly name: string;
  /** The question's title. */
  readonly title: string;
  /** The subject. */
  readonly subject: Subject;
  /** The unit of the figures. */
  readonly unit: Unit;
  /** Whether more is better. */
  readonly moreIsBetter: boolean;
  /** Whether it belongs into the short table. */
  readonly headline: boolean;
  /** Rounds that were counted. */
  readonly rounds: number;
  /** A result for each contestant, in the order of the question. */
  readonly results: readonly Result[];
}

/** The result of a contestant. */
export type Result = Measured | NotMeasured;

/** A contestant that took part to the end. */
export interface Measured {
  /** The outcome. */
  readonly outcome: "measured";
  /** The contestant. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** The middle one of the figures. */
  readonly median: number;
  /** The smallest figure. */
  readonly min: number;
  /** The largest figure. */
  readonly max: number;
  /** A figure for each round, in order. */
  readonly figures: readonly number[];
  /** Times as good as Ductile: above 1 is better, whatever the unit. */
  readonly toDuctile?: number;
  /** Times as good as the runtime's own. */
  readonly toDeno?: number;
  /** Something to know about what it did. */
  readonly note?: string;
}

/** A contestant without figures. */
export interface NotMeasured {
  /** `absent`: it cannot take part here. `failed`: it threw, or its answer was wrong. */
  readonly outcome: "absent" | "failed";
  /** The contestant. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** The reason. */
  readonly reason: string;
}

/** Rounds that are counted where neither the question nor the command line says. */
const DEFAULT_ROUNDS = 11;
/** Rounds until large clients in JavaScript stop getting faster. */
const DEFAULT_UNCOUNTED_ROUNDS = 3;

/** Milliseconds of one round: many times as long as the slowest needs, so that only one that hangs is out. */
const MAX_ROUND_MS = 120_000;

/** Asks one question of all its contestants. */
export async function ask(question: Question, arena: Arena, rounds?: number): Promise<Answer> {
  const count = rounds ?? (arena.quick ? 1 : question.rounds ?? DEFAULT_ROUNDS);
  const uncountedRounds = arena.quick ? 0 : question.uncountedRounds ?? DEFAULT_UNCOUNTED_ROUNDS;
  const lanes = question.contestants(arena).map((contestant): Lane => ({ contestant, figures: [] }));
  try {
    for (const lane of lanes) {
      await advance(lane, async () => {
        lane.entrant = await lane.contestant.enter();
        await lane.entrant.warmUp();
      });
    }
    for (let round = -uncountedRounds; round < count; round++) {
      for (let place = 0; place < lanes.length; place++) {
        const lane = lanes[(place + uncountedRounds + round) % lanes.length];
        if (lane?.entrant === undefined) continue;
        const { entrant } = lane;
        collectGarbage(question.garbage ?? "all");
        await advance(lane, async () => {
          const figure = await entrant.round();
          if (round >= 0) lane.figures.push(figure);
        });
      }
    }
    const { name, title, subject = "client", unit, headline } = question;
    return {
      name,
      title,
      subject,
      unit,
      moreIsBetter: moreIsBetter(unit),
      headline,
      rounds: count,
      results: judge(lanes, unit),
    };
  } finally {
    for (const lane of lanes) await lane.entrant?.close();
  }
}

/** A contestant on its way through a question. */
interface Lane {
  readonly contestant: Contestant;
  readonly figures: number[];
  entrant?: Entrant;
  out?: Pick<NotMeasured, "outcome" | "reason">;
}

/** Takes one step of a contestant; where that fails it is out, and the others go on. */
async function advance(lane: Lane, step: () => Promise<void>): Promise<void> {
  try {
    await deadline(step(), MAX_ROUND_MS);
  } catch (error) {
    lane.out = error instanceof Absent
      ? { outcome: "absent", reason: error.message }
      : { outcome: "failed", reason: String(error) };
    const { entrant } = lane;
    delete lane.entrant;
    try {
      await entrant?.close();
    } catch {
      // It is out already, and for a reason that came first.
    }
  }
}

function judge(lanes: readonly Lane[], unit: Unit): Result[] {
  const ductile = medianOf(lanes, "ductile");
  const theirs = medianOf(lanes, "deno");
  return lanes.map(({ contestant: { name, role }, figures, out, entrant }): Result => {
    if (out !== undefined) return { ...out, name, role };
    const middle = median(figures);
    const toDuctile = timesAsGood(middle, ductile, unit);
    const toDeno = timesAsGood(middle, theirs, unit);
    const note = entrant?.note?.();
    return {
      outcome: "measured",
      name,
      role,
      median: middle,
      min: Math.min(...figures),
      max: Math.max(...figures),
      figures,
      ...(toDuctile !== undefined && { toDuctile }),
      ...(toDeno !== undefined && { toDeno }),
      ...(note !== undefined && { note }),
    };
  });
}

function medianOf(lanes: readonly Lane[], role: Role): number | undefined {
  const lane = lanes.find(({ contestant }) => contestant.role === role);
  return lane === undefined || lane.out !== undefined ? undefined : median(lane.figures);
}

/** One contestant's garbage is not another's time; needs `--v8-flags=--expose-gc`. */
function collectGarbage(which: "all" | "young"): void {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect({ type: which === "all" ? "major" : "minor" });
}
