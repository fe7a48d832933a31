/**
 * Makes the programs that are contestants, once a run, where their compilers are found.
 *
 * @module
 */

import { Absent } from "../harness.ts";

/** The language that a program is written in. */
export type Language = "rust" | "go";

/** The path of a language's program. Throws {@linkcode Absent} where it cannot be made. */
export function program(language: Language): Promise<string> {
  return made[language] ??= make(RECIPES[language]);
}

const made: { [language in Language]?: Promise<string> } = {};

interface Recipe {
  /** The folder with the sources, beside this one. */
  readonly folder: string;
  /** The compiler's command. */
  readonly command: readonly [string, ...string[]];
  /** The program, below the folder. */
  readonly path: string;
}

const RECIPES: Readonly<Record<Language, Recipe>> = {
  rust: {
    folder: "rust",
    command: ["cargo", "build", "--release", "--quiet"],
    path: "target/release/ductile-bench-peers",
  },
  go: { folder: "go", command: ["go", "build", "-o", "target/"], path: "target/ductile-bench-peers" },
};

async function make({ folder, command: [compiler, ...args], path }: Recipe): Promise<string> {
  const cwd = new URL(`../${folder}/`, import.meta.url).pathname;
  try {
    const { success, stderr } = await new Deno.Command(compiler, {
      args,
      cwd,
      stdout: "null",
      stderr: "piped",
    })
      .output();
    if (success) return `${cwd}${path}`;
    const [reason = "no reason given"] = new TextDecoder().decode(stderr).trim().split("\n").slice(-1);
    throw new Absent(`${compiler} made no program: ${reason}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Absent(`${compiler} is not installed`);
    throw error;
  }
}
