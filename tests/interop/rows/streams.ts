/**
 * Content on its way: read as it comes, both ways at once, left unread, given up.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ClientError } from "../../../mod.ts";
import { contentStream, digestOf, digestOfContent } from "../content.ts";
import { eventually } from "../../support/eventually.ts";
import { LENGTHS } from "../sites/documents.ts";
import { clientFor, type Row, urlOf } from "../site.ts";

/** How often a piece goes there and back before the next. */
const ROUNDS = 20;

/** How many responses are left unread at a time. */
const UNREAD = 10;

/** The rows about content on its way. */
export const STREAMS: readonly Row[] = [
  {
    id: "download",
    name: "100 MiB come down as a stream",
    applies: ({ tls }) => tls, // once a version is enough
    async run(visit) {
      using client = clientFor(visit);
      const response = await client.get(urlOf(visit, `/bytes-${LENGTHS.large}`));
      assertEquals(await digestOf(response.body), digestOfContent(LENGTHS.large));
      assertEquals([...await response.trailers].filter(([name]) => name !== "x-trailer"), []);
    },
  },
  {
    id: "echo",
    name: "each piece comes back before the next is sent",
    async run(visit) {
      using client = clientFor(visit);
      const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
      const writer = writable.getWriter();
      const asking = client.post(urlOf(visit, "/echo"), { body: readable });
      const first = writer.write(Uint8Array.of(0)); // some servers answer when there is something to echo
      const { body } = await asking;
      await first;
      assert(body !== null);
      const reader = body.getReader();
      assertEquals((await reader.read()).value, Uint8Array.of(0));
      for (let i = 1; i < ROUNDS; i++) {
        await writer.write(Uint8Array.of(i));
        assertEquals((await reader.read()).value, Uint8Array.of(i));
      }
      await writer.close();
      assertEquals((await reader.read()).done, true);
    },
  },
  {
    id: "echo_large",
    name: "16 MiB go up while they come down",
    async run(visit) {
      using client = clientFor(visit);
      const length = 16 * 1024 * 1024;
      const response = await client.post(urlOf(visit, "/echo"), { body: contentStream(length) });
      assertEquals(await digestOf(response.body), digestOfContent(length));
    },
  },
  {
    id: "refuse",
    name: "an error that is made of the request's content ends, although the request breaks off",
    async run(visit) {
      using client = clientFor(visit, { timeouts: { body: 10_000 } });
      const length = 16 * 1024 * 1024;
      const response = await client.post(urlOf(visit, "/refuse"), { body: contentStream(length) });
      assertEquals(response.status, 400);
      try {
        assertEquals(await digestOf(response.body), digestOfContent(length));
      } catch (error) {
        // HTTP/1.1 stops an upload that is refused (RFC 9112 §9.5), and the answer may then be cut short as well.
        assertInstanceOf(error, ClientError);
        assert(error.code === "truncated" || error.code === "connection_closed", error.code);
      }
    },
  },
  {
    id: "unread",
    name: "responses that are not read hold up no other",
    async run(visit) {
      using client = clientFor(visit);
      const url = urlOf(visit, `/bytes-${LENGTHS.middle}`);
      const unread = await Promise.all(Array.from({ length: UNREAD }, () => client.get(url)));
      const read = await client.get(url);
      assertEquals(await digestOf(read.body), digestOfContent(LENGTHS.middle));
      // And what was left alone can be had later.
      const late = unread.pop();
      assertEquals(await digestOf(late?.body ?? null), digestOfContent(LENGTHS.middle));
      for (const { body } of unread) await body?.cancel();
      await eventually("no connection is in use", () => {
        const { connections, idle } = client.stats();
        return connections === idle;
      });
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
  {
    id: "cancel",
    name: "content that is cancelled halfway leaves the client as good as before",
    async run(visit) {
      using client = clientFor(visit);
      for (let i = 0; i < 3; i++) {
        const { body } = await client.get(urlOf(visit, `/bytes-${LENGTHS.middle}`));
        const reader = body?.getReader();
        assertEquals((await reader?.read())?.done, false);
        await reader?.cancel();
        const next = await client.get(urlOf(visit, "/"));
        assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
        // HTTP/2 ends a stream alone; with HTTP/1.1 the rest would have to be read.
        assertEquals(next.connection.reused, visit.way.httpVersion === "HTTP/2");
      }
      assertEquals(client.stats().connections, 1);
    },
  },
  {
    id: "abort_content",
    name: "an abort while content comes rejects with its reason, and the client goes on",
    async run(visit) {
      using client = clientFor(visit);
      const controller = new AbortController();
      const { signal } = controller;
      const response = await client.get(urlOf(visit, `/bytes-${LENGTHS.middle}`), { signal });
      const reader = response.body?.getReader();
      await reader?.read();
      const reason = new Error("enough");
      controller.abort(reason);
      assertEquals(await assertRejects(() => drain(reader)), reason);
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
  {
    id: "abort_waiting",
    name: "an abort before the head rejects with its reason, and the client goes on",
    async run(visit) {
      using client = clientFor(visit);
      const controller = new AbortController();
      const waiting = client.get(urlOf(visit, "/hold"), { signal: controller.signal });
      const beside = await client.get(urlOf(visit, "/"));
      await beside.text();
      const reason = new Error("enough");
      controller.abort(reason);
      assertEquals(await assertRejects(() => waiting), reason);
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
];

async function drain(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  while (!(await reader?.read())?.done);
}
