/** What a folder answers, request by request. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { OpenFile } from "../../../../cli/serve/folder/files.ts";
import type { ServedFolder } from "../../../../cli/serve/folder/locate.ts";
import { serveFolder } from "../../../../cli/serve/folder/serve_folder.ts";
import { LONG_AGO, type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

const LARGE = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31 % 251);

const CONTENTS = {
  "a.txt": "0123456789",
  "empty.txt": "",
  "large.bin": LARGE,
  "page.HTML": "<p>",
  "unknown.zzz": "?",
  "no-extension": "?",
  "site/index.html": "<h1>",
  "list/b<i>&.txt": "b",
  "list/folder/c.txt": "c",
  "list/.hidden": "h",
  "list/a:b": "d",
};

const LAST_MODIFIED = LONG_AGO.toUTCString();

/** The files of a folder, counted while they are open. */
function counted(folder: TemporaryFolder): ServedFolder & { open: number } {
  const { files } = folder;
  const served = {
    root: folder.root,
    dotfiles: false,
    open: 0,
    files: {
      ...files,
      async open(path: string): Promise<OpenFile> {
        const file = await files.open(path);
        served.open++;
        return {
          ...file,
          close(): void {
            served.open--;
            file.close();
          },
        };
      },
    },
  };
  return served;
}

function ask(folder: ServedFolder, path: string, init: RequestInit = {}): Promise<Response> {
  return serveFolder(folder, new Request(new URL(path, "https://localhost:8443"), init));
}

const ROWS: readonly (readonly [
  name: string,
  path: string,
  fields: Readonly<Record<string, string>>,
  status: number,
  expected: Readonly<Record<string, string | null>>,
  body?: string | Uint8Array,
])[] = [
  ["a file", "/a.txt", {}, 200, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": "10",
    "last-modified": LAST_MODIFIED,
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  }, "0123456789"],
  ["a file with a query", "/a.txt?b=/../c", {}, 200, {}, "0123456789"],
  ["an empty file", "/empty.txt", {}, 200, { "content-length": "0" }, ""],
  ["a large file", "/large.bin", {}, 200, { "content-length": "200000" }, LARGE],
  ["a name in capitals", "/page.HTML", {}, 200, { "content-type": "text/html; charset=utf-8" }, "<p>"],
  [
    "an extension that is not known",
    "/unknown.zzz",
    {},
    200,
    { "content-type": "application/octet-stream" },
    "?",
  ],
  ["a name without one", "/no-extension", {}, 200, { "content-type": "application/octet-stream" }, "?"],
  ["a range", "/a.txt", { range: "bytes=2-4" }, 206, {
    "content-range": "bytes 2-4/10",
    "content-length": "3",
    "last-modified": LAST_MODIFIED,
  }, "234"],
  ["the end of a file", "/a.txt", { range: "bytes=-3" }, 206, { "content-range": "bytes 7-9/10" }, "789"],
  ["a range of a large file", "/large.bin", { range: "bytes=1000-150999" }, 206, {
    "content-range": "bytes 1000-150999/200000",
    "content-length": "150000",
  }, LARGE.subarray(1_000, 151_000)],
  ["a range behind the end", "/a.txt", { range: "bytes=10-" }, 416, { "content-range": "bytes */10" }],
  ["several ranges", "/a.txt", { range: "bytes=0-1,3-4" }, 200, { "content-range": null }, "0123456789"],
  ["a range of an empty file", "/empty.txt", { range: "bytes=0-" }, 200, { "content-range": null }, ""],
  [
    "a range of the state that was",
    "/a.txt",
    { range: "bytes=2-4", "if-range": '"old"' },
    200,
    {},
    "0123456789",
  ],
  [
    "a range of the present state",
    "/a.txt",
    { range: "bytes=2-4", "if-range": LAST_MODIFIED },
    206,
    {},
    "234",
  ],
  ["a file that has not changed", "/a.txt", { "if-modified-since": LAST_MODIFIED }, 304, {
    "last-modified": LAST_MODIFIED,
    "content-type": null,
    "content-length": null,
  }, ""],
  ["a condition that fails", "/a.txt", { "if-match": '"other"' }, 412, {}],
  ["a condition before a range", "/a.txt", { range: "bytes=0-1", "if-match": '"other"' }, 412, {}],
  ["a folder without its slash", "/site", {}, 301, { location: "/site/" }],
  ["a folder without its slash, with a query", "/site?a=b", {}, 301, { location: "/site/?a=b" }],
  ["a folder with an index", "/site/", {}, 200, { "content-type": "text/html; charset=utf-8" }, "<h1>"],
  ["a file with a slash", "/a.txt/", {}, 404, {}],
  ["nothing", "/missing", {}, 404, { "content-type": "text/plain; charset=utf-8" }, "Not found\n"],
  ["a path with two slashes", "//example.com/..", {}, 404, {}],
];
for (const [name, path, fields, status, expected, body] of ROWS) {
  Deno.test(`serveFolder: ${name}: ${status}`, async () => {
    await using temporary = await temporaryFolder(CONTENTS);
    const folder = counted(temporary);
    const response = await serveFolder(
      folder,
      new Request(`https://localhost:8443${path}`, { headers: fields }),
    );
    assertEquals(response.status, status);
    const seen = Object.fromEntries(
      Object.keys(expected).map((field) => [field, response.headers.get(field)]),
    );
    assertEquals(seen, expected);
    const bytes = await response.bytes();
    if (body !== undefined) {
      assertEquals(bytes, typeof body === "string" ? new TextEncoder().encode(body) : body);
    }
    assertEquals(folder.open, 0);
  });
}

Deno.test("serveFolder: HEAD has the fields of GET and opens no stream, a range or not", async () => {
  await using temporary = await temporaryFolder(CONTENTS);
  const folder = counted(temporary);
  for (const headers of [{}, { range: "bytes=0-1" }]) {
    const response = await ask(folder, "/large.bin", { method: "HEAD", headers });
    assertEquals([response.status, response.headers.get("content-length"), response.body], [
      200,
      "200000",
      null,
    ]);
  }
  assertEquals(folder.open, 0);
});

for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
  Deno.test(`serveFolder: ${method} is not allowed`, async () => {
    await using folder = await temporaryFolder(CONTENTS);
    const response = await ask(folder, "/a.txt", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
  });
}

Deno.test("serveFolder: an entity tag is taken back", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  const etag = (await ask(folder, "/a.txt")).headers.get("etag") ?? "";
  const again = await ask(folder, "/a.txt", { headers: { "if-none-match": etag } });
  assertEquals([again.status, again.headers.get("etag")], [304, etag]);
  await Deno.writeTextFile(folder.path("a.txt"), "changed");
  const changed = await ask(folder, "/a.txt", { headers: { "if-none-match": etag } });
  assertEquals([changed.status, await changed.text()], [200, "changed"]);
});

Deno.test("F-07: serveFolder: a list has every entry that is served, folders first, as text that is no markup", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  const response = await ask(folder, "/list/");
  assertEquals(response.headers.get("content-security-policy"), "default-src 'none'");
  const page = await response.text();
  assertEquals([...page.matchAll(/href="([^"]*)">([^<]*)</g)].map(([, link, text]) => [link, text]), [
    ["../", "../"],
    ["./folder/", "folder/"],
    ["./a%3Ab", "a:b"],
    ["./b%3Ci%3E%26.txt", "b&#60;i&#62;&#38;.txt"],
  ]);
  for (const [link] of [["./b%3Ci%3E%26.txt"], ["./folder/"]]) {
    assertEquals((await serveFolder(folder, new Request(new URL(`/list/${link}`, "https://a")))).status, 200);
  }
});

Deno.test("serveFolder: the list of the folder itself has no way up", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  const page = await (await ask(folder, "/")).text();
  assertStringIncludes(page, '<a href="./a.txt">a.txt</a>');
  assertEquals(page.includes("../"), false);
});

Deno.test("serveFolder: a stream that is cancelled closes its file", async () => {
  await using temporary = await temporaryFolder(CONTENTS);
  const folder = counted(temporary);
  const response = await ask(folder, "/large.bin");
  const reader = response.body?.getReader();
  await reader?.read();
  assertEquals(folder.open, 1);
  await reader?.cancel();
  assertEquals(folder.open, 0);
});

Deno.test("F-08: serveFolder: a file that becomes shorter while it is sent fails the stream", async () => {
  await using temporary = await temporaryFolder(CONTENTS);
  const folder = counted(temporary);
  const response = await ask(folder, "/large.bin");
  const reader = response.body?.getReader();
  await reader?.read();
  await Deno.truncate(temporary.path("large.bin"), 70_000);
  await assertRejects(
    async () => {
      while (!(await reader?.read())?.done);
    },
    Error,
    "Cannot send the file: it has become shorter",
  );
  assertEquals(folder.open, 0);
});

Deno.test("F-08: serveFolder: a file that grows while it is sent is sent as long as it was", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  const response = await ask(folder, "/large.bin");
  await Deno.writeFile(folder.path("large.bin"), LARGE, { append: true });
  assertEquals(await response.bytes(), LARGE);
});

Deno.test("F-09: serveFolder: what is neither a file nor a folder is not opened", async () => {
  await using temporary = await temporaryFolder({});
  const folder = counted(temporary);
  const { code } = await new Deno.Command("mkfifo", { args: [temporary.path("pipe")] }).output();
  assertEquals(code, 0);
  assertEquals((await ask(folder, "/pipe")).status, 404);
});

for (const name of ["NotCapable", "PermissionDenied"]) {
  Deno.test(`serveFolder: a file that must not be read (${name}) is not found`, async () => {
    await using temporary = await temporaryFolder(CONTENTS);
    const open = () => Promise.reject(Object.assign(new Error("no"), { name }));
    assertEquals((await ask({ ...temporary, files: { ...temporary.files, open } }, "/a.txt")).status, 404);
  });
}

Deno.test("serveFolder: a failure of the system is the caller's", async () => {
  await using temporary = await temporaryFolder(CONTENTS);
  const open = () => Promise.reject(new Error("too many open files"));
  const folder = { ...temporary, files: { ...temporary.files, open } };
  await assertRejects(() => ask(folder, "/a.txt"), Error, "too many open files");
});
