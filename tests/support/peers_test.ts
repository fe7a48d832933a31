/** The real servers of the tests start, serve and end. */

import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { mintAuthority, mintCertificate } from "./certificates.ts";
import { startNginx, startScript } from "./peers.ts";
import { installed, Program } from "./process.ts";

const certificate = await mintCertificate(await mintAuthority(), {
  names: ["localhost"],
  ips: ["127.0.0.1"],
});

async function fetchText(port: number, path: string, init?: RequestInit): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return await response.text();
}

const refused = (port: number): Promise<Error> =>
  assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);

Deno.test("installed: a shell is, a program that does not exist is not", () => {
  assertFalse(installed("no-such-program-anywhere"));
  assert(installed("sh") || Deno.build.os === "windows");
});

Deno.test({
  name: "nginx serves what its table says, restarts on its ports, and leaves nothing behind",
  ignore: !installed("nginx"),
  async fn() {
    let port: number;
    let folder: string;
    {
      await using nginx = await startNginx({ certificate, files: { "a.txt": "file a\n", zeros: 1 << 20 } });
      ({ http: port, folder } = nginx);
      assertEquals(await fetchText(port, "/"), "hello from nginx\n");
      assertEquals(await fetchText(port, "/files/a.txt"), "file a\n");
      assertEquals((await fetchText(port, "/files/zeros")).length, 1 << 20);
      assertEquals(await fetchText(port, "/gzip/a.txt"), "file a\n");
      assertEquals(await fetchText(port, "/redirect"), "hello from nginx\n");
      assertEquals(await fetchText(port, "/empty"), "");
      await fetchText(port, "/put/b.txt", { method: "PUT", body: "file b" });
      assertEquals(await fetchText(port, "/files/b.txt"), "file b");
      await nginx.restart();
      assertEquals(await fetchText(port, "/files/b.txt"), "file b");
      await nginx.stop("SIGKILL");
      await refused(port);
    }
    await refused(port);
    await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
  },
});

for (const runtime of ["node", "deno"] as const) {
  Deno.test({
    name: `a script runs in a process of ${runtime}, with its certificate and files beside it`,
    ignore: runtime === "node" && !installed("node"),
    async fn() {
      await using server = await startScript(
        runtime,
        `import { readFileSync } from "node:fs";
        import { createServer } from "node:http";
        import process from "node:process";
        console.log("ready to serve");
        createServer((_, response) => response.end(["cert.pem", "key.pem", "more.txt"].map((name) => readFileSync(name, "utf8").length).join()))
          .listen(Number(process.env.PORT), "127.0.0.1");`,
        { certificate, files: { "more.txt": "more" } },
      );
      await server.untilOutput(/ready to serve/);
      const { chainPem, keyPem } = certificate;
      assertEquals(await fetchText(server.port, "/"), `${chainPem.length},${keyPem.length},4`);
    },
  });
}

Deno.test("a program that ends before it is ready is reported with what it said", async () => {
  const command = [Deno.execPath(), "eval", "--no-config", "console.error('no room'); Deno.exit(3)"] as const;
  const starting = () => Program.start({ command: [...command], cwd: Deno.cwd(), ready: () => false });
  await assertRejects(starting, Error, "no room");
});

Deno.test("a program that ignores SIGTERM is ended all the same", async () => {
  const source = "Deno.addSignalListener('SIGTERM', () => {}); setInterval(() => {}, 1e6); console.log('up')";
  const command = [Deno.execPath(), "eval", "--no-config", source] as const;
  const ready = (output: string): boolean => output.includes("up");
  const program = await Program.start({ command: [...command], cwd: Deno.cwd(), ready });
  await program.stop();
  await program.stop();
  assertThrows(() => Deno.kill(program.pid, "SIGTERM"), Error); // there is no such process any more
});
