/**
 * A script that makes one request, with `node:https`, and prints the answer: `node_https.ts URL CA_FILE`.
 *
 * @module
 */

import * as https from "node:https";
import { readText } from "../clients/node_stream.ts";
import { report } from "./report.ts";

const began = performance.now();
const [url = "", caFile = ""] = Deno.args;
const ca = await Deno.readTextFile(caFile);
https.get(url, { ca, agent: false }, async (response) => report(await readText(response), began));
