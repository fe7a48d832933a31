/**
 * Fuzzes both roles of the HTTP/2 machine with conversations that are nearly right.
 *
 * What has to hold, whatever the peer sends and however it is cut: nothing but an `Http2Error` is thrown, and once
 * one is, it is thrown for ever; the acknowledgements that wait stay bounded; the events of each stream come in an order
 * that HTTP allows; and no stream hands out more content than its window.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { Http2Error } from "../../http2/error.ts";
import type { Http2Event } from "../../http2/events.ts";
import { MAX_PENDING_ACK_BYTES } from "../../http2/limits.ts";
import { CLIENT_PREFACE, Flag, FrameType } from "../../http2/protocol.ts";
import type { Http2Role } from "../../http2/streams.ts";
import { Random } from "../http2/hpack/octets.ts";
import {
  block,
  bytes,
  frame,
  GET,
  goAway,
  number,
  ping,
  reset,
  settings,
  SETTINGS_ACK,
  windowUpdate,
} from "../http2/raw_frames.ts";

/** Conversations to try. */
const CONVERSATIONS = 5_000;

/** The window of each stream: small, so that it is met. */
const WINDOW = 70_000;

/** What is fuzzed: a machine, or one that is made to fail. */
type Subject = Pick<
  Http2Connection,
  | "receive"
  | "next"
  | "output"
  | "pendingOutput"
  | "wantsRead"
  | "consume"
  | "reset"
  | "sendData"
  | "sendable"
  | "sendResponse"
  | "sendRequest"
  | "openable"
  | "activeStreams"
>;

type Make = (role: Http2Role) => Subject;

const SOUND: Make = (role) =>
  new Http2Connection(role, {
    initialStreamWindow: WINDOW,
    maxHeaderListSize: 2_000,
    enableConnectProtocol: true,
  });

const TARGET = { method: "POST", scheme: "https", authority: "a.test", path: "/" };

const RESPONSE_FIELDS: readonly (readonly Field[])[] = [
  [[":status", "200"]],
  [[":status", "200"], ["content-length", "3"]],
  [[":status", "103"], ["link", "</x>"]],
  [[":status", "304"]],
  [["x-trailer", "1"]],
  [[":status", "2oo"]],
  [[":status", "200"], ["connection", "close"]],
  [[":status", "200"], ["x", "y".repeat(1_990)]],
];

const REQUEST_FIELDS: readonly (readonly Field[])[] = [
  GET,
  [...GET, ["content-length", "3"]],
  [["x-trailer", "1"]],
  GET.slice(1),
  [...GET, [":path", "/"]],
  [...GET, ["x", "y".repeat(1_990)]],
  [...GET.filter(([name]) => name !== ":method"), [":method", "CONNECT"], [":protocol", "websocket"]],
  [[":method", "CONNECT"], [":authority", "a.test:443"]],
];

/** A frame that a peer in that role might send, right more often than not. */
function anyFrame(random: Random, sender: Http2Role): Uint8Array {
  const streamId = random.below(40) === 0 ? random.below(12) : 1 + 2 * random.below(4);
  const end = random.below(3) === 0 ? Flag.END_STREAM : 0;
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2: {
      const whole = block(random.pick(sender === "server" ? RESPONSE_FIELDS : REQUEST_FIELDS));
      if (random.below(4) > 0) return frame(FrameType.HEADERS, Flag.END_HEADERS | end, streamId, whole);
      const at = random.below(whole.length);
      return concat([
        frame(FrameType.HEADERS, end, streamId, whole.subarray(0, at)),
        frame(
          FrameType.CONTINUATION,
          random.below(20) > 0 ? Flag.END_HEADERS : 0,
          streamId,
          whole.subarray(at),
        ),
      ]);
    }
    case 3:
    case 4:
    case 5: {
      const length = random.pick([0, 1, 3, 3, 300, 16_384]);
      if (random.below(3) > 0) return frame(FrameType.DATA, end, streamId, new Uint8Array(length));
      const padding = random.below(60);
      const payload = bytes(padding, new Uint8Array(Math.min(length, 16_000)), new Uint8Array(padding));
      return frame(FrameType.DATA, end | Flag.PADDED, streamId, payload);
    }
    case 6:
      return settings([
        random.below(10),
        random.pick([16_384, 16_384, 16_384, 65_535, 100, 1, 0, 0x7fff_ffff]),
      ]);
    case 7:
      return random.below(2) === 0 ? ping() : concat(Array(random.below(1_200)).fill(ping()));
    case 8:
      return windowUpdate(
        random.below(2) * streamId,
        random.pick([1, 1_000, 50_000, random.pick([0, 0x7fff_ffff])]),
      );
    case 9:
      if (random.below(3) === 0) return reset(streamId);
      return random.below(2) === 0
        ? frame(FrameType.PRIORITY, 0, streamId, "12345")
        : frame(FrameType.PRIORITY_UPDATE, 0, 0, bytes(number(streamId, 4), "u=1"));
    case 10:
      return random.below(4) === 0
        ? goAway(random.below(8))
        : frame(0x20 + random.below(9), 0xff, streamId, random.text(20));
    default:
      if (random.below(5) > 0) return ping(Flag.ACK);
      return frame(random.below(11), random.below(256), streamId, random.text(20));
  }
}

/** A conversation from one side: a preface, frames, and damage to some of the bytes. */
function conversation(random: Random, sender: Http2Role): Uint8Array {
  const parts = [settings([3, 100]), ...(random.below(5) > 0 ? [SETTINGS_ACK] : [])];
  if (sender === "client") parts.unshift(CLIENT_PREFACE);
  for (let count = random.below(25); count > 0; count--) parts.push(anyFrame(random, sender));
  const wire = concat(parts);
  if (random.below(4) === 0) {
    for (let count = 1 + random.below(3); count > 0; count--) {
      wire[random.below(wire.length)] = random.below(256);
    }
  }
  return random.below(10) === 0
    ? concat([wire.subarray(0, random.below(wire.length)), number(random.below(2 ** 31), 4)])
    : wire;
}

/** Whether the events of streams come in an order that HTTP allows, and within their windows. */
class Oracle {
  /** What each stream has had: nothing, its head, or all. */
  readonly #stages = new Map<number, "new" | "content" | "over">();
  readonly #unread = new Map<number, number>();

  open(streamId: number): void {
    this.#stages.set(streamId, "new");
  }

  consumed(streamId: number): void {
    this.#unread.delete(streamId);
  }

  /** What is wrong with an event, if anything is. */
  judge(event: Http2Event): string | undefined {
    if (!("streamId" in event) || event.type === "window" || event.type === "priority_update") {
      return undefined;
    }
    const { type, streamId } = event;
    const stage = this.#stages.get(streamId);
    if (type === "request") {
      if (stage !== undefined) return "a stream is opened twice";
    } else if (stage === undefined) {
      return `${type} on a stream that is not open`;
    } else if (stage === "over" && type !== "reset") {
      return `${type} on a stream that is over`;
    } else if (type !== "reset" && (stage === "new") !== (type === "response" || type === "informational")) {
      return `${type} on a stream that is ${stage}`;
    }
    if (type === "data") {
      const unread = (this.#unread.get(streamId) ?? 0) + event.data.length;
      if (unread > WINDOW) return "more content than the window";
      this.#unread.set(streamId, unread);
    }
    if (type === "end_of_message" || type === "reset") {
      this.#stages.set(streamId, "over");
    } else if (type === "request" || type === "response") this.#stages.set(streamId, "content");
    return undefined;
  }
}

/** Runs one conversation; returns what is wrong, if anything is. */
function run(make: Make, seed: number, counts: { failed: number; went: number }): string | undefined {
  const random = new Random(seed);
  const role = random.pick<Http2Role>(["client", "server"]);
  const machine = make(role);
  const oracle = new Oracle();
  machine.output();
  if (role === "client") {
    for (let i = 0; i < 4; i++) oracle.open(machine.sendRequest(TARGET, [], random.below(2) === 0));
  }
  const wire = conversation(random, role === "client" ? "server" : "client");
  const pieceLength = random.pick([1, 9, 100, 5_000, wire.length]);
  try {
    for (let at = 0; at < wire.length; at += pieceLength) {
      if (wire.length / pieceLength > 3_000) at += pieceLength * random.below(3); // bytes that are lost are damage too
      const piece = wire.slice(at, at + pieceLength);
      machine.receive(piece);
      do {
        for (let event = machine.next(); event !== undefined; event = machine.next()) {
          const fault = oracle.judge(event) ?? act(machine, oracle, event, random);
          if (fault !== undefined) return fault;
        }
        // What was sent by the application itself is not what the peer can cause.
        if (!machine.wantsRead && machine.pendingOutput > MAX_PENDING_ACK_BYTES + 70_000) {
          return "acknowledgements without end";
        }
        if (!machine.wantsRead || random.below(3) === 0) machine.output();
      } while (!machine.wantsRead);
      piece.fill(0xdb);
    }
    counts.went++;
  } catch (error) {
    if (!(error instanceof Http2Error)) return `${error}`;
    try {
      machine.next();
      return "a failed machine goes on";
    } catch (again) {
      if (again !== error) return "a failed machine fails in another way";
    }
    counts.failed++;
  }
  return undefined;
}

/** The application: reads, gives up, answers. */
function act(machine: Subject, oracle: Oracle, event: Http2Event, random: Random): string | undefined {
  if (event.type === "data" && random.below(2) === 0) {
    machine.consume(event.streamId, event.data.length);
    oracle.consumed(event.streamId);
  }
  if (event.type === "request" && random.below(2) === 0) answer(machine, event.streamId, random);
  if (event.type === "response" && random.below(8) === 0) {
    const before = machine.activeStreams;
    machine.reset(event.streamId);
    if (machine.activeStreams === before) return undefined; // it has ended both ways, and was not reset
    return oracle.judge({
      type: "reset",
      streamId: event.streamId,
      error: new Http2Error("CANCEL", "Cannot go on: enough"),
    });
  }
  return machine.activeStreams > 100 ? "more streams than were allowed" : undefined;
}

/** Answers, unless the peer has said that it takes no head as large as that. */
function answer(machine: Subject, streamId: number, random: Random): void {
  try {
    machine.sendResponse(streamId, 200, [], false);
  } catch (error) {
    if (error instanceof Http2Error && error.code === "head_too_large" && error.scope === "stream") return;
    throw error;
  }
  if (machine.sendable(streamId) > 0) machine.sendData(streamId, new Uint8Array(100), random.below(2) === 0);
}

/** The first conversation that goes wrong, and how. */
function findFault(make: Make, counts: { failed: number; went: number }): string | undefined {
  for (let seed = 1; seed <= CONVERSATIONS; seed++) {
    const fault = run(make, seed, counts);
    if (fault !== undefined) return `seed ${seed}: ${fault}`;
  }
  return undefined;
}

Deno.test("fuzz: both roles throw Http2Error alone, and their events make sense", () => {
  const counts = { failed: 0, went: 0 };
  assertEquals(findFault(SOUND, counts), undefined);
  // Were nearly all conversations refused, or none, the generator would not get far into the machine.
  assert(counts.went > CONVERSATIONS / 5 && counts.failed > CONVERSATIONS / 5, JSON.stringify(counts));
});

/** A machine whose `next` is another. */
function planted(next: (machine: Http2Connection) => Http2Event | undefined): Make {
  return (role) => {
    const machine = SOUND(role);
    const sound = machine.next.bind(machine);
    if (machine instanceof Http2Connection) {
      machine.next = () => next(Object.assign(Object.create(machine), { next: sound }));
    }
    return machine;
  };
}

const PLANTED = [
  {
    name: "an error of another kind",
    found: "RangeError",
    next: (machine: Http2Connection) => {
      try {
        return machine.next();
      } catch (error) {
        if (error instanceof Http2Error && error.message.includes("padding")) {
          throw new RangeError("Offset is out of bounds");
        }
        throw error;
      }
    },
  },
  {
    name: "an end that is told twice",
    found: "is over",
    next: (() => {
      let last: Http2Event | undefined;
      return (machine: Http2Connection) => {
        const again = last;
        last = undefined;
        if (again !== undefined) return again;
        const event = machine.next();
        if (event?.type === "end_of_message") last = event;
        return event;
      };
    })(),
  },
  {
    name: "an error that is forgotten",
    found: "a failed machine",
    next: (() => {
      const seen = new WeakSet();
      return (machine: Http2Connection) => {
        try {
          return machine.next();
        } catch (error) {
          if (error instanceof Http2Error && seen.has(error)) return undefined;
          if (error instanceof Http2Error) seen.add(error);
          throw error;
        }
      };
    })(),
  },
] as const;

for (const { name, found, next } of PLANTED) {
  Deno.test(`fuzz: ${name} is found in the HTTP/2 machine`, () => {
    assertStringIncludes(findFault(planted(next), { failed: 0, went: 0 }) ?? "nothing", found);
  });
}
