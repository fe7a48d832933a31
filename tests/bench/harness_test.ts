/** How rounds are ordered, timed, checked and summed up. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { median, timesAsGood, type Unit } from "../../bench/figures.ts";
import { Absent, ask, type Contestant, type Measured, type Question } from "../../bench/harness.ts";
import type { Server } from "../../bench/servers/server.ts";
import { inParallel } from "../../bench/work/timing.ts";

const SERVER: Server = {
  name: "none",
  caCert: "",
  caFile: "",
  bulkLength: 0,
  zerosLength: 0,
  origin: () => "",
  accepted: () => Promise.resolve(undefined),
  storedFile: () => "",
  abandon: () => {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
const ARENA = { server: SERVER, quick: false };

interface Script {
  readonly name: string;
  readonly role: Contestant["role"];
  readonly figures?: readonly number[];
  readonly absent?: string;
  readonly wrongAt?: "enter" | "warmUp" | "round";
}

/** A contestant that plays back figures and notes in `log` what it is told to do. */
function scripted({ name, role, figures = [], absent, wrongAt }: Script, log: string[] = []): Contestant {
  const step = (what: string) => {
    log.push(`${name} ${what}`);
    if (wrongAt === what) throw new Error("wrong bytes");
  };
  let next = 0;
  return {
    name,
    role,
    enter() {
      return Promise.try(() => {
        step("enter");
        if (absent !== undefined) throw new Absent(absent);
        return {
          warmUp: () => Promise.try(() => (step("warmUp"), -1)),
          round: () => Promise.try(() => (step("round"), figures[next++] ?? NaN)),
          close: () => step("close"),
        };
      });
    },
  };
}

function question(unit: Unit, contestants: readonly Contestant[], rounds?: number): Question {
  return {
    name: "q",
    title: "Q",
    unit,
    headline: true,
    contestants: () => contestants,
    ...(rounds !== undefined && { rounds }),
    uncountedRounds: 0,
  };
}

for (
  const { name, figures, middle } of [
    { name: "of one is that one", figures: [4], middle: 4 },
    {
      name: "of an odd number is the one in the middle, by size and not by place",
      figures: [9, 1, 5],
      middle: 5,
    },
    { name: "of an even number is the mean of the two in the middle", figures: [10, 1, 2, 4], middle: 3 },
    { name: "sorts numbers, not texts", figures: [10, 9, 100], middle: 10 },
  ]
) {
  Deno.test(`median ${name}`, () => assertEquals(median(figures), middle));
}

Deno.test("median refuses an empty list", () => {
  assertThrows(() => median([]), RangeError, "no figures");
});

for (
  const { name, figure, other, unit, times } of [
    { name: "twice the rate is twice as good", figure: 200, other: 100, unit: "req/s", times: 2 },
    { name: "twice the time is half as good", figure: 200, other: 100, unit: "ms", times: 0.5 },
    { name: "half the memory is twice as good", figure: 10, other: 20, unit: "MiB", times: 2 },
    { name: "memory that shrank has no ratio", figure: -1, other: 20, unit: "MiB", times: undefined },
    {
      name: "there is no ratio to one who did not finish",
      figure: 10,
      other: undefined,
      unit: "MB/s",
      times: undefined,
    },
  ] as const
) {
  Deno.test(`timesAsGood: ${name}`, () => assertEquals(timesAsGood(figure, other, unit), times));
}

Deno.test("ask alternates the rounds, turns the order, warms up first and closes everyone", async () => {
  const log: string[] = [];
  const contestants = [
    scripted({ name: "a", role: "ductile", figures: [1, 1] }, log),
    scripted({ name: "b", role: "deno", figures: [1, 1] }, log),
  ];
  await ask(question("req/s", contestants, 2), ARENA);
  assertEquals(log, [
    ...["a enter", "a warmUp", "b enter", "b warmUp"],
    ...["a round", "b round"],
    ...["b round", "a round"],
    ...["a close", "b close"],
  ]);
});

Deno.test("ask counts medians, extremes and both ratios, and leaves the warm-up out", async () => {
  const contestants = [
    scripted({ name: "a", role: "ductile", figures: [300, 200, 100] }),
    scripted({ name: "b", role: "deno", figures: [50, 60, 40] }),
    scripted({ name: "c", role: "peer", figures: [100, 100, 100] }),
  ];
  const { results, rounds, moreIsBetter } = await ask(question("req/s", contestants, 3), ARENA);
  assertEquals([rounds, moreIsBetter], [3, true]);
  assertEquals<unknown>(
    results[0],
    {
      outcome: "measured",
      name: "a",
      role: "ductile",
      median: 200,
      min: 100,
      max: 300,
      // the order in which rounds are played does not mix up whose they are
      figures: [300, 200, 100],
      toDuctile: 1,
      toDeno: 4,
    } satisfies Measured,
  );
  const ratios = results.map((result) => result.outcome === "measured" && [result.toDuctile, result.toDeno]);
  assertEquals(ratios, [[1, 4], [0.25, 1], [0.5, 2]]);
});

Deno.test("ask does not count the rounds in which contestants settle, and has none in a quick run", async () => {
  const contestants = () => [scripted({ name: "a", role: "ductile", figures: [1, 2, 3, 4] })];
  const settled: Question = { ...question("req/s", [], 2), uncountedRounds: 2, contestants };
  const figures = async (quick: boolean) => {
    const [result] = (await ask(settled, { server: SERVER, quick })).results;
    return result?.outcome === "measured" ? result.figures : undefined;
  };
  assertEquals(await figures(false), [3, 4]);
  assertEquals(await figures(true), [1]);
});

for (const wrongAt of ["enter", "warmUp", "round"] as const) {
  Deno.test(`ask: who is wrong in ${wrongAt} has failed, is closed once, and the others go on`, async () => {
    const log: string[] = [];
    const contestants = [
      scripted({ name: "a", role: "ductile", figures: [1, 1], wrongAt }, log),
      scripted({ name: "b", role: "deno", figures: [3, 3] }, log),
    ];
    const { results } = await ask(question("ms", contestants, 2), ARENA);
    assertEquals(results[0], { outcome: "failed", name: "a", role: "ductile", reason: "Error: wrong bytes" });
    assertEquals(results[1]?.outcome, "measured");
    assertEquals("toDuctile" in (results[1] ?? {}), false);
    assertEquals(log.filter((line) => line === "a close").length, wrongAt === "enter" ? 0 : 1);
    assertEquals(log.filter((line) => line === "b round").length, 2);
  });
}

Deno.test("ask tells who is absent, which is no failure", async () => {
  const contestants = [scripted({ name: "a", role: "peer", absent: "it is not installed" })];
  const { results } = await ask(question("ms", contestants), ARENA);
  assertEquals(results, [{ outcome: "absent", name: "a", role: "peer", reason: "it is not installed" }]);
});

for (
  const { name, quick, rounds, counted } of [
    { name: "as many as the question says", quick: false, rounds: undefined, counted: 5 },
    { name: "one in a quick run", quick: true, rounds: undefined, counted: 1 },
    { name: "as many as the caller says, quick or not", quick: true, rounds: 3, counted: 3 },
  ]
) {
  Deno.test(`ask plays rounds: ${name}`, async () => {
    const log: string[] = [];
    const contestants = [scripted({ name: "a", role: "ductile", figures: Array(9).fill(1) }, log)];
    await ask(question("ms", contestants, 5), { server: SERVER, quick }, rounds);
    assertEquals(log.filter((line) => line === "a round").length, counted);
  });
}

Deno.test("inParallel does all of the work, never more at once than it may, and stops at an error", async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  await inParallel(4, 10, async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done++;
  });
  assertEquals([most, done], [4, 10]);
  await assertRejects(() => inParallel(2, 4, () => Promise.reject(new Error("wrong"))), Error, "wrong");
});

Deno.test("ask collects garbage in front of each round: all of it, or what the question says", async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "gc");
  const collected: unknown[] = [];
  Object.defineProperty(globalThis, "gc", {
    value: (how: unknown) => collected.push(how),
    configurable: true,
  });
  try {
    const asked = question("req/s", [scripted({ name: "a", role: "ductile", figures: [1] })], 1);
    await ask(asked, ARENA);
    const again = question("req/s", [scripted({ name: "a", role: "ductile", figures: [1] })], 1);
    await ask({ ...again, garbage: "young" }, ARENA);
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "gc");
    else Object.defineProperty(globalThis, "gc", before);
  }
  assertEquals(collected, [{ type: "major" }, { type: "minor" }]);
});
