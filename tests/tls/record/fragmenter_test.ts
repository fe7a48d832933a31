/** Cutting what is sent, and the size of what is cut. */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { fragments } from "../../../tls/record/fragmenter.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import { RecordWriter } from "../../../tls/record/writer.ts";
import { now } from "./toy_connection.ts";

Deno.test("fragments have all bytes in order; none is empty or too long", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  for (const length of [1, 27, 99, 100, 101]) {
    const cut = [...fragments(bytes, length)];
    assertEquals(concat(cut), bytes);
    assertEquals(cut.length, Math.ceil(100 / length));
  }
  assertEquals([...fragments(new Uint8Array(0), 10)], []);
});

Deno.test("records are no longer than maxFragmentSize; the first record of a client has the version of TLS 1.0", () => {
  const writer = new RecordWriter(true);
  writer.maxFragmentSize = 32;
  now(writer.sendHandshake(new Uint8Array(60)));
  now(writer.sendHandshake(new Uint8Array(3)));
  assertEquals(
    writer.output(),
    concat([
      Uint8Array.of(ContentType.handshake, 3, 1, 0, 27, ...new Uint8Array(27)),
      Uint8Array.of(ContentType.handshake, 3, 1, 0, 27, ...new Uint8Array(27)),
      Uint8Array.of(ContentType.handshake, 3, 1, 0, 6, ...new Uint8Array(6)),
      Uint8Array.of(ContentType.handshake, 3, 3, 0, 3, 0, 0, 0),
    ]),
  );
});
