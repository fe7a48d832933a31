/**
 * A script that makes one request, with the `request` of undici, and prints the answer: `undici.ts URL CA_FILE`.
 *
 * @module
 */

import { Agent, request } from "npm:undici@8.12.4";

const [url = "", caFile = ""] = Deno.args;
const dispatcher = new Agent({ connect: { ca: await Deno.readTextFile(caFile) } });
const { body } = await request(url, { dispatcher });
Deno.stdout.writeSync(new TextEncoder().encode(await body.text()));
await dispatcher.destroy();
