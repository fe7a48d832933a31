/**
 * Both versions of HTTP in any runtime: two machines back to back, and the client's driver over a duplex in memory.
 *
 * @module
 */

import type { IncomingResponse, OutgoingRequest } from "../../http/message.ts";
import { Http1Client, Http1Connection } from "../../http1/mod.ts";
import { Http2Client, Http2Connection } from "../../http2/mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { Machine } from "../../io/machine.ts";
import { bulkContent, expect, expectBytes, streamPair } from "./bytes.ts";
import { echo } from "./echo.ts";
import type { Check } from "./smoke.ts";

const FIELDS = [["x-field", "value"]] as const;

function transfer<Event>(from: Machine<unknown>, to: Machine<Event>, events: Event[]): void {
  for (let bytes = from.output(); bytes !== undefined; bytes = from.output()) {
    to.receive(bytes.slice());
    for (let event = to.next(); event !== undefined; event = to.next()) {
      if (event instanceof Promise) throw new TypeError("a machine of HTTP waits for nothing");
      events.push(event);
    }
  }
}

/** The types of the events of a message, without those of the connection. */
function typesOf(events: readonly { readonly type: string }[]): string {
  return events.map(({ type }) => type).filter((type) => type !== "settings" && type !== "window").join();
}

function http1BackToBack(): void {
  const [client, server] = [new Http1Connection("client"), new Http1Connection("server")];
  for (let cycle = 0; cycle < 2; cycle++) {
    client.sendRequest(
      { method: "POST", target: "/", authority: "server.example", fields: FIELDS },
      "unknown",
    );
    client.sendData(Uint8Array.of(1, 2, 3));
    client.sendEnd([["x-trailer", "1"]]);
    const atServer: { readonly type: string }[] = [];
    transfer(client, server, atServer);
    expect("the request", typesOf(atServer), "request,data,end_of_message");
    server.sendResponse({ status: 200, statusText: "OK", fields: FIELDS }, 3);
    server.sendData(Uint8Array.of(4, 5, 6));
    server.sendEnd();
    const atClient: { readonly type: string }[] = [];
    transfer(server, client, atClient);
    expect("the response", typesOf(atClient), "response,data,end_of_message");
    client.startNextCycle();
    server.startNextCycle();
  }
}

function http2BackToBack(): void {
  const [client, server] = [new Http2Connection("client"), new Http2Connection("server")];
  for (let cycle = 0; cycle < 2; cycle++) {
    const target = { method: "POST", scheme: "https", authority: "server.example", path: "/" };
    const id = client.sendRequest(target, FIELDS, false);
    client.sendData(id, Uint8Array.of(1, 2, 3), true);
    const atServer: { readonly type: string }[] = [];
    transfer(client, server, atServer);
    expect("the request", typesOf(atServer), "request,data,end_of_message");
    server.sendResponse(id, 200, FIELDS, false);
    server.sendData(id, Uint8Array.of(4, 5, 6), true);
    const atClient: { readonly type: string }[] = [];
    transfer(server, client, atClient);
    expect("the response", typesOf(atClient), "response,data,end_of_message");
  }
}

/** A client's driver of either version. */
interface Driver {
  request(request: OutgoingRequest): Promise<IncomingResponse>;
  close(): void;
}

/** 8 MiB up, and the same down again; then a second request on the connection. */
async function driverOver(makeClient: (io: Duplex) => Driver): Promise<void> {
  const [near, far] = streamPair();
  const serving = echo(far);
  const client = makeClient(near);
  const head = { method: "POST", scheme: "https", authority: "server.example", target: "/", fields: [] };
  for (const body of [bulkContent(3), Uint8Array.of(7)]) {
    const response = await client.request({ ...head, body });
    expect("the status", response.status, 200);
    expectBytes("the echo", await contentOf(response, body.length), body);
  }
  client.close();
  await serving;
}

/** Reads the content of a response, which has a known length. */
export async function contentOf({ body }: IncomingResponse, length: number): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const content = new Uint8Array(length);
  let at = 0;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    content.set(chunk, at);
    at += chunk.length;
  }
  expect("the length of the content", at, length);
  return content;
}

/** The checks. */
export const HTTP_CHECKS: readonly Check[] = [
  ["HTTP/1.1: two machines back to back", () => Promise.resolve(http1BackToBack())],
  ["HTTP/2: two machines back to back", () => Promise.resolve(http2BackToBack())],
  ["HTTP/1.1: the driver, 8 MiB each way", () => driverOver((io) => new Http1Client(io))],
  ["HTTP/2: the driver, 8 MiB each way", () => driverOver((io) => new Http2Client(io))],
];
