/**
 * The servers of the comparison with curl: origins that answer well, and peers that do not.
 *
 * @module
 */

import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { type ScriptedServer, scriptedServer } from "../../support/scripted_server.ts";
import type { Places } from "./compare.ts";
import { Origins } from "./origin.ts";

/** What peers send, most of which break the rules, after the head of a request, before they close the connection. */
const SCRIPTED = {
  HINTS: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  BROKEN_NOTHING: "",
  BROKEN_SHORT: "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
  BROKEN_CHUNK: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
  BROKEN_SIZE: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
  BROKEN_HEAD: "HTTP/1.1 200 OK\r\ncontent-length: abc\r\n\r\nhello",
  BROKEN_TEXT: "hello, this is no HTTP\r\n\r\n",
  BROKEN_GZIP: "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello",
  BROKEN_LARGE: `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(400_000)}\r\n\r\n`,
};

/** The servers, running. */
export interface Servers extends AsyncDisposable {
  readonly origins: Origins;
  /** Where the words of the rows lead. */
  readonly places: Places;
}

/** Starts all of them. */
export async function startServers(): Promise<Servers> {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  const origins = new Origins(chainPem, keyPem);
  const ca = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(ca, authority.certPem);
  const broken = Object.entries(SCRIPTED).map(([name, text]): [string, ScriptedServer] => [
    name,
    scriptedServer(async (peer) => {
      await peer.readHead();
      await peer.send(text).catch(() => {}); // a client that has read enough goes away
    }),
  ]);
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  return {
    origins,
    places: {
      HTTP: origins.authority("http"),
      HTTPS: origins.authority("https"),
      OTHER: origins.authority("other"),
      HTTP_PORT: origins.authority("http").replace(/.*:/, ""),
      HTTPS_PORT: origins.authority("https").replace(/.*:/, ""),
      CLOSED: `127.0.0.1:${port}`,
      CA: ca,
      ...Object.fromEntries(broken.map(([name, server]) => [name, `127.0.0.1:${server.port}`])),
    },
    async [Symbol.asyncDispose]() {
      await origins[Symbol.asyncDispose]();
      for (const [, server] of broken) await server[Symbol.asyncDispose]();
      await Deno.remove(ca);
    },
  };
}
