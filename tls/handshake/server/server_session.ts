/**
 * A server's session, from which a client can resume, and its form as bytes.
 *
 * ```
 * struct {
 *     uint8 version = 4;
 *     CipherSuite suite;               // whose hash the PSK goes with
 *     opaque psk<32..48>;
 *     uint64 issued;                   // milliseconds since 1970
 *     uint32 age_add;
 *     uint32 max_early_data_size;      // 0: the ticket allows none
 *     opaque alpn_protocol<0..255>;    // empty: none was selected
 *     uint64 authenticated;            // milliseconds since 1970
 *     opaque identity[32];             // SHA-256 of the server's chain
 *     opaque server_name<0..2^16-1>;   // empty: the client sent none
 *     CertificateType type;            // of the client's chain
 *     Certificate chain<0..2^24-1>;    // opaque<1..2^24-1> each: the client's chain, or its raw public key
 * } Session;
 * ```
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import { CertificateType, type CertificateTypeName } from "../../wire/numbers.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import type { AuthenticatedClient } from "./authenticate_client.ts";

/** A session of TLS 1.3 that can be resumed. */
export interface ServerSession extends SessionIdentity {
  /** Number of its cipher suite. */
  readonly suite: number;
  /** The ticket's PSK (RFC 9846 §4.7.1). */
  readonly psk: Uint8Array;
  /** When its ticket was sent, in milliseconds since 1970. */
  readonly issued: number;
  /** `ticket_age_add` of the ticket. */
  readonly ageAdd: number;
  /** Early data that the ticket allows, in bytes. */
  readonly maxEarlyDataSize: number;
  /** The protocol that ALPN selected. */
  readonly alpnProtocol?: string;
}

/** What a session of either version says of its two ends. */
export interface SessionIdentity {
  /** Time of the full handshake that it goes back to, in milliseconds since 1970. */
  readonly authenticated: number;
  /** The server's identity then: the SHA-256 of its chain. */
  readonly identity: Uint8Array;
  /** The SNI of the connection, in lower case. */
  readonly serverName?: string;
  /** The client's chain in DER, end entity first; empty: it sent none. */
  readonly clientChain: readonly Uint8Array[];
  /** The type of `clientChain`, which may be a raw public key alone. Default: X509. */
  readonly clientCertificateType?: CertificateTypeName;
}

/** A client, as a session has it. */
export function sessionClient(
  { chain, rawPublicKey }: Pick<AuthenticatedClient, "chain" | "rawPublicKey">,
): Pick<SessionIdentity, "clientChain" | "clientCertificateType"> {
  if (rawPublicKey === undefined) return { clientChain: chain.map(({ der }) => der) };
  return { clientChain: [rawPublicKey], clientCertificateType: "RawPublicKey" };
}

const VERSION = 4;
const IDENTITY_LENGTH = 32;

/** The bytes of a session. */
export function encodeSession(session: ServerSession): Uint8Array {
  const writer = new Writer();
  writer.u8(VERSION);
  writer.u16(session.suite);
  writer.vector8(() => writer.bytes(session.psk));
  writeTime(writer, session.issued);
  writer.u32(session.ageAdd);
  writer.u32(session.maxEarlyDataSize);
  // A protocol's name has one character a byte.
  writer.vector8(() => writer.bytes(Uint8Array.from(session.alpnProtocol ?? "", (c) => c.charCodeAt(0))));
  writeIdentity(writer, session);
  return writer.take();
}

/** Writes the second half of a session. */
export function writeIdentity(writer: Writer, session: SessionIdentity): void {
  writeTime(writer, session.authenticated);
  writer.bytes(session.identity);
  writer.vector16(() => writer.bytes(new TextEncoder().encode(session.serverName ?? "")));
  writer.u8(CertificateType[session.clientCertificateType ?? "X509"]);
  writer.vector24(() => {
    for (const certificate of session.clientChain) writer.vector24(() => writer.bytes(certificate));
  });
}

function writeTime(writer: Writer, milliseconds: number): void {
  writer.u32(Math.floor(milliseconds / 2 ** 32));
  writer.u32(milliseconds % 2 ** 32);
}

function readTime(reader: Reader): number {
  return reader.u32() * 2 ** 32 + reader.u32();
}

/** Decodes a session; `undefined` for bytes of another form: a store may hold sessions of an older version. */
export function decodeSession(bytes: Uint8Array): ServerSession | undefined {
  return decodeWith(bytes, readSession);
}

/** Decodes a session by a function; `undefined` where it finds another form. */
export function decodeWith<Session>(
  bytes: Uint8Array,
  read: (reader: Reader) => Session | undefined,
): Session | undefined {
  try {
    return read(new Reader(bytes, "a session"));
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

function readSession(reader: Reader): ServerSession | undefined {
  if (reader.u8() !== VERSION) return undefined;
  const suite = reader.u16();
  const psk = reader.opaque8(32, 48);
  const issued = readTime(reader);
  const ageAdd = reader.u32();
  const maxEarlyDataSize = reader.u32();
  const alpnProtocol = String.fromCharCode(...reader.opaque8());
  return {
    suite,
    psk,
    issued,
    ageAdd,
    maxEarlyDataSize,
    ...(alpnProtocol !== "" && { alpnProtocol }),
    ...readIdentity(reader),
  };
}

/** Reads the second half of a session, which is its end. */
export function readIdentity(reader: Reader): SessionIdentity {
  const authenticated = readTime(reader);
  const identity = reader.bytes(IDENTITY_LENGTH);
  const serverName = new TextDecoder().decode(reader.opaque16());
  const type = reader.u8();
  const isRawPublicKey = type === CertificateType.RawPublicKey;
  const chain = reader.vector24();
  const clientChain: Uint8Array[] = [];
  while (chain.left > 0) clientChain.push(chain.opaque24(1));
  reader.end("a session");
  if (isRawPublicKey ? clientChain.length !== 1 : type !== CertificateType.X509) {
    throw reader.error("decode_error", "its client is of no known type");
  }
  return {
    authenticated,
    identity,
    clientChain,
    ...(isRawPublicKey && { clientCertificateType: "RawPublicKey" }),
    ...(serverName !== "" && { serverName }),
  };
}
