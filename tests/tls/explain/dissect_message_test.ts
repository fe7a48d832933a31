/** Messages, dissected: every sample in full, cut anywhere and altered anywhere; the values of fields, row by row. */

import { assert, assertEquals } from "@std/assert";
import { dissectHandshake, type MessageVersion } from "../../../tls/explain/dissect_message.ts";
import type { ExplainedField } from "../../../tls/explain/explained_step.ts";
import { MAX_EXPLAINED_FIELDS } from "../../../tls/limits.ts";
import {
  bytes,
  counting,
  extension,
  type Part,
  u16,
  u32,
  vec16,
  vec24,
  vec8,
} from "../wire/message_bytes.ts";
import { clientHelloHead, retryRequestHead, SAMPLES, serverHelloHead } from "../wire/samples.ts";

/** A whole message. */
function message(type: number, ...body: readonly Part[]): Uint8Array {
  return bytes(type, vec24(...body));
}

/** All fields, at any depth. */
function flat(fields: readonly ExplainedField[]): ExplainedField[] {
  return fields.flatMap((field) => [field, ...flat(field.fields)]);
}

/** Checks that each field lies in its message, and in the field around it. */
function checkPlaces(fields: readonly ExplainedField[], start: number, end: number): void {
  let at = start;
  for (const field of fields) {
    assert(field.start >= at && field.end >= field.start && field.end <= end, JSON.stringify(field));
    checkPlaces(field.fields, field.start, field.end);
    at = field.end;
  }
}

for (const { name, type, body } of SAMPLES) {
  const whole = message(type, body);

  Deno.test(`${name} is read to its end, and its fields lie behind one another`, () => {
    const { fields, problem } = dissectHandshake(whole, "TLSv1.3");
    assertEquals(problem, undefined);
    assertEquals(flat(fields).filter((field) => field.problem !== undefined || field.name === "unread"), []);
    checkPlaces(fields, 0, whole.length);
    assertEquals(fields.at(-1)?.end, whole.length);
  });

  Deno.test(`${name}, cut anywhere or followed by a byte, is shown as far as it goes, with the reason`, () => {
    const clean = flat(dissectHandshake(whole, "TLSv1.3").fields).length;
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        const { fields } = dissectHandshake(cut, version);
        checkPlaces(fields, 0, length);
        assert(flat(fields).length <= clean + 50);
      }
      const more = bytes(whole, 0);
      const { fields, problem } = dissectHandshake(more, version);
      checkPlaces(fields, 0, more.length);
      if (version === "TLSv1.3" && !/Finished|empty|other/.test(name)) {
        assert(problem !== undefined || flat(fields).some((field) => field.problem !== undefined), name);
      }
    }
  });

  Deno.test(`${name}, with any byte altered, is shown without a failure`, () => {
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [0x01, 0x80, 0xff]) {
        const altered = whole.slice();
        altered[at] = (altered[at] ?? 0) ^ bit;
        checkPlaces(dissectHandshake(altered, "TLSv1.3").fields, 0, altered.length);
        checkPlaces(dissectHandshake(altered, "TLSv1.2").fields, 0, altered.length);
      }
    }
  });
}

interface Row {
  readonly name: string;
  readonly message: Uint8Array;
  readonly version?: MessageVersion;
  /** The field that is looked for, by its name, or by its value where it has no name. */
  readonly field: string;
  readonly value: string;
}

function clientHello(type: number, ...data: readonly Part[]): Uint8Array {
  return message(1, clientHelloHead(), vec16(extension(type, ...data)));
}

function encryptedExtensions(type: number, ...data: readonly Part[]): Uint8Array {
  return message(8, vec16(extension(type, ...data)));
}

const ECH_CONFIG = bytes(
  u16(0xfe0d),
  vec16(7, u16(0x0020), vec16(counting(32, 0)), vec16(u16(1, 3)), 64, vec8("public.example"), vec16()),
);

const ROWS: readonly Row[] = [
  { name: "legacy_version", message: clientHello(0), field: "legacy_version", value: "TLS 1.2 (0x0303)" },
  {
    name: "cipher suites, GREASE among them",
    message: clientHello(0),
    field: "cipher_suites",
    value: "GREASE (0x1a1a), TLS_AES_128_GCM_SHA256 (0x1301), TLS_AES_256_GCM_SHA384 (0x1302)",
  },
  {
    name: "a GREASE extension",
    message: clientHello(0x4a4a, 1),
    field: "extension_type",
    value: "GREASE (19018)",
  },
  {
    name: "an unknown extension",
    message: clientHello(0x1234, 1, 2, 3),
    field: "extension_data",
    value: "3 bytes",
  },
  {
    name: "an extension that is not used here, by its registered name",
    message: clientHello(57, 1),
    field: "extension_type",
    value: "quic_transport_parameters (57)",
  },
  {
    name: "ticket_request of a client (RFC 9149)",
    message: clientHello(58, 4, 1),
    field: "extension_data",
    value: "4 after a full handshake, 1 after a resumption",
  },
  {
    name: "ticket_request of a server",
    message: encryptedExtensions(58, 2),
    field: "extension_data",
    value: "2 tickets will come",
  },
  {
    name: "compress_certificate (RFC 8879)",
    message: clientHello(27, vec8(u16(2, 3, 1))),
    field: "extension_data",
    value: "brotli (2), zstd (3), zlib (1)",
  },
  {
    name: "server_certificate_type of a client (RFC 7250)",
    message: clientHello(20, vec8(2, 0)),
    field: "extension_data",
    value: "RawPublicKey (2), X509 (0)",
  },
  {
    name: "client_certificate_type of a server",
    message: encryptedExtensions(19, 2),
    field: "extension_data",
    value: "RawPublicKey (2)",
  },
  {
    name: "encrypted_client_hello, outer (RFC 9849)",
    message: clientHello(0xfe0d, 0, u16(1, 1), 9, vec16(counting(32, 0)), vec16(counting(200, 0))),
    field: "extension_data",
    value: "outer: an inner ClientHello is encrypted in 200 bytes, or they are random (GREASE)",
  },
  {
    name: "encrypted_client_hello, inner",
    message: clientHello(0xfe0d, 1),
    field: "type",
    value: "inner (1)",
  },
  {
    name: "encrypted_client_hello, configs to retry with",
    message: encryptedExtensions(0xfe0d, vec16(ECH_CONFIG)),
    field: "public_name",
    value: '"public.example"',
  },
  {
    name: "early_data of a ticket",
    message: message(4, u32(7200), u32(1), vec8(0), vec16(1, 2), vec16(extension(42, u32(16_384)))),
    field: "extension_data",
    value: "16384 bytes of early data are allowed",
  },
  {
    name: "pre_shared_key of a client",
    message: clientHello(41, vec16(vec16(counting(40, 0)), u32(5)), vec16(vec8(counting(32, 0)))),
    field: "extension_data",
    value: "1 ticket to resume from",
  },
  {
    name: "key_share of a HelloRetryRequest",
    message: message(2, retryRequestHead(), vec16(extension(51, u16(0x0018)))),
    field: "selected_group",
    value: "secp384r1 (0x0018)",
  },
  {
    name: "the random of a HelloRetryRequest",
    message: message(2, retryRequestHead(), vec16()),
    field: "random",
    value: 'SHA-256 of "HelloRetryRequest": this is one',
  },
  {
    name: "a group that is not used here",
    message: message(2, serverHelloHead(), vec16(extension(51, u16(0x0100), vec16(1)))),
    field: "group",
    value: "ffdhe2048 (0x0100)",
  },
  {
    name: "a CompressedCertificate",
    message: message(25, u16(2), 0, u16(900), vec24(counting(99, 0))),
    field: "algorithm",
    value: "brotli (2)",
  },
  {
    name: "a ServerKeyExchange of TLS 1.2",
    message: message(12, 3, u16(0x001d), vec8(counting(32, 0)), u16(0x0804), vec16(counting(64, 0))),
    version: "TLSv1.2",
    field: "namedcurve",
    value: "x25519 (0x001d)",
  },
  {
    name: "a CertificateRequest of TLS 1.2",
    message: message(13, vec8(1, 64), vec16(u16(0x0403)), vec16()),
    version: "TLSv1.2",
    field: "certificate_types",
    value: "rsa_sign (1), ecdsa_sign (64)",
  },
  {
    name: "a NewSessionTicket of TLS 1.2",
    message: message(4, u32(300), vec16(counting(9, 0))),
    version: "TLSv1.2",
    field: "ticket_lifetime_hint",
    value: "300 seconds",
  },
  {
    name: "a CertificateStatus of TLS 1.2",
    message: message(22, 1, vec24(counting(9, 0))),
    version: "TLSv1.2",
    field: "OCSPResponse",
    value: "a stapled OCSP response of 9 bytes",
  },
  {
    name: "a message of another protocol",
    message: message(77, 1, 2),
    field: "msg_type",
    value: "handshake message 77 (77)",
  },
];

for (const { name, message, version = "TLSv1.3", field, value } of ROWS) {
  Deno.test(`the value of ${name}`, () => {
    const { fields, problem } = dissectHandshake(message, version);
    const found = flat(fields).filter((each) => each.name === field).map((each) => each.value);
    assert(found.includes(value), `${JSON.stringify(found)} ${problem}`);
  });
}

Deno.test("a bad extension is shown as such, and those around it as ever", () => {
  const hello = message(
    1,
    clientHelloHead(),
    vec16(extension(43, vec8(u16(0x0304))), extension(16, vec16(vec8("h2"), 9, "x")), extension(23)),
  );
  const { fields, problem } = dissectHandshake(hello, "TLSv1.3");
  assertEquals(problem, undefined);
  const problems = flat(fields).filter((each) => each.problem !== undefined);
  assertEquals(problems.map((each) => `${each.name}: ${each.problem}`), [
    "protocol_name_list: ProtocolName[1] is cut short",
  ]);
  assertEquals(flat(fields).filter((each) => each.name === "extension_type").length, 3);
});

Deno.test("a list without end is counted where it gets long", () => {
  const suites = message(1, u16(0x0303), counting(32, 0), vec8(), vec16(new Uint8Array(60_000)), vec8(0));
  const value =
    flat(dissectHandshake(suites, "TLSv1.3").fields).find(({ name }) => name === "cipher_suites")?.value ??
      "";
  assert(value.endsWith(" and 29936 more") && value.length < 3_000, value);
  const certificates = message(
    11,
    vec8(),
    vec24(...Array.from({ length: 10_000 }, () => bytes(vec24(0), vec16()))),
  );
  const all = flat(dissectHandshake(certificates, "TLSv1.3").fields);
  assert(all.length < MAX_EXPLAINED_FIELDS, `${all.length}`);
  assert(all.some(({ name, value }) => name === "..." && value.startsWith("more entries: ")));
});
