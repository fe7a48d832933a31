/** `serve` on sockets: the contract of `Deno.serve`, and where it differs. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { serve } from "../../server/serve.ts";
import type { HttpServer } from "../../server/http_server.ts";
import type { ServeNetAddress } from "../../server/runtime.ts";

const QUIET = { port: 0, hostname: "127.0.0.1", onListen() {} };

async function get(server: HttpServer, path = "/"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.addr.port}${path}`);
  return await response.text();
}

Deno.test("serve: options and a handler, or the handler among them", async () => {
  await using one = serve(QUIET, () => new Response("one"));
  await using other = serve({ ...QUIET, handler: () => new Response("other") });
  assertEquals([await get(one), await get(other)], ["one", "other"]);
});

Deno.test("serve: onListen gets the address, before serve returns", async () => {
  const addresses: ServeNetAddress[] = [];
  await using server = serve(
    { ...QUIET, onListen: (address) => addresses.push(address) },
    () => new Response(),
  );
  assertEquals(addresses, [{ transport: "tcp", hostname: "127.0.0.1", port: server.addr.port }]);
});

Deno.test("serve: what onListen throws, serve throws, and nothing listens", async () => {
  let port = 0;
  const failure = new Error("no");
  const error = assertThrows(() =>
    serve({
      ...QUIET,
      onListen: (address) => {
        port = address.port;
        throw failure;
      },
    }, () => new Response())
  );
  assertEquals(error, failure);
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
});

Deno.test("serve: a port in use is an error", async () => {
  await using server = serve(QUIET, () => new Response());
  const { port } = server.addr;
  assertThrows(() => serve({ ...QUIET, port }, () => new Response()), Deno.errors.AddrInUse);
});

const REFUSED: readonly (readonly [string, () => unknown, string])[] = [
  ["no handler", () => serve(undefined as unknown as () => Response), "no handler"],
  ["options without a handler", () => serve({ port: 0 } as unknown as () => Response), "no handler"],
  ["a handler that is no function", () => serve(QUIET, {} as () => Response), "no handler"],
  ["an unknown option", () => serve({ ...QUIET, prot: 1 } as typeof QUIET, () => new Response()), '"prot"'],
  ["certFile", () => serve({ ...QUIET, certFile: "a" } as typeof QUIET, () => new Response()), 'as "cert"'],
  ["a cert alone", () => serve({ ...QUIET, cert: "a" }, () => new Response()), 'both "cert" and "key"'],
  [
    "a key alone in tls",
    () => serve({ ...QUIET, tls: { key: "a" } }, () => new Response()),
    'both "cert" and "key"',
  ],
  [
    "two identities",
    () => serve({ ...QUIET, tls: { cert: "a", identity: [] } }, () => new Response()),
    'an "identity", and',
  ],
];
for (const [name, call, message] of REFUSED) {
  Deno.test(`serve: ${name} is a TypeError`, () => {
    assertThrows(call, TypeError, message);
  });
}

Deno.test("serve: a timeout that does not exist, or is no number, is a RangeError", () => {
  for (const timeouts of [{ head: 1 }, { idle: -1 }]) {
    assertThrows(() => serve({ ...QUIET, timeouts } as typeof QUIET, () => new Response()), RangeError);
  }
});

Deno.test("serve: a signal that is aborted already does not listen", async () => {
  const server = serve({ ...QUIET, signal: AbortSignal.abort() }, () => new Response());
  await server.finished;
  await server.shutdown();
  assertEquals(server.addr.port, 0);
});

Deno.test("serve: an abort closes connections at once, and finished resolves", async () => {
  const controller = new AbortController();
  const started = Promise.withResolvers<Request>();
  const server = serve({ ...QUIET, signal: controller.signal }, (request) => {
    started.resolve(request);
    return new Promise(() => {});
  });
  const failed = assertRejects(() => get(server), TypeError);
  const request = await started.promise;
  controller.abort();
  await server.finished;
  await failed;
  assertEquals(request.signal.aborted, true);
});

Deno.test("serve: a shutdown refuses new connections, closes idle ones and lets requests end", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const server = serve(QUIET, async () => {
    started.resolve();
    await gate.promise;
    return new Response("finished");
  });
  const { port } = server.addr;
  const idle = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = get(server);
  await started.promise;
  const shutdown = server.shutdown();
  assertEquals(await idle.read(new Uint8Array(1)), null);
  idle.close();
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
  gate.resolve();
  assertEquals(await text, "finished");
  await shutdown;
  await server.finished;
  await server.shutdown();
});

Deno.test("serve: a shutdown with a timeout ends an endless response", async () => {
  const server = serve(QUIET, () => new Response(new ReadableStream()));
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  await server.shutdown({ timeout: 1 });
  await assertRejects(() => response.text());
});

Deno.test("serve: info has the addresses and the target, and no enumerable properties", async () => {
  await using server = serve(QUIET, (request, info) => {
    assertEquals(Object.keys(info), []);
    return Response.json([
      info.remoteAddr.hostname,
      info.localAddr,
      info.target,
      request.url,
      info.connection.tls,
    ]);
  });
  const { port } = server.addr;
  assertEquals(JSON.parse(await get(server, "/%2e%2e/a?b")), [
    "127.0.0.1",
    { transport: "tcp", hostname: "127.0.0.1", port },
    "/a?b", // fetch has normalized it
    `http://127.0.0.1:${port}/a?b`,
    null,
  ]);
});

Deno.test({
  name: "serve: a Unix socket",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const path = await Deno.makeTempFile();
    await Deno.remove(path);
    await using server = serve({ path, onListen() {} }, (request, info) => {
      return Response.json([request.url, info.remoteAddr.transport]);
    });
    assertEquals(server.addr, { transport: "unix", path });
    const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
    const response = await fetch("http://example.com/a", { client });
    assertEquals(await response.json(), ["http://example.com/a", "unix"]);
    client.close();
  },
});

Deno.test("serve: a response of the runtime's fetch can be returned", async () => {
  await using origin = serve(QUIET, () => new Response("from the origin", { headers: { "x-a": "1" } }));
  await using proxy = serve(QUIET, (request) => {
    return fetch(`http://127.0.0.1:${origin.addr.port}${new URL(request.url).pathname}`, request);
  });
  const response = await fetch(`http://127.0.0.1:${proxy.addr.port}/`);
  assertEquals([response.headers.get("x-a"), await response.text()], ["1", "from the origin"]);
});

Deno.test("serve: the process ends where the server is unreferenced", async () => {
  const program = `
    import { serve } from "${new URL("../../server/mod.ts", import.meta.url)}";
    const server = serve({ port: 0, onListen() {} }, () => new Response("a"));
    await (await fetch("http://localhost:" + server.addr.port)).text();
    server.unref();
  `;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${new URL("../../deno.json", import.meta.url).pathname}`, program],
  }).output();
  assert(success);
});
