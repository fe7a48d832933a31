/**
 * `deno task soak:server [COUNT [SEED]]`: so many requests to servers in processes of their own, one plain, one over
 * Deno's TLS, and one over Ductile's with client certificates. Half of them are over each version of HTTP, by Ductile's
 * client, and by h2load where that is installed and needs no certificate. All the while other clients are rude.
 *
 * The exit code is 1 when a request of an honest client fails, when the server is not rid of a rude one, when its memory
 * grows between the first tenth and the last, or when a connection or a handler is left.
 *
 * @module
 */

import { pooledMap } from "@std/async/pool";
import { Client } from "../../../mod.ts";
import { installed } from "../../support/process.ts";
import { run } from "../../support/run.ts";
import { Random } from "../../http2/hpack/octets.ts";
import { RudeCrowd } from "./rude_crowd.ts";
import { ServerProcess } from "./server_under_load.ts";
import type { Held } from "./server_process.ts";
import {
  type Certificates,
  clientOptions,
  mintCertificates,
  rudeConnect,
  type TransportName,
  TRANSPORTS,
} from "./transports.ts";

/** Honest requests beside each other. */
const AT_ONCE = 32;
/** The versions that honest clients speak. */
const HONEST_VERSIONS = ["HTTP/1.1", "HTTP/2"] as const;
/** What is in use may be more by so much: what the compiler and the collector keep differs by less. */
const MAX_GROWTH_BYTES = 8 << 20;

if (import.meta.main) {
  const [count = 20_000, seed = 1] = Deno.args.map(Number);
  const certificates = await mintCertificates();
  let isSteady = true;
  for (const transport of TRANSPORTS) {
    isSteady = await soak(transport, certificates, count / TRANSPORTS.length, seed) && isSteady;
  }
  Deno.exit(isSteady ? 0 : 1);
}

/** Sends so many requests. @returns Whether the server holds what it held. */
async function soak(
  transport: TransportName,
  certificates: Certificates,
  count: number,
  seed: number,
): Promise<boolean> {
  await using server = await ServerProcess.start(transport, certificates);
  const random = new Random(seed);
  let before: Held | undefined;
  let after: Held | undefined;
  for (let tenth = 1; tenth <= 10; tenth++) {
    const rude = new RudeCrowd(transport, rudeConnect(transport, certificates, server.port), random);
    await Promise.all(HONEST_VERSIONS.map((version) => {
      return honest({ transport, certificates, port: server.port, version, count: Math.ceil(count / 20) });
    }));
    await rude.leave();
    after = await server.heldAlone();
    before ??= after;
    const { bytes = 0, resident = 0, errors = {} } = after ?? {};
    // deno-lint-ignore no-console -- a program
    console.log(
      `${transport}: ${Math.ceil(tenth * count / 10)} requests, ${rude.visits} rude visits: ${
        mebibytes(bytes)
      } in use, ` +
        `${mebibytes(resident)} resident at most; ${JSON.stringify(errors)}`,
    );
  }
  const growth = (after?.bytes ?? 0) - (before?.bytes ?? 0);
  const handlers = after?.handlers ?? 0;
  // deno-lint-ignore no-console -- a program
  console.log(`${transport}: memory grew by ${mebibytes(growth)}; ${handlers} handlers are left`);
  return growth <= MAX_GROWTH_BYTES && handlers === 0;
}

/** Requests of honest clients. */
interface Honest {
  readonly transport: TransportName;
  readonly certificates: Certificates;
  readonly port: number;
  readonly version: (typeof HONEST_VERSIONS)[number];
  readonly count: number;
}

/** Sends requests of one version, a tenth of them with content, and checks every response. */
async function honest({ transport, certificates, port, version, count }: Honest): Promise<void> {
  const origin = `${transport === "plain" ? "http" : "https"}://localhost:${port}`;
  const isHttp2 = version === "HTTP/2";
  using client = new Client(clientOptions(transport, certificates, isHttp2));
  const ownShare = installed("h2load") && transport !== "ductile" ? Math.ceil(count / 2) : count;
  const numbers = Array.from({ length: ownShare }, (_, i) => i);
  for await (
    const isRight of pooledMap(AT_ONCE, numbers, async (number) => {
      if (number % 10 > 0) return (await (await client.fetch(`${origin}/small`)).bytes()).length === 1024;
      const body = new Uint8Array(number);
      return await (await client.fetch(`${origin}/length`, { method: "POST", body })).text() === `${number}`;
    })
  ) if (!isRight) throw new Error(`A response over ${version} is not what was asked for`);
  if (ownShare === count) return;
  const requests = Math.max(Math.floor(count / 2), AT_ONCE); // it takes no fewer than its connections
  const { stdout } = await run("h2load", [
    ...["-n", `${requests}`, "-c", `${AT_ONCE}`, ...(isHttp2 ? ["-m", "4"] : ["--h1"])],
    `${origin.replace("localhost", "127.0.0.1")}/small`,
  ]);
  if (!stdout.includes(` ${requests} succeeded, 0 failed, 0 errored, 0 timeout`)) {
    throw new Error(`Requests of h2load over ${version} failed:\n${stdout}`);
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
