/**
 * The work of a WebSocket grows with what its peer sends, and no faster.
 *
 * @module
 */

import { WebSocketConnection } from "../../websocket/connection.ts";
import { assertLinearCpu } from "../support/cost.ts";
import { frame } from "./raw_frames.ts";

/** `count` frames, the first and the last of which may differ from the others. */
function frames(count: number, first: Uint8Array, middle: Uint8Array, last: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + count * middle.length + last.length);
  bytes.set(first);
  for (let i = 0; i < count; i++) bytes.set(middle, first.length + i * middle.length);
  bytes.set(last, bytes.length - last.length);
  return bytes;
}

/** A message of `count` fragments with this payload each. */
function fragments(count: number, payload: Uint8Array | string, first = 0x02): Uint8Array {
  return frames(
    count,
    frame({ first, payload }),
    frame({ first: 0, payload }),
    frame({ first: 0x80, payload }),
  );
}

const WHOLE: Readonly<Record<string, (size: number) => Uint8Array>> = {
  "W-33: fragments of one byte": (size) => fragments(size, "x"),
  "W-33: fragments of one byte of text": (size) => fragments(size, "x", 0x01),
  "W-33: fragments of 64 bytes": (size) => fragments(size, new Uint8Array(64)),
  "empty fragments": (size) => fragments(size, ""),
  "messages of one byte": (size) => frames(size, frame({}), frame({ payload: "x" }), frame({})),
  "empty messages": (size) => frames(size, frame({}), frame({}), frame({})),
  pings: (size) => frames(size, frame({}), frame({ first: 0x89, payload: "x" }), frame({})),
  pongs: (size) => frames(size, frame({}), frame({ first: 0x8a }), frame({})),
};

for (const [name, makeInput] of Object.entries(WHOLE)) {
  Deno.test(`${name} cost as much as they are`, () => {
    assertLinearCpu(makeInput, (input) => receiveAll(input, input.length), { from: 2000 });
  });
}

Deno.test("W-33: a message in one frame costs as much as it is, byte by byte", () => {
  assertLinearCpu(
    (size) => frame({ first: 0x82, payload: new Uint8Array(size) }),
    (input) => receiveAll(input, 1),
    { from: 4000 },
  );
});

function receiveAll(input: Uint8Array, piece: number): void {
  const machine = new WebSocketConnection("client");
  for (let i = 0; i < input.length; i += piece) {
    machine.receive(input.subarray(i, i + piece));
    while (machine.next() !== undefined);
  }
}
