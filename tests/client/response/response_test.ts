/** The response of the client beside a Response. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ClientResponse, type ResponseParts } from "../../../client/response/response.ts";
import type { IncomingBody } from "../../../http/message.ts";

const HELLO = new TextEncoder().encode("hello");

/** A body in pieces, which remembers whether it was cancelled. */
class Pieces implements IncomingBody {
  readonly length?: number;
  readonly #pieces: string[];
  readonly #failure: Error | undefined;
  reads = 0;
  cancelled = false;
  constructor(pieces: string[], { length, failure }: { length?: number; failure?: Error } = {}) {
    this.#pieces = [...pieces];
    this.#failure = failure;
    if (length !== undefined) this.length = length;
  }
  read(): Promise<Uint8Array | undefined> {
    this.reads++;
    const piece = this.#pieces.shift();
    if (piece !== undefined) return Promise.resolve(new TextEncoder().encode(piece));
    return this.#failure === undefined ? Promise.resolve(undefined) : Promise.reject(this.#failure);
  }
  cancel(): void {
    this.cancelled = true;
  }
}

function response(parts: Partial<ResponseParts> = {}): ClientResponse {
  return new ClientResponse({
    status: 200,
    statusText: "OK",
    fields: [["content-type", "text/plain"], ["x-a", "1"], ["x-a", "2"]],
    body: HELLO.slice(),
    trailers: () => Promise.resolve([["x-end", "yes"]]),
    url: "https://localhost/",
    redirected: false,
    httpVersion: "HTTP/2",
    connection: () => ({ id: 1, reused: false, timings: { connect: 1, waiting: 0, headers: 2 } }),
    ...parts,
  });
}

/** Every kind of body that holds `hello`. */
const BODIES = {
  "at hand": () => HELLO.slice(),
  "in one piece of known length": () => new Pieces(["hello"], { length: 5 }),
  "in pieces of known length": () => new Pieces(["he", "l", "lo"], { length: 5 }),
  "in pieces of unknown length": () => new Pieces(["he", "llo"]),
  "of a length too large to believe": () => new Pieces(["he", "llo"], { length: 2 ** 40 }),
} as const;

for (const [kind, body] of Object.entries(BODIES)) {
  Deno.test(`ClientResponse: content ${kind} is read by every method`, async () => {
    assertEquals(await response({ body: body() }).text(), "hello");
    assertEquals(await response({ body: body() }).bytes(), HELLO);
    assertEquals(new Uint8Array(await response({ body: body() }).arrayBuffer()), HELLO);
    assertEquals(await (await response({ body: body() }).blob()).text(), "hello");
    assertEquals((await response({ body: body() }).blob()).type, "text/plain");
    assertEquals((await response({ body: body(), fields: [] }).blob()).type, "");
    const stream = response({ body: body() }).body;
    assertEquals(await new Response(stream).text(), "hello");
  });

  Deno.test(`ClientResponse: content ${kind} is read once`, async () => {
    const read = response({ body: body() });
    assertEquals(read.bodyUsed, false);
    await read.text();
    assertEquals(read.bodyUsed, true);
    await assertRejects(() => read.text(), TypeError, "consumed");
    await assertRejects(() => read.json(), TypeError, "consumed");
    assertThrows(() => read.clone(), TypeError);
    assertEquals(read.body?.locked, true);
  });

  Deno.test(`ClientResponse: content ${kind} that is read as a stream is used up`, async () => {
    const read = response({ body: body() });
    assertStrictEquals(read.body, read.body);
    const reader = read.body?.getReader();
    await assertRejects(() => read.text(), TypeError);
    await reader?.read();
    assertEquals(read.bodyUsed, true);
    reader?.releaseLock();
    await assertRejects(() => read.bytes(), TypeError);
  });

  Deno.test(`ClientResponse: content ${kind} is cloned`, async () => {
    const original = response({ body: body() });
    const copy = original.clone();
    assert(copy instanceof ClientResponse);
    assertEquals(copy.httpVersion, "HTTP/2");
    assertEquals(await Promise.all([original.text(), copy.text()]), ["hello", "hello"]);
  });

  Deno.test(`ClientResponse: content ${kind} passes through Deno.serve`, async () => {
    await using server = Deno.serve(
      { port: 0, onListen() {} },
      () => response({ body: body(), status: 203, statusText: "" }),
    );
    const received = await fetch(`http://localhost:${server.addr.port}/`);
    assertEquals(received.status, 203);
    assertEquals(received.headers.get("x-a"), "1, 2");
    assertEquals(await received.text(), "hello");
  });

  Deno.test(`ClientResponse: content ${kind} is read by a BYOB reader`, async () => {
    const reader = response({ body: body() }).body?.getReader({ mode: "byob" });
    let text = "";
    for (;;) {
      const result = await reader?.read(new Uint8Array(2));
      if (result?.value === undefined || result.done) break;
      text += new TextDecoder().decode(result.value);
    }
    assertEquals(text, "hello");
  });
}

Deno.test("ClientResponse: it has every member of a Response", () => {
  const said = response({ redirected: true });
  assert(said instanceof Response);
  assertEquals(said.status, 200);
  assertEquals(said.ok, true);
  assertEquals(said.statusText, "OK");
  assertEquals(said.type, "basic");
  assertEquals(said.url, "https://localhost/");
  assertEquals(said.redirected, true);
  assertEquals(said.headers.get("x-a"), "1, 2");
  assertEquals(response({ status: 404 }).ok, false);
  assertEquals(response({ status: 999 }).status, 999);
});

Deno.test("ClientResponse: repeated Set-Cookie fields stay apart", () => {
  const { headers } = response({ fields: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
  assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
});

Deno.test("H1-40: a field named __proto__ is a plain field", () => {
  const { headers } = response({ fields: [["__proto__", "x"], ["constructor", "y"]] });
  assertEquals(headers.get("__proto__"), "x");
  assertEquals(headers.get("constructor"), "y");
  assertEquals(({} as Record<string, unknown>)["x"], undefined);
});

Deno.test("ClientResponse: it has the facts that a Response has not", async () => {
  const said = response();
  assertEquals(said.httpVersion, "HTTP/2");
  assertEquals(said.connection.timings.headers, 2);
  assertEquals((await said.trailers).get("x-end"), "yes");
});

Deno.test("ClientResponse: no content is null, empty text and empty bytes", async () => {
  assertEquals(response({ body: null, status: 204 }).body, null);
  assertEquals(await response({ body: null }).text(), "");
  assertEquals(await response({ body: new Uint8Array() }).text(), "");
  assertEquals(await new Response(response({ body: new Uint8Array() }).body).text(), "");
  assertEquals(await new Response(response({ body: new Pieces([]) }).body).text(), "");
});

Deno.test("ClientResponse: json parses, and rejects other text", async () => {
  assertEquals(await response({ body: new TextEncoder().encode('{"a":[1]}') }).json(), { a: [1] });
  await assertRejects(() => response().json(), SyntaxError);
});

Deno.test("ClientResponse: text drops a byte order mark and replaces malformed UTF-8", async () => {
  assertEquals(await response({ body: new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]) }).text(), "a\ufffd");
});

Deno.test("ClientResponse: formData parses both kinds", async () => {
  const urlencoded = response({
    fields: [["content-type", "application/x-www-form-urlencoded"]],
    body: new TextEncoder().encode("a=1&b=%20"),
  });
  assertEquals([...await urlencoded.formData()], [["a", "1"], ["b", " "]]);
  await assertRejects(() => response().formData(), TypeError);
});

Deno.test("ClientResponse: a body that fails rejects every method that reads it", async () => {
  const failure = new Error("cut short");
  const failing = () => new Pieces(["he"], { failure });
  await assertRejects(() => response({ body: failing() }).text(), Error, "cut short");
  await assertRejects(() => new Response(response({ body: failing() }).body).text(), Error);
});

Deno.test("ClientResponse: cancelling the stream cancels the source", async () => {
  const body = new Pieces(["he", "llo"]);
  await response({ body }).body?.cancel();
  assertEquals(body.cancelled, true);
});

Deno.test("ClientResponse: content is read only when it is asked for", async () => {
  const body = new Pieces(["he", "llo"]);
  const reader = response({ body }).body?.getReader();
  assertEquals(body.reads, 0);
  await reader?.read();
  assertEquals(body.reads, 1);
});

Deno.test("ClientResponse: changed headers are in its clones and in Deno.serve", async () => {
  const changed = response();
  changed.headers.set("x-a", "changed");
  await using server = Deno.serve({ port: 0, onListen() {} }, () => changed);
  const received = await fetch(`http://localhost:${server.addr.port}/`);
  assertEquals(received.headers.get("x-a"), "changed");
  await received.body?.cancel();
});

Deno.test("ClientResponse: new Response(body, response) copies it", async () => {
  const original = response({ status: 202, statusText: "Fine" });
  const copy = new Response(original.body, original);
  assertEquals([copy.status, copy.statusText, copy.headers.get("x-a"), await copy.text()], [
    202,
    "Fine",
    "1, 2",
    "hello",
  ]);
});
