/**
 * Commands for tests, parsed from arguments.
 *
 * @module
 */

import { parseArguments } from "../../cli/arguments.ts";
import type { FetchCommand, Operation } from "../../cli/command.ts";
import { transfersOf } from "../../cli/transfers.ts";

/** The operations that arguments ask for. */
export function operationsOf(args: readonly string[]): readonly Operation[] {
  const command = parseArguments(args);
  if (command.action !== "fetch") throw new TypeError(`Cannot fetch: the action is ${command.action}`);
  return command.operations;
}

/** The first operation. */
export function operationOf(args: readonly string[]): Operation {
  const [first] = operationsOf(args);
  if (first === undefined) throw new TypeError("Cannot fetch: there is no operation");
  return first;
}

/** The first transfer of the first operation. */
export function transferOf(args: readonly string[]): FetchCommand {
  const [first] = transfersOf(operationOf(args), 0);
  if (first === undefined) throw new TypeError("Cannot fetch: there is no transfer");
  return first;
}
