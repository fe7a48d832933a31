/**
 * Servers of both versions of HTTP over a duplex, which send back the content that they get.
 *
 * @module
 */

import { Http1Connection, type Http1Event } from "../../http1/mod.ts";
import { Http2Connection, type Http2Event } from "../../http2/mod.ts";
import { type Duplex, writeAll } from "../../io/duplex.ts";

/** A machine of HTTP, which waits for nothing. */
interface HttpMachine<Event> {
  receive(bytes: Uint8Array): void;
  receiveEnd(): void;
  next(): Event | undefined;
  output(): Uint8Array | undefined;
}

/** Serves a connection of HTTP/1.1 until the client ends it. */
export async function echoHttp1(io: Duplex): Promise<void> {
  const machine = new Http1Connection("server");
  const content: Uint8Array[] = [];
  await serve<Http1Event>(io, machine, (event) => {
    if (event.type === "data") content.push(event.data.slice());
    if (event.type !== "end_of_message") return;
    machine.sendResponse({ status: 200, statusText: "OK", fields: [] }, "unknown");
    for (const chunk of content.splice(0)) machine.sendData(chunk);
    machine.sendEnd();
  }, () => {
    if (machine.reusable) machine.startNextCycle();
  });
}

/** Serves a connection of HTTP/2, whose requests come one by one, until the client ends it. */
export async function echoHttp2(io: Duplex): Promise<void> {
  const machine = new Http2Connection("server");
  const content: Uint8Array[] = [];
  let stream = 0;
  let ended = false;
  const send = (): void => {
    for (let [chunk] = content; chunk !== undefined; [chunk] = content) {
      const count = machine.sendData(stream, chunk, false);
      machine.consume(stream, count);
      if (count < chunk.length) {
        content[0] = chunk.subarray(count);
        return;
      }
      content.shift();
    }
    if (ended) machine.sendData(stream, new Uint8Array(0), true);
    ended = false;
  };
  await serve<Http2Event>(io, machine, (event) => {
    if (event.type === "request") {
      stream = event.streamId;
      machine.sendResponse(stream, 200, [], false);
    }
    if (event.type === "data") content.push(event.data.slice());
    if (event.type === "end_of_message") ended = true;
    if (event.type === "data" || event.type === "end_of_message" || event.type === "window") send();
  });
}

async function serve<Event extends { readonly type: string }>(
  io: Duplex,
  machine: HttpMachine<Event>,
  handle: (event: Event) => void,
  onWritten: () => void = () => {},
): Promise<void> {
  const into = new Uint8Array(65_536);
  while (true) {
    const count = await io.read(into).catch(() => null);
    if (count === null) break;
    machine.receive(into.subarray(0, count));
    for (let event = machine.next(); event !== undefined; event = machine.next()) {
      if (event.type === "connection_closed") break;
      handle(event);
    }
    for (let bytes = machine.output(); bytes !== undefined; bytes = machine.output()) {
      await writeAll(io, bytes).catch(() => {}); // the client may be gone
    }
    onWritten();
  }
  io.close();
}
