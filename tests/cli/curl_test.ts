/** What curl's users type, done by curl and by the command line: exit code, output, files, and what the origin saw. */

import { assertEquals } from "@std/assert";
import { installed } from "../support/process.ts";
import { type Compared, type Row, runCurl, runOwn } from "./curl/compare.ts";
import { CONTENT_ROWS } from "./curl/content_rows.ts";
import { CREDENTIAL_ROWS } from "./curl/credential_rows.ts";
import { FAILURE_ROWS } from "./curl/failure_rows.ts";
import { OUTPUT_ROWS } from "./curl/output_rows.ts";
import { startServers } from "./curl/places.ts";
import { REQUEST_ROWS } from "./curl/request_rows.ts";

const COMPARED: readonly Compared[] = ["code", "stdout", "files", "seen"];

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  request: REQUEST_ROWS,
  content: CONTENT_ROWS,
  credentials: CREDENTIAL_ROWS,
  output: OUTPUT_ROWS,
  failures: FAILURE_ROWS,
};

for (const [subject, rows] of Object.entries(TABLES)) {
  Deno.test({
    name: `curl and the command line do the same (${subject})`,
    ignore: !installed("curl"),
    fn: async (t) => {
      await using servers = await startServers();
      const { origins, places } = servers;
      for (const row of rows) {
        await t.step(`${row.name}: ${row.args.join(" ")}`, async () => {
          const curl = await runCurl(row, places, origins);
          const own = await runOwn(row, places, origins);
          const parts = COMPARED.filter((part) => row.differs?.[part] === undefined);
          const select = (outcome: typeof own): unknown =>
            Object.fromEntries(parts.map((part) => [part, outcome[part]]));
          assertEquals(select(own), select(curl), `${own.stderr}\n${curl.stderr}`);
        });
      }
    },
  });
}
