/**
 * The benches themselves, with small numbers: does every contestant still give the right answers?
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { QUESTIONS } from "../../bench/questions/all.ts";
import type { Run } from "../../bench/report.ts";
import { markdownTable } from "../../bench/table.ts";

async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const script = new URL("../../bench/main.ts", import.meta.url).href;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", script, ...args],
    stdout: "piped",
    stderr: "piped",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

function expectSound(run: Run, rounds: number): void {
  for (const { name, results } of run.answers) {
    // Who fails says why; who is absent needs a program or a package that this machine does not have.
    assertEquals(results.filter(({ outcome }) => outcome === "failed"), [], name);
    const measured = results.filter(({ outcome }) => outcome === "measured").map(({ role }) => role);
    assertEquals(measured[0], "ductile", name);
    // Deno itself has nothing to put beside some of it; where it has, it is never absent.
    assertEquals(measured.includes("deno"), results.some(({ role }) => role === "deno"), name);
    for (const result of results) {
      if (result.outcome !== "measured") continue;
      const { figures, median, min, max } = result;
      assertEquals(figures.length, rounds, `${name}, ${result.name}`);
      assertEquals(
        figures.every(Number.isFinite) && min <= median && median <= max,
        true,
        `${name}, ${result.name}`,
      );
    }
  }
}

Deno.test("bench: every question is answered by every contestant that can, and the table has them", async () => {
  const { code, out, err } = await bench("--quick", "--json");
  assertEquals(code, 0, `${err}\n${out}`);
  const run: Run = JSON.parse(out);
  assertEquals(run.answers.map(({ name }) => name), QUESTIONS.map(({ name }) => name));
  expectSound(run, 1);
  const withoutRival = [
    "server-http1-client-cert",
    "server-http2-client-cert",
    "server-fresh-client-cert",
    "tls-machines-handshake",
    "tls-machines-bulk",
    "tls12-handshake",
    "tls12-bulk",
    "import",
    "mozilla-roots",
  ];
  assertEquals(
    run.answers.filter(({ results }) => !results.some(({ role }) => role === "deno")).map(({ name }) => name),
    withoutRival,
  );
  const table = markdownTable(run);
  for (const { title, headline } of QUESTIONS) assertEquals(table.includes(`| ${title}, `), headline, title);
});

Deno.test("bench: Deno.serve can stand in for nginx", async () => {
  const asked = ["http1-parallel", "http2-download", "http1-upload", "http2-upload", "tls-"];
  const { code, out, err } = await bench("--quick", "--json", "--rounds=2", "--server=deno", ...asked);
  assertEquals(code, 0, `${err}\n${out}`);
  const run: Run = JSON.parse(out);
  assertStringIncludes(run.server, "Deno.serve");
  assertEquals(run.answers.length, 15);
  expectSound(run, 2);
});

Deno.test("bench: without --json it prints a block for each question", async () => {
  const { code, out, err } = await bench("--quick", "http1-serial");
  assertEquals(code, 0, `${err}\n${out}`);
  assertStringIncludes(out, "HTTP/1.1 over TLS, 1 KiB, one at a time (req/s, more is better, 1 round)");
  assertStringIncludes(out, "Deno fetch");
});

Deno.test("bench: a wrong argument is exit code 2, and the usage", async () => {
  const { code, out, err } = await bench("--fast");
  assertEquals([code, out], [2, ""]);
  assertStringIncludes(err, 'Cannot read "--fast"');
  assertStringIncludes(err, "Usage: deno task bench");
});
