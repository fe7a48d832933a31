/** Responses that are built only when the runtime reads their slots. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeLazy } from "../../http/lazy_object.ts";

class Sample extends Response {
  static {
    makeLazy(Sample, new Response(), (sample) => sample.real ??= sample.build());
  }
  built = 0;
  real: Response | undefined;
  override get status(): number {
    return 201;
  }
  build(): Response {
    this.built++;
    // A stream, never content at hand: see ClientResponse.
    return new Response(ReadableStream.from([new TextEncoder().encode("the body")]), {
      status: this.status,
      headers: { "x-sample": "yes" },
    });
  }
}

Deno.test("makeLazy: this runtime keeps a Response's slots where the accessors are", () => {
  // If this fails, ClientResponse must build its real Response at once: see the essay in lazy_object.ts.
  assert(Object.getOwnPropertySymbols(new Response()).length > 0);
});

Deno.test("makeLazy: it is a Response that builds nothing while only overridden members are used", () => {
  const lazy = new Sample();
  assert(lazy instanceof Response);
  assertEquals(lazy.status, 201);
  assertEquals(lazy.built, 0);
});

Deno.test("makeLazy: the real Response that the runtime's methods read is built once", async () => {
  const lazy = new Sample();
  assertEquals(await lazy.text(), "the body");
  assertEquals(lazy.headers.get("x-sample"), "yes");
  assertEquals(lazy.bodyUsed, true);
  assertEquals(lazy.built, 1);
  assertEquals(lazy.real?.status, 201);
});

Deno.test("makeLazy: Deno.serve sends it whole", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Sample());
  const response = await fetch(`http://localhost:${server.addr.port}/`);
  assertEquals(response.status, 201);
  assertEquals(response.headers.get("x-sample"), "yes");
  assertEquals(await response.text(), "the body");
});

Deno.test("makeLazy: where the slots live elsewhere, the runtime refuses it instead of seeing an empty body", () => {
  // What a runtime with private slots would see: an object that never went through the constructor.
  const stranger = Object.create(Response.prototype);
  assertThrows(() => stranger.status, TypeError);
});
