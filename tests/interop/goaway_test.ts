/**
 * Servers that take no more on a connection: GOAWAY, limits to the number of requests and of streams, shutdown. No
 * request is lost, none is acted upon twice.
 */

import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { Client, ClientError } from "../../mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { installed, startNghttpd, startNginx } from "../support/peers.ts";
import { contentBytes, digestOf, digestOfContent } from "./content.ts";
import { eventually } from "../support/eventually.ts";
import { startScriptedSite } from "./sites/scripts.ts";
import { trusting, type Way, WAYS, WAYS_OVER_TLS } from "./site.ts";

async function minted(): Promise<{ authority: Minted; certificate: Minted }> {
  const authority = await mintAuthority();
  return { authority, certificate: await mintCertificate(authority, { names: ["localhost"] }) };
}

/** A client for one way, whatever else the server speaks. */
function clientFor(way: Way, authority: Minted): Client {
  const { httpVersion, tls } = way;
  const isHttp2 = httpVersion === "HTTP/2";
  return new Client(
    tls
      ? { ...trusting(way, authority.certPem), protocols: [isHttp2 ? "h2" : "http/1.1"] }
      : { http2PriorKnowledge: isHttp2 },
  );
}

for (const way of WAYS_OVER_TLS) {
  Deno.test({
    name: `${way.name}: every request is answered by a server that takes 200 on a connection (nginx)`,
    ignore: !installed("nginx"),
    async fn() {
      const { authority, certificate } = await minted();
      await using nginx = await startNginx({
        certificate,
        files: { "piece": contentBytes(10_000) },
        server: "keepalive_requests 200;",
      });
      using client = clientFor(way, authority);
      const origin = `https://localhost:${nginx.https}`;
      const ids = await Promise.all(Array.from({ length: 500 }, async (_, i) => {
        // Half of them have content, which may be sent again only where the server has said that it was not touched.
        const response = i % 2 === 0
          ? await client.get(`${origin}/files/piece`)
          : await client.post(`${origin}/`, { body: contentBytes(1_000) });
        assertEquals([response.status, (await response.bytes()).length], [200, i % 2 === 0 ? 10_000 : 17]);
        return response.connection.id;
      }));
      const counts = Map.groupBy(ids, (id) => id);
      for (const { length } of counts.values()) assert(length <= 201, `${length} on one connection`);
      assertGreater(counts.size, 2);
    },
  });

  Deno.test(`${way.name}: a server that shuts down answers what it has begun, and is gone (deno)`, async () => {
    const { authority, certificate } = await minted();
    await using site = await startScriptedSite("deno", way, certificate);
    using client = clientFor(way, authority);
    const origin = `https://localhost:${site.port}`;
    const begun = await Promise.all(Array.from({ length: 10 }, () => client.get(`${origin}/bytes-1000000`)));
    const last = await client.get(`${origin}/shutdown`);
    for (const { body } of begun) assertEquals(await digestOf(body), digestOfContent(1_000_000));
    assertEquals(await last.text(), "going");
    await eventually("the server has closed its connections", () => client.stats().connections === 0);
    // It stops listening in its own time, and what it still accepts until then it closes.
    let code: unknown;
    for (let tries = 0; code !== "connection_refused" && tries < 1_000; tries++) {
      code = (await assertRejects(() => client.get(`${origin}/`), ClientError)).code;
    }
    assertEquals(code, "connection_refused");
  });
}

Deno.test({
  name: "T-28: a GOAWAY lets streams in flight end, and new requests go elsewhere (node)",
  ignore: !installed("node"),
  async fn() {
    const { authority, certificate } = await minted();
    await using site = await startScriptedSite("node", WAYS.https2, certificate);
    using client = clientFor(WAYS.https2, authority);
    const origin = `https://localhost:${site.port}`;

    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
    const writer = writable.getWriter();
    const echo = await client.post(`${origin}/echo`, { body: readable });
    const downloads = await Promise.all(
      Array.from({ length: 5 }, () => client.get(`${origin}/bytes-1000000`)),
    );
    const going = await client.get(`${origin}/go-away`);
    assertEquals(await going.text(), "going");

    // At the same time as the client learns of it: none of these may be lost.
    const crowd = await Promise.all(Array.from({ length: 50 }, async () => {
      const response = await client.get(`${origin}/`);
      assertEquals(await response.text(), "hello from Node\n");
      return response.connection.id;
    }));
    const { id } = echo.connection;
    assert(crowd.every((each) => each !== id));
    assertEquals(new Set(crowd).size, 1);

    const reader = echo.body?.getReader();
    for (let i = 0; i < 10; i++) {
      await writer.write(Uint8Array.of(i));
      assertEquals((await reader?.read())?.value, Uint8Array.of(i));
    }
    await writer.close();
    assertEquals((await reader?.read())?.done, true);
    for (const { body } of downloads) assertEquals(await digestOf(body), digestOfContent(1_000_000));
    await eventually("the old connection is closed", () => client.stats().connections === 1);
  },
});

/** What nghttpd can be told that makes it a less comfortable peer. */
const UNCOMFORTABLE = [
  { name: "takes 10 streams at a time", args: ["--max-concurrent-streams=10"] },
  { name: "takes 1 stream at a time", args: ["--max-concurrent-streams=1"] },
  { name: "pads every frame", args: ["--padding=255"] },
  { name: "lets a stream send 4 KiB at a time", args: ["--window-bits=12"] },
  {
    name: "has no table for compressed fields",
    args: ["--header-table-size=0", "--encoder-header-table-size=0"],
  },
  { name: "declares no length", args: ["--no-content-length"] },
  { name: "answers before it has the request's content", args: ["--early-response"] },
  { name: "pushes", args: ["--push=/index.html=/index.html"] },
] as const;

for (const { name, args } of UNCOMFORTABLE) {
  Deno.test({
    name: `a server that ${name} serves 200 requests at once, and takes content (nghttpd)`,
    ignore: !installed("nghttpd"),
    async fn() {
      const { authority, certificate } = await minted();
      await using server = await startNghttpd({
        certificate,
        args: ["--echo-upload", ...args],
        files: { "index.html": "hello" },
      });
      using client = clientFor(WAYS.https2, authority);
      const url = `https://localhost:${server.port}/`;
      await Promise.all(Array.from({ length: 200 }, async () => {
        const response = await client.get(url);
        assertEquals([response.status, await response.text()], [200, "hello"]);
      }));
      const length = 300_000;
      const echoes = await Promise.all(Array.from({ length: 5 }, async () => {
        const response = await client.post(url, { body: contentBytes(length) });
        return await digestOf(response.body);
      }));
      for (const echo of echoes) assertEquals(echo, digestOfContent(length));
    },
  });
}
