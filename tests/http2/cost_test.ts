/**
 * The work of each decoder of HTTP/2 grows with what a peer sends, and no faster.
 *
 * @module
 */

import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { FrameReader } from "../../http2/frame_reader.ts";
import { HpackDecoder } from "../../http2/hpack/decoder.ts";
import { decodeHuffman, encodeHuffman, huffmanCapacity, huffmanLength } from "../../http2/hpack/huffman.ts";
import { parseRequestHead, parseResponseHead, parseTrailers } from "../../http2/incoming_head.ts";
import { MAX_SETTINGS } from "../../http2/limits.ts";
import { Flag, FrameType, SettingId } from "../../http2/protocol.ts";
import { assertLinearCpu } from "../support/cost.ts";
import {
  block,
  bytes,
  client,
  data,
  feedAll,
  frame,
  GET,
  headers,
  paddedData,
  ping,
  reset,
  response,
  server,
  settings,
  windowUpdate,
} from "./raw_frames.ts";

/** `count` bytes out of a pattern. */
function filled(count: number, ...pattern: number[]): Uint8Array {
  return new Uint8Array(count).map((_, i) => pattern[i % pattern.length] ?? 0);
}

/** A string of `length` that is not Huffman-coded (RFC 7541 §5.2). */
function plainString(text: string): Uint8Array {
  const digits: number[] = [];
  let rest = text.length - 127;
  if (rest < 0) return bytes(text.length, text);
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push(rest % 128 + 128);
  return bytes(0x7f, ...digits, rest, text);
}

function huffman(text: string): Uint8Array {
  const code = new Uint8Array(huffmanLength(text));
  encodeHuffman(text, code, 0);
  return code;
}

const BLOCKS: Readonly<Record<string, (size: number) => Uint8Array>> = {
  "fields of the static table": (size) => filled(size, 0x88),
  "a field of the dynamic table": (size) => bytes("\x40\x01x\x01y", filled(size, 0xbe)),
  "literals that are not indexed": (size) => filled(5 * size, 0, 1, 0x78, 1, 0x79),
  "literals that are indexed": (size) => filled(5 * size, 0x40, 1, 0x78, 1, 0x79),
  "literals that empty the table": (size) =>
    concat(Array(Math.ceil(size / 1000)).fill(bytes("\x40\x01x", plainString("y".repeat(5000))))),
  "empty literals": (size) => filled(3 * size, 0, 0, 0),
  "size updates": (size) => filled(size, 0x20),
  "size updates in turn, and then a field": (size) => bytes(filled(4 * size, 0x20, 0x3f, 0xe1, 0x1f), 0x88),
  "one long value": (size) => bytes("\x00\x01x", plainString("y".repeat(size))),
  "one long value beyond ASCII": (size) => bytes("\x00\x01x", plainString("\xe9".repeat(size))),
  "one long value in Huffman code": (size) => {
    const code = huffman("a".repeat(size));
    const coded = plainString(String.fromCharCode(...code));
    return bytes("\x00\x01x", coded.map((byte, i) => i === 0 ? byte | 0x80 : byte));
  },
};

for (const [name, make] of Object.entries(BLOCKS)) {
  Deno.test(`cost: HPACK: ${name}`, () => {
    assertLinearCpu(make, (block) => new HpackDecoder().decode(block, 100_000_000), { from: 4000 });
  });
}

Deno.test("cost: Huffman code of the longest symbols", () => {
  assertLinearCpu((size) => huffman("\x16".repeat(size)), (code) => {
    decodeHuffman(code, 0, code.length, new Uint8Array(huffmanCapacity(code.length) + 2));
  });
});

const VALUES: Readonly<Record<string, (size: number) => string>> = {
  "of blanks": (size) => " ".repeat(size),
  "of blanks inside": (size) => `a${" ".repeat(size)}b`,
  "of tabs behind": (size) => `a${"\t ".repeat(size)}`,
  "of commas": (size) => ",".repeat(size),
  "of numbers": (size) => "5, ".repeat(size) + "5",
  "of zeros": (size) => "0".repeat(size),
};

for (const [name, make] of Object.entries(VALUES)) {
  for (const field of ["x", "content-length", "te", "cookie", "host"]) {
    Deno.test(`cost: a field "${field}" with a value ${name}`, () => {
      assertLinearCpu((size): Field => [field, make(size)], (field) => {
        for (
          const parse of [
            () => parseResponseHead([[":status", "200"], field]),
            () => parseRequestHead([...GET, field], false, 1e9),
            () => parseTrailers([field], true),
          ]
        ) {
          try {
            parse();
          } catch {
            // Malformed or not, it was looked at.
          }
        }
      }, { from: 4000 });
    });
  }
}

for (const name of [":path", ":authority", ":scheme", ":method"]) {
  Deno.test(`cost: ${name} of any length`, () => {
    for (const unit of ["/", "a", "a.", ":", "[", "[:", "1.", "xn--", "@", "%41", " "]) {
      assertLinearCpu(
        (size) => [...GET.filter((field) => field[0] !== name), [name, `/${unit.repeat(size)}`] as const],
        (fields) => parseRequestHead(fields, false, 1e9),
        { from: 4000 },
      );
    }
  });
}

const SECTIONS: Readonly<Record<string, (size: number) => Field[]>> = {
  "cookies": (size) => Array.from({ length: size }, (_, i): Field => ["cookie", `a=${i}`]),
  "lengths": (size) => Array(size).fill(["content-length", "5"]),
  "blanks": (size) => Array(size).fill(["x", " "]),
};

for (const [name, make] of Object.entries(SECTIONS)) {
  Deno.test(`cost: a section of ${name}`, () => {
    assertLinearCpu(make, (fields) => {
      parseResponseHead([[":status", "200"], ...fields]);
      try {
        parseRequestHead([...GET, ...fields], false, 1e9);
      } catch {
        // Malformed or not, it was looked at.
      }
    });
  });
}

/** Frames that a server sends on stream 1, after its response has begun. */
const FRAMES: Readonly<Record<string, (count: number) => Uint8Array[]>> = {
  "DATA of one byte": (count) => Array(count).fill(data(1, "x")),
  "empty DATA": (count) => Array(count).fill(data(1, "")),
  "DATA of padding": (count) => Array(count).fill(paddedData(1, "x", 255)),
  "PRIORITY": (count) => Array(count).fill(frame(FrameType.PRIORITY, 0, 1, "\0\0\0\0\0")),
  "WINDOW_UPDATE": (count) => Array(count).fill(windowUpdate(1, 1)),
  "PING": (count) => Array(count).fill(ping()),
  "SETTINGS": (count) => Array(count).fill(settings([SettingId.INITIAL_WINDOW_SIZE, 5])),
  "SETTINGS of many values": (count) =>
    Array(Math.ceil(count / MAX_SETTINGS)).fill(settings(...Array(MAX_SETTINGS).fill([0xfa, 1]))),
  "frames of an unknown type": (count) => Array(count).fill(frame(0xfa, 0, 1, "x")),
  "RST_STREAM of a stream that has gone": (count) => Array(count).fill(reset(1)),
  "DATA of a stream that has gone": (count) => [reset(1), ...Array(count).fill(data(1, "x"))],
};

for (const [name, make] of Object.entries(FRAMES)) {
  Deno.test(`cost: ${name}`, () => {
    assertLinearCpu((count) => concat(make(count)), (wire) => {
      // So much time passes that no flood is one.
      let time = 0;
      const machine = client({ now: () => time += 1e9 });
      feedAll(machine, response(1));
      machine.receive(wire);
      do {
        while (machine.next() !== undefined);
        machine.output();
      } while (!machine.wantsRead);
    }, { from: 2000 });
  });
}

Deno.test("cost: 1xx responses", () => {
  assertLinearCpu((count) => concat(Array(count).fill(response(1, "103"))), (wire) => {
    const machine = client();
    machine.receive(wire);
    while (machine.next() !== undefined);
  });
});

Deno.test("cost: requests that the client resets and those that it does not", () => {
  assertLinearCpu((count) =>
    concat(
      Array.from({ length: count }, (_, i) => [
        headers(4 * i + 1, GET, true),
        reset(4 * i + 1),
        headers(4 * i + 3, GET, true),
      ]).flat(),
    ), (wire) => {
    const machine = server();
    machine.receive(wire);
    for (let event = machine.next(); event !== undefined; event = machine.next()) {
      if (event.type !== "request" || event.streamId % 4 !== 3) continue;
      machine.sendResponse(event.streamId, 204, [], true);
      machine.output();
    }
  }, { from: 200 });
});

Deno.test("cost: CONTINUATION frames of one block", () => {
  assertLinearCpu((size) => {
    const whole = block(Array(size).fill(["x", "y"]));
    const parts: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += 100) parts.push(whole.subarray(at, at + 100));
    return concat(parts.map((part, i) =>
      frame(
        i === 0 ? FrameType.HEADERS : FrameType.CONTINUATION,
        i === parts.length - 1 ? Flag.END_HEADERS : 0,
        1,
        part,
      )
    ));
  }, (wire) => {
    const machine = client({ maxHeaderListSize: 100_000_000, maxFields: 1_000_000 });
    machine.receive(wire);
    while (machine.next() !== undefined);
  });
});

for (
  const [name, make] of [
    ["one frame", (size: number) => [frame(FrameType.HEADERS, Flag.END_HEADERS, 1, new Uint8Array(size))]],
    ["one frame of content", (size: number) => [data(1, new Uint8Array(size))]],
    ["small frames", (size: number) => Array(Math.ceil(size / 17)).fill(ping())],
    ["padding", (size: number) => Array(Math.ceil(size / 255)).fill(paddedData(1, "", 255))],
  ] as const
) {
  Deno.test(`cost: ${name}, byte by byte`, () => {
    assertLinearCpu((size) => bytes(settings(), ...make(size)), (wire) => {
      const reader = new FrameReader(16_000_000);
      for (let at = 0; at < wire.length; at++) {
        reader.receive(wire.subarray(at, at + 1));
        while (reader.next() !== undefined);
      }
    });
  });
}
