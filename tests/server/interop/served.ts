/**
 * One server for the clients of other makes: over TCP, over either TLS, and with certificates of clients.
 *
 * | path | answer |
 * |---|---|
 * | `/facts` | version of HTTP, method, TLS, version of TLS, subject of the client's certificate |
 * | `/length` | the octets of the content that came |
 * | `/echo` | that content, while it comes |
 * | `/pieces` | `one two three` in three pieces |
 * | `/trailers` | `content` with the trailer `x-after: the end`, after a 103 |
 *
 * @module
 */

import { serve } from "../../../server/mod.ts";
import type { ServeConnection, ServeInfo, ServeTlsOptions } from "../../../server/mod.ts";
import { RootCertStore } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { run, type RunResult } from "../../support/run.ts";

const authority = await mintAuthority();
const own = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
const guest = await mintCertificate(authority, { commonName: "a guest", eku: ["clientAuth"] });
const CERT_AND_KEY = { cert: own.chainPem, key: own.keyPem };

/** What the server listens with. */
export const TRANSPORTS: Readonly<Record<string, ServeTlsOptions | undefined>> = {
  "TCP": undefined,
  "Deno's TLS": CERT_AND_KEY,
  "Ductile's TLS": { ...CERT_AND_KEY, sendTickets: 1 },
  "Ductile's TLS with client certificates": {
    ...CERT_AND_KEY,
    clientAuth: { roots: RootCertStore.fromPem(authority.certPem) },
  },
};

/** A server, and the folder in which its clients run: `ca.pem`, and `cert.pem` and `key.pem` of a client. */
export interface Served extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** The path of the folder. */
  readonly folder: string;
  /** The connections on which a request has come so far. */
  readonly connections: number;
  /** `http://localhost:PORT`, or with `https`. */
  readonly origin: string;
  /** Runs a program in the folder; `ORIGIN` and `PORT` are in its environment. */
  run(command: string, args: readonly string[], stdin?: string): Promise<RunResult>;
}

/** Starts a server. */
export async function startServed(tls: ServeTlsOptions | undefined): Promise<Served> {
  const folder = await Deno.makeTempDir({ prefix: "ductile_" });
  const files = { "ca.pem": authority.certPem, "cert.pem": guest.chainPem, "key.pem": guest.keyPem };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  const connections = new WeakSet<ServeConnection>();
  let count = 0;
  const options = { port: 0, hostname: "127.0.0.1", onListen() {}, ...(tls && { tls }) };
  const server = serve(options, (request, info) => {
    if (!connections.has(info.connection)) count++;
    connections.add(info.connection);
    return respond(request, info);
  });
  const { port } = server.addr;
  const origin = `${tls === undefined ? "http" : "https"}://localhost:${port}`;
  return {
    port,
    folder,
    get connections(): number {
      return count;
    },
    origin,
    run: (command, args, stdin) =>
      run(command, args, {
        cwd: folder,
        env: { ORIGIN: origin, PORT: `${port}` },
        signal: AbortSignal.timeout(PROGRAM_TIMEOUT_MS),
        ...(stdin !== undefined && { stdin }),
      }),
    async [Symbol.asyncDispose]() {
      await server.shutdown({ timeout: SHUTDOWN_TIMEOUT_MS });
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function respond(request: Request, info: ServeInfo): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/facts": {
      const { tls } = info.connection;
      return new Response(
        [
          info.httpVersion,
          request.method,
          ...(tls === undefined ? [] : [tls.implementation, tls.protocolVersion ?? "?"]),
          ...(tls?.peerCertificates ?? []).slice(0, 1).map(({ subject }) => subject),
        ].join(" "),
      );
    }
    case "/length":
      return new Response(`${(await request.bytes()).length}`);
    case "/echo":
      return new Response(request.body);
    case "/pieces":
      return new Response(
        ReadableStream.from(["one ", "two ", "three"]).pipeThrough(new TextEncoderStream()),
      );
    case "/trailers":
      info.inform(103, { link: "</style.css>; rel=preload" });
      info.sendTrailers(() => ({ "x-after": "the end" }));
      return new Response("content");
  }
  return new Response(null, { status: 404 });
}

/** Time for a program: it has done its work in a second. */
const PROGRAM_TIMEOUT_MS = 60_000;
/** Time for the end of what a client has left behind. */
const SHUTDOWN_TIMEOUT_MS = 5000;
