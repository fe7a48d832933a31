/**
 * `deno task quotes FOLDER`: compares what comments and documents quote with the RFCs they quote it from. FOLDER holds their texts as
 * the RFC Editor publishes them, `rfc9846.txt`; they are not part of this repository.
 *
 * A quotation is a run of four words or more between quotation marks; `(RFC 9846 §4.2.3)` stands behind it in the same
 * comment, or else before it, and makes even a shorter one a quotation. It must stand in that section, or in one within
 * it. `...`, `[...]` and what an editor put in brackets stand for any text; white space, quotation marks and references
 * (`[RFC8446]`, `(Section 5.4.1)`) are not compared. A quoted MUST needs its citation, and every section that is cited must
 * exist.
 *
 * @module
 */

import { report, type Tell } from "../conformance/suite.ts";
import { LIBRARY, ROOT } from "../support/checkout.ts";
import { listModules } from "../support/module_graph.ts";
import { readComments, readParagraphs } from "./quotes/comments.ts";
import { type Citation, type Quotation, readQuotations } from "./quotes/quotations.ts";
import { RfcText } from "./quotes/rfc_text.ts";

/** What was found, in numbers and lines. */
export interface Outcome {
  readonly checked: number;
  /** Quotations without a text to compare with, by document. */
  readonly unchecked: ReadonlyMap<string, number>;
  /** `path:line: what does not hold`. */
  readonly faults: readonly string[];
}

/** Everything with comments in it. */
const FOLDERS = [...LIBRARY, "bench", "tests"];
/** What leaves out text, or puts in an editor's word. */
const GAP = /\.\.\.|\[[^\]]*\]/;

if (import.meta.main) Deno.exit(await main(Deno.args));

/**
 * Checks this checkout.
 *
 * @param tell Told what was found; writes lines by default.
 * @returns The exit code: 0 only if something was checked and nothing is wrong.
 */
export async function main([folder, ...rest]: readonly string[], tell: Tell = report): Promise<number> {
  if (folder === undefined || rest.length > 0) {
    tell("Usage: deno task quotes FOLDER");
    return 2;
  }
  const texts = await readTexts(folder);
  let checked = 0;
  let faults = 0;
  const unchecked = new Map<string, number>();
  for (const path of [...await listModules(FOLDERS), ...await listDocuments()]) {
    const outcome = checkQuotes(path, await Deno.readTextFile(new URL(path, ROOT)), texts);
    for (const fault of outcome.faults) tell(fault);
    faults += outcome.faults.length;
    checked += outcome.checked;
    for (const [name, count] of outcome.unchecked) unchecked.set(name, (unchecked.get(name) ?? 0) + count);
  }
  for (const [name, count] of unchecked) tell(`${count} of ${name} not checked: there is no text of it`);
  tell(`${checked} quotations checked, ${faults} faults`);
  return faults > 0 || checked === 0 ? 1 : 0;
}

/** Checks one file; `texts` has RFCs by number. */
export function checkQuotes(path: string, source: string, texts: ReadonlyMap<string, RfcText>): Outcome {
  const faults: { readonly line: number; readonly fault: string }[] = [];
  const unchecked = new Map<string, number>();
  let checked = 0;
  const { quotations, citations, unpaired, uncited } = readQuotations(
    path.endsWith(".md") ? readParagraphs(source) : readComments(source),
  );
  for (const quotation of quotations) {
    const { document } = quotation.source;
    const text = texts.get(document);
    if (text === undefined) {
      const name = nameOf(document);
      unchecked.set(name, (unchecked.get(name) ?? 0) + 1);
      continue;
    }
    checked++;
    const fault = faultOf(quotation, text);
    if (fault !== undefined) faults.push({ line: quotation.line, fault });
  }
  for (const { line, document, sections } of citations) {
    for (const section of sections) {
      if (texts.get(document)?.has(section) ?? true) continue;
      faults.push({ line, fault: `${nameOf(document)} has no section ${section}` });
    }
  }
  for (const line of uncited) faults.push({ line, fault: "a requirement is quoted, and not from where" });
  for (const line of unpaired) faults.push({ line, fault: "a quotation mark without its other" });
  const sorted = faults.toSorted((a, b) => a.line - b.line);
  return { checked, unchecked, faults: sorted.map(({ line, fault }) => `${path}:${line}: ${fault}`) };
}

/** What does not hold of a quotation, if anything. */
function faultOf({ text, source }: Quotation, rfc: RfcText): string | undefined {
  const parts = text.split(GAP).map((part) => part.trim()).filter((part) => part !== "");
  const { sections } = source;
  const places = sections.length === 0 ? rfc.find(parts) : sections.flatMap((each) => rfc.find(parts, each));
  if (places.length > 0) return undefined;
  const elsewhere = rfc.find(parts);
  const cited = citationText(source);
  const words = text.replaceAll(/\s+/g, " ");
  if (elsewhere.length === 0) return `${cited} does not say "${words}"`;
  return `§${elsewhere.join(", §")} says, and not ${cited}: "${words}"`;
}

function citationText({ document, sections }: Citation): string {
  return [nameOf(document), sections.map((each) => `§${each}`).join(", ")].join(" ").trimEnd();
}

function nameOf(document: string): string {
  return /^[0-9]+$/.test(document) ? `RFC ${document}` : document;
}

/** The Markdown files of this checkout. */
async function listDocuments(): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of ["", "docs/", "tests/"]) {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (name.endsWith(".md")) paths.push(folder + name);
    }
  }
  return paths.sort();
}

/** The texts in `folder`, by number. */
async function readTexts(folder: string): Promise<Map<string, RfcText>> {
  const texts = new Map<string, RfcText>();
  for await (const { name } of Deno.readDir(folder)) {
    const [, number] = /^rfc([0-9]+)\.txt$/.exec(name) ?? [];
    if (number !== undefined) texts.set(number, new RfcText(await Deno.readTextFile(`${folder}/${name}`)));
  }
  return texts;
}
