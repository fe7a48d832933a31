/** Which failed requests are retried, how often, and what becomes of their content. */

import { assertEquals, assertRejects } from "@std/assert";
import { ClientError, type ClientRequestInit } from "../../mod.ts";
import { OriginPool } from "../../client/connect/pool.ts";
import { type ConnectionListener, PooledConnection } from "../../client/connect/pooled_connection.ts";
import { MAX_RETRIES } from "../../client/defaults.ts";
import { MAX_CONNECT_LAG_MS } from "../../client/defaults.ts";
import { exchange } from "../../client/exchange.ts";
import { Control } from "../../client/time/control.ts";
import { Deadlines } from "../../client/time/deadlines.ts";
import type { HttpError, RequestProgress } from "../../http/error.ts";
import type { IncomingResponse, OutgoingRequest } from "../../http/message.ts";
import { Http1Error } from "../../http1/mod.ts";
import { Http2Error } from "../../http2/mod.ts";
import { contentOf, request } from "./request/support.ts";

const OK: IncomingResponse = {
  version: "HTTP/1.1",
  status: 200,
  statusText: "OK",
  fields: [],
  body: new Uint8Array(),
  trailers: Promise.resolve([]),
};

/** What connections do with a request: fail, or read its content and respond. */
type Step = HttpError | "ok";

interface Outcome {
  /** The status, or the code of the error. */
  readonly result: number | string;
  /** What each attempt sent: the method, and the content. */
  readonly sent: readonly string[];
  /** Connections that were made. */
  readonly dials: number;
}

/**
 * Sends a request over connections of which each does the next step, and is closed after a failure.
 *
 * @param reused Whether the connections have served a request before.
 */
async function outcomeOf(init: ClientRequestInit, steps: readonly Step[], reused: boolean): Promise<Outcome> {
  const deadlines = new Deadlines();
  const pool = poolOf(deadlines);
  const sent: string[] = [];
  let dials = 0;
  const connect = () => {
    dials++;
    const driver = {
      capacity: 1,
      idle: true,
      unreadResponses: 0,
      async request({ method, body }: OutgoingRequest): Promise<IncomingResponse> {
        driver.capacity = 0;
        const step = steps[sent.length] ?? "ok";
        sent.push([method, await contentOf(body)].filter((part) => part !== undefined).join(" "));
        if (step !== "ok") throw step;
        return OK;
      },
      close() {},
    };
    const connection = new PooledConnection(driver, false, { id: dials, timings: {} });
    if (reused) connection.requests = 1;
    return Promise.resolve(connection);
  };
  try {
    const prepared = request(init);
    const result = await exchange(prepared, () => pool, connect, undefined).then(
      ({ incoming }) => incoming.status,
      (error) => {
        if (error instanceof ClientError) return error.code;
        throw error;
      },
    );
    return { result, sent, dials };
  } finally {
    pool.close(() => new Error("the test is over"));
    deadlines.close();
  }
}

function poolOf(deadlines: Deadlines, idleTimeout = 60_000, onEmpty = () => {}): OriginPool {
  const limits = {
    maxConnectionsPerOrigin: 9,
    maxHttp2ConnectionsPerOrigin: 1,
    maxIdlePerOrigin: 9,
    idleTimeout,
  };
  return new OriginPool(limits, false, deadlines, onEmpty);
}

Deno.test("early data: a request whose handshake fails behind it goes to a late connection, once", async () => {
  const deadlines = new Deadlines();
  const pool = poolOf(deadlines);
  const refused = new Http1Error("connection_closed", "Cannot get a response", { progress: "responding" });
  const made: string[] = [];
  const connectBy =
    (name: string, response: () => Promise<IncomingResponse>, handshake?: Promise<void>) => () => {
      made.push(name);
      const driver = { capacity: 1, idle: true, unreadResponses: 0, request: response, close() {} };
      driver.request = () => {
        driver.capacity = 0;
        return response();
      };
      return Promise.resolve(
        new PooledConnection(driver, false, { id: made.length, timings: {} }, handshake),
      );
    };
  const broken = () => Promise.reject<void>(new Error("handshake"));
  const fails = () => Promise.reject<IncomingResponse>(refused);
  const send = (late: () => Promise<PooledConnection>) =>
    exchange(request({}), () => pool, connectBy("early", fails, broken()), undefined, late)
      .then(({ incoming }) => incoming.status, ({ message }) => message);
  assertEquals(await send(connectBy("late", () => Promise.resolve(OK))), 200);
  assertEquals(made.splice(0), ["early", "late"]);
  // The late one fails by its handshake as well, which early data had no part in.
  assertEquals(await send(connectBy("late", fails, broken())), "handshake");
  assertEquals(made.splice(0), ["early", "late"]);
  pool.close(() => new Error("the test is over"));
  deadlines.close();
});

/** A connection that does as `respond` says, and was used before. */
function connectionOf(respond: () => Promise<IncomingResponse>, close = () => {}): PooledConnection {
  const driver = { capacity: 1, idle: true, unreadResponses: 0, request: respond, close };
  const connection = new PooledConnection(
    {
      ...driver,
      request() {
        driver.capacity = 0;
        return respond();
      },
      get capacity() {
        return driver.capacity;
      },
    },
    false,
    { id: 0, timings: {} },
  );
  connection.requests = 1;
  return connection;
}

function failure(progress: RequestProgress): HttpError {
  return new Http1Error("connection_closed", "Cannot get a response: the connection failed", { progress });
}

const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"];
const OTHERS = ["POST", "PATCH", "QUERY", "PROPFIND", "get_it"];

interface Row {
  readonly progress: RequestProgress;
  readonly reused: boolean;
  /** The methods of which one failure is followed by a retry. */
  readonly retried: readonly string[];
}

const ROWS: readonly Row[] = [
  { progress: "unsent", reused: false, retried: [] },
  { progress: "unsent", reused: true, retried: [...IDEMPOTENT, ...OTHERS] },
  { progress: "refused", reused: false, retried: [...IDEMPOTENT, ...OTHERS] },
  { progress: "refused", reused: true, retried: [...IDEMPOTENT, ...OTHERS] },
  { progress: "no_response", reused: false, retried: [] },
  { progress: "no_response", reused: true, retried: IDEMPOTENT },
  { progress: "responding", reused: false, retried: [] },
  { progress: "responding", reused: true, retried: [] },
];

for (const { progress, reused, retried } of ROWS) {
  for (const method of [...IDEMPOTENT, ...OTHERS]) {
    const isRetried = retried.includes(method);
    const connection = reused ? "reused" : "new";
    Deno.test(`P-12, D-21, D-33: ${method} that fails ${progress} on a ${connection} connection is ${isRetried ? "retried" : "not retried"}`, async () => {
      const { result, sent } = await outcomeOf({ method }, [failure(progress)], reused);
      assertEquals(sent.length, isRetried ? 2 : 1);
      assertEquals(typeof result, isRetried ? "number" : "string");
    });
  }
}

for (const progress of ["unsent", "refused", "no_response"] as const) {
  Deno.test(`P-13: a request that fails ${progress} each time is sent three times`, async () => {
    const { result, sent, dials } = await outcomeOf({}, Array(9).fill(failure(progress)), true);
    assertEquals([sent.length, dials], [1 + MAX_RETRIES, 1 + MAX_RETRIES]);
    assertEquals(result, progress === "refused" ? "refused" : "connection_closed");
  });
}

Deno.test("P-13: a request that fails as often as it is retried gets the response of its last attempt", async () => {
  const { result, sent } = await outcomeOf({}, [failure("no_response"), failure("unsent")], true);
  assertEquals([result, sent.length], [200, 3]);
});

Deno.test("P-13: each attempt is judged by its own failure", async () => {
  const { sent } = await outcomeOf({ method: "POST", body: "x" }, [
    failure("refused"),
    failure("no_response"),
  ], true);
  assertEquals(sent, ["POST x", "POST x"]);
});

/** Codes of failures without a response, on a reused connection, and whether a GET is retried. */
const CODES: readonly (readonly [HttpError, boolean])[] = [
  [new Http1Error("connection_closed", "Cannot", { progress: "no_response" }), true],
  [new Http2Error("truncated", "Cannot", { progress: "no_response" }), true],
  [new Http2Error("keep_alive_timeout", "Cannot", { progress: "no_response" }), true],
  [new Http2Error("INTERNAL_ERROR", "Cannot", { progress: "no_response", scope: "stream" }), false],
  [new Http2Error("CANCEL", "Cannot", { progress: "no_response", scope: "stream" }), false],
  [new Http1Error("bad_status_line", "Cannot", { progress: "no_response" }), false],
  [new Http1Error("head_too_large", "Cannot", { progress: "unsent" }), false],
  [new Http1Error("request_body_failed", "Cannot", { progress: "refused" }), false],
  [new Http1Error("closed", "Cannot", { progress: "no_response" }), false],
];

for (const [error, isRetried] of CODES) {
  Deno.test(`P-12: ${error.code}, ${error.progress}, on a reused connection is ${isRetried ? "retried" : "not retried"}`, async () => {
    assertEquals((await outcomeOf({}, [error], true)).sent.length, isRetried ? 2 : 1);
  });
}

/** Makes a stream of one text. */
function stream(text: string): ReadableStream<Uint8Array> {
  return new Response(text).body ?? new ReadableStream();
}

/** Content, and whether it can be sent twice. */
const BODIES: readonly {
  readonly name: string;
  readonly make: () => ClientRequestInit;
  readonly again: boolean;
}[] = [
  { name: "text", make: () => ({ body: "abc" }), again: true },
  { name: "bytes", make: () => ({ body: new TextEncoder().encode("abc") }), again: true },
  { name: "a blob", make: () => ({ body: new Blob(["abc"]) }), again: true },
  { name: "parameters", make: () => ({ body: new URLSearchParams({ abc: "" }) }), again: true },
  { name: "a stream", make: () => ({ body: stream("abc") }), again: false },
  {
    name: "a stream of known length",
    make: () => ({ body: stream("abc"), headers: { "content-length": "3" } }),
    again: false,
  },
];

for (const { name, make, again } of BODIES) {
  for (const progress of ["unsent", "refused"] as const) {
    Deno.test(`P-12: content that is ${name}, ${progress}, is ${again ? "sent again whole" : "not sent again"}`, async () => {
      const { sent, result } = await outcomeOf({ method: "PUT", ...make() }, [failure(progress)], true);
      assertEquals(sent.length, again ? 2 : 1);
      assertEquals(new Set(sent).size, 1);
      assertEquals(result, again ? 200 : progress === "refused" ? "refused" : "connection_closed");
    });
  }
}

Deno.test("P-12: a stream that was not read when its request is refused is cancelled, with the failure", async () => {
  let reason: unknown;
  const body = new ReadableStream({ cancel: (given) => void (reason = given) }, { highWaterMark: 0 });
  const deadlines = new Deadlines();
  const pool = poolOf(deadlines);
  const down = new Error("down");
  await assertRejects(
    () => exchange(request({ method: "PUT", body }), () => pool, () => Promise.reject(down), undefined),
    Error,
    "down",
  );
  assertEquals(reason, down);
  deadlines.close();
});

Deno.test("P-12: a server that restarted has closed every idle connection: the retry takes none of them", async () => {
  const deadlines = new Deadlines();
  const pool = poolOf(deadlines);
  const stale = Array.from({ length: 5 }, () => connectionOf(() => Promise.reject(failure("no_response"))));
  for (
    const connection of await Promise.all(
      stale.map((one) => pool.wait({ connect: () => Promise.resolve(one), host: "a.test" })),
    )
  ) pool.giveBack(connection);
  assertEquals(pool.stats().idle, 5);
  const fresh = () => Promise.resolve(connectionOf(() => Promise.resolve(OK)));
  const { incoming } = await exchange(request(), () => pool, fresh, undefined);
  assertEquals([incoming.status, pool.stats().idle], [200, 0]);
  pool.close(() => new Error("the test is over"));
  deadlines.close();
});

Deno.test("a request whose pool has just lost its last connection waits in the client's pool, not in that one", async () => {
  const deadlines = new Deadlines();
  const current = [poolOf(deadlines, 1, () => void current.unshift(poolOf(deadlines)))];
  const old = current[0];
  const connect = (listener: ConnectionListener) => {
    const made: PooledConnection = connectionOf(() => Promise.resolve(OK), () => listener.onClosed(made));
    return Promise.resolve(made);
  };
  const connection = await old?.wait({ connect, host: "a.test" });
  if (connection !== undefined) old?.giveBack(connection);
  const busyUntil = performance.now() + 5;
  while (performance.now() < busyUntil); // no timer fires meanwhile
  const { incoming } = await exchange(request(), () => current[0] ?? poolOf(deadlines), connect, undefined);
  assertEquals(incoming.status, 200);
  assertEquals([current.length, old?.stats().connections, current[0]?.stats().connections], [2, 0, 1]);
  current[0]?.close(() => new Error("the test is over"));
  deadlines.close();
});

for (const [url, result] of [["http://a.test/", "connect_timeout"], ["https://a.test/", 200]] as const) {
  Deno.test(`timeouts.connect of ${url} ${result === 200 ? "is for the connection below TLS" : "is for all that is done"}`, async () => {
    const deadlines = new Deadlines();
    const pool = poolOf(deadlines);
    const prepared = request({ timeouts: { connect: 20, handshake: 60_000 } }, url);
    const over = new Promise((resolve) => setTimeout(resolve, 60 + MAX_CONNECT_LAG_MS));
    const connect = () => over.then(() => connectionOf(() => Promise.resolve(OK)));
    const outcome = await exchange(prepared, () => pool, connect, undefined).then(
      ({ incoming }) => incoming.status,
      ({ code }) => code,
    );
    assertEquals(outcome, result);
    await over;
    pool.close(() => new Error("the test is over"));
    deadlines.close();
  });
}

Deno.test("P-17: a request that was stopped while its connection refused it is not retried", async () => {
  const deadlines = new Deadlines();
  const pool = poolOf(deadlines);
  const control = new Control(deadlines, {}, undefined, "a.test");
  let sent = 0;
  const connect = () =>
    Promise.resolve(connectionOf(() => {
      sent++;
      control.stop("enough");
      return Promise.reject(failure("refused"));
    }));
  const outcome = await exchange(request(), () => pool, connect, control).catch((reason) => reason);
  assertEquals([outcome, sent], ["enough", 1]);
  deadlines.close();
});

Deno.test("the deadline of the head ends with the head, or with the attempt", async () => {
  for (const respond of [() => Promise.resolve(OK), () => Promise.reject(failure("responding"))]) {
    const deadlines = new Deadlines();
    const pool = poolOf(deadlines);
    const control = new Control(deadlines, { headers: 60_000 }, undefined, "a.test");
    let during = 0;
    const connect = () =>
      Promise.resolve(connectionOf(() => {
        during = deadlines.size;
        return respond();
      }));
    await exchange(request(), () => pool, connect, control).catch(() => {});
    assertEquals([during, deadlines.size], [1, 0]);
    deadlines.close();
  }
});
