/**
 * A download far larger than any buffer should be, in a process of its own: does memory stay flat?
 *
 * @module
 */

import { CLIENTS } from "../clients/all.ts";
import type { ClientKind } from "../clients/client.ts";
import { Absent, type Arena, type Contestant } from "../harness.ts";
import { expectLength } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";

/** The report that the process prints, as JSON. */
export interface MemoryReport {
  /** Bytes that were received. */
  readonly length: number;
  /** Resident memory after a first small request, in bytes. */
  readonly before: number;
  /** The most that was resident during the download, in bytes. */
  readonly peak: number;
}

/** Exit code of the process for a client that cannot take part. */
export const ABSENT = 3;

/** These clients; figures are MiB by which the process grew during the download, at its peak. */
export function memoryGrowth(arena: Arena, protocol: Protocol): Contestant[] {
  const asked = CLIENTS.filter(({ role, protocols }) => role !== "limit" && protocols.includes(protocol));
  return asked.map((kind) => {
    const round = () => grow(kind, arena, protocol);
    return {
      name: kind.name,
      role: kind.role,
      enter: () => Promise.resolve({ warmUp: round, round, close: () => {} }),
    };
  });
}

async function grow(kind: ClientKind, { server }: Arena, protocol: Protocol): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL("./memory_process.ts", import.meta.url).href,
      kind.name,
      protocol,
      server.origin(protocol),
      server.caFile,
    ],
    stderr: "piped",
  }).output();
  const complaint = new TextDecoder().decode(stderr).trim();
  if (code === ABSENT) throw new Absent(complaint);
  if (code !== 0) throw new Error(`Cannot finish the download: ${complaint}`);
  const report: MemoryReport = JSON.parse(new TextDecoder().decode(stdout));
  expectLength(report.length, server.zerosLength);
  return (report.peak - report.before) / 2 ** 20;
}
