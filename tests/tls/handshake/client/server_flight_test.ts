/** The server's flight behind its ServerHello: what a client refuses of it, row by row. */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import { ExtensionType, SignatureScheme } from "../../../../tls/wire/numbers.ts";
import { type Refusal, testRefusals, UNKNOWN_EXTENSION } from "./client_refusals.ts";
import { clientContext, mintSomeone, play, refusalOf, valueOf } from "./client_support.ts";
import { withExtension } from "./scripted_server_handshake.ts";

const ALPN: Partial<ClientContext> = { alpnProtocols: ["h2"] };

const ROWS: readonly Refusal[] = [
  {
    name: "an extension of EncryptedExtensions that was not asked for",
    deviations: {
      bytes: (type, encoded) =>
        type === "encrypted_extensions" ? withExtension(encoded, 4, UNKNOWN_EXTENSION) : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "bad input 30: an extension of EncryptedExtensions twice",
    deviations: {
      bytes: (type, encoded) =>
        type === "encrypted_extensions"
          ? withExtension(withExtension(encoded, 4, UNKNOWN_EXTENSION), 4, UNKNOWN_EXTENSION)
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
    name: "a signature that was altered",
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
    name: "bytes that are no signature",
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
    name: "bad input 25: a Finished that is the beginning of the right one",
    deviations: { finished: (honest) => ({ ...honest, verifyData: honest.verifyData.subarray(0, -1) }) },
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "bad input 25: a Finished that is the end of the right one",
    deviations: { finished: (honest) => ({ ...honest, verifyData: honest.verifyData.subarray(1) }) },
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "bad input 25: the right Finished and a byte more",
    deviations: {
      finished: (honest) => ({ ...honest, verifyData: Uint8Array.of(...honest.verifyData, 0) }),
    },
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "bad input 25: an empty Finished",
    deviations: { finished: (honest) => ({ ...honest, verifyData: new Uint8Array(0) }) },
    code: "decode_error",
    alert: "decode_error",
  },
];

testRefusals(ROWS);

Deno.test("client refuses: an unsolicited extension of a certificate", async () => {
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

Deno.test("client refuses: a server without the key of its certificate", async () => {
  const [alice, mallory] = [await mintSomeone(), await mintSomeone()];
  const { client } = await play({}, clientContext(), { chain: alice.chain, key: mallory.key });
  refusalOf(client, "bad_signature");
});

Deno.test("client refuses: a flight in which a message is missing", async () => {
  const kinds = ["encryptedExtensions", "certificate", "certificateVerify", "finished"] as const;
  for (const kind of kinds) {
    const { client } = await play({ [kind]: () => undefined });
    assert("error" in client || "stuck" in client, kind);
    if ("error" in client) refusalOf(client, "unexpected_message");
  }
});

Deno.test("client accepts supported_groups in EncryptedExtensions, which are for a later connection", async () => {
  const { client } = await play({
    bytes: (type, encoded) =>
      type === "encrypted_extensions"
        ? withExtension(encoded, 4, ExtensionType.supported_groups, Uint8Array.of(0, 2, 0, 0x1d))
        : encoded,
  });
  assertEquals(valueOf(client).facts.handshakeKind, "full");
});
