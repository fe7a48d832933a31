/**
 * The text of an RFC by section, read from the plain text that the RFC Editor publishes, paginated or not.
 *
 * @module
 */

/** `4.2.3.  Server Hello`, `Appendix E.  Backward Compatibility`, `E.4.  Middlebox Compatibility Mode`. */
const HEADING = /^(?:Appendix )?([0-9]{1,2}|[A-Z])((?:\.[0-9]{1,2})*)\.?\s{1,3}\S/;
/** In old RFCs, those of subsections are indented and stand alone: `   2.2. Data format`. */
const INDENTED_HEADING = /^ {1,8}([0-9]{1,2})((?:\.[0-9]{1,2})+)\.?\s{1,3}\S/;
/** In a table of contents, dots lead to the page. */
const CONTENTS = /(?:\. ?){4,}[0-9]*\s*$/;
/** The last line of a page, the form feed, and the first line of the next page. */
const PAGE_BREAK = /\n+[^\n]*\[Page [0-9]+\][ \t]*\n*\f?(?:\n*RFC [0-9]+ [^\n]*\n)?/g;

/** One RFC. */
export class RfcText {
  /** What each section says, those within it aside; "" is what stands before the first. In order. */
  readonly #sections: Map<string, string> = new Map();

  /** @param text The whole file. */
  constructor(text: string) {
    let name = "";
    let lines: string[] = [];
    const keep = () => {
      this.#sections.set(name, [this.#sections.get(name) ?? "", plain(lines.join("\n"))].join(" ").trim());
      lines = [];
    };
    const all = text.replaceAll("\r\n", "\n").replaceAll(PAGE_BREAK, "\n").split("\n");
    for (const [i, line] of all.entries()) {
      const isFirst = (all[i - 1] ?? "").trim() === "";
      const isAlone = isFirst && (all[i + 1] ?? "").trim() === "";
      const heading = CONTENTS.test(line)
        ? null
        : HEADING.exec(line) ?? (isAlone ? INDENTED_HEADING.exec(line) : null);
      const [, first, rest = ""] = heading ?? [];
      if (first !== undefined) {
        keep();
        name = first + rest;
      }
      const words = line.replace(NOTE_MARK, "");
      lines.push(isFirst ? words.replace(LIST_MARK, "") : words);
    }
    keep();
  }

  /** Whether there is a section of this name: `4.2.3`, `E.4`. */
  has(section: string): boolean {
    return this.#within(section).length > 0;
  }

  /**
   * The sections that say `parts`, one after the other with anything between them.
   *
   * @param section Where to look, sections within it included; everywhere if absent.
   */
  find(parts: readonly string[], section?: string): string[] {
    const wanted = parts.map(plain);
    const names = section === undefined ? [...this.#sections.keys()] : this.#within(section);
    const found = names.filter((name) => holds(this.#sections.get(name) ?? "", wanted));
    // Parts may stand in sections within the one that is named.
    if (found.length > 0 || section === undefined) return found;
    const whole = names.map((name) => this.#sections.get(name)).join(" ");
    return holds(whole, wanted) ? [section] : [];
  }

  #within(section: string): string[] {
    return [...this.#sections.keys()].filter((name) => name === section || name.startsWith(`${section}.`));
  }
}

/** `*`, `o`, `-` and `1.` in front of what is listed. */
const LIST_MARK = /^\s+(?:[*o-]|\(?[0-9a-z]{1,2}[.)])\s+(?=\S)/;
/** In front of each line of a note, or of a comment in ASN.1. */
const NOTE_MARK = /^\s*(?:\||--)(?= )/;
/** What RFCs point with: `[RFC8446]`, `(Section 5.4.1)`, `(see Section 4.2)`. Quotes may leave it out. */
const REFERENCE =
  /\s*(?:\[[A-Z][\w.:-]*\]|\((?:see |cf\. )?(?:Section|Appendix|\[)[^()]*\)|\(see (?:also )?(?:Section|Appendix)[^()]*\))/g;

/**
 * A text with its letters alone at stake: white space, line breaks at hyphens, quotation marks, emphasis and references
 * are no part of a sentence.
 */
function plain(text: string): string {
  return text
    .replaceAll(/[\u201c\u201d"`]|\B[_']|[_']\B/g, "")
    .replaceAll("\u2019", "'")
    .replaceAll("\u00a0", " ")
    .replaceAll(REFERENCE, "")
    .replaceAll(/(\w)-\s+(?=\w)/g, "$1-")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([.,;:)])/g, "$1")
    .trim();
}

/** Whether `text` says all of `parts`, in order. */
function holds(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = positionOf(part, text, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

/** Where `part` stands at or after `from`, whichever the case of its first letter: a quotation may open a sentence. */
function positionOf(part: string, text: string, from: number): number {
  const at = text.indexOf(part, from);
  if (at >= 0) return at;
  const first = part.charAt(0);
  const other = first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase();
  return text.indexOf(other + part.slice(1), from);
}
