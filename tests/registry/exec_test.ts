/** `deno task exec`: exit codes, arguments, signals and the registry that is named already. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/run.ts";

const EXEC = ["run", "-A", "--no-config", "--no-lock", new URL("exec.ts", import.meta.url).pathname];
/** A registry that is named already is used as it is; no request goes to this one. */
const ENV = { JSR_URL: "http://127.0.0.1:9/" };

Deno.test("deno task exec ends with the exit code of the command", async () => {
  const { code } = await run("deno", [...EXEC, "deno", "eval", "Deno.exit(7)"], { env: ENV });
  assertEquals(code, 7);
});

Deno.test("deno task exec passes output, arguments and input through untouched", async () => {
  const script = "console.log(JSON.stringify(Deno.args), await new Response(Deno.stdin.readable).text())";
  const args = [...EXEC, "deno", "eval", script, "--", "a b", "$HOME", "--flag"];
  const { stdout } = await run("deno", args, { env: ENV, stdin: "from outside" });
  assertStringIncludes(stdout, '"a b","$HOME","--flag"] from outside');
});

Deno.test("deno task exec leaves a registry alone that is named already", async () => {
  const { stdout } = await run("deno", [...EXEC, "deno", "eval", 'console.log(Deno.env.get("JSR_URL"))'], {
    env: ENV,
  });
  assertEquals(stdout, "http://127.0.0.1:9/\n");
});

Deno.test("a script run by deno task exec finds the same deno on its PATH", async () => {
  const script = 'new Deno.Command("deno", { args: ["eval", "console.log(Deno.execPath())"] }).spawn()';
  const { stdout } = await run("deno", [...EXEC, "deno", "eval", script], {
    env: { ...ENV, PATH: "/nowhere" },
  });
  assertEquals(stdout, `${Deno.execPath()}\n`);
});

Deno.test("deno task exec says which command it cannot run", async () => {
  const { code, stderr } = await run("deno", [...EXEC, "no-such-program"], { env: ENV });
  assertEquals(code, 127);
  assertStringIncludes(stderr, 'Cannot run "no-such-program"');
});

Deno.test("deno task exec without a command shows how to use it", async () => {
  const { code, stderr } = await run("deno", EXEC, { env: ENV });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Usage: deno task exec COMMAND");
});

Deno.test("deno task exec passes SIGTERM on to the command and ends with it", async () => {
  const script =
    'Deno.addSignalListener("SIGTERM", () => Deno.exit(9)); console.log("ready"); setTimeout(() => {}, 60_000)';
  const child = new Deno.Command(Deno.execPath(), {
    args: [...EXEC, "deno", "eval", script],
    env: ENV,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  for await (const chunk of child.stdout) {
    if (new TextDecoder().decode(chunk).includes("ready")) child.kill("SIGTERM");
  }
  assertEquals((await child.status).code, 9);
});
