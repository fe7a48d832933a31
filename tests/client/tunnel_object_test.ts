/** The tunnel that a client returns, over a transport in memory; and what its refusals advise. */

import { assertEquals, assertRejects } from "@std/assert";
import { Client, ClientError } from "../../mod.ts";
import type { Duplex } from "../../io/duplex.ts";

const SWITCHED = "HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
const ORDINARY =
  "The server took it for an ordinary request: check the path, and that it speaks the protocol.";

/** A server that answers the first write with `reply`, and then is silent. */
function answering(reply: string): Duplex {
  const asked = Promise.withResolvers<void>();
  let left = new TextEncoder().encode(reply);
  return {
    async read(into) {
      await asked.promise;
      if (left.length === 0) return await new Promise(() => {});
      const part = left.subarray(0, into.length);
      into.set(part);
      left = left.subarray(part.length);
      return part.length;
    },
    write(bytes) {
      asked.resolve();
      return Promise.resolve(bytes.length);
    },
    close() {},
  };
}

/** The status of a refusal, and the hint at an upgrade and at a CONNECT. */
const HINTS:
  readonly (readonly [status: number, upgrade: string | undefined, connect: string | undefined])[] = [
    [200, ORDINARY, undefined],
    [204, ORDINARY, undefined],
    [299, ORDINARY, undefined],
    [300, undefined, undefined],
    [401, "The server wants credentials: see headers.", "The server wants credentials: see headers."],
    [404, undefined, undefined],
    [426, "The server wants another protocol: its upgrade field names it.", undefined],
    [503, undefined, undefined],
  ];

for (const [status, upgrade, connect] of HINTS) {
  Deno.test(`upgrade, connect: the hint at status ${status}`, async () => {
    const dial = () => Promise.resolve(answering(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`));
    using client = new Client({ dial });
    const refusal = await assertRejects(
      () => client.upgrade("http://a.test/", { protocol: "echo" }),
      ClientError,
    );
    assertEquals([refusal.code, refusal.status, refusal.hint], ["tunnel_refused", status, upgrade]);
    if (status < 300) return; // it opens the tunnel
    using another = new Client({ dial });
    const other = await assertRejects(
      () => another.connect("b.test:1", { via: "http://a.test" }),
      ClientError,
    );
    assertEquals([other.code, other.status], ["tunnel_refused", status]);
    if (connect !== undefined || upgrade === undefined) assertEquals(other.hint, connect);
  });
}

Deno.test("upgrade: what a tunnel is asked for goes to its transport, and its failures name the host", async () => {
  const calls: string[] = [];
  const broken = new Deno.errors.BrokenPipe("broken");
  const io = {
    ...answering(SWITCHED),
    ref: () => void calls.push("ref"),
    unref: () => void calls.push("unref"),
    close: () => void calls.push("close"),
    closeWrite: () => Promise.reject(broken),
  };
  using client = new Client({ dial: () => Promise.resolve(io) });
  const tunnel = await client.upgrade("http://a.test/", { protocol: "echo" });
  calls.length = 0;
  io.read = io.write = () => Promise.reject(broken);
  for (
    const ask of [
      () => tunnel.read(new Uint8Array(1)),
      () => tunnel.write(new Uint8Array(1)),
      () => tunnel.closeWrite(),
    ]
  ) {
    const error = await assertRejects(ask, ClientError, '"a.test"');
    assertEquals([error.code, error.cause], ["connection_closed", broken]);
  }
  tunnel.ref();
  tunnel.unref();
  tunnel.onClose = () => void calls.push("onClose");
  tunnel.close();
  assertEquals(calls, ["ref", "unref", "close", "onClose"]);
  assertEquals([tunnel.status, tunnel.protocol, tunnel.httpVersion], [101, "echo", "HTTP/1.1"]);
});

Deno.test("upgrade: a tunnel over a transport that cannot end one direction says so", async () => {
  using client = new Client({ dial: () => Promise.resolve(answering(SWITCHED)) });
  using tunnel = await client.upgrade("http://a.test/", { protocol: "echo" });
  await assertRejects(() => tunnel.closeWrite(), TypeError, "the transport has no closeWrite");
  tunnel.ref();
  tunnel.unref();
});
