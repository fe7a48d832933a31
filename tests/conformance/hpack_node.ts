/**
 * Node's HTTP/2 server as a decoder: each block is sent as the head of a request, and Node says what it read.
 *
 * @module
 */

import { deadline } from "@std/async";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { type Duplex, writeAll } from "../../io/duplex.ts";
import type { Block, Peer } from "./hpack.ts";

/** Node, if it is on the PATH. */
export async function findNode(): Promise<Peer | undefined> {
  try {
    const node = new NodePeer();
    await node.start();
    return node;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** How long Node may take over one story, in milliseconds; a server that fell silent is not waited for. */
const PATIENCE = 30_000;

class NodePeer implements Peer {
  readonly name = "Node's HTTP/2 server (nghttp2)";
  readonly #process = new Deno.Command("node", {
    args: [new URL("./hpack_node_peer.mjs", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  readonly #input = this.#process.stdin.getWriter();
  readonly #output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  /** What was read of the output, but not as a line yet. */
  #rest = "";
  #port = 0;

  /** Waits until the server listens. */
  async start(): Promise<void> {
    this.#port = Number(await this.#line());
  }

  /**
   * HTTP/2 allows less than HPACK does. So a list that is not a request gets to be one, and names that no request
   * may have, or have twice, are changed.
   */
  carry(fields: readonly Field[]): readonly Field[] {
    const length = fields.find(([name]) => name === "content-length");
    const carried = fields.map((field): Field => {
      const [name, value] = field;
      if (name === "content-length" && field !== length) return ["x-content-length", value];
      return [UNCARRIED.get(name) ?? name, value.trim()];
    });
    const isPseudo = ([name]: Field) => name.startsWith(":");
    const request = carried.some(isPseudo) ? carried.filter(isPseudo) : REQUEST;
    return [...request, ...carried.filter((field) => !isPseudo(field))];
  }

  async read(blocks: readonly Block[]): Promise<readonly (readonly Field[])[]> {
    using io = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    io.setNoDelay(true);
    await deadline(sendBlocks(io, blocks), PATIENCE);
    // What Node has to say about the blocks it has said by now; an empty line comes back after it.
    await this.#input.write(new TextEncoder().encode("\n"));
    return await deadline(this.#readLists(), PATIENCE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#output.cancel();
    await this.#input.abort();
    await this.#process.status;
  }

  async #readLists(): Promise<Field[][]> {
    const lists: Field[][] = [];
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      const strings: unknown = JSON.parse(line);
      if (!Array.isArray(strings)) throw new TypeError("Cannot read what node has read: it is not a list");
      lists.push(
        strings.flatMap((name, i): Field[] => i % 2 === 0 ? [[String(name), String(strings[i + 1])]] : []),
      );
    }
    return lists;
  }

  async #line(): Promise<string> {
    let end = this.#rest.indexOf("\n");
    while (end < 0) {
      const { value } = await this.#output.read();
      if (value === undefined) throw new Error("node has ended");
      const seen = this.#rest.length;
      this.#rest += value;
      end = this.#rest.indexOf("\n", seen);
    }
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}

/** The pseudo-header fields of a request for a list that has none. */
const REQUEST: readonly Field[] = [
  [":method", "POST"],
  [":scheme", "https"],
  [":authority", "story.test"],
  [":path", "/"],
];

/** Names that no HTTP/2 request may have (RFC 9113 §8.2.2, §8.3), and what goes in their place. */
const UNCARRIED: ReadonlyMap<string, string> = new Map([
  [":status", "x-status"],
  ["connection", "x-connection"],
  ["keep-alive", "x-keep-alive"],
  ["proxy-connection", "x-proxy-connection"],
  ["transfer-encoding", "x-transfer-encoding"],
  ["upgrade", "x-upgrade"],
]);

/** Sends blocks as requests over a new connection, until all are answered or the server gives the connection up. */
async function sendBlocks(io: Duplex, blocks: readonly Block[]): Promise<void> {
  const frames = readFrames(io);
  await writeAll(io, concat([PREFACE, frame(FrameType.SETTINGS, 0, 0)]));
  if (!await nextOf(frames, FrameType.SETTINGS, 0)) return;
  await writeAll(io, frame(FrameType.SETTINGS, ACK, 0));
  let current: number | undefined;
  let stream = 1;
  for (const { tableSize, wire } of blocks) {
    if (tableSize !== undefined && tableSize !== current) {
      current = tableSize;
      await writeAll(io, ping(tableSize));
      if (!await nextOf(frames, FrameType.SETTINGS, 0)) return;
      await writeAll(io, frame(FrameType.SETTINGS, ACK, 0));
    }
    // END_STREAM would make the server compare content-length with the content that never comes.
    await writeAll(io, frame(FrameType.HEADERS, END_HEADERS, stream, wire));
    // Its RST_STREAM, or an answer to what it does not take for a request.
    if (!await nextOf(frames, FrameType.RST_STREAM, 0)) return;
    stream += 2;
  }
}

/** RFC 9113 §6 */
const FrameType = { HEADERS: 0x01, RST_STREAM: 0x03, SETTINGS: 0x04, PING: 0x06, GOAWAY: 0x07 } as const;
const END_HEADERS = 0x04;
const ACK = 0x01;
const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  const octets = new Uint8Array(9 + payload.length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, payload.length << 8 | type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  octets.set(payload, 9);
  return octets;
}

/** Asks our server to set the maximum of its table. */
function ping(value: number): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setUint32(4, value);
  return frame(FrameType.PING, 0, 0, payload);
}

/** Waits for a frame of some type; `false` if the server gives the connection up instead. */
async function nextOf(frames: AsyncIterator<Frame>, type: number, flags: number): Promise<boolean> {
  for (;;) {
    const { value, done } = await frames.next();
    if (done || value.type === FrameType.GOAWAY) return false;
    if (value.type === type && value.flags === flags) return true;
  }
}

interface Frame {
  readonly type: number;
  readonly flags: number;
}

async function* readFrames(io: Duplex): AsyncGenerator<Frame> {
  const chunk = new Uint8Array(16_384);
  let octets = new Uint8Array();
  for (let count = await io.read(chunk); count !== null; count = await io.read(chunk)) {
    octets = concat([octets, chunk.subarray(0, count)]);
    while (octets.length >= 9) {
      const head = new DataView(octets.buffer, octets.byteOffset).getUint32(0);
      const end = 9 + (head >>> 8);
      if (octets.length < end) break;
      yield { type: head & 0xff, flags: octets[4] ?? 0 };
      octets = octets.subarray(end);
    }
  }
}
