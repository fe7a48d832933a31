/**
 * Clients that stall, flood, leave or send nonsense, over both versions of HTTP.
 *
 * @module
 */

import { closeQuietly, type Duplex, writeAll } from "../../../io/duplex.ts";
import { CLIENT_PREFACE, Flag, FrameType } from "../../../http2/protocol.ts";
import { block, bytes, data, frame, headers, ping, reset, settings } from "../../http2/raw_frames.ts";
import type { Random } from "../../http2/hpack/octets.ts";

/** A client that the server has to be rid of. */
export interface RudeClient {
  /** What it does. */
  readonly name: string;
  /** The version of HTTP that it speaks over TLS. Default: HTTP/1.1. */
  readonly protocol?: "h2";
  /** Whether it leaves by itself, and does not wait until the server ends the connection. */
  readonly leaves?: boolean;
  /** Whether it reads nothing before it has done its work. */
  readonly isDeaf?: boolean;
  /** Sends what it sends, piece by piece. */
  send(random: Random): Iterable<Uint8Array | string | Promise<void>>;
}

/**
 * Connects, and is rude.
 *
 * @returns Resolves when the connection has ended.
 */
export async function visit(
  client: RudeClient,
  connect: (protocol: "h2" | "http/1.1") => Promise<Duplex>,
  random: Random,
): Promise<void> {
  const io = await connect(client.protocol ?? "http/1.1");
  const ended = Promise.withResolvers<void>();
  if (!client.isDeaf) drain(io).then(ended.resolve);
  const sending = sendAll(client, io, random);
  await (client.leaves ? Promise.race([sending, wait(LONG_STALL_MS)]) : sending);
  if (client.isDeaf && !client.leaves) drain(io).then(ended.resolve);
  if (!client.leaves) await ended.promise;
  closeQuietly(io);
}

/** Sends all, or as much as the server lets it. */
async function sendAll(client: RudeClient, io: Duplex, random: Random): Promise<void> {
  try {
    for (const part of client.send(random)) {
      if (part instanceof Promise) await part;
      else await writeAll(io, typeof part === "string" ? bytes(part) : part);
    }
  } catch {
    // the connection is closed already
  }
}

/** Reads to the end, or to a reset. */
async function drain(io: Duplex): Promise<void> {
  const into = new Uint8Array(65_536);
  try {
    while (await io.read(into) !== null);
  } catch {
    // reset, or closed by this end
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const GET: [string, string][] = [[":method", "GET"], [":scheme", "http"], [":path", "/small"], [
  ":authority",
  "h",
]];
const GET_LARGE: [string, string][] = GET.map(([name, value]) => [name, name === ":path" ? "/large" : value]);
const POST: [string, string][] = GET.map(([name, value]) => {
  return [name, name === ":path" ? "/length" : name === ":method" ? "POST" : value];
});
const OPENING = bytes(CLIENT_PREFACE, settings());
const EXCHANGE =
  "POST /length HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
  "GET /large HTTP/1.1\r\nhost: h\r\n\r\n";

/** Times that a flood sends its frames at most: any limit of the server ends it before. */
const FLOOD = 2000;
/** Longer than the server waits in a soak. */
const LONG_STALL_MS = 5000;

/** The same bytes again and again. */
function* flood(unit: Uint8Array, times = FLOOD): Generator<Uint8Array> {
  for (let i = 0; i < times; i++) yield unit;
}

/** Streams that are opened and reset. */
function* resets(): Generator<Uint8Array> {
  yield OPENING;
  for (let id = 1; id < 2 * 10 * FLOOD; id += 20) {
    yield bytes(...Array.from({ length: 10 }, (_, i) => bytes(headers(id + 2 * i, GET), reset(id + 2 * i))));
  }
}

/** The clients. */
export const RUDE_CLIENTS: readonly RudeClient[] = [
  { name: "silence", send: () => [] },
  { name: "half a head", send: () => ["GET / HTTP/1.1\r\nhost: h\r\nx-"] },
  {
    name: "a head, a byte at a time",
    *send() {
      yield "GET / HTTP/1.1\r\nhost: h\r\n";
      for (;;) {
        yield wait(100);
        yield "x";
      }
    },
  },
  {
    name: "half of the content",
    send: () => ["POST /length HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nhal"],
  },
  { name: "a head without end", send: () => flood(new Uint8Array(65_536).fill(0x61)) },
  {
    name: "fields without end",
    send: () => ["GET / HTTP/1.1\r\n", ...flood(bytes("x: y\r\n".repeat(1000)))],
  },
  { name: "nonsense", send: (random) => [random.text(5000), "\r\n\r\n"] },
  {
    name: "an exchange that is left at any byte",
    leaves: true,
    send: (random) => [EXCHANGE.slice(0, random.below(EXCHANGE.length + 1)), wait(random.below(20))],
  },
  { name: "a response that is not read", isDeaf: true, send: () => [EXCHANGE, wait(LONG_STALL_MS)] },
  {
    name: "requests without end, no response read",
    isDeaf: true,
    send: () => flood(bytes(EXCHANGE.repeat(100))), // 20 MB, more than the buffers of both ends take
  },
  {
    name: "a reset in the middle of a response",
    isDeaf: true,
    leaves: true,
    send: () => [EXCHANGE, wait(20)],
  },
  { name: "half a preface", protocol: "h2", send: () => [CLIENT_PREFACE.subarray(0, 12)] },
  { name: "an HTTP/2 connection without requests", protocol: "h2", send: () => [OPENING] },
  {
    name: "a field block without end",
    protocol: "h2",
    send: () => [OPENING, frame(FrameType.HEADERS, 0, 1, block(GET))],
  },
  {
    name: "CONTINUATION frames without end",
    protocol: "h2",
    *send() {
      yield bytes(OPENING, frame(FrameType.HEADERS, 0, 1, block(GET)));
      yield* flood(frame(FrameType.CONTINUATION, 0, 1, block([["x", "y".repeat(1000)]])));
    },
  },
  { name: "streams that are reset at once", protocol: "h2", send: resets },
  {
    name: "pings without end",
    protocol: "h2",
    leaves: true,
    send: () => [OPENING, ...flood(bytes(...Array(100).fill(ping())))],
  },
  {
    name: "settings without end",
    protocol: "h2",
    leaves: true,
    send: () => [OPENING, ...flood(bytes(...Array(100).fill(settings())))],
  },
  {
    name: "pings without end, no answer read",
    protocol: "h2",
    isDeaf: true,
    send: () => [OPENING, ...flood(bytes(...Array(1000).fill(ping())))],
  },
  {
    name: "empty frames without end",
    protocol: "h2",
    send: () => [OPENING, headers(1, POST), ...flood(bytes(...Array(100).fill(data(1, ""))))],
  },
  {
    name: "content that stops, on a stream",
    protocol: "h2",
    send: () => [OPENING, headers(1, POST), data(1, "half")],
  },
  {
    name: "a stream whose window never opens",
    protocol: "h2",
    send: () => [bytes(CLIENT_PREFACE, settings([0x4, 0])), headers(1, GET_LARGE, true)],
  },
  {
    name: "streams left in the middle",
    protocol: "h2",
    leaves: true,
    send: (random) => [
      OPENING,
      ...Array.from({ length: 20 }, (_, i) => headers(2 * i + 1, random.below(2) ? GET_LARGE : POST, false)),
      wait(random.below(50)),
    ],
  },
  {
    name: "a padded frame that is too short",
    protocol: "h2",
    send: () => [OPENING, headers(1, POST), frame(FrameType.DATA, Flag.PADDED, 1, "\xff")],
  },
];
