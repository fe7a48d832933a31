/**
 * The rule of style that is about regular expressions: none may take longer than in proportion to its text, because the
 * text may be a peer's.
 *
 * Three forms take longer. A repetition inside a repetition, or alternatives of one that begin alike, can match a text in
 * many ways. So can two repetitions after one another that share characters. And a repetition that is tried again from
 * each place of its own run, as that of `/\s+$/` is, reads the run again each time. In all three, the work is done only
 * where the match fails afterwards.
 *
 * @module
 */

/** A set of ASCII characters, one bit each; bit 128 stands for all others. */
type CharacterSet = bigint;

/** A part of a pattern, and how often it repeats. */
interface Item {
  readonly node: Node;
  readonly min: number;
  readonly max: number;
}

/** A pattern or a part of one. An assertion consumes nothing; a group is its alternatives. */
type Node =
  | { readonly type: "set"; readonly set: CharacterSet }
  | { readonly type: "assertion"; readonly isStart: boolean }
  | { readonly type: "group"; readonly alternatives: readonly (readonly Item[])[] };

/** A step of one way through a pattern: characters of a set, or an assertion. */
interface Step {
  readonly set: CharacterSet;
  readonly min: number;
  readonly max: number;
  readonly assertion?: "start" | "other";
}

/**
 * Modules that make a regular expression of text, which is a constant in each: its pattern cannot be read here, and was
 * looked at.
 */
const MADE_OF_CONSTANTS = ["cli/text.ts", "tls/x509/root_cert_store.ts"];

/** The rule for a file of the library; `path` is the file's, from the root of the repository. */
export function regexRule(path: string): Deno.lint.Rule {
  return {
    create(context) {
      const made = (node: Deno.lint.NewExpression | Deno.lint.CallExpression): void => {
        if (node.callee.type !== "Identifier" || node.callee.name !== "RegExp") return;
        if (MADE_OF_CONSTANTS.includes(path)) return;
        context.report({ node, message: "a regular expression that is made of text" });
      };
      return {
        NewExpression: made,
        CallExpression: made,
        Literal(node) {
          if (!("regex" in node) || !node.regex) return;
          const reason = slowness(node.regex.pattern, node.regex.flags);
          if (reason !== undefined) context.report({ node, message: `a slow regular expression: ${reason}` });
        },
      };
    },
  };
}

/** Says why a regular expression may take longer than in proportion to its text; `undefined` when it does not. */
export function slowness(pattern: string, flags: string): string | undefined {
  const alternatives = new PatternParser(pattern, flags).parse();
  const nested = nestedRepetition(alternatives);
  if (nested !== undefined) return nested;
  for (const steps of alternatives.flatMap(waysThrough)) {
    const reason = slowSteps(steps, flags);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function nestedRepetition(alternatives: readonly (readonly Item[])[]): string | undefined {
  for (const { node, max } of alternatives.flat()) {
    if (node.type !== "group") continue;
    if (max === Infinity) {
      if (node.alternatives.flat().some(isRepeated)) return "a repetition inside a repetition";
      const starts = node.alternatives.map((items) => firstOf(waysThrough(items)));
      if (starts.some((start, i) => starts.slice(i + 1).some((other) => (start & other) !== NONE))) {
        return "alternatives of a repetition that begin alike";
      }
    }
    const inside = nestedRepetition(node.alternatives);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function isRepeated({ node, max }: Item): boolean {
  return max === Infinity || (node.type === "group" && node.alternatives.flat().some(isRepeated));
}

/** The rules for one way through the pattern. */
function slowSteps(steps: readonly Step[], flags: string): string | undefined {
  const isAnchored = flags.includes("y") || (steps[0]?.assertion === "start" && !flags.includes("m"));
  for (const [i, step] of steps.entries()) {
    if (step.max !== Infinity || !steps.slice(i + 1).some(mayFail)) continue;
    if (!isAnchored && fitsInto(steps.slice(0, i), step)) {
      return "a repetition that begins again at each place of its run";
    }
    for (const [k, later] of steps.entries()) {
      if (k <= i || later.max !== Infinity || !steps.slice(k + 1).some(mayFail)) continue;
      const shared = step.set & later.set;
      const between = steps.slice(i + 1, k).filter(({ min, assertion }) =>
        min > 0 && assertion === undefined
      );
      if (shared !== NONE && between.every(({ set }) => (set & step.set) !== NONE)) {
        return "two repetitions that share characters";
      }
    }
  }
  return undefined;
}

/** Whether a text that `steps` match can be a part of the run of a repetition. */
function fitsInto(steps: readonly Step[], repetition: Step): boolean {
  return steps.every(({ set, min }) => min === 0 || (set & repetition.set) !== NONE);
}

function mayFail({ min, assertion }: Step): boolean {
  return min > 0 || assertion !== undefined;
}

/** The characters that a text may begin with. */
function firstOf(ways: readonly (readonly Step[])[]): CharacterSet {
  let first = NONE;
  for (const steps of ways) {
    for (const { set, min, assertion } of steps) {
      if (assertion !== undefined) continue;
      first |= set;
      if (min > 0) break;
    }
  }
  return first;
}

/** All ways through a sequence: groups that are not repeated are taken apart, others are all their characters. */
function waysThrough(items: readonly Item[]): Step[][] {
  let ways: Step[][] = [[]];
  for (const { node, min, max } of items) {
    const choices: Step[][] = node.type === "set"
      ? [[{ set: node.set, min, max }]]
      : node.type === "assertion"
      ? [[{ set: NONE, min: 0, max: 0, assertion: node.isStart ? "start" : "other" }]]
      : max > 1
      ? [[{ set: allOf(node.alternatives), min, max }]]
      : [...(min === 0 ? [[]] : []), ...node.alternatives.flatMap(waysThrough)];
    ways = ways.flatMap((way) => choices.map((choice) => [...way, ...choice]));
    if (ways.length > MAX_WAYS) {
      throw new RangeError(`Cannot check the pattern: it has over ${MAX_WAYS} ways`);
    }
  }
  return ways;
}

function allOf(alternatives: readonly (readonly Item[])[]): CharacterSet {
  return alternatives.flat().reduce(
    (set, { node }) =>
      set | (node.type === "set" ? node.set : node.type === "group" ? allOf(node.alternatives) : NONE),
    NONE,
  );
}

/** Ways through one pattern that are looked at: those of the library have a few. */
const MAX_WAYS = 4096;

const NONE: CharacterSet = 0n;
const OTHERS: CharacterSet = 1n << 128n;
const ALL: CharacterSet = (1n << 129n) - 1n;

function setOf(characters: Iterable<number>): CharacterSet {
  let set = NONE;
  for (const code of characters) set |= code < 128 ? 1n << BigInt(code) : OTHERS;
  return set;
}

function range(from: number, to: number): CharacterSet {
  let set = to >= 128 ? OTHERS : NONE;
  for (let code = from; code <= Math.min(to, 127); code++) set |= 1n << BigInt(code);
  return set;
}

const DIGITS = range(0x30, 0x39);
const WORD = DIGITS | range(0x41, 0x5a) | range(0x61, 0x7a) | setOf([0x5f]);
const SPACE = range(0x09, 0x0d) | setOf([0x20]) | OTHERS;
/** Sets that an escape stands for. The complement of one that has some other characters has some as well. */
const ESCAPED_SETS: Readonly<Record<string, CharacterSet>> = {
  d: DIGITS,
  D: ALL & ~DIGITS,
  w: WORD,
  W: ALL & ~WORD,
  s: SPACE,
  S: (ALL & ~SPACE) | OTHERS,
  p: ALL,
  P: ALL,
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0, b: 8 };

/** Reads a pattern, which the compiler has accepted. */
class PatternParser {
  #at = 0;

  constructor(readonly pattern: string, readonly flags: string) {}

  parse(): Item[][] {
    const alternatives = this.#alternatives();
    if (this.#at < this.pattern.length) throw new SyntaxError(`Cannot read the pattern at ${this.#at}`);
    return alternatives;
  }

  #alternatives(): Item[][] {
    const alternatives: Item[][] = [[]];
    while (this.#at < this.pattern.length && this.pattern[this.#at] !== ")") {
      if (this.#take("|")) alternatives.push([]);
      else {
        const node = this.#node();
        alternatives.at(-1)?.push({ node, ...this.#quantifier() });
      }
    }
    return alternatives;
  }

  #node(): Node {
    if (this.#take("^")) return { type: "assertion", isStart: true };
    if (this.#take("$") || this.#take("\\b") || this.#take("\\B")) {
      return { type: "assertion", isStart: false };
    }
    if (this.#take("(")) return this.#group();
    if (this.#take("[")) return { type: "set", set: this.#folded(this.#characterClass()) };
    if (this.#take(".")) {
      return { type: "set", set: this.flags.includes("s") ? ALL : ALL & ~setOf([0x0a, 0x0d]) };
    }
    return { type: "set", set: this.#folded(this.#character().set) };
  }

  #group(): Node {
    const isLook = ["?=", "?!", "?<=", "?<!"].some((kind) => this.#take(kind));
    if (!isLook && !this.#take("?:")) this.#takeMatch(/\?<\w+>/y);
    const alternatives = this.#alternatives();
    this.#at++;
    return isLook ? { type: "assertion", isStart: false } : { type: "group", alternatives };
  }

  #characterClass(): CharacterSet {
    const isNegated = this.#take("^");
    let set = NONE;
    while (!this.#take("]")) {
      const { set: from, code } = this.#character();
      const next = this.pattern[this.#at + 1];
      if (code !== undefined && this.pattern[this.#at] === "-" && next !== "]") {
        this.#at++;
        set |= range(code, this.#character().code ?? code);
      } else set |= from;
    }
    return isNegated ? (ALL & ~set) | OTHERS : set;
  }

  /** A character, or an escape that stands for a set. */
  #character(): { set: CharacterSet; code?: number } {
    const [hex] = this.#takeMatch(/\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]+\}/y);
    if (hex !== undefined) return one(parseInt(hex.replace(/[^0-9A-Fa-f]/g, ""), 16));
    // Of a back reference, nothing is known.
    const [unknown] = this.#takeMatch(/\\[pP]\{[^}]*\}|\\k<\w+>|\\[1-9]/y);
    if (unknown !== undefined) return { set: ALL };
    const [escape] = this.#takeMatch(/\\./ys);
    const letter = escape?.[1];
    if (letter !== undefined) {
      const set = ESCAPED_SETS[letter];
      return set === undefined ? one(CONTROLS[letter] ?? letter.charCodeAt(0)) : { set };
    }
    const code = this.pattern.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return one(code);
  }

  #quantifier(): { min: number; max: number } {
    const [text, from = "0", isRange, to = ""] = this.#takeMatch(/[*+?]|\{([0-9]+)(,([0-9]*))?\}/y);
    if (text !== undefined) this.#take("?");
    if (text === undefined) return { min: 1, max: 1 };
    if (text === "*") return { min: 0, max: Infinity };
    if (text === "+") return { min: 1, max: Infinity };
    if (text === "?") return { min: 0, max: 1 };
    const min = Number(from);
    return { min, max: isRange === undefined ? min : to === "" ? Infinity : Number(to) };
  }

  /** Both cases of letters, where the pattern ignores case. */
  #folded(set: CharacterSet): CharacterSet {
    if (!this.flags.includes("i")) return set;
    const upper = set & range(0x41, 0x5a);
    const lower = set & range(0x61, 0x7a);
    return set | (upper << 32n) | (lower >> 32n);
  }

  #take(text: string): boolean {
    if (!this.pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takeMatch(sticky: RegExp): (string | undefined)[] {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.pattern);
    if (match === null) return [];
    this.#at += match[0].length;
    return match;
  }
}

function one(code: number): { set: CharacterSet; code: number } {
  return { set: setOf([code]), code };
}
