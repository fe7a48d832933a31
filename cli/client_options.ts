/**
 * The options of the client that an operation's flags make.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import type { CliHost } from "./host.ts";
import { readProxy } from "./proxy.ts";
import { transportOptions } from "./transport.ts";
import { readTrust } from "./trust.ts";
import type { ClientOptions } from "../client/options.ts";

/**
 * Reads the files about TLS that the flags name, and makes the options.
 *
 * @throws {CliError} `usage`, `ca_file` or `client_certificate`.
 */
export async function clientOptions(command: FetchOptions, host: CliHost): Promise<ClientOptions> {
  const { connectTimeout, version, compressed = false } = command;
  const proxy = await readProxy(command);
  return {
    ...await readTrust(command, host),
    ...(proxy !== undefined && { proxy }),
    ...transportOptions(command, host),
    ...(version === "http1.1" && { protocols: ["http/1.1"] }),
    ...(version === "http2-prior-knowledge" && { http2PriorKnowledge: true }),
    ...(connectTimeout !== undefined && { timeouts: { connect: connectTimeout, handshake: connectTimeout } }),
    decode: compressed,
  };
}
