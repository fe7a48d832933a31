/** The site in Deno: `Deno.serve`, with what `options.json` says. */

import { createHash } from "node:crypto";
import { content, lengthAsked } from "./site_content.mjs";

const { tls, text, fieldCount, cookies } = JSON.parse(Deno.readTextFileSync("options.json"));

const ROUTES = {
  "/": () => new Response("hello from Deno\n"),

  "/text"(request) {
    const headers = { etag: '"the text"' };
    const known = request.headers.get("if-none-match") === headers.etag;
    return known ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
  },

  "/gzip"(request) {
    if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) return new Response(text);
    const gzip = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(gzip, { headers: { "content-encoding": "gzip" } });
  },

  "/empty": () => new Response(null, { status: 204 }),
  "/redirect": () => new Response(null, { status: 302, headers: { location: "/" } }),
  "/moved-post": () => new Response(null, { status: 307, headers: { location: "/digest" } }),

  "/fields"() {
    const headers = new Headers();
    for (let i = 1; i <= fieldCount; i++) headers.set(`x-field-${i}`, `value ${i}`);
    for (const cookie of cookies) headers.append("set-cookie", cookie);
    return new Response(null, { headers });
  },

  "/reflect"(request) {
    const fields = [...request.headers].filter(([name]) => name.startsWith("x-reflect-"));
    return new Response(null, { headers: fields });
  },

  "/echo": (request) => new Response(request.body),

  "/refuse": (request) => new Response(request.body, { status: 400 }),

  async "/digest"(request) {
    const hash = createHash("sha256");
    let length = 0;
    for await (const piece of request.body ?? []) {
      hash.update(piece);
      length += piece.length;
    }
    return Response.json({ length, sha256: hash.digest("hex") });
  },

  "/hold": () => new Promise(() => {}),

  /** Ends the server in good order: what has begun is answered, nothing new is taken. */
  async "/shutdown"() {
    void server.shutdown();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return new Response("going");
  },
};

const pems = tls ? { cert: Deno.readTextFileSync("cert.pem"), key: Deno.readTextFileSync("key.pem") } : {};
const options = { hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), ...pems };
const server = Deno.serve(options, (request) => {
  const { pathname } = new URL(request.url);
  const length = lengthAsked(pathname);
  if (length !== undefined) {
    const body = ReadableStream.from(content(length));
    return new Response(body, { headers: { "content-length": `${length}` } });
  }
  return Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname](request) : new Response(null, { status: 404 });
});
