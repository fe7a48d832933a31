/** The codings that a response states. */

import { assertEquals, assertThrows } from "@std/assert";
import { ClientError } from "../../../client/error/client_error.ts";
import { type Coding, contentCodings } from "../../../client/response/decode.ts";

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

Deno.test("contentCodings: more than five are refused", () => {
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
