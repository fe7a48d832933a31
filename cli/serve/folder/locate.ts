/**
 * From the path of a URL to a file below a folder, and never to one beside it.
 *
 * Two checks, each of which would do: the segments of the URL's path are names, so that joined they lead downwards; and
 * the real path of what they name, with every link followed, is below the real path of the folder.
 *
 * @module
 */

import type { FileFacts, Files } from "./files.ts";

/** A folder that is served. */
export interface ServedFolder {
  /** Its real path. */
  readonly root: string;
  /** Whether names that begin with a dot are served, too. */
  readonly dotfiles: boolean;
  readonly files: Files;
}

/** What a URL's path leads to. */
export interface Located extends Pick<FileFacts, "isFile" | "isDirectory"> {
  /** The real path. */
  readonly path: string;
}

/**
 * Finds what the path of a URL names.
 *
 * @param pathname The path of a URL, as `URL` has it: it begins with a slash, its dot segments are resolved.
 * @returns `undefined` where nothing is, or nothing that is served.
 */
export async function locate(folder: ServedFolder, pathname: string): Promise<Located | undefined> {
  const names = segmentsOf(pathname);
  if (names === undefined || !names.every((name) => isServed(folder, name))) return undefined;
  const { files, root } = folder;
  try {
    const path = await files.realPath([root, ...names].join(files.separator));
    if (!isBelow(folder, path)) return undefined;
    const { isFile, isDirectory } = await files.stat(path);
    return { path, isFile, isDirectory };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The segments of a path, decoded; a slash at the end is none. `undefined` where one is no name of a file. */
function segmentsOf(pathname: string): string[] | undefined {
  const path = pathname.endsWith("/") ? pathname.slice(0, -1) : pathname;
  if (path === "") return [];
  try {
    const names = path.slice(1).split("/").map(decodeURIComponent);
    return names.every(isName) ? names : undefined;
  } catch {
    return undefined; // malformed percent-encoding, or no UTF-8
  }
}

/** Whether a decoded segment names one entry of a folder, on every system. */
function isName(segment: string): boolean {
  // deno-lint-ignore no-control-regex -- no name of a file that is served has them
  return segment !== "" && segment !== "." && segment !== ".." && !/[\x00-\x1f/\\:]/.test(segment);
}

/** Whether an entry of a folder is served under its name. */
export function isServed({ dotfiles }: ServedFolder, name: string): boolean {
  return dotfiles || !name.startsWith(".");
}

/** Whether a real path is the folder's own or below it, and served. */
function isBelow(folder: ServedFolder, path: string): boolean {
  const { root, files: { separator } } = folder;
  if (path === root) return true;
  const above = root.endsWith(separator) ? root : root + separator;
  return path.startsWith(above) &&
    path.slice(above.length).split(separator).every((name) => isServed(folder, name));
}

/** Whether an error of the runtime says that nothing is there for the client. Whether it may not be read is not told. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error &&
    (ABSENT.has(error.name) || "code" in error && typeof error.code === "string" && ABSENT.has(error.code));
}

const ABSENT: ReadonlySet<string> = new Set([
  "NotFound",
  "NotADirectory",
  "NotCapable",
  "PermissionDenied",
  "FilesystemLoop",
  "InvalidFilename",
  "ENAMETOOLONG",
  "ELOOP",
  "EINVAL",
]);
