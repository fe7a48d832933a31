/**
 * `deno task limits [--check]`: makes `docs/LIMITS.md` out of the limits files, or compares. The values are those that
 * the modules export, the reasons are their doc comments.
 *
 * @module
 */

import { LIBRARY, ROOT } from "../support/checkout.ts";
import { listModules } from "../support/module_graph.ts";

/** The limits file of a wing. */
interface Wing {
  readonly title: string;
  readonly file: string;
  /** The folder whose code fills in the options' defaults. */
  readonly folder: string;
}

const WINGS: readonly Wing[] = [
  { title: "The client", file: "client/defaults.ts", folder: "client" },
  { title: "HAR", file: "har/limits.ts", folder: "har" },
  { title: "The server", file: "server/limits.ts", folder: "server" },
  { title: "HTTP, both versions", file: "http/limits.ts", folder: "http1" },
  { title: "HTTP/1.1", file: "http1/limits.ts", folder: "http1" },
  { title: "HTTP/2", file: "http2/limits.ts", folder: "http2" },
  { title: "HPACK", file: "http2/hpack/limits.ts", folder: "http2/hpack" },
  { title: "WebSocket", file: "websocket/limits.ts", folder: "websocket" },
  { title: "TLS", file: "tls/limits.ts", folder: "tls" },
  { title: "Certificates", file: "tls/x509/limits.ts", folder: "tls/x509" },
];

/** The file with the tables. */
export const LIMITS_FILE: URL = new URL("docs/LIMITS.md", ROOT);

/** One limit or default. */
export interface Limit {
  readonly name: string;
  /** The doc comment, in one line. */
  readonly reason: string;
  /** The line comment over its group in the file: `// Records`. */
  readonly section: string;
}

/** The text of `docs/LIMITS.md` as the files have it. */
export async function limitsDocument(): Promise<string> {
  const unlisted = (await listModules(LIBRARY)).find((path) =>
    path.endsWith("/limits.ts") && !WINGS.some(({ file }) => file === path)
  );
  if (unlisted !== undefined) throw new Error(`Cannot list the limits: ${unlisted} is of no wing here`);
  const wings = await Promise.all(WINGS.map(async ({ title, file, folder }) => {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const values: Record<string, unknown> = await import(new URL(file, ROOT).href);
    const code = await Promise.all(
      (await listModules([folder])).map((path) => Deno.readTextFile(new URL(path, ROOT))),
    );
    const limits = readLimits(source);
    const missing = Object.keys(values).find((name) =>
      typeof values[name] === "number" && !limits.some((limit) => limit.name === name)
    );
    if (missing !== undefined) {
      throw new Error(`Cannot list the limits: ${missing} of ${file} has no doc comment`);
    }
    return `## ${title}: \`${file}\`\n${tables(limits, values, code.join("\n"))}`;
  }));
  return `${HEAD}\n${wings.join("\n")}`;
}

const HEAD = `# Limits and defaults

Made by \`deno task limits\` out of the files that it names; not to be edited. \`MAX_\` and \`MIN_\` bound what a peer may
cost, \`DEFAULT_\` is what holds where an option is left out. The last column names the option that moves the figure.
`;

/** The constants that a limits file exports, with their doc comments. */
export function readLimits(source: string): Limit[] {
  const limits: Limit[] = [];
  let section = "";
  for (const [, line, comment, name] of source.matchAll(SECTION_OR_LIMIT)) {
    if (line !== undefined) section = line.replaceAll(/^\/\/ ?/gm, "").replaceAll("\n", " ").trim();
    else if (name !== undefined) limits.push({ name, reason: oneLine(comment ?? ""), section });
  }
  return limits;
}

/** `// lines` between blank lines, or a doc comment and the constant below it. */
const SECTION_OR_LIMIT =
  /\n\n((?:\/\/[^\n]*\n)+)(?=\n)|\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const ([A-Z][A-Z0-9_]*)\b/g;

function oneLine(comment: string): string {
  return comment.replaceAll(/^\s*\* ?/gm, "").replaceAll(/\s+/g, " ").replaceAll(
    /\{@linkcode (\S+)\}/g,
    "`$1`",
  ).trim();
}

function tables(limits: readonly Limit[], values: Record<string, unknown>, code: string): string {
  let text = "";
  let section: string | undefined;
  for (const { name, reason, section: own } of limits) {
    if (own !== section) {
      section = own;
      const [, title = own, rest = ""] = own.match(/^(.*?)\. (.*)$/) ?? [];
      text += `${title === "" ? "" : `\n### ${title}\n`}${rest === "" ? "" : `\n${rest}\n`}\n`;
      text += "| name | value | what it is, and why | option |\n| --- | --- | --- | --- |\n";
    }
    const option = optionOf(name, reason, code);
    const cells = [
      `\`${name}\``,
      shown(name, values[name]),
      reason,
      option === undefined ? "" : `\`${option}\``,
    ];
    text += `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  }
  return text;
}

/** The option that moves it: the one that the comment names, or the one whose default the code takes from it. */
function optionOf(name: string, reason: string, code: string): string | undefined {
  const named = /\boption `([\w.]+)`/.exec(reason)?.[1];
  return named ?? new RegExp(`\\b(?:options|pool|timeouts)\\.(\\w+) \\?\\? ${name}\\b`).exec(code)?.[1];
}

/** A value with its unit, which its name ends with. */
function shown(name: string, value: unknown): string {
  if (typeof value !== "number") throw new Error(`Cannot list ${name}: it is no number`);
  const unit = UNITS.find(([ending]) => name.endsWith(ending))?.[1] ?? "";
  const figure = Number.isFinite(value) ? value.toLocaleString("en") : "none";
  return `${figure}${unit && ` ${unit}`}${larger(value, unit)}`;
}

/** The same in a larger unit, where that is shorter. */
function larger(value: number, unit: string): string {
  const scale = LARGER[unit]?.findLast(([size]) => value >= size && value % size === 0);
  return scale === undefined ? "" : ` (${value / scale[0]} ${scale[1]})`;
}

const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ["_BYTES", "bytes"],
  ["_BITS", "bits"],
  ["_MS", "ms"],
  ["_SECONDS", "s"],
  ["_CHARS", "characters"],
  ["_CHARACTERS", "characters"],
  ["_DIGITS", "digits"],
];

const LARGER: Readonly<Record<string, readonly (readonly [size: number, unit: string])[]>> = {
  bytes: [[1_024, "KiB"], [1_048_576, "MiB"]],
  ms: [[1_000, "s"], [3_600_000, "h"]],
  s: [[3_600, "h"], [86_400, "d"]],
};

if (import.meta.main) {
  const text = await limitsDocument();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(LIMITS_FILE, text);
  else if (await Deno.readTextFile(LIMITS_FILE) !== text) {
    throw new Error("The table is not what the limits files have: run deno task limits");
  }
}
