/**
 * A page's TLS to a server that it cannot reach by itself: over a WebSocket to a relay, which sees ciphertext.
 *
 * @module
 */

import { Http1Client } from "../../http1/mod.ts";
import { Http2Client } from "../../http2/mod.ts";
import { duplexFromStreams, RootCertStore, type StreamPair, TlsConnector } from "../../tls/mod.ts";
import { bulkContent, expect, expectBytes } from "./bytes.ts";
import { contentOf } from "./http_checks.ts";
import { type Check, type Outcome, outcomesOf } from "./smoke.ts";

/** Chromium's class, which is not in every library of types. */
type WebSocketStreamClass = new (url: string) => { readonly opened: Promise<StreamPair> };

async function overRelay(protocol: "h2" | "http/1.1"): Promise<void> {
  const { origin, WebSocketStream } = globalThis as unknown as {
    origin: string;
    WebSocketStream: WebSocketStreamClass;
  };
  const ca = await (await fetch("/authority")).text();
  const relay = await new WebSocketStream(`${origin.replace("http", "ws")}/relay`).opened;
  const connector = new TlsConnector({ roots: RootCertStore.fromPem(ca), alpnProtocols: [protocol] });
  const stream = await connector.connect("localhost", duplexFromStreams(asBytes(relay)));
  expect("the protocol", stream.connection.alpnProtocol, protocol);
  const client = protocol === "h2" ? new Http2Client(stream) : new Http1Client(stream);
  const body = bulkContent(5);
  const response = await client.request({
    method: "POST",
    scheme: "https",
    authority: "localhost",
    target: "/echo",
    fields: [],
    body,
  });
  expect("the status", response.status, 200);
  expectBytes("the echo", await contentOf(response, body.length), body);
  client.close();
}

/** The messages of a WebSocket are array buffers; a duplex reads bytes. */
function asBytes({ readable, writable }: StreamPair): StreamPair {
  const toBytes = new TransformStream<unknown, Uint8Array<ArrayBuffer>>({
    transform(message, controller) {
      if (message instanceof ArrayBuffer) controller.enqueue(new Uint8Array(message));
    },
  });
  return { readable: readable.pipeThrough(toBytes), writable };
}

const CHECKS: readonly Check[] = [
  ["TLS over a WebSocket and a relay, with HTTP/1.1, 8 MiB each way", () => overRelay("http/1.1")],
  ["TLS over a WebSocket and a relay, with HTTP/2, 8 MiB each way", () => overRelay("h2")],
];

/** Runs the checks. */
export function smoke(): Promise<Outcome[]> {
  return outcomesOf(CHECKS);
}
