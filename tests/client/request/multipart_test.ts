/** Forms as `multipart/form-data`. */

import { assert, assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { multipart } from "../../../client/request/multipart.ts";

function form(...entries: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value);
  }
  return form;
}

/** The form as it is sent, with the boundary replaced. */
async function sent(form: FormData): Promise<string> {
  const blob = multipart(form);
  const boundary = /^multipart\/form-data; boundary=([\w-]{1,70})$/.exec(blob.type)?.[1];
  assert(boundary !== undefined);
  const text = await blob.text();
  assertEquals(new TextEncoder().encode(text).length, blob.size);
  return text.replaceAll(boundary, "BOUNDARY");
}

const ROWS: readonly { name: string; form: FormData; wire: string }[] = [
  { name: "an empty form is a closing boundary", form: form(), wire: "--BOUNDARY--\r\n" },
  {
    name: "a text field",
    form: form(["a", "b"]),
    wire: '--BOUNDARY\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--BOUNDARY--\r\n',
  },
  {
    name: "a file",
    form: form(["a", new File(["content"], "name.txt", { type: "text/plain" })]),
    wire: '--BOUNDARY\r\nContent-Disposition: form-data; name="a"; filename="name.txt"\r\n' +
      "Content-Type: text/plain\r\n\r\ncontent\r\n--BOUNDARY--\r\n",
  },
  {
    name: "a file without type is octets",
    form: form(["a", new File(["\0"], "f")]),
    wire: '--BOUNDARY\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n' +
      "Content-Type: application/octet-stream\r\n\r\n\0\r\n--BOUNDARY--\r\n",
  },
  {
    name: "R-19, D-39: quotes and line breaks in names are percent-encoded, a backslash is not",
    form: form(['a"\r\nX-Injected: 1\r\n\r\nb\\', "c"]),
    wire:
      '--BOUNDARY\r\nContent-Disposition: form-data; name="a%22%0D%0AX-Injected: 1%0D%0A%0D%0Ab\\"\r\n\r\nc\r\n' +
      "--BOUNDARY--\r\n",
  },
  {
    name: "R-19: quotes and line breaks in file names are percent-encoded",
    form: form(["a", new File([], 'q"\r\n\n\\é')]),
    wire: '--BOUNDARY\r\nContent-Disposition: form-data; name="a"; filename="q%22%0D%0A%0A\\é"\r\n' +
      "Content-Type: application/octet-stream\r\n\r\n\r\n--BOUNDARY--\r\n",
  },
  {
    name: "line breaks in text become CRLF",
    form: form(["a\nb", "1\n2\r3\r\n4"]),
    wire:
      '--BOUNDARY\r\nContent-Disposition: form-data; name="a%0D%0Ab"\r\n\r\n1\r\n2\r\n3\r\n4\r\n--BOUNDARY--\r\n',
  },
];

for (const { name, form, wire } of ROWS) {
  Deno.test(`multipart: ${name}`, async () => assertEquals(await sent(form), wire));
}

Deno.test("multipart: R-19: a media type cannot carry a line break", async () => {
  const text = await sent(form(["a", new File(["x"], "f", { type: "a/b\r\nX-Injected: 1" })]));
  assertFalse(/^X-Injected/im.test(text));
});

Deno.test("multipart: the platform reads back what was put in", async () => {
  const bytes = new Uint8Array(100_000).map((_, i) => i * 31);
  const original = form(
    ["text", "naïve \u{1f600}"],
    ["again", "1"],
    ["again", "2"],
    ["file", new File([bytes], "data.bin", { type: "application/x-data" })],
  );
  const blob = multipart(original);
  const parsed = await new Response(blob, { headers: { "content-type": blob.type } }).formData();
  assertEquals([...parsed.keys()], ["text", "again", "again", "file"]);
  assertEquals([parsed.get("text"), parsed.getAll("again")], ["naïve \u{1f600}", ["1", "2"]]);
  const file = parsed.get("file");
  assert(file instanceof File);
  assertEquals([file.name, file.type], ["data.bin", "application/x-data"]);
  assertEquals(await file.bytes(), bytes);
});

Deno.test("multipart: D-39: each form has a boundary of its own", () => {
  assertNotEquals(multipart(form()).type, multipart(form()).type);
});
