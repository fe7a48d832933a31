/**
 * Which tests are fast: those that start no process, so that they need no peer either, and that are not long by
 * intention, as fuzzing and published test data are.
 *
 * It is read from their imports, so that there is no list to keep.
 *
 * @module
 */

import { ROOT } from "../support/checkout.ts";
import { codeOnly } from "../support/code_only.ts";
import { listModules } from "../support/module_graph.ts";

/** Folders whose tests are long. */
const LONG: readonly string[] = ["tests/bench/", "tests/conformance/", "tests/fuzz/", "tests/interop/"];

/** The calls that start a process: the runtime's, and Node's. */
const STARTS_PROCESS: readonly RegExp[] = [/\bDeno\s*\.\s*Command\b/, /\bspawn(?:Sync)?\s*\(/];

/** The fast test files; paths from the root, sorted. */
export async function fastTests(root: URL = ROOT): Promise<string[]> {
  const tests = (await listModules(["tests"], root)).filter((file) =>
    file.endsWith("_test.ts") && !LONG.some((folder) => file.startsWith(folder))
  );
  const known = new Map<string, Module>();
  const fast: string[] = [];
  for (const test of tests) if (!await startsProcess(test, root, known)) fast.push(test);
  return fast;
}

/** Facts of a module's text. */
interface Module {
  readonly startsProcess: boolean;
  /** Modules of the checkout that are loaded with it, or by it; paths from the root. */
  readonly imports: readonly string[];
}

/** Whether `file`, or something that it loads, starts a process. */
async function startsProcess(file: string, root: URL, known: Map<string, Module>): Promise<boolean> {
  const reached = new Set([file]);
  for (const each of reached) {
    let module = known.get(each);
    if (module === undefined) known.set(each, module = await readModule(each, root));
    if (module.startsProcess) return true;
    for (const imported of module.imports) reached.add(imported);
  }
  return false;
}

async function readModule(file: string, root: URL): Promise<Module> {
  const url = new URL(file, root);
  const source = await Deno.readTextFile(url);
  const code = codeOnly(source);
  return {
    startsProcess: STARTS_PROCESS.some((pattern) => pattern.test(code)),
    imports: Array.from(source.matchAll(LOADED))
      // In a string, an import is a mention, and blank in the code.
      .filter(({ index }) => code.charAt(index).trim() !== "")
      .map(([, fixed, dynamic]) => new URL(fixed ?? dynamic ?? "", url).href.slice(root.href.length)),
  };
}

/** `import x from "./a.ts"`, `export * from "./a.ts"`, `import "./a.ts"` and `import("./a.ts")`, but no types. */
const LOADED =
  /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)/gm;
