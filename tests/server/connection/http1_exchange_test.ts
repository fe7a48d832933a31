/** Exchanges of HTTP/1.1 in time: who waits for whom, who leaves, what a shutdown ends. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { ServeInfo } from "../../../server/exchange/serve_info.ts";
import { eventually } from "../../support/eventually.ts";
import { connectRaw, KEPT } from "../in_memory.ts";

const encoder = new TextEncoder();
const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
const CHUNKED = `HTTP/1.1 200 OK\r\n${KEPT}transfer-encoding: chunked\r\n\r\n`;

/** A stream that the test feeds, and what its consumer does. */
function source() {
  const seen: unknown[] = [];
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    pull: () => void pulls++,
    cancel: (reason) => void seen.push(reason),
  }, { highWaterMark: 0 });
  return {
    stream,
    seen,
    get pulls() {
      return pulls;
    },
    put: (text: string) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
    fail: (reason: unknown) => controller?.error(reason),
  };
}

Deno.test("Http1Server: the head of a stream does not wait for its content, and pieces leave as they come", async () => {
  const { stream, put, end } = source();
  await using client = connectRaw(() => new Response(stream));
  await client.send(GET);
  assertEquals(await client.receive(CHUNKED.length), CHUNKED);
  put("abc");
  assertEquals(await client.receive(8), "3\r\nabc\r\n");
  put("d");
  end();
  assertEquals(await client.receive(11), "1\r\nd\r\n0\r\n\r\n");
});

Deno.test("Http1Server: a declared length frames a stream, and what is more is left out", async () => {
  const { stream, put, seen } = source();
  await using client = connectRaw(() => new Response(stream, { headers: { "content-length": "4" } }));
  await client.send(GET);
  const head = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 4\r\n\r\n`;
  assertEquals(await client.receive(head.length), head);
  put("abc");
  put("def");
  assertEquals(await client.receive(4), "abcd");
  await client.send("TRACE / HTTP/1.1\r\nhost: h\r\n\r\n");
  assertEquals(await client.receive(12), "HTTP/1.1 405");
  assert(seen[0] instanceof TypeError);
});

Deno.test("Http1Server: a stream that is shorter than its declared length ends the connection, and onError is told", async () => {
  const { stream, put, end } = source();
  const errors: unknown[] = [];
  await using client = connectRaw(() => new Response(stream, { headers: { "content-length": "4" } }), {
    onError: (error) => {
      errors.push(error);
      return new Response("not used");
    },
  });
  await client.send(GET);
  const head = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 4\r\n\r\n`;
  assertEquals(await client.receive(head.length), head);
  put("abc");
  end();
  assertEquals(await client.receive(1000), "abc");
  assert(errors[0] instanceof TypeError);
});

Deno.test("Http1Server: a stream that fails ends the connection without the last chunk, and completed rejects", async () => {
  const { stream, put, fail } = source();
  const errors: unknown[] = [];
  let info: ServeInfo | undefined;
  await using client = connectRaw((_, given) => {
    info = given;
    return new Response(stream);
  }, {
    onError: (error) => {
      errors.push(error);
      throw error;
    },
  });
  await client.send(GET);
  put("abc");
  assertEquals(await client.receive(CHUNKED.length + 8), `${CHUNKED}3\r\nabc\r\n`);
  fail("broken");
  assertEquals(await client.receive(1), "");
  assertEquals(errors, ["broken"]);
  assertEquals(await info?.completed.catch((reason) => reason), "broken");
});

Deno.test("Http1Server: back-pressure: a client that does not read is not read for", async () => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(16_384));
    },
  }, { highWaterMark: 0 });
  await using client = connectRaw(() => new Response(stream), { capacity: 65_536 });
  await client.send(GET);
  await eventually("the pipe is full", () => client.connection !== undefined && pulled >= 4);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert(pulled < 10, `${pulled} pieces were read for a client that reads none`);
});

Deno.test("Http1Server: a client that leaves while the handler runs aborts the signal, and its answer is dropped", async () => {
  const answer = Promise.withResolvers<Response>();
  const { stream, seen } = source();
  let request: Request | undefined;
  let info: ServeInfo | undefined;
  const client = connectRaw((given, more) => {
    [request, info] = [given, more];
    return answer.promise;
  });
  await client.send(GET);
  await eventually("the handler runs", () => request !== undefined);
  client.io.close();
  await client.connection.finished;
  assertEquals(request?.signal.aborted, true);
  assertEquals(request?.signal.reason.name, "AbortError");
  answer.resolve(new Response(stream));
  await eventually("the stream is cancelled", () => seen.length === 1);
  await assertRejects(async () => await info?.completed, DOMException);
});

Deno.test("Http1Server: a handler that fails because its client has left is no error of the application", async () => {
  const answer = Promise.withResolvers<Response>();
  let errors = 0;
  let request: Request | undefined;
  const client = connectRaw((given) => {
    request = given;
    given.signal.addEventListener("abort", () => answer.reject(given.signal.reason));
    return answer.promise;
  }, {
    onError: () => {
      errors++;
      return new Response(null);
    },
  });
  await client.send(GET);
  await eventually("the handler runs", () => request !== undefined);
  client.io.close();
  await client.connection.finished;
  await assertRejects(() => answer.promise, DOMException);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(errors, 0);
});

Deno.test("Http1Server: an informational response has a status of 102 to 199", async () => {
  const messages: string[] = [];
  await using client = connectRaw((_, info) => {
    for (const status of [99, 101, 200, 103.5, NaN]) {
      messages.push(assertThrows(() => info.inform(status), RangeError).message);
    }
    for (const status of [102, 199]) info.inform(status);
    return new Response(null);
  });
  await client.send(GET);
  assertEquals((await client.receive(42)).match(/HTTP\/1.1 [0-9]+/g), ["HTTP/1.1 102", "HTTP/1.1 199"]);
  assertEquals(
    messages,
    [99, 101, 200, 103.5, NaN].map((status) =>
      `Cannot send an informational response: ${status} is not 102 to 199`
    ),
  );
});

Deno.test("Http1Server: a client that leaves during a stream cancels it", async () => {
  const { stream, seen, put } = source();
  let request: Request | undefined;
  const client = connectRaw((given) => {
    request = given;
    return new Response(stream);
  });
  await client.send(GET);
  assertEquals(await client.receive(CHUNKED.length), CHUNKED);
  put("abc");
  client.io.reset();
  await client.connection.finished;
  assertEquals(seen.length, 1);
  assertEquals(request?.signal.aborted, true);
});

Deno.test("Http1Server: a client that leaves a stream whose cancellation fails costs nothing but its connection", async () => {
  let cancelled = false;
  const started = Promise.withResolvers<void>();
  const client = connectRaw((_, info) => {
    void info.completed; // its rejection is not waited for
    started.resolve();
    return new Response(
      new ReadableStream({
        pull: () => Promise.withResolvers<void>().promise,
        cancel: () => {
          cancelled = true;
          return Promise.reject(new Error("cannot be cancelled"));
        },
      }),
    );
  });
  await client.send(GET);
  await client.receive(CHUNKED.length);
  await started.promise;
  client.io.reset();
  await client.connection.finished;
  assertEquals(cancelled, true);
});

Deno.test("Http1Server: the signal is not aborted after a response that was sent", async () => {
  let request: Request | undefined;
  const client = connectRaw((given) => {
    request = given;
    return new Response(null);
  });
  await client.send(GET);
  await client.receive(20);
  client.io.close();
  await client.connection.finished;
  assertEquals(request?.signal.aborted, false);
});

Deno.test("Http1Server, V-40: content is asked for by 100 (Continue) when the handler reads it, once", async () => {
  await using client = connectRaw(async (request) => new Response(encoder.encode(await request.text())));
  await client.send("POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
  assertEquals(await client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
  await client.send("a");
  await client.send("bc");
  const response = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 3\r\n\r\nabc`;
  assertEquals(await client.receive(response.length), response);
});

Deno.test("Http1Server: content and response are on their way at once", async () => {
  await using client = connectRaw((request) => new Response(request.body));
  await client.send("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n");
  assertEquals(await client.receive(CHUNKED.length), CHUNKED);
  for (const text of ["abc", "de"]) {
    const chunk = `${text.length}\r\n${text}\r\n`;
    await client.send(chunk);
    assertEquals(await client.receive(chunk.length), chunk);
  }
  await client.send("0\r\n\r\n");
  assertEquals(await client.receive(5), "0\r\n\r\n");
  await client.send("TRACE / HTTP/1.1\r\nhost: h\r\n\r\n");
  assertEquals(await client.receive(12), "HTTP/1.1 405");
});

Deno.test("Http1Server: content that is read after the response goes on, and so does the connection", async () => {
  const text = Promise.withResolvers<string>();
  await using client = connectRaw((request) => {
    if (request.method === "POST") setTimeout(() => text.resolve(request.text()), 5);
    return new Response(null);
  });
  await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 6\r\n\r\nabc");
  const response = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 0\r\n\r\n`;
  assertEquals(await client.receive(response.length), response);
  await client.send(`def${GET}`);
  assertEquals(await text.promise, "abcdef");
  assertEquals(await client.receive(response.length), response);
});

Deno.test("Http1Server, V-20: content that the handler gives up is dropped as far as the limit", async () => {
  for (const length of [6, 100_000]) {
    await using client = connectRaw(async (request) => {
      await request.body?.cancel();
      return new Response(null);
    });
    await client.send(`POST / HTTP/1.1\r\nhost: h\r\ncontent-length: ${length}\r\n\r\nabc`);
    const fields = length === 6 ? KEPT : "connection: close\r\n";
    const response = `HTTP/1.1 200 OK\r\n${fields}content-length: 0\r\n\r\n`;
    assertEquals(await client.receive(response.length), response);
    if (length === 6) await client.send("defTRACE / HTTP/1.1\r\nhost: h\r\n\r\n");
    assertEquals(await client.receive(12), length === 6 ? "HTTP/1.1 405" : "");
  }
});

Deno.test("Http1Server, V-20: endless content that is given up after the response's head ends the connection", async () => {
  const { stream, put, end } = source();
  const gate = Promise.withResolvers<void>();
  await using client = connectRaw((request) => {
    const reader = request.body?.getReader();
    reader?.read().then(() => gate.promise).then(() => reader.cancel());
    return new Response(stream);
  });
  await client.send("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
  assertEquals(await client.receive(CHUNKED.length), CHUNKED);
  gate.resolve();
  put("abc");
  assertEquals(await client.receive(8), "3\r\nabc\r\n");
  end();
  assertEquals(await client.receive(100), "0\r\n\r\n");
});

Deno.test("Http1Server: a stream that is silent for longer than the timeouts goes on", async () => {
  const { stream, put, end } = source();
  const timeouts = { headers: 20, body: 20, write: 20, idle: 20 };
  await using client = connectRaw(() => new Response(stream), { timeouts });
  await client.send(GET);
  const head = CHUNKED.replace("keep-alive: timeout=70\r\n", "");
  assertEquals(await client.receive(head.length), head);
  await new Promise((resolve) => setTimeout(resolve, 100));
  put("abc");
  end();
  assertEquals(await client.receive(13), "3\r\nabc\r\n0\r\n\r\n");
});

Deno.test("Http1Server: timeouts: half a head is a 408, and silence ends the connection", async () => {
  const timeouts = { headers: 20, body: 20, write: 20, idle: 20 };
  // The timers of a server keep no process alive, and there is no socket here.
  const awake = setInterval(() => {}, 10);
  for (const sent of ["", "GET / HT", "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\na"]) {
    await using client = connectRaw(async (request) => new Response(await request.text()), {
      timeouts,
      onError: () => new Response(null),
    });
    if (sent !== "") await client.send(sent);
    assertEquals((await client.receive(1000)).slice(0, 12), sent === "" ? "" : "HTTP/1.1 408");
  }
  clearInterval(awake);
});

Deno.test("Http1Server, V-20: more content than is read ahead: the connection ends, and the response can be read", async () => {
  await using client = connectRaw(() => new Response(null), { capacity: 1 << 20 });
  await client.send(`POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n${"x".repeat(200_000)}`);
  const response = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
  assertEquals(await client.receive(1000), response);
});

Deno.test("Http1Server: pipelined requests are read ahead within a limit", async () => {
  const gate = Promise.withResolvers<void>();
  await using client = connectRaw(async () => {
    await gate.promise;
    return new Response(null);
  }, { capacity: 16_384 });
  const sending = client.send(GET.repeat(10_000));
  await eventually("no more is read", () => client.io.unread >= 16_384);
  gate.resolve();
  const length = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 0\r\n\r\n`.length;
  let received = 0;
  while (received < 10_000 * length) received += (await client.receive(length)).length;
  await sending;
});

Deno.test("Http1Server: 1xx responses go before the final one; a client of HTTP/1.0 gets none", async () => {
  await using client = connectRaw((_, info) => {
    info.inform(103, { link: "</a.css>; rel=preload" });
    return new Response(null);
  });
  await client.send(GET);
  const early = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n";
  assertEquals(await client.receive(early.length + 12), early + "HTTP/1.1 200");
  await using old = connectRaw((_, info) => {
    info.inform(103, {});
    return new Response(null);
  });
  await old.send("GET / HTTP/1.0\r\n\r\n");
  assertEquals(await old.receive(12), "HTTP/1.1 200");
});

Deno.test("Http1Server: trailers are sent to a client that takes them, and only there", async () => {
  const handler = (_: Request, info: ServeInfo) => {
    info.sendTrailers(() => ({ "x-sum": "1" }));
    return new Response(encoder.encode("abc"));
  };
  await using client = connectRaw(handler);
  await client.send("GET / HTTP/1.1\r\nhost: h\r\nte: trailers\r\nconnection: te\r\n\r\n");
  const chunks = "3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n";
  assertEquals(await client.receive(CHUNKED.length + chunks.length), CHUNKED + chunks);
  await client.send(GET);
  const whole = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 3\r\n\r\nabc`;
  assertEquals(await client.receive(whole.length), whole);
});

Deno.test("Http1Server: trailers of the request come after its content", async () => {
  const trailers = Promise.withResolvers<Headers>();
  await using client = connectRaw(async (request, info) => {
    info.trailers.then(trailers.resolve);
    return new Response(encoder.encode(await request.text()));
  });
  await client.send("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
  await client.send("0\r\nx-sum: 1\r\nhost: evil\r\n\r\n");
  assertEquals([...await trailers.promise], [["x-sum", "1"]]);
});

Deno.test("Http1Server: a shutdown closes an idle connection, and half a head, at once", async () => {
  for (const sent of ["", GET, "GET / HT"]) {
    await using client = connectRaw(() => new Response(null));
    await client.send(sent);
    if (sent === GET) await client.receive(20);
    await client.connection.shutdown();
  }
});

Deno.test("Http1Server: a shutdown lets the exchange end, says close, and closes", async () => {
  const gate = Promise.withResolvers<void>();
  let runs = false;
  await using client = connectRaw(async () => {
    runs = true;
    await gate.promise;
    return new Response(null);
  });
  await client.send(GET + GET);
  await eventually("the handler runs", () => runs);
  const shutdown = client.connection.shutdown();
  gate.resolve();
  const response = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
  assertEquals(await client.receive(1000), response);
  client.io.close();
  await shutdown;
});

Deno.test("Http1Server: a signal closes the connection at once", async () => {
  const controller = new AbortController();
  let request: Request | undefined;
  const client = connectRaw((given) => {
    request = given;
    return new Promise(() => {});
  }, { signal: controller.signal });
  await client.send(GET);
  await eventually("the handler runs", () => request !== undefined);
  controller.abort("enough");
  await client.connection.finished;
  assertEquals(request?.signal.reason, "enough");
});

const BAD_RESPONSES = [
  { name: "nothing", value: undefined },
  { name: "a plain object", value: {} },
  { name: "an error response", value: Response.error() },
  { name: "a locked stream", value: lockedResponse() },
] as const;
for (const { name, value } of BAD_RESPONSES) {
  Deno.test(`Http1Server: a handler that returns ${name} is a 500 by onError`, async () => {
    const errors: unknown[] = [];
    await using client = connectRaw(() => value as Response, {
      onError: (error) => {
        errors.push(error);
        return new Response(null, { status: 500 });
      },
    });
    await client.send(GET);
    assertEquals(await client.receive(12), "HTTP/1.1 500");
    assert(errors[0] instanceof TypeError);
  });
}

Deno.test("Http1Server: a response that was sent before is a 500", async () => {
  const response = new Response("once");
  await using client = connectRaw(() => response, { onError: () => new Response(null, { status: 500 }) });
  await client.send(GET + GET);
  assertEquals(await client.receive(12), "HTTP/1.1 200");
  const rest = await client.receive(`\r\ncontent-type: text/plain;charset=UTF-8\r\n${KEPT}`.length + 40);
  assert(rest.includes("HTTP/1.1 500"));
});

const BAD_ON_ERRORS = {
  "throws": () => {
    throw new Error("again");
  },
  "rejects": () => Promise.reject(new Error("again")),
  "returns nothing": () => undefined as unknown as Response,
} as const;
for (const [name, onError] of Object.entries(BAD_ON_ERRORS)) {
  Deno.test(`Http1Server: an onError that ${name} is a 500`, async () => {
    await using client = connectRaw(() => Promise.reject(new Error("first")), { onError });
    await client.send(GET);
    const response =
      `HTTP/1.1 500 Internal Server Error\r\n${KEPT}content-length: 21\r\n\r\nInternal Server Error`;
    assertEquals(await client.receive(response.length), response);
  });
}

function lockedResponse(): Response {
  const response = new Response(new ReadableStream());
  response.body?.getReader();
  return response;
}
