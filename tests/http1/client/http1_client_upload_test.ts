/** The driver: content on its way to the server, and responses that come before it has ended. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import type { OutgoingBody } from "../../../http/message.ts";
import { collect, get, headOf, nextTurn, post, scene, source } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const CHUNKED = "transfer-encoding: chunked";

Deno.test("upload: content of unknown length is sent in chunks", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post(source(["he", "", "llo"], log)));
  await server.expect(headOf("POST", CHUNKED) + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals(log, ["read", "read", "read", "read"]);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: content of known length is sent as it is", async () => {
  const { client, server } = scene();
  const pending = client.request(post(source(["he", "llo"], undefined, 5)));
  await server.expect(headOf("POST", "content-length: 5") + "hello");
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: a source without content is an empty message", async () => {
  const { client, server } = scene();
  for (
    const [length, wire] of [
      [0, headOf("POST", "content-length: 0")],
      [undefined, headOf("POST", CHUNKED) + "0\r\n\r\n"],
    ] as const
  ) {
    const pending = client.request(post(source([], undefined, length)));
    await server.expect(wire);
    await server.send(OK);
    await pending;
  }
  client.close();
});

Deno.test("upload: trailers follow the content, which is in chunks for them", async () => {
  const { client, server } = scene();
  for (
    const trailers of [() => [["x-sum", "1"] as const], () => Promise.resolve([["x-sum", "1"] as const])]
  ) {
    const pending = client.request(post({ ...source(["hello"], [], 5), trailers }));
    await server.expect(headOf("POST", CHUNKED) + "5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n");
    await server.send(OK);
    await pending;
  }
  client.close();
});

Deno.test("upload: the source is read only when the piece before is written", async () => {
  const { client, server } = scene({}, { capacity: 1000 });
  const log: string[] = [];
  const pending = client.request(post(source(["a".repeat(100), "b".repeat(3000), "c"], log)));
  await nextTurn();
  assertEquals(log, ["read", "read"], "the second piece does not fit");
  await server.expect(
    headOf("POST", CHUNKED) + `64\r\n${"a".repeat(100)}\r\nbb8\r\n${"b".repeat(3000)}\r\n1\r\nc\r\n`,
  );
  await server.expect("0\r\n\r\n");
  await server.send(OK);
  await pending;
  assertEquals(log.length, 4);
  client.close();
});

/** Sources that do not keep their word. */
const BROKEN: readonly { name: string; body: (log: string[]) => OutgoingBody; wire: string }[] = [
  {
    name: "R-13: a source that fails",
    body: (log) => source(["he", new Error("disk on fire")], log),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
  {
    name: "R-08: a source that gives more than it said",
    body: (log) => source(["hello", "!"], log, 5),
    wire: headOf("POST", "content-length: 5") + "hello",
  },
  {
    name: "R-08: a source that gives less than it said",
    body: (log) => source(["hell"], log, 5),
    wire: headOf("POST", "content-length: 5") + "hell",
  },
  {
    name: "a source that throws",
    body: (log) => ({
      ...source([], log),
      read: () => {
        throw new Error("at once");
      },
    }),
    wire: headOf("POST", CHUNKED),
  },
  {
    name: "a source of something else than bytes",
    // A caller without types can do this.
    body: (log) => ({ ...source([], log), read: () => Promise.resolve("text" as unknown as Uint8Array) }),
    wire: headOf("POST", CHUNKED),
  },
  {
    name: "R-15: a source with a trailer that may not be one",
    body: (log) => ({ ...source(["he"], log), trailers: () => [["content-length", "2"]] }),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
  {
    name: "a source whose trailers fail",
    body: (log) => ({ ...source(["he"], log), trailers: () => Promise.reject(new Error("no sum")) }),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
];

for (const { name, body, wire } of BROKEN) {
  Deno.test(`upload: ${name} fails the request, and the server never sees an end`, async () => {
    const { client, server } = scene();
    const log: string[] = [];
    const error = await assertRejects(() => client.request(post(body(log))), Http1Error);
    assertEquals([error.code, error.progress], ["request_body_failed", "no_response"]);
    assert(error.cause instanceof Error);
    assertEquals(log.filter((entry) => entry.startsWith("cancel")).length, 1);
    assertEquals(client.closed, true);
    await server.expect(wire);
    assertEquals(await server.rest(), "");
  });
}

Deno.test("upload: R-13: a source that fails while the response is read fails the response's content", async () => {
  const { client, server } = scene();
  let fail = (_: Error): void => {};
  const pending = client.request(post({
    read: () => new Promise((_, reject) => fail = reject),
    cancel() {},
  }));
  await server.head();
  await server.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234");
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(text(await body.read() ?? bytes("none")), "01234");
  const reading = assertRejects(() => body.read(), Http1Error);
  fail(new Error("disk on fire"));
  assertEquals((await reading).code, "request_body_failed");
});

Deno.test("upload: B-17: an error response before the end of the content is delivered, and the upload stops", async () => {
  for (const head of ["HTTP/1.1 413 Too Large\r\n", "HTTP/1.1 307 Elsewhere\r\nConnection: close\r\n"]) {
    const { client, server } = scene({}, { capacity: 1000 });
    const log: string[] = [];
    const endless: OutgoingBody = {
      read: () => {
        log.push("read");
        return Promise.resolve(new Uint8Array(100));
      },
      cancel: (reason) => log.push(`cancel ${reason instanceof Http1Error}`),
    };
    const pending = client.request(post(endless));
    await server.head();
    await server.send(`${head}content-length: 4\r\n\r\n`);
    const { body } = await pending;
    assertEquals(log.at(-1), "cancel true");
    const { length } = log;
    await nextTurn();
    assertEquals(log.length, length, "the source is left alone");
    await server.send("stop");
    assertEquals(await collect(body), "stop");
    assertEquals(client.closed, true);
    assertEquals((await server.rest()).endsWith("0\r\n\r\n"), false, "the content does not look complete");
  }
});

Deno.test("upload: B-17: an error response is delivered although the connection fails after it", async () => {
  const { client, server } = scene({}, { capacity: 1000 });
  const pending = client.request(post(new Uint8Array(1_000_000)));
  await server.head();
  await server.send("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nstop");
  server.io.close(); // our writes fail from here on
  const { status, body } = await pending;
  assertEquals([status, await collect(body)], [413, "stop"]);
  assertEquals(client.closed, true);
});

Deno.test("upload: a large write stops when the response says that it is not wanted", async () => {
  const { client, server, log } = scene({}, { capacity: 70_000 });
  const pending = client.request(post(new Uint8Array(10_000_000)));
  await server.head();
  await server.send("HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nst");
  const { body } = await pending;
  const { length } = log;
  await server.io.read(new Uint8Array(100_000));
  await nextTurn();
  assertEquals(log.length, length, "nothing more is written, though there is room");
  await server.send("op");
  assertEquals(await collect(body), "stop");
  assertEquals(client.closed, true);
});

Deno.test("upload: a response is read while content is sent", async () => {
  const { client, server } = scene();
  let give = (_: Uint8Array | undefined): void => {};
  const pending = client.request(post({
    read: () => new Promise((resolve) => give = resolve),
    cancel() {},
  }));
  await server.expect(headOf("POST", CHUNKED));
  // Some servers announce the end of the connection because they have not seen the end of the request yet.
  await server.send(`HTTP/1.1 200 OK\r\nConnection: close\r\n${CHUNKED}\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  for (const word of ["one", "two", "ten"]) {
    give(bytes(word));
    await server.expect(`3\r\n${word}\r\n`);
    await server.send(`3\r\n${word}\r\n`);
    assertEquals(text(await body.read() ?? bytes("none")), word);
  }
  give(undefined);
  await server.expect("0\r\n\r\n");
  await server.send("0\r\n\r\n");
  assertEquals(await body.read(), undefined);
  assertEquals(client.closed, true);
});

Deno.test("upload: a response that ends before the content stops it, and closes", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post({
    read: () => new Promise(() => log.push("read")),
    cancel: () => log.push("cancel"),
  }));
  await server.head();
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals([log, client.closed], [["read", "cancel"], true]);
});

Deno.test("upload: a response after all announced content waits for the end of the source", async () => {
  const { client, server } = scene();
  const reads: ((piece: Uint8Array | undefined) => void)[] = [];
  const pending = client.request(post({
    length: 5,
    read: () => new Promise((resolve) => reads.push(resolve)),
    cancel() {},
  }));
  await server.expect(headOf("POST", "content-length: 5"));
  reads[0]?.(bytes("hello"));
  await server.expect("hello");
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals([client.idle, client.closed], [false, false]);
  reads[1]?.(undefined);
  await nextTurn();
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: B-18: the driver does not spin when a server half-closes during an upload", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post({
    read: () => new Promise(() => log.push("read")),
    cancel: () => log.push("cancel"),
  }));
  const failed = assertRejects(() => pending, Http1Error);
  await server.head();
  await server.io.closeWrite();
  assertEquals((await failed).code, "connection_closed");
  assertEquals(log, ["read", "cancel"]);
});

Deno.test("upload: a failed write without a response fails the request", async () => {
  for (const body of [undefined, bytes("hello"), source(["a", "b"])]) {
    const { client, server } = scene();
    const failed = assertRejects(() => client.request(body === undefined ? get() : post(body)), Http1Error);
    server.io.reset();
    const error = await failed;
    assertEquals([error.code, error.progress, client.closed], ["connection_closed", "no_response", true]);
  }
});

Deno.test("upload: a failed write fails the request when no response comes within the linger time", async () => {
  const cause = new Error("broken pipe");
  const client = new Http1Client({
    read: () => new Promise(() => {}),
    write: () => Promise.reject(cause),
    close() {},
  });
  const error = await assertRejects(() => client.request(get()), Http1Error);
  assertEquals([error.code, error.progress], ["connection_closed", "no_response"]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("upload: a write that throws fails the request", async () => {
  const client = new Http1Client({
    read: () => Promise.resolve(null),
    write: () => {
      throw new Error("no");
    },
    close() {},
  });
  assertEquals((await assertRejects(() => client.request(get()), Http1Error)).code, "connection_closed");
});

const EXPECT = [["expect", "100-continue"]] as const;
const HELD = headOf("POST", "expect: 100-continue", "content-length: 5");

for (const name of ["bytes", "a source"]) {
  const body = (log: string[] = []) => name === "bytes" ? bytes("hello") : source(["hello"], log, 5);

  Deno.test(`upload: with an expectation, ${name} wait for the 100`, async () => {
    const { client, server } = scene({ continueTimeout: 100_000 });
    const told: number[] = [];
    const pending = client.request(post(body(), EXPECT), { onInformational: (status) => told.push(status) });
    await server.expect(HELD);
    await server.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    await nextTurn();
    await server.send("HTTP/1.1 100 Continue\r\n\r\n");
    await server.expect("hello");
    await server.send(OK);
    assertEquals((await pending).status, 200);
    assertEquals(told, [103, 100]);
    assertEquals(client.idle, true);
    client.close();
  });

  Deno.test(`upload: with an expectation, ${name} are sent when no 100 comes in time`, async () => {
    const { client, server } = scene({ continueTimeout: 5 });
    const pending = client.request(post(body(), EXPECT));
    await server.expect(HELD + "hello");
    await server.send("HTTP/1.1 100 Continue\r\n\r\n" + OK);
    assertEquals((await pending).status, 200);
    assertEquals(client.idle, true);
    client.close();
  });

  Deno.test(`upload: with an expectation, ${name} are never sent after a final response`, async () => {
    for (const status of [417, 401, 200]) {
      const { client, server } = scene({ continueTimeout: 100_000 });
      const log: string[] = [];
      const pending = client.request(post(body(log), EXPECT));
      await server.expect(HELD);
      await server.send(`HTTP/1.1 ${status} x\r\ncontent-length: 2\r\n\r\nno`);
      assertEquals((await pending).status, status);
      assertEquals(client.closed, true, "the server may wait for the content still");
      assertEquals(await server.rest(), "");
      assertEquals(log.includes("read"), false);
    }
  });
}

Deno.test("upload: with an expectation, the source is cancelled when the final response begins", async () => {
  const { client, server } = scene({ continueTimeout: 100_000 });
  const log: string[] = [];
  const pending = client.request(post(source(["hello"], log, 5), EXPECT));
  await server.expect(HELD);
  await server.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
  const { body } = await pending;
  assertEquals(log, ["cancel Http1Error"]);
  await server.send("no");
  assertEquals(await collect(body), "no");
  assertEquals(client.closed, true);
});

Deno.test("upload: with an expectation, close ends the timer", async () => {
  const { client, server } = scene({ continueTimeout: 100_000 });
  const failed = assertRejects(() => client.request(post(bytes("hello"), EXPECT)), Http1Error);
  await server.expect(HELD);
  client.close();
  assertEquals((await failed).code, "closed");
});

Deno.test("upload: content of a hundred pieces is echoed whole", async () => {
  const { client, server } = scene({}, { capacity: 5000, chunk: 777 });
  const pieces = Array.from({ length: 100 }, (_, i) => String(i).repeat(1 + i * 3));
  const pending = client.request(post(source(pieces, [], pieces.join("").length)));
  await server.expect(headOf("POST", `content-length: ${pieces.join("").length}`) + pieces.join(""));
  const sending = server.send(
    `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n\r\n${
      pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")
    }0\r\n\r\n`,
  );
  assertEquals(await collect((await pending).body), pieces.join(""));
  await sending;
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: P-26: the cancel of a source may throw, or use the driver", async () => {
  for (const act of ["throw", "close", "request"] as const) {
    const { client, server } = scene();
    const seen: boolean[] = [];
    const pending = client.request(post({
      read: () => new Promise(() => {}),
      cancel() {
        seen.push(client.idle);
        if (act === "throw") throw new Error("no");
        if (act === "close") client.close();
        if (act === "request") client.request(get()).catch(() => {});
      },
    }));
    await server.head();
    await server.send(OK);
    assertEquals((await pending).status, 200);
    await nextTurn();
    assertEquals([client.closed, seen], [true, [false]]);
  }
});

Deno.test("upload: a read of the source that ends after cancel is ignored", async () => {
  for (const late of [bytes("late"), undefined, new Error("late")]) {
    const { client, server } = scene();
    let answer = (): void => {};
    const pending = client.request(post({
      read: () =>
        new Promise((resolve, reject) => {
          answer = () => late instanceof Error ? reject(late) : resolve(late);
        }),
      cancel() {},
    }));
    await server.head();
    await server.send(OK);
    await pending;
    answer();
    assertEquals(await server.rest(), "");
  }
});

Deno.test("upload: trailers that come after the response are not sent", async () => {
  const { client, server } = scene();
  let give = (_: []): void => {};
  const pending = client.request(
    post({ ...source(["a"]), trailers: () => new Promise((resolve) => give = resolve) }),
  );
  await server.expect(headOf("POST", CHUNKED) + "1\r\na\r\n");
  await server.send(OK);
  await pending;
  give([]);
  assertEquals(await server.rest(), "");
});
