/**
 * Connections that end too early: what came is never taken for the whole.
 */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { type Relay, startRelay } from "./relay.ts";
import { startScriptedSite } from "./sites/scripts.ts";
import { byDuctileTls, trusting, type Way, WAYS, WAYS_OVER_TLS } from "./site.ts";

/** More than any window or buffer on the way holds. */
const LENGTH = 8_388_608;

async function minted(): Promise<{ authority: Minted; certificate: Minted }> {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
  return { authority, certificate };
}

async function rejectsWith(code: string, call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call);
  assertInstanceOf(error, ClientError);
  assertEquals(error.code, code);
}

for (const way of [WAYS.https1, byDuctileTls(WAYS.https1)]) {
  Deno.test({
    name:
      `${way.name}: B-14, D-03: content that only the connection's end delimits is truncated without close_notify (openssl)`,
    ignore: !installed("openssl"),
    async fn() {
      const { authority, certificate } = await minted();
      await using server = await startOpenssl({ certificate, args: ["-WWW"] });
      await using relay = startRelay(server.port);
      const url = `https://localhost:${relay.port}/cert.pem`;

      using client = new Client(trusting(way, authority.certPem));
      const whole = await client.get(url);
      assertEquals([whole.httpVersion, whole.headers.get("content-length")], ["HTTP/1.0", null]);
      assertEquals(await whole.text(), certificate.chainPem);
      const { relayed } = relay;

      // The alert is the last that the server says: a record of 24 bytes, after signatures of 70 to 72.
      relay.cutAfter(relayed - 12);
      using other = new Client(trusting(way, authority.certPem)); // or it would resume, which is shorter
      const cut = await other.get(url);
      await rejectsWith("truncated", () => cut.text());
      await rejectsWith("truncated", () => cut.trailers);
    },
  });
}

for (const way of WAYS_OVER_TLS) {
  Deno.test(`${way.name}: a connection cut in the content is a truncated response, at whatever byte`, async () => {
    await withRelay(way, async (relay, options, origin) => {
      for (const bytes of [40_000, 100_001, 1_000_000, LENGTH]) {
        using client = new Client(options);
        await (await client.get(`${origin}/`)).text();
        relay.cutAfter(bytes);
        const response = await client.get(`${origin}/bytes-${LENGTH}`);
        await rejectsWith("truncated", () => response.bytes());
        assertEquals(client.stats().connections, 0);
        relay.mend();
        assertEquals((await (await client.get(`${origin}/bytes-65536`)).bytes()).length, 65_536);
      }
    });
  });

  Deno.test(`${way.name}: P-12: what is lost with an old connection is sent again where that does no harm`, async () => {
    await withRelay(way, async (relay, options, origin) => {
      using client = new Client(options);
      await settle(client, origin);
      relay.cutNextRequest();
      const second = await client.get(`${origin}/`);
      assertEquals([second.status, second.connection.reused], [200, false]);
      await second.text();
      assertEquals(client.stats().connections, 1);

      await settle(client, origin);
      relay.cutNextRequest();
      await rejectsWith("connection_closed", () => client.post(`${origin}/`, { body: "once" }));
    });
  });

  Deno.test(`${way.name}: P-13: a server that always hangs up is given up, not asked for ever`, async () => {
    await withRelay(way, async (relay, options, origin) => {
      using client = new Client(options);
      await (await client.get(`${origin}/`)).text();
      relay.cutAfter(0);
      const before = relay.connections;
      await rejectsWith("handshake_failed", () => client.get(`${origin}/`));
      assertEquals(relay.connections - before, 1);
      assertEquals(client.stats(), { connections: 0, idle: 0, connecting: 0, waiting: 0, origins: {} });
    });
  });
}

/** After two requests the client has nothing left to say about the connection itself. */
async function settle(client: Client, origin: string): Promise<void> {
  for (let i = 0; i < 2; i++) await (await client.get(`${origin}/`)).text();
}

/** Runs `use` with a relay before `Deno.serve`. */
async function withRelay(
  way: Way,
  use: (relay: Relay, options: ClientOptions, origin: string) => Promise<void>,
): Promise<void> {
  const { authority, certificate } = await minted();
  await using site = await startScriptedSite("deno", way, certificate);
  await using relay = startRelay(site.port);
  const options: ClientOptions = {
    ...trusting(way, authority.certPem),
    protocols: [way.httpVersion === "HTTP/2" ? "h2" : "http/1.1"],
  };
  await use(relay, options, `https://localhost:${relay.port}`);
}
