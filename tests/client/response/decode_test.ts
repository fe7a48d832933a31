/** Content that decodes, at every split, and how its source is read. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { deflateRawSync, deflateSync } from "node:zlib";
import { ClientError } from "../../../client/error/client_error.ts";
import { type Coding, decodeBody, decodeBytes } from "../../../client/response/decode.ts";
import {
  br,
  CODINGS,
  collect,
  deflate,
  ENCODERS,
  gzip,
  JUNK,
  OTHER,
  skippable,
  Source,
  splits,
  TEXT,
  zstd,
} from "./decode_support.ts";

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

Deno.test("decode: a cancelled body cancels its source once, and reads no more", async () => {
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
    const body = decodeBody(new Source([gzip(new Uint8Array(64 * 1_048_576))]), ["gzip"]);
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
  Deno.test(`decode: the error of a ${codings} source is passed on, after the content before it`, async () => {
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
