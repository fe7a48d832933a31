/**
 * Peers that fall silent: what can be noticed is noticed, and what is only slow is left alone.
 */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client, ClientError, type ClientErrorCode } from "../../mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { startRelay } from "./relay.ts";
import { startScriptedSite } from "./sites/scripts.ts";
import { byDuctileTls, trusting, type Way, WAYS } from "./site.ts";

async function rejectsWith(code: ClientErrorCode, call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call);
  assertInstanceOf(error, ClientError);
  assertEquals(error.code, code);
}

/** A way to notice silence. */
const WATCHES: readonly {
  readonly name: string;
  readonly way: Way;
  readonly options: ConstructorParameters<typeof Client>[0];
  readonly code: ClientErrorCode;
}[] = [
  {
    name: "T-36: HTTP/2 pings",
    way: WAYS.https2,
    options: { http2: { keepAlive: { interval: 100, timeout: 400 } } },
    code: "connection_closed",
  },
  {
    name: "HTTP/2: the timeout for content",
    way: WAYS.https2,
    options: { timeouts: { body: 500 } },
    code: "body_timeout",
  },
  {
    name: "HTTP/1.1: the timeout for content",
    way: WAYS.https1,
    options: { timeouts: { body: 500 } },
    code: "body_timeout",
  },
  {
    name: "HTTP/2 pings under Ductile's TLS",
    way: byDuctileTls(WAYS.https2),
    options: { http2: { keepAlive: { interval: 100, timeout: 400 } } },
    code: "connection_closed",
  },
  {
    name: "HTTP/1.1 under Ductile's TLS: the timeout for content",
    way: byDuctileTls(WAYS.https1),
    options: { timeouts: { body: 500 } },
    code: "body_timeout",
  },
];

for (const { name, way, options, code } of WATCHES) {
  Deno.test(`${name}: a network that swallows everything is noticed, and the next connection is as good as any (deno)`, async () => {
    const authority = await mintAuthority();
    const certificate = await mintCertificate(authority, { names: ["localhost"] });
    await using site = await startScriptedSite("deno", way, certificate);
    await using relay = startRelay(site.port);
    const protocols = [way.httpVersion === "HTTP/2" ? "h2" : "http/1.1"] as const;
    using client = new Client({ ...trusting(way, authority.certPem), protocols, ...options });
    const origin = `https://localhost:${relay.port}`;
    const { body } = await client.get(`${origin}/bytes-8388608`);
    const reader = body?.getReader();
    await reader?.read();
    relay.stall();
    await rejectsWith(code, async () => {
      while (!(await reader?.read())?.done);
    });
    relay.mend();
    const next = await client.get(`${origin}/`);
    assertEquals([await next.text(), next.connection.reused], ["hello from Deno\n", false]);
  });
}

Deno.test("HTTP/2 pings: a server that answers them is waited for, however long its response takes (deno)", async () => {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"] });
  await using site = await startScriptedSite("deno", WAYS.https2, certificate);
  using client = new Client({
    caCerts: authority.certPem,
    http2: { keepAlive: { interval: 50, timeout: 1_000 } }, // acks that were not seen would end it
  });
  const origin = `https://localhost:${site.port}`;
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const { body } = await client.post(`${origin}/echo`, { body: readable });
  const reader = body?.getReader();
  const writer = writable.getWriter();
  for (let i = 0; i < 3; i++) {
    await delay(700);
    await writer.write(Uint8Array.of(i));
    assertEquals((await reader?.read())?.value, Uint8Array.of(i));
  }
  await writer.close();
  assertEquals((await reader?.read())?.done, true);
});
