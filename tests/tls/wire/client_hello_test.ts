/** ClientHello on the wire: decoded, encoded, and refused row by row; binders and the order of extensions. */

import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import { TlsError } from "../../../tls/error/tls_error.ts";
import {
  clientHelloWithoutBinders,
  decodeClientHello,
  encodeClientHello,
  shuffledOrder,
} from "../../../tls/wire/client_hello.ts";
import { MAX_KEY_SHARES } from "../../../tls/limits.ts";
import type { ClientHello, ClientHelloExtensions } from "../../../tls/wire/messages.ts";
import { clientHelloHead, SAMPLES } from "./samples.ts";
import {
  bytes,
  counting,
  extension,
  type Part,
  testRefusals,
  u16,
  u32,
  vec16,
  vec8,
} from "./message_bytes.ts";

function hello(...extensions: readonly Part[]): Uint8Array {
  return bytes(clientHelloHead(), vec16(...extensions));
}

const PSK = bytes(vec16(vec16("id"), u32(0)), vec16(vec8(counting(32))));

testRefusals(0x01, [
  {
    name: "a session ID of 33 bytes",
    body: bytes(u16(0x0303), counting(32), vec8(counting(33)), vec16(u16(0x1301)), vec8(0)),
    code: "decode_error",
    message: "Cannot read ClientHello: legacy_session_id is longer than 32 bytes",
  },
  {
    name: "no cipher suites",
    body: bytes(u16(0x0303), counting(32), vec8(), vec16(), vec8(0)),
    code: "decode_error",
    message: "Cannot read ClientHello: cipher_suites is shorter than 2 bytes",
  },
  {
    name: "a cipher suite and a half",
    body: bytes(u16(0x0303), counting(32), vec8(), vec16(0x13, 0x01, 0x13), vec8(0)),
    code: "decode_error",
    message: "Cannot read ClientHello: cipher_suites is cut short",
  },
  {
    name: "no compression methods",
    body: bytes(u16(0x0303), counting(32), vec8(), vec16(u16(0x1301)), vec8()),
    code: "decode_error",
    message: "Cannot read ClientHello: legacy_compression_methods is shorter than 1 byte",
  },
  {
    name: "bad input 3: one byte",
    body: bytes(3),
    code: "decode_error",
    message: "Cannot read ClientHello: legacy_version is cut short",
  },
  {
    name: "bytes behind the extensions",
    body: bytes(hello(), 0),
    code: "decode_error",
    message: "Cannot read ClientHello: there are bytes behind its end",
  },
  {
    name: "bad input 30: an extension that comes twice",
    body: hello(
      extension(0x002b, vec8(u16(0x0304))),
      extension(0x0017),
      extension(0x002b, vec8(u16(0x0304))),
    ),
    code: "duplicate_extension",
    message: "Cannot read ClientHello: extension supported_versions comes twice",
  },
  {
    name: "bad input 30: an unknown extension that comes twice",
    body: hello(extension(0x0a0a), extension(0x0a0a)),
    code: "duplicate_extension",
    message: "Cannot read ClientHello: extension 0x0a0a comes twice",
  },
  {
    name: "bad input 31: pre_shared_key in front of another extension",
    body: hello(extension(0x0029, PSK), extension(0x002b, vec8(u16(0x0304)))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: pre_shared_key is not its last extension",
  },
  {
    name: "more binders than identities",
    body: hello(extension(0x0029, vec16(vec16("id"), u32(0)), vec16(vec8(counting(32)), vec8(counting(32))))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: pre_shared_key has 1 identities and 2 binders",
  },
  {
    name: "fewer binders than identities",
    body: hello(extension(
      0x0029,
      vec16(vec16("id"), u32(0), vec16("id"), u32(0)),
      vec16(vec8(counting(32))),
    )),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: pre_shared_key has 2 identities and 1 binders",
  },
  {
    name: "no identities",
    body: hello(extension(0x0029, vec16(), vec16(vec8(counting(32))))),
    code: "decode_error",
    message: "Cannot read ClientHello: identities of pre_shared_key is shorter than 7 bytes",
  },
  {
    name: "no binders",
    body: hello(extension(0x0029, vec16(vec16("id"), u32(0)), vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: binders of pre_shared_key is shorter than 2 bytes",
  },
  {
    name: "an identity of nothing",
    body: hello(extension(0x0029, vec16(vec16(), u32(0), 0), vec16(vec8(counting(32))))),
    code: "decode_error",
    message: "Cannot read ClientHello: identities of pre_shared_key is shorter than 1 byte",
  },
  {
    name: "two key shares for one group",
    body: hello(extension(0x0033, vec16(u16(0x1d), vec16(1), u16(0x17), vec16(2), u16(0x1d), vec16(3)))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: key_share has two keys for group 0x001d",
  },
  {
    name: "a key share of nothing",
    body: hello(extension(0x0033, vec16(u16(0x1d), vec16()))),
    code: "decode_error",
    message: "Cannot read ClientHello: key_share is shorter than 1 byte",
  },
  {
    name: "more key shares than there are groups in the world",
    body: hello(extension(
      0x0033,
      vec16(...Array.from({ length: MAX_KEY_SHARES + 1 }, (_, group) => bytes(u16(group), vec16(0)))),
    )),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: key_share has more than 64 keys",
  },
  {
    name: "an empty list of groups",
    body: hello(extension(0x000a, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: supported_groups is shorter than 2 bytes",
  },
  {
    name: "an empty list of signature schemes",
    body: hello(extension(0x000d, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: signature_algorithms is shorter than 2 bytes",
  },
  {
    name: "an empty list of signature schemes for certificates",
    body: hello(extension(0x0032, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: signature_algorithms_cert is shorter than 2 bytes",
  },
  {
    name: "an empty list of versions",
    body: hello(extension(0x002b, vec8())),
    code: "decode_error",
    message: "Cannot read ClientHello: supported_versions is shorter than 2 bytes",
  },
  {
    name: "a version and a half",
    body: hello(extension(0x002b, vec8(3, 4, 3))),
    code: "decode_error",
    message: "Cannot read ClientHello: supported_versions is cut short",
  },
  {
    name: "no PSK modes",
    body: hello(extension(0x002d, vec8())),
    code: "decode_error",
    message: "Cannot read ClientHello: psk_key_exchange_modes is shorter than 1 byte",
  },
  {
    name: "an empty cookie",
    body: hello(extension(0x002c, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: cookie is shorter than 1 byte",
  },
  {
    name: "early data with something in it",
    body: hello(extension(0x002a, 0)),
    code: "decode_error",
    message: "Cannot read ClientHello: there are bytes behind the end of early_data",
  },
  {
    name: "a ticket_request of one number",
    body: hello(extension(0x003a, 1)),
    code: "decode_error",
    message: "Cannot read ClientHello: ticket_request is cut short",
  },
  {
    name: "a ticket_request of three numbers",
    body: hello(extension(0x003a, 1, 2, 3)),
    code: "decode_error",
    message: "Cannot read ClientHello: there are bytes behind the end of ticket_request",
  },
  {
    name: "an empty list of authorities",
    body: hello(extension(0x002f, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: certificate_authorities is shorter than 3 bytes",
  },
  {
    name: "an authority without a name",
    body: hello(extension(0x002f, vec16(vec16(0x30), vec16()))),
    code: "decode_error",
    message: "Cannot read ClientHello: certificate_authorities is shorter than 1 byte",
  },
  {
    name: "bytes behind the list of authorities",
    body: hello(extension(0x002f, vec16(vec16(0x30)), 0)),
    code: "decode_error",
    message: "Cannot read ClientHello: there are bytes behind the end of certificate_authorities",
  },
  {
    name: "an empty list of protocols",
    body: hello(extension(0x0010, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: application_layer_protocol_negotiation is shorter than 2 bytes",
  },
  {
    name: "a protocol without a name",
    body: hello(extension(0x0010, vec16(vec8("h2"), vec8()))),
    code: "decode_error",
    message: "Cannot read ClientHello: application_layer_protocol_negotiation is shorter than 1 byte",
  },
  {
    name: "a request for an OCSP response that ends early",
    body: hello(extension(0x0005, 1, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: status_request is cut short",
  },
  {
    name: "an extension that is longer than the block",
    body: hello(u16(0x002b), u16(4), vec8(u16(0x0304))),
    code: "decode_error",
    message: "Cannot read ClientHello: extensions is cut short",
  },
]);

const NAMES: readonly { readonly name: string; readonly list: Uint8Array; readonly read?: string }[] = [
  {
    name: "a host name is kept as it was sent",
    list: bytes(0, vec16("Host.Example.")),
    read: "Host.Example.",
  },
  { name: "an IPv4 address is as good as no name", list: bytes(0, vec16("127.0.0.1")) },
  { name: "bad input 46: an IPv6 address is as good as no name", list: bytes(0, vec16("2001:db8::1")) },
  { name: "an IPv6 address in brackets is as good as no name", list: bytes(0, vec16("[::1]")) },
  {
    name: "a name of an unknown kind is passed over",
    list: bytes(7, vec16("\x00\xff"), 0, vec16("a")),
    read: "a",
  },
];
for (const { name, list, read } of NAMES) {
  Deno.test(`server_name: ${name}`, () => {
    const { serverName, ...others } = decodeClientHello(hello(extension(0x0000, vec16(list)))).extensions;
    assertEquals(serverName, read);
    assertEquals(others, {});
  });
}

const NO_HOST_NAME = "Cannot read ClientHello: server_name is not a host name";
testRefusals(0x01, [
  {
    name: "an empty list of names",
    body: hello(extension(0x0000, vec16())),
    code: "decode_error",
    message: "Cannot read ClientHello: server_name is shorter than 1 byte",
  },
  {
    name: "a name extension without a list",
    body: hello(extension(0x0000)),
    code: "decode_error",
    message: "Cannot read ClientHello: server_name is cut short",
  },
  {
    name: "an empty name",
    body: hello(extension(0x0000, vec16(0, vec16()))),
    code: "decode_error",
    message: "Cannot read ClientHello: server_name is shorter than 1 byte",
  },
  {
    name: "two host names",
    body: hello(extension(0x0000, vec16(0, vec16("a"), 0, vec16("b")))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: server_name has two names of the kind 0",
  },
  {
    name: "two names of an unknown kind",
    body: hello(extension(0x0000, vec16(0, vec16("a"), 9, vec16("b"), 9, vec16("b")))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: server_name has two names of the kind 9",
  },
  {
    name: "names of unknown kinds alone",
    body: hello(extension(0x0000, vec16(1, vec16("a")))),
    code: "decode_error",
    message: "Cannot read ClientHello: server_name has no host name",
  },
  ...[
    "a b",
    "a\0",
    "é",
    "a..b",
    ".",
    "-a",
    "*",
    "a.1",
    "1".repeat(64),
    "a.".repeat(127) + "a",
    "a".repeat(9_000),
  ]
    .map((name) => ({
      name: `the name "${name.length > 70 ? `${name.slice(0, 4)}..." of ${name.length} bytes` : `${name}"`}`,
      body: hello(extension(0x0000, vec16(0, vec16(name)))),
      code: "decode_error" as const,
      message: NO_HOST_NAME,
    })),
]);

Deno.test("a ClientHello of TLS 1.2 without extensions is read", () => {
  assertEquals(decodeClientHello(clientHelloHead()).extensionOrder, []);
  assertEquals(decodeClientHello(clientHelloHead()).extensions, {});
  assertEquals(decodeClientHello(hello()).extensionOrder, []);
});

Deno.test("unknown extensions are skipped, and listed in extensionOrder", () => {
  const { extensions, extensionOrder } = decodeClientHello(hello(
    extension(0x4a4a, "GREASE"),
    extension(0x0012),
    extension(0x0015, new Uint8Array(100)),
    extension(0x0030, "a CertificateRequest would have it"),
    extension(0x0031),
    extension(0xfd00, "only an inner hello has it"),
    extension(0x0005, 9, "a status of another type"),
  ));
  assertEquals(extensions, {});
  assertEquals(extensionOrder, [0x4a4a, 0x0012, 0x0015, 0x0030, 0x0031, 0xfd00, 0x0005]);
});

Deno.test("a ClientHello may have as many extensions as fit into 64 KiB", () => {
  const types = Array.from({ length: 16_000 }, (_, index) => 0x1000 + index);
  const { extensionOrder } = decodeClientHello(hello(...types.map((type) => extension(type))));
  assertEquals(extensionOrder, types);
});

Deno.test("MAX_KEY_SHARES key shares are read", () => {
  const entries = Array.from({ length: MAX_KEY_SHARES }, (_, group) => bytes(u16(group), vec16(group)));
  const { keyShares } = decodeClientHello(hello(extension(0x0033, vec16(...entries)))).extensions;
  assertEquals(keyShares?.map(({ group }) => group), entries.map((_, group) => group));
  assertEquals(decodeClientHello(hello(extension(0x0033, vec16()))).extensions.keyShares, []);
});

Deno.test("a binder of a length that no hash has is read, and left to its verification", () => {
  const { preSharedKey } = decodeClientHello(
    hello(extension(0x0029, vec16(vec16("id"), u32(0)), vec16(vec8(counting(31))))),
  ).extensions;
  assertEquals(preSharedKey?.binders, [counting(31)]);
});

const [FULL] = SAMPLES.flatMap(({ message, body }) =>
  message.type === "client_hello" ? [{ hello: message, body }] : []
);
if (FULL === undefined) throw new Error("there is a ClientHello among the samples");

Deno.test("clientHelloWithoutBinders ends behind the identities", () => {
  const encoded = encodeClientHello(FULL.hello);
  const { preSharedKey } = FULL.hello.extensions;
  if (preSharedKey === undefined) throw new Error("the sample has tickets");
  const binders = vec16(...preSharedKey.binders.map((binder) => vec8(binder)));
  assertEquals(concat([clientHelloWithoutBinders(encoded, preSharedKey), binders]), encoded);
  // Of the binders only the lengths matter, so that they can be computed afterwards.
  const blank = {
    ...preSharedKey,
    binders: preSharedKey.binders.map((binder) => new Uint8Array(binder.length)),
  };
  const partial = encodeClientHello({
    ...FULL.hello,
    extensions: { ...FULL.hello.extensions, preSharedKey: blank },
  });
  assertEquals(
    clientHelloWithoutBinders(partial, blank),
    clientHelloWithoutBinders(encoded, preSharedKey),
  );
});

Deno.test("an extension is written when it is there and extensionOrder names it", () => {
  const write = (extensions: ClientHelloExtensions, extensionOrder: readonly number[]) => {
    const message: ClientHello = { ...FULL.hello, extensions, extensionOrder };
    return encodeClientHello(message).subarray(4);
  };
  const { supportedVersions = [], cookie = bytes() } = FULL.hello.extensions;
  const versions = extension(0x002b, vec8(u16(...supportedVersions)));
  assertEquals(write({ supportedVersions, cookie }, [0x002b, 0x0029, 0x7a7a, 0x000a]), hello(versions));
  assertEquals(
    write({ supportedVersions, cookie, earlyData: false, statusRequest: false }, [0x002c, 0x002a, 5, 0x002b]),
    hello(extension(0x002c, vec16(cookie)), versions),
  );
});

Deno.test("a cookie or ticket that does not fit into the ClientHello is handshake_too_large", () => {
  const cookie = new Uint8Array(0xffff);
  const error = assertThrows(
    () => encodeClientHello({ ...FULL.hello, extensions: { cookie } }),
    TlsError,
  );
  assertEquals([error.code, error.message], [
    "handshake_too_large",
    "Cannot write a message: a part of it has 65537 bytes, and 65535 are the limit",
  ]);
});

Deno.test("a protocol name with characters above U+00FF is a TypeError", () => {
  assertThrows(
    () => encodeClientHello({ ...FULL.hello, extensions: { alpnProtocols: ["h2", "ĥ2"] } }),
    TypeError,
    'Cannot write "ĥ2": it is not made of bytes',
  );
});

Deno.test("shuffledOrder keeps all types, in an order that only the seed decides", () => {
  const types = [0, 5, 10, 13, 16, 43, 44, 45, 51];
  const sorted = (order: readonly number[]) => [...order].sort((a, b) => a - b);
  assertEquals(shuffledOrder(0x1234, types), shuffledOrder(0x1234, types));
  assertNotEquals(shuffledOrder(0x1234, types), shuffledOrder(0x1235, types));
  assertEquals(shuffledOrder(7, []), []);
  assertEquals(shuffledOrder(7, [3]), [3]);
  // Each type stands in each place for about a ninth of all seeds.
  const counts = types.map(() => types.map(() => 0));
  for (let seed = 0; seed < 0x10000; seed++) {
    const order = shuffledOrder(seed, types);
    if (seed % 0x1000 === 0) assertEquals(sorted(order), types);
    for (const [place, type] of order.entries()) {
      const row = counts[types.indexOf(type)] ?? [];
      row[place] = (row[place] ?? 0) + 1;
    }
  }
  const share = 0x10000 / types.length;
  for (const count of counts.flat()) {
    assertEquals(Math.abs(count - share) < share * 0.1, true, `${count} of ${share}`);
  }
});

Deno.test("RFC 8448 §3: the ClientHello is read", () => {
  const { extensions, ...head } = decodeClientHello(hex(`
    03 03 cb 34 ec b1 e7 81 63 ba 1c 38 c6 da cb 19 6a 6d ff a2 1a 8d 99 12 ec 18 a2 ef 62 83 02 4d ec e7 00 00
    06 13 01 13 03 13 02 01 00 00 91 00 00 00 0b 00 09 00 00 06 73 65 72 76 65 72 ff 01 00 01 00 00 0a 00 14 00
    12 00 1d 00 17 00 18 00 19 01 00 01 01 01 02 01 03 01 04 00 23 00 00 00 33 00 26 00 24 00 1d 00 20 99 38 1d
    e5 60 e4 bd 43 d2 3d 8e 43 5a 7d ba fe b3 c0 6e 51 c1 3c ae 4d 54 13 69 1e 52 9a af 2c 00 2b 00 03 02 03 04
    00 0d 00 20 00 1e 04 03 05 03 06 03 02 03 08 04 08 05 08 06 04 01 05 01 06 01 02 01 04 02 05 02 06 02 02 02
    00 2d 00 02 01 01 00 1c 00 02 40 01
  `));
  assertEquals(head, {
    type: "client_hello",
    legacyVersion: 0x0303,
    random: hex("cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7"),
    sessionId: bytes(),
    cipherSuites: [0x1301, 0x1303, 0x1302],
    compressionMethods: bytes(0),
    extensionOrder: [0x0000, 0xff01, 0x000a, 0x0023, 0x0033, 0x002b, 0x000d, 0x002d, 0x001c],
  });
  assertEquals(extensions, {
    serverName: "server",
    renegotiationInfo: bytes(),
    supportedGroups: [0x001d, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104],
    sessionTicket: bytes(),
    keyShares: [{
      group: 0x001d,
      keyExchange: hex("99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c"),
    }],
    supportedVersions: [0x0304],
    signatureAlgorithms: [
      ...[0x0403, 0x0503, 0x0603, 0x0203, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201],
      ...[0x0402, 0x0502, 0x0602, 0x0202],
    ],
    pskKeyExchangeModes: [1],
  });
});

function hex(text: string): Uint8Array {
  return decodeHex(text.replace(/\s+/g, ""));
}
