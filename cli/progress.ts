/**
 * The progress bar: how much has come, how fast, and how long the rest will take.
 *
 * It is a drawing of two numbers and a clock that is passed in; the caller writes the line to the terminal.
 *
 * @module
 */

import { size } from "./print.ts";

/** The speed is that of the last five seconds: long enough to be calm, short enough to notice a stall. */
const WINDOW_MS = 5_000;
/** Milliseconds between two samples. */
const SAMPLE_INTERVAL_MS = 100;
/** Characters of the longest bar: a longer one shows no more. */
const MAX_BAR_CHARS = 40;
/** Characters of the shortest bar: a shorter one shows nothing. */
const MIN_BAR_CHARS = 5;

interface Sample {
  readonly time: number;
  readonly bytes: number;
}

/** The progress of a body. */
export class Progress {
  readonly #total: number | undefined;
  readonly #start: number;
  readonly #samples: Sample[];
  #bytes = 0;

  /**
   * @param total The length of the body, where it is known.
   * @param now The time, in milliseconds.
   */
  constructor(total: number | undefined, now: number) {
    this.#total = total;
    this.#start = now;
    this.#samples = [{ time: now, bytes: 0 }];
  }

  /** The bytes received so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The length of the body, where it is known. */
  get total(): number | undefined {
    return this.#total;
  }

  /** Counts bytes that were received. */
  add(count: number): void {
    this.#bytes += count;
  }

  /**
   * The line to show at the time `now`, at most `columns` characters long.
   *
   * ```
   *  42%  42.0 MiB of 100.0 MiB  8.1 MiB/s  0:07 left  [########            ]
   *       42.0 MiB  8.1 MiB/s  0:05
   * ```
   */
  draw(now: number, columns: number): string {
    const rate = this.#rate(now);
    const bytes = this.#bytes;
    const total = this.#total;
    const speed = `${size(rate * 1_000)}/s`;
    if (total === undefined) {
      return `${size(bytes)}  ${speed}  ${clock(now - this.#start)}`.slice(0, columns);
    }
    // An empty body is complete before it begins.
    const part = total === 0 ? 1 : Math.min(bytes / total, 1);
    const left = bytes >= total ? clock(now - this.#start) : this.#timeLeft(total - bytes, rate, now);
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    const text = `${percent}  ${size(bytes)} of ${size(total)}  ${speed}  ${left}`;
    const room = Math.min(columns - text.length - "  []".length, MAX_BAR_CHARS);
    if (room < MIN_BAR_CHARS) return text.slice(0, columns);
    return `${text}  [${"#".repeat(Math.floor(part * room)).padEnd(room)}]`;
  }

  #timeLeft(rest: number, rate: number, now: number): string {
    if (rate > 0) return `${clock(rest / rate)} left`;
    return now - this.#start < WINDOW_MS ? "-:-- left" : "stalled";
  }

  /** Bytes a millisecond, lately. */
  #rate(now: number): number {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || now - last.time >= SAMPLE_INTERVAL_MS) {
      samples.push({ time: now, bytes: this.#bytes });
    }
    // One sample from before the window stays, so that the window is always full.
    while (samples.length > 2 && now - (samples[1]?.time ?? now) >= WINDOW_MS) samples.shift();
    const first = samples[0];
    if (first === undefined || now <= first.time) return 0;
    return (this.#bytes - first.bytes) / (now - first.time);
  }
}

/** `0:07`, `1:02:03`. */
function clock(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  if (!(seconds < MAX_SECONDS)) return "days";
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3_600);
  const two = (number: number): string => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The longest time left that is shown: beyond four days seconds do not matter. */
const MAX_SECONDS = 359_999;
