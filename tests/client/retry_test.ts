/** The option `retry`: which requests are sent again, when, and what ends that. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientRequestInit, type RetryOptions } from "../../mod.ts";
import { parseHttpDate, retryAfter } from "../../client/retry/retry_after.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";
import { recordHooks } from "./hooks/support.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const status = (code: number, ...fields: string[]) =>
  `HTTP/1.1 ${code} X\r\n${fields.map((field) => `${field}\r\n`).join("")}content-length: 0\r\n\r\n`;

/** What a server does with each request it gets: answers, or closes the connection without a word. */
type Step = string | "close" | "silence";

interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly retry?: number | RetryOptions;
  readonly init?: ClientRequestInit;
  /** Milliseconds until its signal is aborted. */
  readonly abortAfter?: number;
  /** The status of the response, or the code of the failure. */
  readonly result: number | string;
  /** Requests that the server got. */
  readonly requests: number;
  /** Pauses that were begun. Default: one before each request but the first and those of redirects. */
  readonly pauses?: number;
}

const AT_ONCE: RetryOptions = { backoff: () => 0 };
const stream = () =>
  new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("ping"));
      controller.close();
    },
  }, { highWaterMark: 0 });

const ROWS: readonly Row[] = [
  { name: "without the option nothing is", steps: [status(503), OK], result: 503, requests: 1 },
  { name: "a 503 is", steps: [status(503), OK], retry: AT_ONCE, result: 200, requests: 2 },
  {
    name: "two are by default, and the last response is returned",
    steps: [],
    retry: AT_ONCE,
    result: 503,
    requests: 3,
  },
  {
    name: "as many are as attempts says",
    steps: [],
    retry: { ...AT_ONCE, attempts: 4 },
    result: 503,
    requests: 5,
  },
  {
    name: "none are with attempts of 0",
    steps: [],
    retry: { ...AT_ONCE, attempts: 0 },
    result: 503,
    requests: 1,
  },
  { name: "none are with 0", steps: [], retry: 0, result: 503, requests: 1 },
  { name: "a 501 is not", steps: [status(501)], retry: AT_ONCE, result: 501, requests: 1 },
  { name: "a 404 is not", steps: [status(404)], retry: AT_ONCE, result: 404, requests: 1 },
  {
    name: "a status that is named is",
    steps: [status(404), OK],
    retry: { ...AT_ONCE, statuses: [404] },
    result: 200,
    requests: 2,
  },
  {
    name: "a status that is not named is not",
    steps: [status(503)],
    retry: { ...AT_ONCE, statuses: [404] },
    result: 503,
    requests: 1,
  },
  {
    name: "a POST is not",
    steps: [status(503)],
    retry: AT_ONCE,
    init: { method: "POST", body: "ping" },
    result: 503,
    requests: 1,
  },
  {
    name: "a POST that is named is, with its content",
    steps: [status(503), OK],
    retry: { ...AT_ONCE, methods: ["post"] },
    init: { method: "POST", body: "ping" },
    result: 200,
    requests: 2,
  },
  {
    name: "a GET that is not named is not",
    steps: [status(503)],
    retry: { ...AT_ONCE, methods: ["POST"] },
    result: 503,
    requests: 1,
  },
  {
    name: "a PUT is, with its content",
    steps: [status(503), OK],
    retry: AT_ONCE,
    init: { method: "PUT", body: "ping" },
    result: 200,
    requests: 2,
  },
  {
    name: "a blob is",
    steps: [status(503), OK],
    retry: AT_ONCE,
    init: { method: "PUT", body: new Blob(["ping"]) },
    result: 200,
    requests: 2,
  },
  {
    name: "a stream is not",
    steps: [status(503)],
    retry: AT_ONCE,
    init: { method: "PUT", body: stream(), headers: { "content-length": "4" } },
    result: 503,
    requests: 1,
  },
  {
    name: "a connection that ends without a response is",
    steps: ["close", OK],
    retry: AT_ONCE,
    result: 200,
    requests: 2,
  },
  {
    name: "without the option, a new connection that ends is not",
    steps: ["close", OK],
    result: "connection_closed",
    requests: 1,
  },
  {
    name: "a response that cannot be understood is not",
    steps: ["nonsense\r\n\r\n"],
    retry: AT_ONCE,
    result: "protocol_error",
    requests: 1,
  },
  {
    name: "a head that is cut short is, for nothing of it was read",
    steps: ["HTTP/1.1 200 OK\r\ncontent-le", OK],
    retry: AT_ONCE,
    result: 200,
    requests: 2,
  },
  {
    name: "a timeout of the headers is",
    steps: ["silence", OK],
    retry: AT_ONCE,
    init: { timeouts: { headers: 40 } },
    result: 200,
    requests: 2,
  },
  {
    name: "a timeout of the headers is, within the total deadline",
    steps: ["silence", OK],
    retry: AT_ONCE,
    init: { timeouts: { headers: 40, total: 9_000 }, signal: new AbortController().signal },
    result: 200,
    requests: 2,
  },
  {
    name: "a timeout of the headers that is met each time is the failure",
    steps: ["silence", "silence", "silence"],
    retry: AT_ONCE,
    init: { timeouts: { headers: 40 } },
    result: "headers_timeout",
    requests: 3,
  },
  {
    name: "the total deadline is final",
    steps: ["silence", "silence"],
    retry: AT_ONCE,
    init: { timeouts: { total: 40 } },
    result: "total_timeout",
    requests: 1,
  },
  {
    name: "the signal is final",
    steps: ["silence", "silence"],
    retry: AT_ONCE,
    abortAfter: 40,
    result: "TimeoutError",
    requests: 1,
  },
  {
    name: "a pause that the total deadline would end is not begun",
    steps: [status(503)],
    retry: { backoff: () => 60_000 },
    init: { timeouts: { total: 30_000 } },
    result: 503,
    requests: 1,
  },
  {
    name: "the signal ends the pause",
    steps: [status(503)],
    retry: { backoff: () => 60_000 },
    abortAfter: 60,
    result: "TimeoutError",
    requests: 1,
    pauses: 1,
  },
  {
    name: "a Retry-After that is longer than allowed is not waited for",
    steps: [status(429, "retry-after: 61")],
    retry: AT_ONCE,
    result: 429,
    requests: 1,
  },
  {
    name: "a Retry-After of too many digits is ignored, as one that is malformed",
    steps: [status(429, "retry-after: 99999999999"), status(429, "retry-after: soon"), OK],
    retry: AT_ONCE,
    result: 200,
    requests: 3,
  },
  {
    name: "a Retry-After of 0 is",
    steps: [status(503, "retry-after: 0"), OK],
    retry: { backoff: { initial: 1 } },
    result: 200,
    requests: 2,
  },
  {
    name: "a Retry-After that is over is",
    steps: [status(503, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT"), OK],
    retry: AT_ONCE,
    result: 200,
    requests: 2,
  },
  {
    name: "a backoff that is no number is none",
    steps: [status(503)],
    retry: { backoff: () => NaN },
    result: 503,
    requests: 1,
  },
  {
    name: "what the caller's backoff throws is the failure",
    steps: [status(503)],
    retry: {
      backoff() {
        throw new RangeError("mine");
      },
    },
    result: "RangeError",
    requests: 1,
  },
  {
    name: "attempts count for the redirects together",
    steps: [status(503), status(302, "location: /next"), status(503), status(503)],
    retry: { ...AT_ONCE, attempts: 2 },
    result: 503,
    requests: 4,
  },
];

/** Does each step on the next request, whatever connection it comes over. */
function server(steps: readonly Step[]) {
  const got: string[] = [];
  const script = async (peer: Peer): Promise<void> => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
      const step = steps[got.length] ?? status(503);
      got.push(`${head.slice(0, head.indexOf(" "))} ${await peer.readBytes(length)}`.trim());
      if (step === "silence") return await peer.untilClosed();
      if (step !== "close") await peer.send(step);
      if (step === "close" || !step.endsWith("\r\n\r\n") && step !== OK) return;
    }
  };
  return { got, peer: scriptedServer(script) };
}

for (const { name, steps, retry, init, abortAfter, result, requests, pauses } of ROWS) {
  Deno.test(`what is retried: ${name}`, async () => {
    const { got, peer } = server(steps);
    await using _ = peer;
    const told = recordHooks();
    using client = new Client({ ...(retry !== undefined && { retry }), on: told.on });
    const outcome = await client.fetch(peer.url, {
      ...init,
      ...(abortAfter !== undefined && { signal: AbortSignal.timeout(abortAfter) }),
    }).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      (error) => error instanceof ClientError ? error.code : error.name,
    );
    assertEquals(outcome, result);
    assertEquals(got.length, requests);
    assertEquals(new Set(got).size, 1, "each is the same");
    const retries = told.events.filter(({ type }) => type === "retry").length;
    const redirects = told.events.filter(({ type }) => type === "redirect").length;
    assertEquals(retries, pauses ?? requests - 1 - redirects, "each is told");
    assertEquals(client.stats().waiting, 0);
  });
}

Deno.test("what is retried: a connection that is refused, until something listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  let server: Deno.HttpServer | undefined;
  const backoff = () => {
    server ??= Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, () => new Response("ok"));
    return 0;
  };
  using client = new Client({ retry: { backoff } });
  const response = await client.get(`http://127.0.0.1:${port}/`);
  assertEquals(await response.text(), "ok");
  client.close();
  await server?.shutdown();
});

Deno.test("what is retried: a connection of the response before, once its content is read away", async () => {
  const { peer } = server([status(503), OK]);
  await using _ = peer;
  using client = new Client({ retry: AT_ONCE });
  const response = await client.get(peer.url);
  assertEquals(await response.text(), "ok");
  assertEquals([peer.connections, response.connection.reused], [1, true]);
});

Deno.test("what is retried: nothing of a certificate that is refused", async () => {
  const { startOrigin } = await import("../support/origin.ts");
  await using origin = await startOrigin();
  const told = recordHooks();
  using client = new Client({ retry: { ...AT_ONCE, attempts: 5 }, on: told.on });
  await assertRejects(() => client.get(origin.url), ClientError);
  assertEquals(told.events.filter(({ type }) => type === "connect").length, 1);
});

Deno.test("what is retried: nothing any more once the client is closed, and the pause is over at once", async () => {
  const { peer } = server([status(503)]);
  await using _ = peer;
  using client: Client = new Client({
    retry: { backoff: () => 60_000 },
    on: { retry: (): void => client.close() },
  });
  const error = await assertRejects(() => client.get(peer.url), ClientError);
  assertEquals(error.code, "client_closed");
});

Deno.test("what is retried: as the request says, where it differs from the client", async () => {
  const { got, peer } = server([]);
  await using _ = peer;
  using client = new Client({ retry: { ...AT_ONCE, attempts: 1 } });
  await (await client.get(peer.url, { retry: 3 })).body?.cancel();
  assertEquals(got.length, 4, "three retries, with the backoff of the client");
  await (await client.get(peer.url, { retry: 0 })).body?.cancel();
  assertEquals(got.length, 5);
});

for (const retry of [3, false, { limit: 3 }]) {
  Deno.test(`what is retried: nothing by ${JSON.stringify(retry)} of a library that passes it on`, async () => {
    const { got, peer } = server([]);
    await using _ = peer;
    using client = new Client({ unknownRequestOptions: "ignore" });
    const init = { retry } as unknown as ClientRequestInit; // as of a library
    await (await client.get(peer.url, init)).body?.cancel();
    assertEquals(got.length, 1);
  });
}

Deno.test("the pause before a retry is what is asked for and more, and random up to a limit that doubles", async () => {
  const { resolveRetry } = await import("../../client/request/retry_options.ts");
  const refused = (reason: string) => new Error(reason);
  const policy = resolveRetry({ backoff: { initial: 100, max: 350 } }, undefined, refused);
  const most = [0, 0, 0, 0];
  for (let i = 0; i < 500; i++) {
    for (const retry of [1, 2, 3, 4]) {
      const pause = policy?.backoff(retry) ?? -1;
      most[retry - 1] = Math.max(most[retry - 1] ?? 0, pause);
      assertEquals(pause >= 0 && pause <= Math.min(350, 100 * 2 ** (retry - 1)), true);
    }
  }
  assertEquals(most.map((pause, i) => pause > 50 * Math.min(2 ** i, 4)), [true, true, true, true]);
});

const NOW = Date.UTC(2026, 11, 1, 12, 0, 0);
const RETRY_AFTER: readonly (readonly [value: string, milliseconds: number | undefined])[] = [
  ["0", 0],
  ["120", 120_000],
  ["Tue, 01 Dec 2026 12:00:30 GMT", 30_000],
  ["Tuesday, 01-Dec-26 12:00:30 GMT", 30_000],
  ["Tue Dec  1 12:00:30 2026", 30_000],
  ["Tue, 01 Dec 2026 11:00:00 GMT", 0],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["+1", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["12345678901", undefined],
  ["Tue, 01 Dec 2026 12:00:30", undefined],
  ["Tue, 01 Dec 2026 12:00:30 +0000", undefined],
  ["Tue, 01 Foo 2026 12:00:30 GMT", undefined],
  ["Tue, 00 Dec 2026 12:00:30 GMT", undefined],
  ["Tue, 32 Dec 2026 12:00:30 GMT", undefined],
  ["Tue, 01 Dec 2026 24:00:30 GMT", undefined],
  ["Tue, 01 Dec 2026 12:60:30 GMT", undefined],
  ["2026-12-01T12:00:30Z", undefined],
];

for (const [value, milliseconds] of RETRY_AFTER) {
  Deno.test(`a Retry-After of "${value}"`, () => {
    assertEquals(retryAfter([["retry-after", value]], NOW), milliseconds);
  });
}

Deno.test("an HTTP-date of each format, and the century of two digits", () => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37);
  assertEquals(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), time);
  assertEquals(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", NOW), time, "not 2094");
  assertEquals(parseHttpDate("Sun Nov  6 08:49:37 1994"), time);
  assertEquals(parseHttpDate("Sunday, 06-Nov-76 08:49:37 GMT", NOW), Date.UTC(2076, 10, 6, 8, 49, 37));
  assertEquals(parseHttpDate("Sunday, 06-Nov-77 08:49:37 GMT", NOW), Date.UTC(1977, 10, 6, 8, 49, 37));
});

for (
  const [retry, says] of [
    ["3", '"retry" is neither a number nor an object'],
    [null, '"retry" is neither a number nor an object'],
    [{ limit: 3 }, '"retry.limit" is not an option of this version'],
    [-1, '"retry.attempts" must be a whole number of at least 0'],
    [1.5, '"retry.attempts" must be a whole number of at least 0'],
    [Infinity, '"retry.attempts" must be a whole number of at least 0'],
    [{ statuses: 503 }, '"retry.statuses" must be a list of statuses from 400 to 599'],
    [{ statuses: [200] }, '"retry.statuses" must be a list of statuses from 400 to 599'],
    [{ methods: "GET" }, '"retry.methods" must be a list of methods'],
    [{ methods: ["GET /"] }, '"retry.methods" must be a list of methods'],
    [{ backoff: { initial: -1 } }, '"retry.backoff" must have milliseconds'],
    [{ backoff: { factor: 2 } }, '"retry.backoff.factor" is not an option of this version'],
    [{ backoff: 100 }, '"retry.backoff" is neither a function nor an object'],
    [{ maxRetryAfter: "60" }, '"retry.maxRetryAfter" must be milliseconds'],
  ] as const
) {
  Deno.test(`an option retry that is refused: ${JSON.stringify(retry)}`, async () => {
    const given = retry as unknown as RetryOptions; // no caller whose types are checked could
    assertThrows(() => new Client({ retry: given }), ClientError, says);
    using client = new Client();
    await assertRejects(() => client.get("http://localhost/", { retry: given }), ClientError, says);
  });
}
