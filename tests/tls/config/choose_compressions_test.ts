/** Algorithms of the application for compressed certificates: each part that one has to have, and the numbers at the edges. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { CertificateCompression } from "../../../tls/config/certificate_compression.ts";
import { chooseCompressions } from "../../../tls/config/choose_compressions.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";

const compress = (): undefined => undefined;
const decompress = (): undefined => undefined;

function choose(...given: readonly unknown[]): readonly CertificateCompression[] {
  return chooseCompressions("ClientConfig", given as readonly CertificateCompression[]); // its check is what is tested
}

const NONE: readonly (readonly [name: string, given: unknown])[] = [
  ["no id", { compress, decompress }],
  ["id 0", { id: 0, compress, decompress }],
  ["an id that is no integer", { id: 1.5, compress, decompress }],
  ["an id of text", { id: "1", compress, decompress }],
  ["id 65536", { id: 65_536, compress, decompress }],
  ["no compress", { id: 1, decompress }],
  ["no decompress", { id: 1, compress }],
  ["compress that is no function", { id: 1, compress: {}, decompress }],
  ["decompress that is no function", { id: 1, compress, decompress: true }],
  ["null", null],
  ["a number", 1],
];
for (const [name, given] of NONE) {
  Deno.test(`chooseCompressions refuses an algorithm: ${name}`, () => {
    assertThrows(() => choose(given), TlsError, "has what is neither a name nor a CertificateCompression");
  });
}

for (const id of [1, 4, 0xffff]) {
  Deno.test(`chooseCompressions takes an algorithm with id ${id} as it is`, () => {
    const own = { id, compress, decompress };
    const chosen = choose(own);
    assertStrictEquals(chosen[0], own);
    assert(Object.isFrozen(chosen));
  });
}

Deno.test("chooseCompressions takes 127 algorithms, and not 128", () => {
  const many = (count: number): unknown[] =>
    Array.from({ length: count }, (_, index) => ({ id: index + 1, compress, decompress }));
  assertEquals(choose(...many(127)).length, 127);
  assertThrows(() => choose(...many(128)), TlsError, "more than 127 algorithms");
});

Deno.test("chooseCompressions refuses an id that is there twice, wherever it stands", () => {
  const [one, two] = [1, 2].map((id) => ({ id, compress, decompress }));
  assertThrows(() => choose(one, two, one), TlsError, "has algorithm 1 more than once");
  assertThrows(() => choose(one, two, two), TlsError, "has algorithm 2 more than once");
});

for (
  const [name, reason] of [["gzip", "no algorithm of RFC 8879"], [
    "toString",
    "no algorithm of RFC 8879",
  ]] as const
) {
  Deno.test(`chooseCompressions refuses the name ${name}`, () => {
    assertThrows(() => choose(name), TlsError, `has "${name}", which is ${reason}`);
  });
}

Deno.test("chooseCompressions: by default none is chosen, and what is no list is refused", () => {
  assertEquals(chooseCompressions("ClientConfig"), []);
  assertThrows(() => chooseCompressions("ClientConfig", "zlib" as never), TlsError, "is no list"); // of a caller without types
});
