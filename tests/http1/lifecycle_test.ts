/** The tables of the lifecycle: every state with every input, and what follows from pairs of states. */

import { assert, assertEquals } from "@std/assert";
import {
  CLIENT_MOVES,
  type ClientState,
  Lifecycle,
  type LifecycleEvent,
  SERVER_MOVES,
  type ServerState,
} from "../../http1/lifecycle.ts";

const EVENTS: readonly LifecycleEvent[] = [
  ...["request", "informational", "response", "switch", "data", "end", "close", "fail"] as const,
];
const CLIENT_STATES = Object.keys(CLIENT_MOVES) as ClientState[];
const SERVER_STATES = Object.keys(SERVER_MOVES) as ServerState[];

/** The words of both sides, in order, and where they lead. */
interface Walk {
  readonly name: string;
  readonly steps: readonly (readonly ["client" | "server", LifecycleEvent] | "offer" | "last")[];
  readonly client: ClientState;
  readonly server: ServerState;
}

const REQUEST = [["client", "request"], ["client", "end"]] as const;
const RESPONSE = [["server", "response"], ["server", "end"]] as const;

const WALKS: readonly Walk[] = [
  { name: "nothing was said", steps: [], client: "idle", server: "idle" },
  {
    name: "a request has begun",
    steps: [["client", "request"]],
    client: "send_body",
    server: "send_response",
  },
  { name: "a request has ended", steps: REQUEST, client: "done", server: "send_response" },
  {
    name: "1xx responses change nothing",
    steps: [...REQUEST, ["server", "informational"], ["server", "informational"]],
    client: "done",
    server: "send_response",
  },
  {
    name: "content may be in many pieces",
    steps: [["client", "request"], ["client", "data"], ["client", "data"], ["client", "end"]],
    client: "done",
    server: "send_response",
  },
  { name: "an exchange is over", steps: [...REQUEST, ...RESPONSE], client: "done", server: "done" },
  {
    name: "a response may be over before its request",
    steps: [["client", "request"], ...RESPONSE],
    client: "send_body",
    server: "done",
  },
  {
    name: "the last exchange closes from both ends",
    steps: ["last", ...REQUEST, ...RESPONSE],
    client: "must_close",
    server: "must_close",
  },
  {
    name: "that it was the last may be learnt at the end",
    steps: [...REQUEST, ...RESPONSE, "last"],
    client: "must_close",
    server: "must_close",
  },
  {
    name: "the client goes away before asking",
    steps: [["client", "close"]],
    client: "closed",
    server: "must_close",
  },
  {
    name: "the server goes away before it is asked",
    steps: [["server", "close"]],
    client: "must_close",
    server: "closed",
  },
  {
    name: "the client goes away after an exchange",
    steps: [...REQUEST, ...RESPONSE, ["client", "close"]],
    client: "closed",
    server: "must_close",
  },
  {
    name: "the client does not wait for the answer",
    steps: [...REQUEST, ["client", "close"]],
    client: "closed",
    server: "send_response",
  },
  {
    name: "the server answers a client that is gone",
    steps: [...REQUEST, ["client", "close"], ...RESPONSE],
    client: "closed",
    server: "must_close",
  },
  {
    name: "the server may answer what it could not read",
    steps: [["client", "fail"], ...RESPONSE],
    client: "error",
    server: "must_close",
  },
  {
    name: "the server fails after the request has ended",
    steps: [...REQUEST, ["server", "fail"]],
    client: "must_close",
    server: "error",
  },
  {
    name: "a switch that was offered is decided after the request has ended",
    steps: ["offer", ...REQUEST],
    client: "might_switch",
    server: "send_response",
  },
  {
    name: "the server switches",
    steps: ["offer", ...REQUEST, ["server", "informational"], ["server", "switch"]],
    client: "switched",
    server: "switched",
  },
  {
    name: "the server does not switch",
    steps: ["offer", ...REQUEST, ["server", "response"]],
    client: "done",
    server: "send_body",
  },
  {
    name: "the server does not switch, and the exchange goes on like any",
    steps: ["offer", ...REQUEST, ...RESPONSE],
    client: "done",
    server: "done",
  },
  {
    name: "the server does not switch, and it was the last exchange",
    steps: ["offer", "last", ...REQUEST, ...RESPONSE],
    client: "must_close",
    server: "must_close",
  },
  {
    name: "the server answers before it could switch",
    steps: ["offer", ["client", "request"], ...RESPONSE, ["client", "end"]],
    client: "done",
    server: "done",
  },
  {
    name: "the server fails while the switch is open",
    steps: ["offer", ...REQUEST, ["server", "fail"]],
    client: "must_close",
    server: "error",
  },
];

function walk(steps: Walk["steps"]): Lifecycle {
  const life = new Lifecycle();
  for (const step of steps) {
    if (step === "offer") life.offerSwitch();
    else if (step === "last") life.refuseKeepAlive();
    else assert(life.move(...step), `${step} is illegal in ${life.client}, ${life.server}`);
  }
  return life;
}

for (const { name, steps, client, server } of WALKS) {
  Deno.test(`lifecycle: ${name}`, () => {
    const life = walk(steps);
    assertEquals([life.client, life.server], [client, server]);
    assertEquals(life.reusable, client === "done" && server === "done");
  });
}

Deno.test("lifecycle: every state with every event of its own moves as its table says, or not at all", () => {
  for (
    const [role, states, moves] of [
      ["client", CLIENT_STATES, CLIENT_MOVES],
      ["server", SERVER_STATES, SERVER_MOVES],
    ] as const
  ) {
    for (const state of states) {
      for (const event of EVENTS) {
        const life = new Lifecycle();
        // Beside a peer whose state has no consequences.
        life.client = role === "client" ? state as ClientState : "switched";
        life.server = role === "server" ? state as ServerState : "switched";
        const next = (moves as Record<string, Partial<Record<LifecycleEvent, string>>>)[state]?.[event];
        const before = life[role];
        // A switch that is open is decided by the peer's having switched.
        const expected = next ?? before;
        assertEquals(life.move(role, event), next !== undefined, `${role} ${state} ${event}`);
        assertEquals(life[role], expected, `${role} ${state} ${event}`);
      }
    }
  }
});

Deno.test("lifecycle: every pair of states with every event ends in legal states, by listed moves only", () => {
  let legal = 0;
  for (const client of CLIENT_STATES) {
    for (const server of SERVER_STATES) {
      for (const role of ["client", "server"] as const) {
        for (const event of EVENTS) {
          for (const setting of ["", "offer", "last", "both"]) {
            const life = new Lifecycle();
            if (setting === "offer" || setting === "both") life.offerSwitch();
            if (setting === "last" || setting === "both") life.refuseKeepAlive();
            life.client = client;
            life.server = server;
            const moved = life.move(role, event);
            if (moved) legal++;
            else assertEquals([life.client, life.server], [client, server]);
            assert(CLIENT_STATES.includes(life.client) && SERVER_STATES.includes(life.server));
            if (moved) {
              assert(
                !(life.client === "done" && life.server === "closed"),
                "a client waits for a server that has closed",
              );
            }
          }
        }
      }
    }
  }
  assert(legal > 500, `only ${legal} moves were legal`);
});

Deno.test("lifecycle: only a restart follows an exchange, and both ends are idle after it", () => {
  const life = walk(["offer", ...REQUEST, ...RESPONSE]);
  for (const event of EVENTS) {
    if (event !== "close" && event !== "fail") {
      assert(!life.move("client", event));
      assert(!life.move("server", event));
    }
  }
  life.restart();
  assertEquals([life.client, life.server], ["idle", "idle"]);
  life.move("client", "request");
  life.move("client", "end");
  assertEquals(life.client, "done", "an offer is for one exchange");
});
