/** A ClientResponse as an object: what code sees that looks at it, wraps it, copies it or clones it. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ClientResponse, type ResponseParts } from "../../../client/response/response.ts";
import type { IncomingBody } from "../../../http/message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Content that is still to come. */
function pieces(...texts: string[]): IncomingBody & { cancelled: boolean } {
  return {
    cancelled: false,
    read: () => Promise.resolve(texts.length > 0 ? bytes(texts.shift() ?? "") : undefined),
    cancel() {
      this.cancelled = true;
    },
  };
}

/** Content at hand, and content still to come. */
const CONTENT: Readonly<Record<string, () => Uint8Array | IncomingBody>> = {
  "at hand": () => bytes("content"),
  "to come": () => pieces("con", "tent"),
};

function response(body: ResponseParts["body"], parts: Partial<ResponseParts> = {}): ClientResponse {
  return new ClientResponse({
    status: 201,
    statusText: "Created",
    fields: [["content-type", "text/plain"], ["x-a", "1"]],
    body,
    trailers: () => Promise.resolve([]),
    url: "http://localhost/",
    redirected: false,
    httpVersion: "HTTP/1.1",
    connection: () => ({ id: 1, reused: false, timings: { waiting: 0, headers: 0 } }),
    ...parts,
  });
}

/** A getter of the platform's, which looks into the slots of what it is called on. */
function look(response: Response, name: "status" | "headers" | "body" | "bodyUsed" = "status"): unknown {
  return Object.getOwnPropertyDescriptor(Response.prototype, name)?.get?.call(response);
}

Deno.test("ClientResponse: for...in finds all that it finds in a Response, and the facts", () => {
  const keysOf = (object: object) => {
    const keys = [];
    // deno-lint-ignore guard-for-in -- those of the prototype are meant
    for (const key in object) keys.push(key);
    return keys;
  };
  const found = keysOf(response(bytes("x")));
  assertEquals(keysOf(new Response()).filter((key) => !found.includes(key)), []);
  assertEquals(["httpVersion", "connection", "trailers", "fields"].filter((key) => !found.includes(key)), []);
  assertEquals(found.includes("constructor"), false);
});

Deno.test("ClientResponse: its own keys are none, as those of a Response", () => {
  const said = response(bytes("x"));
  assertEquals([Object.keys(said), JSON.stringify(said), String(said)], [[], "{}", "[object Response]"]);
});

Deno.test("ClientResponse: constructor makes a Response of what a Response is made of", async () => {
  const { constructor } = response(bytes("x"));
  assertEquals(constructor, Response);
  const made = new (constructor as typeof Response)("body", { status: 202, headers: { a: "b" } });
  assertEquals([made.status, made.headers.get("a"), await made.text()], [202, "b", "body"]);
});

Deno.test("ClientResponse: Deno.inspect shows it, and reads nothing", async () => {
  const said = response(pieces("a"));
  const shown = Deno.inspect(said);
  for (const part of ["ClientResponse", "status: 201", "HTTP/1.1", "x-a"]) assertStringIncludes(shown, part);
  assertEquals([said.bodyUsed, await said.text()], [false, "a"]);
});

/** Objects that stand for a response. */
const WRAPPERS: Readonly<Record<string, (response: ClientResponse) => ClientResponse>> = {
  "a Proxy": (response) => new Proxy(response, {}),
  "a Proxy that passes reads on": (response) =>
    new Proxy(response, { get: (target, name, receiver) => Reflect.get(target, name, receiver) }),
  "a Proxy of a Proxy": (response) => new Proxy(new Proxy(response, {}), {}),
  "an object that inherits from it": (response) => Object.create(response),
};

for (const [what, wrap] of Object.entries(WRAPPERS)) {
  for (const [kind, content] of Object.entries(CONTENT)) {
    Deno.test(`ClientResponse: ${what} works like the response, with content ${kind}`, async () => {
      const wrapped = wrap(response(content()));
      assertInstanceOf(wrapped, Response);
      assertEquals([wrapped.status, wrapped.ok, wrapped.statusText, wrapped.url], [
        201,
        true,
        "Created",
        "http://localhost/",
      ]);
      assertEquals([wrapped.headers.get("x-a"), wrapped.httpVersion, wrapped.connection.id], [
        "1",
        "HTTP/1.1",
        1,
      ]);
      assertEquals([await wrapped.clone().text(), wrapped.bodyUsed], ["content", false]);
      assertEquals([await wrapped.text(), wrapped.bodyUsed], ["content", true]);
      await assertRejects(() => wrapped.text(), TypeError);
    });

    Deno.test(`ClientResponse: ${what} shares what is read with the response, with content ${kind}`, async () => {
      const original = response(content());
      const wrapped = wrap(original);
      assertEquals(wrapped.body, original.body);
      assertEquals(look(wrapped), 201);
      assertEquals(look(wrapped, "headers"), look(original, "headers"));
      assertEquals(await wrapped.text(), "content");
      assertEquals([original.bodyUsed, wrapped.bodyUsed], [true, true]);
      assertThrows(() => original.clone(), TypeError);
    });

    Deno.test(`ClientResponse: Deno.serve sends ${what}, with content ${kind}`, async () => {
      await using server = Deno.serve({ port: 0, onListen() {} }, () => wrap(response(content())));
      const received = await fetch(`http://localhost:${server.addr.port}/`);
      assertEquals([received.status, received.headers.get("x-a"), await received.text()], [
        201,
        "1",
        "content",
      ]);
    });
  }
}

Deno.test("ClientResponse: a getter on something else is refused as the platform refuses it", () => {
  const { prototype } = ClientResponse;
  assertThrows(() => prototype.status, TypeError, "Illegal invocation");
  assertThrows(() => Reflect.get(prototype, "headers", {}), TypeError, "Illegal invocation");
});

for (const [kind, content] of Object.entries(CONTENT)) {
  Deno.test(`ClientResponse: the runtime may look at content ${kind} without using it`, async () => {
    const said = response(content());
    assertEquals([look(said), look(said, "bodyUsed")], [201, false]);
    const clone = said.clone();
    assertEquals([said.bodyUsed, clone.bodyUsed], [false, false]);
    assertEquals([look(said), look(clone)], [201, 201]);
    assertEquals([await clone.text(), said.bodyUsed], ["content", false]);
    assertEquals([await said.clone().text(), await said.text(), said.bodyUsed], ["content", "content", true]);
  });

  Deno.test(`ClientResponse: the runtime may look at content ${kind} that was used or is being read`, async () => {
    const used = response(content());
    await used.text();
    assertEquals([look(used), look(used, "bodyUsed"), used.bodyUsed], [201, true, true]);
    assertThrows(() => used.clone(), TypeError);
    const locked = response(content());
    const reader = locked.body?.getReader();
    assertEquals(look(locked), 201);
    assertEquals((look(locked, "body") as ReadableStream).locked, true);
    assertThrows(() => locked.clone(), TypeError);
    assert((await reader?.read())?.value?.length);
    assertEquals(locked.bodyUsed, true);
  });

  Deno.test(`ClientResponse: content ${kind} that the platform's own methods read is used up`, async () => {
    const said = response(content());
    assertEquals(await Response.prototype.text.call(said), "content");
    assertEquals([said.bodyUsed, look(said, "bodyUsed")], [true, true]);
    await assertRejects(() => said.text(), TypeError);
    await assertRejects(() => Response.prototype.text.call(said), TypeError);
  });

  Deno.test(`ClientResponse: the platform's own clone has content ${kind}`, async () => {
    const said = response(content());
    const clone = Response.prototype.clone.call(said);
    assertEquals(await clone.text(), "content");
  });
}

Deno.test("ClientResponse: a clone has the facts, and headers of its own", async () => {
  const original = response(pieces("a"), {
    redirected: true,
    trailers: () => Promise.resolve([["x-end", "1"]]),
  });
  original.headers.set("x-b", "2");
  const clone = original.clone();
  clone.headers.set("x-a", "changed");
  assertEquals([original.headers.get("x-a"), clone.headers.get("x-b")], ["1", "2"]);
  assertEquals([clone.redirected, clone.url, clone.connection], [true, original.url, original.connection]);
  assertEquals((await clone.trailers).get("x-end"), "1");
  assertEquals([await original.text(), await clone.text()], ["a", "a"]);
});

Deno.test("ClientResponse: content to come is cancelled when the response and its clone are", async () => {
  const body = pieces("a", "b");
  const original = response(body);
  const clone = original.clone();
  const first = original.body?.cancel("one");
  assertEquals(body.cancelled, false);
  await Promise.all([first, clone.body?.cancel("other")]);
  assertEquals(body.cancelled, true);
});

Deno.test("ClientResponse: a stream that was taken before is locked once the content was read otherwise", async () => {
  for (const content of Object.values(CONTENT)) {
    const said = response(content());
    const { body } = said;
    assertEquals(body?.locked, false);
    assertEquals([await said.text(), body?.locked], ["content", true]);
  }
});

Deno.test("ClientResponse: the content of a response and of its clone share no memory, nor that of the driver", async () => {
  const memory = bytes("before content after");
  const original = response(memory.subarray(7, 14));
  const clone = original.clone();
  const streamed = original.clone();
  (await original.bytes()).fill(0);
  const chunk = (await streamed.body?.getReader().read())?.value;
  assertEquals([chunk?.buffer.byteLength, new TextDecoder().decode(chunk)], [7, "content"]);
  chunk?.fill(0);
  assertEquals(await clone.text(), "content");
  assertEquals(new TextDecoder().decode(memory), "before content after");
  const direct = (await response(memory.subarray(7, 14)).body?.getReader().read())?.value;
  assertEquals([direct?.buffer.byteLength, memory.length], [7, 20]);
  const whole = response(bytes("content"));
  const other = whole.clone();
  (await whole.bytes()).fill(0);
  assertEquals(await other.text(), "content");
});

Deno.test("ClientResponse: what the runtime sees after a clone is the content that the response has then", async () => {
  for (const content of Object.values(CONTENT)) {
    const said = response(content());
    assertEquals(look(said), 201);
    const clone = said.clone();
    assertEquals(await Response.prototype.text.call(said), "content");
    assertEquals(await Response.prototype.text.call(clone), "content");
  }
});

Deno.test("ClientResponse: an abort between two reads ends the content, and cancels its source", async () => {
  const readers: Readonly<Record<string, (response: ClientResponse) => Promise<unknown>>> = {
    text: (response) => response.text(),
    stream: async (response) => {
      for await (const chunk of response.body ?? []) assert(chunk.length > 0);
    },
  };
  for (const [name, read] of Object.entries(readers)) {
    const controller = new AbortController();
    const source = pieces("a", "b", "c");
    const { read: next } = source;
    let reads = 0;
    source.read = () => {
      if (++reads === 2) controller.abort("enough");
      return next();
    };
    const said = response(source, { signal: controller.signal });
    assertEquals(await read(said).catch((reason) => reason), "enough", name);
    assertEquals([source.cancelled, reads], [true, 2], name);
  }
});
