/** The file .netrc. */

import { assertEquals } from "@std/assert";
import { type NetrcEntry, parseNetrc } from "../../cli/netrc.ts";

const ROWS: readonly {
  readonly name: string;
  readonly text: string;
  readonly entries: readonly NetrcEntry[];
}[] = [
  { name: "an empty file", text: "", entries: [] },
  {
    name: "an entry on one line",
    text: "machine a.test login me password pw",
    entries: [{ machine: "a.test", login: "me", password: "pw" }],
  },
  {
    name: "an entry on several lines, with a name in capitals",
    text: "machine A.test\r\n\tlogin me\r\n\tpassword pw\r\n",
    entries: [{ machine: "a.test", login: "me", password: "pw" }],
  },
  {
    name: "an account is skipped, and so are comments",
    text: "# machine x login y\nmachine a login b account c password d",
    entries: [{ machine: "a", login: "b", password: "d" }],
  },
  {
    name: "a macro is skipped up to its empty line",
    text: "machine a login b\nmacdef init\nmachine evil login x\n\nmachine c login d",
    entries: [{ machine: "a", login: "b", password: "" }, { machine: "c", login: "d", password: "" }],
  },
  {
    name: "quotes hold white space and escapes",
    text: 'machine a login "b c" password "d\\"e\\\\f\\n"',
    entries: [{ machine: "a", login: "b c", password: 'd"e\\f\n' }],
  },
  {
    name: "quotes that do not end stay",
    text: 'machine a login "b',
    entries: [{ machine: "a", login: '"b', password: "" }],
  },
  {
    name: "the entry for any host",
    text: "default login a password b",
    entries: [{ login: "a", password: "b" }],
  },
  { name: "words without an entry are skipped", text: "login a password b", entries: [] },
  {
    name: "an entry that ends early",
    text: "machine a login",
    entries: [{ machine: "a", login: "", password: "" }],
  },
];

for (const { name, text, entries } of ROWS) {
  Deno.test(`parseNetrc: ${name}`, () => assertEquals(parseNetrc(text), [...entries]));
}
