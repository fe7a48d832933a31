/**
 * The protection of records of TLS 1.2.
 *
 * The two expected records were computed by Python's `cryptography` and by Node's `crypto`.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { RawRecord } from "../../../tls/record/deframer.ts";
import { Tls12Opener, Tls12Sealer } from "../../../tls/record/tls12_protection.ts";
import type { TrafficKeys } from "../../../tls/schedule/traffic_keys.ts";
import type { CipherSuiteName } from "../../../tls/wire/numbers.ts";
import type { SealedRecord } from "../../../tls/record/protection.ts";
import { ContentType, now, text } from "./toy_connection.ts";

const counting = (length: number, from = 0) => Uint8Array.from({ length }, (_, index) => from + index);

function keysOf(name: CipherSuiteName, iv: Uint8Array): TrafficKeys {
  const suite = nodeCrypto().cipherSuites.find((each) => each.name === name);
  if (suite === undefined) throw new Error(`there is ${name}`);
  return { key: now(suite.importKey(counting(suite.keyLength))), iv };
}

const GCM = keysOf("TLS_AES_128_GCM_SHA256", counting(4, 0xa0));
const CHACHA = keysOf("TLS_CHACHA20_POLY1305_SHA256", counting(12, 0xb0));

const bytesOf = ({ header, payload }: SealedRecord) => concat([header, now(payload)]);

/** The record, as a deframer gives it. */
function rawOf(bytes: Uint8Array): RawRecord {
  // The tests below seal these types alone.
  return { type: bytes[0] as ContentType, header: bytes.slice(0, 5), payload: bytes.slice(5) };
}

Deno.test("TLS 1.2: a record of AES-GCM has the sequence number as its explicit nonce", () => {
  const sealed = new Tls12Sealer(GCM, { sequence: 5 }).seal(ContentType.application_data, text("hello"));
  assertEquals(
    encodeHex(bytesOf(sealed)),
    "170303001d" + "0000000000000005" + "b97bffd249b0cd378409c0d4a2ec157021bb1db5dd",
  );
});

Deno.test("TLS 1.2: a record of ChaCha20-Poly1305 has no explicit nonce", () => {
  const sealed = new Tls12Sealer(CHACHA, { sequence: 5 }).seal(ContentType.application_data, text("hello"));
  assertEquals(encodeHex(bytesOf(sealed)), "1703030015" + "4c1f651d12ad52cc4c8b1ad4451674c89c369355b5");
});

for (const [name, keys] of [["AES-GCM", GCM], ["ChaCha20-Poly1305", CHACHA]] as const) {
  Deno.test(`TLS 1.2: records of ${name} are opened in their order, with their type`, () => {
    const sealer = new Tls12Sealer(keys);
    const opener = new Tls12Opener(keys);
    for (const type of [ContentType.handshake, ContentType.application_data, ContentType.alert]) {
      const record = rawOf(bytesOf(sealer.seal(type, text("words"))));
      const opened = now(opener.open(record));
      assertEquals(opened && opener.read(record, opened), { type, content: text("words") });
    }
  });

  Deno.test(`TLS 1.2: a record of ${name} that was altered at any place is not opened`, () => {
    const sealed = bytesOf(new Tls12Sealer(keys).seal(ContentType.application_data, text("words")));
    for (let at = 0; at < sealed.length; at++) {
      if (at === 3 || at === 4) continue; // the length, by which the record is cut
      const altered = sealed.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      assertEquals(now(new Tls12Opener(keys).open(rawOf(altered))), null, `byte ${at}`);
    }
    for (let length = 5; length < sealed.length; length++) {
      assertEquals(now(new Tls12Opener(keys).open(rawOf(sealed.slice(0, length)))), null, `cut at ${length}`);
    }
    assertEquals(now(new Tls12Opener(keys, { sequence: 1 }).open(rawOf(sealed))), null);
  });

  Deno.test(`TLS 1.2: a key of ${name} protects as many records as it may`, () => {
    const sealer = new Tls12Sealer(keys, { recordLimit: 2 });
    assertEquals(sealer.left, 2);
    sealer.seal(ContentType.alert, Uint8Array.of(1, 0));
    sealer.seal(ContentType.alert, Uint8Array.of(1, 0));
    const error = assertThrows(() => sealer.seal(ContentType.alert, Uint8Array.of(1, 0)), TlsError);
    assertEquals(error.code, "key_exhausted");
  });
}

Deno.test("TLS 1.2: a peer's explicit nonce may be anything", () => {
  const explicit = counting(8, 0x90);
  const header = Uint8Array.of(0x17, 3, 3, 0, 5);
  const aad = concat([new Uint8Array(8), header]);
  const sealed = now(GCM.key.seal(concat([GCM.iv, explicit]), aad, text("hello")));
  const record = rawOf(concat([Uint8Array.of(0x17, 3, 3, 0, 29), explicit, sealed]));
  assertEquals(now(new Tls12Opener(GCM).open(record)), text("hello"));
});

Deno.test("TLS 1.2: more than 2^14 bytes are too much for one record", () => {
  const record = rawOf(bytesOf(new Tls12Sealer(GCM).seal(ContentType.application_data, text("x"))));
  const error = assertThrows(() => new Tls12Opener(GCM).read(record, new Uint8Array(16_385)), TlsError);
  assertEquals(error.code, "record_overflow");
});
