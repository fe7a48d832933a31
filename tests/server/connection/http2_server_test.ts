/** The driver of HTTP/2 before a client machine. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ServeInfo } from "../../../server/exchange/serve_info.ts";
import { eventually } from "../../support/eventually.ts";
import { Http2MachineClient } from "../http2_machine_client.ts";

const encoder = new TextEncoder();

for (const chunk of [undefined, 1]) {
  const split = chunk === 1 ? ", byte by byte" : "";
  const options = chunk === undefined ? {} : { chunk };

  Deno.test(`Http2Server: a response with content, and one without${split}`, async () => {
    await using client = new Http2MachineClient(
      (request) => new Response(request.url.endsWith("?") ? null : encoder.encode(request.url)),
      options,
    );
    client.request("GET", true, [], "/a");
    client.request("GET", true, [], "/?");
    await client.flush();
    await client.until("1 end");
    await client.until("3 end");
    assertEquals(client.content.get(1), "http://h/a");
    assert(client.events.includes("1 200 content-length=10"));
    assert(client.events.includes("3 200 content-length=0"));
  });

  Deno.test(`Http2Server: content that comes with its end, and trailers both ways${split}`, async () => {
    await using client = new Http2MachineClient(async (request, info) => {
      const text = await request.text();
      const sum = (await info.trailers).get("x-sum");
      info.sendTrailers(() => ({ "x-sum": `${sum}!` }));
      return new Response(encoder.encode(text));
    }, options);
    const id = client.request("POST", false);
    client.machine.sendData(id, encoder.encode("abc"), false);
    client.machine.sendTrailers(id, [["x-sum", "1"]]);
    await client.flush();
    await client.until("1 end x-sum=1!");
    assertEquals(client.content.get(1), "abc");
    assert(client.events.includes("1 200"), "no length goes before trailers");
  });

  Deno.test(`Http2Server: content and response are on their way at once${split}`, async () => {
    await using client = new Http2MachineClient((request) => new Response(request.body), options);
    const id = client.request("POST", false);
    await client.flush();
    await client.until("1 200");
    for (const text of ["abc", "def"]) {
      client.machine.sendData(id, encoder.encode(text), false);
      await client.flush();
      await eventually(text, () => client.content.get(1)?.endsWith(text) === true);
    }
    client.machine.sendData(id, new Uint8Array(), true);
    await client.flush();
    await client.until("1 end");
  });
}

Deno.test("Http2Server, V-40: 100 (Continue) is sent when the handler reads, and early hints when it says so", async () => {
  await using client = new Http2MachineClient(async (request, info) => {
    info.inform(103, { link: "</a>" });
    return new Response(encoder.encode(await request.text()));
  });
  const id = client.request("POST", false, [["expect", "100-continue"]]);
  await client.flush();
  await client.until("1 100");
  client.machine.sendData(id, encoder.encode("abc"), true);
  await client.flush();
  await client.until("1 end");
  assertEquals(client.events.filter((line) => /^1 1/.test(line)), ["1 103 link=</a>", "1 100"]);
});

Deno.test("Http2Server, V-20, V-86: content that is not read: the response is complete, and RST_STREAM(NO_ERROR) ends the rest", async () => {
  await using client = new Http2MachineClient(() => new Response(encoder.encode("no")));
  client.request("POST", false);
  await client.flush();
  await client.until("1 end");
  await client.until("1 reset NO_ERROR");
});

Deno.test("Http2Server: HEAD has the length and no content; a status without content has none", async () => {
  await using client = new Http2MachineClient((request) =>
    request.method === "HEAD" ? new Response(encoder.encode("abc")) : new Response(null, { status: 204 })
  );
  client.request("HEAD");
  client.request("GET");
  await client.flush();
  await client.until("1 end");
  await client.until("3 end");
  assert(client.events.includes("1 200 content-length=3"));
  assert(client.events.includes("3 204"));
});

Deno.test("Http2Server, V-55: fields of the connection are left out", async () => {
  await using client = new Http2MachineClient(() =>
    new Response(null, {
      headers: { "transfer-encoding": "chunked", "keep-alive": "a", upgrade: "b", "x-a": "1" },
    })
  );
  client.request();
  await client.flush();
  await client.until("1 200 x-a=1 content-length=0");
});

Deno.test("Http2Server: a large response waits for the client's window", async () => {
  await using client = new Http2MachineClient(() => new Response(new Uint8Array(10_000_000).fill(0x61)));
  client.request();
  await client.flush();
  await client.until("1 end");
  assertEquals(client.content.get(1)?.length, 10_000_000);
});

Deno.test("Http2Server: a stream that fails resets its own stream, and onError is told", async () => {
  const errors: unknown[] = [];
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode("a")),
    pull: () => Promise.reject("broken"),
  }, { highWaterMark: 1 });
  await using client = new Http2MachineClient(
    (request) => new Response(request.url.endsWith("/1") ? stream : null),
    {
      onError: (error) => {
        errors.push(error);
        return new Response(null);
      },
    },
  );
  client.request("GET", true, [], "/1");
  client.request("GET", true, [], "/2");
  await client.flush();
  await client.until("1 reset INTERNAL_ERROR");
  await client.until("3 end");
  assertEquals(errors, ["broken"]);
});

Deno.test("Http2Server, V-53: a reset aborts the signal and cancels the response's stream", async () => {
  const seen: unknown[] = [];
  let request: Request | undefined;
  let info: ServeInfo | undefined;
  const stream = new ReadableStream({ cancel: (reason) => void seen.push(reason) });
  await using client = new Http2MachineClient((...given) => {
    [request, info] = given;
    return new Response(stream);
  });
  const id = client.request();
  await client.flush();
  await client.until("1 200");
  client.machine.reset(id);
  await client.flush();
  await eventually("the stream is cancelled", () => seen.length === 1);
  assertEquals(request?.signal.aborted, true);
  await assertRejects(async () => await info?.completed, DOMException);
});

Deno.test("Http2Server: a reset of a stream whose cancellation fails costs no other", async () => {
  let cancelled = false;
  await using client = new Http2MachineClient((request) =>
    new Response(
      request.url.endsWith("/2") ? null : new ReadableStream({
        cancel: () => {
          cancelled = true;
          return Promise.reject(new Error("cannot be cancelled"));
        },
      }),
    )
  );
  const id = client.request("GET", true, [], "/1");
  await client.flush();
  await client.until("1 200");
  client.machine.reset(id);
  client.request("GET", true, [], "/2");
  await client.flush();
  await client.until("3 end");
  assertEquals(cancelled, true);
});

Deno.test("Http2Server, V-70: a request that is reset in the same read starts no handler", async () => {
  let calls = 0;
  await using client = new Http2MachineClient(() => {
    calls++;
    return new Response(null);
  });
  for (let i = 0; i < 50; i++) client.machine.reset(client.request());
  const last = client.request();
  await client.flush();
  await client.until(`${last} end`);
  assertEquals(calls, 1);
});

Deno.test("Http2Server: a client that leaves aborts all its requests", async () => {
  const requests: Request[] = [];
  const client = new Http2MachineClient((request) => {
    requests.push(request);
    return new Promise(() => {});
  });
  client.request();
  client.request();
  await client.flush();
  await eventually("both run", () => requests.length === 2);
  await client[Symbol.asyncDispose]();
  assertEquals(requests.map(({ signal }) => signal.aborted), [true, true]);
});

Deno.test("Http2Server: a signal behind a shutdown closes, and does not send the last GOAWAY again", async () => {
  const controller = new AbortController();
  let runs = false;
  const client = new Http2MachineClient(() => {
    runs = true;
    return new Promise(() => {});
  }, { signal: controller.signal });
  client.request();
  await client.flush();
  await eventually("the handler runs", () => runs);
  const shutdown = client.connection.shutdown();
  await client.until("go_away 1 NO_ERROR");
  controller.abort("enough");
  await shutdown;
  await client.until("closed");
  assertEquals(client.events.filter((line) => line.startsWith("go_away 1 ")).length, 1);
});

Deno.test("Http2Server: a shutdown takes what is on its way, lets it end, and closes", async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  await using client = new Http2MachineClient(async () => {
    calls++;
    await gate.promise;
    return new Response(null);
  });
  client.request();
  await client.flush();
  await eventually("the handler runs", () => calls === 1);
  // It is on its way when the server says that it goes.
  client.request();
  const shutdown = client.connection.shutdown();
  await client.flush();
  await client.until("go_away 2147483647 NO_ERROR");
  await client.until("go_away 3 NO_ERROR");
  gate.resolve();
  await client.until("1 end");
  await client.until("3 end");
  client.io.close();
  await shutdown;
});

Deno.test("Http2Server: a stream of a declared length that pauses is sent as it comes", async () => {
  await using client = new Http2MachineClient(() => {
    const pieces = ["a", "bc"];
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve));
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(piece));
      },
    }, { highWaterMark: 0 });
    return new Response(body, { headers: { "content-length": "3" } });
  });
  client.request();
  await client.flush();
  await client.until("1 end");
  assertEquals([client.events.includes("1 200 content-length=3"), client.content.get(1)], [true, "abc"]);
});

Deno.test("Http2Server: a shutdown waits for content that comes behind its response, and no longer", async () => {
  let content: Promise<string> | undefined;
  const client = new Http2MachineClient((request) => {
    content = request.text();
    return new Response("early");
  });
  client.request("POST", false);
  await client.flush();
  await client.until("1 end");
  client.machine.sendData(1, new TextEncoder().encode("late"), true);
  await client.flush();
  assertEquals(await content, "late");
  await client.connection.shutdown();
  await client.until("closed");
  client.io.close();
});

Deno.test("Http2Server: a shutdown of an idle connection ends it although its client does not answer", async () => {
  const client = new Http2MachineClient(() => new Response(null));
  client.request();
  await client.flush();
  await client.until("1 end");
  await client.connection.shutdown();
  await client.until("closed");
  assertEquals(client.events.filter((line) => line.startsWith("go_away")), [
    "go_away 2147483647 NO_ERROR",
    "go_away 1 NO_ERROR",
  ]);
  client.io.close();
});

Deno.test("Http2Server: close of the handler ends the connection after what is on its way", async () => {
  await using client = new Http2MachineClient(() => new Response(null, { headers: { connection: "close" } }));
  client.request();
  await client.flush();
  await client.until("1 end");
  await client.until("go_away 1 NO_ERROR");
});

Deno.test("Http2Server, V-36, V-41: CONNECT, TRACE and an unknown expectation are refused", async () => {
  let calls = 0;
  await using client = new Http2MachineClient(() => {
    calls++;
    return new Response(null);
  });
  client.request("TRACE");
  client.request("POST", false, [["expect", "foo"]]);
  client.machine.sendRequest({ method: "CONNECT", scheme: "", authority: "h:1", path: "" }, [], false);
  await client.flush();
  await client.until("1 405 content-length=0 allow=GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  await client.until("3 417 content-length=0");
  await client.until("5 501 content-length=0");
  // What still comes on a stream that was refused is not waited for.
  await client.until("3 reset NO_ERROR");
  await client.until("5 reset NO_ERROR");
  assertEquals(calls, 0);
});

for (const method of ["GET", "TRACE"]) {
  Deno.test(`Http2Server: a client that takes no fields gets RST_STREAM for its ${method}, and onError is called once`, async () => {
    let errors = 0;
    await using client = new Http2MachineClient(() => new Response("a"), {
      onError: () => {
        errors++;
        return new Response("b");
      },
      machine: { maxHeaderListSize: 1 },
    });
    client.request(method);
    await client.flush();
    await client.until("1 reset INTERNAL_ERROR");
    assertEquals(errors, method === "GET" ? 1 : 0);
  });
}
