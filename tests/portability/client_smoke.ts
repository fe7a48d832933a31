/**
 * The whole client where there is no Deno: over the runtime's own sockets and TLS, and over the transports that `dial`
 * returns.
 *
 * @module
 */

import { harRecorder } from "../../har/mod.ts";
import { Client, ClientError } from "../../mod.ts";
import { RootCertStore, TlsAcceptor } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { bulkContent, expect, expectBytes, streamPair } from "./bytes.ts";
import { echo } from "./echo.ts";
import { dialNode, refusedByNode, serveNode } from "./node_server.ts";
import { SOCKET_CHECKS } from "./socket_checks.ts";
import { type Check, type Outcome, outcomesOf } from "./smoke.ts";

async function overMemory(): Promise<void> {
  const client = new Client({
    dial() {
      const [near, far] = streamPair();
      echo(far);
      return Promise.resolve(near);
    },
  });
  const content = bulkContent(1);
  const response = await client.fetch("http://server.example/", { method: "POST", body: content });
  expect("the status", response.status, 200);
  expectBytes("the echo", new Uint8Array(await response.arrayBuffer()), content);
  client.close();
}

async function overTlsInMemory(): Promise<void> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["server.example"] });
  const acceptor = new TlsAcceptor({
    identity: { chain: chainPem, key: keyPem },
    alpnProtocols: ["h2", "http/1.1"],
  });
  const client = new Client({
    roots: RootCertStore.fromPem(authority.certPem),
    dial() {
      const [near, far] = streamPair();
      acceptor.accept(far).then(echo);
      return Promise.resolve(near);
    },
  });
  const content = bulkContent(2);
  const response = await client.fetch("https://server.example/", { method: "POST", body: content });
  expect("the version", response.httpVersion, "HTTP/2");
  expect("the TLS", response.connection.tls?.implementation, "ductile");
  expectBytes("the echo", new Uint8Array(await response.arrayBuffer()), content);
  client.close();
}

async function refusedByMozilla(): Promise<void> {
  const { chainPem, keyPem } = await mintCertificate(await mintAuthority(), { names: ["server.example"] });
  const acceptor = new TlsAcceptor({ identity: { chain: chainPem, key: keyPem } });
  const client = new Client({
    dial() {
      const [near, far] = streamPair();
      acceptor.accept(far).catch(() => {}); // the client refuses it
      return Promise.resolve(near);
    },
  });
  const error = await client.fetch("https://server.example/").catch((error) => error);
  expect("the code", error instanceof ClientError && error.code, "certificate_unknown_issuer");
  client.close();
}

/** A socket of `node:net`, a server of `node:http`, and content that `node:zlib` decodes. */
async function overSocket(): Promise<void> {
  const server = await serveNode();
  const client = new Client({ dial: dialNode, timeouts: { total: 10_000 } });
  for (let i = 0; i < 2; i++) {
    const response = await client.fetch(`http://localhost:${server.port}/`);
    expect("the content", await response.text(), "hello ".repeat(1000));
    expect("reused", response.connection.reused, i > 0);
  }
  client.close();
  await server.close();
}

async function refused(): Promise<void> {
  const client = new Client({ dial: refusedByNode });
  const error = await client.fetch("http://server.example/").catch((error) => error);
  expect("the code", error instanceof ClientError && error.code, "connection_refused");
  client.close();
}

/** Hooks, a recording and a retry, whose code is loaded when it is needed. */
async function observed(): Promise<void> {
  const recorder = harRecorder({ content: true });
  const told: string[] = [];
  let dials = 0;
  const client = new Client({
    dial() {
      if (dials++ === 0) return Promise.reject(new Error("not yet"));
      const [near, far] = streamPair();
      echo(far);
      return Promise.resolve(near);
    },
    retry: { methods: ["POST"], backoff: () => 0 },
    on: [recorder.on, { retry: () => told.push("retry"), end: () => told.push("end") }],
  });
  const response = await client.fetch("http://server.example/", { method: "POST", body: "ping" });
  expect("the echo", await response.text(), "ping");
  client.close();
  expect("the events", told.join(), "retry,end");
  const [failed, entry] = recorder.har().log.entries;
  expect("the failure that was recorded", failed?._error, "connect_failed");
  expect("the content that was recorded", entry?.request.postData?.text, "ping");
}

const CHECKS: readonly Check[] = [
  ["the client over a duplex in memory, 8 MiB each way", overMemory],
  ["the client over TLS and HTTP/2 in memory, 8 MiB each way", overTlsInMemory],
  ["the client trusts Mozilla's roots alone by default", refusedByMozilla],
  ["the client with hooks, a recording and a retry", observed],
  ["the client over a dial's socket of node:net, and gzip", overSocket],
  ["a dial's socket that is refused has its code", refused],
  ...SOCKET_CHECKS,
];

/** Runs the checks of the client. */
export function smoke(): Promise<Outcome[]> {
  return outcomesOf(CHECKS);
}
