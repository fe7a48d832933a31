/**
 * The tests of one end: attacks on it, and proof that faults would be found.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { inputs, seed } from "./amount.ts";
import { Counts, findFault } from "./tls_attack.ts";
import { poolOf } from "./tls_mutations.ts";
import type { Victim } from "./tls_scenarios.ts";

/** Connections to attack. */
const ATTACKS = 4_000;

/** Declares the tests. */
export function testAttacks(end: string, victims: readonly Victim[], all: readonly Victim[]): void {
  const pool = poolOf(all.map(({ flights }) => flights));

  Deno.test(`fuzz: ${end} throws TlsError alone, comes to an end, and its events make sense`, async () => {
    const counts = new Counts();
    const attacks = inputs(ATTACKS);
    assertEquals(await findFault({ victims, pool, attacks, seed: seed(1), counts }), undefined);
    // Were nearly all refused at once, or none, the lies would not get far.
    assert(counts.established > attacks / 10 && counts.refused > attacks / 10);
  });
}
