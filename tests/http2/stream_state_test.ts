/**
 * Every state of a stream with everything that can happen to it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Http2Error } from "../../http2/error.ts";
import {
  IDLE,
  localHalf,
  receiveContent,
  receiveHead,
  receiveInformational,
  receiveReset,
  receiveTrailers,
  remoteHalf,
  sendContent,
  sendHead,
  sendInformational,
  sendReset,
  type StreamState,
} from "../../http2/stream_state.ts";

const STATES: Record<string, StreamState> = {
  idle: IDLE,
  "open head/head": { name: "open", local: "head", remote: "head" },
  "open head/content": { name: "open", local: "head", remote: "content" },
  "open content/head": { name: "open", local: "content", remote: "head" },
  "open content/content": { name: "open", local: "content", remote: "content" },
  "closed_local head": { name: "half_closed_local", remote: "head" },
  "closed_local content": { name: "half_closed_local", remote: "content" },
  "closed_remote head": { name: "half_closed_remote", local: "head" },
  "closed_remote content": { name: "half_closed_remote", local: "content" },
  "closed ended": { name: "closed", cause: "ended" },
  "closed reset_locally": { name: "closed", cause: "reset_locally" },
  "closed reset_remotely": { name: "closed", cause: "reset_remotely" },
};

const MOVES: Record<string, (state: StreamState) => StreamState> = {
  sendHead: (state) => sendHead(state, false),
  sendLastHead: (state) => sendHead(state, true),
  sendInformational,
  sendContent: (state) => sendContent(state, false),
  sendEnd: (state) => sendContent(state, true),
  sendReset,
  receiveHead: (state) => receiveHead(state, false),
  receiveLastHead: (state) => receiveHead(state, true),
  receiveInformational: (state) => receiveInformational(state, false),
  receiveLastInformational: (state) => receiveInformational(state, true),
  receiveContent: (state) => receiveContent(state, false),
  receiveEnd: (state) => receiveContent(state, true),
  receiveTrailers: (state) => receiveTrailers(state, true),
  receiveOpenTrailers: (state) => receiveTrailers(state, false),
  receiveReset,
};

/** The caller may not do that. */
const MISUSE = "misuse";
/** The message is malformed: an error of the stream. */
const BAD = "stream PROTOCOL_ERROR";
/** The stream was never opened. */
const EARLY = "connection PROTOCOL_ERROR";
/** The peer has ended the stream. */
const LATE = "stream STREAM_CLOSED";
/** Both ends have ended the stream. */
const GONE = "connection STREAM_CLOSED";

/** For each move, what becomes of each state, in the order of `STATES`; `=` leaves it. */
const TABLE: Record<string, readonly string[]> = {
  // deno-fmt-ignore -- one line a group of states
  sendHead: [
    "open content/head",
    "open content/head", "open content/content", MISUSE, MISUSE,
    MISUSE, MISUSE,
    "closed_remote content", MISUSE,
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  sendLastHead: [
    "closed_local head",
    "closed_local head", "closed_local content", MISUSE, MISUSE,
    MISUSE, MISUSE,
    "closed ended", MISUSE,
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  sendInformational: [
    MISUSE,
    "=", "=", MISUSE, MISUSE,
    MISUSE, MISUSE,
    "=", MISUSE,
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  sendContent: [
    MISUSE,
    MISUSE, MISUSE, "=", "=",
    MISUSE, MISUSE,
    MISUSE, "=",
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  sendEnd: [
    MISUSE,
    MISUSE, MISUSE, "closed_local head", "closed_local content",
    MISUSE, MISUSE,
    MISUSE, "closed ended",
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  sendReset: [
    MISUSE,
    "closed reset_locally", "closed reset_locally", "closed reset_locally", "closed reset_locally",
    "closed reset_locally", "closed reset_locally",
    "closed reset_locally", "closed reset_locally",
    MISUSE, MISUSE, MISUSE,
  ],
  // deno-fmt-ignore
  receiveHead: [
    "open head/content",
    "open head/content", BAD, "open content/content", BAD,
    "closed_local content", BAD,
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveLastHead: [
    "closed_remote head",
    "closed_remote head", BAD, "closed_remote content", BAD,
    "closed ended", BAD,
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveInformational: [
    EARLY,
    "=", BAD, "=", BAD,
    "=", BAD,
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveLastInformational: [
    EARLY,
    BAD, BAD, BAD, BAD,
    BAD, BAD,
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveContent: [
    EARLY,
    BAD, "=", BAD, "=",
    BAD, "=",
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveEnd: [
    EARLY,
    BAD, "closed_remote head", BAD, "closed_remote content",
    BAD, "closed ended",
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveTrailers: [
    EARLY,
    BAD, "closed_remote head", BAD, "closed_remote content",
    BAD, "closed ended",
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveOpenTrailers: [
    EARLY,
    BAD, BAD, BAD, BAD,
    BAD, BAD,
    LATE, LATE,
    GONE, LATE, LATE,
  ],
  // deno-fmt-ignore
  receiveReset: [
    EARLY,
    "closed reset_remotely", "closed reset_remotely", "closed reset_remotely", "closed reset_remotely",
    "closed reset_remotely", "closed reset_remotely",
    "closed reset_remotely", "closed reset_remotely",
    "=", "=", "=",
  ],
};

/** The name of what comes out: a state, or what is thrown. */
function outcome(state: StreamState, move: (state: StreamState) => StreamState): string {
  try {
    const next = move(state);
    for (const [name, other] of Object.entries(STATES)) {
      if (JSON.stringify(other) === JSON.stringify(next)) return name;
    }
    return `no state: ${JSON.stringify(next)}`;
  } catch (error) {
    if (error instanceof Http2Error) return `${error.scope} ${error.code}`;
    return error instanceof TypeError ? MISUSE : `${error}`;
  }
}

for (const [name, move] of Object.entries(MOVES)) {
  Deno.test(`stream state: ${name} in every state`, () => {
    const names = Object.keys(STATES);
    const expected = TABLE[name]?.map((result, i) => result === "=" ? names[i] : result);
    assertEquals(Object.values(STATES).map((state) => outcome(state, move)), expected);
  });
}

Deno.test("stream state: every state is reached from idle, and closed ones are left by nothing", () => {
  const seen = new Map<string, StreamState>([["idle", IDLE]]);
  for (const state of seen.values()) {
    for (const move of Object.values(MOVES)) {
      const next = outcome(state, move);
      const reached = STATES[next];
      if (reached === undefined) continue;
      seen.set(next, reached);
      if (state.name === "closed") assertEquals(reached, state);
    }
  }
  // Neither end has a head to send and one to receive: a stream is opened by a head.
  assertEquals(
    [...seen.keys()].sort(),
    Object.keys(STATES).filter((name) => name !== "open head/head").sort(),
  );
});

Deno.test("stream state: the halves say what may still be sent and received", () => {
  assertEquals(
    Object.values(STATES).map((state) => [localHalf(state), remoteHalf(state)]),
    [
      [undefined, undefined],
      ["head", "head"],
      ["head", "content"],
      ["content", "head"],
      ["content", "content"],
      [undefined, "head"],
      [undefined, "content"],
      ["head", undefined],
      ["content", undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});
