/**
 * What the loader of native roots reports: what was not permitted, what could not be used, and what helps.
 *
 * @module
 */

import { pemHint, readPemBlocks } from "../io/pem.ts";
import { NATIVE_PATHS } from "./native_paths.ts";

/** A source that was skipped, and the flag that permits it. */
export interface MissingPermission {
  /** A flag of `deno run`, for instance `--allow-read=/etc/ssl`. */
  readonly flag: string;
  /** The source that the permission is for. */
  readonly purpose: string;
}

/** The error of `nativeRoots` where no root could be loaded. */
export class NativeRootsError extends Error {
  /** `NativeRootsError`. */
  override readonly name = "NativeRootsError";
  /** `permission_missing` when a flag may help; `no_roots_found` when none would. */
  readonly code: "permission_missing" | "no_roots_found";
  /** A sentence that says what can be done. */
  readonly hint: string;
  /** What was skipped for want of a permission. */
  readonly missingPermissions: readonly MissingPermission[];
  /** What could not be read or was left out. */
  readonly errors: readonly Error[];

  /** Makes the error out of what the sources reported. */
  constructor(message: string, hint: string, found: Pick<NativeRootsError, "missingPermissions" | "errors">) {
    super(message);
    this.code = helpful(found.missingPermissions).length > 0 ? "permission_missing" : "no_roots_found";
    this.hint = hint;
    this.missingPermissions = found.missingPermissions;
    this.errors = found.errors;
  }
}

/** What the sources reported, where they gave no root. */
export interface NothingFound {
  /** The name of the system, as in `Deno.build.os`. */
  readonly os: string;
  /** Whether a variable names the sources, and no other counts. */
  readonly fromVariables: boolean;
  /** What was skipped for want of a permission. */
  readonly missingPermissions: readonly MissingPermission[];
  /** What could not be read or was left out. */
  readonly errors: readonly Error[];
  /** The sources that were read and have no certificate. */
  readonly empty: readonly string[];
}

/** The error for sources that gave no root. */
export function nothingFound(found: NothingFound): NativeRootsError {
  const { os, errors, empty } = found;
  const problems = [
    ...errors.map(({ message }) => uncapitalize(message)),
    ...empty.map((name) => `${name} has no certificate`),
  ];
  const shown = problems.slice(0, MAX_SHOWN_PROBLEMS).join("; ");
  const more = problems.length > MAX_SHOWN_PROBLEMS
    ? `; and ${problems.length - MAX_SHOWN_PROBLEMS} more`
    : "";
  const flags = flagsFor(found);
  const missing = flags.length > 0 ? `a permission is missing, ${flags.join(" or ")}` : "";
  const nowhere = os in NATIVE_PATHS
    ? "there are no files where this system keeps them"
    : `the files of ${JSON.stringify(os)} are not known`;
  const reason = [missing, shown + more].filter((text) => text !== "").join("; ") || nowhere;
  return new NativeRootsError(`Cannot load native roots: ${reason}`, hintFor(found, flags), found);
}

function hintFor({ os, fromVariables }: NothingFound, flags: readonly string[]): string {
  if (flags.length > 0) return `Run with ${flags.join(" or ")}.`;
  if (fromVariables) return "Correct SSL_CERT_FILE and SSL_CERT_DIR, or unset them.";
  const install = os === "linux"
    ? "Install the system's certificates (the package ca-certificates), or trust"
    : "Trust";
  return `${install} Mozilla's roots, which this package has.`;
}

/**
 * The flags of which any may help: that of the system's store, and one that has all missing files. Which of them this
 * system has cannot be seen without it.
 */
function flagsFor({ missingPermissions }: NothingFound): string[] {
  const flags = helpful(missingPermissions).map(({ flag }) => flag);
  const paths = flags.filter((flag) => flag.startsWith(READ)).map((flag) => flag.slice(READ.length));
  const others = flags.filter((flag) => !flag.startsWith(READ));
  return paths.length === 0 ? others : [...others, READ + paths.join(",")];
}

/** Permissions that help alone. The variables only say where roots are, and those files need one of their own. */
function helpful(missing: readonly MissingPermission[]): readonly MissingPermission[] {
  return missing.filter(({ flag }) => !flag.startsWith("--allow-env"));
}

/** Why a file has no certificate, where that can be seen; its hint follows in parentheses. */
export function whyNoCertificate(bytes: Uint8Array, text: string): string {
  if (bytes.length === 0) return "it is empty";
  if (!text.includes("-----BEGIN ")) {
    return bytes[0] === DER_SEQUENCE
      ? "it is no PEM but perhaps DER (openssl x509 -inform DER makes PEM of it)"
      : "it is no PEM";
  }
  const [label] = labelsIn(text);
  const { hint } = pemHint(text);
  const instead = label === undefined ? "" : `, but a "${label}" block`;
  return `it has no "CERTIFICATE" block${instead}${
    hint === undefined ? "" : ` (${uncapitalize(hint).replace(/\.$/, "")})`
  }`;
}

function labelsIn(text: string): string[] {
  try {
    return readPemBlocks(text).map(({ label }) => label);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** The reason of a failed call of the runtime: `Permission denied (os error 13): stat '/a'` without the call. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return uncapitalize(message.split(/: (?=[a-z]+ ')/)[0] ?? message);
}

function uncapitalize(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

const READ = "--allow-read=";

/** The first byte of DER. */
const DER_SEQUENCE = 0x30;

/** Problems that the message lists; all of them are in `errors`. */
const MAX_SHOWN_PROBLEMS = 3;
