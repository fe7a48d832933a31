/**
 * The server that all contestants meet: one process, so that no contestant gets a better one.
 *
 * It answers, over TLS with a certificate that was minted for this run:
 *
 * | request | answer |
 * |---|---|
 * | `GET /small` | 1 KiB of text |
 * | `GET /bulk` | the bulk, {@linkcode ServerOptions.bulkLength} bytes |
 * | `GET /zeros` | {@linkcode ServerOptions.zerosLength} zeros |
 * | `PUT /store/NAME` | keeps the body in a file, so that it can be compared |
 * | `PUT /sink` | takes the whole body, drops it, then answers with the length that it saw |
 *
 * @module
 */

import { mintAuthority, mintCertificate } from "../../tests/support/certificates.ts";
import { bulk } from "../pattern.ts";
import { startDenoServer } from "./deno.ts";
import { nginxVersion, startNginx } from "./nginx.ts";

/** What a connection speaks, by its ALPN name. */
export type Protocol = "http/1.1" | "h2";

/** A running server. */
export interface Server extends AsyncDisposable {
  /** The program and its version. */
  readonly name: string;
  /** The authority that signed its certificate, PEM. */
  readonly caCert: string;
  /** A file with the same. */
  readonly caFile: string;
  /** How long the bulk is. */
  readonly bulkLength: number;
  /** How many zeros there are. */
  readonly zerosLength: number;
  /** Where it speaks this protocol, without a slash at the end. */
  origin(protocol: Protocol): string;
  /** How many connections it has accepted so far, those for this answer left out; nothing where it does not count. */
  accepted(): Promise<number | undefined>;
  /** The file in which it kept what was sent to `/store/NAME`. */
  storedFile(name: string): string;
}

/** What a server is to serve. */
export interface ServerOptions {
  /** Which program. Default: nginx where it is installed, otherwise `Deno.serve`. */
  readonly program?: "nginx" | "deno";
  /** How many bytes of bulk. */
  readonly bulkLength: number;
  /** How many zeros. */
  readonly zerosLength: number;
}

/** What every program finds in its folder: `bulk`, `zeros`, `cert.pem`, `key.pem`, `ca.pem` and an empty `store`. */
export interface Site extends Omit<ServerOptions, "program"> {
  /** The folder, without a slash at the end. */
  readonly folder: string;
  /** The authority's certificate, PEM. */
  readonly caCert: string;
}

/** Starts the server; disposing of it ends the process and removes its folder. */
export async function startServer({ program, ...options }: ServerOptions): Promise<Server> {
  const site = await prepareSite(options);
  try {
    const version = program === "deno" ? undefined : await nginxVersion();
    if (program === "nginx" && version === undefined) {
      throw new Error("Cannot start the server: nginx is not installed");
    }
    return version === undefined ? await startDenoServer(site) : await startNginx(site, version);
  } catch (error) {
    await Deno.remove(site.folder, { recursive: true });
    throw error;
  }
}

async function prepareSite(options: Omit<ServerOptions, "program">): Promise<Site> {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const folder = await Deno.makeTempDir({ prefix: "ductile_bench_" });
  await Deno.mkdir(`${folder}/store`);
  await Deno.writeTextFile(`${folder}/ca.pem`, authority.certPem);
  await Deno.writeTextFile(`${folder}/cert.pem`, certificate.chainPem);
  await Deno.writeTextFile(`${folder}/key.pem`, certificate.keyPem);
  await Deno.writeFile(`${folder}/bulk`, ReadableStream.from(bulk(options.bulkLength)));
  using zeros = await Deno.create(`${folder}/zeros`);
  await zeros.truncate(options.zerosLength); // a hole: it has a length, and takes no room on the disk
  return { ...options, folder, caCert: authority.certPem };
}
