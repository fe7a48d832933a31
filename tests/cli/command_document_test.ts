/** docs/COMMAND.md: it has every flag, every exit code with its meaning, and every variable of --write-out. */

import { assert, assertEquals } from "@std/assert";
import { EXIT_CODES } from "../../cli/error.ts";
import { FLAG_CATEGORIES } from "../../cli/flags.ts";
import { VARIABLES } from "../../cli/write_out/variables.ts";
import { ROOT } from "../support/checkout.ts";

const DOCUMENT = await Deno.readTextFile(new URL("docs/COMMAND.md", ROOT));

for (const { name, flags } of FLAG_CATEGORIES) {
  Deno.test(`docs/COMMAND.md: the flags of the subject ${name}, and no others`, () => {
    const [, row = ""] = DOCUMENT.split(`- **${name}**:`);
    const [item = ""] = row.split(/\n(?:- |\n)/);
    const listed = [...item.matchAll(/`--([^`]+)`/g)].map(([, flag]) => flag);
    assertEquals(listed.sort(), flags.map(({ name }) => name).sort());
    for (const { name, short } of flags) {
      if (short !== undefined) {
        assert(item.replace(/\s+/g, " ").includes(`\`-${short}\` \`--${name}\``), `-${short}`);
      }
    }
  });
}

Deno.test("docs/COMMAND.md: the exit codes with their meanings", () => {
  const listed = [...DOCUMENT.matchAll(/^\| +(\d+) +\| (.*?) +\|$/gm)]
    .map(([, code, meaning]) => [Number(code), meaning]);
  assertEquals<unknown>(listed, EXIT_CODES);
});

Deno.test("docs/COMMAND.md: the variables of --write-out", () => {
  const missing = [...VARIABLES.keys()].filter((name) => !DOCUMENT.includes(`\`${name}\``));
  assertEquals(missing, []);
});
