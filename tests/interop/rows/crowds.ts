/**
 * Many requests at once.
 *
 * @module
 */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import type { ClientOptions } from "../../../mod.ts";
import { contentBytes } from "../content.ts";
import { clientFor, type Row, urlOf, type Visit } from "../site.ts";

/** How many requests make a crowd. */
const CROWD = 500;

/** The limit of connections to one origin that the row about it sets. */
const LIMIT = 32;

/** The rows about many requests. */
export const CROWDS: readonly Row[] = [
  {
    id: "crowd",
    name: `${CROWD} requests at once are all answered`,
    async run(visit) {
      const connections = await visitByCrowd(visit, {});
      if (visit.way.httpVersion === "HTTP/2") assertEquals(connections, 1);
    },
  },
  {
    id: "crowd_limited",
    name: `${CROWD} requests at once are all answered over the connections that the pool may open`,
    async run(visit) {
      const connections = await visitByCrowd(visit, { pool: { maxConnectionsPerOrigin: LIMIT } });
      assertLessOrEqual(connections, visit.way.httpVersion === "HTTP/2" ? 1 : LIMIT);
    },
  },
  {
    id: "crowd_of_kinds",
    name: `${CROWD} requests of all kinds at once each get their own answer`,
    async run(visit) {
      using client = clientFor(visit);
      const kinds = [
        async () => assertEquals((await (await client.get(urlOf(visit, "/text"))).bytes()).length, 4_380),
        async () => {
          const response = await client.get(urlOf(visit, "/bytes-65536"));
          assertEquals(await response.bytes(), contentBytes(65_536));
        },
        async () => assertEquals((await client.head(urlOf(visit, "/text"))).status, 200),
        async () => {
          const { body } = await client.get(urlOf(visit, "/bytes-65536"));
          await body?.cancel();
        },
        async () => {
          const response = await client.post(urlOf(visit, "/"), { body: contentBytes(10_000) });
          await response.bytes();
          assertEquals(response.status, 200);
        },
      ];
      await Promise.all(Array.from({ length: CROWD }, (_, i) => kinds[i % kinds.length]?.()));
    },
  },
];

/** Sends a crowd of requests, checks the answers, and returns the number of connections that they took. */
async function visitByCrowd(visit: Visit, options: ClientOptions): Promise<number> {
  using client = clientFor(visit, options);
  const answers = await Promise.all(Array.from({ length: CROWD }, async () => {
    const response = await client.get(urlOf(visit, "/"));
    return { text: await response.text(), id: response.connection.id };
  }));
  assertEquals(new Set(answers.map(({ text }) => text)), new Set([`hello from ${visit.site.name}\n`]));
  return new Set(answers.map(({ id }) => id)).size;
}
