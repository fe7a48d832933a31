/** The driver: responses that begin or end before the content of their request. */

import { assert, assertEquals } from "@std/assert";
import type { OutgoingBody } from "../../../http/message.ts";
import { Http1Error } from "../../../http1/error.ts";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { collect, get, headOf, nextTurn, Peer, post, scene, source } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const REFUSED = "HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n";
const CHUNKED = "transfer-encoding: chunked";

/** Heads of responses that refuse the content, and say that the connection closes. */
const CLOSING = [
  "HTTP/1.1 413 Too Large\r\nConnection: close\r\n",
  "HTTP/1.1 307 Elsewhere\r\nConnection: close\r\n",
  "HTTP/1.0 500 Broken\r\n",
];

/** Content that a test gives piece by piece. */
function given(): { readonly body: OutgoingBody; readonly log: string[]; give(piece?: string): void } {
  const log: string[] = [];
  let resolve = (_: Uint8Array | undefined): void => {};
  return {
    body: {
      read: () => new Promise((settle) => resolve = settle),
      cancel: (reason) => log.push(`cancel ${reason instanceof Error ? reason.name : reason}`),
    },
    log,
    give: (piece) => resolve(piece === undefined ? undefined : bytes(piece)),
  };
}

Deno.test("upload: B-17: a response that refuses the content and closes stops the upload", async () => {
  for (const head of CLOSING) {
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

Deno.test("upload: B-17: a large write stops when the response refuses it and closes", async () => {
  const { client, server, log } = scene({}, { capacity: 70_000 });
  const pending = client.request(post(new Uint8Array(10_000_000)));
  await server.head();
  await server.send("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 4\r\n\r\nst");
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

Deno.test("upload: B-17: the end of an error response stops the upload, and closes", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post({
    read: () => new Promise(() => log.push("read")),
    cancel: () => log.push("cancel"),
  }));
  await server.head();
  await server.send(REFUSED);
  assertEquals((await pending).status, 422);
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
    await server.send(REFUSED);
    assertEquals((await pending).status, 422);
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
    await server.send(REFUSED);
    await pending;
    answer();
    assertEquals(await server.rest(), "");
  }
});

Deno.test("upload: trailers that come after an error response are not sent", async () => {
  const { client, server } = scene();
  let give = (_: []): void => {};
  const pending = client.request(
    post({ ...source(["a"]), trailers: () => new Promise((resolve) => give = resolve) }),
  );
  await server.expect(headOf("POST", CHUNKED) + "1\r\na\r\n");
  await server.send(REFUSED);
  await pending;
  give([]);
  assertEquals(await server.rest(), "");
});

for (const status of [400, 422, 503, 302]) {
  Deno.test(`upload: B-22: a ${status} that lets the connection persist does not stop the upload before it ends`, async () => {
    const { client, server } = scene();
    const { body, log, give } = given();
    const pending = client.request(post(body));
    await server.expect(headOf("POST", CHUNKED));
    await server.send(`HTTP/1.1 ${status} x\r\n${CHUNKED}\r\n\r\n3\r\nnot\r\n`);
    const response = await pending;
    const reading = collect(response.body);
    give("one");
    await server.expect("3\r\none\r\n");
    give("two");
    await server.expect("3\r\ntwo\r\n");
    assertEquals(log, []);
    await server.send("1\r\ne\r\n0\r\n\r\n");
    assertEquals(await reading, "note");
    assertEquals([log, client.closed], [["cancel Http1Error"], true], "its end stops the upload");
  });
}

Deno.test("upload: B-22: an error response that lets the connection persist, and content that ends first", async () => {
  const { client, server } = scene();
  const { body, log, give } = given();
  const pending = client.request(post(body));
  await server.expect(headOf("POST", CHUNKED));
  await server.send("HTTP/1.1 422 x\r\ncontent-length: 4\r\n\r\nno");
  const reading = collect((await pending).body);
  give("one");
  await server.expect("3\r\none\r\n");
  give();
  await server.expect("0\r\n\r\n");
  await server.send("te");
  assertEquals([await reading, log, client.idle], ["note", [], true]);
  client.close();
});

for (const head of ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 201 Created\r\n", "HTTP/1.1 204 No Content\r\n"]) {
  Deno.test(`upload: B-23: the end of "${head.trim()}" does not stop the upload`, async () => {
    const { client, server, log } = scene();
    const { body, log: told, give } = given();
    const pending = client.request(post({ ...body, trailers: () => [["x-sum", "1"]] }));
    await server.expect(headOf("POST", CHUNKED));
    await server.send(`${head}content-length: 0\r\n\r\n`);
    await pending;
    assertEquals(log.at(-1), "unref", "nothing keeps the process alive for it");
    for (const word of ["one", "two", "ten"]) {
      give(word);
      await server.expect(`3\r\n${word}\r\n`);
    }
    assertEquals([client.idle, client.closed], [false, false]);
    give();
    await server.expect("0\r\nx-sum: 1\r\n\r\n");
    await nextTurn();
    assertEquals([told, client.idle], [[], true]);
    const second = client.request(get());
    await server.expect(headOf("GET"));
    await server.send(OK);
    assertEquals((await second).status, 200);
    client.close();
  });
}

Deno.test("upload: B-17: a refusal once all of the announced content is sent costs neither source nor connection", async () => {
  const { client, server } = scene();
  const { body, log, give } = given();
  const pending = client.request(post({ ...body, length: 3 }));
  await server.expect(headOf("POST", "content-length: 3"));
  give("one");
  await server.expect("one");
  await server.send(REFUSED);
  assertEquals((await pending).status, 422);
  await nextTurn();
  assertEquals([log, client.closed], [[], false]);
  give();
  await nextTurn();
  assertEquals([log, client.idle], [[], true]);
  client.close();
});

Deno.test("upload: B-17: trailers that come after the upload was given up do not end the content", async () => {
  const { client, server } = scene();
  let resolve = (_: [string, string][]): void => {};
  const trailers = new Promise<[string, string][]>((settle) => resolve = settle);
  const pending = client.request(post({ ...source(["one"]), trailers: () => trailers }));
  await server.expect(`${headOf("POST", CHUNKED)}3\r\none\r\n`);
  await server.send("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 4\r\n\r\nst");
  const { body } = await pending;
  resolve([["x-sum", "1"]]);
  await nextTurn();
  await server.send("op");
  assertEquals(await collect(body), "stop");
  assertEquals([await server.rest(), client.closed], ["", true]);
});

Deno.test("upload: B-23: after a 2xx that closes, the upload goes on to its end, and the connection closes", async () => {
  const { client, server } = scene();
  const { body, log, give } = given();
  const pending = client.request(post(body));
  await server.expect(headOf("POST", CHUNKED));
  await server.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
  assertEquals(await collect((await pending).body), "ok");
  give("one");
  await server.expect("3\r\none\r\n");
  assertEquals(client.closed, false);
  give();
  await server.expect("0\r\n\r\n");
  assertEquals([await server.rest(), log, client.closed], ["", [], true]);
});

Deno.test("upload: B-23: bytes after a 2xx are no response, and the connection closes once the upload has ended", async () => {
  const { client, server } = scene();
  const { body, give } = given();
  const pending = client.request(post(body));
  await server.expect(headOf("POST", CHUNKED));
  await server.send(OK);
  await pending;
  await server.send(OK);
  await nextTurn();
  assertEquals(client.closed, false);
  give();
  await server.expect("0\r\n\r\n");
  assertEquals([await server.rest(), client.closed], ["", true]);
});

/** Ends of a connection that may come between the end of a 2xx and that of its request's content. */
const CUT: readonly { name: string; cut: (server: Peer, client: Http1Client) => void | Promise<void> }[] = [
  { name: "the server's end", cut: (server) => server.io.closeWrite() },
  { name: "a reset", cut: (server) => server.io.reset() },
  { name: "close()", cut: (_, client) => client.close() },
];
for (const { name, cut } of CUT) {
  Deno.test(`upload: B-23: ${name} after a 2xx cancels what is left of the upload`, async () => {
    const { client, server } = scene();
    const { body, log } = given();
    const pending = client.request(post(body));
    await server.expect(headOf("POST", CHUNKED));
    await server.send(OK);
    assertEquals((await pending).status, 200);
    await cut(server, client);
    await nextTurn();
    assertEquals([log.length, client.closed], [1, true]);
  });
}

Deno.test("upload: B-17: the writing side is closed only when the response lets wait for its end", async () => {
  for (const fields of ["connection: close\r\n", `expect: 100-continue`]) {
    const isHeld = fields.startsWith("expect");
    const [near, far] = memoryDuplexPair();
    const client = new Http1Client(near, { continueTimeout: 100_000 });
    const server = new Peer(far);
    const { body, log } = given();
    const pending = client.request(post(body, isHeld ? [["expect", "100-continue"]] : []));
    await server.head();
    await server.send(`HTTP/1.1 413 Too Large\r\n${isHeld ? "" : fields}content-length: 4\r\n\r\nst`);
    const response = await pending;
    assertEquals(log, ["cancel Http1Error"]);
    let ended = false;
    const rest = server.rest().then(() => ended = true);
    await nextTurn();
    assertEquals(ended, false, "not at once, which some servers take for an abort");
    await rest;
    await server.send("op");
    assertEquals(await collect(response.body), "stop");
    assertEquals(client.closed, true);
  }
});
