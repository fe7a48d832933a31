/** Hono on the server, unchanged: routes, middleware, streaming and a WebSocket by Deno's helper. */

import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@4";
import { cors } from "npm:hono@4/cors";
import { getConnInfo, upgradeWebSocket } from "npm:hono@4/deno";
import { streamText } from "npm:hono@4/streaming";
import { Client } from "../../../mod.ts";
import { serve } from "../../../server/mod.ts";

function makeApp(): Hono {
  const app = new Hono();
  app.use(cors());
  app.use(async (context, next) => {
    await next();
    context.header("x-after", "1");
  });
  app.get("/users/:name", (context) => context.json({ name: context.req.param("name") }));
  app.post("/echo", async (context) => context.text(await context.req.text()));
  app.get("/from", (context) => context.text(getConnInfo(context).remote.address ?? ""));
  app.get("/stream", (context) =>
    streamText(context, async (stream) => {
      for (const word of ["one ", "two ", "three"]) await stream.write(word);
    }));
  app.get(
    "/socket",
    upgradeWebSocket(() => ({
      onMessage: (event, socket) => socket.send(`you said ${event.data}`),
    })),
  );
  return app;
}

for (const version of ["HTTP/1.1", "HTTP/2"]) {
  Deno.test(`Hono: an app with middleware, streaming and a WebSocket, ${version}`, async () => {
    const app = makeApp();
    const options = { port: 0, hostname: "127.0.0.1", onListen() {}, patchUpgradeWebSocket: true };
    await using server = serve(options, app.fetch);
    using client = new Client({ http2PriorKnowledge: version === "HTTP/2" });
    const origin = `http://127.0.0.1:${server.addr.port}`;
    const user = await client.fetch(`${origin}/users/ada`);
    assertEquals(await user.json(), { name: "ada" });
    assertEquals([user.headers.get("x-after"), user.headers.get("access-control-allow-origin")], ["1", "*"]);
    const echoed = await client.fetch(`${origin}/echo`, { method: "POST", body: "a text" });
    assertEquals(await echoed.text(), "a text");
    assertEquals(await (await client.fetch(`${origin}/from`)).text(), "127.0.0.1");
    assertEquals(await (await client.fetch(`${origin}/stream`)).text(), "one two three");
    assertEquals((await client.fetch(`${origin}/nowhere`)).status, 404);
    const socket = await client.webSocket(`${origin}/socket`);
    const { readable, writable } = await socket.opened;
    await writable.getWriter().write("hello");
    assertEquals((await readable.getReader().read()).value, "you said hello");
    socket.close();
    await socket.closed;
  });
}
