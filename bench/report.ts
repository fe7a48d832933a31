/**
 * A run as data, and as text for the terminal.
 *
 * @module
 */

import { moreIsBetter, type Unit } from "./figures.ts";
import type { Answer, Result, Subject } from "./harness.ts";
import type { Machine } from "./machine.ts";

/** A run as `--json` prints it. */
export interface Run {
  /** The version of this form. */
  readonly version: 1;
  /** The time at which it began, ISO 8601. */
  readonly date: string;
  /** Whether the numbers were small, so that the figures say nothing. */
  readonly quick: boolean;
  /** The computer. */
  readonly machine: Machine;
  /** The server. */
  readonly server: string;
  /** The results. */
  readonly answers: readonly Answer[];
}

/** The computer, the runtime and the server of a run, in one line. */
export function machineLine({ machine, server, quick }: Pick<Run, "machine" | "server" | "quick">): string {
  const { cpu, cores, os, deno, v8 } = machine;
  const facts = `${cpu}, ${cores} ${
    cores === 1 ? "core" : "cores"
  }, ${os}; Deno ${deno}, V8 ${v8}; server ${server}`;
  return quick ? `${facts}; a quick run: its figures say nothing` : facts;
}

/** An answer as a block of lines. */
export function answerBlock({ title, subject, unit, rounds, results }: Answer): string {
  const direction = moreIsBetter(unit) ? "more is better" : "less is better";
  const cells = [
    ["", "median", "min - max", "to Ductile", `to ${DENOS_OWN[subject]}`, ""],
    ...results.map((result) => row(result, unit)),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map(([name = "", ...rest]) => {
    const figures = rest.slice(0, 4).map((cell, i) => cell.padStart(widths[i + 1] ?? 0));
    return `  ${name.padEnd(widths[0] ?? 0)}  ${figures.join("  ")}  ${rest[4] ?? ""}`.trimEnd();
  });
  return [`${title} (${unit}, ${direction}, ${rounds} ${rounds === 1 ? "round" : "rounds"})`, ...lines, ""]
    .join("\n");
}

/** The runtime's own, by subject. */
const DENOS_OWN: Readonly<Record<Subject, string>> = {
  client: "Deno fetch",
  server: "Deno.serve",
  tls: "Deno TLS",
};

/** A figure with as many digits as mean something: three at least where it is small. */
export function formatFigure(figure: number, unit: Unit): string {
  if (moreIsBetter(unit)) return Math.round(figure).toLocaleString("en-US");
  return figure.toFixed(unit === "ms" ? (figure < 10 ? 2 : 1) : 1);
}

/** A ratio, such as `1.52x`. */
export function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? "-" : `${ratio.toFixed(2)}x`;
}

function row(result: Result, unit: Unit): string[] {
  if (result.outcome !== "measured") {
    return [result.name, "-", "", "", "", `${result.outcome}: ${result.reason}`];
  }
  return [
    result.name,
    formatFigure(result.median, unit),
    `${formatFigure(result.min, unit)} - ${formatFigure(result.max, unit)}`,
    formatRatio(result.toDuctile),
    formatRatio(result.toDeno),
    result.note ?? "",
  ];
}
