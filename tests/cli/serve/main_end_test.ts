/** The command that serves a folder: what it leaves behind, and how long its certificate is valid. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { denoFiles } from "../../../cli/serve/cli.ts";
import type { ServeHost } from "../../../cli/serve/host.ts";
import { serveMain } from "../../../cli/serve/main.ts";
import { parsePemCertificates } from "../../../io/pem.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { temporaryFolder } from "./folder/temporary_folder.ts";

const NOW = Date.UTC(2026, 5, 1);

/** A process that is interrupted as soon as it has printed where it serves, and notes what is asked of it. */
function playedHost(
  more: Partial<ServeHost> = {},
): { host: ServeHost; events: string[]; err(): string; cert(): string } {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const events: string[] = [];
  let err = "";
  let cert = "";
  const host: ServeHost = {
    stdout: { isTerminal: false, write: () => (finish(), Promise.resolve()) },
    stderr: { isTerminal: false, color: false, columns: () => 80, write: (text) => void (err += text) },
    files: denoFiles(),
    readFile: (path) => Deno.readFile(path),
    now: () => NOW,
    onInterrupt() {
      events.push("listens to interrupts");
      return () => void events.push("listens no more");
    },
    serve(options) {
      cert = options.tls?.cert ?? "";
      return {
        addr: { port: 1 },
        finished,
        shutdown: () => (events.push("shuts down"), Promise.resolve(finish())),
      };
    },
    ...more,
  };
  return { host, events, err: () => err, cert: () => cert };
}

Deno.test("serveMain: once the server has ended, interrupts are the runtime's again", async () => {
  await using folder = await temporaryFolder({});
  const { host, events } = playedHost();
  assertEquals(await serveMain(["--plain", folder.root], host), 0);
  assertEquals(events, ["listens to interrupts", "listens no more", "shuts down"]);
});

Deno.test("serveMain: output that cannot be written ends the server, and is a failure", async () => {
  await using folder = await temporaryFolder({});
  const write = (): Promise<void> => Promise.reject(new Error("the pipe is closed"));
  const { host, events, err } = playedHost({ stdout: { isTerminal: false, write } });
  assert(await serveMain(["--plain", folder.root], host) !== 0);
  assertEquals(events, ["listens to interrupts", "listens no more", "shuts down"]);
  assertStringIncludes(err(), "the pipe is closed");
});

Deno.test("serveMain: a folder that may not be read is refused with the flag that permits it", async () => {
  const realPath = (): Promise<string> =>
    Promise.reject(Object.assign(new Error("no"), { name: "NotCapable" }));
  const { host, events, err } = playedHost({ files: { ...denoFiles(), realPath } });
  assertEquals(await serveMain(["kept"], host), 26);
  assertStringIncludes(err(), 'Cannot serve "kept": it may not be read');
  assertStringIncludes(err(), "--allow-read=kept");
  assertEquals(events, []);
});

Deno.test("serveMain: the certificate is valid from an hour ago, for a year", async () => {
  await using folder = await temporaryFolder({});
  const { host, cert } = playedHost();
  assertEquals(await serveMain([folder.root], host), 0);
  const [der = new Uint8Array()] = parsePemCertificates(cert());
  const { notBefore, notAfter } = new PeerCertificate(der, new Uint8Array(32));
  assertEquals([notBefore, notAfter], [new Date(NOW - 3_600_000), new Date(NOW + 365 * 86_400_000)]);
});
