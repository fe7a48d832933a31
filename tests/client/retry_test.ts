/** The option `retry`: which requests are sent again, when, and what ends that. */

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client, ClientError, type ClientRequestInit, type RetryOptions } from "../../mod.ts";
import { eventually } from "../support/eventually.ts";
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
    name: "a Retry-After of more digits than any time has is longer than allowed too",
    steps: [status(429, "retry-after: 99999999999999999999")],
    retry: AT_ONCE,
    result: 429,
    requests: 1,
  },
  {
    name: "a Retry-After that is malformed is ignored",
    steps: [status(429, "retry-after: soon"), OK],
    retry: AT_ONCE,
    result: 200,
    requests: 2,
  },
  {
    name: "a Retry-After of 0 is",
    steps: [status(503, "retry-after: 0"), OK],
    retry: { backoff: { initial: 1 } },
    result: 200,
    requests: 2,
  },
  {
    name: "a Retry-After that is just allowed is",
    steps: [status(503, "retry-after: 0"), OK],
    retry: { ...AT_ONCE, maxRetryAfter: 0 },
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

Deno.test("what is retried: over the same connection, once content that came later is read away", async () => {
  await using peer = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\n");
    await delay(5);
    await peer.send("busy");
    if (await peer.readHead() !== undefined) await peer.send(OK);
    await peer.untilClosed();
  });
  // The pause is over when the connection is free.
  const client: Client = new Client({ retry: { backoff: () => 200 } });
  const response = await client.get(peer.url);
  assertEquals(await response.text(), "ok");
  assertEquals([peer.connections, response.connection.reused], [1, true]);
  client.close();
});

Deno.test("what is retried: a blob of which the server wants no more, and the rest is not sent", async () => {
  let isFirstClosed = false;
  await using peer = scriptedServer(async (peer) => {
    await peer.readHead();
    if (peer.index > 0) return await peer.send(OK);
    await peer.send(status(503));
    await peer.untilClosed();
    isFirstClosed = true;
  });
  using client = new Client({ retry: AT_ONCE });
  const body = new Blob([new Uint8Array(32 * 1_048_576)]);
  const response = await client.put(peer.url, { body });
  assertEquals(await response.text(), "ok");
  await eventually("the first connection is closed", () => isFirstClosed);
});

Deno.test("what is retried: after what is asked for, and up to twice that", async () => {
  const { peer } = server([status(503, "retry-after: 2")]);
  await using _ = peer;
  const aborting = new AbortController();
  const delays: number[] = [];
  using client = new Client({
    retry: { backoff: () => 30_000 },
    on: {
      retry({ delay }) {
        delays.push(delay);
        aborting.abort(new DOMException("seen", "AbortError"));
      },
    },
  });
  await assertRejects(() => client.get(peer.url, { signal: aborting.signal }), DOMException, "seen");
  assertEquals(delays, [4_000]);
});

Deno.test("what is retried: nothing after a signal whose reason is an error of the client", async () => {
  const { got, peer } = server(["silence", OK]);
  await using _ = peer;
  const aborting = new AbortController();
  const reason = new ClientError("connection_closed", "Cannot go on: the caller says so");
  using client = new Client({
    retry: AT_ONCE,
    on: { connect: () => void setTimeout(() => aborting.abort(reason), 20) },
  });
  assertEquals(await client.get(peer.url, { signal: aborting.signal }).catch((error) => error), reason);
  assertEquals(got.length, 1);
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
