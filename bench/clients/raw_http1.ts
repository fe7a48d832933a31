/**
 * HTTP/1.1 written out over bare TLS sockets: what the runtime allows when nothing is built and nothing checked.
 *
 * It is no client. It believes the server, knows that its heads end in the first read, and that small answers
 * all have one length. What a real client does on top of it is what the distance to it shows.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { writeAll } from "../../io/duplex.ts";
import { expectStatus } from "../pattern.ts";
import type { BenchClient, ClientKind, Settings, UploadBody } from "./client.ts";

/** A loop over sockets of Deno's TLS. */
export const rawHttp1: ClientKind = {
  name: "raw sockets",
  role: "limit",
  protocols: ["http/1.1"],
  uploads: true,
  open: (settings) => Promise.resolve(new RawHttp1(settings)),
};

/** Bytes of one read: many TLS records, as they come 16 KiB at a time but queue up in the kernel. */
const READ_SIZE = 262_144;
/** Bytes of one write: a large body goes out faster in parts than at once. */
const WRITE_SIZE = 65_536;

/** Connects as quickly as Deno can: no delayed write between the handshake and the first request. */
export async function connectRaw({ origin, caCert, protocol }: Settings): Promise<Deno.TlsConn> {
  const { hostname, port } = new URL(origin);
  const tcp = await Deno.connect({ hostname, port: Number(port) });
  tcp.setNoDelay(true);
  return await Deno.startTls(tcp, { hostname, caCerts: [caCert], alpnProtocols: [protocol] });
}

interface Socket {
  readonly connection: Deno.TlsConn;
  readonly buffer: Uint8Array<ArrayBuffer>;
}

interface Head {
  /** Where it ends in the buffer. */
  readonly end: number;
  /** Where what was read ends in the buffer. */
  readonly filled: number;
  /** How long the content is. */
  readonly length: number;
}

class RawHttp1 implements BenchClient {
  readonly #settings: Settings;
  readonly #authority: string;
  readonly #idle: Socket[] = [];
  readonly #requests = new Map<string, Uint8Array>();
  readonly #all: Socket[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#authority = new URL(settings.origin).host;
  }

  async text(path: string): Promise<string> {
    const socket = await this.#get(path);
    const { buffer } = socket;
    const head = await readHead(socket);
    let { filled } = head;
    while (filled < head.end + head.length) filled += await read(socket, buffer.subarray(filled));
    this.#idle.push(socket);
    return decoder.decode(buffer.subarray(head.end, filled));
  }

  async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const socket = await this.#get(path);
    return this.#content(socket, await readHead(socket));
  }

  async whole(path: string): Promise<Uint8Array> {
    const socket = await this.#get(path);
    const { end, filled, length } = await readHead(socket);
    const content = new Uint8Array(length);
    content.set(socket.buffer.subarray(end, filled));
    for (let at = filled - end; at < length;) at += await read(socket, content.subarray(at, at + READ_SIZE));
    this.#idle.push(socket);
    return content;
  }

  async upload(path: string, body: UploadBody): Promise<string> {
    const socket = this.#idle.pop() ?? await this.#connect();
    const length = body.form === "whole" ? body.bytes.length : body.length;
    const head = encoder.encode(
      `PUT ${path} HTTP/1.1\r\nhost: ${this.#authority}\r\ncontent-length: ${length}\r\n\r\n`,
    );
    await writeAll(socket.connection, head);
    for (const piece of body.form === "whole" ? slices(body.bytes) : body.pieces) {
      await writeAll(socket.connection, piece);
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#content(socket, await readHead(socket))) pieces.push(piece.slice());
    return decoder.decode(concat(pieces));
  }

  close(): void {
    for (const { connection } of this.#all) connection.close();
  }

  async #get(path: string): Promise<Socket> {
    let request = this.#requests.get(path);
    if (request === undefined) {
      request = encoder.encode(`GET ${path} HTTP/1.1\r\nhost: ${this.#authority}\r\n\r\n`);
      this.#requests.set(path, request);
    }
    const socket = this.#idle.pop() ?? await this.#connect();
    await writeAll(socket.connection, request);
    return socket;
  }

  async #connect(): Promise<Socket> {
    const socket = { connection: await connectRaw(this.#settings), buffer: new Uint8Array(READ_SIZE) };
    this.#all.push(socket);
    return socket;
  }

  async *#content(socket: Socket, { end, filled, length }: Head): AsyncGenerator<Uint8Array> {
    if (filled > end) yield socket.buffer.subarray(end, filled);
    for (let at = filled - end; at < length;) {
      const count = await read(socket, socket.buffer);
      at += count;
      yield socket.buffer.subarray(0, count);
    }
    this.#idle.push(socket);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += WRITE_SIZE) yield bytes.subarray(at, at + WRITE_SIZE);
}

async function readHead(socket: Socket): Promise<Head> {
  let filled = 0;
  for (;;) {
    filled += await read(socket, socket.buffer.subarray(filled));
    const end = headEnd(socket.buffer, filled);
    if (end === 0) continue;
    const text = decoder.decode(socket.buffer.subarray(0, end));
    expectStatus(Number(text.slice(9, 12)));
    const field = text.toLowerCase().indexOf("content-length: ");
    return { end, filled, length: field < 0 ? 0 : parseInt(text.slice(field + 16), 10) };
  }
}

/** Where the empty line ends, or 0. */
function headEnd(bytes: Uint8Array, filled: number): number {
  for (let at = bytes.indexOf(0x0d); at >= 0 && at + 3 < filled; at = bytes.indexOf(0x0d, at + 2)) {
    if (bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at + 4;
  }
  return 0;
}

async function read({ connection }: Socket, into: Uint8Array): Promise<number> {
  const count = await connection.read(into);
  if (count === null) throw new Error("Cannot read the response: the connection ended");
  return count;
}
