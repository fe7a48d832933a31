/**
 * Content that is counted, and slowed down to the speed of `--limit-rate`.
 *
 * @module
 */

import type { CliHost } from "./host.ts";
import type { TransferReport } from "./report.ts";

/** Waits as long as it takes that so many bytes are no faster than the limit. */
export class Pace {
  readonly #rate: number;
  readonly #host: CliHost;
  readonly #signal: AbortSignal;
  readonly #start: number;
  #bytes = 0;

  /**
   * @param rate The limit, in bytes a second; 0 is none.
   * @param host The clock.
   * @param signal Ends the waiting.
   */
  constructor(rate: number | undefined, host: CliHost, signal: AbortSignal) {
    this.#rate = rate ?? 0;
    this.#host = host;
    this.#signal = signal;
    this.#start = host.now();
  }

  /**
   * Counts bytes, and waits while they came too fast.
   *
   * @throws The reason of the signal.
   */
  async passed(bytes: number): Promise<void> {
    if (this.#rate === 0) return;
    this.#bytes += bytes;
    const early = this.#bytes / this.#rate * 1_000 - (this.#host.now() - this.#start);
    if (early > 0) await this.#host.sleep(early, this.#signal);
  }
}

/** Content that counts what is sent of it. Bytes at hand stay so, unless they are to be sent slowly. */
export function counted(
  content: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>,
  rate: number | undefined,
  { host, signal, report }: {
    readonly host: CliHost;
    readonly signal: AbortSignal;
    readonly report: TransferReport;
  },
): BodyInit {
  if (content instanceof Uint8Array && !rate) {
    report.uploaded += content.length;
    return content;
  }
  const pace = new Pace(rate, host, signal);
  return ReadableStream.from((async function* () {
    const chunks = content instanceof Uint8Array ? slices(content, rate ?? content.length) : content;
    for await (const chunk of chunks) {
      yield chunk as Uint8Array<ArrayBuffer>; // a driver takes bytes of any buffer
      report.uploaded += chunk.length;
      await pace.passed(chunk.length);
    }
  })());
}

/** The bytes in pieces of a tenth of a second. */
function* slices(bytes: Uint8Array, rate: number): Generator<Uint8Array> {
  const size = Math.max(1, Math.ceil(rate / 10));
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
