/**
 * A JSR package in memory, and the documents a JSR registry keeps about it.
 *
 * A registry is a tree of plain files: `/@scope/name/meta.json` lists the versions,
 * `/@scope/name/VERSION_meta.json` a version's exports and the size and hash of each of its files, and the
 * files lie under `/@scope/name/VERSION/`. Deno checks every file it downloads against its hash.
 *
 * These modules run before any dependency can be resolved, so they import nothing but each other.
 *
 * @module
 */

/** One version of one package. */
export interface Package {
  /** `@scope/name`. */
  readonly name: string;
  /** The only version there is. */
  readonly version: string;
  /** Export path (`.`, `./concat`) to file path (`./mod.js`). */
  readonly exports: Readonly<Record<string, string>>;
  /** File path, with a leading slash, to content. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Everything a registry answers for one package: URL path to body. */
export type Documents = ReadonlyMap<string, Uint8Array<ArrayBuffer> | string>;

/** Lays a package out as a JSR registry does. */
export async function documentsOf(pkg: Package): Promise<Documents> {
  const { name, version, exports, files } = pkg;
  const manifest: Record<string, { size: number; checksum: string }> = {};
  const documents = new Map<string, Uint8Array<ArrayBuffer> | string>();
  for (const [path, content] of files) {
    manifest[path] = { size: content.length, checksum: `sha256-${await sha256(content)}` };
    documents.set(`/${name}/${version}${path}`, content);
  }
  const [scope, bareName] = name.slice(1).split("/");
  const meta = { scope, name: bareName, latest: version, versions: { [version]: {} } };
  documents.set(`/${name}/meta.json`, JSON.stringify(meta));
  documents.set(`/${name}/${version}_meta.json`, JSON.stringify({ manifest, exports }));
  return documents;
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
}
