/**
 * Origins for the comparison with curl: what each request was is kept, as the origin saw it.
 *
 * | path | answer |
 * |---|---|
 * | `/echo...` | method and target; the status is 200 |
 * | `/status/N` | status N, with a body |
 * | `/redirect/N` | status N to `/echo/end` |
 * | `/loop` | 302 to itself |
 * | `/elsewhere` | 302 to the other origin |
 * | `/auth` | 401 without an `authorization` field |
 * | `/set` | sets cookies; `/set-go` redirects to `/echo/cookies` as well |
 * | `/bytes` | ten bytes, of which ranges may be asked for; `/whole` knows no ranges |
 * | `/named`, `/evil` | a body with a file name, and with one that leads elsewhere |
 * | `/gzip` | text, in gzip if that is asked for |
 * | `/flaky/N`, `/flaky-after` | N times 503, then 200; the other says when to come back |
 * | `/slow` | nothing for three seconds |
 * | `/drip` | a head, and then nothing for three seconds |
 * | `/chunks` | three chunks of unknown length |
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** A request as an origin saw it. */
export interface SeenRequest {
  readonly origin: "http" | "https" | "other";
  readonly method: string;
  readonly target: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The origins, and the requests that they saw. */
export class Origins implements AsyncDisposable {
  /** The requests since {@linkcode reset}. */
  seen: SeenRequest[] = [];
  readonly #ports: Record<"http" | "https" | "other", number>;
  readonly #servers: readonly Deno.HttpServer[];
  #failures = 0;

  /**
   * Starts them on loopback.
   *
   * @param chainPem The certificate for localhost.
   * @param keyPem Its key.
   */
  constructor(chainPem: string, keyPem: string) {
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    const serve = (origin: SeenRequest["origin"], tls = {}): Deno.HttpServer<Deno.NetAddr> =>
      Deno.serve({ ...options, ...tls }, (request) => this.#serve(origin, request));
    const servers = {
      http: serve("http"),
      https: serve("https", { cert: chainPem, key: keyPem }),
      other: serve("other"),
    };
    this.#servers = Object.values(servers);
    this.#ports = {
      http: servers.http.addr.port,
      https: servers.https.addr.port,
      other: servers.other.addr.port,
    };
  }

  /** `127.0.0.1:PORT` of an origin; the one with TLS is `localhost:PORT`. */
  authority(origin: SeenRequest["origin"]): string {
    return `${origin === "https" ? "localhost" : "127.0.0.1"}:${this.#ports[origin]}`;
  }

  /** Forgets what was seen. */
  reset(): void {
    this.seen = [];
    this.#failures = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.shutdown()));
  }

  async #serve(origin: SeenRequest["origin"], request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const target = pathname + search;
    const { method } = request;
    const body = await request.text().catch(() => "");
    this.seen.push({ origin, method, target, fields: Object.fromEntries(request.headers), body });
    const fixed = FIXED[pathname];
    if (fixed !== undefined) return await fixed(request);
    const [, kind, number] = /^\/(status|redirect|flaky)\/(\d+)/.exec(pathname) ?? [];
    switch (kind) {
      case "status":
        return new Response(`status ${number}\n`, { status: Number(number) });
      case "redirect":
        return new Response("moved\n", { status: Number(number), headers: { location: "/echo/end" } });
      case "flaky":
        return this.#failures++ < Number(number)
          ? new Response("not yet\n", { status: 503 })
          : new Response("now\n");
    }
    if (pathname === "/elsewhere") {
      return new Response("moved\n", {
        status: 302,
        headers: { location: `http://${this.authority("other")}/echo/other` },
      });
    }
    if (pathname === "/flaky-after") {
      return this.#failures++ === 0
        ? new Response("later\n", { status: 503, headers: { "retry-after": "1" } })
        : new Response("now\n");
    }
    return new Response(`${method} ${target}\n`, { headers: { "content-type": "text/plain" } });
  }
}

const BYTES = "0123456789";

const FIXED: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "/loop": () => new Response("again\n", { status: 302, headers: { location: "/loop" } }),
  "/auth": (request) =>
    request.headers.has("authorization")
      ? new Response("welcome\n")
      : new Response("who?\n", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
  "/set": () => new Response("set\n", { headers: [["set-cookie", "id=1; Path=/"]] }),
  "/set-secret": () =>
    new Response("set\n", {
      headers: [["set-cookie", "id=1; Path=/; HttpOnly; Expires=Wed, 01 Jan 2098 00:00:00 GMT"]],
    }),
  "/set-bytes": () => new Response("set\n", { headers: [["set-cookie", "id=\xc3\xa9\xff; Path=/"]] }),
  "/set-go": () =>
    new Response("go\n", {
      status: 302,
      headers: [["set-cookie", "id=1; Path=/"], ["location", "/echo/cookies"]],
    }),
  "/bytes": (request) => {
    const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    if (first === "" && last === "") return new Response(BYTES);
    const start = first === "" ? BYTES.length - Number(last) : Number(first);
    const end = first === "" || last === "" ? BYTES.length - 1 : Math.min(Number(last), BYTES.length - 1);
    if (start > end) {
      return new Response("no\n", { status: 416, headers: { "content-range": `bytes */${BYTES.length}` } });
    }
    return new Response(BYTES.slice(start, end + 1), {
      status: 206,
      headers: { "content-range": `bytes ${start}-${end}/${BYTES.length}` },
    });
  },
  "/whole": () => new Response(`${BYTES}and more`),
  "/named": () =>
    new Response("named\n", { headers: { "content-disposition": 'attachment; filename="named.txt"' } }),
  "/evil": () =>
    new Response("evil\n", { headers: { "content-disposition": 'attachment; filename="../../evil.txt"' } }),
  "/gzip": (request) => {
    const text = new Blob(["gzipped\n"]).stream();
    return request.headers.get("accept-encoding")?.includes("gzip")
      ? new Response(text.pipeThrough(new CompressionStream("gzip")), {
        headers: { "content-encoding": "gzip" },
      })
      : new Response(text);
  },
  "/slow": async (request) => {
    await pause(request.signal);
    return new Response("late\n");
  },
  "/drip": (request) =>
    new Response(
      ReadableStream.from((async function* () {
        yield new TextEncoder().encode("first\n");
        await pause(request.signal);
        yield new TextEncoder().encode("second\n");
      })()),
    ),
  "/chunks": () =>
    new Response(ReadableStream.from(["a\n", "b\n", "c\n"]).pipeThrough(new TextEncoderStream())),
};

/** Three seconds, or until the client goes away. */
async function pause(signal: AbortSignal): Promise<void> {
  await delay(3_000, { signal }).catch(() => {}); // it went away
}
