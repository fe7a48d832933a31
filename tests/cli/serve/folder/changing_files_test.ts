/** A folder whose files change between two looks at them, come in pieces, or have no time of their last change. */

import { assertEquals, assertRejects } from "@std/assert";
import type { FileFacts, Files, OpenFile } from "../../../../cli/serve/folder/files.ts";
import { MAX_LISTED_ENTRIES } from "../../../../cli/serve/folder/listing.ts";
import type { ServedFolder } from "../../../../cli/serve/folder/locate.ts";
import { locate } from "../../../../cli/serve/folder/locate.ts";
import { serveFolder } from "../../../../cli/serve/folder/serve_folder.ts";

const CHANGED = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));

/** What one file of the folder is, and does. */
interface PlayedFile {
  readonly content: Uint8Array;
  /** The bytes that are there by the time it is read. */
  readonly left?: number;
  /** Bytes of one read at most. */
  readonly piece?: number;
  readonly mtime?: Date | null;
  /** What the open file says that is not what its name said before. */
  readonly opened?: Partial<FileFacts>;
}

/** A folder `/` with one file `a.bin`, and how often it was opened and closed. */
function played(file: PlayedFile, more: Partial<Files> = {}): ServedFolder & { readonly calls: string[] } {
  const { content, left = content.length, piece = Infinity, mtime = CHANGED } = file;
  const calls: string[] = [];
  const facts = { isFile: true, isDirectory: false, size: content.length, mtime };
  const folder = { isFile: false, isDirectory: true, size: 0, mtime };
  const files: Files = {
    separator: "/",
    realPath: (path) => Promise.resolve(path.replace(/^\/\/+/, "/")),
    stat: (path) => Promise.resolve(path === "/a.bin" ? facts : folder),
    open(): Promise<OpenFile> {
      calls.push("open");
      let at = 0;
      return Promise.resolve({
        stat: () => Promise.resolve({ ...facts, ...file.opened }),
        seek: (position) => (calls.push(`seek ${position}`), at = position, Promise.resolve()),
        read(into) {
          const taken = content.subarray(at, Math.min(left, at + Math.min(piece, into.length)));
          into.set(taken);
          at += taken.length;
          return Promise.resolve(taken.length === 0 ? null : taken.length);
        },
        close: () => void calls.push("close"),
      });
    },
    async *readDir() {},
    ...more,
  };
  return { root: "/", dotfiles: false, files, calls };
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31 % 251);
}

function ask(folder: ServedFolder, path: string, init: RequestInit = {}): Promise<Response> {
  return serveFolder(folder, new Request(`https://localhost${path}`, init));
}

for (const length of [1, 100, 65_535, 65_536, 65_537, 131_072, 131_073]) {
  Deno.test(`serveFolder: ${length} bytes that are read in pieces are whole, and the file is closed once`, async () => {
    const folder = played({ content: bytes(length), piece: 40_000 });
    const response = await ask(folder, "/a.bin");
    assertEquals(response.headers.get("content-length"), String(length));
    assertEquals(await response.bytes(), bytes(length));
    assertEquals(folder.calls, ["open", "close"]);
  });
}

Deno.test("serveFolder: a file of a chunk's length is closed before its response leaves, a longer one when it is read", async () => {
  const folder = played({ content: bytes(65_537) });
  const response = await ask(folder, "/a.bin", { headers: { range: "bytes=1-65536" } });
  assertEquals([response.status, folder.calls], [206, ["open", "seek 1", "close"]]);
  assertEquals(await response.bytes(), bytes(65_537).subarray(1));
  const longer = await ask(folder, "/a.bin");
  assertEquals(folder.calls.slice(3), ["open"]);
  await longer.body?.cancel();
  assertEquals(folder.calls.slice(3), ["open", "close"]);
});

Deno.test("F-08: serveFolder: a small file that becomes shorter before it is read is a failure, and closed", async () => {
  const folder = played({ content: bytes(100), left: 99 });
  await assertRejects(() => ask(folder, "/a.bin"), Error, "Cannot send the file: it has become shorter");
  assertEquals(folder.calls, ["open", "close"]);
});

Deno.test("serveFolder: without a time of the last change there are no validators, and no condition holds", async () => {
  const folder = played({ content: bytes(10), mtime: null });
  const { headers } = await ask(folder, "/a.bin");
  assertEquals([headers.has("etag"), headers.has("last-modified")], [false, false]);
  const rows: readonly (readonly [Record<string, string>, number])[] = [
    [{ "if-none-match": '"a"' }, 200],
    [{ "if-none-match": "*" }, 304],
    [{ "if-modified-since": CHANGED.toUTCString() }, 200],
    [{ "if-unmodified-since": CHANGED.toUTCString() }, 200],
    [{ "if-match": '"a"' }, 412],
    [{ range: "bytes=0-1", "if-range": "undefined" }, 200],
    [{ range: "bytes=0-1" }, 206],
  ];
  for (const [fields, status] of rows) {
    const response = await ask(folder, "/a.bin", { headers: fields });
    assertEquals(response.status, status, JSON.stringify(fields));
    assertEquals(response.headers.has("last-modified"), false);
  }
});

for (const field of ["etag", "last-modified"]) {
  Deno.test(`serveFolder: ${field} is in the response, in a part of it, for HEAD and where nothing has changed`, async () => {
    const folder = played({ content: bytes(10) });
    const value = (await ask(folder, "/a.bin")).headers.get(field);
    assertEquals(value === null, false);
    const since = { "if-modified-since": CHANGED.toUTCString() };
    for (const init of [{ method: "HEAD" }, { headers: { range: "bytes=1-2" } }, { headers: since }]) {
      assertEquals((await ask(folder, "/a.bin", init)).headers.get(field), value, JSON.stringify(init));
    }
  });
}

Deno.test("F-09: serveFolder: what is no file any more once it is open is not found, and closed", async () => {
  const folder = played({ content: bytes(10), opened: { isFile: false } });
  assertEquals([(await ask(folder, "/a.bin")).status, folder.calls], [404, ["open", "close"]]);
});

Deno.test("serveFolder: the length that counts is that of the open file", async () => {
  const folder = played({ content: bytes(10), opened: { size: 4 } });
  const response = await ask(folder, "/a.bin");
  assertEquals([response.headers.get("content-length"), await response.bytes()], ["4", bytes(4)]);
});

Deno.test("serveFolder: an index.html that is a folder is no index", async () => {
  const folder = played({ content: bytes(1) });
  const response = await ask(folder, "/folder/");
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assertEquals(folder.calls, []);
});

for (const [name, isAbsent] of [["NotFound", true], ["PermissionDenied", true], ["Busy", false]] as const) {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error("no"), { name }));
  // deno-lint-ignore require-yield -- it fails before it could
  const readDir = async function* (): AsyncGenerator<never> {
    await fail();
  };
  for (const more of [{ readDir }, { realPath: fail }, { stat: fail }] satisfies Partial<Files>[]) {
    Deno.test(`serveFolder: ${Object.keys(more)} fails (${name}): ${isAbsent ? "404" : "the caller's failure"}`, async () => {
      const folder = played({ content: bytes(1) }, more);
      if (isAbsent) assertEquals((await ask(folder, "/folder/")).status, 404);
      else await assertRejects(() => ask(folder, "/folder/"), Error, "no");
    });
  }
}

for (
  const [code, isAbsent] of [["ENAMETOOLONG", true], ["ELOOP", true], ["EINVAL", true], [
    "EMFILE",
    false,
  ]] as const
) {
  Deno.test(`locate: an error with the code ${code} is ${isAbsent ? "an absence" : "the caller's"}`, async () => {
    const stat = (): Promise<never> => Promise.reject(Object.assign(new Error("no"), { code }));
    const folder = played({ content: bytes(1) }, { stat });
    if (isAbsent) assertEquals(await locate(folder, "/a.bin"), undefined);
    else await assertRejects(() => locate(folder, "/a.bin"), Error, "no");
  });
}

for (const count of [MAX_LISTED_ENTRIES - 1, MAX_LISTED_ENTRIES, MAX_LISTED_ENTRIES + 1]) {
  Deno.test(`F-10: serveFolder: a list of ${count} entries has ${MAX_LISTED_ENTRIES} at most, and says so`, async () => {
    let asked = 0;
    async function* readDir(): AsyncGenerator<{ name: string; isDirectory: boolean }> {
      for (; asked < count; asked++) yield { name: `n${asked}`, isDirectory: false };
    }
    const page = await (await ask(played({ content: bytes(1) }, { readDir }), "/folder/")).text();
    const isFull = count >= MAX_LISTED_ENTRIES;
    assertEquals(page.split('href="./n').length - 1, Math.min(count, MAX_LISTED_ENTRIES));
    assertEquals([page.includes("There may be more"), asked], [
      isFull,
      isFull ? MAX_LISTED_ENTRIES - 1 : count,
    ]);
  });
}
