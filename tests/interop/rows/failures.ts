/**
 * Servers that restart, and servers that die.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { type Client, ClientError, type ClientErrorCode } from "../../../mod.ts";
import { content, digestOf } from "../content.ts";
import { eventually } from "../../support/eventually.ts";
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
    id: "death_crowded",
    name: "a server that dies under many requests leaves none of them without an outcome",
    async run(visit) {
      using client = clientFor(visit);
      const url = urlOf(visit, `/bytes-${LENGTHS.middle}`);
      const outcomes = await beginMany(client, url);
      await visit.running.kill();
      for (const outcome of await outcomes()) {
        if (outcome === LENGTHS.middle) continue; // that one was quick
        assertInstanceOf(outcome, ClientError);
        assert(DEATHS.includes(outcome.code), outcome.code);
      }
      await eventually("no connection is left", () => client.stats().connections === 0);
      await visit.running.restart();
      const next = await client.get(urlOf(visit, "/"));
      assertEquals(await next.text(), `hello from ${visit.site.name}\n`);
    },
  },
  {
    id: "close",
    name: "a client that is closed ends what is in flight, and a new one is as good as ever",
    async run(visit) {
      using client = clientFor(visit);
      // Connections that have served are those on which a request might be tried again.
      await Promise.all(
        Array.from({ length: MANY }, async () => (await client.get(urlOf(visit, "/"))).bytes()),
      );
      const url = urlOf(visit, `/bytes-${LENGTHS.middle}`);
      const outcomes = await beginMany(client, url);
      client.close();
      for (const outcome of await outcomes()) {
        if (outcome === LENGTHS.middle) continue;
        assertInstanceOf(outcome, ClientError);
        assertEquals(outcome.code, "client_closed");
      }
      assertEquals(client.stats().connections, 0);
      using another = clientFor(visit);
      assertEquals((await another.get(urlOf(visit, "/"))).status, 200);
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

/** What a dead server means for a request: in its content, before its head, in its handshake, before that. */
const DEATHS: readonly ClientErrorCode[] = [
  "truncated",
  "connection_closed",
  "handshake_failed",
  "connection_refused",
];

/** How many requests are in flight when something happens to all of them. */
const MANY = 50;

/**
 * Makes many requests, and waits until the first is answered.
 *
 * @returns Waits for their outcomes: the lengths of what came, or why it did not.
 */
async function beginMany(client: Client, url: string): Promise<() => Promise<unknown[]>> {
  const begun = Promise.withResolvers<void>();
  const outcomes = Array.from({ length: MANY }, async () => {
    try {
      const { body } = await client.get(url);
      begun.resolve();
      return (await digestOf(body)).length;
    } catch (error) {
      return error;
    }
  });
  await begun.promise;
  return () => Promise.all(outcomes);
}
