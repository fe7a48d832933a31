/**
 * Small parts of English sentences.
 *
 * @module
 */

/** `a, b and c`; `nothing` for an empty list. */
export function listOf(items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined) return "nothing";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** `1st`, `2nd`, `11th`. */
export function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : SUFFIXES[number % 10] ?? "th";
  return `${number}${suffix}`;
}

const SUFFIXES: readonly (string | undefined)[] = [undefined, "st", "nd", "rd"];

/** `1 certificate`, `2 certificates`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
