/**
 * A client's session as bytes, for stores outside of the process.
 *
 * ```text
 * struct {
 *     uint8 format = 2;
 *     opaque policy<1..2^8-1>;             // trust policy of the config
 *     ProtocolVersion version;
 *     opaque server_name<1..2^8-1>;
 *     CipherSuite suite;
 *     NamedGroup group;
 *     opaque ticket<0..2^16-1>;
 *     uint64 received, authenticated, expires;  // milliseconds since 1970
 *     select (version) {
 *         case TLS 1.3: opaque psk<32..48>; uint32 ticket_age_add;
 *                       uint32 max_early_data_size;      // 0: none
 *                       ProtocolName alpn<0..2^8-1>;     // empty: none
 *         case TLS 1.2: opaque main_secret[48]; opaque session_id<0..32>;
 *     }
 *     CertificateType server_type;
 *     Certificate server_chain<1..2^24-1>; // opaque<1..2^24-1> each, or a raw public key alone
 *     opaque ocsp_response<0..2^24-1>;     // empty: there was none
 *     uint8 asked;                         // 1: there was a CertificateRequest, and the rest follows
 *     SignatureScheme schemes<0..2^16-2>;
 *     DistinguishedName authorities<0..2^16-1>;
 *     CertificateType client_type;
 *     Certificate client_chain<0..2^24-1>; // likewise
 * } SerializedSession;
 * ```
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import { HASH_LENGTH } from "../crypto/hkdf.ts";
import { MAIN_SECRET_LENGTH } from "../crypto/tls12_suites.ts";
import { TlsError } from "../error/tls_error.ts";
import {
  MAX_AUTHENTICATION_AGE_SECONDS,
  MAX_PEER_CERTIFICATES,
  MAX_TICKET_BYTES,
  MAX_TICKET_LIFETIME_SECONDS,
} from "../limits.ts";
import { MAX_SESSION_ID_BYTES } from "../wire/client_hello.ts";
import { latin1, readNumbers, writeLatin1, writeNumbers } from "../wire/lists.ts";
import {
  CertificateType,
  type CertificateTypeName,
  CipherSuiteId,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
  ProtocolVersion,
} from "../wire/numbers.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { PeerCertificate } from "../x509/peer_certificate.ts";
import type { IdentityAnswer, StoredSessionFacts } from "./session_facts.ts";

/** The bytes of a session, secrets included. */
export function serializeSession(facts: StoredSessionFacts): Uint8Array {
  const writer = new Writer();
  writer.u8(FORMAT);
  writer.vector8(() => writer.bytes(facts.policy()));
  writer.u16(ProtocolVersion[facts.protocolVersion]);
  writer.vector8(() => writeLatin1(writer, facts.serverName));
  writer.u16(facts.suite.id);
  writer.u16(NamedGroup[facts.keyExchangeGroup]);
  writer.vector16(() => writer.bytes(facts.ticket));
  for (const time of [facts.received, facts.authenticated, facts.expires]) writeTime(writer, time);
  if (facts.protocolVersion === "TLSv1.3") {
    writer.vector8(() => writer.bytes(facts.psk));
    writer.u32(facts.ageAdd);
    writer.u32(facts.maxEarlyDataSize ?? 0);
    writer.vector8(() => writeLatin1(writer, facts.alpnProtocol ?? ""));
  } else {
    writer.bytes(facts.mainSecret);
    writer.vector8(() => writer.bytes(facts.sessionId));
  }
  const { rawPublicKey, certificates } = facts;
  writer.u8(CertificateType[rawPublicKey === undefined ? "X509" : "RawPublicKey"]);
  writeChain(
    writer,
    rawPublicKey === undefined
      ? certificates.map((each) => each instanceof PeerCertificate ? each.der : each)
      : [rawPublicKey],
  );
  writer.vector24(() => writer.bytes(facts.ocspResponse ?? new Uint8Array(0)));
  writer.u8(facts.identity === undefined ? 0 : 1);
  if (facts.identity !== undefined) writeIdentityAnswer(writer, facts.identity);
  return writer.take();
}

function writeTime(writer: Writer, time: number): void {
  writer.u32(Math.floor(time / 2 ** 32));
  writer.u32(time % 2 ** 32);
}

function writeChain(writer: Writer, chain: readonly Uint8Array[]): void {
  writer.vector24(() => {
    for (const certificate of chain) writer.vector24(() => writer.bytes(certificate));
  });
}

function writeIdentityAnswer(
  writer: Writer,
  { schemes, authorities, certificateType = "X509", chain }: IdentityAnswer,
): void {
  writer.vector16(() => writeNumbers(writer, schemes));
  writer.vector16(() => {
    for (const name of authorities) writer.vector16(() => writer.bytes(name));
  });
  writer.u8(CertificateType[certificateType]);
  writeChain(writer, chain);
}

/**
 * Reads a session.
 *
 * @param bytes They are copied.
 * @returns `undefined` for bytes that are no session, or one that is not known here: of another format, or of a suite or
 * group that this library does not have.
 * @throws {TypeError} for what is no `Uint8Array`: text, or nothing at all, would never be a session, in silence.
 */
export function deserializeSession(bytes: Uint8Array): StoredSessionFacts | undefined {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("Cannot deserialize a session: it is not a Uint8Array");
  }
  try {
    return readSession(new Reader(copyOf(bytes), "a session"));
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

function readSession(reader: Reader): StoredSessionFacts | undefined {
  if (reader.at("format").u8() !== FORMAT) return undefined;
  const policy = reader.opaque8(1);
  const version = reader.u16();
  const serverName = latin1(reader.opaque8(1));
  const suite = suiteOf(reader.u16(), version);
  const keyExchangeGroup = nameOf(GROUPS, NamedGroup, reader.u16());
  const ticket = reader.opaque16(0, MAX_TICKET_BYTES);
  const [received, authenticated, expires] = [readTime(reader), readTime(reader), readTime(reader)];
  const secrets = readSecrets(reader, version);
  const serverType = readType(reader);
  const chain = readChain(reader);
  const ocspResponse = reader.opaque24();
  const identity = readIdentityAnswer(reader);
  reader.end();
  if (suite === undefined || keyExchangeGroup === undefined || secrets === undefined) return undefined;
  const [rawPublicKey] = serverType === "RawPublicKey" ? chain : [];
  if (chain.length === 0 || chain.length > (rawPublicKey === undefined ? MAX_PEER_CERTIFICATES : 1)) {
    return undefined;
  }
  const facts: StoredSessionFacts = {
    ...secrets,
    owner: undefined,
    policy: () => policy,
    serverName,
    suite,
    keyExchangeGroup,
    ticket,
    received,
    authenticated,
    expires,
    certificates: rawPublicKey === undefined ? chain : [],
    ...(rawPublicKey !== undefined && { rawPublicKey }),
    ...(ocspResponse.length > 0 && { ocspResponse }),
    ...identity,
  };
  return hasPossibleTimes(facts) && canBeOffered(facts) ? facts : undefined;
}

type Secrets =
  | Pick<
    Extract<StoredSessionFacts, { protocolVersion: "TLSv1.3" }>,
    "protocolVersion" | "psk" | "ageAdd" | "maxEarlyDataSize" | "alpnProtocol"
  >
  | Pick<
    Extract<StoredSessionFacts, { protocolVersion: "TLSv1.2" }>,
    "protocolVersion" | "mainSecret" | "sessionId"
  >;

function readSecrets(reader: Reader, version: number): Secrets | undefined {
  if (version === ProtocolVersion["TLSv1.3"]) {
    const [psk, ageAdd, maxEarlyDataSize] = [reader.opaque8(), reader.u32(), reader.u32()];
    const alpnProtocol = latin1(reader.opaque8());
    return {
      protocolVersion: "TLSv1.3",
      psk,
      ageAdd,
      ...(maxEarlyDataSize > 0 && { maxEarlyDataSize }),
      ...(alpnProtocol !== "" && { alpnProtocol }),
    };
  }
  if (version !== ProtocolVersion["TLSv1.2"]) return undefined;
  const mainSecret = reader.bytes(MAIN_SECRET_LENGTH);
  return { protocolVersion: "TLSv1.2", mainSecret, sessionId: reader.opaque8(0, MAX_SESSION_ID_BYTES) };
}

/** The suite of a number; of TLS 1.3 the high byte is 0x13 (RFC 9846 Appendix B.4), and the name says the hash. */
function suiteOf(id: number, version: number): StoredSessionFacts["suite"] | undefined {
  const name = nameOf(SUITES, CipherSuiteId, id);
  const isOfVersion = (id >> 8 === 0x13) === (version === ProtocolVersion["TLSv1.3"]);
  if (name === undefined || !isOfVersion) return undefined;
  return { id, name, hash: name.endsWith("_SHA384") ? "SHA-384" : "SHA-256" };
}

function nameOf<Name extends string>(
  names: readonly Name[],
  numbers: Readonly<Record<Name, number>>,
  number: number,
): Name | undefined {
  return names.find((name) => numbers[name] === number);
}

function readTime(reader: Reader): number {
  return reader.u32() * 2 ** 32 + reader.u32();
}

function readChain(reader: Reader): Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (const list = reader.vector24(); list.left > 0;) chain.push(list.opaque24(1));
  return chain;
}

/** @throws {TlsError} `decode_error` for a type that is not known here. */
function readType(reader: Reader): CertificateTypeName {
  const type = nameOf(TYPES, CertificateType, reader.u8());
  if (type === undefined) throw reader.error("decode_error", "it has an unknown certificate type");
  return type;
}

function readIdentityAnswer(reader: Reader): { readonly identity?: IdentityAnswer } {
  switch (reader.u8()) {
    case 0:
      return {};
    case 1: {
      const schemes = readNumbers(reader.vector16());
      const authorities: Uint8Array[] = [];
      for (const list = reader.vector16(); list.left > 0;) authorities.push(list.opaque16(1));
      const certificateType = readType(reader);
      const chain = readChain(reader);
      return {
        identity: { schemes, authorities, ...(certificateType !== "X509" && { certificateType }), chain },
      };
    }
    default:
      throw reader.error("decode_error", "it neither has an answer to a CertificateRequest nor has none");
  }
}

/** Whether its times are those of a session that was kept: none outlives the limits because its bytes say so. */
function hasPossibleTimes({ received, authenticated, expires }: StoredSessionFacts): boolean {
  return authenticated <= received && received < expires && expires <= LAST_TIME &&
    expires - received <= MAX_TICKET_LIFETIME_SECONDS * 1000 &&
    expires - authenticated <= MAX_AUTHENTICATION_AGE_SECONDS * 1000;
}

/** Whether it has that by which it is offered. */
function canBeOffered(facts: StoredSessionFacts): boolean {
  return facts.protocolVersion === "TLSv1.3"
    ? facts.ticket.length > 0 && facts.psk.length === HASH_LENGTH[facts.suite.hash]
    : facts.ticket.length > 0 || facts.sessionId.length > 0;
}

/** The last time that a `Date` has. */
const LAST_TIME = 8.64e15;

/** Changes with the structure, so that bytes of another version of the library are no session. */
const FORMAT = 2;

const TYPES = Object.keys(CertificateType) as CertificateTypeName[]; // The object has exactly these keys.
const SUITES = Object.keys(CipherSuiteId) as CipherSuiteName[]; // The object has exactly these keys.
const GROUPS = Object.keys(NamedGroup) as NamedGroupName[]; // The object has exactly these keys.
