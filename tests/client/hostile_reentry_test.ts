/** Callers' code that calls back, throws or hangs where the client calls it. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import { Peer as Http2Peer } from "../http2/peer.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";
import { unhandled } from "./unhandled.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async function always(peer: Peer): Promise<void> {
  while (await peer.readHead() !== undefined) await peer.send(OK);
}

/** A server of HTTP/2 that answers at once, with a 103 before. */
function http2Server(): Http2Peer {
  return new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    peer.machine.sendInformational(event.streamId, 103, []);
    peer.machine.sendResponse(event.streamId, 200, [], true);
  });
}

/** Runs `test` against a server of either version that gives a 103 before each response. */
function ofEitherVersion(name: string, test: (options: ClientOptions, url: string) => Promise<void>): void {
  Deno.test(`hostile: ${name} (HTTP/1.1)`, async () => {
    await using server = scriptedServer(async (peer) => {
      while (await peer.readHead() !== undefined) await peer.send(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
    });
    assertEquals(await unhandled(() => test({}, server.url)), []);
  });
  Deno.test(`hostile: ${name} (HTTP/2)`, async () => {
    const peers: Http2Peer[] = [];
    const dial = () => {
      const peer = http2Server();
      peers.push(peer);
      return Promise.resolve(peer.io);
    };
    assertEquals(await unhandled(() => test({ http2PriorKnowledge: true, dial }, "http://h2.test/")), []);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
}

ofEitherVersion("close() in onInformational ends the request", async (options, url) => {
  const client = new Client(options);
  for (const warm of [true, false]) {
    if (warm) {
      await (await client.fetch(url)).text();
      continue;
    }
    const error = await assertRejects(
      () => client.fetch(url, { onInformational: () => client.close() }),
      ClientError,
    );
    assertEquals(error.code, "client_closed");
  }
  assertEquals(client.stats().connections, 0);
});

ofEitherVersion("an abort in onInformational ends the request with its reason", async (options, url) => {
  using client = new Client(options);
  for (const reason of ["enough", null, undefined]) {
    const abort = new AbortController();
    const got = await client.fetch(url, {
      signal: abort.signal,
      onInformational: () => abort.abort(reason),
    }).then(() => "answered", (error) => [error]);
    assertEquals(got, [abort.signal.reason]);
  }
  assertEquals((await client.fetch(url)).status, 200);
});

ofEitherVersion("what onInformational throws ends the request, and no other", async (options, url) => {
  using client = new Client(options);
  const others = Array.from({ length: 3 }, () => client.fetch(url));
  const error = await assertRejects(() =>
    client.fetch(url, {
      onInformational: () => {
        throw new RangeError("mine");
      },
    }), RangeError);
  assertEquals(error.message, "mine");
  for (const other of others) assertEquals((await other).status, 200);
});

ofEitherVersion("a request made in onInformational is served", async (options, url) => {
  using client = new Client(options);
  let inner: Promise<Response> | undefined;
  const outer = await client.fetch(url, { onInformational: () => void (inner = client.fetch(url)) });
  await outer.text();
  assertEquals([outer.status, (await inner)?.status], [200, 200]);
  await (await inner)?.text();
});

ofEitherVersion("close() in a body's pull or in trailers ends the request", async (options, url) => {
  for (const where of ["pull", "trailers"]) {
    const client = new Client(options);
    const close = () => client.close();
    const body = new ReadableStream({
      pull(controller) {
        if (where === "pull") close();
        controller.enqueue(new Uint8Array(1));
        controller.close();
      },
    }, { highWaterMark: 0 });
    const trailers = () => {
      if (where === "trailers") close();
      return { a: "b" };
    };
    const error = await client.post(url, { body, trailers }).then(() => undefined, (error) => error);
    if (error !== undefined) {
      assertEquals([error instanceof ClientError, error.code], [true, "client_closed"]);
    }
    assertEquals(client.stats().connections, 0);
  }
});

Deno.test("hostile: one signal for many requests of every outcome keeps no listener", async () => {
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      const path = head.split(" ")[1] ?? "";
      if (path === "/ok") await peer.send(OK);
      else if (path === "/hop") {
        await peer.send("HTTP/1.1 302 F\r\nlocation: /ok\r\ncontent-length: 0\r\n\r\n");
      } else if (path === "/none") await peer.send("HTTP/1.1 204 N\r\n\r\n");
      else if (path === "/reset") await peer.send("HTTP/1.1 205 R\r\ncontent-length: 0\r\n\r\n");
      else if (path === "/bad") return await peer.send("nonsense\r\n\r\n");
      else if (path === "/loop") {
        await peer.send("HTTP/1.1 302 F\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n");
      } else if (path === "/codings") {
        await peer.send(
          "HTTP/1.1 200 OK\r\ncontent-encoding: gzip,gzip,gzip,gzip,gzip,gzip\r\ncontent-length: 2\r\n\r\nok",
        );
      } else if (path === "/notgzip") {
        await peer.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n");
        await delay(1);
        await peer.send("ok").catch(() => {});
      } else {
        await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok");
        await delay(1);
        if (path === "/cut") return;
        await peer.send("ok").catch(() => {}); // it may have been cancelled
      }
    }
  });
  using client = new Client();
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  const live = new Set<unknown>();
  // deno-lint-ignore no-explicit-any -- passes everything on
  signal.addEventListener = function (this: AbortSignal, ...rest: any) {
    live.add(rest[1]);
    listeners++;
    return Reflect.apply(addEventListener, this, rest);
  };
  // deno-lint-ignore no-explicit-any -- passes everything on
  signal.removeEventListener = function (this: AbortSignal, ...rest: any) {
    live.delete(rest[1]);
    return Reflect.apply(removeEventListener, this, rest);
  };
  for (let round = 0; round < 5; round++) {
    for (
      const path of [
        "ok",
        "hop",
        "none",
        "reset",
        "bad",
        "loop",
        "codings",
        "notgzip",
        "slow",
        "cut",
        "cancel",
        "head",
      ]
    ) {
      try {
        const response = await client.fetch(server.url + path, {
          signal,
          method: path === "head" ? "HEAD" : "GET",
          timeouts: { headers: 5000, body: 5000, total: 5000 },
        });
        if (path === "cancel") await response.body?.cancel();
        else await response.text();
      } catch (error) {
        assertInstanceOf(error, ClientError);
      }
    }
  }
  assertEquals([listeners > 50, live.size], [true, 0]);
});

const DUPLEXES: [string, () => Partial<Duplex>][] = [
  ["reads 0 bytes", () => ({ read: () => delay(1).then(() => 0) })],
  ["reads more than there is room for", () => ({ read: () => delay(1).then(() => 1e9) })],
  ["reads NaN bytes", () => ({ read: () => delay(1).then(() => NaN) })],
  ["throws on read", () => ({
    read: () => {
      throw new Error("read");
    },
  })],
  ["throws on a later read", () => {
    let reads = 0;
    return {
      read: (into) => {
        if (reads++ > 0) throw new Error("read");
        into.set([0, 0, 0, 4, 0, 0, 0, 0, 0]);
        return delay(1).then(() => 9);
      },
    };
  }],
  ["writes 0 bytes", () => ({ write: () => Promise.resolve(0) })],
  ["throws on write", () => ({
    write: () => {
      throw new Error("write");
    },
  })],
  ["throws on close, and at its end", () => ({
    read: () => delay(1).then(() => null),
    close: () => {
      throw new Error("close");
    },
  })],
];

for (const http2PriorKnowledge of [false, true]) {
  for (const [what, make] of DUPLEXES) {
    Deno.test(`hostile: a duplex that ${what} fails its request (${http2PriorKnowledge ? "HTTP/2" : "HTTP/1.1"})`, async () => {
      let closed = false;
      const reasons = await unhandled(async () => {
        using client = new Client({
          http2PriorKnowledge,
          dial: () =>
            Promise.resolve({
              read: () => new Promise<null>(() => {}),
              write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
              close: () => void (closed = true),
              ...make(),
            }),
        });
        const abort = new AbortController();
        const timer = setTimeout(() => abort.abort("hangs"), 2500);
        const reason = await client.fetch("http://a.test/", { signal: abort.signal }).catch((error) => error);
        clearTimeout(timer);
        assertInstanceOf(reason, Error);
      });
      assertEquals([reasons, closed || what.includes("on close")], [[], true]);
    });
  }
}

Deno.test("hostile: a dial that throws, returns no duplex, or calls its own client", async () => {
  const dials: ClientOptions["dial"][] = [
    () => {
      throw new RangeError("mine");
    },
    () => Promise.resolve(undefined as unknown as Duplex),
    () => Promise.reject(undefined),
    () => Promise.reject(null),
  ];
  const reasons = await unhandled(async () => {
    for (const dial of dials) {
      if (dial === undefined) continue;
      using client = new Client({ dial });
      const outcome = await client.fetch("http://a.test/").then(() => "answered", () => "rejected");
      assertEquals([outcome, client.stats().connecting], ["rejected", 0]);
    }
    const client: Client = new Client({
      dial: () => {
        client.close();
        return Promise.resolve({
          read: () => new Promise<null>(() => {}),
          write: (bytes) => Promise.resolve(bytes.length),
          close() {},
        });
      },
    });
    await assertRejects(() => client.fetch("http://a.test/"), ClientError);
  });
  assertEquals(reasons, []);
});

Deno.test("hostile: a server of the other version is a protocol error for every request that waits", async () => {
  await using http1 = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
  await using http2 = scriptedServer(async (peer) => {
    await peer.send("\x00\x00\x00\x04\x00\x00\x00\x00\x00");
    await peer.untilClosed();
  });
  for (const [url, http2PriorKnowledge] of [[http1.url, true], [http2.url, false]] as const) {
    using client = new Client({ http2PriorKnowledge });
    const answers = await Promise.allSettled(Array.from({ length: 3 }, () => client.fetch(url)));
    assertEquals(
      answers.map((answer) => answer.status === "rejected" && answer.reason.code),
      ["protocol_error", "protocol_error", "protocol_error"],
    );
  }
});

Deno.test("hostile: a closing connection does not keep the next request from a new one", async () => {
  const peers: Http2Peer[] = [];
  using client = new Client({
    http2PriorKnowledge: true,
    pool: { maxConnectionsPerOrigin: 1 },
    dial: () => {
      const peer = new Http2Peer((event, peer) => {
        if (event.type !== "request") return;
        peer.machine.sendResponse(event.streamId, 200, [], event.path !== "/stay");
        if (event.path === "/stay") peer.machine.goAway();
      });
      peers.push(peer);
      return Promise.resolve(peer.io);
    },
  });
  const staying = await client.fetch("http://h2.test/stay");
  await delay(20);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort("starves"), 500);
  const next = await client.fetch("http://h2.test/next", { signal: abort.signal }).catch((reason) => reason);
  clearTimeout(timer);
  await staying.body?.cancel();
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  assertEquals(next.status, 200);
});

Deno.test("hostile: the headers timeout holds on the second hop, and total across hops", async () => {
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      if (head.startsWith("GET /silent")) return await peer.untilClosed();
      const to = head.startsWith("GET /slow") ? "/slow" : "/silent";
      if (to === "/slow") await delay(30);
      await peer.send(`HTTP/1.1 302 Found\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`).catch(() => {});
    }
  });
  using client = new Client();
  for (
    const [path, timeouts, code] of [
      ["go", { headers: 50 }, "headers_timeout"],
      ["slow", { total: 80, headers: 5000 }, "total_timeout"],
    ] as const
  ) {
    const keep = setTimeout(() => {}, 3000); // the deadlines keep nothing alive
    const error = await assertRejects(() => client.fetch(server.url + path, { timeouts }), ClientError);
    clearTimeout(keep);
    assertEquals(error.code, code);
  }
});

Deno.test("hostile: aborting the first of two requests that share a dial leaves the other one its connection", async () => {
  await using server = scriptedServer(always);
  using client = new Client({
    dial: async ({ hostname, port }) => {
      await delay(20);
      return await Deno.connect({ hostname, port });
    },
  });
  const abort = new AbortController();
  const first = client.fetch(server.url, { signal: abort.signal });
  const second = client.fetch(server.url);
  abort.abort("enough");
  assertEquals(await first.catch((reason) => reason), "enough");
  assertEquals(await (await second).text(), "ok");
});
