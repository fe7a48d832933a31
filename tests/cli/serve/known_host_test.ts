/** The hosts that a server without TLS answers for. */

import { assertEquals } from "@std/assert";
import { emptyServeDraft } from "../../../cli/serve/command.ts";
import { isKnownHost } from "../../../cli/serve/known_host.ts";

const COMMAND = { ...emptyServeDraft("."), hostname: "Build.example", names: ["a.example."] };

const KNOWN = [
  "localhost",
  "LOCALHOST.",
  "app.localhost",
  "127.0.0.1",
  "192.0.2.1",
  "[::1]",
  "build.example",
  "A.example",
];
const UNKNOWN = [
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "1.evil",
  "xa.example",
  "a.example.evil",
];

for (const [hosts, known] of [[KNOWN, true], [UNKNOWN, false]] as const) {
  for (const host of hosts) {
    Deno.test(`F-11: isKnownHost: ${host}: ${known ? "answered" : "refused"}`, () => {
      assertEquals(isKnownHost(COMMAND, new URL(`http://${host}:8080/`)), known);
    });
  }
}
