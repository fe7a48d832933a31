/**
 * The life of one exchange: who may say what, and what follows from it.
 *
 * Client and server each walk their own short automaton, the first two tables. Where one's step has a consequence
 * for the other, the third table says so; it is applied until nothing changes. What no table lists is illegal.
 * Nothing here knows which of the two we are: both ends of a connection obey the same law.
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

/** Where the client's half of an exchange is. */
export type ClientState =
  | "idle"
  | "send_body"
  | "done"
  /** Everything is sent, and the answer decides whether HTTP goes on. */
  | "might_switch"
  /** The bytes belong to another protocol. */
  | "switched"
  /** Done, and nothing but the end of the connection can follow. */
  | "must_close"
  | "closed"
  /** It broke a rule. */
  | "error";

/** Where the server's half of an exchange is. */
export type ServerState = Exclude<ClientState, "might_switch"> | "send_response";

/** What a role does. */
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

/** The client's own steps. */
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

/** The server's own steps. */
export const SERVER_MOVES: Moves<ServerState> = {
  // It may answer a request that it could not read.
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

/** What a pair of states leads to by itself. */
export const JOINT_MOVES: JointMoves = {
  // A request has begun: the server owes an answer.
  send_body: { idle: ["send_body", "send_response"] },
  might_switch: {
    switched: ["switched", "switched"],
    // It was answered, and not by switching.
    send_body: ["done", "send_body"],
    done: ["done", "done"],
    must_close: ["done", "must_close"],
    closed: ["must_close", "closed"],
    error: ["must_close", "error"],
  },
  // One side is gone: the other's next message would reach nobody.
  idle: { closed: ["must_close", "closed"], error: ["must_close", "error"] },
  done: { closed: ["must_close", "closed"], error: ["must_close", "error"] },
  closed: { idle: ["closed", "must_close"], done: ["closed", "must_close"] },
  error: { done: ["error", "must_close"] },
};

/** For each state, where each event that is legal in it leads. */
export type Moves<State extends string> = Readonly<
  Record<State, Readonly<Partial<Record<LifecycleEvent, State>>>>
>;

/** For each pair of states that does not last, the pair that it becomes. */
export type JointMoves = Readonly<
  Partial<Record<ClientState, Readonly<Partial<Record<ServerState, readonly [ClientState, ServerState]>>>>>
>;

/** Both halves of the exchange on one connection. */
export class Lifecycle {
  /** The client's half. */
  client: ClientState = "idle";
  /** The server's half. */
  server: ServerState = "idle";
  #keepAlive = true;
  #switchOffered = false;

  /** Whether, as far as is known, another exchange may follow this one. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /** Whether both halves are done and another exchange may begin. */
  get reusable(): boolean {
    return this.client === "done" && this.server === "done";
  }

  /**
   * Takes a step.
   *
   * @returns Whether it is legal; when not, nothing has changed.
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

  /** This exchange is the connection's last. */
  refuseKeepAlive(): void {
    this.#keepAlive = false;
    this.#applyJointMoves();
  }

  /** The request asks to go on in another protocol: CONNECT, or an Upgrade field. */
  offerSwitch(): void {
    this.#switchOffered = true;
  }

  /** Begins another exchange; only where {@linkcode reusable}. */
  restart(): void {
    this.client = "idle";
    this.server = "idle";
    this.#switchOffered = false;
  }

  /** Applies the joint table, and what depends on more than states, until nothing changes. Three rounds suffice. */
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
