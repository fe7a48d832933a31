/** The option `certificateCompression`. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";

function config(certificateCompression: unknown): ClientConfig {
  const options = { verifier: () => {}, certificateCompression };
  return new ClientConfig(options as ClientConfigOptions); // Not checked by a compiler everywhere.
}

Deno.test("certificates are not compressed by default", () => {
  assertEquals(config(undefined).certificateCompression, []);
  assertEquals(config([]).certificateCompression, []);
});

Deno.test("names and algorithms of one's own may be mixed, and their order is kept", () => {
  const own = { id: 0xff01, compress: () => undefined, decompress: (bytes: Uint8Array) => bytes };
  const chosen = config(["zstd", own, "zlib"]).certificateCompression;
  assertEquals(chosen.map(({ id }) => id), [3, 0xff01, 1]);
});

const ROWS: readonly (readonly [name: string, value: unknown, words: string])[] = [
  ["what is no list", "zlib", "is no list"],
  ["an unknown name", ["gzip"], '"gzip", which is no algorithm of RFC 8879'],
  ["a name of an object", ["toString"], '"toString", which is no algorithm of RFC 8879'],
  ["a name twice", ["zlib", "zlib"], "algorithm 1 more than once"],
  [
    "a name beside an algorithm of its number",
    ["zlib", { id: 1, compress: () => undefined, decompress: () => undefined }],
    "algorithm 1 more than once",
  ],
  ["nothing at all", [undefined], "neither a name nor a CertificateCompression"],
  ["an object without functions", [{ id: 9 }], "neither a name nor a CertificateCompression"],
  [
    "a number out of range",
    [{ id: 0x10000, compress: () => undefined, decompress: () => undefined }],
    "neither a name nor a CertificateCompression",
  ],
  [
    "more than fit into the extension",
    Array.from({ length: 128 }, (_, i) => ({
      id: i + 1,
      compress: () => undefined,
      decompress: () => undefined,
    })),
    "more than 127 algorithms",
  ],
];

for (const [name, value, words] of ROWS) {
  Deno.test(`certificateCompression with ${name} is refused`, () => {
    const error = assertThrows(() => config(value), TlsError);
    assertEquals(error.code, "invalid_option");
    assertStringIncludes(error.message, words);
  });
}
