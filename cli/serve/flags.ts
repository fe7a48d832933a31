/**
 * The flags of the command that serves a folder: name, help and reader of each in one place.
 *
 * @module
 */

import { usageError } from "../error.ts";
import type { FlagForm } from "../given_flags.ts";
import type { ServeCommand, ServeDraft } from "./command.ts";

/** A flag of the command. */
export interface ServeFlag extends FlagForm {
  /** Writes the value into the command; absent where the flag asks for an action. */
  readonly read?: (value: string, command: ServeDraft) => void;
  /** The action that the flag asks for. */
  readonly action?: Exclude<ServeCommand["action"], "serve">;
}

/** Every flag, in the order of the help. */
export const SERVE_FLAGS: readonly ServeFlag[] = [
  {
    name: "port",
    short: "p",
    takes: "PORT",
    help: ["The port: 8443 by default, 8080 with --plain; 0 is any that is free"],
    read: (value, command) => {
      if (!/^[0-9]{1,5}$/.test(value) || Number(value) > 65_535) {
        throw usageError(`Cannot use --port: "${value}" is no number from 0 to 65535`);
      }
      command.port = Number(value);
    },
  },
  {
    name: "host",
    takes: "HOST",
    help: [
      "The address to listen on: 127.0.0.1 by default, for this machine alone; 0.0.0.0 or ::",
      "for the whole network",
    ],
    read: (value, command) => {
      if (value === "") throw usageError("Cannot use --host: it is empty");
      command.hostname = value;
    },
  },
  {
    name: "plain",
    help: ["HTTP without TLS"],
    read: (_value, command) => command.plain = true,
  },
  {
    name: "cert",
    takes: "FILE",
    help: ["The certificate chain in FILE (PEM). Without it, one is made that signs itself"],
    read: (value, command) => command.certFile = value,
  },
  {
    name: "key",
    takes: "FILE",
    help: ["Its private key (PEM); by default it is looked for beside the certificate"],
    read: (value, command) => command.keyFile = value,
  },
  {
    name: "name",
    takes: "NAME",
    help: [
      "A host name or IP address more by which it is reached, for the certificate that is",
      "made; with --plain, requests for other names are not answered. May be repeated",
    ],
    read: (value, command) => {
      command.names.push(value);
    },
  },
  {
    name: "dotfiles",
    help: ["Serve files whose names begin with a dot, and those in such folders, too"],
    read: (_value, command) => command.dotfiles = true,
  },
  {
    name: "verbose",
    short: "v",
    help: ["Print each request, with its status, to standard error"],
    read: (_value, command) => command.verbose = true,
  },
  {
    name: "help",
    short: "h",
    help: ["Print this"],
    action: "help",
  },
  {
    name: "version",
    short: "V",
    help: ["Print the version"],
    action: "version",
  },
];
