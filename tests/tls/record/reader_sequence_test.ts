/** The sequence number of the next record, which is known only while no byte of that record is here. */

import { assertEquals } from "@std/assert";
import type { Opener } from "../../../tls/record/protection.ts";
import { RecordReader } from "../../../tls/record/reader.ts";
import { run } from "../../../io/script.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";

/** An opener that answers by promise, which is what lets a reader open ahead. */
function lateOpener(sequence: number): Opener {
  return {
    sequence,
    protects: () => true,
    open: ({ payload }) => Promise.resolve(payload),
    read: (_, content) => ({ type: ContentType.application_data, content }),
    reuseSequenceNumber: () => {},
  };
}

const RECORD = Uint8Array.of(ContentType.application_data, 3, 3, 0, 1, 120);

Deno.test("reader: a sequence number is known while no byte of the next record is here", async () => {
  const reader = new RecordReader();
  assertEquals(reader.sequence, undefined);
  reader.setOpener(lateOpener(7));
  assertEquals(reader.sequence, 7);
  for (let length = 1; length <= RECORD.length; length++) {
    reader.receive(RECORD.subarray(length - 1, length));
    assertEquals(reader.sequence, undefined, `${length} bytes`);
  }
  await run(reader.next());
  assertEquals(reader.sequence, 7);
});

Deno.test("reader: a sequence number is unknown while records that were opened ahead wait for new keys", async () => {
  const reader = new RecordReader();
  reader.setOpener(lateOpener(7));
  reader.openAhead();
  for (let count = 0; count < 3; count++) reader.receive(RECORD);
  await run(reader.next());
  await run(reader.next()); // takes the second, and opens the third ahead
  assertEquals(reader.sequence, undefined);
  reader.setOpener(lateOpener(9));
  assertEquals(reader.sequence, undefined);
  assertEquals((await run(reader.next()))?.content.length, 1);
  assertEquals(reader.sequence, 9);
});
