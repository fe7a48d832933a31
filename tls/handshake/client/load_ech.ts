/**
 * The code of Encrypted ClientHello, loaded by the first handshake that needs it: most clients have none that does.
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";

type EchHandshake = typeof import("./ech_handshake.ts");

let loaded: EchHandshake | undefined;

/** Loads the code, once. */
export function* loadEch(): Script<EchHandshake> {
  return loaded ??= yield* settle(import("./ech_handshake.ts"));
}
