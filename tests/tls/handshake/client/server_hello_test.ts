/** ServerHellos that a client refuses, row by row. */

import { assertMatch } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ExtensionType, NamedGroup } from "../../../../tls/wire/numbers.ts";
import {
  hello,
  keyShare,
  type Refusal,
  SUITE,
  testRefusals,
  TWO_SUITES,
  UNKNOWN_EXTENSION,
} from "./client_refusals.ts";
import { play, refusalOf } from "./client_support.ts";
import { type Deviations, retryFor, withExtension } from "./scripted_server_handshake.ts";

/** A ServerHello of TLS 1.2, with that end of the random. */
function olderHello(tail: string, legacyVersion = 0x0303): Deviations {
  return {
    serverHello: ({ selectedVersion: _, keyShare: __, ...honest }) => ({
      ...honest,
      legacyVersion,
      random: concat([honest.random.subarray(0, 24), new TextEncoder().encode(tail)]),
      extensionOrder: [],
    }),
  };
}

const ROWS: readonly Refusal[] = [
  {
    name: "bad input 27: a suite that does not exist",
    deviations: hello({ cipherSuite: 0x1399 }),
    code: "unoffered_cipher_suite",
    alert: "illegal_parameter",
    message: /cipher suite 0x1399, which was not offered/,
  },
  {
    name: "bad input 27: a suite that was not offered",
    deviations: hello({ cipherSuite: 0x1303 }),
    context: TWO_SUITES,
    code: "unoffered_cipher_suite",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 27: a group that was not offered",
    deviations: keyShare(0x0100, new Uint8Array(32).fill(9)),
    code: "unoffered_group",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 27: a group that was offered without a key share",
    deviations: keyShare(NamedGroup.secp256r1, concat([Uint8Array.of(4), new Uint8Array(64)])),
    code: "unoffered_group",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 27: compression",
    deviations: hello({ compressionMethod: 1 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
    message: /^Cannot accept ServerHello: it asks for compression$/,
  },
  {
    name: "bad input 27: a session that was not offered",
    deviations: {
      serverHello: (honest) => ({
        ...honest,
        preSharedKey: 0,
        extensionOrder: [...honest.extensionOrder, ExtensionType.pre_shared_key],
      }),
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "bad input 27: TLS 1.2 by supported_versions",
    deviations: hello({ selectedVersion: 0x0303 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a version that does not exist by supported_versions",
    deviations: hello({ selectedVersion: 0x0305 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "TLS 1.3 with another legacy_version than TLS 1.2's",
    deviations: hello({ legacyVersion: 0x0304 }),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "bad input 28: TLS 1.2 of a server that knows TLS 1.3",
    deviations: olderHello("DOWNGRD\x01"),
    code: "downgrade_detected",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 28: TLS 1.1 of a server that knows TLS 1.3",
    deviations: olderHello("DOWNGRD\x00", 0x0302),
    code: "downgrade_detected",
    alert: "illegal_parameter",
  },
  {
    name: "TLS 1.2 of a server that has nothing newer",
    deviations: olderHello("DOWNGRD\x02"),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
    message: /chose TLS 1\.2, and only TLS 1\.3 was offered/,
  },
  {
    name: "SSL 3.0",
    deviations: olderHello("12345678", 0x0300),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
    message: /chose SSL 3\.0/,
  },
  {
    name: "another session ID",
    deviations: hello({ sessionId: new Uint8Array(32) }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
    message: /does not echo/,
  },
  {
    name: "no session ID",
    deviations: hello({ sessionId: new Uint8Array(0) }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "no key share",
    deviations: {
      serverHello: ({ keyShare: _, ...honest }) => ({
        ...honest,
        extensionOrder: [ExtensionType.supported_versions],
      }),
    },
    code: "missing_extension",
    alert: "missing_extension",
  },
  {
    name: "an extension of a ServerHello that was not asked for",
    deviations: {
      bytes: (type, encoded) =>
        type === "server_hello" ? withExtension(encoded, 74, UNKNOWN_EXTENSION) : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
    message: /extension 0xfaf0, which was not sent/,
  },
  {
    name: "bad input 30: an extension of a ServerHello twice",
    deviations: {
      bytes: (type, encoded) =>
        type === "server_hello"
          ? withExtension(encoded, 74, ExtensionType.supported_versions, Uint8Array.of(3, 4))
          : encoded,
    },
    code: "duplicate_extension",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 key share of zeros",
    deviations: keyShare(NamedGroup.x25519, new Uint8Array(32)),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 key share that is too short",
    deviations: keyShare(NamedGroup.x25519, new Uint8Array(31).fill(9)),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: a P-256 key share off the curve",
    deviations: {
      retries: [retryFor("secp256r1", SUITE)],
      ...keyShare(NamedGroup.secp256r1, concat([Uint8Array.of(4), new Uint8Array(64).fill(1)])),
    },
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: a P-384 key share that is compressed",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      ...keyShare(NamedGroup.secp384r1, concat([Uint8Array.of(2), new Uint8Array(48).fill(1)])),
    },
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
];

testRefusals(ROWS);

Deno.test("the errors for an old server and for a downgrade have hints", async () => {
  const old = refusalOf((await play(olderHello("12345678"))).client, "unsupported_protocol_version");
  assertMatch(old.hint ?? "", /versions/);
  const tampered = refusalOf((await play(olderHello("DOWNGRD\x01"))).client, "downgrade_detected");
  assertMatch(tampered.hint ?? "", /proxy/);
});
