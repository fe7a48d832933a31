/**
 * The command line: `deno run -N jsr:@ductile/ductile/cli https://example.com/`; `--help` tells the rest.
 *
 * `deno run -N jsr:@ductile/ductile` runs it too, but computes the path, so that programs do not download the command line
 * with the client: `deno compile`, `deno install` and `deno cache` need this module to find all of it.
 *
 * @module
 */

import { run } from "./cli.ts";

export { run } from "./cli.ts";

if (import.meta.main) run();
