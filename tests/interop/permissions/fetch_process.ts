/**
 * The process whose permissions are looked at: `fetch_process.ts ORIGIN CA_PEM TLS`, where TLS is `deno` or
 * `ductile`. It uses what might need more than
 * the network: TLS, each version of HTTP, each content coding, a redirect, timeouts. It prints what came, as JSON.
 *
 * @module
 */

import { Client } from "../../../mod.ts";

/** What came. */
export interface Visited {
  /** For each version of HTTP, the texts in the order of {@linkcode PATHS}. */
  readonly [version: string]: readonly string[];
}

/** What is fetched. */
export const PATHS = ["/plain", "/gzip", "/br", "/deflate", "/zstd", "/redirect", "/echo"] as const;

if (import.meta.main) {
  const [origin = "", caPem = "", tls = "deno"] = Deno.args;
  const roots = tls === "deno" ? "deno" : "mozilla"; // and these alone, which Deno's TLS cannot do
  const visited: Record<string, string[]> = {};
  for (const protocols of [["h2"], ["http/1.1"]] as const) {
    using client = new Client({ caCerts: caPem, roots, protocols, timeouts: { total: 60_000 } });
    for (const path of PATHS) {
      const init = path === "/echo" ? { method: "POST", body: new Blob(["sent back"]).stream() } : {};
      const response = await client.fetch(`${origin}${path}`, init);
      if (response.connection.tls?.implementation !== tls) throw new Error(`The TLS is not that of ${tls}`);
      (visited[response.httpVersion] ??= []).push(await response.text());
      await response.trailers;
    }
  }
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(visited)));
}
