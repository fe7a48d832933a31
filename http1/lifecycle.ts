/**
 * The states of one exchange, and the events that are legal in each.
 *
 * Client and server each have a table of moves. The third table has the moves that a pair of states makes by itself; it
 * is applied until nothing changes. An event that no table lists is illegal. Both ends of a connection use the same
 * tables, whichever end they are.
 *
 * ```
 * client  idle ──request──▶ send_body ──end──▶ done ─┬─ both done ─▶ idle
 *                                                    ├─ might_switch ─▶ switched
 *                                                    └─ must_close ──close──▶ closed
 * server  idle ─▶ send_response ──response──▶ send_body ──end──▶ done ─ as above
 *                  │  ▲ └─informational┘
 *                  └──switch──▶ switched
 * ```
 *
 * @module
 */

/** The state of the client's half of an exchange. */
export type ClientState =
  | "idle"
  | "send_body"
  | "done"
  /** The request has ended, and the response decides whether the connection switches protocols. */
  | "might_switch"
  /** The bytes belong to another protocol. */
  | "switched"
  /** The message has ended, and only the end of the connection can follow. */
  | "must_close"
  | "closed"
  /** That end broke a rule. */
  | "error";

/** The state of the server's half of an exchange. */
export type ServerState = Exclude<ClientState, "might_switch"> | "send_response";

/** An event of one role. */
export type LifecycleEvent =
  | "request"
  | "informational"
  | "response"
  /** The final response to a CONNECT, or a 101. */
  | "switch"
  | "data"
  | "end"
  | "close"
  | "fail";

/** One end of a connection. */
export type Role = "client" | "server";

/** The moves of the client. */
export const CLIENT_MOVES: Moves<ClientState> = {
  idle: { request: "send_body", close: "closed", fail: "error" },
  send_body: { data: "send_body", end: "done", fail: "error" },
  done: { close: "closed", fail: "error" },
  might_switch: { fail: "error" },
  switched: {},
  must_close: { close: "closed", fail: "error" },
  closed: { close: "closed", fail: "error" },
  error: { fail: "error" },
};

/** The moves of the server. */
export const SERVER_MOVES: Moves<ServerState> = {
  // A server may respond to a request that it could not read.
  idle: { response: "send_body", close: "closed", fail: "error" },
  send_response: {
    informational: "send_response",
    response: "send_body",
    switch: "switched",
    fail: "error",
  },
  send_body: { data: "send_body", end: "done", fail: "error" },
  done: { close: "closed", fail: "error" },
  switched: {},
  must_close: { close: "closed", fail: "error" },
  closed: { close: "closed", fail: "error" },
  error: { fail: "error" },
};

/** The moves that a pair of states makes by itself. */
export const JOINT_MOVES: JointMoves = {
  // A request has begun, so a response is due.
  send_body: { idle: ["send_body", "send_response"] },
  might_switch: {
    switched: ["switched", "switched"],
    // The response did not switch protocols.
    send_body: ["done", "send_body"],
    error: ["must_close", "error"],
  },
  // One end is closed, so the other end's next message would not be read.
  idle: { closed: ["must_close", "closed"], error: ["must_close", "error"] },
  done: { closed: ["must_close", "closed"], error: ["must_close", "error"] },
  closed: { idle: ["closed", "must_close"], done: ["closed", "must_close"] },
  error: { done: ["error", "must_close"] },
};

/** For each state, the state after each event that is legal in it. */
export type Moves<State extends string> = Readonly<
  Record<State, Readonly<Partial<Record<LifecycleEvent, State>>>>
>;

/** For each pair of states that does not last, the pair after it. */
export type JointMoves = Readonly<
  Partial<Record<ClientState, Readonly<Partial<Record<ServerState, readonly [ClientState, ServerState]>>>>>
>;

/** Both halves of the exchange on one connection. */
export class Lifecycle {
  /** The state of the client's half. */
  client: ClientState = "idle";
  /** The state of the server's half. */
  server: ServerState = "idle";
  #keepAlive = true;
  #switchOffered = false;

  /** Whether another exchange may follow this one, by what is known so far. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /** Whether both halves are done and another exchange may begin. */
  get reusable(): boolean {
    return this.client === "done" && this.server === "done";
  }

  /**
   * Makes the move of an event.
   *
   * @returns Whether the event is legal; when it is not, nothing has changed.
   */
  move(role: Role, event: LifecycleEvent): boolean {
    if (role === "client") {
      const next = CLIENT_MOVES[this.client][event];
      if (next === undefined) return false;
      this.client = next;
    } else {
      const next = SERVER_MOVES[this.server][event];
      if (next === undefined) return false;
      this.server = next;
    }
    this.#applyJointMoves();
    return true;
  }

  /** Makes this exchange the last of the connection. */
  refuseKeepAlive(): void {
    this.#keepAlive = false;
    this.#applyJointMoves();
  }

  /** Takes note that the request offers another protocol: it is a CONNECT, or has an Upgrade field. */
  offerSwitch(): void {
    this.#switchOffered = true;
  }

  /** Begins another exchange; only where {@linkcode reusable}. */
  restart(): void {
    this.client = "idle";
    this.server = "idle";
    this.#switchOffered = false;
  }

  /** Applies the joint moves, and those that depend on more than states, until nothing changes: three rounds at most. */
  #applyJointMoves(): void {
    for (;;) {
      if (this.client === "done") {
        if (this.#switchOffered && this.server === "send_response") this.client = "might_switch";
        else if (!this.#keepAlive) this.client = "must_close";
      }
      if (this.server === "done" && !this.#keepAlive) this.server = "must_close";
      const joint = JOINT_MOVES[this.client]?.[this.server];
      if (joint === undefined) return;
      [this.client, this.server] = joint;
    }
  }
}
