/** `unixSocket` and `resolve` of a client, over real sockets. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client } from "../../client/client.ts";
import { ClientError } from "../../client/error/client_error.ts";
import type { ClientOptions } from "../../client/options.ts";
import { startOrigin } from "../support/origin.ts";

Deno.test("unixSocket: requests of any host go to the socket, and the host field says which", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/app.sock`;
  const server = Deno.serve({ path, onListen() {} }, ({ headers }) => new Response(headers.get("host")));
  {
    using client = new Client({ unixSocket: path });
    assertEquals(await (await client.get("http://app/health")).text(), "app");
    assertEquals(await (await client.get("http://other:81/")).text(), "other:81");
  }
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("unixSocket: D-08: https: is spoken over it, and the name of the URL is verified", async () => {
  await using origin = await startOrigin();
  const folder = await Deno.makeTempDir();
  const path = `${folder}/tls.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const relaying = (async () => {
    for await (const conn of listener) {
      const far = await Deno.connect({ port: origin.port });
      conn.readable.pipeTo(far.writable).catch(() => {});
      far.readable.pipeTo(conn.writable).catch(() => {});
    }
  })();
  {
    using client = new Client({ unixSocket: path, caCerts: origin.caPem });
    const response = await client.get("https://localhost/json");
    assertEquals([response.status, response.connection.tls?.implementation], [200, "ductile"]);
    await response.body?.cancel();
    const error = await assertRejects(() => client.get("https://other.test/"), ClientError);
    assertEquals(error.code, "certificate_wrong_name");
  }
  listener.close();
  await relaying;
  await Deno.remove(folder, { recursive: true });
});

Deno.test("unixSocket: a path where nothing listens is an error that says so", async () => {
  using client = new Client({ unixSocket: "/nonexistent/app.sock" });
  const error = await assertRejects(() => client.get("http://app/"), ClientError);
  assertEquals(error.code, "connect_failed");
});

Deno.test("resolve: a name that does not exist is reached at its addresses, and TLS verifies the name", async () => {
  await using origin = await startOrigin();
  const asked: unknown[] = [];
  using client = new Client({
    caCerts: origin.caPem,
    resolve: (hostname, { port }) => {
      asked.push([hostname, port]);
      return Promise.resolve(["127.0.0.1"]);
    },
  });
  const response = await client.get(origin.url);
  assertEquals([response.status, response.connection.remoteAddress?.hostname], [200, "127.0.0.1"]);
  await response.body?.cancel();
  const error = await assertRejects(() => client.get(`https://no.test:${origin.port}/`), ClientError);
  assertEquals(error.code, "certificate_wrong_name");
  assertEquals(asked, [["localhost", origin.port], ["no.test", origin.port]]);
});

for (
  const [options, message] of [
    [{ unixSocket: "" }, '"unixSocket" is no path'],
    [{ unixSocket: 3 as never }, '"unixSocket" is no path'],
    [{ resolve: [] as never }, '"resolve" is no function'],
    [{ unixSocket: "/a", resolve: () => [] }, '"resolve" has no meaning beside "unixSocket"'],
    [{ unixSocket: "/a", dial: () => Promise.reject() }, '"unixSocket" has no meaning beside "dial"'],
    [{ resolve: () => [], dial: () => Promise.reject() }, '"resolve" has no meaning beside "dial"'],
  ] as readonly [ClientOptions, string][]
) {
  Deno.test(`options: ${message}: refused (${Object.keys(options).join(", ")})`, () => {
    assertEquals(assertThrows(() => new Client(options), ClientError, message).code, "unsupported_option");
  });
}
