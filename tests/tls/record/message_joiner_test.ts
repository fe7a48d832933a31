/** Handshake messages out of fragments: every split, and limits before anything is gathered. */

import { concat } from "@std/bytes/concat";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { MessageJoiner } from "../../../tls/record/message_joiner.ts";
import { HandshakeType } from "../../../tls/wire/numbers.ts";
import { message, splits } from "./toy_connection.ts";

const MESSAGES = [
  message(HandshakeType.finished, [1, 2, 3]),
  message(HandshakeType.server_hello_done, []),
  message(HandshakeType.certificate, new Uint8Array(20).fill(9)),
];

Deno.test("messages are joined however they are split over fragments", () => {
  for (const pieces of splits(concat(MESSAGES))) {
    const joiner = new MessageJoiner();
    const found: Uint8Array[] = [];
    for (const piece of pieces) {
      joiner.push(piece);
      for (let next = joiner.next(); next !== undefined; next = joiner.next()) found.push(next);
    }
    assertEquals(found, MESSAGES);
    assert(joiner.isEmpty);
  }
});

Deno.test("a MessageJoiner is empty only at the end of a message", () => {
  const bytes = concat(MESSAGES);
  const ends = MESSAGES.map((_, index) => concat(MESSAGES.slice(0, index + 1)).length);
  for (let length = 1; length <= bytes.length; length++) {
    const joiner = new MessageJoiner();
    joiner.push(bytes.subarray(0, length));
    assert(!joiner.isEmpty);
    while (joiner.next() !== undefined);
    assertEquals(joiner.isEmpty, ends.includes(length));
  }
});

Deno.test("a message that is not split is not copied", () => {
  const fragment = concat(MESSAGES);
  const joiner = new MessageJoiner();
  joiner.push(fragment);
  for (const expected of MESSAGES) {
    const next = joiner.next();
    assertEquals(next, expected);
    assertStrictEquals(next?.buffer, fragment.buffer);
  }
});

const TOO_LONG = [
  { name: "bad input 21: a Finished of 2^16 bytes", header: [20, 1, 0, 0], code: "handshake_too_large" },
  { name: "a ClientHello of 2^24 - 1 bytes", header: [1, 255, 255, 255], code: "handshake_too_large" },
  { name: "an unknown message of 2^16 bytes", header: [99, 1, 0, 0], code: "handshake_too_large" },
  { name: "a Certificate of 2^16 + 1 bytes", header: [11, 1, 0, 1], code: "certificate_too_large" },
] as const;

for (const { name, header, code } of TOO_LONG) {
  Deno.test(`${name} is refused by its header alone`, () => {
    for (const pieces of splits(Uint8Array.from(header))) {
      const joiner = new MessageJoiner();
      const error = assertThrows(() => {
        for (const piece of pieces) {
          joiner.push(piece);
          joiner.next();
        }
      }, TlsError);
      assertEquals(error.code, code);
      assertEquals(assertThrows(() => joiner.next(), TlsError).code, code);
    }
  });
}
