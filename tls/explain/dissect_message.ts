/**
 * Handshake messages, alerts and ChangeCipherSpec, field by field.
 *
 * No bytes make this throw: what cannot be read is shown as bytes, with the reason.
 *
 * @module
 */

import { HELLO_RETRY_REQUEST_RANDOM } from "../wire/server_hello.ts";
import { equals } from "@std/bytes/equals";
import { formatName } from "../x509/names/distinguished_name.ts";
import { ContentType, HandshakeType } from "../wire/numbers.ts";
import {
  dissectCertificate,
  dissectCompressedCertificate,
  dissectTls12Certificate,
} from "./dissect_certificate.ts";
import { dissectOcspResponse } from "./dissect_ocsp.ts";
import { dissectExtensions } from "./dissect_extensions.ts";
import type { ExplainedField } from "./explained_step.ts";
import { FieldReader, problemOf } from "./field_reader.ts";
import {
  alertText,
  cipherSuiteName,
  enumName,
  groupName,
  messageName,
  signatureSchemeName,
  versionName,
} from "./registry_names.ts";
import { hexPairs, lengthText } from "./visible_text.ts";

/** A message, dissected. */
export interface DissectedMessage {
  readonly name: string;
  readonly fields: readonly ExplainedField[];
  readonly problem?: string;
}

/** The version by whose forms messages are read; before a ServerHello it makes no difference. */
export type MessageVersion = "TLSv1.2" | "TLSv1.3";

/**
 * Dissects a handshake message.
 *
 * @param bytes The message, header included; it may be cut short.
 */
export function dissectHandshake(bytes: Uint8Array, version: MessageVersion): DissectedMessage {
  const type = bytes[0] ?? 0;
  const name = handshakeName(bytes);
  return dissect(bytes, name, (reader) => {
    reader.number("msg_type", 1, (value) => `${name} (${value})`);
    reader.number("length", 3, lengthText);
    const read = version === "TLSv1.2" ? TLS12_BODIES[type] ?? BODIES[type] : BODIES[type];
    if (read !== undefined) read(reader);
    else if (reader.left > 0) reader.rest("body");
  });
}

/** Dissects a Certificate of TLS 1.3 without its header, as it comes out of a CompressedCertificate. */
export function dissectCertificateBody(bytes: Uint8Array): DissectedMessage {
  return dissect(bytes, "Certificate", dissectCertificate);
}

/** Dissects an alert (RFC 9846 §6). */
export function dissectAlert(bytes: Uint8Array): DissectedMessage {
  return dissect(bytes, "Alert", (reader) => {
    reader.number("level", 1, enumName({ 1: "warning", 2: "fatal" }));
    reader.number("description", 1, alertText);
  });
}

/** Dissects a ChangeCipherSpec (RFC 5246 §7.1). */
export function dissectChangeCipherSpec(bytes: Uint8Array): DissectedMessage {
  return dissect(bytes, "ChangeCipherSpec", (reader) => {
    reader.number("type", 1, enumName({ 1: "change_cipher_spec" }));
  });
}

/** Name of a content type of records. */
export function contentTypeName(type: number): string {
  const found = Object.entries(ContentType).find(([, number]) => number === type);
  return found?.[0] ?? `content type ${type}`;
}

function dissect(bytes: Uint8Array, name: string, read: (reader: FieldReader) => void): DissectedMessage {
  const reader = new FieldReader(bytes);
  try {
    read(reader);
    if (reader.left === 0) return { name, fields: reader.fields };
    const problem = `there are ${lengthText(reader.left)} behind its end`;
    reader.rest("unread");
    return { name, fields: reader.fields, problem };
  } catch (error) {
    if (reader.left > 0) reader.rest("unread");
    return { name, fields: reader.fields, problem: problemOf(error) };
  }
}

/** A HelloRetryRequest has the type of a ServerHello, and a random of its own (RFC 9846 §4.2.3). */
function handshakeName(bytes: Uint8Array): string {
  return isHelloRetryRequest(bytes) ? "HelloRetryRequest" : messageName(bytes[0] ?? 0);
}

function isHelloRetryRequest(bytes: Uint8Array): boolean {
  return bytes[0] === HandshakeType.server_hello &&
    equals(bytes.subarray(RANDOM_START, RANDOM_START + RANDOM_LENGTH), HELLO_RETRY_REQUEST_RANDOM);
}

/** Behind the header and legacy_version. */
const RANDOM_START = 6;
const RANDOM_LENGTH = 32;

type ReadBody = (reader: FieldReader) => void;

/** The bodies of the messages of TLS 1.3, and of those that both versions have in one form. */
const BODIES: Readonly<Partial<Record<number, ReadBody>>> = {
  [HandshakeType.client_hello]: readClientHello,
  [HandshakeType.server_hello]: readServerHello,
  [HandshakeType.new_session_ticket]: (reader) => {
    reader.number("ticket_lifetime", 4, secondsText);
    reader.number("ticket_age_add", 4);
    reader.opaque("ticket_nonce", 1);
    reader.opaque("ticket", 2);
    dissectExtensions(reader, "NewSessionTicket");
  },
  [HandshakeType.end_of_early_data]: readNothing,
  [HandshakeType.encrypted_extensions]: (reader) => dissectExtensions(reader, "EncryptedExtensions"),
  [HandshakeType.certificate]: dissectCertificate,
  [HandshakeType.certificate_request]: (reader) => {
    reader.opaque("certificate_request_context", 1);
    dissectExtensions(reader, "CertificateRequest");
  },
  [HandshakeType.certificate_verify]: (reader) => {
    reader.number("algorithm", 2, signatureSchemeName);
    reader.opaque("signature", 2);
  },
  [HandshakeType.finished]: (reader) => void reader.rest("verify_data"),
  [HandshakeType.key_update]: (reader) => {
    reader.number("request_update", 1, enumName({ 0: "update_not_requested", 1: "update_requested" }));
  },
  25: dissectCompressedCertificate,
};

/** The bodies that TLS 1.2 has in a form of its own. */
const TLS12_BODIES: Readonly<Partial<Record<number, ReadBody>>> = {
  [HandshakeType.hello_request]: readNothing,
  [HandshakeType.server_hello_done]: readNothing,
  [HandshakeType.certificate]: dissectTls12Certificate,
  [HandshakeType.new_session_ticket]: (reader) => {
    reader.number("ticket_lifetime_hint", 4, secondsText);
    reader.opaque("ticket", 2);
  },
  [HandshakeType.certificate_request]: readTls12CertificateRequest,
  [HandshakeType.server_key_exchange]: readServerKeyExchange,
  [HandshakeType.client_key_exchange]: (reader) => void reader.opaque("ecdh_Yc", 1),
  [HandshakeType.certificate_status]: (reader) => {
    reader.number("status_type", 1, enumName({ 1: "ocsp" }));
    dissectOcspResponse(reader);
  },
};

/** A message without a body: bytes that are left are behind its end. */
function readNothing(): void {}

/** RFC 9846 §4.2.2 */
function readClientHello(reader: FieldReader): void {
  reader.number("legacy_version", 2, versionName);
  reader.bytes("random", RANDOM_LENGTH, hexPairs);
  reader.opaque("legacy_session_id", 1);
  reader.vector("cipher_suites", 2, (list) => list.numbers(2, cipherSuiteName));
  reader.vector(
    "legacy_compression_methods",
    1,
    (list) => list.numbers(1, enumName({ 0: "null", 1: "DEFLATE" })),
  );
  // Clients before TLS 1.2 may send none at all.
  if (reader.left > 0) dissectExtensions(reader, "ClientHello");
}

/** RFC 9846 §4.2.3 */
function readServerHello(reader: FieldReader): void {
  reader.number("legacy_version", 2, versionName);
  let place: "ServerHello" | "HelloRetryRequest" = "ServerHello";
  reader.bytes("random", RANDOM_LENGTH, (random) => {
    if (!equals(random, HELLO_RETRY_REQUEST_RANDOM)) return hexPairs(random);
    place = "HelloRetryRequest";
    return 'SHA-256 of "HelloRetryRequest": this is one';
  });
  reader.opaque("legacy_session_id_echo", 1);
  reader.number("cipher_suite", 2, cipherSuiteName);
  reader.number("legacy_compression_method", 1, enumName({ 0: "null", 1: "DEFLATE" }));
  if (reader.left > 0) dissectExtensions(reader, place);
}

/** RFC 5246 §7.4.4 */
function readTls12CertificateRequest(reader: FieldReader): void {
  reader.vector("certificate_types", 1, (list) => list.numbers(1, enumName(CLIENT_CERTIFICATE_TYPES)));
  reader.vector("supported_signature_algorithms", 2, (list) => list.numbers(2, signatureSchemeName));
  reader.vector(
    "certificate_authorities",
    2,
    (list) => list.entries((entry, name) => void entry.opaque(`DistinguishedName${name}`, 2, formatName)),
  );
}

/** RFC 8422 §5.4; of another curve type, or without ECDHE, the fields are not known. */
function readServerKeyExchange(reader: FieldReader): void {
  const type = reader.number(
    "curve_type",
    1,
    enumName({ 1: "explicit_prime", 2: "explicit_char2", 3: "named_curve" }),
  );
  if (type !== NAMED_CURVE) return void reader.rest("params");
  reader.number("namedcurve", 2, groupName);
  reader.opaque("point", 1);
  reader.number("algorithm", 2, signatureSchemeName);
  reader.opaque("signature", 2);
}

const NAMED_CURVE = 3;
const CLIENT_CERTIFICATE_TYPES = { 1: "rsa_sign", 2: "dss_sign", 64: "ecdsa_sign" } as const;

function secondsText(seconds: number): string {
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}
