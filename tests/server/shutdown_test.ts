/** A shutdown in every state of a connection, over both versions of HTTP, plain and over both TLSs. */

import { assertEquals } from "@std/assert";
import type { ServeHandler } from "../../server/exchange/serve_info.ts";
import { serve } from "../../server/serve.ts";
import type { ServeTlsOptions } from "../../server/serve_options.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { writeAll } from "../../io/duplex.ts";
import { keptAlive } from "./in_memory.ts";

const authority = await mintAuthority();
const own = await mintCertificate(authority, { names: ["localhost"] });
const CERT_AND_KEY = { cert: own.chainPem, key: own.keyPem };

const TRANSPORTS: Readonly<Record<string, ServeTlsOptions | undefined>> = {
  "a plain connection": undefined,
  "Deno's TLS": CERT_AND_KEY,
  "Ductile's TLS": { ...CERT_AND_KEY, sendTickets: 0 },
};

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));
const frame = (type: number, flags: number, streamId: number, payload: readonly number[]) => [
  ...[0, 0, payload.length, type, flags, 0, 0, 0, streamId],
  ...payload,
];
const PREFACE = [...ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ...frame(4, 0, 0, [])];
const get = (path: string) => ascii(`GET ${path} HTTP/1.1\r\nhost: h\r\n\r\n`);
const get2 = (path: string) => [
  ...PREFACE,
  ...frame(1, 5, 1, [0x82, 0x87, 0x41, 1, 0x68, 0x44, path.length, ...ascii(path)]),
];

interface State {
  readonly name: string;
  readonly http1: readonly number[];
  readonly http2?: readonly number[];
  /** Whether the handler is called before the shutdown. */
  readonly isAsked: boolean;
  /** Whether only the deadline ends it. */
  readonly isEndless: boolean;
}

const STATES: readonly State[] = [
  { name: "that sent nothing", http1: [], http2: [], isAsked: false, isEndless: false },
  {
    name: "with half a head",
    http1: get("/hello").slice(0, 10),
    http2: get2("/hello").slice(0, -3),
    isAsked: false,
    isEndless: false,
  },
  { name: "behind a response", http1: get("/hello"), http2: get2("/hello"), isAsked: true, isEndless: false },
  {
    name: "whose handler does not end",
    http1: get("/never"),
    http2: get2("/never"),
    isAsked: true,
    isEndless: true,
  },
  {
    name: "whose response does not end",
    http1: get("/stream"),
    http2: get2("/stream"),
    isAsked: true,
    isEndless: true,
  },
  {
    name: "that switched protocols",
    http1: ascii("GET /upgrade HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n"),
    isAsked: true,
    isEndless: true,
  },
];

for (const [transport, tls] of Object.entries(TRANSPORTS)) {
  for (const { name, http1, http2, isAsked, isEndless } of STATES) {
    for (const [version, sent] of [["http/1.1", http1], ["h2", http2]] as const) {
      // A plain connection without a byte has no version.
      if (sent === undefined || (tls === undefined && version === "h2" && sent.length === 0)) continue;
      Deno.test(`serve: a shutdown ends a connection ${name}${isEndless ? ", at its deadline" : ""}: ${version} over ${transport}`, async () => {
        using _ = keptAlive();
        const asked: string[] = [];
        const handler: ServeHandler = (request, info) => {
          const { pathname } = new URL(request.url);
          asked.push(pathname);
          if (pathname === "/never") return new Promise(() => {});
          if (pathname === "/stream") return new Response(new ReadableStream());
          return pathname === "/upgrade" ? info.upgrade().response : new Response("hello");
        };
        const server = serve({ port: 0, onListen() {}, ...(tls && { tls }) }, handler);
        const { port } = server.addr;
        const io = tls === undefined ? await Deno.connect({ port }) : await Deno.connectTls({
          port,
          hostname: "localhost",
          caCerts: [authority.certPem],
          alpnProtocols: [version],
        });
        if ("handshake" in io) await io.handshake();
        await writeAll(io, new Uint8Array(sent));
        const draining = drain(io);
        if (isAsked) await eventually("the handler is called", () => asked.length === 1);
        await server.shutdown(isEndless ? { timeout: 50 } : {});
        await draining;
        io.close();
        assertEquals(asked.length, isAsked ? 1 : 0);
      });
    }
  }
}

/** Reads to the end, whatever that is. */
async function drain(io: Deno.Conn): Promise<void> {
  const into = new Uint8Array(4096);
  try {
    while (await io.read(into) !== null);
  } catch {
    // Over TLS the end may come without a close_notify.
  }
}
