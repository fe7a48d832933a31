/**
 * What requests with content come to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { contentBytes, contentStream, digestOfContent, unevenStream } from "../content.ts";
import { LENGTHS } from "../sites/documents.ts";
import { clientFor, type Row, urlOf } from "../site.ts";

/** Lengths at which something changes: nothing, the least, and as much as fits one window. */
const BYTES_LENGTHS = [
  { length: 0, name: "no bytes" },
  { length: 1, name: "1 byte" },
  { length: 65_536, name: "64 KiB" },
] as const;

/** The rows about requests. */
export const REQUESTS: readonly Row[] = [
  ...BYTES_LENGTHS.map(({ length, name }): Row => ({
    id: "post",
    name: `a POST of ${name} arrives`,
    async run(visit) {
      using client = clientFor(visit);
      assertEquals(
        await visit.running.upload(visit, client, { body: contentBytes(length) }),
        digestOfContent(length),
      );
    },
  })),
  {
    id: "post_stream",
    name: "a POST of a stream of uneven pieces arrives",
    async run(visit) {
      using client = clientFor(visit);
      assertEquals(
        await visit.running.upload(visit, client, { body: unevenStream(200_001) }),
        digestOfContent(200_001),
      );
    },
  },
  {
    id: "post_large",
    name: "a POST of 100 MiB from a stream arrives",
    applies: ({ tls }) => tls, // once a version is enough
    async run(visit) {
      using client = clientFor(visit);
      const received = await visit.running.upload(visit, client, { body: contentStream(LENGTHS.large) });
      assertEquals(received, digestOfContent(LENGTHS.large));
    },
  },
  {
    id: "request_trailers",
    name: "trailers of a request arrive after its content",
    async run(visit) {
      using client = clientFor(visit);
      let sent = 0;
      const response = await client.post(urlOf(visit, "/request-trailers"), {
        body: contentStream(200_000).pipeThrough(
          new TransformStream({
            transform(piece, controller) {
              sent += piece.length;
              controller.enqueue(piece);
            },
          }),
        ),
        trailers: () => ({ "x-sent": `${sent}` }),
      });
      assertEquals(await response.json(), { "x-sent": "200000" });
    },
  },
  {
    id: "continue",
    name: "a 100 is reported, and the content follows",
    async run(visit) {
      using client = clientFor(visit);
      const seen: number[] = [];
      const received = await visit.running.upload(visit, client, {
        body: contentBytes(65_536),
        headers: { expect: "100-continue" },
        onInformational: (status) => seen.push(status),
      });
      assertEquals(received, digestOfContent(65_536));
      assertEquals(seen, [100]);
    },
  },
];
