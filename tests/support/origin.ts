/**
 * An HTTPS origin on loopback, with a certificate minted on the spot: HTTP/2 and HTTP/1.1, as ALPN says, through either
 * TLS. The command line fetches it when it is given no URL.
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

import { delay } from "@std/async/delay";
import { serve, type ServeHandler, type ServeInfo, type ServeTlsOptions } from "../../server/mod.ts";
import { TlsAcceptor } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "./certificates.ts";

/** Options of {@linkcode startOrigin}. */
export interface OriginOptions {
  /** Whose TLS it speaks. Default: Deno's. */
  readonly tls?: "deno" | "ductile";
}

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
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const closing = new AbortController();
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: tlsOf(chainPem, keyPem, options),
    signal: closing.signal,
    onListen() {},
  }, answer);
  const { port } = server.addr;
  return {
    url: `https://localhost:${port}/`,
    port,
    caPem: authority.certPem,
    [Symbol.asyncDispose](): Promise<void> {
      closing.abort(); // clients that still read included
      return server.finished;
    },
  };
}

function tlsOf(cert: string, key: string, { tls }: OriginOptions): ServeTlsOptions | TlsAcceptor {
  if (tls !== "ductile") return { cert, key };
  return new TlsAcceptor({ identity: { chain: cert, key }, alpnProtocols: ["h2", "http/1.1"] });
}

const TEXT = "A wire is drawn out of metal that is ductile.\nThis one carries HTTP.\n";
const PLAIN = { "content-type": "text/plain; charset=utf-8" };

const ROUTES: Readonly<Record<string, ServeHandler>> = {
  "/": () => new Response(TEXT, { headers: PLAIN }),

  "/echo": (request) => {
    const type = request.headers.get("content-type") ?? "application/octet-stream";
    return new Response(request.body, { headers: { "content-type": type } });
  },

  "/json": ({ method, url, headers }) => {
    const { pathname, search } = new URL(url);
    return Response.json({ method, url: pathname + search, headers: Object.fromEntries(headers) });
  },

  "/gzip": () => {
    const gzip = new Blob([TEXT]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Response(gzip, { headers: { ...PLAIN, "content-encoding": "gzip" } });
  },

  "/redirect": () => new Response(null, { status: 302, headers: { location: "/" } }),

  "/slow": () => new Response(ReadableStream.from(slowly()), { headers: PLAIN }),

  "/trailers": (_, info) => {
    info.sendTrailers(() => ({ "x-bytes": `${TEXT.length}`, "x-lines": "2" }));
    return new Response(TEXT, { headers: { ...PLAIN, trailer: "x-bytes, x-lines" } });
  },

  "/hints": (_, info) => {
    info.inform(103, { link: "</style.css>; rel=preload; as=style" });
    return new Response(TEXT, { headers: PLAIN });
  },
};

function answer(request: Request, info: ServeInfo): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  const bytes = /^\/bytes\/([0-9]{1,12})$/.exec(pathname);
  if (bytes !== null) return sendBytes(Number(bytes[1]));
  const route = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
  return route?.(request, info) ?? new Response("There is nothing here.\n", { status: 404, headers: PLAIN });
}

async function* slowly(): AsyncGenerator<Uint8Array> {
  for (const [i, line] of ["One\n", "line\n", "after\n", "the\n", "other\n"].entries()) {
    if (i > 0) await delay(100);
    yield new TextEncoder().encode(line);
  }
}

function sendBytes(length: number): Response {
  const headers = { "content-type": "application/octet-stream", "content-length": `${length}` };
  return new Response(ReadableStream.from(blocks(length)), { headers });
}

function* blocks(length: number): Generator<Uint8Array> {
  const block = new Uint8Array(64 * 1024).fill("x".charCodeAt(0));
  for (let left = length; left > 0; left -= block.length) {
    yield block.subarray(0, Math.min(left, block.length));
  }
}
