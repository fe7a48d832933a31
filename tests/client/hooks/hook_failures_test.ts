/** That hooks harm none, whatever they do; and hooks that are refused. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientHooks, type ClientRequestInit } from "../../../mod.ts";
import { eventually } from "../../support/eventually.ts";
import { recordHooks } from "./support.ts";

const text = async (client: Client, url: string, init?: ClientRequestInit) =>
  await (await client.fetch(url, init)).text();

const BAD_HOOKS: readonly { readonly name: string; readonly hook: () => unknown }[] = [
  {
    name: "throws",
    hook() {
      throw new Error("hook");
    },
  },
  { name: "rejects", hook: () => Promise.reject(new Error("hook")) },
  {
    name: "returns a thenable that throws",
    hook: () => ({
      get then() {
        throw new Error("hook");
      },
    }),
  },
  { name: "never resolves", hook: () => new Promise(() => {}) },
];

Deno.test("a hook that changes its event fails, and the next hook gets the event as it was", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  const errors: unknown[] = [];
  const told: unknown[] = [];
  {
    using client = new Client({
      on: [{
        request: (event) => {
          event.headers.set("x-mine", "1");
          Reflect.set(event, "url", "about:blank");
          Object.assign(event, { method: "PUT" });
        },
        hookError: (error) => errors.push(error),
      }, {
        request: ({ method, url, headers }) =>
          told.push([method, new URL(url).pathname, headers.has("x-mine")]),
      }],
    });
    await text(client, `http://localhost:${server.addr.port}/`);
  }
  assertEquals([told, errors.map((error) => error instanceof TypeError)], [[["GET", "/", false]], [true]]);
});

/** The same function for every hook. */
function everywhere(hook: () => unknown): ClientHooks {
  const names = ["connect", "handshake", "request", "informational", "response", "content", "retry"];
  return Object.fromEntries([...names, "redirect", "end", "close"].map((name) => [name, hook]));
}

for (const { name, hook } of BAD_HOOKS) {
  Deno.test(`a hook that ${name} harms no request and no other hook`, async () => {
    await using server = Deno.serve({ port: 0, onListen() {} }, (request) => new Response(request.body));
    const recorded = recordHooks();
    const errors: unknown[] = [];
    {
      const hookError = (error: unknown) => {
        errors.push(error);
        throw new Error("from hookError");
      };
      using client = new Client({ on: [{ ...everywhere(hook), hookError }, recorded.on] });
      const url = `http://localhost:${server.addr.port}/`;
      assertEquals(await text(client, url, { method: "POST", body: "ping" }), "ping");
    }
    await eventually("the connection is closed", () => recorded.events.at(-1)?.type === "close");
    const told = ["request", "connect", "response", "end", "close"];
    assertEquals(recorded.events.map(({ type }) => type), told);
    if (name === "never resolves") assertEquals(errors, []);
    else {
      assertEquals(errors.length, told.length + 2, "of those, and of content both ways");
      assertEquals(new Set(errors.map(String)), new Set(["Error: hook"]));
    }
  });
}

Deno.test("hooks may use the client: another request, and close", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  const url = `http://localhost:${server.addr.port}/`;
  const others: Promise<unknown>[] = [];
  using client = new Client({
    on: {
      end: ({ requestId }) => void (others.length === 0 && others.push(text(client, `${url}?${requestId}`))),
      close: () => void others.push(text(client, url).catch(({ code }) => code)),
    },
  });
  assertEquals(await text(client, url), "hello");
  await eventually("the other request was made", () => others.length === 1);
  assertEquals(await others[0], "hello");
  client.close();
  await eventually("the close was told", () => others.length === 2);
  assertEquals(await others[1], "client_closed");
});

for (
  const [on, says] of [
    [{ reqest: () => {} }, '"on.reqest" is not a hook of this version'],
    [{ request: "log" }, '"on.request" is no function'],
    ["log", '"on" is no object of hooks'],
    [[null], '"on" is no object of hooks'],
  ] as const
) {
  Deno.test(`hooks that are refused: ${says}`, async () => {
    const given = on as unknown as ClientHooks; // no caller whose types are checked could
    assertThrows(() => new Client({ on: given }), ClientError, says);
    using client = new Client();
    await assertRejects(() => client.get("http://localhost/", { on: given }), ClientError, says);
  });
}

Deno.test("hooks that change later are those that were given", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  const told: string[] = [];
  const on: { response: () => void } = { response: () => void told.push("first") };
  using client = new Client({ on });
  on.response = () => void told.push("second");
  await text(client, `http://localhost:${server.addr.port}/`);
  assertEquals(told, ["first"]);
});
