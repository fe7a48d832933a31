/** Early data: Ductile's client with real servers, real clients with Ductile's server, and requests with nginx. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Client } from "../../mod.ts";
import type { ClientTlsStream, ServerConfigOptions, ServerTlsStream } from "../../tls/mod.ts";
import { installed, type Peer, startGnutls, startNginx, startOpenssl } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, dial, hear, ROOTS, WITHIN } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";

const p256 = await mintIdentity("p256");

/** Connects with early data. */
async function dialEarly(
  port: number,
  connector: ReturnType<typeof connectorTo>,
  text: string,
): Promise<ClientTlsStream> {
  const io = await Deno.connect({ hostname: "127.0.0.1", port });
  io.setNoDelay(true);
  const stream = await connector.connect("localhost", io, { earlyData: true, handshakeTimeout: WITHIN });
  await stream.write(new TextEncoder().encode(text));
  return stream;
}

/** Waits until a client's tickets have come: they come with the first bytes of data, or before. */
async function takeTickets(stream: ClientTlsStream, server: Peer, says: string): Promise<void> {
  await stream.write(new TextEncoder().encode("first\n"));
  if (says !== "") await server.write(says);
  await hear(stream, (heard) => heard.includes("\n"));
}

Deno.test({
  name: "openssl s_server takes the early data of Ductile's client, and its answer comes back",
  ignore: !installed("openssl"),
  async fn() {
    const args = ["-tls1_3", "-early_data", "-max_early_data", "16384", "-no_anti_replay"];
    await using server = await startOpenssl({ certificate: p256, args });
    const connector = connectorTo({ enableEarlyData: true });
    {
      await using stream = await dial(server.port, connector);
      await takeTickets(stream, server, "hello\n");
    }
    await using stream = await dialEarly(server.port, connector, "this is early\n");
    await stream.handshake();
    assertEquals(stream.connection.earlyDataAccepted, true);
    assertEquals(stream.connection.earlyDataLength, 14);
    await server.untilOutput(/this is early/);
    await server.write("answer\n");
    assertEquals(await hear(stream, (heard) => heard.includes("answer")), "answer\n");
  },
});

Deno.test({
  name: "openssl s_server, started anew, refuses early data, which is sent again",
  ignore: !installed("openssl"),
  async fn() {
    const args = ["-tls1_3", "-early_data", "-max_early_data", "16384"];
    await using server = await startOpenssl({ certificate: p256, args });
    const connector = connectorTo({ enableEarlyData: true });
    {
      await using stream = await dial(server.port, connector);
      await takeTickets(stream, server, "hello\n");
    }
    await server.restart(); // with another ticket key
    await using stream = await dialEarly(server.port, connector, "this comes late\n");
    await stream.handshake();
    assertEquals(stream.connection.earlyDataAccepted, false);
    await server.untilOutput(/this comes late/);
  },
});

Deno.test({
  name: "gnutls-serv takes the early data of Ductile's client",
  ignore: !installed("gnutls-serv"),
  async fn() {
    await using server = await startGnutls({
      certificate: p256,
      args: ["--disable-client-cert", "--earlydata", "--maxearlydata=4096"],
    });
    const connector = connectorTo({ enableEarlyData: true, versions: ["TLSv1.3"] });
    {
      await using stream = await dial(server.port, connector);
      await takeTickets(stream, server, "");
    }
    await using stream = await dialEarly(server.port, connector, "this is early\n");
    await stream.handshake();
    assertEquals(stream.connection.resumed, true);
    assertEquals([stream.connection.earlyDataAccepted, stream.connection.earlyDataLength], [true, 14]);
    await stream.write(new TextEncoder().encode("late\n"));
    assertStringIncludes(await hear(stream, (heard) => heard.includes("late")), "late\n");
  },
});

/** A server that says what came early. */
async function tell(stream: ServerTlsStream): Promise<void> {
  const into = new Uint8Array(4096);
  const count = await stream.read(into);
  const { earlyDataLength } = stream.connection;
  const said = new TextDecoder().decode(into.subarray(0, count ?? 0)).trim();
  await stream.write(new TextEncoder().encode(`early ${earlyDataLength}: ${said}\n`));
}

const SERVER: ServerConfigOptions = { identity: identityOf(p256), maxEarlyDataSize: 16_384 };

for (const options of [SERVER, { ...SERVER, sendHalfRttData: true }]) {
  const name = options.sendHalfRttData ? ", which answers half-RTT" : "";
  Deno.test({
    name: `openssl s_client sends early data to Ductile's server${name}`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = serve(options, options.sendHalfRttData ? answerAtOnce : tell);
      await using folder = await folderWith({ "early.txt": "this is early" });
      const first = await runProgram(sClient(server.port, "-tls1_3", "-sess_out", "session.pem"), {
        cwd: folder.path,
        input: "first\n",
      });
      assertStringIncludes(first.output, "first");
      const second = await runProgram(
        sClient(server.port, "-tls1_3", "-sess_in", "session.pem", "-early_data", "early.txt"),
        { cwd: folder.path },
      );
      assertStringIncludes(second.output, "Early data was accepted");
      assertStringIncludes(second.output, "this is early");
      // The session was used: a second time it is a full handshake, and the data is not taken.
      const third = await runProgram(
        sClient(server.port, "-tls1_3", "-sess_in", "session.pem", "-early_data", "early.txt"),
        { cwd: folder.path, input: "late\n" },
      );
      assertStringIncludes(third.output, "Early data was rejected");
      const [, taken, refused] = [await server.outcome(), await server.outcome(), await server.outcome()];
      assertEquals(taken?.connection?.earlyDataLength, 13);
      assertEquals(refused?.connection?.earlyDataRefusal, "session_not_resumed");
    },
  });
}

/** Answers early data before the client's Finished has come. */
async function answerAtOnce(stream: ServerTlsStream): Promise<void> {
  const into = new Uint8Array(4096);
  const count = await stream.read(into);
  await stream.write(into.slice(0, count ?? 0));
  await stream.write(new TextEncoder().encode("\n"));
  await stream.handshake();
}

Deno.test({
  name: "gnutls-cli sends early data to Ductile's server",
  ignore: !installed("gnutls-cli"),
  async fn() {
    await using server = serve(SERVER, tell);
    await using folder = await folderWith({ "early.txt": "this is early" });
    const run = await runProgram([
      "gnutls-cli",
      ...["--x509cafile=ca.pem", "--resume", "--earlydata=early.txt", "--waitresumption"],
      ...["--priority=NORMAL:-VERS-ALL:+VERS-TLS1.3", "--port", `${server.port}`, "localhost"],
    ], { cwd: folder.path, input: "first\n" });
    assertStringIncludes(run.output, "This is a resumed session");
    await eventually(
      "the early data",
      () => server.outcomes.some((one) => one.connection?.earlyDataLength === 13),
    );
  },
});

for (const protocol of ["h2", "http/1.1"] as const) {
  Deno.test({
    name: `nginx takes a GET of Client as early data over ${protocol}, and never a POST`,
    ignore: !installed("nginx"),
    async fn() {
      await using server = await startNginx({
        certificate: p256,
        server: `ssl_early_data on; ssl_session_cache shared:early:1m;
          location = /early { add_header connection-id "$connection"; return 200 "early:$ssl_early_data"; }
          keepalive_timeout 0;`,
      });
      using client = new Client({ roots: ROOTS, dangerEarlyData: true, protocols: [protocol] });
      const url = `https://localhost:${server.port}/early`;
      // nginx calls no request early that it looks at when the handshake is done, so its word alone does not show it.
      const lengths: number[] = [];
      for (const method of ["get", "get", "post", "get"] as const) {
        const response = await client[method](url);
        assertStringIncludes(await response.text(), "early:");
        lengths.push(response.connection.tls?.earlyDataLength ?? 0);
        await eventually("the end of the connection", () => client.stats().connections === 0);
      }
      assertEquals(lengths.map((length) => length > 0), [false, true, false, true]);
    },
  });
}
