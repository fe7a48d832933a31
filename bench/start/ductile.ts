/**
 * A script that makes one request, with Ductile's client, and prints the response: `ductile.ts URL CA_FILE PROTOCOL`.
 *
 * @module
 */

import { Client } from "../../mod.ts";
import { report } from "./report.ts";

const began = performance.now();
const [url = "", caFile = "", protocol] = Deno.args;
const client = new Client({
  caCerts: [await Deno.readTextFile(caFile)],
  protocols: [protocol === "h2" ? "h2" : "http/1.1"],
});
const response = await client.fetch(url);
report(await response.text(), began);
client.close();
