/**
 * Messages of WebSockets to an echo server and back: small ones, many under way at once, and large ones.
 *
 * The server is Deno's, in this process, so that a figure is that of both ends; the contestants differ in one of them.
 *
 * @module
 */

import { Client } from "../../mod.ts";
import { webSocketClass } from "../../websocket/mod.ts";
import { Absent, type Contestant, type Entrant } from "../harness.ts";

/** One run. */
export interface WebSocketWork {
  /** Bytes of a message. */
  readonly size: number;
  /** Messages that are sent. */
  readonly count: number;
  /** Messages under way at once. */
  readonly width: number;
  /** The figure of a run that took so many milliseconds. */
  readonly figure: (milliseconds: number) => number;
}

/** The part of a WebSocket that is used here; those of the platform and of `ws` have it. */
interface Socket {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
}

type SocketClass = new (url: string) => Socket;

/** The contestants. */
export function webSockets(work: WebSocketWork): readonly Contestant[] {
  return [
    { name: "Ductile WebSocketStream", role: "ductile", enter: () => enterStream(work) },
    { name: "Ductile webSocketClass", role: "variant", enter: () => enterClass(work, ductileClass) },
    { name: "Deno WebSocket", role: "deno", enter: () => enterClass(work, () => WebSocket) },
    { name: "ws", role: "peer", enter: () => enterClass(work, loadWs) },
  ];
}

function startServer(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
}

function ductileClass(): SocketClass {
  const client = new Client();
  return webSocketClass(client) as SocketClass; // its class has more overloads of the listeners
}

async function loadWs(): Promise<SocketClass> {
  try {
    // Not in a string of the import itself: type-checking must not need the package.
    const name = "npm:ws@8.23.0";
    return (await import(name)).WebSocket;
  } catch {
    throw new Absent("the package ws is not to be had");
  }
}

async function enterClass(
  work: WebSocketWork,
  load: () => SocketClass | Promise<SocketClass>,
): Promise<Entrant> {
  const Class = await load();
  const server = startServer();
  const socket = new Class(`ws://127.0.0.1:${server.addr.port}/`);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
  let onMessage = (_data: unknown): void => {};
  socket.addEventListener("message", ({ data }) => onMessage(data));
  const run = (): Promise<number> => {
    const message = messageOf(work);
    const start = performance.now();
    let sent = 0;
    let received = 0;
    return new Promise((resolve, reject) => {
      onMessage = (data) => {
        if (!(data instanceof ArrayBuffer) || data.byteLength !== work.size) return reject(wrongAnswer());
        if (++received === work.count) resolve(work.figure(performance.now() - start));
        else if (sent < work.count) {
          sent++;
          socket.send(message);
        }
      };
      for (; sent < Math.min(work.width, work.count); sent++) socket.send(message);
    });
  };
  return {
    warmUp: run,
    round: run,
    async close() {
      const closed = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
      socket.close();
      await closed;
      await server.shutdown();
    },
  };
}

async function enterStream(work: WebSocketWork): Promise<Entrant> {
  const server = startServer();
  const client = new Client();
  const socket = await client.webSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const { readable, writable } = await socket.opened;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const run = async (): Promise<number> => {
    const message = messageOf(work);
    const start = performance.now();
    let sent = 0;
    for (; sent < Math.min(work.width, work.count); sent++) void writer.write(message);
    for (let received = 0; received < work.count; received++) {
      const { value } = await reader.read();
      if (value?.length !== work.size) throw wrongAnswer();
      if (sent < work.count) {
        sent++;
        void writer.write(message);
      }
    }
    return work.figure(performance.now() - start);
  };
  return {
    warmUp: run,
    round: run,
    async close() {
      socket.close();
      await socket.closed;
      client.close();
      await server.shutdown();
    },
  };
}

function messageOf({ size }: WebSocketWork): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, i) => i * 31);
}

function wrongAnswer(): Error {
  return new Error("Cannot measure: the echo is none of the message");
}
