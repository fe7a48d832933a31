/**
 * The check of the names of options: they may be misspelt, or another library's.
 *
 * @module
 */

/**
 * Refuses an unknown option: without its `timeout`, dropped in silence, a call could wait for ever.
 *
 * @param action What cannot be done then: `connect` or `accept`.
 * @param options The options of one connection.
 * @param known The names of all options.
 * @throws {TypeError} for the first option that is not among them.
 */
export function checkOptionNames(
  action: "connect" | "accept",
  options: object,
  known: readonly string[],
): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`Cannot ${action}: there is no option "${name}"; there are ${known.join(", ")}`);
    }
  }
}
