/**
 * `--scan`: what TLS servers are, and whether their certificates are about to expire.
 *
 * @module
 */

import { pooledMap } from "@std/async/pool";
import { DEFAULT_CONNECT_TIMEOUT_MS } from "../../client/defaults.ts";
import { resolvingDial } from "../../client/connect/happy_eyeballs.ts";
import { loadTlsConnector } from "../../client/connect/tls_loader.ts";
import { toConnectError } from "../../client/error/failure.ts";
import type { Dial } from "../../client/options.ts";
import { connectTcp } from "../../client/runtime.ts";
import { emptyDraft, type ScanCommand } from "../command.ts";
import { describeFailure, ExitCode, exitCodeFor, usageError } from "../error.ts";
import type { CliHost } from "../host.ts";
import { writeStandardOutput } from "../standard_output.ts";
import { printableJson } from "../text.ts";
import { transportOptions } from "../transport.ts";
import { readTrust } from "../trust.ts";
import { reportLines } from "./print_report.ts";
import { Prober, type ScanTarget } from "./prober.ts";
import type { ScanReport } from "./report.ts";
import { scanHost } from "./scan_host.ts";

/**
 * Scans the hosts and prints a report of each, in their order.
 *
 * @returns The exit code: that of the first host that could not be scanned; `certificate` where a certificate has expired,
 * expires within the days of the command, or, without `--insecure`, is not trusted; otherwise `ok`.
 * @throws {CliError} for what the command line names and cannot be used.
 */
export async function scan(command: ScanCommand, host: CliHost): Promise<ExitCode> {
  const targets = command.hosts.map(parseHost);
  const { roots, caFile } = command;
  const trust = await readTrust({
    ...emptyDraft(),
    tls: "ductile",
    ...(roots !== undefined && { roots }),
    ...(caFile !== undefined && { caFile }),
  }, host);
  const trusting = await loadTlsConnector(trust);
  const dial = dialOf(command, host);
  const milliseconds = command.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const now = new Date();
  let exitCode: ExitCode = ExitCode.ok;
  const results = pooledMap(
    MAX_HOSTS_AT_ONCE,
    targets,
    async (target): Promise<ScanReport | { failure: unknown }> => {
      try {
        return await scanHost(new Prober(target, dial, milliseconds), trusting, now);
      } catch (error) {
        return { failure: toConnectError(error, authorityOf(target)) };
      }
    },
  );
  for await (const result of results) {
    if ("failure" in result) {
      host.stderr.write(describeFailure(result.failure));
      if (exitCode === ExitCode.ok || exitCode === ExitCode.certificate) {
        exitCode = exitCodeFor(result.failure);
      }
      continue;
    }
    await writeStandardOutput(textOf(result, command), host);
    if (exitCode === ExitCode.ok && isBad(result, command)) exitCode = ExitCode.certificate;
  }
  return exitCode;
}

function textOf(report: ScanReport, { json, expiresWithin = 0 }: ScanCommand): string {
  return json ? `${printableJson(report)}\n` : `${reportLines(report, expiresWithin).join("\n")}\n`;
}

/** Whether a script is to notice. */
function isBad({ trust, certificates }: ScanReport, { insecure, expiresWithin = 0 }: ScanCommand): boolean {
  // Without a limit, the day of the end is yet a good one: the verdict says when it is over.
  const expires = certificates.some(({ daysLeft = 0 }) => daysLeft < expiresWithin);
  return expires || (!insecure && !trust.trusted);
}

/** A host, `host:port`, `[address]:port` or a URL. */
function parseHost(text: string): ScanTarget {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url === null || url.hostname === "" || url.protocol !== "https:") {
    throw usageError("Cannot scan: a host is neither a name, an address, HOST:PORT nor an https: URL");
  }
  return { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 443) };
}

function authorityOf({ hostname, port }: ScanTarget): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function dialOf(command: ScanCommand, host: CliHost): Dial {
  const { resolve, dial } = transportOptions({ ...emptyDraft(), ...command }, host);
  return dial ?? (resolve === undefined ? connectTcp : resolvingDial(resolve));
}

/** Hosts that are scanned beside each other; of each, one connection is open at a time. */
const MAX_HOSTS_AT_ONCE = 4;
