/**
 * The states of a stream, and what moves it from one to the next (RFC 9113 §5.1).
 *
 * ```
 *                    +--------+
 *                    |  idle  |
 *                    +--------+
 *                         | send or receive a head
 *                         v
 *   receive the end  +--------+  send the end
 *         .----------|  open  |----------.
 *         v          +--------+          v
 *    half_closed_                   half_closed_
 *      remote                          local
 *         |               |              |
 *         | send the end  | reset,       | receive the end
 *         |               v either way   |
 *         |          +--------+          |
 *         '--------->| closed |<---------'
 *                    +--------+
 * ```
 *
 * The two reserved states are missing, because push is refused. Within a direction that is open there is a place:
 * before the head, or in the content, where trailers may follow.
 *
 * @module
 */

import { Http2Error, streamError } from "./error.ts";

/** The place in a direction that is open: before the head, or in the content. */
export type Half = "head" | "content";

/** How a stream closed: both ends sent END_STREAM, or one sent RST_STREAM. */
export type CloseCause = "ended" | "reset_locally" | "reset_remotely";

/** The state of one stream, seen from either end: `local` is what this end sends. */
export type StreamState =
  | { readonly name: "idle" }
  | { readonly name: "open"; readonly local: Half; readonly remote: Half }
  | { readonly name: "half_closed_local"; readonly remote: Half }
  | { readonly name: "half_closed_remote"; readonly local: Half }
  | { readonly name: "closed"; readonly cause: CloseCause };

/** The state before anything was sent or received. */
export const IDLE: StreamState = { name: "idle" };

/** A request's head is sent, or a response's final one. */
export function sendHead(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "idle":
      return end ? halfClosedLocal("head") : open("content", "head");
    case "open":
      if (state.local !== "head") throw misuse("send a head", "one was sent");
      return end ? halfClosedLocal(state.remote) : open("content", state.remote);
    case "half_closed_remote":
      if (state.local !== "head") throw misuse("send a head", "one was sent");
      return end ? closed("ended") : halfClosedRemote("content");
    case "half_closed_local":
    case "closed":
      throw misuse("send a head", `the stream is ${state.name}`);
  }
}

/** A 1xx response is sent. */
export function sendInformational(state: StreamState): StreamState {
  switch (state.name) {
    case "open":
    case "half_closed_remote":
      if (state.local !== "head") throw misuse("send an informational response", "the final one was sent");
      return state;
    case "idle":
    case "half_closed_local":
    case "closed":
      throw misuse("send an informational response", `the stream is ${state.name}`);
  }
}

/** Content is sent; or trailers, which are always the end. */
export function sendContent(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "open":
      if (state.local !== "content") throw misuse("send content", "no head was sent");
      return end ? halfClosedLocal(state.remote) : state;
    case "half_closed_remote":
      if (state.local !== "content") throw misuse("send content", "no head was sent");
      return end ? closed("ended") : state;
    case "idle":
    case "half_closed_local":
    case "closed":
      throw misuse("send content", `the stream is ${state.name}`);
  }
}

/** A reset is sent. */
export function sendReset(state: StreamState): StreamState {
  switch (state.name) {
    case "open":
    case "half_closed_local":
    case "half_closed_remote":
      return closed("reset_locally");
    case "idle":
    case "closed":
      throw misuse("reset a stream", `it is ${state.name}`);
  }
}

/** A request's head comes, or a response's final one. */
export function receiveHead(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "idle":
      return end ? halfClosedRemote("head") : open("head", "content");
    case "open":
      if (state.remote !== "head") throw malformed("a second head");
      return end ? halfClosedRemote(state.local) : open(state.local, "content");
    case "half_closed_local":
      if (state.remote !== "head") throw malformed("a second head");
      return end ? closed("ended") : halfClosedLocal("content");
    case "half_closed_remote":
    case "closed":
      throw streamEnded(state);
  }
}

/** A 1xx response comes. */
export function receiveInformational(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "open":
    case "half_closed_local":
      if (state.remote !== "head") throw malformed("an informational response after the final one");
      // "A HEADERS frame with the END_STREAM flag set that carries an informational status code is malformed."
      // (RFC 9113 §8.1)
      if (end) throw malformed("an informational response that ends the stream");
      return state;
    case "idle":
      throw neverOpened();
    case "half_closed_remote":
    case "closed":
      throw streamEnded(state);
  }
}

/** Content comes, or the end of it. */
export function receiveContent(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "open":
      if (state.remote !== "content") throw malformed("content before a head");
      return end ? halfClosedRemote(state.local) : state;
    case "half_closed_local":
      if (state.remote !== "content") throw malformed("content before a head");
      return end ? closed("ended") : state;
    case "idle":
      throw neverOpened();
    case "half_closed_remote":
    case "closed":
      throw streamEnded(state);
  }
}

/** Trailers come. */
export function receiveTrailers(state: StreamState, end: boolean): StreamState {
  switch (state.name) {
    case "open":
    case "half_closed_local":
      if (state.remote !== "content") throw malformed("trailers before a head");
      // "An endpoint that receives a HEADERS frame without the END_STREAM flag set after receiving the HEADERS
      // frame that opens a request or after receiving a final (non-informational) status code MUST treat the
      // corresponding request or response as malformed." (RFC 9113 §8.1)
      if (!end) throw malformed("trailers that do not end the stream");
      return receiveContent(state, true);
    case "idle":
      throw neverOpened();
    case "half_closed_remote":
    case "closed":
      throw streamEnded(state);
  }
}

/** A reset comes. */
export function receiveReset(state: StreamState): StreamState {
  switch (state.name) {
    case "open":
    case "half_closed_local":
    case "half_closed_remote":
      return closed("reset_remotely");
    case "idle":
      throw neverOpened();
    case "closed": // both ends may have reset it at the same time
      return state;
  }
}

/** The place in what the peer sends, or `undefined` when it sends nothing more. */
export function remoteHalf(state: StreamState): Half | undefined {
  return state.name === "open" || state.name === "half_closed_local" ? state.remote : undefined;
}

/** The place in what this end sends, or `undefined` when it may send nothing more. */
export function localHalf(state: StreamState): Half | undefined {
  return state.name === "open" || state.name === "half_closed_remote" ? state.local : undefined;
}

// States are values: each is made once.

const OPEN = {
  head: {
    head: { name: "open", local: "head", remote: "head" },
    content: { name: "open", local: "head", remote: "content" },
  },
  content: {
    head: { name: "open", local: "content", remote: "head" },
    content: { name: "open", local: "content", remote: "content" },
  },
} as const;

const HALF_CLOSED_LOCAL = {
  head: { name: "half_closed_local", remote: "head" },
  content: { name: "half_closed_local", remote: "content" },
} as const;

const HALF_CLOSED_REMOTE = {
  head: { name: "half_closed_remote", local: "head" },
  content: { name: "half_closed_remote", local: "content" },
} as const;

const CLOSED = {
  ended: { name: "closed", cause: "ended" },
  reset_locally: { name: "closed", cause: "reset_locally" },
  reset_remotely: { name: "closed", cause: "reset_remotely" },
} as const;

function open(local: Half, remote: Half): StreamState {
  return OPEN[local][remote];
}

function halfClosedLocal(remote: Half): StreamState {
  return HALF_CLOSED_LOCAL[remote];
}

function halfClosedRemote(local: Half): StreamState {
  return HALF_CLOSED_REMOTE[local];
}

function closed(cause: CloseCause): StreamState {
  return CLOSED[cause];
}

function misuse(action: string, reason: string): TypeError {
  return new TypeError(`Cannot ${action}: ${reason}`);
}

function malformed(what: string): Http2Error {
  return streamError("PROTOCOL_ERROR", `Cannot accept a message: it has ${what}`);
}

/** "Receiving any frame other than HEADERS or PRIORITY on a stream in this state MUST be [an] error" (§5.1) */
function neverOpened(): Http2Error {
  return new Http2Error("PROTOCOL_ERROR", "Cannot accept a frame: its stream was never opened");
}

/**
 * A frame on a stream whose peer has ended it. "If an endpoint receives additional frames, other than
 * WINDOW_UPDATE, PRIORITY, or RST_STREAM, for a stream that is in this state, it MUST respond with a stream error
 * of type STREAM_CLOSED." For one that is closed by both ends it is a connection error (RFC 9113 §5.1).
 */
function streamEnded(state: StreamState): Http2Error {
  const message = "Cannot accept a frame: the peer has ended its stream";
  return state.name === "closed" && state.cause === "ended"
    ? new Http2Error("STREAM_CLOSED", message)
    : streamError("STREAM_CLOSED", message);
}
