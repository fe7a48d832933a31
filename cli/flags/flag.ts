/**
 * An entry of the tables of flags.
 *
 * @module
 */

import type { Command } from "../command.ts";
import type { FlagForm } from "../given_flags.ts";
import type { FlagReader } from "./flag_readers.ts";

/** A flag of the command line. */
export interface Flag extends FlagForm {
  /** Writes the value into the command; absent where the flag does something other than that. */
  readonly read?: FlagReader;
  /** The action that the flag asks for instead of a fetch. */
  readonly action?: Command["action"];
  /** What else the flag does: begin another operation, or stand for the arguments in a file. */
  readonly does?: "next" | "config";
  /** Whether the help without a category lists it. */
  readonly isCommon?: true;
}
