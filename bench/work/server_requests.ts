/**
 * HTTP from the server's side: each server in a process of its own, and one load generator for all.
 *
 * The load is h2load's, which is in C; where the server asks for a certificate, which h2load has not, Go's client
 * makes it, and Ductile's in a quick run. The CPU is that of the server's process, in ticks of 10 ms: a round is long enough for hundreds of them.
 *
 * @module
 */

import { mintAuthority, mintCertificate } from "../../tests/support/certificates.ts";
import { Client } from "../../mod.ts";
import { runH2load } from "../clients/h2load.ts";
import { Absent, type Arena, type Contestant, type Entrant, type Role } from "../harness.ts";
import { NativeProcess } from "../native/native_process.ts";
import { program } from "../native/native_program.ts";
import { SMALL, WrongAnswer } from "../pattern.ts";
import type { HttpServerKind, HttpTransport } from "../servers/http_process.ts";
import { startPortProcess } from "../servers/port_process.ts";
import type { Protocol } from "../servers/server.ts";
import { inParallel, milliseconds } from "./timing.ts";

/** What the servers are asked for. */
export interface ServerWork {
  /** The protocol. */
  readonly protocol: Protocol;
  /** The connection. */
  readonly transport: HttpTransport;
  /** The path: `/ten` for 10 bytes, `/small` for 1 KiB. */
  readonly path: "/ten" | "/small";
  /** Requests of a round. */
  readonly count: number;
  /** Whether each request comes on a connection of its own, one after another. Default: 32 at once on few. */
  readonly isFresh?: boolean;
}

const SERVERS: readonly { readonly name: string; readonly role: Role; readonly kind: HttpServerKind }[] = [
  { name: "Ductile serve", role: "ductile", kind: "ductile" },
  { name: "Deno.serve", role: "deno", kind: "deno" },
  { name: "node:* in Deno", role: "peer", kind: "node" },
];

/** The servers; figures are requests per second, or milliseconds for a connection and its request. */
export function serverRequests(arena: Arena, work: ServerWork): Contestant[] {
  const asked = { ...work, count: arena.quick ? 64 : work.count };
  return SERVERS.filter(({ kind }) => kind !== "deno" || work.transport !== "client-cert").map((server) => ({
    name: server.name,
    role: server.role,
    enter: () => enter(server.kind, asked, arena),
  }));
}

const WIDTH = 32;

async function enter(kind: HttpServerKind, work: ServerWork, { quick }: Arena): Promise<Entrant> {
  const folder = await prepareFolder();
  const server = await start(kind, work, folder);
  const scheme = work.transport === "plain" ? "http" : "https";
  const origin = `${scheme}://localhost:${server.port}`;
  const load = work.transport !== "client-cert"
    ? h2loadOf(work, origin)
    : quick
    ? ductileLoad(work, origin, folder)
    : await goLoad(work, origin, folder);
  let cpu = 0;
  async function round(): Promise<number> {
    const before = server.cpu();
    const figure = await load.run().catch((error) => {
      // Deno's node:http2 aborts at times, in an assertion of its nghttp2: nothing of ours is wrong then.
      if (kind !== "ductile" && server.hasEnded) throw new Absent("its process ended by itself");
      throw error;
    });
    cpu = server.cpu() - before;
    return figure;
  }
  return {
    warmUp: round,
    round,
    note: () => `CPU ${(cpu * 1000 / work.count).toFixed(1)} us each`,
    async close() {
      await load.close();
      await server.end();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

interface Generator {
  run(): Promise<number>;
  close(): Promise<void>;
}

function h2loadOf({ protocol, path, count }: ServerWork, origin: string): Generator {
  const length = lengthOf(path);
  return {
    run: () => runH2load({ url: `${origin}${path}`, protocol, count, width: WIDTH, length }),
    close: () => Promise.resolve(),
  };
}

async function goLoad(
  { protocol, path, count, isFresh }: ServerWork,
  origin: string,
  folder: string,
): Promise<Generator> {
  const files = ["client_cert.pem", "client_key.pem"].map((name) => `${folder}/${name}`);
  const client = new NativeProcess(await program("go"), [
    "net/http",
    protocol,
    `${folder}/ca.pem`,
    origin,
    ...files,
  ]);
  const length = lengthOf(path);
  return {
    async run() {
      if (isFresh) return (await client.work(`fresh ${count} ${path} ${length}`)).wall / count;
      return count / (await client.work(`small ${WIDTH} ${count} ${path} ${length}`)).wall * 1000;
    },
    close: () => client.close(),
  };
}

/** Ductile's client, for quick runs, which compile nothing. */
function ductileLoad(
  { protocol, path, count, isFresh }: ServerWork,
  origin: string,
  folder: string,
): Generator {
  const [cert, key, ca] = ["client_cert.pem", "client_key.pem", "ca.pem"].map((name) =>
    Deno.readTextFileSync(`${folder}/${name}`)
  );
  const options = { protocols: [protocol], caCerts: [ca ?? ""], cert: cert ?? "", key: key ?? "" };
  const kept = new Client(options);
  async function one(client: Client): Promise<void> {
    const { length } = await (await client.fetch(`${origin}${path}`)).text();
    if (length !== lengthOf(path)) throw new WrongAnswer(`${length} bytes, not ${lengthOf(path)}`);
  }
  async function fresh(): Promise<void> {
    using client = new Client(options);
    await one(client);
  }
  return {
    async run() {
      const time = await milliseconds(() =>
        inParallel(isFresh ? 1 : WIDTH, count, () => isFresh ? fresh() : one(kept))
      );
      return isFresh ? time / count : count / time * 1000;
    },
    close: () => Promise.resolve(kept.close()),
  };
}

function lengthOf(path: ServerWork["path"]): number {
  return path === "/ten" ? 10 : SMALL.length;
}

/** A folder with `ca.pem`, and certificates and keys of both ends. */
async function prepareFolder(): Promise<string> {
  const authority = await mintAuthority();
  const server = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const client = await mintCertificate(authority, { commonName: "a client", eku: ["clientAuth"] });
  const folder = await Deno.makeTempDir({ prefix: "ductile_bench_" });
  const files = {
    "ca.pem": authority.certPem,
    "cert.pem": server.chainPem,
    "key.pem": server.keyPem,
    "client_cert.pem": client.chainPem,
    "client_key.pem": client.keyPem,
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  return folder;
}

interface RunningServer {
  readonly port: number;
  /** Whether its process is over. */
  readonly hasEnded: boolean;
  /** Milliseconds of CPU since its start. */
  cpu(): number;
  end(): Promise<void>;
}

async function start(
  kind: HttpServerKind,
  { protocol, transport }: ServerWork,
  folder: string,
): Promise<RunningServer> {
  const args = [kind, protocol, transport, folder];
  const { ports: [port], child, end } = await startPortProcess("http_process.ts", args);
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  return {
    port,
    get hasEnded() {
      return hasEnded;
    },
    cpu: () => cpuOf(child.pid),
    end,
  };
}

/** Milliseconds of CPU that a process has used, for itself and for the kernel; `NaN` where the system does not tell. */
function cpuOf(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field is a name in parentheses; the 14th and the 15th are ticks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MILLISECONDS_PER_TICK;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NaN;
    throw error;
  }
}

/** The tick of `/proc`, which is the same on every common Linux. */
const MILLISECONDS_PER_TICK = 10;
