/** Messages belong to their reader: none is overwritten by those after it, and none shares memory with the input. */

import { assertEquals } from "@std/assert";
import { WebSocketConnection } from "../../websocket/connection.ts";
import { MessageAssembler } from "../../websocket/message_assembler.ts";
import { frame } from "./raw_frames.ts";

/** The frames of one binary message, of so many bytes each. */
function messageOf(lengths: readonly number[], fill: number, key?: readonly number[]): Uint8Array[] {
  return lengths.map((length, index) => {
    const fin = index === lengths.length - 1 ? 0x80 : 0;
    const payload = new Uint8Array(length).fill(fill);
    return frame({ first: fin | (index === 0 ? 2 : 0), payload, ...(key && { key }) });
  });
}

const SHAPES: readonly (readonly number[])[] = [
  [1],
  [3],
  [100],
  [0, 3],
  [3, 0],
  [3, 3],
  [1_000],
  [5_000, 5_000],
  [70_000],
  [1, 70_000],
];
for (const role of ["client", "server"] as const) {
  for (const shape of SHAPES) {
    Deno.test(`WebSocketConnection: a ${role} keeps no hand on a message in frames of ${shape.join(" and ")} bytes`, () => {
      const machine = new WebSocketConnection(role);
      const received: unknown[] = [];
      for (let fill = 1; fill <= 4; fill++) {
        for (const piece of messageOf(shape, fill, role === "server" ? [9, 8, 7, 6] : undefined)) {
          machine.receive(piece);
          for (let event = machine.next(); event !== undefined; event = machine.next()) {
            if (event.type === "message") received.push(event.data);
          }
          piece.fill(0xff); // the driver reads into the same memory again
        }
      }
      const length = shape.reduce((sum, each) => sum + each);
      assertEquals(received, [1, 2, 3, 4].map((fill) => new Uint8Array(length).fill(fill)));
    });
  }
}

Deno.test("MessageAssembler: a message that fills its memory has it alone, and may be changed", () => {
  const assembler = new MessageAssembler(1_000, undefined);
  const messages = [1, 2, 3].map((fill) => {
    const header = { opcode: 2, fin: true, rsv1: false, length: 10, key: undefined } as const;
    assembler.begin(header);
    assembler.push(new Uint8Array(10).fill(fill), header, 0);
    const message = assembler.end();
    return message instanceof Uint8Array ? message : new Uint8Array();
  });
  assertEquals(messages.map((message) => [...new Set(message)]), [[1], [2], [3]]);
  messages[0]?.fill(9);
  assertEquals(messages[1], new Uint8Array(10).fill(2));
  assertEquals(new Set(messages.map(({ buffer }) => buffer)).size, 3);
});

for (const first of [0x89, 0x8a]) {
  Deno.test(`WebSocketConnection: the payload of a ${first === 0x89 ? "ping" : "pong"} stays as it came`, () => {
    const machine = new WebSocketConnection("client");
    const payloads: Uint8Array[] = [];
    for (let fill = 1; fill <= 3; fill++) {
      const piece = frame({ first, payload: new Uint8Array(5).fill(fill) });
      machine.receive(piece);
      for (let event = machine.next(); event !== undefined; event = machine.next()) {
        if (event.type === "ping" || event.type === "pong") payloads.push(event.payload);
      }
      piece.fill(0xff);
    }
    assertEquals(payloads, [1, 2, 3].map((fill) => new Uint8Array(5).fill(fill)));
  });
}
