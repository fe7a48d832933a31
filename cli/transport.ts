/**
 * The flags that say where connections go: `--unix-socket`, `--resolve`, `--connect-to`, `--ipv4` and `--ipv6`, as options of the client.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode, usageError } from "./error.ts";
import type { CliHost } from "./host.ts";
import { resolvingDial } from "../client/connect/happy_eyeballs.ts";
import type { ClientOptions, Dial, Resolve } from "../client/options.ts";
import { connectTcp } from "../client/runtime.ts";

/**
 * The options of the client.
 *
 * @throws {CliError} `usage`: a value that is malformed, or flags that exclude each other.
 */
export function transportOptions(
  { unixSocket, resolve = [], connectTo = [], family }: FetchOptions,
  host: Pick<CliHost, "lookUp">,
): Pick<ClientOptions, "unixSocket" | "resolve" | "dial"> {
  if (unixSocket !== undefined) {
    if (resolve.length === 0 && connectTo.length === 0) return { unixSocket };
    throw usageError("Cannot use --unix-socket beside --resolve or --connect-to");
  }
  const given = resolve.length === 0 ? undefined : resolverOf(resolve);
  const lookUp = family === undefined ? given : familyResolver(family, given, host);
  if (connectTo.length === 0) return lookUp === undefined ? {} : { resolve: lookUp };
  return { dial: redirectingDial(connectTo, lookUp === undefined ? connectTcp : resolvingDial(lookUp)) };
}

/** The answers of `--resolve`; `undefined` for other hosts. The last of two that fit counts, as in curl. */
function resolverOf(entries: readonly string[]): Resolve {
  const rows = entries.map((entry) => {
    const [, host, port, addresses] = RESOLVE.exec(entry) ?? [];
    if (host === undefined || addresses === undefined || !isPort(port)) {
      throw usageError(`Cannot use --resolve: "${entry}" is not HOST:PORT:ADDRESS,ADDRESS`);
    }
    return {
      host: host.toLowerCase(),
      port: Number(port),
      addresses: addresses.split(",").map(withoutBrackets),
    };
  }).reverse();
  return (hostname, { port }) =>
    rows.find((row) => (row.host === "*" || row.host === hostname) && row.port === port)?.addresses;
}

/** Answers with addresses of one family, those of `given` first. */
function familyResolver(
  family: 4 | 6,
  given: Resolve | undefined,
  host: Pick<CliHost, "lookUp">,
): Resolve {
  return async (hostname, options) => {
    const addresses = await given?.(hostname, options) ?? await lookUp(hostname, options.port, family, host);
    return addresses.filter((address) => address.includes(":") === (family === 6));
  };
}

async function lookUp(
  hostname: string,
  port: number,
  family: 4 | 6,
  host: Pick<CliHost, "lookUp">,
): Promise<readonly string[]> {
  try {
    return await host.lookUp(hostname, family);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EPERM")) throw cause;
    throw new CliError(ExitCode.connect, `Cannot look up "${hostname}": the runtime does not allow it`, {
      cause,
      hint: `Run with --allow-net=${hostname},${hostname}:${port}.`,
    });
  }
}

/** A `dial` that goes elsewhere as `--connect-to` says. The first entry that fits counts, as in curl. */
function redirectingDial(entries: readonly string[], dial: Dial): Dial {
  const rows = entries.map((entry) => {
    const [, host, port = "", toHost, toPort = ""] = CONNECT_TO.exec(entry) ?? [];
    const areValid = [port, toPort].every((text) => text === "" || isPort(text));
    if (host === undefined || toHost === undefined || !areValid) {
      throw usageError(`Cannot use --connect-to: "${entry}" is not H1:P1:H2:P2`);
    }
    return { host: withoutBrackets(host).toLowerCase(), port, toHost: withoutBrackets(toHost), toPort };
  });
  return (target) => {
    const { hostname, port } = target;
    const row = rows.find((row) =>
      (row.host === "" || row.host === hostname) && (row.port === "" || Number(row.port) === port)
    );
    if (row === undefined) return dial(target);
    return dial({ ...target, hostname: row.toHost || hostname, port: Number(row.toPort || port) });
  };
}

function isPort(text: string | undefined): boolean {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port <= 65_535;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

const RESOLVE = /^(\*|[^:,\s]+):([0-9]{1,5}):([^\s]+)$/;
const CONNECT_TO = /^(\[[0-9A-Fa-f:.]+\]|[^:\s]*):([0-9]{0,5}):(\[[0-9A-Fa-f:.]+\]|[^:\s]*):([0-9]{0,5})$/;
