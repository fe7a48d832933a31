/**
 * Turns what `deno task bench --json` printed into the Markdown table of the README:
 * `deno run bench/table.ts < run.json`. With `--all`, also the questions beyond the short table.
 *
 * @module
 */

import type { Answer, Measured, Role } from "./harness.ts";
import { formatFigure, formatRatio, machineLine, type Run } from "./report.ts";

/** The table, with the machine below it. */
export function markdownTable(run: Run, all = false): string {
  const answers = run.answers.filter(({ headline }) => all || headline);
  return [
    "| | Ductile | Deno `fetch` | best other client | the limit | Ductile to `fetch` |",
    "|---|--:|--:|--:|--:|--:|",
    ...answers.map(line),
    "",
    `Medians, ${run.date.slice(0, 10)}. ${machineLine(run)}.`,
    "",
  ].join("\n");
}

function line(answer: Answer): string {
  const { title, unit, moreIsBetter } = answer;
  const ours = best(answer, "ours");
  const cells = [
    `${title}, ${unit}${moreIsBetter ? "" : " (less is better)"}`,
    figure(answer, ours),
    figure(answer, best(answer, "fetch")),
    named(answer, best(answer, "peer")),
    named(answer, best(answer, "limit")),
    ours?.toFetch === undefined ? "" : `**${formatRatio(ours.toFetch)}**`,
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
