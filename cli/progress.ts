/**
 * The progress bar: how much has come, how fast, and how long the rest will take.
 *
 * It is a drawing of two numbers and a clock that is passed in; whoever has a terminal writes what it draws.
 *
 * @module
 */

import { size } from "./print.ts";

/** The speed is that of the last five seconds: long enough to be calm, short enough to notice a stall. */
const WINDOW = 5_000;
/** Two samples closer than this say no more than one. */
const SAMPLE_DISTANCE = 100;
/** A longer bar shows nothing that this one does not. */
const LONGEST_BAR = 40;
/** A shorter bar shows nothing. */
const SHORTEST_BAR = 5;

interface Sample {
  readonly time: number;
  readonly bytes: number;
}

/** How far a body has come. */
export class Progress {
  readonly #total: number | undefined;
  readonly #start: number;
  readonly #samples: Sample[];
  #bytes = 0;

  /**
   * @param total How many bytes there will be, where that is known.
   * @param now The time, in milliseconds.
   */
  constructor(total: number | undefined, now: number) {
    this.#total = total;
    this.#start = now;
    this.#samples = [{ time: now, bytes: 0 }];
  }

  /** How many bytes have come. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many bytes there will be, where that is known. */
  get total(): number | undefined {
    return this.#total;
  }

  /** More bytes have come. */
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
    const room = Math.min(columns - text.length - "  []".length, LONGEST_BAR);
    if (room < SHORTEST_BAR) return text.slice(0, columns);
    return `${text}  [${"#".repeat(Math.floor(part * room)).padEnd(room)}]`;
  }

  #timeLeft(rest: number, rate: number, now: number): string {
    if (rate > 0) return `${clock(rest / rate)} left`;
    return now - this.#start < WINDOW ? "-:-- left" : "stalled";
  }

  /** Bytes a millisecond, lately. */
  #rate(now: number): number {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || now - last.time >= SAMPLE_DISTANCE) {
      samples.push({ time: now, bytes: this.#bytes });
    }
    // One sample from before the window stays, so that the window is always full.
    while (samples.length > 2 && now - (samples[1]?.time ?? now) >= WINDOW) samples.shift();
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

/** Beyond four days nobody counts seconds. */
const MAX_SECONDS = 359_999;
