/**
 * An HTTP client that you can see into and steer, for Deno: HTTP/1.1 and HTTP/2 with the contract of the global
 * `fetch`, and on every response the facts about its connection, its timings and its trailers.
 *
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * using client = new Client();
 * const response = await client.fetch(`http://localhost:${server.addr.port}/`);
 * assertEquals(await response.text(), "hello");
 * assertEquals(response.connection.remoteAddress?.port, server.addr.port);
 * ```
 *
 * Run directly, it is a command: `deno run -N jsr:@ductile/ductile https://example.com/`; `--help` tells the rest.
 *
 * @module
 */

export * from "./client/mod.ts";

// Not awaited: a module that waits while it loads makes all that import it wait.
// Not in a bundle, whose main module is the program that this became part of.
if (import.meta.main && import.meta.url.endsWith("/mod.ts")) {
  // Resolved when it is run: a literal would make every program that imports this module download the command line.
  import(import.meta.resolve("./cli/mod.ts")).then(({ run }: { run: () => void }) => run());
}
