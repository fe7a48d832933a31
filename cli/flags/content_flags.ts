/**
 * The flags about the content to send.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { data, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const CONTENT_FLAGS: readonly Flag[] = [
  {
    name: "data",
    short: "d",
    takes: "DATA",
    help: [
      "Send DATA as application/x-www-form-urlencoded. @FILE reads a file without its",
      "line breaks, @- standard input. Repeated, the parts are joined with &",
    ],
    read: data("data"),
    isCommon: true,
  },
  { name: "data-ascii", takes: "DATA", help: ["As --data"], read: data("data") },
  {
    name: "data-binary",
    takes: "DATA",
    help: [
      "As --data, but line breaks stay. @- alone is sent as it comes, of unknown length,",
      "unless --location, --retry or another URL may need it again",
    ],
    read: data("data-binary"),
  },
  { name: "data-raw", takes: "DATA", help: ["As --data, but @ means itself"], read: data("data-raw") },
  {
    name: "data-urlencode",
    takes: "DATA",
    help: [
      "As --data, percent-encoded: CONTENT, =CONTENT, NAME=CONTENT, @FILE or NAME@FILE;",
      "NAME is taken as it is",
    ],
    read: data("data-urlencode"),
  },
  {
    name: "json",
    takes: "DATA",
    help: ["As --data-binary, joined with nothing, as application/json, asking for the same"],
    read: data("json"),
    isCommon: true,
  },
  {
    name: "get",
    short: "G",
    help: ["Put the data into the query of the URL, and send a GET (or HEAD, with --head)"],
    read: turnsOn("get"),
  },
  {
    name: "form",
    short: "F",
    takes: "NAME=CONTENT",
    help: [
      "Send multipart/form-data, a part for each. CONTENT is text, @FILE to upload a file,",
      "<FILE for its text; - is standard input. ;type=TYPE, ;filename=NAME and",
      ";headers=FIELD may follow; quotes around what has ; or , in it",
    ],
    read: (value, command) => command.form = [...command.form ?? [], { text: value, isPlain: false }],
    isCommon: true,
  },
  {
    name: "form-string",
    takes: "NAME=TEXT",
    help: ["As --form, but @, < and ; mean themselves"],
    read: (value, command) => command.form = [...command.form ?? [], { text: value, isPlain: true }],
  },
  {
    name: "upload-file",
    short: "T",
    takes: "FILE",
    help: [
      "Send FILE with PUT; - is standard input. The name is added to a URL that ends",
      "with a slash. Repeated: the first is for the first URL, and so on",
    ],
    read: (value, command) => command.uploads.push(value),
    isCommon: true,
  },
];
