/**
 * `deno task get [FLAG ...] [URL]`: the command line from this checkout.
 *
 * With no URL it starts HTTPS origins of its own on loopback, with certificates minted on the spot, and fetches them as
 * a person would: over HTTP/2 and over HTTP/1.1, each with Deno's TLS at both ends and with Ductile's TLS at both ends.
 * It fails unless all work, each over the protocol and the TLS that it should.
 *
 * @module
 */

import { denoHost } from "../../cli/cli.ts";
import { parseArguments } from "../../cli/arguments.ts";
import type { Operation } from "../../cli/command.ts";
import { ExitCode } from "../../cli/error.ts";
import type { CliHost } from "../../cli/host.ts";
import { main } from "../../cli/main.ts";
import type { TlsInfo } from "../../client/connection_info.ts";
import { startOrigin } from "../support/origin.ts";

const host = denoHost();
Deno.exit(namesNoUrl(Deno.args) ? await showOff(Deno.args) : await main(Deno.args, host));

/** Whether the arguments are flags alone, and complete with a URL. */
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

/** A way to fetch. */
interface Way {
  readonly args: readonly string[];
  readonly protocol: "h2" | "http/1.1";
  /** Whose TLS it must be, at both ends; absent where that is for the flags to say. */
  readonly tls?: "deno" | "ductile";
}

/** Both protocols, each through both kinds of TLS unless flags about TLS are given. */
function waysFor(flags: readonly string[], caFile: string): Way[] {
  const { tls, insecure, roots, pins, keyLogFile } = fetchCommand([...flags, "https://localhost/"]);
  const trust = insecure ? [] : ["--cacert", caFile];
  const isChosen = insecure || [tls, roots, pins, keyLogFile].some((value) => value !== undefined);
  return (isChosen ? [undefined] : ["deno", "ductile"] as const).flatMap((whose): Way[] => {
    const args = [...(whose === undefined ? [] : ["--tls", whose]), ...trust];
    const certain = whose === undefined ? {} : { tls: whose };
    return [
      { args: ["--http2", ...args], protocol: "h2", ...certain },
      { args: ["--http1.1", ...args], protocol: "http/1.1", ...certain },
    ];
  });
}

/** Fetches from origins on loopback, once each way, and prints how it went. */
async function showOff(flags: readonly string[]): Promise<number> {
  await using deno = await startOrigin({ tls: "deno" });
  await using ductile = await startOrigin({ tls: "ductile" });
  const origins = { deno, ductile };
  const caFile = await Deno.makeTempFile({ prefix: "ductile-", suffix: ".pem" });
  try {
    await Deno.writeTextFile(caFile, deno.caPem + ductile.caPem);
    const lines: string[] = [];
    let failures = 0;
    for (const { args, protocol, tls } of waysFor(flags, caFile)) {
      const all = [...flags, ...args, origins[tls ?? "deno"].url];
      host.stderr.write(`$ deno run -N -R=${caFile} jsr:@ductile/ductile ${all.join(" ")}\n`);
      const seen: (TlsInfo | undefined)[] = [];
      const code = await main(all, noticing(seen));
      host.stderr.write("\n");
      const asked = seen.length > 0 &&
        seen.every((each) =>
          each?.alpnProtocol === protocol && each.implementation === (tls ?? each.implementation)
        );
      const works = code === ExitCode.ok && asked;
      if (!works) failures++;
      lines.push(
        `${works ? "works" : `FAILED with exit code ${code}`}: ${described(protocol, tls, seen[0])}\n`,
      );
    }
    host.stderr.write([...lines, failures === 0 ? "All of them work.\n" : `${failures} failed.\n`].join(""));
    return failures === 0 ? 0 : 1;
  } finally {
    await Deno.remove(caFile);
  }
}

function described(protocol: string, tls: Way["tls"], info: TlsInfo | undefined): string {
  return (info?.implementation ?? tls) === "ductile"
    ? `${protocol} through Ductile's TLS: ${info?.protocolVersion}, ${info?.cipherSuite}`
    : `${protocol} through Deno's TLS, which shows neither version nor suite`;
}

function fetchCommand(args: readonly string[]): Operation {
  const command = parseArguments(args);
  const [operation] = command.action === "fetch" ? command.operations : [];
  if (operation === undefined) throw new Error("Cannot fetch: the flags ask for something else");
  return operation;
}

/** `host`, with clients that add to `seen` the TLS of each response. */
function noticing(seen: (TlsInfo | undefined)[]): CliHost {
  return {
    ...host,
    makeClient(options) {
      const client = host.makeClient(options);
      return {
        async fetch(input, init) {
          const response = await client.fetch(input, init);
          seen.push(response.connection.tls);
          return response;
        },
        webSocket: (url, init) => client.webSocket(url, init),
        close: () => client.close(),
      };
    },
  };
}
