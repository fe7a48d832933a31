/**
 * The client over the sockets of the runtime and the platform's TLS, in Node and Bun.
 *
 * @module
 */

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Client, ClientError, type ClientOptions, type ClientResponse } from "../../mod.ts";
import { RootCertStore } from "../../tls/mod.ts";
import { type CertificateOptions, mintAuthority, mintCertificate } from "../support/certificates.ts";
import { bulkContent, expect, expectBytes } from "./bytes.ts";
import type { Check } from "./smoke.ts";

/** A server that listens. */
interface Listening {
  readonly port: number;
  close(): void;
}

async function listen(server: Server, where: number | string = 0): Promise<Listening> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(where, () => resolve()));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sends back the content of a request. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  request.pipe(response);
}

/** A server of HTTP/2 and HTTP/1.1 over TLS, and the PEM of its authority. */
async function serveTls(
  options: CertificateOptions = { names: ["localhost"] },
): Promise<Listening & { ca: string }> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, options);
  // The types of the compatibility layer differ, its streams do not.
  const handler = echo as unknown as Parameters<typeof createSecureServer>[1];
  const server = createSecureServer({ cert: chainPem, key: keyPem, allowHTTP1: true }, handler);
  return { ...await listen(server as unknown as Server), ca: authority.certPem };
}

async function post(client: Client, url: string): Promise<ClientResponse> {
  const content = bulkContent(4);
  const response = await client.post(url, { body: content });
  expectBytes("the echo", new Uint8Array(await response.arrayBuffer()), content);
  return response;
}

async function failureOf(options: ClientOptions, url: string): Promise<ClientError> {
  const client = new Client(options);
  try {
    const response = await client.fetch(url);
    await response.text();
    throw new Error(`${url} was fetched`);
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  } finally {
    client.close();
  }
}

async function overTcp(): Promise<void> {
  const server = await listen(createHttpServer(echo));
  const client = new Client();
  for (const reused of [false, true]) {
    const { connection } = await post(client, `http://localhost:${server.port}/`);
    expect("reused", connection.reused, reused);
    expect("the port of the other end", connection.remoteAddress?.port, server.port);
  }
  client.close();
  server.close();
}

async function overUnix(): Promise<void> {
  const { tmpdir } = await import("node:os");
  const path = `${tmpdir()}/ductile_${crypto.randomUUID()}.sock`;
  const server = await listen(createHttpServer(echo), path);
  const client = new Client({ unixSocket: path });
  await post(client, "http://app/");
  client.close();
  server.close();
  const { code } = await failureOf({ unixSocket: path }, "http://app/");
  expect("the code once it is gone", code, "connect_failed");
}

async function overTls(): Promise<void> {
  const server = await serveTls();
  const roots = RootCertStore.fromPem(server.ca);
  const trust: [string, ClientOptions][] = [["node", { caCerts: server.ca }], ["ductile", { roots }]];
  for (const [implementation, options] of trust) {
    for (const [protocol, version] of [["h2", "HTTP/2"], ["http/1.1", "HTTP/1.1"]] as const) {
      const client = new Client({ ...options, protocols: [protocol] });
      const { httpVersion, connection: { tls } } = await post(client, `https://localhost:${server.port}/`);
      expect("the version", httpVersion, version);
      expect("the TLS", tls?.implementation, implementation);
      expect("its version", tls?.protocolVersion, "TLSv1.3");
      expect("the protocol", tls?.alpnProtocol, protocol);
      expect("the certificate", tls?.peerCertificate?.[0], 0x30);
      client.close();
    }
  }
  server.close();
}

async function ofNative(): Promise<void> {
  const server = await serveTls();
  const client = new Client({ roots: "native", caCerts: server.ca });
  const { connection: { tls } } = await post(client, `https://localhost:${server.port}/`);
  expect("the TLS", tls?.implementation, "node");
  client.close();
  server.close();
}

async function identified(): Promise<void> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"] });
  const me = await mintCertificate(authority, { commonName: "client" });
  const options = { cert: chainPem, key: keyPem, ca: authority.certPem, requestCert: true };
  const tls = createTlsServer(options, (socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    socket.on("error", () => {});
  });
  const server = await listen(tls);
  const url = `https://localhost:${server.port}/`;
  const client = new Client({ caCerts: authority.certPem, cert: me.chainPem, key: me.keyPem });
  expect("the content", await (await client.fetch(url)).text(), "ok");
  client.close();
  const { code } = await failureOf({ caCerts: authority.certPem }, url);
  const codes = ["client_certificate_required", "handshake_failed", "connection_closed", "truncated"];
  expect(`${code} is a code of a refused client`, codes.includes(code), true);
  server.close();
}

/** A server that the platform's TLS must not trust. */
const REFUSED: readonly [name: string, code: string, options: CertificateOptions, isTrusted?: false][] = [
  ["of an unknown authority", "certificate_unknown_issuer", { names: ["localhost"] }, false],
  ["of another name", "certificate_wrong_name", { names: ["other.example"] }],
  ["with a common name alone", "certificate_wrong_name", { commonName: "localhost", names: [] }],
  ["that has expired", "certificate_expired", {
    names: ["localhost"],
    notBefore: new Date("2020-01-01"),
    notAfter: new Date("2021-01-01"),
  }],
];

async function refusal(code: string, options: CertificateOptions, isTrusted: boolean): Promise<void> {
  const server = await serveTls(options);
  const error = await failureOf(isTrusted ? { caCerts: server.ca } : {}, `https://localhost:${server.port}/`);
  server.close();
  expect(`the code of "${error.detail}"`, error.code, code);
}

/** `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment switches the checks of programs off that do not ask for them. */
async function environmentIgnored(): Promise<void> {
  const { env } = await import("node:process");
  env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    await refusal("certificate_unknown_issuer", { names: ["localhost"] }, false);
  } finally {
    delete env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
}

async function cutShort(): Promise<void> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"] });
  const tls = createTlsServer({ cert: chainPem, key: keyPem }, (socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nas far as");
  });
  const server = await listen(tls);
  const error = await failureOf({ caCerts: authority.certPem }, `https://localhost:${server.port}/`);
  expect("the code", error.code, "truncated");
  server.close();
}

async function unreached(): Promise<void> {
  const closed = await listen(createServer());
  closed.close();
  const refused = await failureOf({}, `http://127.0.0.1:${closed.port}/`);
  expect("the code of a port without a server", refused.code, "connection_refused");
  const unknown = await failureOf({}, "http://nonexistent.invalid/");
  expect("the code of a name without an address", unknown.code, "dns");
  const silent = await listen(createServer());
  const url = `https://localhost:${silent.port}/`;
  const slow = await failureOf({ timeouts: { handshake: 50 } }, url);
  expect("the code of a silent server", slow.code, "handshake_timeout");
  const client = new Client();
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  const aborted = await client.fetch(url, { signal: controller.signal }).catch((error) => error);
  expect("the reason of the abort", aborted, reason);
  client.close();
  silent.close();
  const hangingUp = await listen(createServer((socket) => socket.destroy()));
  const ended = await failureOf({}, `https://localhost:${hangingUp.port}/`);
  expect("the code of a server that hangs up", ended.code, "handshake_failed");
  hangingUp.close();
}

/** The checks. */
export const SOCKET_CHECKS: readonly Check[] = [
  ["the runtime's sockets: 8 MiB each way, twice on one connection", overTcp],
  ["the runtime's sockets: a Unix socket, and its absence", overUnix],
  ["both TLSs, with both versions of HTTP, 8 MiB each way", overTls],
  ["the platform's TLS trusts the system's roots beside others", ofNative],
  ["the platform's TLS shows the client's certificate", identified],
  ...REFUSED.map(([name, code, options, isTrusted = true]): Check => [
    `the platform's TLS refuses a certificate ${name}`,
    () => refusal(code, options, isTrusted),
  ]),
  ["NODE_TLS_REJECT_UNAUTHORIZED does not switch the checks off", environmentIgnored],
  ["the platform's TLS does not take a connection's end for that of content", cutShort],
  ["failures to connect have their codes", unreached],
];
