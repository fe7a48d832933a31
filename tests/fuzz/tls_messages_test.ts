/**
 * Fuzzes the reading of handshake messages with ones that are nearly right.
 *
 * What has to hold for whatever comes: it is read or refused with a `TlsError` of a code that means the peer, nothing
 * else is ever thrown; what is refused is what a reader refuses that is written like the RFCs; what was read, written
 * and read again, is the same; and what it consists of are views of the message and of no other bytes.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, equal } from "@std/assert";
import { equals } from "@std/bytes/equals";
import { encodeHex } from "@std/encoding/hex";
import { TlsError } from "../../tls/error/tls_error.ts";
import { decodeHandshake, HANDSHAKE_HEADER_LENGTH } from "../../tls/wire/handshake_codec.ts";
import type { HandshakeMessage } from "../../tls/wire/messages.ts";
import { Random } from "../http2/hpack/octets.ts";
import { check, Refusal } from "../tls/wire/reference.ts";
import { clientHelloHead, retryRequestHead, SAMPLES, serverHelloHead } from "../tls/wire/samples.ts";
import {
  bytes,
  counting,
  encodeAny,
  extension,
  u16,
  u32,
  vec16,
  vec24,
  vec8,
} from "../tls/wire/message_bytes.ts";
import { inputs, seed } from "./support/amount.ts";

/** Messages to try. */
const MESSAGES = inputs(25_000);

/** What is fuzzed. */
type Decode = (type: number, body: Uint8Array) => HandshakeMessage;

/** The codes of a message that cannot be taken. */
const CODES: ReadonlySet<string> = new Set(["decode_error", "illegal_parameter", "duplicate_extension"]);

Deno.test("fuzz: decodeHandshake throws TlsError alone, agrees with the RFCs, and is understood by the encoders", () => {
  const counts = { read: 0, refused: 0 };
  assertEquals(findFault(decodeHandshake, counts), undefined);
  // Were nearly all refused, or none, the generator would not get far into the decoders.
  assert(counts.read > MESSAGES / 5 && counts.refused > MESSAGES / 5, JSON.stringify(counts));
});

/** A decoder that does something else where the sound one refuses a message with these words. */
function planted(words: string, act: () => HandshakeMessage): Decode {
  return (type, body) => {
    try {
      return decodeHandshake(type, body);
    } catch (error) {
      if (error instanceof TlsError && error.message.includes(words)) return act();
      throw error;
    }
  };
}

function accept(): HandshakeMessage {
  return { type: "end_of_early_data" };
}

const PLANTED: { readonly name: string; readonly decode: Decode; readonly found: string }[] = [
  {
    name: "reads past the end",
    decode: planted("cut short", () => {
      throw new RangeError("Offset is outside the bounds of the DataView");
    }),
    found: "throws RangeError",
  },
  {
    name: "takes what follows a message",
    decode: planted("behind its end", accept),
    found: "is to be refused",
  },
  {
    name: "takes what follows an extension",
    decode: planted("behind the end of", accept),
    found: "is to be refused",
  },
  { name: "takes an extension twice", decode: planted("comes twice", accept), found: "is to be refused" },
  { name: "takes an extension anywhere", decode: planted("has no place", accept), found: "is to be refused" },
  {
    name: "takes pre_shared_key in front of others",
    decode: planted("is not its last", accept),
    found: "is to be refused",
  },
  { name: "takes an empty list", decode: planted("is shorter than", accept), found: "is to be refused" },
  {
    name: "takes a session ID of any length",
    decode: planted("is longer than", accept),
    found: "is to be refused",
  },
  { name: "takes any type of ECH", decode: planted("has the type", accept), found: "is to be refused" },
  { name: "takes a group twice", decode: planted("has two keys", accept), found: "is to be refused" },
  { name: "does not count binders", decode: planted("binders", accept), found: "is to be refused" },
  { name: "takes any host name", decode: planted("not a host name", accept), found: "is to be refused" },
  { name: "takes any KeyUpdate", decode: planted("request_update is", accept), found: "is to be refused" },
  {
    name: "refuses what is not known",
    found: "is to be read",
    decode: (type, body) => {
      const message = decodeHandshake(type, body);
      if ("extensionOrder" in message && message.extensionOrder.includes(0x4a4a)) {
        throw new TlsError("decode_error", "Cannot read it: it has an unknown extension");
      }
      return message;
    },
  },
  {
    name: "blames us",
    found: "is refused with internal_error",
    decode: planted("comes twice", () => {
      // Not among the codes.
      throw Object.assign(new TlsError("decode_error", "Cannot read it"), { code: "internal_error" });
    }),
  },
  {
    name: "loses the last of the cipher suites",
    found: "does not return",
    decode: (type, body) => {
      const message = decodeHandshake(type, body);
      if (message.type !== "client_hello") return message;
      return { ...message, cipherSuites: message.cipherSuites.slice(0, 1) };
    },
  },
  {
    name: "sees the record behind the message",
    found: "shows other bytes",
    decode: (type, body) => {
      const message = decodeHandshake(type, body);
      if (message.type !== "certificate_verify") return message;
      const { buffer, byteOffset, length } = message.signature;
      return { ...message, signature: new Uint8Array(buffer, byteOffset, length + 1) };
    },
  },
];

for (const { name, decode, found } of PLANTED) {
  Deno.test(`fuzz: a decoder of messages is found out that ${name}`, () => {
    assertStringIncludes(findFault(decode) ?? "nothing", found);
  });
}

/** The first thing that does not hold for `decode`, or `undefined`. */
function findFault(decode: Decode, counts = { read: 0, refused: 0 }): string | undefined {
  const random = new Random(seed(0x7c15));
  for (let count = 0; count < MESSAGES; count++) {
    const { type, body } = randomMessage(random);
    const wire = `message ${type} ${encodeHex(body)}`;
    const legal = legality(type, body);
    // In the middle of a record.
    const record = bytes(0xee, body, 0xee);
    const view = record.subarray(1, 1 + body.length);
    let message: HandshakeMessage;
    try {
      message = decode(type, view);
    } catch (error) {
      if (!(error instanceof TlsError)) return `${wire} throws ${error}`;
      if (legal !== undefined) return `${wire} is to be read: ${error.message}`;
      if (!CODES.has(error.code)) return `${wire} is refused with ${error.code}`;
      counts.refused++;
      continue;
    }
    if (legal === undefined) return `${wire} is to be refused`;
    counts.read++;
    if (!isWithin(message, view)) return `${wire} shows other bytes`;
    const encoded = encodeAny(message);
    if (encoded[0] !== type) return `${wire} is another message`;
    const returned = encoded.subarray(HANDSHAKE_HEADER_LENGTH);
    if (legal === "lossless" && !equals(returned, body)) return `${wire} does not return`;
    const again = decodeHandshake(type, returned);
    if (!equal(again, withoutUnknown(message, again))) return `${wire} does not return`;
  }
  return undefined;
}

function legality(type: number, body: Uint8Array): "lossless" | "legal" | undefined {
  try {
    return check(type, body) ? "lossless" : "legal";
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Whether all views of a message lie within its bytes. */
function isWithin(value: unknown, whole: Uint8Array): boolean {
  if (value instanceof Uint8Array) {
    return value.buffer === whole.buffer && value.byteOffset >= whole.byteOffset &&
      value.byteOffset + value.length <= whole.byteOffset + whole.length;
  }
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((part) => isWithin(part, whole));
}

/** A message as it returns when it was written, without the extensions that were not kept. */
function withoutUnknown(message: HandshakeMessage, again: HandshakeMessage): HandshakeMessage {
  if (message.type === "certificate" && again.type === "certificate") {
    const entries = message.entries.map((entry, index) => ({
      ...entry,
      extensionOrder: subsequence(entry.extensionOrder, again.entries[index]?.extensionOrder ?? []),
    }));
    return { ...message, entries };
  }
  if (!("extensionOrder" in message) || !("extensionOrder" in again)) return message;
  return { ...message, extensionOrder: subsequence(message.extensionOrder, again.extensionOrder) };
}

function subsequence(order: readonly number[], kept: readonly number[]): readonly number[] {
  return order.filter((type) => kept.includes(type));
}

interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

/** A sample, or a message of random extensions; every other one with something wrong in it. */
function randomMessage(random: Random): Message {
  const message = random.below(4) === 0 ? random.pick(SAMPLES) : composed(random);
  if (random.below(2) === 0) return message;
  const octets = [...message.body];
  for (let mutations = 1 + random.below(2); mutations > 0; mutations--) mutate(octets, random);
  return { type: random.below(40) === 0 ? random.below(0x20) : message.type, body: Uint8Array.from(octets) };
}

function composed(random: Random): Message {
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return { type: 0x01, body: bytes(clientHelloHead(), randomBlock(random)) };
    case 3: {
      const head = random.below(2) === 0 ? serverHelloHead() : retryRequestHead();
      return { type: 0x02, body: bytes(head, randomBlock(random, SERVER_DATA)) };
    }
    case 4:
      return { type: 0x08, body: randomBlock(random, SERVER_DATA) };
    case 5:
      return { type: 0x0d, body: bytes(vec8(counting(random.below(3))), randomBlock(random)) };
    case 6: {
      const entries = Array.from(
        { length: random.below(4) },
        () => bytes(vec24(counting(1 + random.below(20))), randomBlock(random, SERVER_DATA)),
      );
      return { type: 0x0b, body: bytes(vec8(), vec24(...entries)) };
    }
    default:
      return {
        type: 0x04,
        body: bytes(
          u32(random.below(0x7fffffff)),
          u32(0),
          vec8(),
          vec16(7),
          randomBlock(random, SERVER_DATA),
        ),
      };
  }
}

type Data = readonly (readonly [type: number, ...choices: readonly Uint8Array[]])[];

const NAMES = ["host.example", "HOST", "a.", "10.0.0.1", "::1", "a b", "a..b", "é", "x".repeat(64), "9"];

/** What a client says, right and not so right. */
const CLIENT_DATA: Data = [
  [0x0000, ...NAMES.map((name) => vec16(0, vec16(name))), vec16(1, vec16("a"), 0, vec16("b"))],
  [0x0005, bytes(1, vec16(), vec16()), bytes(1, vec16("x"), vec16("y")), bytes(2, 3, 4), bytes(1)],
  [0x000a, vec16(u16(0x1d, 0x17)), vec16(u16(0x6a6a)), vec16(), vec16(1)],
  [0x000b, vec8(0), vec8()],
  [0x000d, vec16(u16(0x0403, 0x0804, 0x0401)), vec16()],
  [0x0010, vec16(vec8("h2"), vec8("http/1.1")), vec16(vec8("h2")), vec16(vec8()), vec16()],
  [0x0012, bytes()],
  [0x0015, new Uint8Array(9)],
  [0x0017, bytes(), bytes(0)],
  [0x0023, bytes(), bytes("ticket")],
  [0x002a, bytes(), u32(1)],
  [0x002b, vec8(u16(0x0304)), vec8(u16(0x3a3a, 0x0304, 0x0303)), vec8(), u16(0x0304)],
  [0x002c, vec16("cookie"), vec16()],
  [0x002d, vec8(1), vec8(0, 1), vec8()],
  [0x002f, vec16(vec16("name")), vec16(vec16("a"), vec16("b")), vec16(), vec16(vec16())],
  [0x0030, bytes("whatever")],
  [0x0031, bytes()],
  [0x0032, vec16(u16(0x0401)), vec16()],
  [
    0x0033,
    vec16(u16(0x1d), vec16(counting(32))),
    vec16(),
    vec16(u16(0x1d), vec16(1), u16(0x1d), vec16(2)),
    vec16(u16(0x1d), vec16()),
  ],
  [0xff01, vec8(), vec8(1)],
  [0xfd00, vec8(u16(0x33)), vec8()],
  [
    0xfe0d,
    bytes(1),
    bytes(1, 0),
    bytes(2),
    bytes(0, u16(1, 3), 7, vec16("enc"), vec16("payload")),
    bytes(0, u16(1, 3), 7, vec16(), vec16()),
  ],
  [0x4a4a, bytes(), bytes("GREASE")],
  [
    0x0029,
    bytes(vec16(vec16("id"), u32(5)), vec16(vec8(counting(32)))),
    bytes(vec16(vec16("a"), u32(0), vec16("b"), u32(0)), vec16(vec8(counting(32)))),
    bytes(vec16(vec16("a"), u32(0)), vec16()),
  ],
];

/** What a server says, right and not so right. */
const SERVER_DATA: Data = [
  [0x0000, bytes(), bytes(), vec16(0, vec16("a"))],
  [0x0005, bytes(1, vec24("response")), bytes(1, vec24()), bytes(2, vec24("x"))],
  [0x000a, vec16(u16(0x1d)), vec16()],
  [0x0010, vec16(vec8("h2")), vec16(vec8("h2")), vec16(vec8("h2"), vec8("h3")), vec16(vec8())],
  [0x0012, bytes("SCT")],
  [0x0029, u16(0), bytes(1)],
  [0x002a, bytes(), u32(16_384)],
  [0x002b, u16(0x0304), u16(0x0304), u16(0x0303), vec8(u16(0x0304))],
  [0x002c, vec16("cookie"), vec16()],
  [0x0033, bytes(u16(0x1d), vec16(counting(32))), u16(0x17), bytes(u16(0x1d), vec16())],
  [0xfe0d, counting(8), vec16(u16(0xfe0a), vec16("older")), counting(7), vec16(u16(0xfe0d), vec16(1, 2))],
  [0x4a4a, bytes(), bytes("GREASE")],
];

/** A few extensions, mostly all different and in the order of `data`, mostly of the first choice. */
function randomBlock(random: Random, data: Data = CLIENT_DATA): Uint8Array {
  const chosen: Uint8Array[] = [];
  for (const [type, ...choices] of data) {
    if (random.below(3) > 0) continue;
    const [first] = choices;
    const content = random.below(8) > 0 && first !== undefined ? first : random.pick(choices);
    chosen.push(extension(type, content));
  }
  if (chosen.length > 1 && random.below(12) === 0) chosen.push(random.pick(chosen));
  if (chosen.length > 1 && random.below(12) === 0) chosen.reverse();
  return vec16(...chosen);
}

/** Flips, cuts out, puts in, cuts off, repeats. */
function mutate(octets: number[], random: Random): void {
  const at = random.below(octets.length + 1);
  switch (random.below(6)) {
    case 0:
    case 1:
      if (at < octets.length) octets[at] = (octets[at] ?? 0) ^ 1 << random.below(8);
      break;
    case 2:
      octets.splice(at, 1 + random.below(3));
      break;
    case 3:
      octets.splice(at, 0, random.pick([0x00, 0x01, 0x7f, 0xff, random.below(256)]));
      break;
    case 4:
      octets.length = Math.min(octets.length, at);
      break;
    case 5:
      octets.splice(at, 0, ...octets.slice(at, at + 8));
      break;
  }
}
