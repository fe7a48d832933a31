/**
 * The cost of importing a module, in a process of its own: nothing is warm but the cache on the disk.
 *
 * @module
 */

import type { Contestant, Role } from "../harness.ts";
import { WrongAnswer } from "../pattern.ts";

/** Something that is imported. */
export interface Imported {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** Modules imported before the clock starts: URLs, or `mozilla` for `mozillaRoots()`. */
  readonly before?: readonly string[];
  /** The module that is measured. */
  readonly module: string;
  /** Folders of this repository of which nothing may be loaded with it. */
  readonly without?: readonly string[];
}

/** These imports; figures are milliseconds. */
export function imports(all: readonly Imported[]): Contestant[] {
  return all.map((imported) => {
    const round = () => importOnce(imported);
    let note: string | undefined;
    return {
      name: imported.name,
      role: imported.role,
      async enter() {
        if (imported.module !== "mozilla") note = await weigh(imported);
        return { warmUp: round, round, note: () => note, close: () => {} };
      },
    };
  });
}

async function importOnce({ before = [], module }: Imported): Promise<number> {
  const script = new URL("../start/import.ts", import.meta.url).href;
  const figures: number[] = JSON.parse(
    await output(["run", "--quiet", "--allow-all", script, ...before, module]),
  );
  return figures.at(-1) ?? NaN;
}

/** The part of `deno info --json` that is read. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly size?: number;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** The number of modules that are loaded with it, and the length of their source. */
async function weigh({ module, without = [] }: Imported): Promise<string> {
  const { modules }: Info = JSON.parse(await output(["info", "--json", module]));
  const known = new Map(modules.map((each) => [each.specifier, each]));
  const loaded = new Set([module]);
  let size = 0;
  for (const specifier of loaded) { // which grows meanwhile
    const { size: own = 0, dependencies = [] } = known.get(specifier) ?? {};
    size += own;
    for (const { code, isDynamic } of dependencies) {
      if (code?.specifier !== undefined && isDynamic !== true) loaded.add(code.specifier);
    }
  }
  for (const folder of without) {
    const found = [...loaded].find((specifier) =>
      specifier.startsWith(new URL(`../../${folder}/`, import.meta.url).href)
    );
    if (found !== undefined) throw new WrongAnswer(`Cannot count this: it loads ${found}`);
  }
  return `${loaded.size} modules, ${Math.round(size / 1024)} KiB`;
}

async function output(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stderr: "piped" })
    .output();
  if (code !== 0) throw new Error(`Cannot run deno: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}
