/** The protection of records: a trace of RFC 8448, limits, padding, what is not protected so. */

import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { RawRecord } from "../../../tls/record/deframer.ts";
import {
  readInnerPlaintext,
  RecordOpener,
  RecordSealer,
  type SealedRecord,
} from "../../../tls/record/protection.ts";
import type { TrafficKeys } from "../../../tls/schedule/traffic_keys.ts";
import { trafficKeys } from "../../../tls/schedule/traffic_keys.ts";
import { run } from "../../../io/script.ts";
import { CLIENT_SECRET, ContentType, now, SUITE, SYNC, text } from "./toy_connection.ts";

const KEYS: TrafficKeys = now(run(trafficKeys(SYNC, SUITE, CLIENT_SECRET)));

const raw = ({ header, payload }: SealedRecord): RawRecord => ({
  type: ContentType.application_data,
  header,
  payload: now(payload),
});

Deno.test("RFC 8448 §3: the client's closing alert is its second record under the application keys", () => {
  const keys: TrafficKeys = {
    key: now(SUITE.importKey(decodeHex("17422dda596ed5d9acd890e3c63f5051"))),
    iv: decodeHex("5b78923dee08579033e523d9"),
  };
  const sealed = new RecordSealer(keys, { sequence: 1 }).seal(ContentType.alert, Uint8Array.of(1, 0));
  assertEquals(
    concat([sealed.header, now(sealed.payload)]),
    decodeHex("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3"),
  );
});

Deno.test("sealed records are opened, only in their order", () => {
  const sealer = new RecordSealer(KEYS);
  const [first, second] = [text("one"), text("two")].map((words) =>
    raw(sealer.seal(ContentType.application_data, words))
  );
  assert(first !== undefined && second !== undefined);
  const opener = new RecordOpener(KEYS);
  assertEquals(readInnerPlaintext(now(opener.open(first)) ?? new Uint8Array(0)).content, text("one"));
  assertEquals(readInnerPlaintext(now(opener.open(second)) ?? new Uint8Array(0)).content, text("two"));
  assertEquals(now(new RecordOpener(KEYS).open(second)), null);
});

Deno.test("sequence numbers above 2^32 go on in the upper half of the nonce", () => {
  for (const sequence of [2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER - 1]) {
    const sealed = raw(new RecordSealer(KEYS, { sequence }).seal(ContentType.alert, text("hi")));
    assertEquals(
      readInnerPlaintext(now(new RecordOpener(KEYS, { sequence }).open(sealed)) ?? new Uint8Array(0)).content,
      text("hi"),
    );
    const low = sequence % 2 ** 32;
    if (low !== sequence) assertEquals(now(new RecordOpener(KEYS, { sequence: low }).open(sealed)), null);
  }
});

Deno.test("a key protects no more records than its limit, and than can be counted", () => {
  const sealer = new RecordSealer(KEYS, { recordLimit: 2 });
  assertEquals(sealer.left, 2);
  sealer.seal(ContentType.alert, text("a"));
  sealer.seal(ContentType.alert, text("b"));
  assertEquals(sealer.left, 0);
  assertEquals(assertThrows(() => sealer.seal(ContentType.alert, text("c")), TlsError).code, "key_exhausted");
  const opener = new RecordOpener(KEYS, { sequence: Number.MAX_SAFE_INTEGER });
  const record = raw(new RecordSealer(KEYS).seal(ContentType.alert, text("a")));
  assertEquals(assertThrows(() => opener.open(record), TlsError).code, "key_exhausted");
});

Deno.test("bad input 24: a record with any bit flipped is not opened", () => {
  const { type, header, payload } = raw(new RecordSealer(KEYS).seal(ContentType.alert, text("hello")));
  const whole = concat([header, payload]);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const record = { type, header: flipped.subarray(0, 5), payload: flipped.subarray(5) };
    assertEquals(now(new RecordOpener(KEYS).open(record)), null);
  }
  for (let length = 0; length < payload.length; length++) {
    assertEquals(
      now(new RecordOpener(KEYS).open({ type, header, payload: payload.subarray(0, length) })),
      null,
    );
  }
});

Deno.test("padding hides the length, and is removed by the opener", () => {
  const sealer = new RecordSealer(KEYS, { padding: (length) => 64 - length });
  const record = raw(sealer.seal(ContentType.application_data, text("short")));
  assertEquals(record.payload.length, 64 + 1 + 16);
  const inner = now(new RecordOpener(KEYS).open(record)) ?? new Uint8Array(0);
  assertEquals(readInnerPlaintext(inner), { type: ContentType.application_data, content: text("short") });
});

Deno.test("padding never makes a record longer than it may be", () => {
  const sealer = new RecordSealer(KEYS, { padding: () => 100_000 });
  for (const length of [0, 1, 16_383, 16_384]) {
    const { payload } = raw(sealer.seal(ContentType.application_data, new Uint8Array(length)));
    assertEquals(payload.length, 16_384 + 1 + 16);
  }
});

Deno.test("padding keeps to the length that content and padding may have together", () => {
  const sealer = new RecordSealer(KEYS, { padding: () => 100_000, maxLength: 27 });
  for (const length of [0, 1, 27]) {
    const { payload } = raw(sealer.seal(ContentType.application_data, new Uint8Array(length)));
    assertEquals(payload.length, 27 + 1 + 16);
  }
});

Deno.test("padding that is no number of bytes is misuse, and no record is sealed", () => {
  for (const zeros of [NaN, -1, 0.5, Infinity]) {
    const sealer = new RecordSealer(KEYS, { padding: () => zeros });
    assertThrows(
      () => sealer.seal(ContentType.application_data, text("a")),
      RangeError,
      "no number of bytes",
    );
    assertEquals(sealer.sequence, 0);
  }
});

const INNER = [
  { name: "nothing", inner: new Uint8Array(0), code: "illegal_inner_plaintext" },
  { name: "bad input 23: zeros only", inner: new Uint8Array(100), code: "illegal_inner_plaintext" },
  { name: "bad input 22: 2^14 + 2 bytes", inner: new Uint8Array(16_386).fill(23), code: "record_overflow" },
  {
    name: "2^14 + 2 bytes, padding included",
    inner: Uint8Array.of(23, ...new Uint8Array(16_385)),
    code: "record_overflow",
  },
] as const;

for (const { name, inner, code } of INNER) {
  Deno.test(`an inner plaintext of ${name} is refused`, () => {
    assertEquals(assertThrows(() => readInnerPlaintext(inner), TlsError).code, code);
  });
}

Deno.test("an inner plaintext may be full, and may be a type alone", () => {
  assertEquals(readInnerPlaintext(new Uint8Array(16_385).fill(23)).content.length, 16_384);
  assertEquals(readInnerPlaintext(Uint8Array.of(0, 0, 23, 0)), {
    type: ContentType.application_data,
    content: new Uint8Array(2),
  });
  assertEquals(readInnerPlaintext(Uint8Array.of(22)), {
    type: ContentType.handshake,
    content: new Uint8Array(0),
  });
});

Deno.test("the content may change as soon as seal has returned", () => {
  const content = text("secret");
  const sealer = new RecordSealer(KEYS);
  const first = raw(sealer.seal(ContentType.application_data, content));
  content.fill(0);
  sealer.seal(ContentType.application_data, new Uint8Array(3));
  assertEquals(
    readInnerPlaintext(now(new RecordOpener(KEYS).open(first)) ?? new Uint8Array(0)).content,
    text("secret"),
  );
});
