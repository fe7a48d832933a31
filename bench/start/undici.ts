/**
 * A script that makes one request, with the `request` of undici, and prints the answer: `undici.ts URL CA_FILE PROTOCOL`.
 *
 * @module
 */

import { Agent, request } from "npm:undici@8.12.4";
import { report } from "./report.ts";

const began = performance.now();
const [url = "", caFile = "", protocol] = Deno.args;
const dispatcher = new Agent({
  allowH2: protocol === "h2",
  connect: { ca: await Deno.readTextFile(caFile) },
});
const { body } = await request(url, { dispatcher });
report(await body.text(), began);
await dispatcher.destroy();
