/**
 * The flags about what is written, and where.
 *
 * @module
 */

import { usageError } from "../error.ts";
import type { Flag } from "./flag.ts";
import { fileName, text, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  {
    name: "output",
    short: "o",
    takes: "FILE",
    help: [
      "Write the body to FILE, with a progress bar on a terminal; - is standard output.",
      "Repeated: the first is for the first URL, and so on. #1 is what the first {} or [] gave",
    ],
    read: (value, command) => {
      if (value === "") throw usageError("Cannot use --output: the name of the file is empty");
      command.outputs.push({ path: value });
    },
    isCommon: true,
  },
  {
    name: "remote-name",
    short: "O",
    help: ["Write the body to a file named as the URL's path ends. Repeated as --output"],
    read: (_value, command) => command.outputs.push({ remote: true }),
    isCommon: true,
  },
  { name: "remote-name-all", help: ["As --remote-name for every URL"], read: turnsOn("remoteNameAll") },
  {
    name: "remote-header-name",
    short: "J",
    help: ["With --remote-name, take the name of Content-Disposition; no file is overwritten"],
    read: turnsOn("remoteHeaderName"),
  },
  { name: "output-dir", takes: "FOLDER", help: ["The folder of the files"], read: fileName("outputDir") },
  { name: "create-dirs", help: ["Make the folders that are missing"], read: turnsOn("createDirs") },
  {
    name: "continue-at",
    short: "C",
    takes: "OFFSET",
    help: ["Ask for the bytes from OFFSET on, and append them; - is the size of the file"],
    read: (value, command, name) => {
      if (value !== "-" && !/^\d{1,15}$/.test(value)) {
        throw usageError(`Cannot use --${name}: "${value}" is no offset, and not -`);
      }
      command.continueAt = value;
    },
  },
  {
    name: "no-clobber",
    help: ["Overwrite no file: append .1, .2 ... to its name"],
    read: turnsOn("noClobber"),
  },
  { name: "remove-on-error", help: ["Remove the file of a failed URL"], read: turnsOn("removeOnError") },
  {
    name: "include",
    short: "i",
    help: ["Print the responses' heads to the output too, secrets and all"],
    read: turnsOn("include"),
    isCommon: true,
  },
  {
    name: "dump-header",
    short: "D",
    takes: "FILE",
    help: ["Write the responses' heads to FILE, secrets and all; - is standard output"],
    read: fileName("dumpHeader"),
  },
  {
    name: "har",
    takes: "FILE",
    help: [
      "Record the requests in FILE, as HAR 1.2 for the developer tools of a browser. Content",
      "is not recorded; credentials, cookies and tokens are redacted",
    ],
    read: fileName("harFile"),
  },
  {
    name: "write-out",
    short: "w",
    takes: "FORMAT",
    help: [
      "Print FORMAT after each URL: %{http_code}, %{time_total}, %{json} and so on, see",
      "docs/COMMAND.md; \\n and \\t. @FILE reads it from a file",
    ],
    read: text("writeOut"),
    isCommon: true,
  },
  {
    name: "fail",
    short: "f",
    help: ["Fail on a status of 400 or above, and print no body"],
    read: (_value, command) => command.fail ??= "without_body",
    isCommon: true,
  },
  {
    name: "fail-with-body",
    help: ["Fail on a status of 400 or above, after the body"],
    read: (_value, command) => command.fail = "with_body",
  },
  { name: "fail-early", help: ["Fetch no further URL after a failure"], read: turnsOn("failEarly") },
  {
    name: "silent",
    short: "s",
    help: ["Print the body and errors, nothing else"],
    read: (_value, command) => command.talk = command.talk === "verbose" ? "verbose" : "silent",
    isCommon: true,
  },
  {
    name: "show-error",
    short: "S",
    help: ["Errors are always shown; taken for the sake of -sS"],
    read: () => {},
  },
  {
    name: "no-progress-meter",
    help: ["Draw no progress bar, as --silent"],
    read: (_value, command) => command.talk = command.talk === "verbose" ? "verbose" : "silent",
  },
  { name: "progress-bar", short: "#", help: ["A bar is drawn anyway, on a terminal"], read: () => {} },
  { name: "no-buffer", short: "N", help: ["Nothing is ever held back in a buffer"], read: () => {} },
  {
    name: "verbose",
    short: "v",
    help: ["Print request, redirects, 1xx responses, trailers, timings and certificates too"],
    read: (_value, command) => command.talk = "verbose",
    isCommon: true,
  },
];
