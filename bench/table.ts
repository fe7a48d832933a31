/**
 * Turns what `deno task bench --json` printed into the Markdown table of the README:
 * `deno run bench/table.ts < run.json`. With `--all`, also the questions beyond the short table.
 *
 * @module
 */

import { timesAsGood } from "./figures.ts";
import type { Answer, Measured, Role, Subject } from "./harness.ts";
import { formatFigure, formatRatio, machineLine, type Run } from "./report.ts";

/** The tables, one for each subject, with the machine below them. */
export function markdownTable(run: Run, all = false): string {
  const answers = run.answers.filter(({ headline }) => all || headline);
  const tables = SUBJECTS.flatMap((subject) => {
    const lines = answers.filter((answer) => answer.subject === subject).map(line);
    return lines.length === 0 ? [] : [HEADS[subject], "|---|--:|--:|--:|--:|--:|--:|--:|", ...lines, ""];
  });
  return [...tables, `Medians, ${run.date.slice(0, 10)}. ${machineLine(run)}.`, ""].join("\n");
}

const SUBJECTS = ["client", "server", "tls"] as const satisfies readonly Subject[];

const HEADS: Readonly<Record<Subject, string>> = {
  client: "| | to `fetch` | to Rust or Go | Ductile | Deno `fetch` | best other in JavaScript " +
    "| best in Rust or Go | the limit |",
  server:
    "| | to `Deno.serve` | to Rust or Go | Ductile | `Deno.serve` | `node:*` in Deno | in Rust or Go | the limit |",
  tls: "| | to Deno's | to Rust | Ductile | Deno's TLS | best other in JavaScript | in Rust | the limit |",
};

function line(answer: Answer): string {
  const { title, unit, moreIsBetter } = answer;
  const ductile = best(answer, "ductile");
  const native = best(answer, "native");
  const cells = [
    `${title}, ${unit}${moreIsBetter ? "" : " (less is better)"}`,
    ratio(ductile?.toDeno),
    ratio(ductile && native && timesAsGood(ductile.median, native.median, unit)),
    figure(answer, ductile),
    figure(answer, best(answer, "deno")),
    named(answer, best(answer, "peer")),
    named(answer, native),
    named(answer, best(answer, "limit")),
  ];
  return `| ${cells.join(" | ")} |`;
}

function best({ results, moreIsBetter }: Answer, role: Role): Measured | undefined {
  const measured = results.filter((result): result is Measured =>
    result.outcome === "measured" && result.role === role
  );
  return measured.reduce<Measured | undefined>((champion, next) => {
    if (champion === undefined) return next;
    return (next.median > champion.median) === moreIsBetter ? next : champion;
  }, undefined);
}

function ratio(value: number | undefined): string {
  return value === undefined ? "" : `**${formatRatio(value)}**`;
}

function figure({ unit }: Answer, measured: Measured | undefined): string {
  return measured === undefined ? "" : formatFigure(measured.median, unit);
}

function named(answer: Answer, measured: Measured | undefined): string {
  return measured === undefined ? "" : `${figure(answer, measured)} (${measured.name})`;
}

if (import.meta.main) {
  const run: Run = JSON.parse(await new Response(Deno.stdin.readable).text());
  Deno.stdout.writeSync(new TextEncoder().encode(markdownTable(run, Deno.args.includes("--all"))));
}
