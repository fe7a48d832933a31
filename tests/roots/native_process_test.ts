/** The roots as a script gets them under each set of permissions, and a terminal that is not asked anything. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { X509Certificate } from "node:crypto";
import { installed } from "../support/process.ts";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";

const FOLDER = "/etc/ssl/certs";
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const bundle = await Deno.readTextFile(BUNDLE).catch(() => undefined);
const needsBundle = bundle === undefined ? ` (needs ${BUNDLE})` : "";

const SCRIPT = `
import { mozillaRoots, nativeRoots } from ${JSON.stringify(new URL("roots/mod.ts", ROOT).href)};
const { size } = await mozillaRoots();
try {
  const { store, sources, errors, missingPermissions } = await nativeRoots();
  const found = sources[0].certificates;
  console.log(JSON.stringify({ mozilla: size, native: store.size, found, sources, errors: errors.map(String), missingPermissions }));
} catch (error) {
  console.log(JSON.stringify({ mozilla: size, refused: error.name, code: error.code, message: error.message }));
}
`;

/** What the script prints. */
interface Outcome {
  readonly mozilla: number;
  readonly native?: number;
  readonly found?: number;
  readonly sources?: readonly { readonly kind: string; readonly name: string }[];
  readonly errors?: readonly string[];
  readonly missingPermissions?: readonly { readonly flag: string }[];
  readonly refused?: string;
  readonly code?: string;
  readonly message?: string;
}

async function outcomeOf(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(script, SCRIPT);
    const config = new URL("deno.json", ROOT).pathname;
    const args = ["run", "--no-prompt", "--quiet", "--config", config, "--allow-net", ...flags, script];
    const result: RunResult = await run("deno", args, { env });
    assertEquals(result.code, 0, result.stderr);
    return JSON.parse(result.stdout);
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("roots: with net alone, Mozilla's are there and native ones name the flags to pass", async () => {
  const { mozilla, refused, code, message } = await outcomeOf([]);
  assert(mozilla > 100);
  assertEquals([refused, code], ["NativeRootsError", "permission_missing"]);
  for (const flag of ["--allow-sys", "--allow-read=/etc/ssl"]) assertStringIncludes(message ?? "", flag);
});

/** PEM text as another reader sees it. */
function readBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Two certificates of one name and one key are one root; one of no authority's is none, though Debian has one there. */
function countRoots(certificates: readonly X509Certificate[]): number {
  const valid = certificates.filter(({ ca, validToDate }) => ca && validToDate >= new Date());
  return new Set(
    valid.map(({ subject, publicKey }) => `${subject} ${publicKey.export({ type: "spki", format: "pem" })}`),
  ).size;
}

const inBundle = readBundle(bundle ?? "");
/** A folder may have more than the bundle beside it: what was put there by hand. */
const inFolder = bundle === undefined ? [] : Array.from(Deno.readDirSync(FOLDER))
  .filter(({ name }) => Deno.statSync(`${FOLDER}/${name}`).isFile)
  .flatMap(({ name }) => readBundle(Deno.readTextFileSync(`${FOLDER}/${name}`)));

const GRANTS = [
  {
    name: "--allow-sys",
    flags: ["--allow-sys"],
    env: {},
    source: ["system", "the system store"],
    all: inBundle,
  },
  {
    name: "--allow-read=/etc/ssl",
    flags: ["--allow-read=/etc/ssl"],
    env: {},
    source: ["file", BUNDLE],
    all: [...inBundle, ...inFolder],
  },
  {
    name: "--allow-env=SSL_CERT_FILE --allow-read=FILE",
    flags: ["--allow-env=SSL_CERT_FILE", `--allow-read=${BUNDLE}`],
    env: { SSL_CERT_FILE: BUNDLE },
    source: ["environment", BUNDLE],
    all: inBundle,
  },
] as const;
for (const { name, flags, env, source, all } of GRANTS) {
  Deno.test({
    name: `roots: ${name} gives every root of the system, and names its source${needsBundle}`,
    ignore: bundle === undefined,
    fn: async () => {
      const { native, found, sources, errors = [] } = await outcomeOf(flags, env);
      assertEquals([sources?.[0]?.kind, sources?.[0]?.name], [...source]);
      assertEquals([found, native], [inBundle.length, countRoots(all)]);
      // What is not kept is reported: those whose time is over, and those that are no authority's.
      const fingerprints = all.filter(({ ca, validToDate }) => !ca || validToDate < new Date())
        .map(({ fingerprint256 }) => fingerprint256);
      assertEquals(errors.length, new Set(fingerprints).size, errors.join("\n"));
      for (const error of errors) assertMatch(error, /it expired on|it is no authority's/);
    },
  });
}

Deno.test({
  name: `roots: a terminal is not asked anything${installed("script") ? "" : " (needs script)"}`,
  ignore: !installed("script"),
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(file, SCRIPT);
      const config = new URL("deno.json", ROOT).pathname;
      // Without --no-prompt: only the loader's own restraint keeps the question away.
      const command = `"${Deno.execPath()}" run --quiet --config "${config}" --allow-net "${file}"`;
      const { stdout } = await run("script", ["-qec", command, "/dev/null"], {
        signal: AbortSignal.timeout(30_000),
      });
      assertStringIncludes(stdout, "NativeRootsError");
      assertEquals(/Allow\?|requests/.test(stdout), false, stdout);
    } finally {
      await Deno.remove(file);
    }
  },
});
