/**
 * The version of HTTP on a plain connection, by its first bytes.
 *
 * @module
 */

import { CLIENT_PREFACE } from "../../http2/protocol.ts";
import type { Duplex } from "../../io/duplex.ts";

/** The first bytes of a connection, and whether they begin HTTP/2. */
export interface Sniffed {
  /** The bytes that were read. */
  readonly first: Uint8Array;
  /** Whether the client speaks HTTP/2 by prior knowledge. */
  readonly http2: boolean;
}

/**
 * Reads until it is certain which version the client speaks.
 *
 * "A client that knows that a server supports HTTP/2 can establish a TCP connection and send the connection preface
 * (Section 3.4) followed by HTTP/2 frames. Servers can identify these connections by the presence of the connection
 * preface." (RFC 9113 §3.3)
 *
 * @throws What the transport rejects with.
 */
export async function isHttp2(io: Duplex): Promise<Sniffed> {
  const bytes = new Uint8Array(MIN_FIRST_READ_BYTES);
  let length = 0;
  while (length < CLIENT_PREFACE.length) {
    const count = await io.read(bytes.subarray(length));
    if (count === null) break;
    if (!(count > 0)) throw new TypeError(`The transport claims to have read ${count} bytes`);
    length += count;
    for (let i = 0; i < length && i < CLIENT_PREFACE.length; i++) {
      if (bytes[i] !== CLIENT_PREFACE[i]) return { first: bytes.subarray(0, length), http2: false };
    }
  }
  return { first: bytes.subarray(0, length), http2: length >= CLIENT_PREFACE.length };
}

/** Bytes of the first read: room for a usual head. */
const MIN_FIRST_READ_BYTES = 4096;
