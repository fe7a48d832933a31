/**
 * HTML in which every text is escaped, because only a template can make markup.
 *
 * @module
 */

/** A piece of HTML, made by {@linkcode markup}. */
export class Markup {
  /** The HTML. */
  readonly text: string;

  /** Wraps HTML that is known to be safe: of {@linkcode markup}, or a constant of this room. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template: text is escaped, markup is not, a list is joined, `undefined` is left out. */
export type Insertion = string | number | Markup | undefined | readonly Insertion[];

/** A template of HTML: markup`<p title="${text}">${more}</p>`. Attributes must be quoted. */
export function markup(parts: TemplateStringsArray, ...insertions: readonly Insertion[]): Markup {
  let text = parts[0] ?? "";
  for (const [i, insertion] of insertions.entries()) text += markupOf(insertion) + (parts[i + 1] ?? "");
  return new Markup(text);
}

function markupOf(insertion: Insertion): string {
  if (insertion === undefined) return "";
  if (insertion instanceof Markup) return insertion.text;
  if (typeof insertion === "object") return insertion.map(markupOf).join("");
  return String(insertion).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
