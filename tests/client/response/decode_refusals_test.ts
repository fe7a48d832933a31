/** Encoded content that is refused: malformed, cut short, followed by more, or beyond a limit. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { DEFAULT_MAX_DECODED_RATIO, MIN_RATIO_CHECKED_BYTES } from "../../../client/defaults.ts";
import { Client } from "../../../mod.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { type Coding, decodeBody, decodeBytes, type DecodeOptions } from "../../../client/response/decode.ts";
import {
  br,
  CODINGS,
  collect,
  deflate,
  deflateRaw,
  gzip,
  JUNK,
  OTHER,
  skippable,
  Source,
  TEXT,
  zstd,
} from "./decode_support.ts";

const REFUSED: { name: string; codings: Coding[]; encoded: Uint8Array }[] = [
  ...CODINGS.flatMap(([coding, encode, name]) => {
    const encoded = encode(TEXT);
    const codings = [coding];
    return [
      ...Array.from({ length: encoded.length - 1 }, (_, i) => ({
        name: `P-19, D-29: ${name} cut after ${i + 1} of ${encoded.length} bytes`,
        codings,
        encoded: encoded.subarray(0, i + 1),
      })),
      { name: `P-19: ${name} followed by garbage`, codings, encoded: concat([encoded, JUNK]) },
      {
        name: `P-19: ${name} followed by one byte`,
        codings,
        encoded: concat([encoded, JUNK.subarray(0, 1)]),
      },
      { name: `P-19: ${name} followed by zeros`, codings, encoded: concat([encoded, new Uint8Array(9)]) },
      { name: `${name} of something else`, codings, encoded: new Uint8Array(100).fill(0xff) },
    ];
  }),
  {
    name: "a second gzip member that is cut short",
    codings: ["gzip"],
    encoded: concat([gzip(TEXT), gzip(TEXT).subarray(0, -1)]),
  },
  {
    name: "a second zstd frame that is cut short",
    codings: ["zstd"],
    encoded: concat([zstd(TEXT), zstd(TEXT).subarray(0, -1)]),
  },
  {
    name: "a skippable zstd frame that is cut short",
    codings: ["zstd"],
    encoded: concat([zstd(TEXT), skippable().subarray(0, -1)]),
  },
  { name: "deflate twice", codings: ["deflate"], encoded: concat([deflate(TEXT), deflate(TEXT)]) },
  { name: "br twice", codings: ["br"], encoded: concat([br(TEXT), br(TEXT)]) },
  { name: "a gzip checksum that is wrong", codings: ["gzip"], encoded: flipped(gzip(TEXT), -6) },
  { name: "a gzip length that is wrong", codings: ["gzip"], encoded: flipped(gzip(TEXT), -1) },
  { name: "a zlib checksum that is wrong", codings: ["deflate"], encoded: flipped(deflate(TEXT), -1) },
  {
    name: "a zstd window beyond 8 MiB",
    codings: ["zstd"],
    encoded: new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0]),
  },
  {
    name: "a zlib stream with a dictionary",
    codings: ["deflate"],
    encoded: withDictionary(),
  },
  {
    name: "the inner of two codings cut short",
    codings: ["gzip", "br"],
    encoded: br(gzip(TEXT).subarray(0, -1)),
  },
  {
    name: "the outer of two codings cut short",
    codings: ["gzip", "br"],
    encoded: br(gzip(TEXT)).subarray(0, -1),
  },
  { name: "plain text that claims to be gzip", codings: ["gzip"], encoded: TEXT },
];

/** FDICT, and the checksum of a dictionary that does not exist (RFC 1950 §2.2). */
function withDictionary(): Uint8Array {
  return concat([new Uint8Array([0x78, 0xbb, 1, 2, 3, 4]), deflateRaw(TEXT), new Uint8Array(4)]);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy.set([(copy.at(at) ?? 0) ^ 1], copy.length + at);
  return copy;
}

for (const { name, codings, encoded } of REFUSED) {
  Deno.test(`decode: ${name} is refused, and the source is cancelled`, async () => {
    const byByte = [...encoded].map((byte) => new Uint8Array([byte]));
    const half = encoded.length >> 1;
    for (const chunks of [[encoded], byByte, [encoded.subarray(0, half), encoded.subarray(half)]]) {
      const source = new Source(chunks);
      const body = decodeBody(source, codings);
      const error = await assertRejects(() => collect(body), ClientError);
      assertEquals(error.code, "decoding_failed");
      // One that was read to its end before the fault came to light has nothing to give up.
      if (!source.ended) assertEquals(source.cancelled, [error]);
      const cancelled = source.cancelled.length;
      assertStrictEquals(await body.read().catch((error: unknown) => error), error); // for ever
      body.cancel("late");
      assertEquals(source.cancelled.length, cancelled);
    }
    assertEquals(
      (await assertRejects(() => decodeBytes(encoded, codings), ClientError)).code,
      "decoding_failed",
    );
  });
}

const MEGABYTE = 1_048_576;
const level = { level: 9 };
const BOMB = new Uint8Array(64 * MEGABYTE);
const BOMBS: readonly [Coding[], Uint8Array][] = [
  [["gzip"], new Uint8Array(gzipSync(BOMB, level))],
  [["deflate"], new Uint8Array(deflateSync(BOMB, level))],
  [["br"], new Uint8Array(brotliCompressSync(BOMB, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }))],
  [["zstd"], zstd(BOMB)],
  [["gzip", "gzip"], gzip(new Uint8Array(gzipSync(BOMB, level)))],
];

for (const [codings, encoded] of BOMBS) {
  Deno.test(`decode: P-19, D-29: a ${codings} bomb is refused, and never inflated ahead of its reader`, async () => {
    const source = new Source([encoded]);
    const body = decodeBody(source, codings);
    let decoded = 0;
    const error = await assertRejects(async () => {
      for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
        decoded += chunk.length;
        // Were it inflated ahead, the next read would find more than an engine's buffers hold.
        if (decoded < MEGABYTE) await new Promise((resolve) => setTimeout(resolve));
        assert(chunk.length <= 262_144, `${chunk.length}`);
      }
    }, ClientError);
    assertEquals(error.code, "too_large");
    assert(decoded <= MIN_RATIO_CHECKED_BYTES);
    assertEquals(source.cancelled, [error]);
    assertEquals((await assertRejects(() => decodeBytes(encoded, codings), ClientError)).code, "too_large");
  });
}

const LIMITS: readonly { name: string; limits: DecodeOptions; size: number; passes: boolean }[] = [
  { name: "exactly maxSize", limits: { maxSize: 1_000 }, size: 1_000, passes: true },
  { name: "a byte beyond maxSize", limits: { maxSize: 999 }, size: 1_000, passes: false },
  { name: "a byte where none is allowed", limits: { maxSize: 0 }, size: 1, passes: false },
  {
    name: "a megabyte and a byte beyond maxSize",
    limits: { maxSize: MEGABYTE },
    size: MEGABYTE + 1,
    passes: false,
  },
  { name: "a high ratio of a small size", limits: {}, size: MIN_RATIO_CHECKED_BYTES, passes: true },
  { name: "a high ratio of a large size", limits: {}, size: MIN_RATIO_CHECKED_BYTES + 1, passes: false },
  {
    name: "a high ratio that is allowed",
    limits: { maxRatio: 2_000 },
    size: MIN_RATIO_CHECKED_BYTES + 1,
    passes: true,
  },
];

for (const { name, limits, size, passes } of LIMITS) {
  Deno.test(`decode: ${name} ${passes ? "passes" : "is refused"}`, async () => {
    const encoded = gzip(new Uint8Array(size));
    assert(size < MIN_RATIO_CHECKED_BYTES || size > encoded.length * DEFAULT_MAX_DECODED_RATIO);
    for (
      const decode of [
        () => decodeBytes(encoded, ["gzip"], limits),
        () => collect(decodeBody(encoded, ["gzip"], limits)),
      ]
    ) {
      if (passes) assertEquals((await decode()).length, size);
      else assertEquals((await assertRejects(decode, ClientError)).code, "too_large");
    }
  });
}

Deno.test("decode: content below the ratio has no limit of size", async () => {
  const noise = new Uint8Array(20 * MEGABYTE);
  let state = 1;
  for (let i = 0; i < noise.length; i++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    noise[i] = state >>> 28;
  }
  for (const [coding, encode] of CODINGS.filter(([coding]) => coding !== "br")) {
    const encoded = encode(noise);
    const chunks = Array.from(
      { length: Math.ceil(encoded.length / 100_000) },
      (_, i) => encoded.subarray(i * 100_000, (i + 1) * 100_000),
    );
    const decoded = await collect(decodeBody(new Source(chunks), [coding]));
    assertEquals(decoded.length, noise.length);
    assert(equals(decoded, noise));
  }
});

Deno.test("decode: mutated content ends in bytes or in a ClientError, the same one in one piece and in many", async () => {
  let state = 0x2545f491;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const outcome = async (decoding: Promise<Uint8Array>): Promise<Uint8Array | string> => {
    try {
      return await decoding;
    } catch (error) {
      assert(error instanceof ClientError, String(error));
      return error.code;
    }
  };
  for (let round = 0; round < 1_500; round++) {
    const [coding, encode] = CODINGS[random(CODINGS.length)] ?? ["gzip" as const, gzip];
    const valid = encode(round % 2 === 0 ? TEXT : OTHER);
    const mutated = concat([valid, round % 3 === 0 ? valid : new Uint8Array()]);
    for (let count = 1 + random(3); count > 0; count--) mutated[random(mutated.length)] = random(256);
    const cut = random(mutated.length + 1);
    const whole = await outcome(decodeBytes(mutated, [coding]));
    const pieces = new Source([mutated.subarray(0, cut), mutated.subarray(cut)]);
    assertEquals(await outcome(collect(decodeBody(pieces, [coding]))), whole, `${coding} ${mutated}`);
  }
});

Deno.test("Client: content that expands a thousandfold is decoded where maxDecodedSize allows its size", async () => {
  const size = 20_000_000;
  const zeros = new Uint8Array(gzipSync(new Uint8Array(size)));
  await using server = Deno.serve(
    { port: 0, onListen() {} },
    () => new Response(zeros, { headers: { "content-encoding": "gzip" } }),
  );
  const url = `http://localhost:${server.addr.port}/`;
  for (const maxDecodedSize of [size, Infinity]) {
    using client = new Client({ maxDecodedSize });
    assertEquals((await (await client.fetch(url)).bytes()).length, size);
  }
  for (const options of [{}, { maxDecodedSize: size - 1 }]) {
    using client = new Client(options);
    const response = await client.fetch(url);
    const error = await assertRejects(() => response.bytes(), ClientError);
    assertEquals(error.code, "too_large");
    assert(error.hint?.includes("maxDecodedSize"));
    assertEquals(/200 times/.test(error.detail), options.maxDecodedSize === undefined);
  }
});
