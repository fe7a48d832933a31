/** The lines of a key log (RFC 9850), and that both ends log the same secrets. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { formatKeyLogLine, keyLogWriter } from "../../../tls/config/key_log.ts";
import { streamPair } from "../tls_pair.ts";

Deno.test("a line has its label, the client's random and the secret", () => {
  const entry = {
    label: "EXPORTER_SECRET",
    clientRandom: new Uint8Array(32).fill(0xab),
    secret: new Uint8Array(48).fill(1),
  } as const;
  assertEquals(formatKeyLogLine(entry), `EXPORTER_SECRET ${"ab".repeat(32)} ${"01".repeat(48)}`);
});

Deno.test("both ends log the same secrets, each once", async () => {
  const lines: [string[], string[]] = [[], []];
  const [client, server] = await streamPair({
    client: { keyLog: keyLogWriter((line) => lines[0].push(line)) },
    server: { keyLog: keyLogWriter((line) => lines[1].push(line)) },
  });
  assertEquals(lines[0].toSorted(), lines[1].toSorted());
  assertEquals(lines[0].map((line) => line.split(" ")[0]).toSorted(), [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_TRAFFIC_SECRET_0",
  ]);
  for (const line of lines[0]) assertMatch(line, /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64}\n$/);
  client.close();
  server.close();
});

Deno.test("a key log is written by a function, not to a path", () => {
  assertThrows(
    () => keyLogWriter("/tmp/keys" as unknown as () => void),
    TypeError,
    "no function to write with",
  );
});
