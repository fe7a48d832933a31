/**
 * `deno task get [FLAG ...] [URL]`: the command line from this checkout.
 *
 * With no URL it starts an HTTPS origin of its own on loopback, with a certificate minted on the spot, and fetches
 * it as a person would: over HTTP/2, then over HTTP/1.1. It fails unless both work, each over the protocol that it
 * should.
 *
 * @module
 */

import { denoHost } from "../../client/cli.ts";
import { parseArguments } from "../../client/cli_arguments.ts";
import { ExitCode } from "../../client/cli_error.ts";
import type { CliHost } from "../../client/cli_host.ts";
import { main } from "../../client/cli_main.ts";
import { startOrigin } from "../support/origin.ts";

const host = denoHost();
Deno.exit(namesNoUrl(Deno.args) ? await showOff(Deno.args) : await main(Deno.args, host));

/** Whether the arguments are flags alone, and would do with a URL. */
function namesNoUrl(args: readonly string[]): boolean {
  try {
    parseArguments(args);
    return false;
  } catch {
    try {
      return parseArguments([...args, "https://localhost/"]).action === "fetch";
    } catch {
      return false; // the command line says what is wrong with them
    }
  }
}

/** Fetches from an origin of our own, once with each protocol, and says how it went. */
async function showOff(flags: readonly string[]): Promise<number> {
  await using origin = await startOrigin();
  const caFile = await Deno.makeTempFile({ prefix: "ductile-", suffix: ".pem" });
  try {
    await Deno.writeTextFile(caFile, origin.caPem);
    const failed: string[] = [];
    for (const [flag, protocol] of [["--http2", "h2"], ["--http1.1", "http/1.1"]] as const) {
      const args = [...flags, flag, "--cacert", caFile, origin.url];
      host.stderr.write(`$ deno run -N -R=${caFile} jsr:@ductile/ductile ${args.join(" ")}\n`);
      const alpn = new Set<string | null | undefined>();
      const code = await main(args, noticing(alpn));
      host.stderr.write("\n");
      if (code !== ExitCode.ok) failed.push(`${protocol} (exit code ${code})`);
      else if (alpn.size !== 1 || !alpn.has(protocol)) {
        failed.push(`${protocol} (ALPN chose ${[...alpn].join(", ")})`);
      }
    }
    host.stderr.write(
      failed.length === 0 ? "Both work: HTTP/2 and HTTP/1.1, over TLS.\n" : `Failed: ${failed.join(", ")}\n`,
    );
    return failed.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(caFile);
  }
}

/** `host`, with clients that add to `alpn` what was chosen for each response. */
function noticing(alpn: Set<string | null | undefined>): CliHost {
  return {
    ...host,
    makeClient(options) {
      const client = host.makeClient(options);
      return {
        async fetch(input, init) {
          const response = await client.fetch(input, init);
          alpn.add(response.connection.tls?.alpnProtocol);
          return response;
        },
        close: () => client.close(),
      };
    },
  };
}
