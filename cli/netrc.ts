/**
 * The file `.netrc`: user names and passwords by host.
 *
 * @module
 */

/** An entry of a `.netrc`. */
export interface NetrcEntry {
  /** The host name, lower-case; absent in the entry `default`, which is for any host. */
  readonly machine?: string;
  /** The user name; empty for none. */
  readonly login: string;
  /** The password; empty for none. */
  readonly password: string;
}

/**
 * Reads the entries in their order; the first that fits counts. What is not understood is skipped, as other programs
 * do: `account`, and `macdef` with all its lines.
 */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: { machine?: string; login: string; password: string }[] = [];
  // A macro ends at the first empty line.
  const withoutMacros = text.replace(/\r\n/g, "\n").split("\n\n").map((block) => {
    const start = /(?:^|\s)macdef\s/.exec(block)?.index;
    return start === undefined ? block : block.slice(0, start);
  }).join("\n");
  const tokens = withoutMacros.split("\n").flatMap(lineTokens);
  for (let i = 0; i < tokens.length; i++) {
    const entry = entries.at(-1);
    switch (tokens[i]) {
      case "default":
        entries.push({ login: "", password: "" });
        break;
      case "machine":
        entries.push({ machine: (tokens[++i] ?? "").toLowerCase(), login: "", password: "" });
        break;
      case "login":
        if (entry !== undefined) entry.login = tokens[i + 1] ?? "";
        i++;
        break;
      case "password":
        if (entry !== undefined) entry.password = tokens[i + 1] ?? "";
        i++;
        break;
      case "account":
        i++;
        break;
    }
  }
  return entries;
}

/** The words of a line; one in quotes may hold spaces, `\"` and `\\`. A line that begins with `#` has none. */
function lineTokens(line: string): string[] {
  if (line.trimStart().startsWith("#")) return [];
  return wordsOf(line).map((word) =>
    /^".*"$/.test(word)
      ? word.slice(1, -1).replace(
        /\\(.)/g,
        (_, char) => ({ n: "\n", r: "\r", t: "\t" })[char as string] ?? char,
      )
      : word
  );
}

/** The words of a line, quotes included; a quote that does not end ends with the line. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < line.length;) {
    if (/\s/.test(line.charAt(at))) {
      at++;
      continue;
    }
    const isQuoted = line.charAt(at) === '"';
    let end = at + 1;
    for (; end < line.length; end++) {
      const char = line.charAt(end);
      if (isQuoted && char === "\\") end++;
      else if (isQuoted ? char === '"' : /\s/.test(char)) break;
    }
    if (isQuoted) end++;
    words.push(line.slice(at, end));
    at = end;
  }
  return words;
}
