/**
 * What is said on one connection, and what is checked of it.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import type { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { parsePemCertificates } from "../../../io/pem.ts";
import type { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { CipherSuiteId, NamedGroup, ProtocolVersion, SignatureScheme } from "../../../tls/wire/numbers.ts";
import { checkEarlyData, firstWords, speakEarly } from "./early_data.ts";
import { checkEch } from "./ech.ts";
import type { Flags } from "./flags.ts";
import { flush } from "./transport.ts";

type Connection = ClientConnection | ServerConnection;

/** What goes beyond the flags. */
export interface Surroundings {
  readonly isResumption: boolean;
  /** The flags that hold from where early data is refused. */
  readonly retry: Flags;
  /** Called when the client has sent its ClientHello. */
  afterOffer(): void;
  /** Whether the last ticket allows early data. */
  ticketAllowsEarlyData(): boolean;
  /** The connection's secrets, by their labels in the key log. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** The credential that has signed, by its place; -1 is the default one. */
  selectedCredential(): number | undefined;
}

/** The lengths that `-write-different-record-sizes` is about. */
const DIFFERENT_SIZES = [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769];

/** The whole conversation. @throws when it goes another way than the flags say. */
export async function converse(
  connection: Connection,
  io: Deno.Conn,
  given: Flags,
  surroundings: Surroundings,
): Promise<void> {
  let flags = given;
  let gotSession = false;
  const early = await speakEarly(connection, io, flags);
  surroundings.afterOffer();
  for await (const event of events(connection, io, flags)) {
    switch (event.type) {
      case "key_update":
        continue;
      case "established":
        if (surroundings.isResumption) checkEarlyData(connection, flags);
        if (!given.server && connection.facts?.earlyDataAccepted === false) flags = surroundings.retry;
        await checkHandshake(connection, flags, surroundings);
        await speakFirst(connection, flags, surroundings, early);
        if (flags.shimShutsDown) {
          await connection.sendCloseNotify();
          await flush(connection, io);
          if (!flags.checkCloseNotify) return;
        } else if (flags.keyUpdateBeforeRead) {
          await connection.refreshTrafficKeys(false);
        } else if (flags.readWithUnfinishedWrite) {
          await flush(connection, io);
          await connection.send(firstWords(flags));
          continue; // it stays where it is while the peer is read
        }
        break;
      case "early_data":
      case "data":
        if (flags.keyUpdate) await connection.refreshTrafficKeys(false);
        await connection.send(event.data.map((byte) => byte ^ 0xff));
        if (flags.keyUpdateBeforeRead) await connection.refreshTrafficKeys(false);
        break;
      case "session_ticket":
        gotSession = true;
        break;
    }
    await flush(connection, io);
  }
  if (flags.expectTicketSupportsEarlyData) {
    expect("early data of the ticket", surroundings.ticketAllowsEarlyData(), true);
  }
  const isTls13 = connection.facts?.protocolVersion === "TLSv1.3";
  if (!flags.server && !flags.shimShutsDown && isTls13) expect("ticket", gotSession, !flags.expectNoSession);
  await connection.sendCloseNotify();
  await flush(connection, io);
}

/** Every event; the end without close_notify is one like any other, unless the test is about just that. */
async function* events(connection: Connection, io: Deno.Conn, flags: Flags): AsyncGenerator<TlsEvent> {
  const buffer = new Uint8Array(64 * 1024);
  while (!connection.closed) {
    let event: TlsEvent | undefined;
    try {
      event = await connection.next();
    } catch (error) {
      const ended = error instanceof TlsError && error.code === "unexpected_eof";
      if (!ended || connection.isHandshaking || flags.checkCloseNotify) throw error;
      return;
    }
    // What reading makes necessary to send leaves with what is sent next, as in a stream.
    if (connection.isHandshaking) await flush(connection, io);
    if (event !== undefined) {
      yield event;
      continue;
    }
    const count = await io.read(buffer);
    if (count === null) connection.receiveEnd();
    else connection.receive(buffer.slice(0, count));
  }
}

/** What the shim says without being spoken to. */
async function speakFirst(
  connection: Connection,
  flags: Flags,
  { secrets }: Surroundings,
  early: number,
): Promise<void> {
  const { exportKeyingMaterial: length = 0, exportLabel = "", exportContext = "" } = flags;
  if (length > 0) {
    // TLS 1.2 tells no context from an empty one.
    const context = flags.useExportContext ? new TextEncoder().encode(exportContext) : undefined;
    await connection.send(await connection.exportKeyingMaterial(length, exportLabel, context));
  }
  if (flags.exportTrafficSecrets) {
    const client = secrets.get("CLIENT_TRAFFIC_SECRET_0") ?? new Uint8Array(0);
    const server = secrets.get("SERVER_TRAFFIC_SECRET_0") ?? new Uint8Array(0);
    const [read, write] = flags.server ? [client, server] : [server, client];
    await connection.send(concat([Uint8Array.of(read.length, read.length >> 8), read, write]));
  }
  if (flags.writeDifferentRecordSizes) {
    for (const size of DIFFERENT_SIZES) await connection.send(new Uint8Array(size).fill(0x42));
  } else if (flags.shimWritesFirst) {
    const rest = firstWords(flags).subarray(early);
    if (rest.length > 0) await connection.send(rest);
  }
}

async function checkHandshake(
  connection: Connection,
  flags: Flags,
  { isResumption, selectedCredential }: Surroundings,
): Promise<void> {
  const { facts } = connection;
  if (facts === undefined) throw new Error("the handshake is not done");
  const { peerRawPublicKey } = facts;
  const { peerSignatureScheme, peerCertificates, ocspResponse, serverName, alpnProtocol } = facts;
  const scheme = peerSignatureScheme === undefined ? undefined : SignatureScheme[peerSignatureScheme];
  const retried = facts.handshakeKind.endsWith("hello_retry_request");
  checkEch(facts, flags);
  expect("version", ProtocolVersion[facts.protocolVersion], flags.expectVersion);
  expect("resumption", facts.resumed, isResumption && !flags.expectSessionMiss);
  expect("group", NamedGroup[facts.keyExchangeGroup], flags.expectCurveId);
  const suite = CipherSuiteId[facts.cipherSuite];
  expect("cipher suite", suite, flags.expectCipher);
  // Whether there is hardware for AES is not looked at here.
  if (suite !== flags.expectCipherNoAes) expect("cipher suite", suite, flags.expectCipherAes);
  if (!isResumption) expect("peer's signature scheme", scheme, flags.expectPeerSignatureAlgorithm);
  expect("server name", serverName, flags.expectServerName);
  expect("protocol", alpnProtocol ?? "", (flags.server ? flags.selectAlpn : flags.expectAlpn) ?? "");
  if (!isResumption) expect("credential", selectedCredential() ?? -1, flags.expectSelectedCredential);
  if (flags.expectHrr) expect("retried", retried, true);
  if (flags.expectNoHrr) expect("retried", retried, false);
  if (flags.expectOcspResponse !== undefined) {
    expect("OCSP response", hex(ocspResponse), hex(decodeBase64(flags.expectOcspResponse)));
  }
  if (flags.expectPeerCertFile !== undefined) {
    const chain = parsePemCertificates(await Deno.readTextFile(flags.expectPeerCertFile));
    expect("chain", peerCertificates.map(({ der }) => hex(der)).join(), chain.map(hex).join());
  }
  expect("certificate type", peerRawPublicKey === undefined ? 0 : 2, flags.expectPeerCertificateType);
  if (flags.expectPeerRpkSha256 !== undefined) {
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(peerRawPublicKey ?? []));
    expect("raw public key", hex(new Uint8Array(digest)), hex(decodeBase64(flags.expectPeerRpkSha256)));
  }
  if (flags.expectNoPeerCert) expect("number of certificates", peerCertificates.length, 0);
  else if (!flags.server || flags.requireAnyClientCertificate) {
    expect("certificate", peerCertificates.length > 0 || peerRawPublicKey !== undefined, true);
  }
}

function hex(bytes: Uint8Array = new Uint8Array(0)): string {
  return encodeHex(bytes);
}

function expect<T>(what: string, actual: T, expected: T | undefined): void {
  if (expected !== undefined && actual !== expected) {
    throw new Error(`unexpected ${what}: ${actual} instead of ${expected}`);
  }
}
