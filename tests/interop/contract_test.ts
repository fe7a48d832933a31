/**
 * One contract, held against every server and every way to speak to it: nginx, nghttpd, Node, Deno; HTTP/1.1 and
 * HTTP/2, in the clear and over TLS, Deno's and Ductile's.
 */

import { assert } from "@std/assert";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { installed } from "../support/peers.ts";
import { CROWDS } from "./rows/crowds.ts";
import { FAILURES } from "./rows/failures.ts";
import { REQUESTS } from "./rows/requests.ts";
import { RESPONSES } from "./rows/responses.ts";
import { STREAMS } from "./rows/streams.ts";
import { byDuctileTls, type Row, type Site, type Visit, type Way } from "./site.ts";
import { NGHTTPD } from "./sites/nghttpd.ts";
import { NGINX } from "./sites/nginx.ts";
import { DENO, NODE } from "./sites/scripts.ts";

const ROWS: readonly Row[] = [...RESPONSES, ...REQUESTS, ...STREAMS, ...CROWDS, ...FAILURES];
const SITES: readonly Site[] = [NGINX, NGHTTPD, NODE, DENO];

for (const site of SITES) {
  const isThere = site.program === "deno" || installed(site.program);
  // Whose TLS it is changes nothing of the contract.
  for (const way of [...site.ways, ...site.ways.filter(({ tls }) => tls).map(byDuctileTls)]) {
    Deno.test({
      name: `${site.name}, ${way.name}${isThere ? "" : `: needs the program ${site.program}`}`,
      ignore: !isThere,
      fn: (context) => runContract(context, site, way),
    });
  }
}

Deno.test("every row that a site cannot do is a row", () => {
  for (const { name, cannot } of SITES) {
    for (const id of Object.keys(cannot)) assert(ROWS.some((row) => row.id === id), `${name}: ${id}`);
  }
});

async function runContract(context: Deno.TestContext, site: Site, way: Way): Promise<void> {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  await using running = await site.start(way, certificate);
  const visit: Visit = { site, way, running, caPem: authority.certPem };
  for (const row of ROWS) {
    if (row.applies?.(way) === false) continue;
    const reason = reasonOf(site, way, row);
    await context.step({
      name: reason === undefined ? row.name : `${row.name} (no: ${reason})`,
      ignore: reason !== undefined,
      fn: () => row.run(visit),
    });
  }
}

function reasonOf(site: Site, way: Way, { id }: Row): string | undefined {
  const reason = site.cannot[id];
  return typeof reason === "function" ? reason(way) : reason;
}
