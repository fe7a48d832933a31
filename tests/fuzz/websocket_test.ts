/**
 * Fuzzes the WebSocket machine with frames that are nearly right.
 *
 * What has to hold for whatever comes: messages are read or refused with a `WebSocketError`, and nothing else is thrown; how
 * the bytes were cut makes no difference; what is told is no larger than the limit; and a message that was sent is read.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { deflateRawSync } from "node:zlib";
import { WebSocketConnection } from "../../websocket/connection.ts";
import { feed, frame, type Outcome } from "../websocket/raw_frames.ts";
import { inputs, seed as firstSeed } from "./support/amount.ts";

/** Wires to try. */
const WIRES = 6000;
/** So small that mutations meet it. */
const MAX_BYTES = 300;

type Random = () => number;

/** What is fuzzed: reads a wire in pieces. */
type Subject = (pieces: readonly Uint8Array[], role: "client" | "server") => Outcome;

const sound: Subject = (pieces, role) =>
  feed(
    new WebSocketConnection(role, {
      maxMessageBytes: MAX_BYTES,
      inflate: { noContextTakeover: false },
      getRandomValues: (into) => void into.fill(7),
    }),
    pieces,
    true,
  );

Deno.test("fuzz: the WebSocket machine throws WebSocketError alone, whatever the cut", () => {
  const counts = { clean: 0, refused: 0 };
  assertEquals(findFault(sound, inputs(WIRES), counts), undefined);
  assert(counts.clean > 0 && counts.refused > counts.clean / 100, JSON.stringify(counts));
});

const PLANTED: readonly { readonly name: string; readonly subject: Subject; readonly found: RegExp }[] = [
  {
    name: "crashes on some frames",
    subject: (pieces, role) => {
      const outcome = sound(pieces, role);
      if (outcome.failure?.[0] === "bad_text") throw new TypeError("Cannot read properties of undefined");
      return outcome;
    },
    found: /TypeError/,
  },
  {
    name: "reads differently what comes in pieces",
    subject: (pieces, role) => {
      const outcome = sound(pieces, role);
      return pieces.length > 1 ? { ...outcome, events: outcome.events.slice(1) } : outcome;
    },
    found: /cut/,
  },
];

for (const { name, subject, found } of PLANTED) {
  Deno.test(`fuzz: a WebSocket machine that ${name} is found`, () => {
    const fault = findFault(subject, 2000, { clean: 0, refused: 0 });
    assert(fault !== undefined && found.test(fault), fault);
  });
}

function findFault(
  subject: Subject,
  wires: number,
  counts: { clean: number; refused: number },
): string | undefined {
  const first = firstSeed(1);
  for (let seed = first; seed < first + wires; seed++) {
    const random = randomFrom(seed);
    const role = random() < 0.5 ? "client" : "server";
    const wire = mutated(wireFor(role, random), random);
    try {
      const whole = subject([wire], role);
      if (whole.failure === undefined) counts.clean++;
      else counts.refused++;
      const large = whole.events.find((event) => event.type === "message" && event.data.length > MAX_BYTES);
      if (large !== undefined) return `seed ${seed}: a message beyond the limit`;
      const cut = subject(inPieces(wire, random), role);
      if (JSON.stringify(cut) !== JSON.stringify(whole)) return `seed ${seed}: the cut makes a difference`;
    } catch (error) {
      return `seed ${seed}: throws ${error}`;
    }
  }
  return undefined;
}

/** A conversation that is sound, most of the time. */
function wireFor(role: "client" | "server", random: Random): Uint8Array<ArrayBuffer> {
  const frames: Uint8Array[] = [];
  const key = role === "server" ? { key: [1, 2, 3, 4].map((n) => Math.floor(n * 60 * random())) } : {};
  const put = (first: number, payload: Uint8Array | string) => frames.push(frame({ first, payload, ...key }));
  for (let i = Math.floor(6 * random()); i >= 0; i--) {
    const text = TEXTS[Math.floor(random() * TEXTS.length)] ?? "";
    const kind = random();
    if (kind < 0.3) put(0x81, text);
    else if (kind < 0.5) {
      put(0x01, text);
      if (random() < 0.5) put(0x89, "p");
      put(0x00, text);
      put(0x80, "");
    } else if (kind < 0.8) {
      put(0xc1, new Uint8Array(deflateRawSync(text, { finishFlush: 2 })).subarray(0, -4));
    } else put(0x82, text.slice(0, 100));
  }
  put(0x88, random() < 0.5 ? "" : Uint8Array.of(3, 0xe8, 0x62));
  return concat(frames);
}

const TEXTS = ["", "hello", "€".repeat(40), "x".repeat(290), "😀é", "the same and the same and the same"];

/** The wire with up to three bytes changed, dropped, doubled or moved. */
function mutated(wire: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  let result = wire;
  for (let i = Math.floor(3 * random()); i > 0; i--) {
    const at = Math.floor(result.length * random());
    const kind = random();
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    if (kind < 0.5) {
      result = result.slice();
      if (at < result.length) result[at] = 256 * random();
    } else if (kind < 0.7) result = concat([before, after.subarray(1 + 3 * random())]);
    else if (kind < 0.9) result = concat([before, after.subarray(0, 10 * random()), after]);
    else result = before.slice();
  }
  return result;
}

function inPieces(wire: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < wire.length;) {
    const length = 1 + Math.floor(20 * random());
    pieces.push(wire.subarray(at, at += length));
  }
  return pieces;
}

/** A generator of Lehmer's kind: a seed makes a sequence. */
function randomFrom(seed: number): Random {
  let state = (seed * 48_271 + 11) % 0x7fffffff;
  return () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
}
