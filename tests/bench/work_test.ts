/**
 * Contestants that lie: a harness that never caught one would prove nothing.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BenchClient, ClientKind, UploadBody } from "../../bench/clients/client.ts";
import { type Answer, ask, type Contestant } from "../../bench/harness.ts";
import { bulk, SMALL } from "../../bench/pattern.ts";
import type { Server } from "../../bench/servers/server.ts";
import { downloads } from "../../bench/work/download.ts";
import { freshConnections } from "../../bench/work/fresh.ts";
import { smallRequests } from "../../bench/work/small.ts";
import { uploads } from "../../bench/work/upload.ts";

const LENGTH = 100_000;

/** A server that only counts connections and has a folder; the clients of this file send no requests. */
class Imagined implements Server {
  readonly name = "imagined";
  readonly caCert = "";
  readonly caFile = "";
  readonly bulkLength = LENGTH;
  readonly zerosLength = 0;
  readonly folder: string;
  connections = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  origin(): string {
    return "";
  }

  accepted(): Promise<number> {
    return Promise.resolve(this.connections);
  }

  storedFile(name: string): string {
    return `${this.folder}/${name}`;
  }

  abandon(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** An honest client without a wire. What it does is changed by `lie`. */
function honest(server: Imagined): BenchClient {
  return {
    text: () => Promise.resolve(SMALL),
    stream: () => Promise.resolve(ReadableStream.from(bulk(LENGTH))),
    whole: async () => new Uint8Array(await new Response(ReadableStream.from(bulk(LENGTH))).arrayBuffer()),
    async upload(path: string, body: UploadBody) {
      const pieces = body.form === "whole" ? [body.bytes] : body.pieces;
      if (path === "/sink") return String([...pieces].reduce((sum, piece) => sum + piece.length, 0));
      await Deno.writeFile(server.storedFile(path.slice("/store/".length)), ReadableStream.from(pieces));
      return "";
    },
    close: () => {},
  };
}

async function play(
  contestants: (arena: { server: Server; quick: boolean }, kinds: readonly ClientKind[]) => Contestant[],
  lie: (client: BenchClient) => Partial<BenchClient>,
  connectionsPerClient = 1,
): Promise<Answer["results"]> {
  await using server = new Imagined(await Deno.makeTempDir());
  const kind: ClientKind = {
    name: "Some client",
    role: "peer",
    protocols: ["http/1.1"],
    uploads: true,
    open() {
      server.connections += connectionsPerClient;
      const client = honest(server);
      return Promise.resolve({ ...client, ...lie(client) });
    },
  };
  const question = { name: "q", title: "Q", unit: "MB/s", headline: true } as const;
  const arena = { server, quick: true };
  const { results } = await ask({ ...question, contestants: () => contestants(arena, [kind]) }, arena);
  return results;
}

const ROWS: readonly {
  readonly name: string;
  readonly contestants: Parameters<typeof play>[0];
  readonly lies: readonly {
    readonly name: string;
    readonly lie: Parameters<typeof play>[1];
    readonly says: string;
  }[];
}[] = [
  {
    name: "small requests",
    // without the load generator, which would need a server
    contestants: (arena, kinds) =>
      smallRequests(arena, { protocol: "http/1.1", width: 2, count: 4 }, kinds).slice(0, 1),
    lies: [
      {
        name: "one character is wrong",
        lie: () => ({ text: async () => await `${SMALL.slice(1)}?` }),
        says: "1024 characters",
      },
      { name: "it rejects", lie: () => ({ text: () => Promise.reject(new Error("reset")) }), says: "reset" },
    ],
  },
  {
    name: "fresh connections",
    contestants: (arena, kinds) => freshConnections(arena, "http/1.1", kinds),
    lies: [{ name: "the text is short", lie: () => ({ text: async () => await "" }), says: "0 characters" }],
  },
  {
    name: "a streamed download",
    contestants: (arena, kinds) => downloads(arena, "http/1.1", "stream", kinds),
    lies: [
      {
        name: "the end is missing",
        lie: () => ({ stream: () => Promise.resolve(ReadableStream.from(bulk(LENGTH - 1))) }),
        says: "99999 bytes instead of 100000",
      },
      {
        name: "only the counted round is short",
        lie() {
          let left = LENGTH + 1;
          return { stream: () => Promise.resolve(ReadableStream.from(bulk(--left))) };
        },
        says: "99999 bytes instead of 100000",
      },
      {
        name: "it is all zeros",
        lie: () => ({ stream: () => Promise.resolve(ReadableStream.from([new Uint8Array(LENGTH)])) }),
        says: "differs after byte 0",
      },
    ],
  },
  {
    name: "a whole download",
    contestants: (arena, kinds) => downloads(arena, "http/1.1", "whole", kinds),
    lies: [
      {
        name: "two bytes have changed places",
        lie: (client) => ({
          async whole(path) {
            const all = await client.whole(path);
            return all.with(70_000, all[70_001] ?? 0).with(70_001, all[70_000] ?? 0);
          },
        }),
        says: "differs after byte",
      },
    ],
  },
  ...(["pieces", "whole"] as const).map((form) => ({
    name: `an upload (${form})`,
    contestants: (...[arena, kinds]: Parameters<Parameters<typeof play>[0]>) =>
      uploads(arena, "http/1.1", form, kinds),
    lies: [
      {
        name: "nothing is sent",
        lie: () => ({ upload: async () => await String(LENGTH) }),
        says: "NotFound",
      },
      {
        name: "the counted one is cut short",
        lie: (client: BenchClient) => ({
          upload: async (path: string, body: UploadBody) =>
            path === "/sink" ? String(LENGTH - 1) : await client.upload(path, body),
        }),
        says: 'the server saw "99999" bytes of 100000',
      },
      {
        name: "other bytes are sent",
        lie: (client: BenchClient) => ({
          upload: async (path: string) =>
            await client.upload(path, { form: "whole", bytes: new Uint8Array(LENGTH) }),
        }),
        says: "differs after byte 0",
      },
    ],
  })),
];

for (const { name, contestants, lies } of ROWS) {
  Deno.test(`${name}: an honest client is measured`, async () => {
    const [result] = await play(contestants, () => ({}));
    assertEquals(result?.outcome, "measured");
  });
  for (const { name: lieName, lie, says } of lies) {
    Deno.test(`${name}: a client has failed when ${lieName}`, async () => {
      const [result] = await play(contestants, lie);
      assertEquals(result?.outcome, "failed");
      assertStringIncludes(result?.outcome === "failed" ? result.reason : "", says);
    });
  }
}

Deno.test("fresh connections: a client has failed when it comes back on an old connection", async () => {
  const [result] = await play((arena, kinds) => freshConnections(arena, "http/1.1", kinds), () => ({}), 0);
  assertEquals(result?.outcome, "failed");
  assertStringIncludes(result?.outcome === "failed" ? result.reason : "", "2 requests came on 0 connections");
});

Deno.test("small requests: the connections that were opened are noted", async () => {
  const [result] = await play(
    (arena, kinds) => smallRequests(arena, { protocol: "http/1.1", width: 2, count: 4 }, kinds).slice(0, 1),
    () => ({}),
    3,
  );
  assertMatch(String(result?.outcome === "measured" && result.note), /^3 connections, CPU [\d.]+ us each$/);
});
