/**
 * A script that makes one request, with the global `fetch`, and prints the answer: `deno_fetch.ts URL CA_FILE`.
 *
 * @module
 */

const [url = "", caFile = ""] = Deno.args;
const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
const response = await fetch(url, { client });
Deno.stdout.writeSync(new TextEncoder().encode(await response.text()));
client.close();
