/**
 * The folder that a server serves, whichever program it is.
 *
 * @module
 */

import { mintAuthority, mintCertificate, mintSelfSigned } from "../../tests/support/certificates.ts";
import { bulk } from "../pattern.ts";
import type { ServerOptions } from "./server.ts";

/** The folder: `bulk`, `short`, `zeros`, `cert.pem`, `key.pem`, `ca.pem`, the same for RSA and an empty `store`. */
export interface Site extends Omit<ServerOptions, "program"> {
  /** Its path, without a slash at the end. */
  readonly folder: string;
  /** The authority's certificate, PEM. */
  readonly caCert: string;
  /** A certificate with an RSA key that signed itself, PEM. */
  readonly rsaCert: string;
}

/** The length of `/short`, the beginning of the bulk. */
export function shortLength(bulkLength: number): number {
  return Math.ceil(bulkLength / 50);
}

/** Makes the folder, with a certificate of its own. */
export async function prepareSite(
  { bulkLength, zerosLength }: Omit<ServerOptions, "program">,
): Promise<Site> {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const rsa = await mintSelfSigned({
    names: ["localhost"],
    ips: ["127.0.0.1"],
    keyType: "rsa",
    isCa: true,
    keyUsage: ["digitalSignature", "keyEncipherment", "keyCertSign"],
  });
  const folder = await Deno.makeTempDir({ prefix: "ductile_bench_" });
  await Deno.mkdir(`${folder}/store`);
  await Deno.writeTextFile(`${folder}/ca.pem`, authority.certPem);
  await Deno.writeTextFile(`${folder}/cert.pem`, certificate.chainPem);
  await Deno.writeTextFile(`${folder}/key.pem`, certificate.keyPem);
  await Deno.writeTextFile(`${folder}/rsa_cert.pem`, rsa.certPem);
  await Deno.writeTextFile(`${folder}/rsa_key.pem`, rsa.keyPem);
  await Deno.writeFile(`${folder}/short`, ReadableStream.from(bulk(shortLength(bulkLength))));
  await Deno.writeFile(`${folder}/bulk`, ReadableStream.from(bulk(bulkLength)));
  using zeros = await Deno.create(`${folder}/zeros`);
  await zeros.truncate(zerosLength); // a hole: it has a length, and takes no room on the disk
  return { bulkLength, zerosLength, folder, caCert: authority.certPem, rsaCert: rsa.certPem };
}

/** Removes the folder and ends the process that serves it, without waiting for either. */
export function abandonSite({ folder }: Site, child: Deno.ChildProcess): void {
  Deno.removeSync(folder, { recursive: true });
  child.kill("SIGKILL");
}
