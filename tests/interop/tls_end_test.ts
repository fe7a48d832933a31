/** How connections end: announced, by one end before the other, or cut off. */

import { assertEquals, assertMatch } from "@std/assert";
import { writeAll } from "../../io/duplex.ts";
import { TlsError, type TlsStream } from "../../tls/mod.ts";
import { serveConnections } from "../support/listening.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { startRelay } from "./relay.ts";
import { connectorTo, dial, failureOf, hear, talk } from "./tls_client.ts";
import { serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import {
  type ClientName,
  deno,
  gnutls,
  nginx,
  node,
  openssl,
  type StartServer,
  VISITS,
} from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

Deno.test({
  name: "openssl s_server announces the end of an answer of HTTP/1.0, and Ductile's client reads it whole",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: p256, args: ["-WWW"] });
    await using stream = await dial(server.port);
    const heard = await talk(stream, "GET /cert.pem HTTP/1.0\r\n\r\n", () => false);
    assertEquals(heard.split("\r\n\r\n")[1], p256.chainPem);
  },
});

Deno.test({
  name: "openssl s_server quits without a word, and Ductile's client does not take that for the end",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: p256 });
    using stream = await dial(server.port);
    await server.write("not the last line\n");
    assertEquals(await hear(stream, (heard) => heard.endsWith("\n")), "not the last line\n");
    await server.write("Q\n");
    assertEquals((await failureOf(hear(stream))).code, "unexpected_eof");
  },
});

Deno.test({
  name: "openssl s_server is killed, and Ductile's client does not take that for the end",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: p256 });
    using stream = await dial(server.port);
    await server.write("not the last line\n");
    assertEquals(await hear(stream, (heard) => heard.endsWith("\n")), "not the last line\n");
    await server.stop("SIGKILL");
    assertEquals((await failureOf(hear(stream))).code, "unexpected_eof");
  },
});

Deno.test({
  name: "nginx announces the end of an answer of HTTP/1.0, and Ductile's client reads it whole",
  ignore: !installed("nginx"),
  async fn() {
    await using server = await nginx()(p256);
    await using stream = await dial(server.port);
    assertMatch(await talk(stream, "GET / HTTP/1.0\r\n\r\n", () => false), /hello from nginx\n$/);
  },
});

const SERVERS: readonly { readonly program: string; readonly start: StartServer }[] = [
  { program: "openssl", start: openssl() },
  { program: "gnutls-serv", start: gnutls() },
  { program: "node", start: node() },
  { program: "deno", start: deno() },
];

for (const { program, start } of SERVERS) {
  for (const version of VERSIONS) {
    Deno.test({
      name: `${version}: ${program} answers the end of Ductile's client with its own`,
      ignore: program !== "deno" && !installed(program),
      async fn() {
        await using server = await start(p256);
        await using stream = await dial(server.port, connectorTo({ versions: [version] }));
        await talk(stream, "ductile\n");
        await stream.shutdown();
        assertEquals(await hear(stream), "");
      },
    });

    Deno.test({
      name: `${version}: a connection to ${program} that is cut off is no end to Ductile's client`,
      ignore: program !== "deno" && !installed(program),
      async fn() {
        await using server = await start(p256);
        await using relay = startRelay(server.port);
        using stream = await dial(relay.port, connectorTo({ versions: [version] }));
        await talk(stream, "ductile\n");
        relay.cutNextRequest();
        await writeAll(stream, new TextEncoder().encode("lost\n"));
        await stream.flush();
        assertEquals((await failureOf(hear(stream))).code, "unexpected_eof");
      },
    });
  }
}

Deno.test({
  name: "Node's server goes on after the end of Ductile's client, which hears it to its own end",
  ignore: !installed("node"),
  async fn() {
    const more = `
      server.on("secureConnection", (socket) => {
        socket.on("end", () => setTimeout(() => {
          socket.write("one thing more\\n");
          setTimeout(() => socket.end("and another\\n"), 20);
        }, 20)).resume();
      });
    `;
    await using server = await node("allowHalfOpen: true, silent: true", more)(p256);
    await using stream = await dial(server.port);
    await stream.shutdown();
    assertEquals(await hear(stream), "one thing more\nand another\n");
  },
});

Deno.test({
  name: "Deno's server closes, and Ductile's client reads the proper end",
  async fn() {
    const { chainPem: cert, keyPem: key } = p256;
    await using server = serveConnections(
      Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }),
      async (conn) => {
        await conn.write(new TextEncoder().encode("ductile\n"));
        await conn.closeWrite();
        await conn.read(new Uint8Array(1));
      },
    );
    await using stream = await dial(server.port);
    assertEquals(await hear(stream), "ductile\n");
  },
});

/** How clients say that Ductile's server went away without a close_notify; curl and Node do not tell it from an end. */
const CUT_OFF: Readonly<Partial<Record<ClientName, RegExp>>> = {
  openssl: /unexpected eof while reading/,
  "gnutls-cli": /non-properly terminated/,
  deno: /UnexpectedEof|close_notify/,
};

for (const name of ["openssl", "gnutls-cli", "curl", "deno"] as const) {
  for (const version of VERSIONS) {
    const ignore = name !== "deno" && !installed(name);
    const cutOff = CUT_OFF[name];
    const says = name === "curl" ? "" : "ductile\n";
    const answer = name === "curl" ? "HTTP/1.0 200 OK\r\n\r\nhalf of it" : "half of it\n";
    const answered = (ends: (stream: TlsStream) => void | Promise<void>) => async (stream: TlsStream) => {
      await hear(stream, (heard) => heard.endsWith("\n"));
      await writeAll(stream, new TextEncoder().encode(answer));
      await stream.flush();
      await ends(stream);
    };

    Deno.test({
      name: `${version}: ${name} reads the proper end of Ductile's server`,
      ignore,
      async fn() {
        await using server = serve(
          { identity: identityOf(p256), versions: [version] },
          answered(async (stream) => {
            await stream.shutdown();
            await hear(stream).catch(() => {}); // how it leaves is looked at below
          }),
        );
        const { code, output } = await VISITS[name](server.port, { says });
        assertEquals(code, 0, output);
        assertMatch(output, /half of it/);
        if (cutOff !== undefined) assertEquals(output.match(cutOff), null);
      },
    });

    if (cutOff === undefined) continue;
    Deno.test({
      name: `${version}: ${name} does not take it for an end when Ductile's server goes away`,
      ignore,
      async fn() {
        await using server = serve(
          { identity: identityOf(p256), versions: [version] },
          answered((stream) => stream.io.close()),
        );
        const { output } = await VISITS[name](server.port, { says });
        assertMatch(output, cutOff);
      },
    });
  }
}

Deno.test({
  name: "openssl s_client announces its end, and one that is killed does not",
  ignore: !installed("openssl"),
  async fn() {
    await using server = serve({ identity: identityOf(p256) }, async (stream) => {
      await hear(stream);
      await writeAll(stream, new TextEncoder().encode("one thing more\n"));
    });
    await VISITS.openssl(server.port, { args: ["-no_ign_eof"], end: true });
    assertEquals((await server.outcome()).error, undefined);

    const { promise: heard, resolve } = Promise.withResolvers<void>();
    // Tickets that it has not read when it goes would make a reset of it.
    await using other = serve({ identity: identityOf(p256), sendTickets: 0 }, async (stream) => {
      await hear(stream, (heard) => heard.endsWith("\n"));
      resolve();
      await hear(stream);
    });
    const gone = new AbortController();
    const visit = VISITS.openssl(other.port, { signal: gone.signal });
    await heard;
    gone.abort();
    await visit;
    const { error } = await other.outcome();
    assertEquals(error instanceof TlsError && error.code, "unexpected_eof");
  },
});
