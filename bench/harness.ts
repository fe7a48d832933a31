/**
 * The harness: every contestant does the same work against the same server, in alternating rounds.
 *
 * Machines drift: another process wakes up, a clock steps down. Rounds that alternate share the drift, so the ratios
 * stand when the digits do not. The first round of each contestant warms it up and is where its answers are
 * compared byte by byte; it is not counted, nor are the next few, in which the compiler settles. The order is turned by one place each round, so that nobody always
 * follows the same neighbour. A contestant that answers wrongly has failed, however fast it was.
 *
 * @module
 */

import { deadline } from "@std/async";
import { median, moreIsBetter, timesAsGood, type Unit } from "./figures.ts";
import type { Server } from "./servers/server.ts";

/**
 * What a contestant is in the comparison: `ours`; ours in another setup; what Deno itself has for it; another library;
 * another library that does something easier, and is shown `aside`; or what none can surpass: a bare loop over a socket, a
 * tool in C. The short table leaves variants and those aside out.
 */
export type Role = "ours" | "variant" | "deno" | "peer" | "aside" | "limit";

/** What a question is about, and so the table that it stands in. */
export type Subject = "client" | "tls";

/** What the contestants meet. */
export interface Arena {
  /** The server, one for all. */
  readonly server: Server;
  /** Whether only to see that everything works, with small numbers. */
  readonly quick: boolean;
}

/** Something that is measured. */
export interface Question {
  /** What the command line calls it. */
  readonly name: string;
  /** What a table calls it. */
  readonly title: string;
  /** What it is about. Default: the client. */
  readonly subject?: Subject;
  /** What its figures count. */
  readonly unit: Unit;
  /** Whether it belongs into the short table. */
  readonly headline: boolean;
  /** How many rounds are counted. Default: 11. */
  readonly rounds?: number;
  /** How many rounds after the warm-up are not counted yet. Default: 3; none in a quick run. */
  readonly settling?: number;
  /**
   * What garbage is collected in front of each round. A full collection also costs contestants in JavaScript some of
   * what the compiler has learned, and keeps threads busy behind it: rounds of some milliseconds would measure that.
   * Default: all of it.
   */
  readonly garbage?: "all" | "young";
  /** Who takes part. */
  contestants(arena: Arena): readonly Contestant[];
}

/** One who takes part in a question. */
export interface Contestant {
  /** Its name in the tables. */
  readonly name: string;
  /** What it is in the comparison. */
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
  /** Lets go of everything. */
  close(): void | Promise<void>;
}

/** A contestant cannot take part, and that is nobody's fault: a program is not installed, a package not at hand. */
export class Absent extends Error {
  /** The name that is printed. */
  override readonly name = "Absent";
}

/** How a question went. */
export interface Answer {
  /** The question's name. */
  readonly name: string;
  /** The question's title. */
  readonly title: string;
  /** What it is about. */
  readonly subject: Subject;
  /** What the figures count. */
  readonly unit: Unit;
  /** Whether more is better. */
  readonly moreIsBetter: boolean;
  /** Whether it belongs into the short table. */
  readonly headline: boolean;
  /** How many rounds were counted. */
  readonly rounds: number;
  /** How each contestant did, in the order of the question. */
  readonly results: readonly Result[];
}

/** How a contestant did. */
export type Result = Measured | NotMeasured;

/** A contestant that took part to the end. */
export interface Measured {
  /** How it ended. */
  readonly outcome: "measured";
  /** The contestant. */
  readonly name: string;
  /** What it is in the comparison. */
  readonly role: Role;
  /** The middle one of the figures. */
  readonly median: number;
  /** The smallest figure. */
  readonly min: number;
  /** The largest figure. */
  readonly max: number;
  /** A figure for each round, in order. */
  readonly figures: readonly number[];
  /** How many times as good as ours: above 1 is better than ours, whatever the unit. */
  readonly toOurs?: number;
  /** How many times as good as what Deno itself has. */
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
  /** What it is in the comparison. */
  readonly role: Role;
  /** Why. */
  readonly reason: string;
}

/** How many rounds are counted where neither the question nor the command line says. */
const DEFAULT_ROUNDS = 11;
/** How many rounds it takes until large clients in JavaScript stop getting faster. */
const DEFAULT_SETTLING = 3;

/** How long one round may take, in milliseconds: many times what the slowest needs, so that whoever hangs is out. */
const ROUND_TIME = 120_000;

/** Asks one question of all its contestants. */
export async function ask(question: Question, arena: Arena, rounds?: number): Promise<Answer> {
  const count = rounds ?? (arena.quick ? 1 : question.rounds ?? DEFAULT_ROUNDS);
  const settling = arena.quick ? 0 : question.settling ?? DEFAULT_SETTLING;
  const lanes = question.contestants(arena).map((contestant): Lane => ({ contestant, figures: [] }));
  try {
    for (const lane of lanes) {
      await advance(lane, async () => {
        lane.entrant = await lane.contestant.enter();
        await lane.entrant.warmUp();
      });
    }
    for (let round = -settling; round < count; round++) {
      for (let place = 0; place < lanes.length; place++) {
        const lane = lanes[(place + settling + round) % lanes.length];
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
    await deadline(step(), ROUND_TIME);
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
  const ours = medianOf(lanes, "ours");
  const theirs = medianOf(lanes, "deno");
  return lanes.map(({ contestant: { name, role }, figures, out, entrant }): Result => {
    if (out !== undefined) return { ...out, name, role };
    const middle = median(figures);
    const toOurs = timesAsGood(middle, ours, unit);
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
      ...(toOurs !== undefined && { toOurs }),
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
