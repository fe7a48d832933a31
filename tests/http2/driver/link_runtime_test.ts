/**
 * What the driver's batches rest on: in this runtime a read whose bytes have arrived resolves within
 * `MAX_READ_MICROTASKS`. Where that does not hold, reads still work, but each makes a batch of its own.
 *
 * @module
 */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { MAX_READ_MICROTASKS } from "../../../http2/driver/link.ts";
import { type Duplex, writeAll } from "../../../io/duplex.ts";
import { DenoTls } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { drain, type Listening, serveConnections } from "../../support/listening.ts";

const CONTENT = new Uint8Array(60_000);

const authority = await mintAuthority();
const { chainPem: cert, keyPem: key } = await mintCertificate(authority, { ips: ["127.0.0.1"] });

/** Writes the content, and waits for the other end to close. */
async function send(conn: Deno.Conn): Promise<void> {
  await writeAll(conn, CONTENT);
  await drain(conn);
}

const TRANSPORTS: {
  readonly name: string;
  readonly listen: () => Listening;
  readonly dial: (port: number) => Promise<Duplex>;
}[] = [
  {
    name: "TCP",
    listen: () => serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), send),
    dial: (port) => Deno.connect({ hostname: "127.0.0.1", port }),
  },
  {
    name: "Deno's TLS",
    listen: () => serveConnections(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }), send),
    dial: (port) => new DenoTls({ caCerts: authority.certPem }).dial({ hostname: "127.0.0.1", port }),
  },
];

for (const { name, listen, dial } of TRANSPORTS) {
  Deno.test(`Link: a read over ${name} whose bytes have arrived resolves within MAX_READ_MICROTASKS`, async () => {
    await using server = listen();
    const io = await dial(server.port);
    const into = new Uint8Array(1000);
    let received = await io.read(into) ?? 0;
    let least = Infinity; // not the most: a busy machine may deliver the rest late
    while (received < CONTENT.length) {
      const read = io.read(into);
      least = Math.min(least, await microtasksUntil(read));
      received += await read ?? CONTENT.length;
    }
    io.close();
    assertLessOrEqual(least, MAX_READ_MICROTASKS);
  });
}

Deno.test("Link: the count of microtasks notices a read that takes longer", async () => {
  let read = Promise.resolve();
  for (let i = 0; i < MAX_READ_MICROTASKS; i++) read = read.then(() => {});
  assertEquals(await microtasksUntil(read), MAX_READ_MICROTASKS + 1);
});

/** The number of microtasks that run before the reaction of a promise, at most 100. */
async function microtasksUntil(promise: Promise<unknown>): Promise<number> {
  let isOver = false;
  promise.then(() => isOver = true);
  let count = 0;
  for (; !isOver && count < 100; count++) await undefined;
  return count;
}
