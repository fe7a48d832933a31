/**
 * A message of every kind and with everything in it that is known, as bytes by hand and as a value.
 *
 * @module
 */

import type { HandshakeMessage } from "../../../tls/wire/messages.ts";
import { bytes, counting, extension, u16, u32, vec16, vec24, vec8 } from "./message_bytes.ts";

/** A message both ways. */
export interface Sample {
  readonly name: string;
  readonly type: number;
  /** What follows the header. */
  readonly body: Uint8Array;
  readonly message: HandshakeMessage;
  /** How long it is without its extensions, where a hello of an older version may end. */
  readonly head?: number;
}

/** A byte string that can be told from others. */
const RANDOM = counting(32, 0x40);
const SESSION_ID = counting(32, 0x80);
const RETRY_RANDOM = bytes(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
  ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
);

/** Up to and without the extensions. */
export function clientHelloHead(): Uint8Array {
  return bytes(u16(0x0303), RANDOM, vec8(SESSION_ID), vec16(u16(0x1a1a, 0x1301, 0x1302)), vec8(0));
}

/** Up to and without the extensions. */
export function serverHelloHead(random: Uint8Array = RANDOM): Uint8Array {
  return bytes(u16(0x0303), random, vec8(SESSION_ID), u16(0x1301), 0);
}

/** The same for a HelloRetryRequest. */
export function retryRequestHead(): Uint8Array {
  return serverHelloHead(RETRY_RANDOM);
}

export const SAMPLES: readonly Sample[] = [
  {
    name: "a ClientHello with everything",
    type: 0x01,
    head: 77,
    body: bytes(
      clientHelloHead(),
      vec16(
        extension(0x002b, vec8(u16(0x2a2a, 0x0304, 0x0303))),
        extension(0x0000, vec16(0, vec16("Example.com"))),
        extension(0x0005, 1, vec16(), vec16()),
        extension(0x000a, vec16(u16(0x3a3a, 0x001d, 0x0017))),
        extension(0x000b, vec8(0)),
        extension(0x000d, vec16(u16(0x0403, 0x0804))),
        extension(0x0010, vec16(vec8("h2"), vec8("\xffx"))),
        extension(0x0013, vec8(2, 0)),
        extension(0x0014, vec8(5, 2)),
        extension(0x0017),
        extension(0x001b, vec8(u16(0x0002, 0x1234))),
        extension(0x0023, "ticket of TLS 1.2"),
        extension(0x003a, 4, 1),
        extension(0x002a),
        extension(0x002c, vec16("cookie")),
        extension(0x002d, vec8(1, 0)),
        extension(0x002f, vec16(vec16(0x30, 0), vec16(0x30, 1, 0))),
        extension(0x0032, vec16(u16(0x0401))),
        extension(0x0033, vec16(u16(0x3a3a), vec16(0), u16(0x001d), vec16(counting(32)))),
        extension(0xff01, vec8()),
        extension(0xfe0d, 0, u16(1, 3), 7, vec16("encapsulated"), vec16("payload")),
        extension(
          0x0029,
          vec16(vec16("first"), u32(0xfedcba98), vec16("2"), u32(0)),
          vec16(vec8(counting(32)), vec8(counting(48))),
        ),
      ),
    ),
    message: {
      type: "client_hello",
      legacyVersion: 0x0303,
      random: RANDOM,
      sessionId: SESSION_ID,
      cipherSuites: [0x1a1a, 0x1301, 0x1302],
      compressionMethods: bytes(0),
      extensions: {
        supportedVersions: [0x2a2a, 0x0304, 0x0303],
        serverName: "Example.com",
        statusRequest: true,
        supportedGroups: [0x3a3a, 0x001d, 0x0017],
        ecPointFormats: bytes(0),
        signatureAlgorithms: [0x0403, 0x0804],
        alpnProtocols: ["h2", "\xffx"],
        extendedMainSecret: true,
        clientCertificateTypes: [2, 0],
        serverCertificateTypes: [5, 2],
        compressCertificate: [0x0002, 0x1234],
        sessionTicket: bytes("ticket of TLS 1.2"),
        ticketRequest: { newSession: 4, resumption: 1 },
        earlyData: true,
        cookie: bytes("cookie"),
        pskKeyExchangeModes: [1, 0],
        certificateAuthorities: [bytes(0x30, 0), bytes(0x30, 1, 0)],
        signatureAlgorithmsCert: [0x0401],
        keyShares: [
          { group: 0x3a3a, keyExchange: bytes(0) },
          { group: 0x001d, keyExchange: counting(32) },
        ],
        renegotiationInfo: bytes(),
        encryptedClientHello: {
          type: "outer",
          kdf: 1,
          aead: 3,
          configId: 7,
          enc: bytes("encapsulated"),
          payload: bytes("payload"),
        },
        preSharedKey: {
          identities: [
            { identity: bytes("first"), obfuscatedTicketAge: 0xfedcba98 },
            { identity: bytes("2"), obfuscatedTicketAge: 0 },
          ],
          binders: [counting(32), counting(48)],
        },
      },
      extensionOrder: [
        ...[0x002b, 0x0000, 0x0005, 0x000a, 0x000b, 0x000d, 0x0010, 0x0013, 0x0014, 0x0017, 0x001b, 0x0023],
        ...[0x003a, 0x002a, 0x002c, 0x002d, 0x002f, 0x0032, 0x0033, 0xff01, 0xfe0d, 0x0029],
      ],
    },
  },
  {
    name: "a ClientHelloInner",
    type: 0x01,
    head: 41,
    body: bytes(
      ...[u16(0x0303), RANDOM, vec8(), vec16(u16(0x1301)), vec8(0)],
      vec16(extension(0xfe0d, 1)),
    ),
    message: {
      type: "client_hello",
      legacyVersion: 0x0303,
      random: RANDOM,
      sessionId: bytes(),
      cipherSuites: [0x1301],
      compressionMethods: bytes(0),
      extensions: { encryptedClientHello: { type: "inner" } },
      extensionOrder: [0xfe0d],
    },
  },
  {
    name: "a ClientHello without a session ID, and no extension but versions",
    type: 0x01,
    head: 41,
    body: bytes(
      ...[u16(0x0303), RANDOM, vec8(), vec16(u16(0x1301)), vec8(0)],
      vec16(extension(0x002b, vec8(u16(0x0304)))),
    ),
    message: {
      type: "client_hello",
      legacyVersion: 0x0303,
      random: RANDOM,
      sessionId: bytes(),
      cipherSuites: [0x1301],
      compressionMethods: bytes(0),
      extensions: { supportedVersions: [0x0304] },
      extensionOrder: [0x002b],
    },
  },
  {
    name: "a ServerHello",
    type: 0x02,
    head: 70,
    body: bytes(
      serverHelloHead(),
      vec16(
        extension(0x002b, u16(0x0304)),
        extension(0x0033, u16(0x001d), vec16(counting(32))),
        extension(0x0029, u16(1)),
      ),
    ),
    message: {
      type: "server_hello",
      legacyVersion: 0x0303,
      random: RANDOM,
      sessionId: SESSION_ID,
      cipherSuite: 0x1301,
      compressionMethod: 0,
      isHelloRetryRequest: false,
      selectedVersion: 0x0304,
      keyShare: { group: 0x001d, keyExchange: counting(32) },
      preSharedKey: 1,
      extensionOrder: [0x002b, 0x0033, 0x0029],
    },
  },
  {
    name: "a HelloRetryRequest",
    type: 0x02,
    head: 70,
    body: bytes(
      retryRequestHead(),
      vec16(
        extension(0x002b, u16(0x0304)),
        extension(0x0033, u16(0x0017)),
        extension(0x002c, vec16("cookie")),
      ),
    ),
    message: {
      type: "server_hello",
      legacyVersion: 0x0303,
      random: RETRY_RANDOM,
      sessionId: SESSION_ID,
      cipherSuite: 0x1301,
      compressionMethod: 0,
      isHelloRetryRequest: true,
      selectedVersion: 0x0304,
      selectedGroup: 0x0017,
      cookie: bytes("cookie"),
      extensionOrder: [0x002b, 0x0033, 0x002c],
    },
  },
  {
    name: "a NewSessionTicket",
    type: 0x04,
    body: bytes(
      u32(7200),
      u32(0xffffffff),
      vec8(1, 2),
      vec16("ticket"),
      vec16(extension(0x002a, u32(16_384))),
    ),
    message: {
      type: "new_session_ticket",
      lifetime: 7200,
      ageAdd: 0xffffffff,
      nonce: bytes(1, 2),
      ticket: bytes("ticket"),
      maxEarlyDataSize: 16_384,
    },
  },
  {
    name: "a NewSessionTicket without a nonce or extensions",
    type: 0x04,
    body: bytes(u32(0), u32(0), vec8(), vec16(0), vec16()),
    message: { type: "new_session_ticket", lifetime: 0, ageAdd: 0, nonce: bytes(), ticket: bytes(0) },
  },
  {
    name: "an EndOfEarlyData",
    type: 0x05,
    body: bytes(),
    message: { type: "end_of_early_data" },
  },
  {
    name: "EncryptedExtensions with everything",
    type: 0x08,
    body: vec16(
      extension(0x0010, vec16(vec8("http/1.1"))),
      extension(0x0000),
      extension(0x0013, 2),
      extension(0x0014, 0),
      extension(0x000a, vec16(u16(0x001d, 0x11ec))),
      extension(0x002a),
      extension(0xfe0d, vec16(u16(0xfe0a), vec16("an older version"))),
      extension(0x003a, 3),
    ),
    message: {
      type: "encrypted_extensions",
      alpnProtocol: "http/1.1",
      serverNameAcknowledged: true,
      clientCertificateType: 2,
      serverCertificateType: 0,
      supportedGroups: [0x001d, 0x11ec],
      earlyData: true,
      retryConfigs: vec16(u16(0xfe0a), vec16("an older version")),
      expectedTickets: 3,
      extensionOrder: [0x0010, 0x0000, 0x0013, 0x0014, 0x000a, 0x002a, 0xfe0d, 0x003a],
    },
  },
  {
    name: "EncryptedExtensions without any",
    type: 0x08,
    body: vec16(),
    message: { type: "encrypted_extensions", extensionOrder: [] },
  },
  {
    name: "a Certificate",
    type: 0x0b,
    body: bytes(
      vec8("context"),
      vec24(
        bytes(vec24("end entity"), vec16(extension(0x0005, 1, vec24("OCSP response")))),
        bytes(vec24("issuer"), vec16()),
      ),
    ),
    message: {
      type: "certificate",
      context: bytes("context"),
      entries: [
        { certificate: bytes("end entity"), ocspResponse: bytes("OCSP response"), extensionOrder: [0x0005] },
        { certificate: bytes("issuer"), extensionOrder: [] },
      ],
    },
  },
  {
    name: "an empty Certificate",
    type: 0x0b,
    body: bytes(vec8(), vec24()),
    message: { type: "certificate", context: bytes(), entries: [] },
  },
  {
    name: "a CertificateRequest with everything",
    type: 0x0d,
    body: bytes(
      vec8("context"),
      vec16(
        extension(0x000d, vec16(u16(0x0403, 0x0807))),
        extension(0x0032, vec16(u16(0x0401))),
        extension(0x002f, vec16(vec16(0x30, 0))),
        extension(0x001b, vec8(u16(0x0001))),
      ),
    ),
    message: {
      type: "certificate_request",
      context: bytes("context"),
      signatureAlgorithms: [0x0403, 0x0807],
      signatureAlgorithmsCert: [0x0401],
      certificateAuthorities: [bytes(0x30, 0)],
      compressCertificate: [0x0001],
      extensionOrder: [0x000d, 0x0032, 0x002f, 0x001b],
    },
  },
  {
    name: "a CompressedCertificate",
    type: 0x19,
    body: bytes(u16(0x0002), 1, u16(2), vec24("compressed")),
    message: {
      type: "compressed_certificate",
      algorithm: 0x0002,
      uncompressedLength: 0x010002,
      compressed: bytes("compressed"),
    },
  },
  {
    name: "a CertificateVerify",
    type: 0x0f,
    body: bytes(u16(0x0403), vec16(counting(70))),
    message: { type: "certificate_verify", scheme: 0x0403, signature: counting(70) },
  },
  {
    name: "a Finished",
    type: 0x14,
    body: counting(32),
    message: { type: "finished", verifyData: counting(32) },
  },
  {
    name: "a KeyUpdate",
    type: 0x18,
    body: bytes(0),
    message: { type: "key_update", updateRequested: false },
  },
  {
    name: "a KeyUpdate that asks for another",
    type: 0x18,
    body: bytes(1),
    message: { type: "key_update", updateRequested: true },
  },
];
