/**
 * The flags of the command line by subject: name, help and reader of each are one entry in a table of `flags/`, so that
 * a new flag is one entry there (and a field of the command, if none there holds its value). Where curl has the flag, it
 * means here what it means there; where it cannot, the help says so.
 *
 * @module
 */

import { COMMAND_FLAGS } from "./flags/command_flags.ts";
import { CONNECTION_FLAGS } from "./flags/connection_flags.ts";
import { CONTENT_FLAGS } from "./flags/content_flags.ts";
import { CREDENTIAL_FLAGS } from "./flags/credential_flags.ts";
import type { Flag } from "./flags/flag.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { REQUEST_FLAGS } from "./flags/request_flags.ts";
import { TLS_FLAGS } from "./flags/tls_flags.ts";

/** Flags of one subject. */
export interface FlagCategory {
  /** The name, for `--help NAME`. */
  readonly name: string;
  /** The heading in the help. */
  readonly title: string;
  /** The flags, in the order of the help. */
  readonly flags: readonly Flag[];
}

/** The categories, in the order of the help. */
export const FLAG_CATEGORIES: readonly FlagCategory[] = [
  { name: "request", title: "The request", flags: REQUEST_FLAGS },
  { name: "content", title: "Content to send", flags: CONTENT_FLAGS },
  { name: "auth", title: "Credentials and cookies", flags: CREDENTIAL_FLAGS },
  { name: "output", title: "Output", flags: OUTPUT_FLAGS },
  { name: "connection", title: "Connections, proxies, time and retries", flags: CONNECTION_FLAGS },
  { name: "tls", title: "TLS", flags: TLS_FLAGS },
  { name: "command", title: "The command", flags: COMMAND_FLAGS },
];

/** Every flag. */
export const FLAGS: readonly Flag[] = FLAG_CATEGORIES.flatMap(({ flags }) => flags);
