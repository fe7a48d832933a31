/** Bytes in, records out: every split, every header that cannot be. */

import { concat } from "@std/bytes/concat";
import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { Deframer, type RawRecord } from "../../../tls/record/deframer.ts";
import { ContentType, plain, splits, text } from "./toy_connection.ts";

/** All records that are complete. */
function all(deframer: Deframer): RawRecord[] {
  const records: RawRecord[] = [];
  for (let record = deframer.next(); record !== undefined; record = deframer.next()) records.push(record);
  return records;
}

const STREAM = [
  plain(ContentType.handshake, 1, 2, 3),
  plain(ContentType.change_cipher_spec, 1),
  plain(ContentType.application_data),
  plain(ContentType.application_data, text("hello")),
  plain(ContentType.alert, 1, 0),
];

Deno.test("a Deframer finds the same records however the stream is split", () => {
  for (const pieces of splits(concat(STREAM))) {
    const deframer = new Deframer();
    const records: RawRecord[] = [];
    for (const piece of pieces) {
      // The caller's memory is used again, as far as it was given back.
      const fed = piece.slice();
      deframer.receive(fed);
      records.push(
        ...all(deframer).map((record) => ({
          type: record.type,
          header: record.header.slice(),
          payload: record.payload.slice(),
        })),
      );
      deframer.detach();
      fed.fill(0xaa);
    }
    assertEquals(records.map(({ header, payload }) => concat([header, payload])), STREAM);
    assertEquals(records.map(({ type, header }) => type - (header[0] ?? 0)), [0, 0, 0, 0, 0]);
    assertEquals(deframer.buffered, 0);
  }
});

Deno.test("a record that lies whole in a chunk is not copied", () => {
  const chunk = concat([plain(ContentType.handshake, 1), plain(ContentType.application_data, text("x"))]);
  const deframer = new Deframer();
  deframer.receive(chunk);
  for (const { header, payload } of all(deframer)) {
    assertStrictEquals(header.buffer, chunk.buffer);
    assertStrictEquals(payload.buffer, chunk.buffer);
  }
});

Deno.test("after detach the caller may use its memory again, also that of records not taken yet", () => {
  const chunk = concat(STREAM);
  const deframer = new Deframer();
  deframer.receive(chunk);
  deframer.next();
  deframer.detach();
  chunk.fill(0xaa);
  assertEquals(all(deframer).map(({ header, payload }) => concat([header, payload])), STREAM.slice(1));
});

Deno.test("a Deframer keeps no more bytes than were fed", () => {
  const deframer = new Deframer();
  const bytes = plain(ContentType.application_data, new Uint8Array(16_640));
  for (let at = 0; at < bytes.length - 1; at++) {
    deframer.receive(bytes.subarray(at, at + 1));
    assertEquals(deframer.next(), undefined);
    assertEquals(deframer.buffered, at + 1);
  }
});

const REFUSED = [
  { name: "bad input 1: a length of 32768", wire: [0x16, 3, 3, 0x80, 0], code: "record_overflow" },
  { name: "bad input 4: words", wire: [...text("hello, world!")], code: "not_tls" },
  { name: "an HTTP request", wire: [...text("GET / HTTP/1.1")], code: "not_tls", reason: /an HTTP request/ },
  { name: "an HTTP response", wire: [...text("HTTP/1.1 400")], code: "not_tls", reason: /an HTTP response/ },
  { name: "an SSH greeting", wire: [...text("SSH-2.0-x")], code: "not_tls", reason: /an SSH greeting/ },
  { name: "a mail server", wire: [...text("220 mail")], code: "not_tls", reason: /mail or file/ },
  { name: "an SSLv2 hello", wire: [0x80, 0x2e, 1, 3, 3, 0], code: "not_tls" },
  { name: "a record of another major version first", wire: [0x16, 2, 0, 0, 1], code: "not_tls" },
  { name: "type 19 first", wire: [19, 3, 3, 0, 1], code: "not_tls" },
  { name: "type 24 first", wire: [24, 3, 3, 0, 1], code: "not_tls" },
  { name: "type 24 later", wire: [0x15, 3, 3, 0, 0, 24, 3, 3, 0, 1], code: "unexpected_message" },
  { name: "another major version later", wire: [0x15, 3, 3, 0, 0, 0x16, 2, 3, 0, 1], code: "decode_error" },
  { name: "2^14 + 1 bytes without protection", wire: [0x16, 3, 3, 0x40, 1], code: "record_overflow" },
  { name: "2^14 + 257 bytes with protection", wire: [0x17, 3, 3, 0x41, 1], code: "record_overflow" },
  { name: "2^14 + 2049 bytes with protection", wire: [0x17, 3, 3, 0x48, 1], code: "record_overflow" },
] as const;

for (const row of REFUSED) {
  Deno.test(`a Deframer refuses ${row.name}, however it is split, and again when asked again`, () => {
    for (const pieces of splits(Uint8Array.from(row.wire))) {
      const deframer = new Deframer();
      const error = assertThrows(() => {
        for (const piece of pieces) {
          deframer.receive(piece);
          all(deframer);
        }
      }, TlsError);
      assertEquals(error.code, row.code);
      if ("reason" in row) assertMatch(error.message, row.reason);
      // An end that reads a request is a server, and the hint is for its client.
      const hint = row.name === "an HTTP request" ? /^The client must speak TLS/ : /speaks TLS/;
      if (row.code === "not_tls") assertMatch(error.hint ?? "", hint);
      assertEquals(assertThrows(() => deframer.next(), TlsError).code, row.code);
    }
  });
}

const ACCEPTED = [
  { name: "2^14 bytes without protection", wire: plain(ContentType.handshake, new Uint8Array(16_384)) },
  {
    name: "2^14 + 256 bytes with protection",
    wire: plain(ContentType.application_data, new Uint8Array(16_640)),
  },
  { name: "version 3.1", wire: Uint8Array.of(0x16, 3, 1, 0, 1, 7) },
  { name: "version 3.255", wire: Uint8Array.of(0x16, 3, 255, 0, 1, 7) },
] as const;

for (const { name, wire } of ACCEPTED) {
  Deno.test(`a Deframer accepts ${name}`, () => {
    const deframer = new Deframer();
    deframer.receive(wire);
    assertEquals(deframer.next()?.payload, wire.subarray(5));
  });
}
