/** What a client does not need is not loaded: a package from which it was taken out serves it as well. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { LIBRARY, ROOT } from "../support/checkout.ts";
import { listModules } from "../support/module_graph.ts";
import { startServe } from "../support/peers.ts";
import { run } from "../support/run.ts";

/** Without Ductile's TLS, and without roots. */
const LEFT_OUT =
  /^(?:roots|tls\/(?:connection|crypto|handshake|record|schedule|x509))\/|^tls\/(?:mod|connector)\.ts$/;

const SCRIPT = `
import { Client } from "./mod.ts";
const [url, ca, roots] = Deno.args;
using client = new Client({ caCerts: ca, roots });
const response = await client.get(url);
console.log(response.httpVersion, response.connection.tls.implementation, await response.text());
`;

Deno.test("Client: Deno's TLS works in a package without Ductile's TLS, which fails only where it is needed", async () => {
  const authority = await mintAuthority();
  await using server = startServe(
    () => new Response("hello"),
    await mintCertificate(authority, { names: ["localhost"] }),
  );
  const folder = await Deno.makeTempDir();
  try {
    for (const path of [...await listModules(LIBRARY), "deno.json"]) {
      if (LEFT_OUT.test(path)) continue;
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(new URL(path, ROOT), `${folder}/${path}`);
    }
    await Deno.writeTextFile(`${folder}/script.js`, SCRIPT);
    const fetching = (roots: string) =>
      run("deno", [
        ...["run", "--no-check", "--no-prompt", "-N", `${folder}/script.js`] as const,
        ...[`https://localhost:${server.port}/`, authority.certPem, roots],
      ], { cwd: folder });
    const { stdout, stderr } = await fetching("deno");
    assertEquals(stdout, "HTTP/2 deno hello\n", stderr);
    const failed = await fetching("mozilla");
    assertEquals(failed.code, 1);
    assertStringIncludes(failed.stderr, "tls/connector.ts");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Client: an idle connection of Ductile's TLS does not keep the process", async () => {
  const authority = await mintAuthority();
  await using server = startServe(
    () => new Response("hello"),
    await mintCertificate(authority, { names: ["localhost"] }),
  );
  const script = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(
      script,
      SCRIPT.replace("./mod.ts", new URL("mod.ts", ROOT).href).replace("using client", "const client"),
    );
    for (const roots of ["deno", "mozilla"]) {
      const ending = run("deno", [
        ...["run", "--config=deno.json", "--no-check", "--no-prompt", "-N", script] as const,
        ...[`https://localhost:${server.port}/`, authority.certPem, roots],
      ], { cwd: ROOT, signal: AbortSignal.timeout(30_000) });
      const { code, stdout, stderr } = await ending;
      assertEquals(
        { code, stdout },
        { code: 0, stdout: `HTTP/2 ${roots === "deno" ? "deno" : "ductile"} hello\n` },
        stderr,
      );
    }
  } finally {
    await Deno.remove(script);
  }
});
