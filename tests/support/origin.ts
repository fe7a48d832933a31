/**
 * An HTTPS origin on loopback, with a certificate minted on the spot: HTTP/2 and HTTP/1.1, as ALPN says.
 *
 * It is made of Node's `http2` server, which Deno carries, because `Deno.serve` has neither trailers nor 1xx
 * responses. The command line fetches it when it is given no URL.
 *
 * | path | answer |
 * |---|---|
 * | `/` | a few lines of text |
 * | `/echo` | the request's content, as it arrives, with the request's content type |
 * | `/json` | what the request was: method, path, fields |
 * | `/gzip` | the text of `/`, in gzip |
 * | `/bytes/N` | N bytes; `x` all of them |
 * | `/redirect` | 302 to `/` |
 * | `/slow` | five lines, a tenth of a second apart |
 * | `/trailers` | text, then the trailers `x-bytes` and `x-lines` |
 * | `/hints` | a 103 with a `link`, then text |
 *
 * @module
 */

import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { delay } from "@std/async/delay";
import { mintAuthority, mintCertificate } from "./certificates.ts";

/** An origin that runs. */
export interface Origin extends AsyncDisposable {
  /** Such as `https://localhost:12345/`. */
  readonly url: string;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The authority to trust, PEM. */
  readonly caPem: string;
}

/** Starts the origin on a free port. */
export async function startOrigin(): Promise<Origin> {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const server = createSecureServer({
    allowHTTP1: true,
    cert: certificate.chainPem,
    key: certificate.keyPem,
  });
  const open = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("request", (request, response) => {
    answer(request, response).catch(() => request.destroy()); // the client went away
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `https://localhost:${port}/`,
    port,
    caPem: authority.certPem,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

const TEXT = "A wire is drawn out of metal that is ductile.\nThis one carries HTTP.\n";

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => Promise<void>;

const ROUTES: Readonly<Record<string, Answer>> = {
  "/": (_, response) => send(response, 200, { "content-type": "text/plain; charset=utf-8" }, TEXT),

  "/echo": async (request, response) => {
    const type = request.headers["content-type"] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type });
    await pipeline(request, response);
  },

  "/json": (request, response) => {
    const { method, url } = request;
    // The pseudo-header fields of HTTP/2 are what method and path already say.
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !name.startsWith(":")),
    );
    return send(
      response,
      200,
      { "content-type": "application/json" },
      JSON.stringify({ method, url, headers }),
    );
  },

  "/gzip": async (_, response) => {
    const gzip = new Blob([TEXT]).stream().pipeThrough(new CompressionStream("gzip"));
    const fields = { "content-type": "text/plain; charset=utf-8", "content-encoding": "gzip" };
    await send(response, 200, fields, await new Response(gzip).bytes());
  },

  "/redirect": (_, response) => send(response, 302, { location: "/" }, ""),

  "/slow": async (_, response) => {
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    for (const line of ["One\n", "line\n", "after\n", "the\n"]) {
      response.write(line);
      await delay(100);
    }
    response.end("other\n");
  },

  "/trailers": (_, response) => {
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8", trailer: "x-bytes, x-lines" });
    response.write(TEXT);
    response.addTrailers({ "x-bytes": `${TEXT.length}`, "x-lines": "2" });
    response.end();
    return Promise.resolve();
  },

  "/hints": (_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    return send(response, 200, { "content-type": "text/plain; charset=utf-8" }, TEXT);
  },
};

async function answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const [path = "/"] = request.url.split("?");
  const bytes = /^\/bytes\/([0-9]{1,12})$/.exec(path);
  if (bytes !== null) return await sendBytes(response, Number(bytes[1]));
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route !== undefined) return await route(request, response);
  await send(response, 404, { "content-type": "text/plain; charset=utf-8" }, "There is nothing here.\n");
}

function send(
  response: Http2ServerResponse,
  status: number,
  fields: Readonly<Record<string, string>>,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  response.writeHead(status, { ...fields, "content-length": `${bytes.length}` });
  response.end(bytes);
  return Promise.resolve();
}

async function sendBytes(response: Http2ServerResponse, length: number): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": `${length}` });
  await pipeline(Readable.from(blocks(length)), response);
}

function* blocks(length: number): Generator<Uint8Array> {
  const block = new Uint8Array(64 * 1024).fill("x".charCodeAt(0));
  for (let left = length; left > 0; left -= block.length) {
    yield block.subarray(0, Math.min(left, block.length));
  }
}
