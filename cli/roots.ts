/**
 * `--list-roots`: the names, keys and restrictions of roots.
 *
 * @module
 */

import type { NativeRoots, RootDescription } from "../roots/mod.ts";
import type { RootCertStore } from "../tls/mod.ts";
import type { ListRootsCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";
import { say } from "./print.ts";
import { writeStandardOutput } from "./standard_output.ts";
import { printable } from "./text.ts";
import { readStore } from "./trust.ts";

/**
 * Prints the roots to standard output, and where they come from to standard error.
 *
 * @throws {CliError} `ca_file`: they cannot be read or loaded.
 */
export async function listRoots({ roots, caFile }: ListRootsCommand, host: CliHost): Promise<void> {
  const stores = [await loadStore(roots ?? "deno", host)];
  if (caFile !== undefined) stores.push(await readStore(caFile, host));
  const { describeRoots } = await import("../roots/mod.ts");
  const lines: string[] = [];
  for (const store of stores) lines.push(...(await describeRoots(store)).flatMap(rootLines));
  await writeStandardOutput(lines.map((line) => `${line}\n`).join(""), host);
}

async function loadStore(roots: string, host: CliHost): Promise<RootCertStore> {
  const { mozillaRoots } = await import("../roots/mod.ts");
  switch (roots) {
    case "mozilla":
      return await mozillaRoots();
    case "deno":
      say(host.stderr, [
        "* Deno does not show its roots: these are Mozilla's, which Deno's are unless it is told otherwise",
      ]);
      return await mozillaRoots();
    case "native": {
      const native = await loadNative();
      say(host.stderr, nativeLines(native));
      return native.store;
    }
    default:
      return await readStore(roots, host);
  }
}

async function loadNative(): Promise<NativeRoots> {
  const { nativeRoots, NativeRootsError } = await import("../roots/mod.ts");
  try {
    return await nativeRoots();
  } catch (cause) {
    if (!(cause instanceof NativeRootsError)) throw cause;
    const { message, hint } = cause;
    throw new CliError(ExitCode.ca_file, `Cannot list the roots: ${message.replace(/^Cannot/, "cannot")}`, {
      cause,
      hint,
    });
  }
}

function nativeLines({ sources, errors }: NativeRoots): string[] {
  return [
    ...sources.map(({ name, certificates }) => `* ${printable(name)}: ${certificates} certificates`),
    ...errors.map(({ message }) => `* ${printable(message)}`),
  ];
}

/** The lines of one root: its name, then key, fingerprint and restrictions, indented. */
function rootLines(root: RootDescription): string[] {
  const { subject, pin, fingerprint, distrustAfter, permittedNames, excludedNames } = root;
  const only = permittedNames.length > 0 ? [`only for names under ${permittedNames.join(", ")}`] : [];
  const never = excludedNames.length > 0 ? [`not for names under ${excludedNames.join(", ")}`] : [];
  const before = distrustAfter === undefined
    ? []
    : [`only for certificates that were issued by ${distrustAfter.toISOString().slice(0, 10)}`];
  return [
    printable(subject),
    `  key ${pin.replace("/", "//")}`,
    ...(fingerprint === undefined ? [] : [`  certificate SHA-256 ${fingerprint}`]),
    ...[...before, ...only, ...never].map((line) => `  trusted ${printable(line)}`),
  ];
}
