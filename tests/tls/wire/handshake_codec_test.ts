/** All handshake messages: decoded and encoded from samples, on every cut of their bytes, and their limits. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { MAX_CERTIFICATE_MESSAGE_BYTES, MAX_HANDSHAKE_MESSAGE_BYTES } from "../../../tls/limits.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { decodeHandshake, HANDSHAKE_HEADER_LENGTH, maxLengthOf } from "../../../tls/wire/handshake_codec.ts";
import { SAMPLES } from "./samples.ts";
import { bytes, encodeAny, vec24 } from "./message_bytes.ts";

for (const { name, type, body, message, head } of SAMPLES) {
  Deno.test(`${name} is read`, () => assertEquals(decodeHandshake(type, body), message));

  Deno.test(`${name} is written`, () => {
    assertEquals(encodeAny(message), concat([bytes(type, vec24(body))]));
    assertEquals(encodeAny(message).subarray(HANDSHAKE_HEADER_LENGTH), body);
  });

  // A Finished is as long as it is.
  if (message.type === "finished") continue;

  Deno.test(`${name} is refused when it is cut short anywhere`, () => {
    for (let length = 0; length < body.length; length++) {
      if (length === head) continue;
      const error = assertThrows(() => decodeHandshake(type, body.subarray(0, length)), TlsError);
      assertEquals(error.code, "decode_error", `${length} of ${body.length} bytes: ${error.message}`);
    }
  });

  Deno.test(`${name} is refused when bytes follow it`, () => {
    for (const more of [[0], [0, 0], [0xff], [...body, 0]]) {
      const error = assertThrows(() => decodeHandshake(type, bytes(body, more)), TlsError);
      assertEquals(error.code, "decode_error", error.message);
    }
  });

  Deno.test(`${name} with any byte changed is read, or refused with an error of decoding`, () => {
    const codes = new Set(["decode_error", "illegal_parameter", "duplicate_extension"]);
    const mutant = body.slice();
    for (const [at, byte] of body.entries()) {
      for (let change = 1; change <= 0xff; change = change * 2 + 1) {
        mutant[at] = byte ^ change;
        const error = refusal(type, mutant);
        if (error !== undefined) assert(codes.has(error.code), `${error.code}: ${error.message}`);
      }
      mutant[at] = byte;
    }
  });
}

/** How a message is refused; anything but a `TlsError` fails the test. */
function refusal(type: number, body: Uint8Array): TlsError | undefined {
  try {
    decodeHandshake(type, body);
  } catch (error) {
    if (error instanceof TlsError) return error;
    throw error;
  }
  return undefined;
}

for (const type of [0x00, 0x03, 0x06, 0x0c, 0x0e, 0x10, 0x16, 0xfe, 0xff]) {
  Deno.test(`a message of type ${type} does not exist in TLS 1.3, and its body is not read`, () => {
    assertEquals(decodeHandshake(type, bytes("whatever")), { type: "other", handshakeType: type });
  });
}

Deno.test("bad input 21: a message of 2^16 bytes is refused, one byte less is not", () => {
  assertEquals(maxLengthOf(0x14), MAX_HANDSHAKE_MESSAGE_BYTES);
  const longest = new Uint8Array(0xffff);
  assertEquals(decodeHandshake(0x14, longest), { type: "finished", verifyData: longest });
  const error = assertThrows(() => decodeHandshake(0x14, new Uint8Array(0x10000)), TlsError);
  assertEquals([error.code, error.message], [
    "handshake_too_large",
    "Cannot read a handshake message: its length of 65536 is over 65535",
  ]);
});

Deno.test("a Certificate of more than 64 KiB is refused, one of 64 KiB is not", () => {
  assertEquals(maxLengthOf(0x0b), MAX_CERTIFICATE_MESSAGE_BYTES);
  const certificate = new Uint8Array(0x10000 - 9);
  const longest = bytes(0, vec24(vec24(certificate), 0, 0));
  assertEquals(longest.length, 0x10000);
  assertEquals(decodeHandshake(0x0b, longest), {
    type: "certificate",
    context: bytes(),
    entries: [{ certificate, extensionOrder: [] }],
  });
  const error = assertThrows(() => decodeHandshake(0x0b, new Uint8Array(0x10001)), TlsError);
  assertEquals([error.code, error.message], [
    "certificate_too_large",
    "Cannot read a handshake message: its length of 65537 is over 65536",
  ]);
});

Deno.test("decoded values are views of the message", () => {
  for (const { name, type, body } of SAMPLES) {
    // In the middle of other bytes, as it stands in a record.
    const around = bytes(new Uint8Array(9).fill(0xee), body, new Uint8Array(9).fill(0xee));
    const within = around.subarray(9, 9 + body.length);
    for (const view of viewsIn(decodeHandshake(type, within))) {
      assert(view.buffer === around.buffer, name);
      assert(view.byteOffset >= 9 && view.byteOffset + view.length <= 9 + body.length, name);
    }
  }
});

function viewsIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(viewsIn) : [];
}
