/**
 * What a server must not say to a client, row by row.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { alertFor, type TlsErrorCode } from "../../../../tls/error/tls_error.ts";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import type { AlertName } from "../../../../tls/error/alert_description.ts";
import type { ServerHello } from "../../../../tls/wire/messages.ts";
import { ExtensionType, NamedGroup, SignatureScheme } from "../../../../tls/wire/numbers.ts";
import { clientContext, mintSomeone, play, refusalOf, suiteOf } from "./client_support.ts";
import { type Deviations, retryFor, withExtension } from "./scripted_server_handshake.ts";

interface Row {
  readonly name: string;
  readonly deviations: Deviations;
  readonly context?: Partial<ClientContext>;
  readonly code: TlsErrorCode;
  readonly alert: AlertName;
  readonly message?: RegExp;
}

const SUITE = suiteOf("TLS_AES_128_GCM_SHA256");
const GCM_256 = suiteOf("TLS_AES_256_GCM_SHA384");
/** Clients of these rows do not have the third suite. */
const TWO_SUITES: Partial<ClientContext> = { suites: [SUITE, GCM_256] };
const ALPN: Partial<ClientContext> = { alpnProtocols: ["h2"] };
const STRANGER = 0xfaf0;

function hello(changes: Partial<ServerHello>): Deviations {
  return { serverHello: (honest) => ({ ...honest, ...changes }) };
}

/** A ServerHello whose TLS 1.3 extensions are gone: TLS 1.2, with that end of the random. */
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

function keyShare(group: number, keyExchange: Uint8Array): Deviations {
  return hello({ keyShare: { group, keyExchange } });
}

function retry(changes: Partial<ServerHello>): Deviations {
  return { retries: [retryFor("secp384r1", SUITE, changes)] };
}

const HELLO_ROWS: readonly Row[] = [
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
    message: /asks for compression/,
  },
  {
    name: "bad input 27: a session nobody offered",
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
    name: "bad input 28: TLS 1.2 by a server that could TLS 1.3",
    deviations: olderHello("DOWNGRD\x01"),
    code: "downgrade_detected",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 28: TLS 1.1 by a server that could TLS 1.3",
    deviations: olderHello("DOWNGRD\x00", 0x0302),
    code: "downgrade_detected",
    alert: "illegal_parameter",
  },
  {
    name: "TLS 1.2 by a server that has nothing newer",
    deviations: olderHello("DOWNGRD\x02"),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
    message: /chose TLS 1\.2, and only TLS 1\.3 is enabled/,
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
      bytes: (type, encoded) => type === "server_hello" ? withExtension(encoded, 74, STRANGER) : encoded,
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

const RETRY_ROWS: readonly Row[] = [
  {
    name: "bad input 29: a second HelloRetryRequest",
    deviations: { retries: [retryFor("secp384r1", SUITE), retryFor("secp256r1", SUITE)] },
    code: "unexpected_message",
    alert: "unexpected_message",
    message: /second/,
  },
  {
    name: "bad input 29: a HelloRetryRequest that asks for nothing",
    deviations: {
      retries: [(client) => {
        const { selectedGroup: _, ...request } = retryFor("x25519", SUITE)(client);
        return { ...request, extensionOrder: [ExtensionType.supported_versions] };
      }],
    },
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest for a group whose key share it has",
    deviations: { retries: [retryFor("x25519", SUITE)] },
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest for a group that was not offered",
    deviations: retry({ selectedGroup: 0x0100 }),
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest with another session ID",
    deviations: retry({ sessionId: new Uint8Array(32) }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with a suite that was not offered",
    deviations: retry({ cipherSuite: 0x1303 }),
    context: TWO_SUITES,
    code: "unoffered_cipher_suite",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with compression",
    deviations: retry({ compressionMethod: 1 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest of TLS 1.2",
    deviations: retry({ selectedVersion: 0x0303 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with an extension that was not asked for",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      bytes: (type, encoded) =>
        type === "hello_retry_request" ? withExtension(encoded, 74, STRANGER) : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "a ServerHello with another suite than the HelloRetryRequest before it",
    deviations: { retries: [retryFor("secp384r1", SUITE)], ...hello({ cipherSuite: GCM_256.id }) },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a ServerHello with another group than the HelloRetryRequest before it",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      ...keyShare(NamedGroup.x25519, new Uint8Array(32).fill(9)),
    },
    code: "unoffered_group",
    alert: "illegal_parameter",
  },
];

const LATER_ROWS: readonly Row[] = [
  {
    name: "an extension of EncryptedExtensions that was not asked for",
    deviations: {
      bytes: (type, encoded) =>
        type === "encrypted_extensions" ? withExtension(encoded, 4, STRANGER) : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "bad input 30: an extension of EncryptedExtensions twice",
    deviations: {
      bytes: (type, encoded) =>
        type === "encrypted_extensions"
          ? withExtension(withExtension(encoded, 4, STRANGER), 4, STRANGER)
          : encoded,
    },
    code: "duplicate_extension",
    alert: "illegal_parameter",
  },
  {
    name: "ALPN, which was not asked for",
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        alpnProtocol: "h2",
        extensionOrder: [ExtensionType.application_layer_protocol_negotiation],
      }),
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "bad input 27: a protocol that was not offered",
    context: ALPN,
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        alpnProtocol: "h3",
        extensionOrder: [ExtensionType.application_layer_protocol_negotiation],
      }),
    },
    code: "unoffered_application_protocol",
    alert: "illegal_parameter",
    message: /"h3", which was not offered/,
  },
  {
    name: "an answer to a server_name that was not sent",
    context: { enableSni: false },
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        serverNameAcknowledged: true,
        extensionOrder: [ExtensionType.server_name],
      }),
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "early data accepted that was not offered",
    deviations: {
      encryptedExtensions: (honest) => ({
        ...honest,
        earlyData: true,
        extensionOrder: [ExtensionType.early_data],
      }),
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "no EncryptedExtensions",
    deviations: { encryptedExtensions: () => undefined },
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "a CertificateRequest with a context",
    deviations: {
      certificateRequest: {
        type: "certificate_request",
        context: Uint8Array.of(1),
        signatureAlgorithms: [SignatureScheme.ed25519],
        extensionOrder: [ExtensionType.signature_algorithms],
      },
    },
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "a CertificateRequest without signature_algorithms",
    deviations: {
      certificateRequest: { type: "certificate_request", context: new Uint8Array(0), extensionOrder: [] },
    },
    code: "missing_extension",
    alert: "missing_extension",
  },
  {
    name: "bad input 37: no certificates",
    deviations: { certificate: (honest) => ({ ...honest, entries: [] }) },
    code: "no_certificate",
    alert: "decode_error",
  },
  {
    name: "a Certificate with a context",
    deviations: { certificate: (honest) => ({ ...honest, context: Uint8Array.of(1) }) },
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "no Certificate at all",
    deviations: { certificate: () => undefined, certificateVerify: () => undefined },
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "a Certificate without CertificateVerify",
    deviations: { certificateVerify: () => undefined },
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 39: a signature scheme that was not offered",
    deviations: { certificateVerify: (honest) => ({ ...honest, scheme: 0x0203 }) },
    code: "unoffered_signature_scheme",
    alert: "illegal_parameter",
    message: /scheme 0x0203, which was not offered/,
  },
  {
    name: "bad input 39: RSA PKCS#1, which is for certificates",
    deviations: { certificateVerify: (honest) => ({ ...honest, scheme: SignatureScheme.rsa_pkcs1_sha256 }) },
    code: "unoffered_signature_scheme",
    alert: "illegal_parameter",
    message: /may not sign/,
  },
  {
    name: "a signature scheme for another kind of key",
    deviations: {
      certificateVerify: (honest) => ({ ...honest, scheme: SignatureScheme.rsa_pss_rsae_sha256 }),
    },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a signature scheme for another curve",
    deviations: {
      certificateVerify: (honest) => ({ ...honest, scheme: SignatureScheme.ecdsa_secp384r1_sha384 }),
    },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a signature over something else",
    deviations: {
      certificateVerify: (honest) => {
        const signature = honest.signature.slice();
        signature[10] = (signature[10] ?? 0) ^ 1;
        return { ...honest, signature };
      },
    },
    code: "bad_signature",
    alert: "decrypt_error",
  },
  {
    name: "a signature that is none",
    deviations: { certificateVerify: (honest) => ({ ...honest, signature: Uint8Array.of(1, 2, 3) }) },
    code: "bad_signature",
    alert: "decrypt_error",
  },
  {
    name: "bad input 25: a wrong Finished",
    deviations: {
      finished: (honest) => ({ ...honest, verifyData: honest.verifyData.map((byte) => byte ^ 1) }),
    },
    code: "bad_finished",
    alert: "decrypt_error",
  },
  {
    name: "a Finished that is cut short",
    deviations: { finished: (honest) => ({ ...honest, verifyData: honest.verifyData.subarray(1) }) },
    code: "bad_finished",
    alert: "decrypt_error",
  },
];

for (
  const { name, deviations, context = {}, code, alert, message } of [
    ...HELLO_ROWS,
    ...RETRY_ROWS,
    ...LATER_ROWS,
  ]
) {
  Deno.test(`client refuses: ${name}`, async () => {
    const { client } = await play(deviations, clientContext(context));
    const error = refusalOf(client, code);
    assertEquals(alertFor(error), alert);
    if (message !== undefined) assertMatch(error.message, message);
    assertMatch(error.message, /^Cannot [a-z]+ .*[^.]$/);
  });
}

Deno.test("client refuses: a certificate's extension that was not asked for", async () => {
  const { client } = await play({
    // The entry's extensions are the last thing in the message: 00 00 becomes one extension of no length.
    bytes: (type, encoded) => {
      if (type !== "certificate") return encoded;
      const longer = concat([
        encoded.subarray(0, -2),
        Uint8Array.of(0, 4, 0, ExtensionType.signed_certificate_timestamp, 0, 0),
      ]);
      const view = new DataView(longer.buffer);
      view.setUint16(2, longer.length - 4); // the message's length
      view.setUint16(6, longer.length - 8); // certificate_list's
      return longer;
    },
  });
  refusalOf(client, "unsupported_extension");
});

Deno.test("client refuses: a server that does not have the key of the certificate it shows", async () => {
  const [alice, mallory] = [await mintSomeone(), await mintSomeone()];
  const { client } = await play({}, clientContext(), { chain: alice.chain, key: mallory.key });
  refusalOf(client, "bad_signature");
});

Deno.test("client refuses: messages of a server that come out of turn, each in place of each", async () => {
  const kinds = ["encryptedExtensions", "certificate", "certificateVerify", "finished"] as const;
  for (const kind of kinds) {
    const { client } = await play({ [kind]: () => undefined });
    assert("error" in client || "stuck" in client, kind);
    if ("error" in client) refusalOf(client, "unexpected_message");
  }
});

Deno.test("client refuses: an old server gets a hint, a tampered one another", async () => {
  const old = refusalOf((await play(olderHello("12345678"))).client, "unsupported_protocol_version");
  assertMatch(old.hint ?? "", /DenoTls/);
  const tampered = refusalOf((await play(olderHello("DOWNGRD\x01"))).client, "downgrade_detected");
  assertMatch(tampered.hint ?? "", /proxy/);
});
