/** The list of bad inputs and the names of the tests, held together. */

import { assertEquals } from "@std/assert";
import { LIBRARY, ROOT } from "./support/checkout.ts";
import { listModules } from "./support/module_graph.ts";

/** A file with its text. */
interface Source {
  readonly path: string;
  readonly text: string;
}

/** This file has ids that are no rows. */
const SELF = "tests/bad_inputs_test.ts";

/** `H1-06`, and the rows of TLS: `bad input 12`. */
const ID = /\b(?:(?:H1|[BCDEFKNQRTSPVW])-[0-9]{2}|[Bb]ad input [0-9]{1,2})\b/g;
/** What is meant for an id and is none: `T-5`, `H2-06`. `P-256` is a curve. */
const MALFORMED = /\b(?:(?:H1|[BCDEFKNQRTSVW])-(?:[0-9]|[0-9]{3,})|P-[0-9]|H[02-9]-[0-9]+)\b/g;
/** Where a test is named: ids in front of a colon. */
const NAMED = new RegExp(`(?:${ID.source}(?:, | to )?)+(?=:)`, "g");
/** From the first id to the last: `H1-36 to H1-38`. */
const RANGE = /\b((?:H1|[BCDEFKNQRTSPVW])-|[Bb]ad input )([0-9]+) to (?:\1)?([0-9]+)\b/g;
/** One row of a table: its cells. */
const ROW = /^\| (.+) \|$/;

/** The ids in `text`, each once, ranges with all that they include. */
function idsIn(text: string): string[] {
  const ranges = [...text.matchAll(RANGE)].flatMap(([, prefix = "", first = "", last = ""]) => {
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length: count }, (_, i) => `${prefix}${pad(Number(first) + i, first)}`);
  });
  const single = [...text.matchAll(ID)].map(([id]) => id);
  return [...new Set([...single, ...ranges].map((id) => id.replace(/^B(?=ad)/, "b")))];
}

/** As long as the one it is counted from: `09` to `10`, but `9` to `10`. */
function pad(number: number, first: string): string {
  return String(number).padStart(first.length, "0");
}

/** The ids that tests are named by. */
function namedIn(text: string): string[] {
  const code = text.split("\n").filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line)).join("\n");
  return idsIn([...code.matchAll(NAMED)].map(([ids]) => ids).join("\n"));
}

/** A row of the list. */
interface Row {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of all tables, without their heads. */
function rowsOf(list: string): Row[] {
  return list.split("\n").flatMap((text, i) => {
    const cells = ROW.exec(text)?.[1]?.split("|").map((cell) => cell.trim()) ?? [];
    const [id = ""] = cells;
    return id === "" || id === "id" || /^-+$/.test(id) ? [] : [{ line: i + 1, cells }];
  });
}

/** What is wrong with the list itself. */
function faultsOfList(list: string): string[] {
  const seen = new Set<string>();
  return rowsOf(list).flatMap(({ line, cells }) => {
    const [id = ""] = cells;
    if (idsIn(id)[0] !== id) return [`line ${line}: "${id}" is no id`];
    if (seen.has(id)) return [`line ${line}: ${id} is listed twice`];
    seen.add(id);
    return cells.length === 4 && !cells.includes("") ? [] : [`line ${line}: ${id} lacks a cell`];
  });
}

/** The ids that are rows of the list. */
function listedIn(list: string): string[] {
  return rowsOf(list).flatMap(({ cells: [id = ""] }) => idsIn(id)[0] === id ? [id] : []);
}

/** Where list and sources do not agree. */
function disagreements(list: string, sources: readonly Source[]): string[] {
  const listed = new Set(listedIn(list));
  const named = new Set(sources.flatMap(({ text }) => namedIn(text)));
  return [
    ...sources.flatMap(({ path, text }) => [
      ...idsIn(text).filter((id) => !listed.has(id)).map((id) => `${path}: ${id} is not listed`),
      ...[...text.matchAll(MALFORMED)].map(([id]) => `${path}: "${id}" is no id`),
    ]),
    ...[...listed].filter((id) => !named.has(id)).map((id) => `${id} has no test`),
  ];
}

Deno.test("bad inputs: each row of the list has an id of its own, an input, an outcome and a source", async () => {
  assertEquals(faultsOfList(await read("tests/BAD_INPUTS.md")), []);
});

Deno.test("bad inputs: every id in the sources is in the list, and every row of the list names a test", async () => {
  const paths = (await listModules([...LIBRARY, "bench", "tests"])).filter((path) => path !== SELF);
  const sources = await Promise.all(paths.map(async (path) => ({ path, text: await read(path) })));
  assertEquals(disagreements(await read("tests/BAD_INPUTS.md"), sources), []);
});

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

const LIST = [
  "| id | input | outcome | source |",
  "|---|---|---|---|",
  "| H1-01 | a | b | c |",
  "| H1-02 | a | b | c |",
  "| bad input 3 | a | b | c |",
].join("\n");
const TESTS =
  'Deno.test("x: H1-01, H1-02: a", f);\n{ name: "bad input 3: a" }\n// H1-02, and bad input 3, and P-256.';

const PLANTED: readonly {
  readonly name: string;
  readonly list?: string;
  readonly text?: string;
  readonly faults: string[];
}[] = [
  { name: "all in its place", faults: [] },
  {
    name: "a range in a test's name",
    text: 'test("H1-01 to H1-02: a");\ntest("bad input 3: a")',
    faults: [],
  },
  {
    name: "an id in a test that is not listed",
    text: `${TESTS}\ntest("H1-03: a")`,
    faults: ["x.ts: H1-03 is not listed"],
  },
  {
    name: "an id in a comment that is not listed",
    text: `${TESTS}\n// Bad input 4.`,
    faults: ["x.ts: bad input 4 is not listed"],
  },
  {
    name: "an id in a range that is not listed",
    text: `${TESTS}\ntest("H1-01 to H1-03: a")`,
    faults: ["x.ts: H1-03 is not listed"],
  },
  { name: "a row without a test", list: `${LIST}\n| T-01 | a | b | c |`, faults: ["T-01 has no test"] },
  {
    name: "a row whose test is a comment",
    text: 'test("H1-01, bad input 3: a");\n// H1-02: b',
    faults: ["H1-02 has no test"],
  },
  {
    name: "a row that only a sentence mentions",
    text: 'test("H1-01, bad input 3: a H1-02")',
    faults: ["H1-02 has no test"],
  },
  {
    name: "a row that is listed twice",
    list: `${LIST}\n| H1-01 | a | b | c |`,
    faults: ["line 6: H1-01 is listed twice"],
  },
  {
    name: "a row without a source",
    list: LIST.replace("| c |", "|  |"),
    faults: ["line 3: H1-01 lacks a cell"],
  },
  { name: "a row with one digit", list: `${LIST}\n| T-1 | a | b | c |`, faults: ['line 6: "T-1" is no id'] },
  {
    name: "a row of another kind",
    list: `${LIST}\n| X-01 | a | b | c |`,
    faults: ['line 6: "X-01" is no id'],
  },
  {
    name: "an id with one digit in a test",
    text: `${TESTS}\ntest("T-1: a")`,
    faults: ['x.ts: "T-1" is no id'],
  },
];

for (const { name, list = LIST, text = TESTS, faults } of PLANTED) {
  Deno.test(`bad inputs, planted: ${name}`, () => {
    assertEquals([...faultsOfList(list), ...disagreements(list, [{ path: "x.ts", text }])], faults);
  });
}
