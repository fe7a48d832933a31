/** File names that a server gives. */

import { assertEquals } from "@std/assert";
import { dispositionFileName } from "../../cli/content_disposition.ts";

const ROWS: readonly (readonly [name: string, value: string, fileName: string | undefined])[] = [
  ["a token", "attachment; filename=a.txt", "a.txt"],
  ["quotes", 'attachment; filename="a b;c.txt"', "a b;c.txt"],
  ["escapes", 'attachment; filename="a\\"b.txt"', 'a"b.txt'],
  ["capitals and spaces", "attachment ;  FileName = a.txt ; x=y", "a.txt"],
  ["the first of two", "attachment; filename=a; filename=b", "a"],
  ["a folder is taken off", 'attachment; filename="/etc/passwd"', "passwd"],
  ["a folder above is taken off", 'attachment; filename="../../a"', "a"],
  ["a folder of Windows is taken off", 'attachment; filename="C:\\\\b\\\\a"', "a"],
  ["a drive is taken off", "attachment; filename=C:a", "a"],
  ["a hidden name", "attachment; filename=.bashrc", undefined],
  ["the folder above", "attachment; filename=..", undefined],
  ["an empty name", 'attachment; filename=""', undefined],
  ["a folder alone", "attachment; filename=a/", undefined],
  ["a control character", "attachment; filename=a\x7fb", undefined],
  ["a tab", "attachment; filename=a\tb", undefined],
  ["a name in UTF-8", "attachment; filename=h\xc3\xa4\xe6\x97\xa5.txt", "hä日.txt"],
  ["a name in Latin-1", "attachment; filename=h\xe4.txt", "hä.txt"],
  ["a control character of C1 in UTF-8", "attachment; filename=a\xc2\x9bb", undefined],
  ["an override of the direction", "attachment; filename=a\xe2\x80\xaetxt.exe", undefined],
  ["a name that is too long", `attachment; filename=${"a".repeat(256)}`, undefined],
  ["no name", "attachment", undefined],
  ["no value", "", undefined],
  ["a name in a comment of another parameter", 'attachment; x="; filename=a"', undefined],
  ["quotes that do not end", 'attachment; filename="a', "a"],
  ["an extended name alone", "attachment; filename*=UTF-8''a", undefined],
  ["a type that looks like a name", "filename=a", undefined],
];

for (const [name, value, fileName] of ROWS) {
  Deno.test(`dispositionFileName: ${name}`, () => assertEquals(dispositionFileName(value), fileName));
}
