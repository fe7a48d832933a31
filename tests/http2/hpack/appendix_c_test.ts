/**
 * The examples of RFC 7541 Appendix C: the fields of each block, the dynamic table after it, and the encoder's octets.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import { HpackDecoder } from "../../../http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../http2/hpack/encoder.ts";
import { HpackError } from "../../../http2/hpack/error.ts";
import { hex, integer, listSize, octets, ROOMY } from "./octets.ts";

interface Example {
  /** The section of RFC 7541. */
  readonly section: string;
  readonly wire: string;
  readonly fields: readonly Field[];
  /** The dynamic table afterwards, newest first. */
  readonly table: readonly Field[];
  /** Its size, as the RFC states it. */
  readonly tableSize: number;
}

const AUTHORITY: Field = [":authority", "www.example.com"];
const NO_CACHE: Field = ["cache-control", "no-cache"];
const CUSTOM: Field = ["custom-key", "custom-value"];
const PRIVATE: Field = ["cache-control", "private"];
const DATE_21: Field = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
const DATE_22: Field = ["date", "Mon, 21 Oct 2013 20:13:22 GMT"];
const LOCATION: Field = ["location", "https://www.example.com"];
const GZIP: Field = ["content-encoding", "gzip"];
const COOKIE: Field = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"];

/** The lists of C.3 and C.4. */
const REQUESTS: Pick<Example, "fields" | "table" | "tableSize">[] = [
  {
    fields: [[":method", "GET"], [":scheme", "http"], [":path", "/"], AUTHORITY],
    table: [AUTHORITY],
    tableSize: 57,
  },
  {
    fields: [[":method", "GET"], [":scheme", "http"], [":path", "/"], AUTHORITY, NO_CACHE],
    table: [NO_CACHE, AUTHORITY],
    tableSize: 110,
  },
  {
    fields: [[":method", "GET"], [":scheme", "https"], [":path", "/index.html"], AUTHORITY, CUSTOM],
    table: [CUSTOM, NO_CACHE, AUTHORITY],
    tableSize: 164,
  },
];

/** The lists of C.5 and C.6, with a table of 256 octets. */
const RESPONSES: Pick<Example, "fields" | "table" | "tableSize">[] = [
  {
    fields: [[":status", "302"], PRIVATE, DATE_21, LOCATION],
    table: [LOCATION, DATE_21, PRIVATE, [":status", "302"]],
    tableSize: 222,
  },
  {
    fields: [[":status", "307"], PRIVATE, DATE_21, LOCATION],
    table: [[":status", "307"], LOCATION, DATE_21, PRIVATE],
    tableSize: 222,
  },
  {
    fields: [[":status", "200"], PRIVATE, DATE_22, LOCATION, GZIP, COOKIE],
    table: [COOKIE, GZIP, DATE_22],
    tableSize: 215,
  },
];

const SERIES: { readonly tableSize: number; readonly examples: readonly Example[] }[] = [
  {
    tableSize: 4096,
    examples: [{
      section: "C.2.1",
      wire: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      fields: [["custom-key", "custom-header"]],
      table: [["custom-key", "custom-header"]],
      tableSize: 55,
    }],
  },
  {
    tableSize: 4096,
    examples: [{
      section: "C.2.2",
      wire: "040c 2f73 616d 706c 652f 7061 7468",
      fields: [[":path", "/sample/path"]],
      table: [],
      tableSize: 0,
    }],
  },
  {
    tableSize: 4096,
    examples: [{
      section: "C.2.3",
      wire: "1008 7061 7373 776f 7264 0673 6563 7265 74",
      fields: [["password", "secret"]],
      table: [],
      tableSize: 0,
    }],
  },
  {
    tableSize: 4096,
    examples: [{ section: "C.2.4", wire: "82", fields: [[":method", "GET"]], table: [], tableSize: 0 }],
  },
  {
    tableSize: 4096,
    examples: numbered("C.3", REQUESTS, [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ]),
  },
  {
    tableSize: 4096,
    examples: numbered("C.4", REQUESTS, [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ]),
  },
  {
    tableSize: 256,
    examples: numbered("C.5", RESPONSES, [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
       2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70
       6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
       54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
       5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e
       3d31`,
    ]),
  },
  {
    tableSize: 256,
    examples: numbered("C.6", RESPONSES, [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
       2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
       77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
       9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ]),
  },
];

for (const { tableSize, examples } of SERIES) {
  const sections = examples.map(({ section }) => section).join(", ");
  Deno.test(`HpackDecoder: RFC 7541 ${sections}: the fields, and the table as it stands after each block`, () => {
    const decoder = new HpackDecoder({ maxTableSize: tableSize });
    for (const { wire, fields, table, tableSize } of examples) {
      const decoded = decoder.decode(hex(wire), ROOMY);
      assertEquals(decoded, { fields, size: listSize(fields), oversize: false });
      assertEquals(listSize(table), tableSize);
      // The table is read through indices, which does not change it.
      const indices = table.flatMap((_, age) => integer(0x80, 0x7f, 62 + age));
      assertEquals(decoder.decode(octets(indices), ROOMY).fields, table);
    }
    const last = examples.at(-1)?.table.length ?? 0;
    assertThrows(() => decoder.decode(octets(integer(0x80, 0x7f, 62 + last)), ROOMY), HpackError, "index");
  });
}

Deno.test("HpackEncoder: RFC 7541 C.4.1, C.4.2, C.4.3: the same octets", () => {
  const encoder = new HpackEncoder();
  for (const { section, wire, fields } of SERIES[5]?.examples ?? []) {
    assertEquals(encoder.encode(fields), hex(wire), section);
  }
});

function numbered(
  section: string,
  lists: readonly Pick<Example, "fields" | "table" | "tableSize">[],
  wires: readonly string[],
): Example[] {
  return lists.map((list, i) => ({ ...list, section: `${section}.${i + 1}`, wire: wires[i] ?? "" }));
}
