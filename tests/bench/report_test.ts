/** The report of a bench run, for people and as JSON. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Unit } from "../../bench/figures.ts";
import type { Answer, Measured, Role } from "../../bench/harness.ts";
import { answerBlock, formatFigure, formatRatio, machineLine, type Run } from "../../bench/report.ts";
import { markdownTable } from "../../bench/table.ts";

function measured(name: string, role: Role, median: number, more: Partial<Measured> = {}): Measured {
  return { outcome: "measured", name, role, median, min: median, max: median, figures: [median], ...more };
}

const CLIENT_HEAD = "| | to `fetch` | to Rust or Go | Ductile | Deno `fetch` | best other in JavaScript " +
  "| best in Rust or Go | the limit |";
const RULE = "|---|--:|--:|--:|--:|--:|--:|--:|";

const RATES: Answer = {
  name: "rates",
  title: "Small requests",
  subject: "client",
  unit: "req/s",
  moreIsBetter: true,
  headline: true,
  rounds: 1,
  results: [
    measured("Ductile", "ductile", 30_000, { toDuctile: 1, toDeno: 2 }),
    measured("Deno fetch", "deno", 15_000, { toDuctile: 0.5, toDeno: 1, note: "32 connections" }),
    measured("slow peer", "peer", 9_000),
    measured("fast peer", "peer", 12_345),
    { outcome: "absent", name: "h2load", role: "limit", reason: "h2load is not installed" },
  ],
};
const TIMES: Answer = {
  ...RATES,
  name: "times",
  title: "A connection",
  unit: "ms",
  moreIsBetter: false,
  results: [
    measured("Ductile", "ductile", 1.5),
    measured("slow peer", "peer", 4),
    measured("fast peer", "peer", 2),
    { outcome: "failed", name: "Deno fetch", role: "deno", reason: "WrongAnswer: it differs" },
  ],
};
const RUN: Run = {
  version: 1,
  date: "2026-01-02T03:04:05.678Z",
  quick: false,
  machine: { cpu: "A CPU", cores: 1, os: "linux 1", deno: "2.9.6", v8: "15" },
  server: "nginx 1",
  answers: [RATES, { ...TIMES, headline: false }],
};

for (
  const { figure, unit, text } of [
    { figure: 12_345.6, unit: "req/s", text: "12,346" },
    { figure: 770.2, unit: "MB/s", text: "770" },
    { figure: 0.617, unit: "ms", text: "0.62" },
    { figure: 44.04, unit: "ms", text: "44.0" },
    { figure: -0.26, unit: "MiB", text: "-0.3" },
  ] satisfies { figure: number; unit: Unit; text: string }[]
) {
  Deno.test(`formatFigure writes ${figure} ${unit} as ${text}`, () =>
    assertEquals(formatFigure(figure, unit), text));
}

Deno.test("formatRatio has two places, and a dash for none", () => {
  assertEquals([formatRatio(1.678), formatRatio(undefined)], ["1.68x", "-"]);
});

Deno.test("machineLine counts cores in English, and warns of a quick run", () => {
  assertEquals(machineLine(RUN), "A CPU, 1 core, linux 1; Deno 2.9.6, V8 15; server nginx 1");
  assertStringIncludes(machineLine({ ...RUN, quick: true }), "a quick run: its figures say nothing");
});

Deno.test("answerBlock has a line for each contestant, with its reason where it has no figures", () => {
  assertEquals(
    answerBlock(RATES),
    [
      "Small requests (req/s, more is better, 1 round)",
      "              median        min - max  to Ductile  to Deno fetch",
      "  Ductile     30,000  30,000 - 30,000       1.00x          2.00x",
      "  Deno fetch  15,000  15,000 - 15,000       0.50x          1.00x  32 connections",
      "  slow peer    9,000    9,000 - 9,000           -              -",
      "  fast peer   12,345  12,345 - 12,345           -              -",
      "  h2load           -                                              absent: h2load is not installed",
      "",
    ].join("\n"),
  );
});

Deno.test("markdownTable shows the best of the peers, the ratio, and only the short list", () => {
  assertEquals(
    markdownTable(RUN),
    [
      CLIENT_HEAD,
      RULE,
      "| Small requests, req/s | **2.00x** |  | 30,000 | 15,000 | 12,345 (fast peer) |  |  |",
      "",
      "Medians, 2026-01-02. A CPU, 1 core, linux 1; Deno 2.9.6, V8 15; server nginx 1.",
      "",
    ].join("\n"),
  );
});

Deno.test("markdownTable has a table for each subject, and leaves variants out", () => {
  const results = [
    measured("Ductile", "ductile", 900, { toDeno: 0.9 }),
    measured("Ductile, set up otherwise", "variant", 1_200, { toDeno: 1.2 }),
    measured("Deno.startTls", "deno", 1_000, { toDeno: 1 }),
    measured("peer", "peer", 100),
    measured("tokio-rustls", "native", 1_200),
    measured("node:tls", "limit", 950),
  ];
  const download: Answer = { ...RATES, title: "A download", subject: "tls", unit: "MB/s", results };
  assertEquals(
    markdownTable({ ...RUN, answers: [download, RATES] }).split("\n").slice(0, 7),
    [
      CLIENT_HEAD,
      RULE,
      "| Small requests, req/s | **2.00x** |  | 30,000 | 15,000 | 12,345 (fast peer) |  |  |",
      "",
      "| | to Deno's | to Rust | Ductile | Deno's TLS | best other in JavaScript | in Rust | the limit |",
      RULE,
      "| A download, MB/s | **0.90x** | **0.75x** | 900 | 1,000 | 100 (peer) | 1,200 (tokio-rustls) | 950 (node:tls) |",
    ],
  );
});

Deno.test("answerBlock names what it compares with by the subject", () => {
  assertStringIncludes(answerBlock({ ...RATES, subject: "tls" }), "to Deno TLS");
});

Deno.test("markdownTable takes the smallest as the best where less is better, and leaves out who failed", () => {
  const line = markdownTable(RUN, true).split("\n").find((text) => text.includes("A connection"));
  assertEquals(line, "| A connection, ms (less is better) |  |  | 1.50 |  | 2.00 (fast peer) |  |  |");
});
