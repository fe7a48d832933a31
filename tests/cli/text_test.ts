/** Text of a peer on a terminal: no control characters, no credentials. */

import { assertEquals } from "@std/assert";
import { fieldText, printable, shownField, withoutUserinfo } from "../../cli/text.ts";

const PRINTABLE = [
  { name: "plain text stays", text: "hello, world", shown: "hello, world" },
  { name: "letters of other scripts stay", text: "häß 日本語 🎉", shown: "häß 日本語 🎉" },
  { name: "a tab stays", text: "a\tb", shown: "a\tb" },
  { name: "an escape sequence is taken apart", text: "\x1b[2J", shown: "\\x1b[2J" },
  { name: "a bell does not ring", text: "\x07", shown: "\\x07" },
  { name: "a line cannot be begun", text: "a\r\nb", shown: "a\\x0d\\x0ab" },
  { name: "nor by Unicode's own separators", text: "a\u2028b\u2029c", shown: "a\\u{2028}b\\u{2029}c" },
  { name: "the second set of controls is taken apart", text: "\x9b2J\x85", shown: "\\x9b2J\\x85" },
  { name: "DEL is taken apart", text: "\x7f", shown: "\\x7f" },
  { name: "NUL is taken apart", text: "\0", shown: "\\x00" },
  { name: "text cannot be turned around", text: "\u202etxt.exe\u2066", shown: "\\u{202e}txt.exe\\u{2066}" },
  { name: "what has no width is seen", text: "a\u200bb\ufeff", shown: "a\\u{200b}b\\u{feff}" },
  { name: "half a character is seen", text: "\ud800", shown: "\\u{d800}" },
] as const;

for (const { name, text, shown } of PRINTABLE) {
  Deno.test(`printable: ${name}`, () => assertEquals(printable(text), shown));
}

const FIELD_TEXTS = [
  { name: "ASCII stays", value: 'W/"abc"', shown: 'W/"abc"' },
  { name: "bytes that are UTF-8 are shown as such", value: "caf\xc3\xa9", shown: "café" },
  { name: "bytes that are not are shown one by one", value: "caf\xe9", shown: "caf\\xe9" },
  { name: "a control character hidden in UTF-8 is taken apart", value: "\xc2\x9b2J", shown: "\\x9b2J" },
  {
    name: "a control character among other bytes is taken apart",
    value: "\xff\x9b\x1b",
    shown: "\\xff\\x9b\\x1b",
  },
  { name: "text cannot be turned around in UTF-8", value: "\xe2\x80\xaex", shown: "\\u{202e}x" },
] as const;

for (const { name, value, shown } of FIELD_TEXTS) {
  Deno.test(`fieldText: ${name}`, () => assertEquals(fieldText(value), shown));
}

const FIELDS = [
  { name: "an ordinary field is shown", field: ["etag", '"1"'], shown: 'etag: "1"' },
  {
    name: "a bearer token is hidden, its scheme is not",
    field: ["authorization", "Bearer s3cret"],
    shown: "authorization: Bearer <hidden>",
  },
  {
    name: "Basic credentials are hidden",
    field: ["authorization", "Basic dTpw"],
    shown: "authorization: Basic <hidden>",
  },
  {
    name: "a credential without a scheme is hidden",
    field: ["authorization", "s3cret"],
    shown: "authorization: <hidden>",
  },
  {
    name: "a proxy's credentials are hidden",
    field: ["proxy-authorization", "Basic dTpw"],
    shown: "proxy-authorization: Basic <hidden>",
  },
  { name: "cookies are hidden", field: ["cookie", "a=1; b=2"], shown: "cookie: <hidden>" },
  { name: "a cookie has no scheme before a blank", field: ["cookie", "s3cret b"], shown: "cookie: <hidden>" },
  { name: "a cookie2 has none, either", field: ["cookie2", "s3cret b"], shown: "cookie2: <hidden>" },
  {
    name: "a set-cookie2 has none, either",
    field: ["set-cookie2", "s3cret b"],
    shown: "set-cookie2: <hidden>",
  },
  {
    name: "of a cookie that is set, the value is hidden",
    field: ["set-cookie", "id=s3cret=; Path=/; HttpOnly"],
    shown: "set-cookie: id=<hidden>; Path=/; HttpOnly",
  },
  {
    name: "of a cookie without attributes, the value is hidden",
    field: ["set-cookie", "id=s3cret"],
    shown: "set-cookie: id=<hidden>",
  },
  {
    name: "a cookie without a name is hidden",
    field: ["set-cookie", "s3cret"],
    shown: "set-cookie: <hidden>",
  },
  {
    name: "a cookie without a name but with attributes is hidden",
    field: ["set-cookie", "s3cret; Path=/"],
    shown: "set-cookie: <hidden>; Path=/",
  },
  {
    name: "userinfo in a URL is hidden",
    field: ["location", "https://me:s3cret@example.com/"],
    shown: "location: https://<hidden>@example.com/",
  },
  {
    name: "a name with controls in it is printable",
    field: ["x\x1b", "\x1b]0;title\x07"],
    shown: "x\\x1b: \\x1b]0;title\\x07",
  },
] as const;

for (const { name, field, shown } of FIELDS) {
  Deno.test(`shownField: ${name}`, () => assertEquals(shownField(field[0], field[1]), shown));
}

const USERINFO = [
  {
    name: "every URL of a text",
    text: "//a@b and https://c:d@e/f",
    shown: "//<hidden>@b and https://<hidden>@e/f",
  },
  { name: "a user name with an at sign", text: "https://a@b:c@d/", shown: "https://<hidden>@d/" },
  { name: "an at sign in a path is none", text: "https://a/b@c", shown: "https://a/b@c" },
  { name: "an at sign in a query is none", text: "https://a?b@c", shown: "https://a?b@c" },
] as const;

for (const { name, text, shown } of USERINFO) {
  Deno.test(`withoutUserinfo: ${name}`, () => assertEquals(withoutUserinfo(text), shown));
}
