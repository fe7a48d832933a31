/**
 * The rules of style that are about text: the length of files, words with a better one, paths that must exist.
 *
 * @module
 */

/** The longest file, in lines, tests included; generated data apart. */
export const MAX_FILE_LINES = 500;
const GENERATED = /_(?:data|table)\.ts$/;

/** Words that hide the subject of a sentence, or that the field has another word for, and what to write. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:nobody|anybody|somebody|everybody|whoever|whomever)\b/i,
    "name the party: the peer, the caller, a reader",
  ],
  [/\bvouch/i, "a CA issues or certifies, a root is trusted"],
  [/\bheed\b/i, "ignoreRejection, for a promise; obey or observe, for a rule"],
  [/\bBest first\b/, 'say of what: "Cipher suites, in order of preference."'],
  [
    /\b(?:our|its) own (?:TLS|HTTP|HTTP\/[12](?:\.1)?|stack)\b/i,
    "Ductile's TLS; HTTP/1.1 and HTTP/2 of this package",
  ],
  [/\bDeno's own TLS\b/, "Deno's TLS"],
  [/\b(?:the|a) state machine's (?:TLS|own)\b|\bTLS state machine\b/i, "Ductile's TLS"],
  [/\b[Rr]e-?sen[dt]s?\b|\b[Rr]esending\b/, "retry"],
  [/\bnumbers? of (?:a|the) streams?\b|\bstream numbers?\b|\bstream's number\b/i, "stream identifier"],
];

/** What the rules find in one file: `path:line: message`. */
export function brokenRules(path: string, text: string): string[] {
  const lines = text.split("\n");
  const found: string[] = [];
  if (path.endsWith(".ts") && !GENERATED.test(path) && lines.length - 1 > MAX_FILE_LINES) {
    found.push(`${path}:1: a file of ${lines.length - 1} lines: ${MAX_FILE_LINES} at most`);
  }
  for (const [i, line] of lines.entries()) {
    for (const [word, better] of BANNED) {
      const [match] = word.exec(line) ?? [];
      if (match !== undefined) found.push(`${path}:${i + 1}: "${match}": ${better}`);
    }
  }
  return found;
}

/** A path of the repository, as a document names it: in backquotes, or as a word of a drawing. */
const PATH = /(?<![\w./@-])(?:[a-z0-9_]+\/)+(?:[a-z0-9_]+(?:_test)?\.(?:ts|md|mjs))?(?![\w*<])/g;

/** The paths that a document names. A word with a slash is one if its first folder is the repository's. */
export function pathsIn(text: string, topFolders: ReadonlySet<string>): string[] {
  const found = [...text.matchAll(PATH)].map(([path]) => path);
  return found.filter((path) => topFolders.has(path.slice(0, path.indexOf("/"))));
}
