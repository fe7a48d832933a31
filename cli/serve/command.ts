/**
 * The command that serves a folder, as a value.
 *
 * @module
 */

/** A folder to serve, and how. */
export interface ServeFolderCommand {
  /** The action. */
  readonly action: "serve";
  /** The folder; the current one by default. */
  readonly folder: string;
  /** `--host`. */
  readonly hostname: string;
  /** `--port`. */
  readonly port: number;
  /** `--plain`. */
  readonly plain: boolean;
  /** `--cert`. */
  readonly certFile?: string;
  /** `--key`. */
  readonly keyFile?: string;
  /** `--name`, in order. */
  readonly names: readonly string[];
  /** `--dotfiles`. */
  readonly dotfiles: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
}

/** A command of any action. */
export type ServeCommand = ServeFolderCommand | { readonly action: "help" | "version" };

/** A command while the flags write it. */
export type ServeDraft =
  & { -readonly [Name in keyof Omit<ServeFolderCommand, "names">]: ServeFolderCommand[Name] }
  & { names: string[] };

/** The address that others on the network do not reach. */
const DEFAULT_HOSTNAME = "127.0.0.1";
/** The usual ports beside 443 and 80, which need privileges. */
const DEFAULT_PORT = { tls: 8443, plain: 8080 } as const;

/** The command of a folder without flags; the port is for the flags to say. */
export function emptyServeDraft(folder: string): ServeDraft {
  return {
    action: "serve",
    folder,
    hostname: DEFAULT_HOSTNAME,
    port: NaN,
    plain: false,
    names: [],
    dotfiles: false,
    verbose: false,
  };
}

/** The port where none is given. */
export function defaultPort(plain: boolean): number {
  return plain ? DEFAULT_PORT.plain : DEFAULT_PORT.tls;
}
