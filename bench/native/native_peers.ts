/**
 * Clients that are not of this runtime: Rust's aioduct, reqwest, hyper and tokio-rustls, and Go's `net/http`.
 *
 * Each is a program of this repository, made where its compiler is found (in `bench/rust/target` and `bench/go`, of
 * which nothing is committed), that does a whole round at a time and times itself: neither its start nor the pipe to
 * it is in a figure.
 *
 * @module
 */

import { Absent, type Arena, type Contestant, type Entrant } from "../harness.ts";
import { SMALL } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { NativeProcess } from "./native_process.ts";
import { type Language, program } from "./native_program.ts";

/** The work of a round. */
export type NativeWork =
  | { readonly kind: "small"; readonly width: number; readonly count: number }
  | { readonly kind: "fresh" | "resumed"; readonly count: number }
  | { readonly kind: "download" };

/** The HTTP clients; figures are in the unit of the question. */
export function nativeClients(arena: Arena, protocol: Protocol, work: NativeWork): Contestant[] {
  return [
    ...["aioduct", "reqwest", "hyper"].map((kind) => contestant(arena, "rust", kind, protocol, work)),
    contestant(arena, "go", "net/http", protocol, work),
  ];
}

/** tokio-rustls, over connections of HTTP/1.1. */
export function nativeTls(arena: Arena, work: NativeWork): Contestant[] {
  return [contestant(arena, "rust", "tokio-rustls", "http/1.1", work)];
}

const SHOWN: Readonly<Record<Language, string>> = { rust: "Rust", go: "Go" };

function contestant(
  arena: Arena,
  language: Language,
  kind: string,
  protocol: Protocol,
  work: NativeWork,
): Contestant {
  return {
    name: `${kind} (${SHOWN[language]})`,
    role: "native",
    enter: () => enter(arena, language, kind, protocol, work),
  };
}

async function enter(
  { server, quick }: Arena,
  language: Language,
  kind: string,
  protocol: Protocol,
  work: NativeWork,
): Promise<Entrant> {
  if (quick) throw new Absent("a quick run compiles nothing");
  const caFile = await Deno.makeTempFile({ prefix: "ductile_bench_", suffix: ".pem" });
  await Deno.writeTextFile(caFile, server.caCert);
  const process = new NativeProcess(await program(language), [
    kind,
    protocol,
    caFile,
    server.origin(protocol),
  ]);
  const line = lineOf(work, server.bulkLength);
  let cpu = 0;
  async function round(): Promise<number> {
    const times = await process.work(line);
    cpu = times.cpu;
    return figureOf(work, times.wall, server.bulkLength);
  }
  return {
    async warmUp() {
      if (work.kind === "small") await process.work(`small 1 1 /small ${SMALL.length}`);
      return await round();
    },
    round,
    note: () => cpuNote(cpu, work),
    async close() {
      await process.close();
      await Deno.remove(caFile);
    },
  };
}

function lineOf(work: NativeWork, bulkLength: number): string {
  switch (work.kind) {
    case "small":
      return `small ${work.width} ${work.count} /small ${SMALL.length}`;
    case "fresh":
    case "resumed":
      return `${work.kind} ${work.count} /small ${SMALL.length}`;
    case "download":
      return `download /bulk ${bulkLength}`;
  }
}

/** Requests a second, milliseconds a connection, or millions of bytes a second. */
function figureOf(work: NativeWork, milliseconds: number, bulkLength: number): number {
  switch (work.kind) {
    case "small":
      return work.count / milliseconds * 1000;
    case "fresh":
    case "resumed":
      return milliseconds / work.count;
    case "download":
      return bulkLength / milliseconds / 1000;
  }
}

function cpuNote(milliseconds: number, work: NativeWork): string {
  return work.kind === "download"
    ? `CPU ${milliseconds.toFixed(0)} ms`
    : `CPU ${(milliseconds * 1000 / work.count).toFixed(1)} us each`;
}
