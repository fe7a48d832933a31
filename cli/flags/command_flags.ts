/**
 * The flags about the command itself.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

/** The flags, in the order of the help. */
export const COMMAND_FLAGS: readonly Flag[] = [
  {
    name: "next",
    short: ":",
    help: ["Begin another request: flags before this do not count for URLs behind it"],
    does: "next",
  },
  {
    name: "config",
    short: "K",
    takes: "FILE",
    help: ['Read more arguments from FILE, a flag a line: url = "https://..."; - is standard input'],
    does: "config",
  },
  {
    name: "disable",
    short: "q",
    help: ["No file is read that no flag names; taken for curl's sake"],
    read: () => {},
  },
  {
    name: "help",
    short: "h",
    help: ["Print the most used flags; --help all prints each, --help CATEGORY some"],
    action: "help",
    isCommon: true,
  },
  { name: "version", short: "V", help: ["Print the version"], action: "version", isCommon: true },
];
