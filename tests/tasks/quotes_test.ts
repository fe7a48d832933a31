/** What `deno task quotes` finds, with one planted fault of each kind. */

import { assertEquals, assertMatch } from "@std/assert";
import { RfcText } from "./quotes/rfc_text.ts";
import { checkQuotes, main } from "./quotes.ts";

/** A text as the RFC Editor lays it out: contents, sections, a list, a page break, references. */
const PAGES = [
  "Request for Comments: 9999                                    July 2026",
  "",
  "Table of Contents",
  "",
  "   1.  Tea",
  "     1.1.  Making it  . . . . . . . . . . . . . . . . . . . . . . . .  2",
  "2. Milk ............................................................ 3",
  "",
  "1.  Tea",
  "",
  "   A client MUST warm the pot (Section 2) before it pours, and it MUST",
  "   send a",
  "",
  "",
  "",
  "Brewer                       Standards Track                    [Page 1]",
  "\f",
  "RFC 9999                          Tea                          July 2026",
  "",
  "",
  '   "too_cold" alert [RFC2119] if the pot is cold or half-',
  "   empty, and close.",
  "",
  "1.1.  Making it",
  "",
  "   *  The leaves go in first",
  "",
  "   *  The water follows, and its length is at most",
  "      8. It boils.",
  "",
  "2.  Milk",
  "",
  "   | Note: Milk comes",
  "   | last.",
  "",
  "   2.1. Sugar",
  "",
  "   Sugar is OPTIONAL.",
  "",
  "Appendix A.  Biscuits",
  "",
  "A.1.  Crumbs",
  "",
  "   Crumbs MUST be ignored.",
].join("\n");

const TEXTS = new Map([["9999", new RfcText(PAGES)]]);

/** Comments without a fault; each has one quotation that is compared, unless `checked` says otherwise. */
const RIGHT: readonly {
  readonly name: string;
  readonly lines: readonly string[];
  readonly checked?: number;
}[] = [
  { name: "a sentence", lines: ['// "The leaves go in first" (RFC 9999 §1.1)'] },
  { name: "a section within the one that is named", lines: ['// "The leaves go in first" (RFC 9999 §1)'] },
  { name: "one of two sections", lines: ['// "The leaves go in first" (RFC 9999 §2, §1.1)'] },
  { name: "no section", lines: ['// "The leaves go in first" (RFC 9999)'] },
  { name: "a reference left out", lines: ['// "A client MUST warm the pot before it pours" (RFC 9999 §1)'] },
  { name: "a reference kept", lines: ['// "warm the pot (Section 2) before it pours" (RFC 9999 §1)'] },
  {
    name: "a page break, and quotation marks within",
    lines: ['// "MUST send a "too_cold" alert if" (RFC 9999 §1)'],
  },
  {
    name: "a word that is hyphenated at a line break",
    lines: ['// "if the pot is cold or half-empty" (RFC 9999 §1)'],
  },
  { name: "a number at the start of a line", lines: ['// "at most 8. It boils." (RFC 9999 §1.1)'] },
  { name: "a note", lines: ['// "Note: Milk comes last." (RFC 9999 §2)'] },
  { name: "an indented heading", lines: ['// "Sugar is OPTIONAL." (RFC 9999 §2.1)'] },
  { name: "an appendix", lines: ['// "Crumbs MUST be ignored." (RFC 9999 Appendix A.1)'] },
  { name: "dots for text", lines: ['// "A client ... MUST send a ... alert" (RFC 9999 §1)'] },
  {
    name: "brackets for text",
    lines: ['// "A client [that is here] MUST send a [...] alert" (RFC 9999 §1)'],
  },
  {
    name: "text over several list items",
    lines: ['// "The leaves go in first [...] It boils." (RFC 9999 §1.1)'],
  },
  { name: "text over several sections", lines: ['// "if the pot is cold [...] It boils." (RFC 9999 §1)'] },
  { name: "a sentence begun in the middle", lines: ['// "the leaves go in first" (RFC 9999 §1.1)'] },
  { name: "a citation before", lines: ['// RFC 9999 §1.1: "The leaves go in first", it says.'] },
  { name: "a section of the RFC before", lines: ["// RFC 9999", "foo();", '// "Sugar is OPTIONAL." (§2.1)'] },
  {
    name: "two quotations, one citation",
    lines: ['// "The leaves go in first", and "Milk comes last" (RFC 9999)'],
    checked: 2,
  },
  { name: "a block", lines: ["/**", ' * "The leaves', " * go in", ' * first" (RFC 9999 §1.1)', " */"] },
  {
    name: "comments behind code",
    lines: ['foo(); // "The leaves', 'bar(); // go in first" (RFC 9999 §1.1)'],
  },
  {
    name: "a sentence from nowhere that requires nothing",
    lines: ['// "Milk goes in first, of course"'],
    checked: 0,
  },
  { name: "another document", lines: ['// "Milk goes in first, of course" (Brew §1.1)'], checked: 0 },
  { name: "a string", lines: ['foo("// \\"Milk goes in first\\" (RFC 9999 §1)");'], checked: 0 },
  {
    name: "an example",
    lines: ["/**", " * ```ts", ' * foo("a b c d", 1); // RFC 9999', " * ```", " */"],
    checked: 0,
  },
  { name: "a code span", lines: ['// `"` opens and `", "` parts (RFC 9999 §1.1)'], checked: 0 },
  {
    name: "a word in quotation marks, far from a citation",
    lines: ['// A "pot" is one of (RFC 9999 §1).'],
    checked: 0,
  },
];

for (const { name, lines, checked = 1 } of RIGHT) {
  Deno.test(`quotes: ${name} is no fault`, () => {
    const outcome = checkQuotes("x.ts", lines.join("\n"), TEXTS);
    assertEquals([outcome.checked, outcome.faults], [checked, []]);
  });
}

const WRONG: readonly {
  readonly name: string;
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}[] = [
  {
    name: "another party",
    lines: ["", '// "A server MUST warm the pot" (RFC 9999 §1)'],
    faults: ['2: RFC 9999 §1 does not say "A server MUST warm the pot"'],
  },
  {
    name: "another section",
    lines: ['// "The leaves go in first" (RFC 9999 §2)'],
    faults: ['1: §1.1 says, and not RFC 9999 §2: "The leaves go in first"'],
  },
  {
    name: "the right words in the wrong order",
    lines: ['// "send a [...] A client MUST warm" (RFC 9999 §1)'],
    faults: ['1: RFC 9999 §1 does not say "send a [...] A client MUST warm"'],
  },
  {
    name: "two sentences joined",
    lines: ['// "The leaves go in first. It boils." (RFC 9999 §1.1)'],
    faults: ['1: RFC 9999 §1.1 does not say "The leaves go in first. It boils."'],
  },
  {
    name: "a single word with its citation",
    lines: ['// "teapot" (RFC 9999 §1)'],
    faults: ['1: RFC 9999 §1 does not say "teapot"'],
  },
  {
    name: "the second of two quotations",
    lines: ['// "The leaves go in first", and', '// "Milk always comes at last" (RFC 9999)'],
    faults: ['2: RFC 9999 does not say "Milk always comes at last"'],
  },
  {
    name: "a section that there is not",
    lines: ["// See RFC 9999 §1.2."],
    faults: ["1: RFC 9999 has no section 1.2"],
  },
  {
    name: "a requirement from nowhere",
    lines: ["// RFC 9999", "foo();", '// "Crumbs MUST be ignored."'],
    faults: ["3: a requirement is quoted, and not from where"],
  },
  {
    name: "a mark without its other",
    lines: ["foo();", '// "The leaves go in first (RFC 9999 §1.1)'],
    faults: ["2: a quotation mark without its other"],
  },
];

for (const { name, lines, faults } of WRONG) {
  Deno.test(`quotes: ${name} is a fault`, () => {
    const outcome = checkQuotes("x.ts", lines.join("\n"), TEXTS);
    assertEquals(outcome.faults, faults.map((fault) => `x.ts:${fault}`));
  });
}

Deno.test("quotes: the paragraphs and tables of a document are read like comments", () => {
  const markdown = [
    "# Tea",
    "",
    "It says that",
    '"The leaves go in last" (RFC 9999 §1.1).',
    "",
    "```ts",
    'foo("Milk goes in first, of course"); // RFC 9999 §9',
    "```",
    "",
    "| id | source |",
    "| -- | ------ |",
    "| 1  | RFC 9999 §3 |",
  ].join("\n");
  assertEquals(checkQuotes("x.md", markdown, TEXTS).faults, [
    'x.md:4: RFC 9999 §1.1 does not say "The leaves go in last"',
    "x.md:12: RFC 9999 has no section 3",
  ]);
});

Deno.test("quotes: what has no text is counted by its document", () => {
  const source = [
    '// "The leaves go in first" (RFC 9999 §1.1)',
    "foo();",
    '// "Coffee is quite another thing" (RFC 2324 §1)',
    "foo();",
    '// "So is cocoa, on the whole" (Brew §1)',
  ].join("\n");
  const { checked, unchecked } = checkQuotes("x.ts", source, TEXTS);
  assertEquals([checked, [...unchecked]], [1, [["RFC 2324", 1], ["Brew", 1]]]);
});

Deno.test("quotes: the exit code is 0 only if something was checked and nothing is wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    assertEquals(await main([], tell), 2);
    assertEquals(await main([folder, "more"], tell), 2);
    assertEquals(await main([folder], tell), 1);
    assertEquals(told.at(-1), "0 quotations checked, 0 faults");
    // The sources quote this one often, and it says nothing of the kind.
    await Deno.writeTextFile(`${folder}/rfc9113.txt`, PAGES);
    assertEquals(await main([folder], tell), 1);
    assertMatch(told.at(-1) ?? "", /^[1-9][0-9]* quotations checked, [1-9][0-9]* faults$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
