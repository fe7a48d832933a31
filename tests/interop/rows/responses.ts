/**
 * What responses are like.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { Client } from "../../../mod.ts";
import { contentBytes, digestOfContent } from "../content.ts";
import { clientFor, COOKIES, FIELD_COUNT, type Row, TEXT, urlOf } from "../site.ts";

/** The rows about responses. */
export const RESPONSES: readonly Row[] = [
  {
    id: "front_page",
    name: "the lines on the front page of the documentation work as they stand",
    applies: ({ tls }) => tls,
    async run(visit) {
      const pem = visit.caPem;
      const client = new Client({ caCerts: [pem] });
      const r = await client.fetch(urlOf(visit, "/"));
      // Both protocols are offered; a server that knows HTTP/2 chooses it.
      const chosen = r.connection.tls?.alpnProtocol;
      assertEquals([r.status, r.httpVersion], [200, chosen === "h2" ? "HTTP/2" : "HTTP/1.1"]);
      if (visit.way.httpVersion === "HTTP/2") assertEquals(chosen, "h2");
      assertEquals(await r.text(), `hello from ${visit.site.name}\n`);
      await r.trailers;
      assertEquals(client.stats().connections, 1);
      client.close();
      assertEquals(client.stats().connections, 0);
    },
  },
  {
    id: "get",
    name: "a GET is answered, and its connection tells what it is and serves the next",
    async run(visit) {
      using client = clientFor(visit);
      const first = await client.get(urlOf(visit, "/"));
      assertEquals(await first.text(), `hello from ${visit.site.name}\n`);
      const second = await client.get(urlOf(visit, "/"));
      await second.text();
      assertEquals([first.status, first.ok, first.redirected], [200, true, false]);
      assertEquals(first.httpVersion, visit.way.httpVersion);
      assertEquals([first.connection.reused, second.connection.reused], [false, true]);
      assertEquals(first.connection.id, second.connection.id);
      assertEquals(first.connection.remoteAddress?.port, visit.running.port);
      const { tls } = first.connection;
      assertEquals(tls !== undefined, visit.way.tls);
      if (tls === undefined) return;
      assertEquals(tls.implementation, visit.way.ductileTls ? "ductile" : "deno");
      assertEquals(tls.alpnProtocol, visit.way.httpVersion === "HTTP/2" ? "h2" : "http/1.1");
      assertEquals(tls.serverName, "localhost");
      assertGreater(first.connection.timings.handshake ?? 0, 0);
    },
  },
  {
    id: "head",
    name: "a HEAD has the fields of the GET and no content, and the connection goes on",
    async run(visit) {
      using client = clientFor(visit);
      const head = await client.head(urlOf(visit, "/bytes-65536"));
      assertEquals([head.status, head.headers.get("content-length")], [200, "65536"]);
      assertEquals([head.body, (await head.bytes()).length], [null, 0]);
      const next = await client.get(urlOf(visit, "/bytes-65536"));
      assertEquals(next.connection.reused, true);
      assertEquals(await next.bytes(), contentBytes(65_536));
    },
  },
  {
    id: "empty",
    name: "a 204 has no content, and the connection goes on",
    async run(visit) {
      using client = clientFor(visit);
      const empty = await client.get(urlOf(visit, "/empty"));
      assertEquals([empty.status, empty.body, await empty.text()], [204, null, ""]);
      const next = await client.get(urlOf(visit, "/"));
      assertEquals([next.status, next.connection.reused], [200, true]);
      await next.text();
    },
  },
  {
    id: "not_modified",
    name: "a 304 has no content, and the connection goes on",
    async run(visit) {
      using client = clientFor(visit);
      const full = await client.get(urlOf(visit, "/text"));
      assertEquals(await full.text(), TEXT);
      const etag = full.headers.get("etag");
      const modified = full.headers.get("last-modified");
      const headers = {
        ...(etag !== null && { "if-none-match": etag }),
        ...(modified !== null && { "if-modified-since": modified }),
      };
      assertGreater(Object.keys(headers).length, 0);
      const unchanged = await client.get(urlOf(visit, "/text"), { headers });
      assertEquals([unchanged.status, unchanged.body, await unchanged.text()], [304, null, ""]);
      const next = await client.get(urlOf(visit, "/text"));
      assertEquals(next.connection.reused, true);
      assertEquals(await next.text(), TEXT);
    },
  },
  {
    id: "redirect",
    name: "a redirect is followed on the same connection, unless it is not to be",
    async run(visit) {
      using client = clientFor(visit);
      const followed = await client.get(urlOf(visit, "/redirect"));
      assertEquals(await followed.text(), `hello from ${visit.site.name}\n`);
      assertEquals([followed.status, followed.redirected, followed.connection.reused], [200, true, true]);
      const manual = await client.get(urlOf(visit, "/redirect"), { redirect: "manual" });
      await manual.text();
      assert(manual.status === 302 || manual.status === 301);
      const location = new URL(manual.headers.get("location") ?? "", manual.url);
      assertEquals(location.href, followed.url);
    },
  },
  {
    id: "redirect_post",
    name: "a 307 has the content sent again",
    async run(visit) {
      using client = clientFor(visit);
      const received = await visit.running.upload(visit, client, { body: contentBytes(65_536) }, true);
      assertEquals(received, digestOfContent(65_536));
    },
  },
  {
    id: "gzip",
    name: "gzip is asked for and decoded, unless it is not to be",
    async run(visit) {
      using client = clientFor(visit);
      const decoded = await client.get(urlOf(visit, "/gzip"));
      assertEquals(await decoded.text(), TEXT);
      assertEquals(decoded.headers.get("content-encoding"), null);
      const headers = { "accept-encoding": "gzip" };
      const raw = await client.get(urlOf(visit, "/gzip"), { decode: false, headers });
      assertEquals(raw.headers.get("content-encoding"), "gzip");
      assertEquals((await raw.bytes()).subarray(0, 2), Uint8Array.of(0x1f, 0x8b));
    },
  },
  {
    id: "fields",
    name: `${FIELD_COUNT} fields and two cookies arrive as they were sent`,
    async run(visit) {
      using client = clientFor(visit);
      const { headers, body } = await client.get(urlOf(visit, "/fields"));
      await body?.cancel();
      for (let i = 1; i <= FIELD_COUNT; i++) assertEquals(headers.get(`x-field-${i}`), `value ${i}`);
      assertEquals(headers.getSetCookie(), COOKIES);
    },
  },
  ...[
    { id: "large_fields", name: "fields of 12 KiB travel both ways", length: 3_000 },
    {
      id: "huge_fields",
      name: "fields of 28 KiB, more than a frame of HTTP/2, travel both ways",
      length: 7_000,
    },
  ].map(({ id, name, length }): Row => ({
    id,
    name,
    async run(visit) {
      using client = clientFor(visit);
      const headers = [1, 2, 3, 4].map((
        i,
      ): [string, string] => [`x-reflect-${i}`, incompressible(length, i)]);
      const response = await client.get(urlOf(visit, "/reflect"), { headers });
      await response.body?.cancel();
      for (const [field, value] of headers) assertEquals(response.headers.get(field), value);
    },
  })),
  {
    id: "trailers",
    name: "trailers come after the content",
    async run(visit) {
      using client = clientFor(visit);
      const response = await client.get(urlOf(visit, "/trailers"));
      assertEquals(await response.text(), TEXT);
      assertEquals((await response.trailers).get("x-trailer"), "at the end");
      assertEquals(response.headers.get("x-trailer"), null);
    },
  },
  {
    id: "hints",
    name: "a 103 is reported before the response",
    async run(visit) {
      using client = clientFor(visit);
      const seen: string[] = [];
      const response = await client.get(urlOf(visit, "/hints"), {
        onInformational: (status, headers) => seen.push(`${status} ${headers.get("link")}`),
      });
      assertEquals(seen, ["103 </style.css>; rel=preload; as=style"]);
      assertEquals([response.status, await response.text()], [200, TEXT]);
    },
  },
];

/** Characters for which the Huffman code of RFC 7541 has more than 8 bits, so that they travel as they are. */
const RARE = "!#$&'()*+<>?@[]^`{|}~";

/** A value that no compression makes smaller. */
function incompressible(length: number, seed: number): string {
  let value = "";
  for (let state = seed; value.length < length;) {
    state = (state * 1_103_515_245 + 12_345) % 0x8000_0000;
    value += RARE[state % RARE.length];
  }
  return value;
}
