/**
 * TLS libraries that lie, and the pieces that all of them share.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Answer, ask, type Contestant } from "../../bench/harness.ts";
import { bulk, SMALL } from "../../bench/pattern.ts";
import type { Server } from "../../bench/servers/server.ts";
import { get, put } from "../../bench/tls_clients/http.ts";
import { Inbox } from "../../bench/tls_clients/inbox.ts";
import type { TlsKind, TlsLink } from "../../bench/tls_clients/tls_client.ts";
import { tlsDownloads, tlsUploads } from "../../bench/work/tls_bulk.ts";
import { tlsConnections } from "../../bench/work/tls_fresh.ts";
import { tlsTarget } from "../../bench/work/tls_target.ts";

const LENGTH = 100_000;
const encoder = new TextEncoder();

const SERVER: Server = {
  name: "imagined",
  caCert: "the authority",
  caFile: "",
  bulkLength: LENGTH,
  zerosLength: 0,
  origin: (protocol) => `https://127.0.0.1:${protocol === "h2" ? 2 : 1}`,
  accepted: () => Promise.resolve(undefined),
  storedFile: (name) => name,
  abandon: () => {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A connection that answers every write with these pieces, once. */
function linkWith(pieces: Iterable<Uint8Array>, isResumed?: boolean): TlsLink {
  const source = pieces[Symbol.iterator]();
  return {
    read: () => Promise.resolve(source.next().value),
    write: () => Promise.resolve(),
    close: () => {},
    ...(isResumed !== undefined && { isResumed }),
  };
}

function* response(length: number, body: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield encoder.encode(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`);
  yield* body;
}

function kindWith(link: () => TlsLink): TlsKind {
  return {
    name: "Some library",
    role: "peer",
    open: () => Promise.resolve({ connect: () => Promise.resolve(link()) }),
  };
}

async function play(
  contestants: (kinds: readonly TlsKind[]) => Contestant[],
  kind: TlsKind,
): Promise<Answer["results"][number] | undefined> {
  const question = { name: "q", title: "Q", unit: "ms", headline: false } as const;
  const { results } = await ask({ ...question, contestants: () => contestants([kind]) }, ARENA);
  return results[0];
}

const ARENA = { server: SERVER, quick: true };

for (
  const { name, contestants, body, isResumed, says } of [
    {
      name: "a connection's answer is not the right one",
      contestants: (kinds: readonly TlsKind[]) => tlsConnections(ARENA, kinds),
      body: () => response(4, [encoder.encode("1234")]),
      says: "4 characters",
    },
    {
      name: "a session is resumed where a full handshake is measured",
      contestants: (kinds: readonly TlsKind[]) => tlsConnections(ARENA, kinds),
      body: () => response(SMALL.length, [encoder.encode(SMALL)]),
      isResumed: true,
      says: "the session was resumed",
    },
    {
      name: "no session is resumed where one is to be",
      contestants: (kinds: readonly TlsKind[]) => tlsConnections(ARENA, kinds, { resuming: kinds }),
      body: () => response(SMALL.length, [encoder.encode(SMALL)]),
      isResumed: false,
      says: "the session was not resumed",
    },
    {
      name: "a download is all zeros",
      contestants: (kinds: readonly TlsKind[]) => tlsDownloads(ARENA, kinds),
      body: () => response(LENGTH, [new Uint8Array(LENGTH)]),
      says: "differs after byte 0",
    },
    {
      name: "a download ends early",
      contestants: (kinds: readonly TlsKind[]) => tlsDownloads(ARENA, kinds),
      body: () => response(LENGTH, bulk(LENGTH - 1)),
      says: "the connection ended",
    },
    {
      name: "an upload was never stored",
      contestants: (kinds: readonly TlsKind[]) => tlsUploads(ARENA, kinds),
      body: () => response(0, []),
      says: "NotFound",
    },
  ]
) {
  Deno.test(`TLS benches: a library has failed when ${name}`, async () => {
    const result = await play(contestants, kindWith(() => linkWith(body(), isResumed)));
    assertEquals(result?.outcome, "failed");
    assertStringIncludes(result?.outcome === "failed" ? result.reason : "", says);
  });
}

Deno.test("TLS benches: an honest library is measured", async () => {
  const kind = kindWith(() => linkWith(response(SMALL.length, [encoder.encode(SMALL)])));
  const result = await play((kinds) => tlsConnections(ARENA, kinds), kind);
  assertEquals(result?.outcome, "measured");
});

Deno.test("TLS benches: a library that needs an old server is absent where there is none", async () => {
  const kind: TlsKind = { ...kindWith(() => linkWith([])), isOld: true };
  const result = await play((kinds) => tlsConnections(ARENA, kinds), kind);
  assertEquals(result?.outcome, "absent");
  const oldTls = { origin: "https://127.0.0.1:3", caCert: "the other authority" };
  assertEquals(tlsTarget({ ...SERVER, oldTls }, kind), {
    address: "127.0.0.1",
    port: 3,
    hostname: "localhost",
    caCert: "the other authority",
  });
});

Deno.test("TLS benches: a response is read whole, a byte at a time, and cut anywhere", async () => {
  const whole = encoder.encode("HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 5\r\n\r\nhello");
  const cuts: Uint8Array[][] = [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))];
  for (let at = 1; at < whole.length; at++) cuts.push([whole.subarray(0, at), whole.subarray(at)]);
  for (const pieces of cuts) {
    let text = "";
    await get(linkWith(pieces), "/", (piece) => text += new TextDecoder().decode(piece));
    assertEquals(text, "hello");
    assertEquals(await put(linkWith(pieces), "/", 0, []), "hello");
  }
});

Deno.test("TLS benches: a status that is not 2xx is an error", async () => {
  const link = linkWith([encoder.encode("HTTP/1.1 404 Not Found\r\n\r\n")]);
  await assertRejects(() => get(link, "/", () => {}), Error, "its status is 404");
});

Deno.test("Inbox gives pieces in order, holds its source up, and then the end or the failure", async () => {
  const log: string[] = [];
  const inbox = new Inbox({ pause: () => log.push("pause"), resume: () => log.push("resume") });
  const waiting = inbox.take();
  for (let i = 0; i < 17; i++) inbox.put(Uint8Array.of(i));
  assertEquals(await waiting, Uint8Array.of(0));
  for (let i = 1; i < 17; i++) assertEquals(await inbox.take(), Uint8Array.of(i));
  assertEquals(log, ["pause", "resume"]);
  inbox.end();
  assertEquals(await inbox.take(), undefined);
  inbox.fail(new Error("reset"));
  await assertRejects(() => inbox.take(), Error, "reset");
});
