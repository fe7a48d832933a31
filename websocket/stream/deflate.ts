/**
 * Compression of messages for permessage-deflate (RFC 7692 §7.2.1), by `node:zlib`, which is loaded when it was negotiated.
 *
 * @module
 */

import type { NegotiatedDeflate } from "../handshake/permessage_deflate.ts";

/** Compresses one message; `undefined` for one that is sent as it is. */
export type Deflate = (message: Uint8Array) => Uint8Array | undefined;

/** Loads the compressor. */
export async function loadDeflate({ windowBits, threshold }: NegotiatedDeflate): Promise<Deflate> {
  if (windowBits === undefined) return () => undefined;
  const { deflateRawSync, constants } = await import("node:zlib");
  return (message) => {
    if (message.length < threshold) return undefined;
    const deflated = deflateRawSync(message, { windowBits, finishFlush: constants.Z_SYNC_FLUSH });
    // The last four bytes, those of an empty block, are not sent.
    const { length } = deflated;
    return length - TAIL_BYTES < message.length ? deflated.subarray(0, length - TAIL_BYTES) : undefined;
  };
}

const TAIL_BYTES = 4;
