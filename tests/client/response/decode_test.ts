import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import {
  type Coding,
  contentCodings,
  decodeBody,
  decodeBytes,
  type DecodeOptions,
} from "../../../client/response/decode.ts";
import { DEFAULT_MAX_DECODED_RATIO, MIN_RATIO_CHECKED_BYTES } from "../../../client/defaults.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import type { IncomingBody } from "../../../http/message.ts";

const TEXT = new TextEncoder().encode("The quick brown fox jumps over the lazy dog. ".repeat(3));
const OTHER = new TextEncoder().encode("Sphinx of black quartz, judge my vow.");
const JUNK = new Uint8Array([0xde, 0xad]);

const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
const deflate = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateSync(bytes));
const deflateRaw = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(bytes));
const br = (bytes: Uint8Array): Uint8Array => new Uint8Array(brotliCompressSync(bytes));
const zstd = (bytes: Uint8Array): Uint8Array => new Uint8Array(zstdCompressSync(bytes));

/** A source that counts what is asked of it. */
class Source implements IncomingBody {
  readonly #chunks: Uint8Array[];
  readonly #error: unknown;
  reads = 0;
  ended = false;
  readonly cancelled: unknown[] = [];

  constructor(chunks: readonly Uint8Array[], error?: unknown) {
    this.#chunks = [...chunks];
    this.#error = error;
  }

  read(): Promise<Uint8Array | undefined> {
    this.reads++;
    const chunk = this.#chunks.shift();
    this.ended = chunk === undefined;
    return chunk === undefined && this.#error !== undefined
      ? Promise.reject(this.#error)
      : Promise.resolve(chunk);
  }

  cancel(reason?: unknown): void {
    this.cancelled.push(reason);
  }
}

async function collect(body: IncomingBody): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    assert(chunk.length > 0);
    // A byte stream takes the memory of its chunks away, so they must share it with nothing.
    assertEquals(chunk.byteLength, chunk.buffer.byteLength);
    assertStrictEquals(chunk.constructor, Uint8Array);
    chunks.push(chunk);
  }
  assertEquals(await body.read(), undefined);
  return concat(chunks);
}

/** Whole, a byte at a time (with empty chunks between), and at each single cut. */
function* splits(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield [...bytes].flatMap((byte) => [new Uint8Array([byte]), new Uint8Array()]);
  for (let cut = 1; cut < bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)];
}

const CODINGS: readonly [Coding, (bytes: Uint8Array) => Uint8Array, string][] = [
  ["gzip", gzip, "gzip"],
  ["deflate", deflate, "deflate"],
  ["deflate", deflateRaw, "deflate without its envelope"],
  ["br", br, "br"],
  ["zstd", zstd, "zstd"],
];

const ENCODERS = { gzip, deflate, br, zstd };

const DECODED: { name: string; codings: Coding[]; encoded: Uint8Array; decoded: Uint8Array }[] = [
  ...CODINGS.flatMap(([coding, encode, name]) => [
    { name: `P-21: ${name}`, codings: [coding], encoded: encode(TEXT), decoded: TEXT },
    {
      name: `${name} of nothing`,
      codings: [coding],
      encoded: encode(new Uint8Array()),
      decoded: new Uint8Array(),
    },
    {
      name: `${name} of one byte`,
      codings: [coding],
      encoded: encode(JUNK.subarray(0, 1)),
      decoded: JUNK.subarray(0, 1),
    },
    {
      name: `P-19: an empty body with ${name}`,
      codings: [coding],
      encoded: new Uint8Array(),
      decoded: new Uint8Array(),
    },
  ]),
  {
    name: "P-19: several gzip members",
    codings: ["gzip"],
    encoded: concat([gzip(TEXT), gzip(OTHER), gzip(TEXT)]),
    decoded: concat([TEXT, OTHER, TEXT]),
  },
  {
    name: "P-19: several zstd frames",
    codings: ["zstd"],
    encoded: concat([zstd(TEXT), zstd(OTHER), zstd(TEXT)]),
    decoded: concat([TEXT, OTHER, TEXT]),
  },
  {
    name: "skippable zstd frames",
    codings: ["zstd"],
    encoded: concat([skippable(), zstd(TEXT), skippable(), zstd(OTHER), skippable()]),
    decoded: concat([TEXT, OTHER]),
  },
  {
    name: "nothing but a skippable zstd frame",
    codings: ["zstd"],
    encoded: skippable(),
    decoded: new Uint8Array(),
  },
  { name: "a gzip member with all optional fields", codings: ["gzip"], encoded: fullGzip(), decoded: TEXT },
  { name: "P-19: gzip, then br", codings: ["gzip", "br"], encoded: br(gzip(TEXT)), decoded: TEXT },
  {
    name: "five codings",
    codings: ["gzip", "br", "deflate", "zstd", "gzip"],
    encoded: gzip(zstd(deflate(br(gzip(TEXT))))),
    decoded: TEXT,
  },
  {
    name: "P-20: raw deflate that begins with a stored block",
    codings: ["deflate"],
    encoded: new Uint8Array(deflateRawSync(TEXT, { level: 0 })),
    decoded: TEXT,
  },
  {
    name: "deflate with a small window",
    codings: ["deflate"],
    encoded: new Uint8Array(deflateSync(TEXT, { windowBits: 9 })),
    decoded: TEXT,
  },
];

function skippable(): Uint8Array {
  return new Uint8Array([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]);
}

/** FEXTRA, FNAME, FCOMMENT and FHCRC (RFC 1952 §2.3), which the encoder never writes. */
function fullGzip(): Uint8Array {
  const [head, rest] = [gzip(TEXT).subarray(0, 10), gzip(TEXT).subarray(10)];
  const flagged = head.slice();
  flagged[3] = 0x1c;
  return concat([flagged, new Uint8Array([2, 0, 1, 2]), new TextEncoder().encode("name\0comment\0"), rest]);
}

for (const { name, codings, encoded, decoded } of DECODED) {
  Deno.test(`decode: ${name}, at every split`, async () => {
    for (const chunks of splits(encoded)) {
      const source = new Source(chunks);
      assertEquals(await collect(decodeBody(source, codings)), decoded);
      assertEquals(source.cancelled, []);
    }
    assertEquals(await collect(decodeBody(encoded, codings)), decoded);
    assertEquals(await decodeBytes(encoded, codings), decoded);
  });
}

Deno.test("decode: without a coding the chunks are passed on as they are", async () => {
  const body = decodeBody(new Source([TEXT, OTHER]), []);
  assertStrictEquals(await body.read(), TEXT);
  assertStrictEquals(await body.read(), OTHER);
  assertEquals(await body.read(), undefined);
  assertStrictEquals(await decodeBody(TEXT, []).read(), TEXT);
  assertStrictEquals(await decodeBytes(TEXT, []), TEXT);
});

const REFUSED: { name: string; codings: Coding[]; encoded: Uint8Array }[] = [
  ...CODINGS.flatMap(([coding, encode, name]) => {
    const encoded = encode(TEXT);
    const codings = [coding];
    return [
      ...Array.from({ length: encoded.length - 1 }, (_, i) => ({
        name: `P-19: ${name} cut after ${i + 1} of ${encoded.length} bytes`,
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

/** FDICT, and the checksum of a dictionary that nobody has (RFC 1950 §2.2). */
function withDictionary(): Uint8Array {
  return concat([new Uint8Array([0x78, 0xbb, 1, 2, 3, 4]), deflateRaw(TEXT), new Uint8Array(4)]);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy.set([(copy.at(at) ?? 0) ^ 1], copy.length + at);
  return copy;
}

for (const { name, codings, encoded } of REFUSED) {
  Deno.test(`decode: ${name} is refused, and the source is given up`, async () => {
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
  Deno.test(`decode: P-19: a ${codings} bomb is refused, and never inflated ahead of its reader`, async () => {
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

Deno.test("decode: content below the ratio may be as large as it likes", async () => {
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

Deno.test("decode: the source is read only when the reader asks, and as little as it takes", async () => {
  const encoded = gzip(TEXT);
  const source = new Source([encoded.subarray(0, 20), encoded.subarray(20), gzip(OTHER)]);
  const body = decodeBody(source, ["gzip"]);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(source.reads, 0);
  await body.read();
  assert(source.reads <= 2, `${source.reads}`);
  body.cancel("enough");
});

Deno.test("decode: a cancelled body gives its source up once, and reads no more", async () => {
  const source = new Source([gzip(TEXT)]);
  const body = decodeBody(source, ["gzip"]);
  await body.read();
  body.cancel("enough");
  body.cancel("again");
  assertEquals(source.cancelled, ["enough"]);
  assertEquals(await body.read().catch((reason: unknown) => reason), "enough");
});

Deno.test("decode: a body that is cancelled before it is read makes no engine", async () => {
  const source = new Source([gzip(TEXT)]);
  const body = decodeBody(source, ["gzip"]);
  body.cancel();
  assertEquals(source.reads, 0);
  await assertRejects(() => body.read(), ClientError);
});

Deno.test("decode: a cancel while a read is pending ends the read", async () => {
  for (const turns of [0, 1, 2, 5, 20]) {
    const body = decodeBody(new Source([new Uint8Array(gzipSync(BOMB, level))]), ["gzip"]);
    const pending = body.read().then((chunk) => chunk, (reason: unknown) => reason);
    for (let turn = 0; turn < turns; turn++) await undefined;
    body.cancel("enough");
    const result = await pending;
    assert(result === "enough" || result instanceof Uint8Array);
    assertEquals(await body.read().catch((reason: unknown) => reason), "enough");
  }
});

for (const turns of [0, 1, 5, "after"] as const) {
  Deno.test(`decode: content at hand can be cancelled, ${turns} turns into its read`, async () => {
    const body = decodeBody(gzip(TEXT), ["gzip"]);
    const pending = body.read().then((chunk) => chunk, (reason: unknown) => reason);
    if (turns === "after") await pending;
    else for (let turn = 0; turn < turns; turn++) await undefined;
    body.cancel("enough");
    const result = await pending;
    assert(result === "enough" || result instanceof Uint8Array);
    // Once it is decoded there is nothing left to cancel.
    const then: unknown = await body.read().catch((reason: unknown) => reason);
    assert(then === "enough" || then === undefined);
  });
}

for (const codings of [["gzip"], ["br"], ["zstd"], ["gzip", "br"]] as Coding[][]) {
  Deno.test(`decode: what the source of ${codings} fails with is passed on, after what it gave before`, async () => {
    const failure = new ClientError("truncated", "Cannot read the content: the connection ended");
    const encoded = codings.reduce<Uint8Array>((bytes, coding) => ENCODERS[coding](bytes), TEXT);
    const body = decodeBody(new Source([encoded.subarray(0, -1)], failure), codings);
    const thrown = await assertRejects(async () => {
      while (await body.read() !== undefined);
    });
    assertStrictEquals(thrown, failure);
    assertStrictEquals(await body.read().catch((error: unknown) => error), failure);
  });
}

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

const LISTS: readonly { name: string; values: readonly string[]; codings: readonly Coding[] }[] = [
  { name: "none", values: [], codings: [] },
  { name: "one", values: ["gzip"], codings: ["gzip"] },
  { name: "P-19: upper case", values: ["GZIP"], codings: ["gzip"] },
  { name: "the old name of gzip", values: ["x-gzip"], codings: ["gzip"] },
  { name: "all of them", values: ["gzip,deflate , br,\tzstd"], codings: ["gzip", "deflate", "br", "zstd"] },
  {
    name: "P-19: a list, in the order in which they were applied",
    values: ["gzip, br"],
    codings: ["gzip", "br"],
  },
  { name: "a list over several lines", values: ["gzip", "br"], codings: ["gzip", "br"] },
  { name: "empty members", values: [", ,gzip,,"], codings: ["gzip"] },
  { name: "identity", values: ["identity", "gzip, Identity"], codings: ["gzip"] },
  { name: "an unknown one", values: ["compress"], codings: [] },
  {
    name: "an unknown one among others, which leaves all of them",
    values: ["gzip, secret, br"],
    codings: [],
  },
  { name: "a name with a parameter, which is unknown", values: ["gzip;q=1"], codings: [] },
];

for (const { name, values, codings } of LISTS) {
  Deno.test(`contentCodings: ${name}`, () => {
    const fields = values.map((value) => ["content-encoding", value] as const);
    assertEquals(contentCodings([["content-type", "gzip"], ...fields]), codings);
  });
}

Deno.test("contentCodings: five are the most", () => {
  assertEquals(
    contentCodings([["content-encoding", "br, br, br"], ["content-encoding", "br, br"]]).length,
    5,
  );
  const error = assertThrows(
    () => contentCodings([["content-encoding", Array(6).fill("br").join()]]),
    ClientError,
  );
  assertEquals(error.code, "decoding_failed");
});
