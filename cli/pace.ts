/**
 * Content that is counted, and slowed down to the speed of `--limit-rate`.
 *
 * @module
 */

import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";
import type { TransferReport } from "./report.ts";

/** Waits as long as it takes that so many bytes are no faster than the limit. */
export class Pace {
  readonly #rate: number;
  readonly #host: CliHost;
  readonly #signal: AbortSignal;
  readonly #start: number;
  readonly #end: number;
  #bytes = 0;

  /**
   * @param rate The limit, in bytes a second; 0 is none.
   * @param host The clock.
   * @param signal Ends the waiting.
   * @param end The time at which it ends too, in milliseconds; never by default.
   */
  constructor(rate: number | undefined, host: CliHost, signal: AbortSignal, end: number = Infinity) {
    this.#rate = rate ?? 0;
    this.#host = host;
    this.#signal = signal;
    this.#start = host.now();
    this.#end = end;
  }

  /**
   * Counts bytes, and waits while they came too fast.
   *
   * @throws {CliError} `timeout`.
   * @throws The reason of the signal.
   */
  async passed(bytes: number): Promise<void> {
    if (this.#rate === 0) return;
    this.#bytes += bytes;
    const ready = this.#start + this.#bytes / this.#rate * 1_000;
    const wait = Math.min(ready, this.#end) - this.#host.now();
    if (wait > 0) await this.#host.sleep(wait, this.#signal);
    if (ready > this.#end) {
      throw new CliError(ExitCode.timeout, "Cannot go on: at the rate of --limit-rate it takes too long", {
        hint: "Allow more time with --max-time.",
      });
    }
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
