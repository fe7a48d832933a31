/**
 * The cost of importing the package, its parts and what it loads on demand. `mod.ts` loads nothing of TLS but types,
 * and nothing of roots and HTTP/2: a contestant that loads what it should not has failed.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { imports } from "../work/imports.ts";

const MOD = module("mod.ts");
const TLS = module("tls/mod.ts");
const SERVER = module("server/mod.ts");
const ROOTS = module("roots/mod.ts");

/** Imports. */
export const importing: Question = {
  name: "import",
  title: "Importing the package",
  unit: "ms",
  headline: false,
  uncountedRounds: 0, // each round is a process of its own
  contestants: () =>
    imports([
      {
        name: "mod.ts",
        role: "ductile",
        module: MOD,
        without: ["roots", "tls/handshake", "tls/x509", "http2/client"],
      },
      { name: "tls/mod.ts", role: "variant", module: TLS, without: ["roots", "http1", "http2", "client"] },
      {
        name: "server/mod.ts",
        role: "variant",
        module: SERVER,
        without: ["cli", "client", "roots", "tls", "websocket"],
      },
      { name: "roots/mod.ts", role: "variant", module: ROOTS, without: ["http1", "http2", "client"] },
    ]),
};

/** Mozilla's roots. */
export const mozilla: Question = {
  name: "mozilla-roots",
  title: "mozillaRoots(), loaded and decoded",
  unit: "ms",
  headline: false,
  uncountedRounds: 0,
  contestants: () =>
    imports([
      { name: "mozillaRoots()", role: "ductile", before: [ROOTS], module: "mozilla" },
      { name: "with roots/mod.ts itself", role: "variant", module: "mozilla" },
      { name: "after tls/mod.ts", role: "variant", before: [TLS], module: "mozilla" },
    ]),
};

function module(path: string): string {
  return new URL(`../../${path}`, import.meta.url).href;
}
