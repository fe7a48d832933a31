/**
 * The end of unwanted content: read to its end where that is quick, so that an HTTP/1.1 connection can be reused.
 *
 * @module
 */

import type { IncomingBody } from "../../http/message.ts";
import { MAX_DRAIN_BYTES, MAX_DRAIN_MS } from "../defaults.ts";
import type { Deadlines } from "../time/deadlines.ts";

/** Reads unwanted content to its end, and cancels it where it is long or slow. Never rejects. */
export async function drain(body: Uint8Array | IncomingBody, deadlines: Deadlines): Promise<void> {
  if (body instanceof Uint8Array) return;
  const deadline = deadlines.set(MAX_DRAIN_MS, () => body.cancel());
  let left = MAX_DRAIN_BYTES;
  try {
    while (left >= 0) {
      const chunk = await body.read();
      if (chunk === undefined) return;
      left -= chunk.length;
    }
    body.cancel();
  } catch {
    // Unwanted content may be cut short; the driver has closed its connection.
  } finally {
    deadlines.clear(deadline);
  }
}
