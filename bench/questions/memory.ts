/**
 * By how much a process grows while 1 GiB streams through it: flow control that holds, and buffers that are let go.
 * A reader that takes each piece as it comes should never see more than the windows in memory, and the garbage
 * that the collector has not got to yet.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { memoryGrowth } from "../work/memory.ts";

const ROUNDS = 5;
/** Each round is a process of its own: nothing warms up from one to the next. */
const UNCOUNTED_ROUNDS = 0;

/** Over HTTP/1.1. */
export const http1Memory: Question = {
  name: "http1-memory",
  title: "Memory growth over a 1 GiB download, HTTP/1.1",
  unit: "MiB",
  headline: true,
  rounds: ROUNDS,
  uncountedRounds: UNCOUNTED_ROUNDS,
  contestants: (arena) => memoryGrowth(arena, "http/1.1"),
};

/** Over HTTP/2. */
export const http2Memory: Question = {
  name: "http2-memory",
  title: "Memory growth over a 1 GiB download, HTTP/2",
  unit: "MiB",
  headline: true,
  rounds: ROUNDS,
  uncountedRounds: UNCOUNTED_ROUNDS,
  contestants: (arena) => memoryGrowth(arena, "h2"),
};
