/**
 * A script that makes one request, with Ductile's client, and prints the response: `ductile.ts URL CA_FILE`.
 *
 * @module
 */

import { Client } from "../../mod.ts";

const [url = "", caFile = ""] = Deno.args;
const client = new Client({ caCerts: [await Deno.readTextFile(caFile)] });
const response = await client.fetch(url);
Deno.stdout.writeSync(new TextEncoder().encode(await response.text()));
client.close();
