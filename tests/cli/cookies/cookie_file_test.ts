/** Files of cookies. */

import { assertEquals } from "@std/assert";
import { type FileCookie, formatCookieFile, parseCookieFile } from "../../../cli/cookies/cookie_file.ts";

const COOKIE: FileCookie = {
  name: "id",
  value: "1",
  domain: "a.test",
  isHostOnly: true,
  path: "/",
  isSecure: false,
  isHttpOnly: false,
  expires: undefined,
};

const ROWS: readonly {
  readonly name: string;
  readonly line: string;
  readonly cookie: Partial<FileCookie>;
}[] = [
  { name: "a cookie of a session", line: "a.test\tFALSE\t/\tFALSE\t0\tid\t1", cookie: {} },
  {
    name: "a cookie of a domain",
    line: ".a.test\tTRUE\t/\tFALSE\t0\tid\t1",
    cookie: { isHostOnly: false },
  },
  {
    name: "a cookie that is secure and hidden",
    line: "#HttpOnly_a.test\tFALSE\t/p\tTRUE\t4070908800\tid\t1",
    cookie: { path: "/p", isSecure: true, isHttpOnly: true, expires: new Date("2099-01-01T00:00:00Z") },
  },
  {
    name: "the last date that there is",
    line: "a.test\tFALSE\t/\tFALSE\t8640000000000\tid\t1",
    cookie: { expires: new Date(8_640_000_000_000_000) },
  },
  { name: "an empty value", line: "a.test\tFALSE\t/\tFALSE\t0\tid\t", cookie: { value: "" } },
];

for (const { name, line, cookie } of ROWS) {
  Deno.test(`parseCookieFile: ${name}, and formatCookieFile writes the same`, () => {
    const expected = { ...COOKIE, ...cookie };
    assertEquals(parseCookieFile(`# comment\n\n${line}\r\n`), [expected]);
    assertEquals(formatCookieFile([expected]), `# Netscape HTTP Cookie File\n\n${line}\n`);
  });
}

const IGNORED = [
  ["a comment", "# a.test\tFALSE\t/\tFALSE\t0\tid\t1"],
  ["too few columns", "a.test\tFALSE\t/\tFALSE\t0"],
  ["no domain", "\tFALSE\t/\tFALSE\t0\tid\t1"],
  ["no name", "a.test\tFALSE\t/\tFALSE\t0\t\t1"],
  ["a time that is none", "a.test\tFALSE\t/\tFALSE\tsoon\tid\t1"],
  ["spaces for tabs", "a.test FALSE / FALSE 0 id 1"],
] as const;

for (const [name, line] of IGNORED) {
  Deno.test(`parseCookieFile leaves out ${name}`, () => assertEquals(parseCookieFile(line), []));
}

Deno.test("parseCookieFile: an end in the greatest number of 64 bits is the last date", () => {
  const [cookie] = parseCookieFile("a.test\tFALSE\t/\tFALSE\t9223372036854775807\tid\t1");
  assertEquals(cookie?.expires, new Date(8_640_000_000_000_000));
});

const INJECTIONS: readonly (readonly [name: string, cookie: Partial<FileCookie>])[] = [
  ["a path", { path: "/x\tTRUE\t0\tother\tvalue" }],
  ["a value", { value: "1\n.other.test\tTRUE\t/\tFALSE\t0\tid\tevil" }],
  ["a name", { name: "id\tx" }],
];

for (const [name, cookie] of INJECTIONS) {
  Deno.test(`formatCookieFile leaves out a cookie with a control character in ${name}`, () => {
    assertEquals(formatCookieFile([{ ...COOKIE, ...cookie }]), "# Netscape HTTP Cookie File\n\n");
  });
}
