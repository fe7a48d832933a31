/** The server's messages, and those of both roles, on the wire: refused row by row, and extensions that are unknown. */

import { assertEquals } from "@std/assert";
import { decodeHex } from "@std/encoding/hex";
import { decodeHandshake } from "../../../tls/wire/handshake_codec.ts";
import { decodeServerHello } from "../../../tls/wire/server_hello.ts";
import { retryRequestHead, serverHelloHead } from "./samples.ts";
import {
  bytes,
  counting,
  extension,
  type Part,
  testRefusals,
  u16,
  u32,
  vec16,
  vec24,
  vec8,
} from "./message_bytes.ts";

const VERSION = extension(0x002b, u16(0x0304));
const SHARE = extension(0x0033, u16(0x001d), vec16(counting(32)));

function hello(...extensions: readonly Part[]): Uint8Array {
  return bytes(serverHelloHead(), vec16(...extensions));
}

function retry(...extensions: readonly Part[]): Uint8Array {
  return bytes(retryRequestHead(), vec16(...extensions));
}

testRefusals(0x02, [
  {
    name: "a ServerHello with a session ID of 33 bytes",
    body: bytes(u16(0x0303), counting(32), vec8(counting(33)), u16(0x1301), 0, vec16(VERSION)),
    code: "decode_error",
    message: "Cannot read ServerHello: legacy_session_id_echo is longer than 32 bytes",
  },
  {
    name: "bad input 30: a ServerHello with an extension that comes twice",
    body: hello(VERSION, SHARE, SHARE),
    code: "duplicate_extension",
    message: "Cannot read ServerHello: extension key_share comes twice",
  },
  {
    name: "bad input 30: a HelloRetryRequest with an extension that comes twice",
    body: retry(VERSION, extension(0x002c, vec16(1)), extension(0x002c, vec16(1))),
    code: "duplicate_extension",
    message: "Cannot read HelloRetryRequest: extension cookie comes twice",
  },
  {
    name: "a ServerHello with a protocol in the clear",
    body: hello(VERSION, SHARE, extension(0x0010, vec16(vec8("h2")))),
    code: "illegal_parameter",
    message: "Cannot read ServerHello: extension application_layer_protocol_negotiation has no place in it",
  },
  {
    name: "a ServerHello with a cookie",
    body: hello(extension(0x002c, vec16(1)), VERSION, SHARE),
    code: "illegal_parameter",
    message: "Cannot read ServerHello: extension cookie has no place in it",
  },
  {
    name: "a HelloRetryRequest with pre_shared_key",
    body: retry(VERSION, extension(0x0029, u16(0))),
    code: "illegal_parameter",
    message: "Cannot read HelloRetryRequest: extension pre_shared_key has no place in it",
  },
  {
    name: "bad input 29: a HelloRetryRequest with an empty cookie",
    body: retry(VERSION, extension(0x002c, vec16())),
    code: "decode_error",
    message: "Cannot read HelloRetryRequest: cookie is shorter than 1 byte",
  },
  {
    name: "a HelloRetryRequest with a whole key share",
    body: retry(VERSION, SHARE),
    code: "decode_error",
    message: "Cannot read HelloRetryRequest: there are bytes behind the end of key_share",
  },
  {
    name: "a ServerHello with a group for a key share",
    body: hello(VERSION, extension(0x0033, u16(0x001d))),
    code: "decode_error",
    message: "Cannot read ServerHello: key_share is cut short",
  },
  {
    name: "a ServerHello with a list of versions",
    body: hello(extension(0x002b, vec8(u16(0x0304))), SHARE),
    code: "decode_error",
    message: "Cannot read ServerHello: there are bytes behind the end of supported_versions",
  },
]);

Deno.test("a ServerHello of TLS 1.2 is read, with or without extensions, whatever they are", () => {
  const old = decodeServerHello(serverHelloHead());
  assertEquals([old.legacyVersion, old.selectedVersion, old.extensionOrder], [0x0303, undefined, []]);
  const { selectedVersion, extensionOrder } = decodeServerHello(hello(
    extension(0x0000),
    extension(0xff01, vec8()),
    extension(0x000b, vec8(0)),
    extension(0x0010, vec16(vec8("h2"))),
    extension(0x0017),
    extension(0x0023),
  ));
  assertEquals([selectedVersion, extensionOrder], [undefined, [0, 0xff01, 0x000b, 0x0010, 0x0017, 0x0023]]);
});

Deno.test("an unknown extension of a ServerHello is listed in extensionOrder", () => {
  const { extensionOrder, isHelloRetryRequest } = decodeServerHello(
    hello(VERSION, extension(0x1234, "x"), SHARE),
  );
  assertEquals([extensionOrder, isHelloRetryRequest], [[0x002b, 0x1234, 0x0033], false]);
  assertEquals(decodeServerHello(retry(VERSION, extension(0x1234))).extensionOrder, [0x002b, 0x1234]);
});

Deno.test("RFC 8448 §3: the ServerHello is read", () => {
  const body = decodeHex(
    "0303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020" +
      "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304",
  );
  assertEquals(decodeServerHello(body), {
    type: "server_hello",
    legacyVersion: 0x0303,
    random: decodeHex("a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928"),
    sessionId: bytes(),
    cipherSuite: 0x1301,
    compressionMethod: 0,
    isHelloRetryRequest: false,
    selectedVersion: 0x0304,
    keyShare: {
      group: 0x001d,
      keyExchange: decodeHex("c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f"),
    },
    extensionOrder: [0x0033, 0x002b],
  });
});

/** What is known, and has no place in EncryptedExtensions. */
const STRANGERS = [
  [0x000b, "ec_point_formats"],
  [0x001b, "compress_certificate"],
  [0x0029, "pre_shared_key"],
  [0x002b, "supported_versions"],
  [0x0033, "key_share"],
] as const;

testRefusals(0x08, [
  {
    name: "EncryptedExtensions without a list",
    body: bytes(),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: extensions is cut short",
  },
  {
    name: "bad input 30: EncryptedExtensions with an extension that comes twice",
    body: vec16(extension(0x0000), extension(0x0000)),
    code: "duplicate_extension",
    message: "Cannot read EncryptedExtensions: extension server_name comes twice",
  },
  ...STRANGERS.map(([type, name]) => ({
    name: `EncryptedExtensions with ${name}`,
    body: vec16(extension(type, "whatever")),
    code: "illegal_parameter" as const,
    message: `Cannot read EncryptedExtensions: extension ${name} has no place in it`,
  })),
  {
    name: "EncryptedExtensions with the name once more",
    body: vec16(extension(0x0000, vec16(0, vec16("a")))),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: there are bytes behind the end of server_name",
  },
  {
    name: "bad input 96: EncryptedExtensions with a list of certificate types",
    body: vec16(extension(0x0014, vec8(2))),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: there are bytes behind the end of server_certificate_type",
  },
  {
    name: "EncryptedExtensions with two protocols",
    body: vec16(extension(0x0010, vec16(vec8("h2"), vec8("http/1.1")))),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: the server chose more than one protocol",
  },
  {
    name: "EncryptedExtensions with no protocol",
    body: vec16(extension(0x0010, vec16())),
    code: "decode_error",
    message:
      "Cannot read EncryptedExtensions: application_layer_protocol_negotiation is shorter than 2 bytes",
  },
  {
    name: "EncryptedExtensions with a protocol without a name",
    body: vec16(extension(0x0010, vec16(vec8(), vec8()))),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: application_layer_protocol_negotiation is shorter than 1 byte",
  },
  {
    name: "EncryptedExtensions with an empty ticket_request",
    body: vec16(extension(0x003a)),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: ticket_request is cut short",
  },
  {
    name: "EncryptedExtensions with a client's ticket_request",
    body: vec16(extension(0x003a, 1, 1)),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: there are bytes behind the end of ticket_request",
  },
  {
    name: "EncryptedExtensions with early_data and a number",
    body: vec16(extension(0x002a, u32(1))),
    code: "decode_error",
    message: "Cannot read EncryptedExtensions: there are bytes behind the end of early_data",
  },
]);

Deno.test("an unknown extension of EncryptedExtensions is listed in extensionOrder", () => {
  assertEquals(decodeHandshake(0x08, vec16(extension(0x1234, "x"))), {
    type: "encrypted_extensions",
    extensionOrder: [0x1234],
  });
});

testRefusals(0x0d, [
  {
    name: "bad input 30: a CertificateRequest with an extension that comes twice",
    body: bytes(vec8(), vec16(extension(0x4321), extension(0x4321))),
    code: "duplicate_extension",
    message: "Cannot read CertificateRequest: extension 0x4321 comes twice",
  },
  {
    name: "a CertificateRequest with key_share",
    body: bytes(vec8(), vec16(extension(0x0033))),
    code: "illegal_parameter",
    message: "Cannot read CertificateRequest: extension key_share has no place in it",
  },
  {
    name: "a CertificateRequest with an empty list of signature schemes",
    body: bytes(vec8(), vec16(extension(0x000d, vec16()))),
    code: "decode_error",
    message: "Cannot read CertificateRequest: signature_algorithms is shorter than 2 bytes",
  },
  {
    name: "a CertificateRequest with an empty list of authorities",
    body: bytes(vec8(), vec16(extension(0x002f, vec16()))),
    code: "decode_error",
    message: "Cannot read CertificateRequest: certificate_authorities is shorter than 3 bytes",
  },
  {
    name: "a CertificateRequest with bytes behind the list of authorities",
    body: bytes(vec8(), vec16(extension(0x002f, vec16(vec16(1)), 0))),
    code: "decode_error",
    message: "Cannot read CertificateRequest: there are bytes behind the end of certificate_authorities",
  },
]);

Deno.test("unknown extensions of a CertificateRequest are ignored", () => {
  const body = bytes(
    vec8(),
    vec16(extension(0x4a4a, "x"), extension(0x0005), extension(0x0012), extension(0x0030, vec16())),
  );
  assertEquals(decodeHandshake(0x0d, body), {
    type: "certificate_request",
    context: bytes(),
    extensionOrder: [0x4a4a, 0x0005, 0x0012, 0x0030],
  });
});

testRefusals(0x0b, [
  {
    name: "a Certificate with an entry of nothing",
    body: bytes(vec8(), vec24(vec24(), vec16())),
    code: "decode_error",
    message: "Cannot read Certificate: cert_data is shorter than 1 byte",
  },
  {
    name: "a Certificate with an entry without extensions",
    body: bytes(vec8(), vec24(vec24("x"))),
    code: "decode_error",
    message: "Cannot read Certificate: extensions is cut short",
  },
  {
    name: "bad input 30: a Certificate with an extension that comes twice",
    body: bytes(vec8(), vec24(vec24("x"), vec16(extension(0x0012, "x"), extension(0x0012, "x")))),
    code: "duplicate_extension",
    message: "Cannot read Certificate: extension signed_certificate_timestamp comes twice",
  },
  {
    name: "a Certificate with server_name",
    body: bytes(vec8(), vec24(vec24("x"), vec16(extension(0x0000)))),
    code: "illegal_parameter",
    message: "Cannot read Certificate: extension server_name has no place in it",
  },
  {
    name: "a Certificate with an empty OCSP response",
    body: bytes(vec8(), vec24(vec24("x"), vec16(extension(0x0005, 1, vec24())))),
    code: "decode_error",
    message: "Cannot read Certificate: status_request is shorter than 1 byte",
  },
  {
    name: "a Certificate with bytes behind its OCSP response",
    body: bytes(vec8(), vec24(vec24("x"), vec16(extension(0x0005, 1, vec24("x"), 0)))),
    code: "decode_error",
    message: "Cannot read Certificate: there are bytes behind the end of status_request",
  },
  {
    name: "a Certificate with a status of another type",
    body: bytes(vec8(), vec24(vec24("x"), vec16(extension(0x0005, 2, vec24("x"))))),
    code: "illegal_parameter",
    message: "Cannot read Certificate: status_request has the unknown type 2",
  },
]);

Deno.test("the extensions of certificates are listed entry by entry", () => {
  const body = bytes(
    vec8(),
    vec24(
      vec24("a"),
      vec16(extension(0x0012, "SCT")),
      vec24("b"),
      vec16(extension(0x0012, "SCT"), extension(0x1234)),
    ),
  );
  assertEquals(decodeHandshake(0x0b, body), {
    type: "certificate",
    context: bytes(),
    entries: [
      { certificate: bytes("a"), extensionOrder: [0x0012] },
      { certificate: bytes("b"), extensionOrder: [0x0012, 0x1234] },
    ],
  });
});

testRefusals(0x04, [
  {
    name: "a NewSessionTicket without a ticket",
    body: bytes(u32(1), u32(1), vec8(), vec16(), vec16()),
    code: "decode_error",
    message: "Cannot read NewSessionTicket: ticket is shorter than 1 byte",
  },
  {
    name: "E-24, bad input 30: a NewSessionTicket with an extension that comes twice",
    body: bytes(
      u32(1),
      u32(1),
      vec8(),
      vec16(1),
      vec16(extension(0x002a, u32(1)), extension(0x002a, u32(1))),
    ),
    code: "duplicate_extension",
    message: "Cannot read NewSessionTicket: extension early_data comes twice",
  },
  {
    name: "E-24: a NewSessionTicket with early_data and no number",
    body: bytes(u32(1), u32(1), vec8(), vec16(1), vec16(extension(0x002a))),
    code: "decode_error",
    message: "Cannot read NewSessionTicket: early_data is cut short",
  },
  {
    name: "a NewSessionTicket with a key share",
    body: bytes(u32(1), u32(1), vec8(), vec16(1), vec16(SHARE)),
    code: "illegal_parameter",
    message: "Cannot read NewSessionTicket: extension key_share has no place in it",
  },
]);

Deno.test("unknown extensions of a NewSessionTicket are ignored", () => {
  assertEquals(
    decodeHandshake(0x04, bytes(u32(1), u32(2), vec8(), vec16(1), vec16(extension(0x5a5a, "x")))),
    {
      type: "new_session_ticket",
      lifetime: 1,
      ageAdd: 2,
      nonce: bytes(),
      ticket: bytes(1),
    },
  );
});

testRefusals(0x18, [
  {
    name: "bad input 20: a KeyUpdate that is neither yes nor no",
    body: bytes(2),
    code: "illegal_parameter",
    message: "Cannot read KeyUpdate: request_update is 2",
  },
  {
    name: "an empty KeyUpdate",
    body: bytes(),
    code: "decode_error",
    message: "Cannot read KeyUpdate: request_update is cut short",
  },
  {
    name: "a KeyUpdate of two bytes, the first of which makes no sense either",
    body: bytes(2, 0),
    code: "decode_error",
    message: "Cannot read KeyUpdate: there are bytes behind its end",
  },
]);

testRefusals(0x05, [
  {
    name: "E-06: an EndOfEarlyData that says something",
    body: bytes(0),
    code: "decode_error",
    message: "Cannot read EndOfEarlyData: there are bytes behind its end",
  },
]);
