/**
 * Quotations in prose, and what they say they are quoted from.
 *
 * @module
 */

import type { Comment } from "./comments.ts";

/** What stands between quotation marks, with the citation that belongs to it. */
export interface Quotation {
  readonly line: number;
  /** The words between the marks. */
  readonly text: string;
  readonly source: Citation;
}

/** `RFC 9846 §4.2.3, §4.2.4`, or another document: `Fetch §4.4`. */
export interface Citation {
  readonly line: number;
  /** `9846`, or `Fetch`. */
  readonly document: string;
  /** `4.2.3`, `E.4`; none where the document is named alone. */
  readonly sections: readonly string[];
}

/** What a file quotes and cites. */
export interface Reading {
  readonly quotations: readonly Quotation[];
  /** Every citation, with or without a quotation. */
  readonly citations: readonly Citation[];
  /** Lines with a quotation mark that has no other. */
  readonly unpaired: readonly number[];
  /** Lines with a requirement that is quoted from nothing that the comment names. */
  readonly uncited: readonly number[];
}

/** The words that make a run between quotation marks a quotation; a citation that follows at once makes a shorter one. */
const MIN_WORDS = 4;
/** The key words of requirements (RFC 2119): a run with one is quoted from an RFC. */
const REQUIREMENT = /\b(?:MUST|SHALL|SHOULD|REQUIRED|RECOMMENDED|MAY|OPTIONAL)\b/;
/** A document, its section, or both; a section alone is of the document before it. */
const CITED =
  /\b(?:RFC\s([0-9]+)|([A-Z][\w.]*(?: [0-9]+)?)(?=,? §))|(?:§ ?|Appendix )((?:[0-9]+|[A-Z])(?:\.[0-9]+)*)/g;
/** Between the parts of one citation. */
const WITHIN_CITATION = /^(?:,? |, and | and | to )$/;
/** Between the end of a quotation and a citation that follows at once. */
const BEFORE_CITATION = /^[.,;:]?\s*\($/;

/** Reads the comments of a file, in order. */
export function readQuotations(comments: readonly Comment[]): Reading {
  const quotations: Quotation[] = [];
  const citations: Citation[] = [];
  const unpaired: number[] = [];
  const uncited: number[] = [];
  let document: string | undefined;
  for (const comment of comments) {
    const text = comment.lines.join("\n");
    const cited = citedIn(text, comment, document);
    document = cited.at(-1)?.document ?? document;
    citations.push(...cited);
    const { runs, single } = quotedRuns(text);
    if (cited.length > 0) unpaired.push(...single.map((at) => lineAt(comment, text, at)));
    for (const run of runs) {
      const words = text.slice(run.from, run.to);
      const found = sourceOf(run, text, cited);
      const line = lineAt(comment, text, run.from);
      if (found !== undefined) quotations.push({ line, text: words, source: found });
      else if (wordsIn(words) >= MIN_WORDS && REQUIREMENT.test(words)) uncited.push(line);
    }
  }
  return { quotations, citations, unpaired, uncited };
}

/** A stretch of a text. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** All that `text` cites, in order. */
function citedIn(text: string, comment: Comment, before: string | undefined): (Citation & Span)[] {
  const cited: (Citation & Span)[] = [];
  let document = before;
  for (const found of text.matchAll(CITED)) {
    const [all, rfc, other, section] = found;
    document = rfc ?? other ?? document;
    if (document === undefined) continue;
    const last = cited.at(-1);
    const to = found.index + all.length;
    const between = last === undefined ? "" : text.slice(last.to, found.index).replaceAll("\n", " ");
    if (section !== undefined && last?.document === document && WITHIN_CITATION.test(between)) {
      cited.pop();
      cited.push({ ...last, sections: [...last.sections, section], to });
    } else {
      const sections = section === undefined ? [] : [section];
      cited.push({ line: lineAt(comment, text, found.index), document, sections, from: found.index, to });
    }
  }
  return cited;
}

/** What stands between quotation marks, quotations within quotations aside, and the marks that are left over. */
function quotedRuns(text: string): { readonly runs: Span[]; readonly single: number[] } {
  const runs: Span[] = [];
  const open: number[] = [];
  const single: number[] = [];
  for (const { index } of text.matchAll(/"/g)) {
    const isBefore = index === 0 || /[\s([]/.test(text.charAt(index - 1)) || open.at(-1) === index - 1;
    if (isBefore && /^[.,:;)]?[^\s.,:;)]|^\.\.\./.test(text.slice(index + 1))) {
      open.push(index);
      continue;
    }
    const from = open.pop();
    if (from === undefined) single.push(index);
    else if (open.length === 0) runs.push({ from: from + 1, to: index });
  }
  return { runs, single: [...single, ...open] };
}

/** The citation of a quotation: the one behind it, or else the one before it in the same comment. */
function sourceOf(
  { from, to }: Span,
  text: string,
  cited: readonly (Citation & Span)[],
): Citation | undefined {
  const next = cited.find((each) => each.from >= to);
  const isAdjacent = next !== undefined && BEFORE_CITATION.test(text.slice(to + 1, next.from));
  if (!isAdjacent && wordsIn(text.slice(from, to)) < MIN_WORDS) return undefined;
  return next ?? cited.findLast((each) => each.to <= from);
}

function wordsIn(text: string): number {
  return text.trim().split(/\s+/).length;
}

function lineAt(comment: Comment, text: string, at: number): number {
  return comment.start + text.slice(0, at).split("\n").length - 1;
}
