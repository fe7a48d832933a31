/**
 * The process that is the server in the questions about servers of HTTP: `http_process.ts KIND PROTOCOL TRANSPORT FOLDER`.
 * It prints its port and ends with its standard input. `/ten` answers with 10 bytes, `/small` with 1 KiB.
 *
 * @module
 */

import { createServer } from "node:http";
import { createSecureServer, createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import { serve } from "../../server/mod.ts";
import { RootCertStore } from "../../tls/mod.ts";
import { SMALL } from "../pattern.ts";
import type { Protocol } from "./server.ts";

/** The servers that take part. */
export type HttpServerKind = "ductile" | "deno" | "node";
/** What the connection is: TCP, the runtime's TLS, or TLS with a certificate of the client. */
export type HttpTransport = "plain" | "tls" | "client-cert";

interface Setup {
  readonly protocol: Protocol;
  readonly transport: HttpTransport;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const TEN = "0123456789";

const KINDS: Readonly<Record<HttpServerKind, (setup: Setup) => number | Promise<number>>> = {
  ductile({ transport, cert, key, ca }) {
    const tls = transport === "plain"
      ? undefined
      : transport === "tls"
      ? { cert, key }
      : { cert, key, clientAuth: { roots: RootCertStore.fromPem(ca) } };
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    return serve(tls === undefined ? options : { ...options, tls }, respond).addr.port;
  },
  deno({ transport, cert, key }) {
    if (transport === "client-cert") throw new TypeError("Deno.serve asks for no client certificate");
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    return Deno.serve(transport === "plain" ? options : { ...options, cert, key }, respond).addr.port;
  },
  node({ protocol, transport, cert, key, ca }) {
    const clientAuth = transport === "client-cert" ? { requestCert: true, rejectUnauthorized: true, ca } : {};
    const isHttp2 = protocol === "h2";
    // The two versions have types of their own, and the same shape as far as it is used.
    const answer = answerOfNode as never;
    const server: NetServer = transport === "plain"
      ? isHttp2 ? createHttp2Server(answer) : createServer(answer)
      : isHttp2
      ? createSecureServer({ cert, key, ...clientAuth }, answer)
      : createHttpsServer({ cert, key, ...clientAuth }, answer);
    const { promise, resolve } = Promise.withResolvers<number>();
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)); // it listens on TCP
    return promise;
  },
};

if (import.meta.main) {
  const [kind = "", protocol, transport, folder = "."] = Deno.args;
  if (!Object.hasOwn(KINDS, kind)) {
    throw new TypeError("Usage: http_process.ts KIND PROTOCOL TRANSPORT FOLDER");
  }
  const port = await KINDS[kind as HttpServerKind]({ // it is one of them
    protocol: protocol as Protocol,
    transport: transport as HttpTransport,
    cert: await Deno.readTextFile(`${folder}/cert.pem`),
    key: await Deno.readTextFile(`${folder}/key.pem`),
    ca: await Deno.readTextFile(`${folder}/ca.pem`),
  });
  Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}

function respond(request: Request): Response {
  return new Response(request.url.endsWith("/ten") ? TEN : SMALL);
}

function answerOfNode({ url }: IncomingMessage, response: ServerResponse): void {
  response.end(url === "/ten" ? TEN : SMALL);
}
