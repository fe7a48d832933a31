/** The end of a client's connections under Ductile's TLS, as the server sees it. */

import { assertEquals } from "@std/assert";
import { Client, type ClientOptions } from "../../../mod.ts";
import { RootCertStore, type ServerTlsStream, TlsAcceptor, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, { names: ["localhost"], ips: ["127.0.0.1"] });
const ACCEPTOR = new TlsAcceptor({
  identity: { chain: CERTIFICATE.chainPem, key: CERTIFICATE.keyPem },
  alpnProtocols: ["http/1.1"],
});

/** Reads the head of a request, answers it, and reads to the end: `close_notify`, or the code of the error. */
async function answerOnce(stream: ServerTlsStream, response: string): Promise<string> {
  const into = new Uint8Array(65_536);
  try {
    await stream.read(into);
    await stream.write(new TextEncoder().encode(response));
    while (await stream.read(into) !== null);
    return "close_notify";
  } catch (error) {
    return error instanceof TlsError ? error.code : String(error);
  } finally {
    stream.io.close();
  }
}

const COMPLETE = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const UNFINISHED = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhi";

const ROWS: readonly {
  readonly name: string;
  readonly options?: ClientOptions;
  readonly response?: string;
  readonly use: (client: Client, url: string) => Promise<unknown>;
}[] = [
  {
    name: "the client is closed",
    use: async (client, url) => {
      await (await client.get(url)).text();
      client.close();
    },
  },
  {
    name: "a connection has been idle for too long",
    options: { pool: { idleTimeout: 20 } },
    use: async (client, url) => await (await client.get(url)).text(),
  },
  {
    name: "the server asks for it",
    response: "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi",
    use: async (client, url) => await (await client.get(url)).text(),
  },
  {
    name: "a body is cancelled",
    response: UNFINISHED,
    use: async (client, url) => await (await client.get(url)).body?.cancel(),
  },
  {
    name: "a request is aborted",
    response: UNFINISHED,
    use: async (client, url) => {
      const stop = new AbortController();
      const response = await client.get(url, { signal: stop.signal });
      const reading = response.text().catch(() => {});
      stop.abort();
      await reading;
    },
  },
];

for (const { name, options, response = COMPLETE, use } of ROWS) {
  Deno.test(`Client: a connection of Ductile's TLS ends with close_notify when ${name}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const served = listener.accept().then((io) => ACCEPTOR.accept(io)).then((stream) =>
      answerOnce(stream, response)
    );
    using client = new Client({ roots: RootCertStore.fromPem(AUTHORITY.certPem), ...options });
    await use(client, `https://localhost:${listener.addr.port}/`);
    assertEquals(await served, "close_notify");
  });
}
