/**
 * How much is fuzzed: little in the gate, more when it is asked for.
 *
 * `FUZZ_INPUTS=1000000 deno task fuzz tests/fuzz/tls_client_test.ts` gives that target a million inputs in place of
 * the few thousand that it makes do with otherwise; `FUZZ_SEED=2` gives it others. A fault is told with its seed.
 *
 * @module
 */

/** How many inputs a target tries: `FUZZ_INPUTS`, and without it so many that the gate does not wait for long. */
export function inputs(inTheGate: number): number {
  return numberFrom("FUZZ_INPUTS") ?? inTheGate;
}

/** Where random numbers begin: `FUZZ_SEED`, and without it always at the same place. */
export function seed(inTheGate: number): number {
  return numberFrom("FUZZ_SEED") ?? inTheGate;
}

function numberFrom(name: string): number | undefined {
  const text = Deno.env.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`Cannot fuzz: ${name} is "${text}"`);
  return value;
}
