/**
 * The client needs the network and nothing else: a process that may use nothing else does all its work, and the
 * runtime's own record of what it asked for names nothing else.
 */

import { assertEquals, assertGreater } from "@std/assert";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { PATHS, type Visited } from "../interop/permissions/fetch_process.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { pathOf } from "../support/checkout.ts";
import { startServe } from "../support/peers.ts";

const TEXT = "Nothing but the network. ".repeat(100);

const CODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
};

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/echo") return new Response(request.body);
  if (pathname === "/redirect") return new Response(null, { status: 302, headers: { location: "/plain" } });
  const coding = pathname.slice(1);
  const encode = CODINGS[coding];
  if (encode === undefined) return new Response(TEXT);
  return new Response(encode(TEXT).slice(), { headers: { "content-encoding": coding } });
}

/** One line of the runtime's record. */
interface Access {
  readonly permission: string;
  readonly value?: string;
}

for (const tls of ["deno", "ductile"]) {
  Deno.test(`the network is all that the client asks for: TLS of ${tls}, both versions, every coding, redirects`, async () => {
    const authority = await mintAuthority();
    await using server = startServe(answer, await mintCertificate(authority, { names: ["localhost"] }));
    const folder = await Deno.makeTempDir({ prefix: "ductile_permissions_" });
    try {
      const record = `${folder}/record.jsonl`;
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-prompt", `--allow-net=localhost:${server.port}`] as const,
          pathOf(new URL("../interop/permissions/fetch_process.ts", import.meta.url)),
          ...[`https://localhost:${server.port}`, authority.certPem, tls],
        ],
        clearEnv: true,
        env: { ...inherited("HOME", "DENO_DIR", "JSR_URL"), DENO_AUDIT_PERMISSIONS: record },
        stdout: "piped",
        stderr: "piped",
      }).output();
      const decoder = new TextDecoder();
      assertEquals(code, 0, decoder.decode(stderr));

      const texts = PATHS.map((path) => path === "/echo" ? "sent back" : TEXT);
      const visited: Visited = JSON.parse(decoder.decode(stdout));
      assertEquals(visited, { "HTTP/2": texts, "HTTP/1.1": texts });

      const lines = (await Deno.readTextFile(record)).trim().split("\n");
      // "import" is how the modules came, before any of them ran.
      const accesses = lines.map((line): Access => JSON.parse(line)).filter(({ permission }) =>
        permission !== "import"
      );
      assertGreater(accesses.length, 0);
      for (const { permission, value } of accesses) {
        assertEquals([permission, value], ["net", `localhost:${server.port}`]);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** What finding the modules takes, where it is set. */
function inherited(...names: readonly string[]): Record<string, string> {
  const entries = names.map((name): [string, string | undefined] => [name, Deno.env.get(name)]);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
