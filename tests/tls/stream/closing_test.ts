/** The close of a TlsStream: what the peer is told, and when the transport is closed. */

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { type Duplex, writeAll } from "../../../io/duplex.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { ClientTlsStream } from "../../../tls/stream/tls_stream.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { decode, encode, hangUp, PROVIDERS, streamPair } from "../tls_pair.ts";

/** The data that a peer reads, and how it ends: `close_notify`, or the code of the error. */
async function readToEnd(io: Duplex): Promise<{ readonly text: string; readonly end: string }> {
  let text = "";
  const into = new Uint8Array(65_536);
  try {
    for (let count = await io.read(into); count !== null; count = await io.read(into)) {
      text += decode(into.subarray(0, count));
    }
    return { text, end: "close_notify" };
  } catch (error) {
    return { text, end: error instanceof TlsError ? error.code : String(error) };
  }
}

interface Row {
  readonly name: string;
  readonly close: (client: ClientTlsStream) => unknown;
  readonly text?: string;
  readonly end: "close_notify" | "unexpected_eof";
}

const LONG = "x".repeat(60_000);

const ROWS: readonly Row[] = [
  { name: "close", close: (client) => client.close(), end: "close_notify" },
  {
    name: "close, twice",
    close: (client) => {
      client.close();
      client.close();
    },
    end: "close_notify",
  },
  { name: "dispose", close: (client) => client[Symbol.dispose](), end: "close_notify" },
  { name: "asynchronous dispose", close: (client) => client[Symbol.asyncDispose](), end: "close_notify" },
  { name: "cancelled readable", close: (client) => client.readable.cancel(), end: "close_notify" },
  { name: "aborted writable", close: (client) => client.writable.abort(), end: "unexpected_eof" },
  { name: "close of the transport", close: (client) => client.io.close(), end: "unexpected_eof" },
  {
    name: "close behind data that was written",
    close: async (client) => {
      await writeAll(client, encode(LONG));
      client.close();
    },
    text: LONG,
    end: "close_notify",
  },
  {
    name: "close behind a shutdown that was not awaited",
    close: (client) => {
      const shutdown = client.shutdown();
      client.close();
      return shutdown;
    },
    end: "close_notify",
  },
  {
    name: "close behind a shutdown",
    close: async (client) => {
      await client.shutdown();
      client.close();
    },
    end: "close_notify",
  },
  {
    name: "close while a read is pending",
    close: async (client) => {
      const reading = assertRejects(() => client.read(new Uint8Array(1)), Deno.errors.Interrupted);
      client.close();
      await reading;
    },
    end: "close_notify",
  },
];

for (const crypto of PROVIDERS) {
  for (const { name, close, text = "", end } of ROWS) {
    Deno.test(`the peer sees ${end} after a ${name} (${crypto.name})`, async () => {
      const [client, server] = await streamPair({
        client: { crypto },
        server: { crypto, sendTickets: 0 },
        memory: { capacity: 1 << 20 },
      });
      const reading = readToEnd(server);
      await close(client);
      assertEquals(await reading, { text, end });
      hangUp(server);
    });
  }
}

Deno.test("a close cuts a pending write short, and the peer sees that", async () => {
  const [client, server] = await streamPair({ server: { sendTickets: 0 }, memory: { capacity: 1024 } });
  const writing = writeAll(client, encode("x".repeat(1_000_000)));
  await delay(0); // until so much is unsent that the next write waits
  client.close();
  await assertRejects(() => writing);
  assertEquals((await readToEnd(server)).end, "unexpected_eof");
  hangUp(server);
});

Deno.test("an asynchronous dispose is over when the transport has taken all, and close_notify behind it", async () => {
  const [near, far] = memoryDuplexPair();
  let take: (() => void) | undefined;
  let isHeld = false;
  const io: Duplex = {
    read: (into) => near.read(into),
    write: async (bytes) => {
      if (isHeld) await new Promise<void>((resolve) => take = resolve);
      return await near.write(bytes);
    },
    closeWrite: () => near.closeWrite(),
    close: () => near.close(),
  };
  const [client, server] = await streamPair({ ios: [io, far], server: { sendTickets: 0 } });
  isHeld = true;
  let isDisposed = false;
  const disposing = client[Symbol.asyncDispose]().then(() => isDisposed = true);
  await delay(0);
  assertEquals(isDisposed, false);
  isHeld = false;
  take?.();
  await disposing;
  assertEquals((await readToEnd(server)).end, "close_notify");
  hangUp(server);
});

Deno.test("a read that waits when the stream is closed rejects, though its transport ends well", async () => {
  const [near, far] = memoryDuplexPair();
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => near.write(bytes),
    close: () => void far.closeWrite().catch(() => {}), // the test may have closed that end by then
  };
  const [client, server] = await streamPair({ ios: [io, far], server: { sendTickets: 0 } });
  const reading = client.read(new Uint8Array(10));
  client.close();
  await writeAll(server, encode("late")).catch(() => {});
  await assertRejects(() => reading, TypeError, "the stream is closed");
  hangUp(client, server);
  near.close();
});

Deno.test("a transport that takes nothing is closed all the same", async () => {
  const [near, far] = memoryDuplexPair();
  const closed = Promise.withResolvers<void>();
  let isStuck = false;
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => isStuck ? new Promise(() => {}) : near.write(bytes),
    close: () => closed.resolve(),
  };
  const [client, server] = await streamPair({ ios: [io, far], server: { sendTickets: 0 } });
  isStuck = true;
  client.close();
  await closed.promise;
  near.close();
  hangUp(server);
});

Deno.test("a stream that has failed says nothing when it is closed, and its alert is not lost", async () => {
  for (const crypto of PROVIDERS) {
    const [near, far] = memoryDuplexPair();
    const [client, server] = await streamPair({
      ios: [near, far],
      client: { crypto },
      server: { crypto, sendTickets: 0 },
    });
    await far.write(Uint8Array.of(0x17, 3, 3, 0, 32, ...new Uint8Array(32)));
    const error = await assertRejects(() => client.read(new Uint8Array(1)), TlsError);
    assertEquals(error.code, "bad_record_mac");
    client.close();
    const told = await assertRejects(() => server.read(new Uint8Array(1)), TlsError);
    assertEquals([told.code, told.alert], ["protocol_error", "bad_record_mac"]);
    hangUp(server);
  }
});

Deno.test("a peer that has left is no trouble to a stream that is closed", async () => {
  const [client, server] = await streamPair({ server: { sendTickets: 0 } });
  hangUp(server);
  await assertRejects(() => client.read(new Uint8Array(1)), TlsError);
  client.close();
  await assertRejects(() => client.read(new Uint8Array(1)), TypeError, "the stream is closed");
});

Deno.test("a stream that was shut down closes its transport at once", async () => {
  const [near, far] = memoryDuplexPair();
  let isClosed = false;
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => near.write(bytes),
    close(): void {
      isClosed = true;
      near.close();
    },
  };
  const [client, server] = await streamPair({ ios: [io, far], server: { sendTickets: 0 } });
  await client.shutdown();
  client.close();
  assertEquals(isClosed, true);
  hangUp(server);
});
