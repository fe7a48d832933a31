/**
 * Servers that restart, and servers that die.
 *
 * @module
 */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ClientError } from "../../../mod.ts";
import { content } from "../content.ts";
import { LENGTHS } from "../sites/documents.ts";
import { clientFor, type Row, urlOf } from "../site.ts";

/** The rows about failures. Each leaves the site as it found it: running. */
export const FAILURES: readonly Row[] = [
  {
    id: "restart",
    name: "a server that restarts between requests is not noticed",
    async run(visit) {
      using client = clientFor(visit);
      const get = async () => {
        const response = await client.get(urlOf(visit, "/"));
        assertEquals(await response.text(), `hello from ${visit.site.name}\n`);
        return response.connection;
      };
      const { id } = await get();
      await visit.running.restart();
      const again = await get();
      assertEquals([again.reused, again.id === id], [false, false]);
      await visit.running.restart();
      const post = await client.post(urlOf(visit, "/"), { body: "once" });
      await post.bytes();
      assertEquals([post.status, post.connection.reused], [200, false]);
    },
  },
  {
    id: "restart_crowd",
    name: "a server that restarts between many requests is not noticed",
    async run(visit) {
      using client = clientFor(visit);
      const crowd = () =>
        Promise.all(Array.from({ length: 50 }, async () => {
          const response = await client.get(urlOf(visit, "/"));
          assertEquals(await response.text(), `hello from ${visit.site.name}\n`);
        }));
      await crowd();
      await visit.running.kill();
      await visit.running.restart();
      await crowd();
    },
  },
  {
    id: "death",
    name: "a server that dies halfway is never taken for the end of the content",
    async run(visit) {
      using client = clientFor(visit);
      const { body, trailers } = await client.get(urlOf(visit, `/bytes-${LENGTHS.middle}`));
      trailers.catch(() => {}); // looked at below
      const reader = body?.getReader();
      assertEquals((await reader?.read())?.done, false);
      await visit.running.kill();
      const error = await assertRejects(async () => {
        while (!(await reader?.read())?.done);
      });
      assertInstanceOf(error, ClientError);
      assertEquals(error.code, "truncated");
      assertInstanceOf(await trailers.catch((reason: unknown) => reason), Error);
      await visit.running.restart();
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
  {
    id: "death_uploading",
    name: "a server that dies while it takes content makes the request fail, and the source is told",
    async run(visit) {
      using client = clientFor(visit);
      const pieces = content(2 ** 40);
      const flowing = Promise.withResolvers<void>();
      const told = Promise.withResolvers<unknown>();
      let count = 0;
      const body = new ReadableStream({
        pull(controller) {
          const { value } = pieces.next();
          controller.enqueue(value);
          if (++count === 20) flowing.resolve();
        },
        cancel: told.resolve,
      });
      const uploading = assertRejects(() => visit.running.upload(visit, client, { body }));
      await flowing.promise;
      await visit.running.kill();
      const error = await uploading;
      assertInstanceOf(error, ClientError);
      assertEquals(error.code, "connection_closed");
      await told.promise;
      await visit.running.restart();
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
  {
    id: "gone",
    name: "a server that is gone for good is refused, not waited for",
    async run(visit) {
      using client = clientFor(visit);
      await (await client.get(urlOf(visit, "/"))).bytes();
      await visit.running.kill();
      const error = await assertRejects(() => client.get(urlOf(visit, "/")));
      assertInstanceOf(error, ClientError);
      assertEquals(error.code, "connection_refused");
      assertEquals(client.stats().connections, 0);
      await visit.running.restart();
    },
  },
];
