/**
 * Options of one connection, whose names may be misspelt, or another library's.
 *
 * @module
 */

/**
 * Refuses an option that there is none of: to drop a `timeout` in silence is to wait for ever.
 *
 * @param options What was handed in.
 * @param known The names that there are.
 * @throws {TypeError} for the first one that is not among them.
 */
export function checkOptionNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`Cannot connect: there is no option "${name}"; there are ${known.join(", ")}`);
    }
  }
}
