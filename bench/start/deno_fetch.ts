/**
 * A script that makes one request, with the global `fetch`, and prints the answer: `deno_fetch.ts URL CA_FILE PROTOCOL`.
 *
 * @module
 */

import { report } from "./report.ts";

const began = performance.now();
const [url = "", caFile = "", protocol] = Deno.args;
const client = Deno.createHttpClient({
  caCerts: [await Deno.readTextFile(caFile)],
  http1: protocol !== "h2",
  http2: protocol === "h2",
});
const response = await fetch(url, { client });
report(await response.text(), began);
client.close();
