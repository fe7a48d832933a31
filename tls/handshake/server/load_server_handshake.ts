/**
 * The code of the server's handshake, loaded by the first ClientHello that is to be answered: a process that only
 * connects never loads it, and bytes that are no ClientHello are refused without it.
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";

type ServerHandshake = typeof import("./server_handshake.ts");

let loaded: ServerHandshake | undefined;

/** Loads the code, once. */
export function* loadServerHandshake(): Script<ServerHandshake> {
  return loaded ??= yield* settle(import("./server_handshake.ts"));
}
