/**
 * The code of a TypeScript file without its words: what stands in comments, strings and regular expressions is
 * blanked, so that a search finds uses and not mentions.
 *
 * @module
 */

/** After one of these, or at the start, a slash opens a regular expression; after anything else it divides. */
const BEFORE_EXPRESSION =
  /(?:^|[=(,:;!&|?{}[\]+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|yield|await))\s*$/;

/**
 * Blanks comments, string contents and regular expressions with spaces; line breaks stay where they are.
 * Code inside the `${}` of a template stays.
 */
export function codeOnly(source: string): string {
  let code = "";
  let at = 0;
  /** For each template that is open around `at`, how many braces its current expression has open. */
  const templates: number[] = [];

  /** Moves past `end`, keeping only line breaks. */
  const blankTo = (end: number): void => {
    code += source.slice(at, end).replaceAll(/[^\n]/g, " ");
    at = end;
  };
  /** The part of a template up to its end or its next expression. */
  const blankTemplate = (): void => {
    let end = at;
    while (end < source.length && source[end] !== "`" && !source.startsWith("${", end)) {
      end += source[end] === "\\" ? 2 : 1;
    }
    if (source[end] === "$") {
      blankTo(end + 2);
      templates.push(0);
    } else {
      blankTo(end + 1);
    }
  };

  while (at < source.length) {
    const char = source.charAt(at);
    const open = templates.at(-1);
    if (source.startsWith("//", at)) {
      const end = source.indexOf("\n", at);
      blankTo(end < 0 ? source.length : end);
    } else if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      blankTo(end < 0 ? source.length : end + 2);
    } else if (char === '"' || char === "'") {
      blankTo(endOfLiteral(source, at, char));
    } else if (char === "`") {
      at++;
      code += " ";
      blankTemplate();
    } else if (char === "/" && BEFORE_EXPRESSION.test(code.slice(-80))) {
      blankTo(endOfLiteral(source, at, "/"));
    } else if (char === "}" && open === 0) {
      templates.pop();
      at++;
      code += " ";
      blankTemplate();
    } else {
      if (open !== undefined && char === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && char === "}") templates[templates.length - 1] = open - 1;
      code += char;
      at++;
    }
  }
  return code;
}

/** Where the string or regular expression that opens at `start` ends; a slash inside brackets does not end it. */
function endOfLiteral(source: string, start: number, quote: string): number {
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at];
    if (char === "\\") at++;
    else if (char === "\n") return at;
    else if (quote === "/" && char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === quote && !inClass) return at + 1;
  }
  return source.length;
}
