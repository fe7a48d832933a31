/** docs/guides/mtls.md as its reader follows it: the commands are run, then the program. */

import { assertEquals } from "@std/assert";
import { ROOT } from "../support/checkout.ts";
import { installed } from "../support/process.ts";
import { run } from "../support/run.ts";

const ignore = !installed("openssl");

Deno.test({
  name: `the guide to mTLS works as it is written${ignore ? " (openssl is not there)" : ""}`,
  ignore,
}, async () => {
  const guide = await Deno.readTextFile(new URL("docs/guides/mtls.md", ROOT));
  const folder = await Deno.makeTempDir();
  try {
    const made = await run("sh", ["-e", "-c", blockOf(guide, "sh")], { cwd: folder });
    assertEquals(made.code, 0, made.stderr);
    await Deno.writeTextFile(`${folder}/program.ts`, imported(blockOf(guide, "ts ignore")));
    const args = [
      "run",
      "--config",
      new URL("deno.json", ROOT).pathname,
      "--allow-net",
      "--allow-read",
      "program.ts",
    ];
    const { code, stdout, stderr } = await run("deno", args, { cwd: folder });
    const said = stdout.slice(stdout.indexOf("\n") + 1); // after the line that says where it listens
    assertEquals([code, said], [0, "hello spiffe://example/client\nclient_certificate_required\n"], stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The first code block in this language. */
function blockOf(guide: string, language: string): string {
  const [, rest = ""] = guide.split(`\`\`\`${language}\n`);
  const [block = ""] = rest.split("\n```");
  return block;
}

/** The program with the package of this checkout in place of the published one. */
function imported(program: string): string {
  return program
    .replaceAll(/"jsr:@ductile\/ductile\/(\w+)"/g, (_, room) => `"${new URL(`${room}/mod.ts`, ROOT)}"`)
    .replaceAll('"jsr:@ductile/ductile"', `"${new URL("mod.ts", ROOT)}"`);
}
