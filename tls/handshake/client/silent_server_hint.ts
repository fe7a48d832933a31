/**
 * Advice for servers that never answer a ClientHello.
 *
 * @module
 */

import type { NamedGroupName } from "../../wire/numbers.ts";

/**
 * Advice where a server closes, resets or is silent in place of a ServerHello. A hybrid group makes the ClientHello
 * longer than a packet, which some servers, and boxes before them, cannot take.
 *
 * @param groups The groups on offer.
 */
export function silentServerHint(groups: readonly { readonly name: NamedGroupName }[]): string {
  const hybrid = groups.find(({ name }) => name === "X25519MLKEM768");
  const advice = "Check that the port speaks TLS.";
  return hybrid === undefined
    ? advice
    : `${advice} If it does, a long ClientHello may be too much for it: leave ${hybrid.name} out of "groups".`;
}
