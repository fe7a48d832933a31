/**
 * Versions of TLS that are not spoken here, asked for by a ClientHello that is never followed by anything: whether a
 * server would speak them is in its first answer.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { closeQuietly } from "../../io/duplex.ts";
import type { Prober } from "./prober.ts";

/** Versions that no server should speak (RFC 8996, RFC 7568), newest first. */
export const OLD_VERSIONS = { "TLSv1.1": 0x0302, "TLSv1.0": 0x0301, "SSLv3": 0x0300 } as const;
/** A version that no server should speak. */
export type OldVersion = keyof typeof OLD_VERSIONS;

/**
 * Whether the server agrees to a version.
 *
 * @returns `undefined` where there was no answer.
 */
export async function speaks(prober: Prober, version: OldVersion): Promise<boolean | undefined> {
  try {
    const io = await prober.dial();
    try {
      const hello = oldClientHello(OLD_VERSIONS[version], prober.target.hostname);
      for (let sent = 0; sent < hello.length;) sent += await io.write(hello.subarray(sent));
      return await answersWith(OLD_VERSIONS[version], io, prober.milliseconds);
    } finally {
      closeQuietly(io);
    }
  } catch {
    return undefined;
  }
}

/** Reads the first record: a ServerHello of the version is a yes, another, an alert or an end is a no. */
async function answersWith(
  version: number,
  io: { read(into: Uint8Array): Promise<number | null>; close(): void },
  milliseconds: number,
): Promise<boolean | undefined> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    closeQuietly(io);
  }, milliseconds);
  const head = new Uint8Array(SERVER_HELLO_HEAD_BYTES);
  let length = 0;
  try {
    while (length < head.length) {
      const count = await io.read(head.subarray(length));
      if (count === null) return false;
      length += count;
      if (head[0] !== HANDSHAKE) return false;
    }
    return head[5] === SERVER_HELLO && (head[9] ?? 0) * 0x100 + (head[10] ?? 0) === version;
  } catch {
    return isLate ? undefined : false; // servers reset connections that they do not want
  } finally {
    clearTimeout(timer);
  }
}

/** A ClientHello (RFC 4346 §7.4.1.2) of a client that speaks this version and none newer. */
export function oldClientHello(version: number, hostname: string): Uint8Array {
  const isName = !/^[0-9.]+$|:/.test(hostname);
  const extensions = concat([
    ...(isName ? [extension(0x0000, sized(2, concat([Uint8Array.of(0), sized(2, ascii(hostname))])))] : []),
    extension(0x000a, sized(2, uint16s([0x001d, 0x0017, 0x0018, 0x0019]))), // X25519, P-256, P-384, P-521
    extension(0x000b, Uint8Array.of(1, 0)), // uncompressed points
  ]);
  const body = concat([
    uint16s([version]),
    crypto.getRandomValues(new Uint8Array(32)),
    Uint8Array.of(0), // no session
    sized(2, uint16s(OLD_SUITES)),
    Uint8Array.of(1, 0), // no compression
    ...(version === OLD_VERSIONS.SSLv3 ? [] : [sized(2, extensions)]),
  ]);
  const message = concat([Uint8Array.of(CLIENT_HELLO), sized(3, body)]);
  const recordVersion = Math.min(version, OLD_VERSIONS["TLSv1.0"]);
  return concat([Uint8Array.of(HANDSHAKE), uint16s([recordVersion]), sized(2, message)]);
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return concat([uint16s([type]), sized(2, content)]);
}

/** The bytes behind their length. */
function sized(lengthBytes: number, content: Uint8Array): Uint8Array {
  const length = Uint8Array.from(
    { length: lengthBytes },
    (_, i) => content.length >> 8 * (lengthBytes - 1 - i),
  );
  return concat([length, content]);
}

function uint16s(numbers: readonly number[]): Uint8Array {
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff]));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** Record header, message header, version: as far as the answer has to be read. */
const SERVER_HELLO_HEAD_BYTES = 11;
/** ECDHE and RSA with AES-CBC or 3DES: what servers of those versions have. */
const OLD_SUITES: readonly number[] = [
  ...[0xc00a, 0xc009, 0xc014, 0xc013], // TLS_ECDHE_{ECDSA,RSA}_WITH_AES_{256,128}_CBC_SHA (RFC 8422)
  ...[0x0039, 0x0033, 0x0035, 0x002f, 0x000a], // TLS_{DHE_RSA,RSA}_WITH_AES_*_CBC_SHA, 3DES (RFC 5246)
  0x00ff, // TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746)
];
