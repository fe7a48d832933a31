/**
 * The process that {@linkcode startDenoServer} starts: serves the folder named by its argument, prints its port,
 * and ends with its standard input.
 *
 * @module
 */

import { SMALL } from "../pattern.ts";

const [folder = "."] = Deno.args;

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  cert: await Deno.readTextFile(`${folder}/cert.pem`),
  key: await Deno.readTextFile(`${folder}/key.pem`),
  onListen: ({ port }) => Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`)),
}, answer);

for await (const _ of Deno.stdin.readable);
await server.shutdown();

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/small":
      return new Response(SMALL);
    case "/bulk":
    case "/short":
    case "/zeros": {
      const file = await Deno.open(`${folder}${pathname}`);
      const { size } = await file.stat();
      return new Response(file.readable, { headers: { "content-length": String(size) } });
    }
    case "/sink":
      return new Response(String(await drain(request)));
  }
  const [, name] = /^\/store\/(\w+)$/.exec(pathname) ?? [];
  if (name === undefined || request.method !== "PUT") return new Response(null, { status: 404 });
  await Deno.writeFile(`${folder}/store/${name}`, request.body ?? new Uint8Array());
  return new Response(null, { status: 204 });
}

async function drain(request: Request): Promise<number> {
  let length = 0;
  for await (const chunk of request.body ?? []) length += chunk.length;
  return length;
}
