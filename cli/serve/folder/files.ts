/**
 * Files as a folder's handler needs them.
 *
 * @module
 */

/** What is known of a file. */
export interface FileFacts {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** Its length, in bytes. */
  readonly size: number;
  /** The time of its last change; `null` where the system does not know it. */
  readonly mtime: Date | null;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** What is known of this file, whatever its name stands for by now. */
  stat(): Promise<FileFacts>;
  /** Moves to a position from the beginning. */
  seek(position: number): Promise<void>;
  /** Reads at most as much as fits; `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Closes the file. */
  close(): void;
}

/** An entry of a folder. */
export interface FolderEntry {
  /** The name, without its folder. */
  readonly name: string;
  /** Whether it is a folder itself; a link to one is none. */
  readonly isDirectory: boolean;
}

/** A file system, read alone. Every function rejects with the runtime's errors. */
export interface Files {
  /** The separator of paths: a slash, or a backslash on Windows. */
  readonly separator: string;
  /** The absolute path without links in it. */
  realPath(path: string): Promise<string>;
  /** What is known of the file at a path. */
  stat(path: string): Promise<FileFacts>;
  /** Opens a file for reading. */
  open(path: string): Promise<OpenFile>;
  /** The entries of a folder. */
  readDir(path: string): AsyncIterable<FolderEntry>;
}
