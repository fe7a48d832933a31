/** ECHConfigLists: read, written, and refused row by row. */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import {
  decodeEchConfig,
  decodeEchConfigList,
  encodeEchConfig,
  encodeEchConfigList,
} from "../../../tls/wire/ech_config.ts";
import { bytes, counting, type Part, u16, vec16, vec8 } from "./message_bytes.ts";

const CONTENTS = [
  bytes(7, u16(0x20), vec16(counting(32))), // config_id, kem_id, public_key
  vec16(u16(1, 1, 3, 3)), // cipher_suites
  bytes(42, vec8("public.example")), // maximum_name_length, public_name
  vec16(u16(0x0a0a), vec16("x"), u16(0xfafa), vec16()), // extensions
] as const;

function configOf(...contents: readonly Part[]): Uint8Array {
  return bytes(u16(0xfe0d), vec16(...contents));
}

const WHOLE = configOf(...CONTENTS);
const OLDER = bytes(u16(0xfe0a), vec16("whatever it has"));

Deno.test("an ECHConfigList is read, and configs of other versions are kept as they are", () => {
  const list = vec16(OLDER, WHOLE);
  assertEquals(decodeEchConfigList(list), [
    { encoded: OLDER, version: 0xfe0a },
    {
      encoded: WHOLE,
      version: 0xfe0d,
      contents: {
        configId: 7,
        kem: 0x20,
        publicKey: counting(32),
        cipherSuites: [{ kdf: 1, aead: 1 }, { kdf: 3, aead: 3 }],
        maximumNameLength: 42,
        publicName: "public.example",
        extensionTypes: [0x0a0a, 0xfafa],
      },
    },
  ]);
  assertEquals(encodeEchConfigList([OLDER, WHOLE]), list);
});

Deno.test("an ECHConfig is written as it is read", () => {
  const { contents } = decodeEchConfig(configOf(...CONTENTS.slice(0, 3), vec16()));
  assertEquals(contents && encodeEchConfig(contents), configOf(...CONTENTS.slice(0, 3), vec16()));
});

Deno.test("N-01: an ECHConfigList that is cut short anywhere, or too long, is a decode_error", () => {
  const list = vec16(OLDER, WHOLE);
  for (let length = 0; length < list.length; length++) refuses(list.subarray(0, length));
  refuses(bytes(list, 0));
});

Deno.test("N-01: an ECHConfig whose contents are cut short anywhere is a decode_error", () => {
  const contents = bytes(...CONTENTS);
  for (let length = 0; length < contents.length; length++) {
    refuses(vec16(configOf(contents.subarray(0, length))));
  }
  refuses(vec16(configOf(contents, 0)));
});

const REFUSED = [
  { name: "a list without configs", list: vec16() },
  { name: "an empty public key", list: withContents(0, bytes(7, u16(0x20), vec16())) },
  { name: "no cipher suite", list: withContents(1, vec16()) },
  { name: "a cipher suite and a half", list: withContents(1, vec16(u16(1, 1, 1))) },
  { name: "an empty public name", list: withContents(2, bytes(0, vec8())) },
  { name: "an extension that is cut short", list: withContents(3, vec16(u16(1, 5), "x")) },
] as const;
for (const { name, list } of REFUSED) {
  Deno.test(`N-01: ${name} is a decode_error`, () => refuses(list));
}

function withContents(index: number, part: Uint8Array): Uint8Array {
  return vec16(configOf(...CONTENTS.map((each, at) => at === index ? part : each)));
}

function refuses(list: Uint8Array): void {
  const error = assertThrows(() => decodeEchConfigList(list), TlsError);
  assertEquals(error.code, "decode_error");
}
