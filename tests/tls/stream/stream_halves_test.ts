/** The two halves of a stream over a toy machine, which answers at once or later. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { Duplex } from "../../../io/duplex.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { StreamReader } from "../../../tls/stream/stream_reader.ts";
import { StreamWriter } from "../../../tls/stream/stream_writer.ts";
import { record, ToyMachine, type ToyOptions } from "./toy_machine.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A transport whose every call is the test's to answer. */
class Bench implements Duplex {
  /** What reads give, in order; then the end. */
  readonly incoming: (Uint8Array | Error | number | null)[];
  readonly written: Uint8Array[] = [];
  readonly calls: string[] = [];
  /** What writes give; default: all. */
  onWrite: (bytes: Uint8Array) => number | Promise<number> = (bytes) => bytes.length;

  constructor(...incoming: (Uint8Array | Error | number | null)[]) {
    this.incoming = incoming;
  }

  read(into: Uint8Array): Promise<number | null> {
    this.calls.push("read");
    const next = this.incoming.shift() ?? null;
    if (next instanceof Error) return Promise.reject(next);
    if (next === null || typeof next === "number") return Promise.resolve(next);
    const part = next.subarray(0, into.length);
    if (part.length < next.length) this.incoming.unshift(next.subarray(part.length));
    into.set(part);
    return Promise.resolve(part.length);
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.calls.push("write");
    const count = await this.onWrite(bytes);
    this.written.push(bytes.slice(0, Math.max(0, count)));
    return count;
  }

  closeWrite(): Promise<void> {
    this.calls.push("closeWrite");
    return Promise.resolve();
  }

  close(): void {
    this.calls.push("close");
  }
}

function halves(
  io: Duplex,
  options?: ToyOptions,
): { machine: ToyMachine; reader: StreamReader; writer: StreamWriter } {
  const machine = new ToyMachine(options);
  const writer = new StreamWriter(io, machine);
  return { machine, writer, reader: new StreamReader(io, machine, () => writer.startDrain()) };
}

async function readText(reader: StreamReader, length = 1024): Promise<string | null> {
  const into = new Uint8Array(length);
  const count = await reader.read(into);
  return count === null ? null : decode(into.subarray(0, count));
}

for (const later of [false, true]) {
  const how = later ? "a machine that takes its time" : "a machine that answers at once";

  Deno.test(`bad input 40: data, then the end; what comes behind it is ignored (${how})`, async () => {
    const io = new Bench(concat([record("d", encode("data")), record("c"), Uint8Array.of(0x17, 3, 3, 1)]));
    const { reader } = halves(io, { later });
    assertEquals(await readText(reader), "data");
    assertEquals([await readText(reader), await readText(reader)], [null, null]);
    assertEquals(io.calls, ["read"]);
  });

  Deno.test(`bad input 43: the end of the transport without close_notify: data first, then an error each time (${how})`, async () => {
    const { reader } = halves(new Bench(record("d", encode("data"))), { later });
    assertEquals(await readText(reader), "data");
    const first = await assertRejects(() => readText(reader), TlsError);
    assertEquals(first.code, "unexpected_eof");
    assertStrictEquals(await assertRejects(() => readText(reader)), first);
  });

  Deno.test(`bad input 44: an error lasts, and the alert leaves once (${how})`, async () => {
    const io = new Bench(concat([record("d", encode("good")), record("?"), record("d", encode("never"))]));
    const { reader, writer } = halves(io, { later });
    assertEquals(await readText(reader), "good");
    const first = await assertRejects(() => readText(reader), TlsError);
    assertEquals(first.code, "bad_record_mac");
    assertStrictEquals(await assertRejects(() => readText(reader)), first);
    await writer.flush();
    assertEquals(io.written, [record("!")]);
    assertStrictEquals(await assertRejects(() => writer.write(encode("late"))), first);
  });

  Deno.test(`data of several records is read in one piece, as far as there is room (${how})`, async () => {
    const io = new Bench(concat(["ab", "cde", "f"].map((text) => record("d", encode(text)))));
    const { reader } = halves(io, { later });
    const texts = [await readText(reader, 1), await readText(reader, 3), await readText(reader, 99)];
    if (!later) assertEquals(texts, ["a", "bcd", "ef"]);
    while (texts.join("") !== "abcdef") texts.push(await readText(reader));
    await assertRejects(() => readText(reader), TlsError);
  });

  Deno.test(`reads of all sizes return all data in order (${how})`, async () => {
    const data = globalThis.crypto.getRandomValues(new Uint8Array(60_000));
    const records = [
      record("d", data.subarray(0, 16_000)),
      record("k"),
      record("d", data.subarray(16_000, 16_001)),
      record("d", data.subarray(16_001, 32_000)),
      record("d", data.subarray(32_000, 48_000)),
      record("d", data.subarray(48_000)),
      record("c"),
    ];
    for (const room of [1000, 16_384, 100_000]) {
      const { reader, machine } = halves(new Bench(...records), { later });
      const pieces: Uint8Array[] = [];
      for (let turn = 0;; turn++) {
        // Every third time the other way of reading.
        if (turn % 3 === 2) {
          const chunk = await reader.readChunk();
          if (chunk === undefined) break;
          pieces.push(chunk);
        } else {
          const into = new Uint8Array(room);
          const count = await reader.read(into);
          if (count === null) break;
          pieces.push(into.subarray(0, count));
        }
      }
      assertEquals(concat(pieces), data);
      assertEquals(machine.sent, ["a"]);
    }
  });

  Deno.test(`a read does not wait for a transport that takes nothing (${how})`, async () => {
    const io = new Bench(record("k"), record("d", encode("data")));
    const taken = Promise.withResolvers<number>();
    io.onWrite = () => taken.promise;
    const { reader, writer } = halves(io, { later });
    assertEquals(await readText(reader), "data");
    assertEquals(io.calls.filter((call) => call === "write"), ["write"]);
    taken.resolve(3);
    await writer.flush();
    assertEquals(concat(io.written), record("a"));
  });

  Deno.test(`what reading makes necessary to send is sent, also where it is no event (${how})`, async () => {
    const io = new Bench(record("w"), record("d", encode("data")));
    const { reader } = halves(io, { later });
    assertEquals(await readText(reader), "data");
    assertEquals(concat(io.written), record("a"));
    assert(io.calls.indexOf("write") < io.calls.lastIndexOf("read"));
  });

  Deno.test(`a failure of the transport between writes rejects the next write (${how})`, async () => {
    const io = new Bench(record("k"), record("d", encode("data")));
    const broken = new Error("broken pipe");
    io.onWrite = () => Promise.reject(broken);
    const { reader, writer } = halves(io, { later });
    assertEquals(await readText(reader), "data");
    await Promise.resolve();
    assertStrictEquals(await assertRejects(() => writer.flush()), broken);
    assertStrictEquals(await assertRejects(() => writer.write(encode("more"))), broken);
    assertStrictEquals(await assertRejects(() => writer.shutdown()), broken);
  });

  Deno.test(`writes that are not awaited go out in their order, and few together (${how})`, async () => {
    const io = new Bench();
    const { writer } = halves(io, { later });
    const texts = Array.from({ length: 100 }, (_, index) => `${index} `);
    const counts = await Promise.all(texts.map((text) => writer.write(encode(text))));
    await writer.flush();
    assertEquals(counts, texts.map(({ length }) => length));
    assertEquals(concat(io.written), concat(texts.map((text) => record("d", encode(text)))));
    if (!later) assert(io.written.length <= 2, `${io.written.length} calls`);
  });

  Deno.test(`shutdown sends close_notify once, behind the data (${how})`, async () => {
    const io = new Bench();
    const { writer } = halves(io, { later });
    const write = writer.write(encode("last words"));
    const [first, second] = [writer.shutdown(), writer.shutdown()];
    assertStrictEquals(first, second);
    const error = await assertRejects(() => writer.write(encode("late")), TlsError);
    assertEquals(error.code, "write_after_shutdown");
    await Promise.all([write, first]);
    assertEquals(
      (await assertRejects(() => writer.refreshTrafficKeys(true), TlsError)).code,
      "write_after_shutdown",
    );
    await writer.flush();
    assertEquals(concat(io.written), concat([record("d", encode("last words")), record("c")]));
    assertEquals(io.calls.filter((call) => call === "closeWrite"), ["closeWrite"]);
  });

  Deno.test(`a change of keys comes behind what was written before it (${how})`, async () => {
    const io = new Bench();
    const { writer } = halves(io, { later });
    await Promise.all([
      writer.write(encode("a")),
      writer.refreshTrafficKeys(true),
      writer.write(encode("b")),
    ]);
    await writer.flush();
    assertEquals(
      concat(io.written),
      concat([record("d", encode("a")), record("k"), record("d", encode("b"))]),
    );
  });

  Deno.test(`D-04: a slow transport stops the writer at 64 KiB, and lets it go on (${how})`, async () => {
    const io = new Bench();
    let open = Promise.withResolvers<void>();
    io.onWrite = async (bytes) => {
      await open.promise;
      return Math.min(bytes.length, 10_000);
    };
    const { writer, machine } = halves(io, { later });
    const data = new Uint8Array(1_000_000).fill(5);
    // The first is taken in part, since nothing is unsent; the next one waits.
    const accepted = await writer.write(data);
    assert(accepted > 0 && accepted <= 256 * 1024, `${accepted} accepted`);
    let settled = false;
    const second = writer.write(data.subarray(accepted)).then((count) => {
      settled = true;
      return count;
    });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    assertEquals(settled, false);
    open.resolve();
    open = Promise.withResolvers();
    open.resolve();
    let sent = accepted + await second;
    while (sent < data.length) {
      sent += await writer.write(data.subarray(sent));
      assert(machine.outputLength <= (64 + 257) * 1024);
    }
    await writer.flush();
    assertEquals(concat(io.written).length, data.length + 3 * machine.sent.length);
  });
}

Deno.test("an empty read reads nothing, an empty write writes nothing", async () => {
  const io = new Bench();
  const { reader, writer } = halves(io);
  assertEquals(await reader.read(new Uint8Array(0)), 0);
  assertEquals(await writer.write(new Uint8Array(0)), 0);
  await writer.flush();
  assertEquals(io.calls, []);
});

const BAD_WRITES: readonly { name: string; count: (bytes: Uint8Array) => number; error: string }[] = [
  {
    name: "a transport that takes no bytes",
    count: () => 0,
    error: "Cannot write: the transport takes no bytes",
  },
  {
    name: "bad input 49: a transport that says it took more bytes than it was given",
    count: (bytes) => bytes.length + 1,
    error: "Cannot write: the transport says it took 9 of 8 bytes",
  },
  {
    name: "a transport that took less than nothing",
    count: () => -1,
    error: "Cannot write: the transport says it took -1 of 8 bytes",
  },
  {
    name: "a transport that took half a byte",
    count: () => 0.5,
    error: "Cannot write: the transport says it took 0.5 of 8 bytes",
  },
];

for (const { name, count, error } of BAD_WRITES) {
  Deno.test(`${name} is an error that lasts`, async () => {
    const io = new Bench();
    io.onWrite = count;
    const { writer } = halves(io);
    assertEquals(await writer.write(encode("hello")), 5);
    const first = await assertRejects(() => writer.flush(), Error, error);
    if (first instanceof TlsError) assertEquals(first.code, "write_zero");
    assertStrictEquals(await assertRejects(() => writer.write(encode("more"))), first);
    assertStrictEquals(await assertRejects(() => writer.flush()), first);
  });
}

for (const count of [-1, 0.5, 1_000_000, NaN]) {
  Deno.test(`bad input 49: a transport that says it gave ${count} bytes is an error that lasts`, async () => {
    const { reader } = halves(new Bench(count));
    const first = await assertRejects(
      () => readText(reader),
      TypeError,
      "Cannot read: the transport says it gave",
    );
    assertStrictEquals(await assertRejects(() => readText(reader)), first);
  });
}

Deno.test("a transport that gives 0 bytes is at its end", async () => {
  const { reader } = halves(new Bench(0));
  assertEquals((await assertRejects(() => readText(reader), TlsError)).code, "unexpected_eof");
});

Deno.test("an error of the transport rejects the read, and every later one", async () => {
  const broken = new Error("connection reset");
  const io = new Bench(record("d", encode("data")), broken, record("d", encode("never")));
  const { reader } = halves(io);
  assertEquals(await readText(reader), "data");
  assertStrictEquals(await assertRejects(() => readText(reader)), broken);
  assertStrictEquals(await assertRejects(() => readText(reader)), broken);
  assertEquals(io.calls, ["read", "read"]);
});

Deno.test("a transport that is not connected any more has no direction to end", async () => {
  const io = new Bench();
  io.closeWrite = () => Promise.reject(new Deno.errors.NotConnected());
  await halves(io).writer.shutdown();
  assertEquals(io.written, [record("c")]);
  io.closeWrite = () => Promise.reject(new Error("something else"));
  await assertRejects(() => halves(io).writer.shutdown(), Error, "something else");
});

Deno.test("flush waits for what was written before it, not for what is written meanwhile", async () => {
  const io = new Bench();
  const gates: PromiseWithResolvers<number>[] = [];
  io.onWrite = () => {
    const gate = Promise.withResolvers<number>();
    gates.push(gate);
    return gate.promise;
  };
  const { writer } = halves(io);
  await writer.write(encode("first"));
  const flushed = writer.flush();
  const later = writer.write(encode("later"));
  gates[0]?.resolve(8);
  await flushed;
  await later;
  gates[1]?.resolve(8);
  await writer.flush();
  assertEquals(io.written, [record("d", encode("first")), record("d", encode("later"))]);
});

Deno.test("a reader begins steps ahead of its caller only until one of the machine is asynchronous", async () => {
  const machine = new ToyMachine();
  const reader = new StreamReader(
    new Bench(concat(["a", "b", "c"].map((text) => record("d", encode(text))))),
    machine,
    () => {},
  );
  const next = machine.next.bind(machine);
  let calls = 0;
  machine.next = () => ++calls < 3 ? next() : Promise.resolve(next());
  // The hungry start, then `a` at once, and `b` is asked for.
  assertEquals([await readText(reader), reader.isAhead], ["a", true]);
  assertEquals([await readText(reader), reader.isAhead], ["b", false]);
  assertEquals([await readText(reader), reader.isAhead], ["c", false]);
});

Deno.test("a writer that cannot seal close_notify leaves without it", async () => {
  class Unable extends ToyMachine {
    override sendCloseNotify(): never {
      throw new TlsError("key_exhausted", "Cannot protect more records: the key is good for 1");
    }
  }
  const writer = new StreamWriter(new Bench(new Uint8Array(0)), new Unable());
  assertEquals(writer.leave(), undefined);
  await assertRejects(() => writer.shutdown(), TlsError, "the key is good for 1");
});

Deno.test("data that did not fit is given once, in whatever way it is read on", async () => {
  const { reader } = halves(new Bench(record("d", encode("abcdef")), record("d", encode("ghi"))));
  assertEquals(await readText(reader, 2), "ab");
  assertEquals(decode(await reader.readChunk() ?? encode("")), "cdef");
  assertEquals(decode(await reader.readChunk() ?? encode("")), "ghi");
  assertEquals(reader.takeLeftover().length, 0);
  const other = halves(new Bench(record("d", encode("abcdef")))).reader;
  assertEquals(await readText(other, 2), "ab");
  assertEquals([decode(other.takeLeftover()), decode(other.takeLeftover())], ["cdef", ""]);
});

for (const later of [false, true]) {
  const how = later ? "later" : "at once";
  Deno.test(`the alert of a read that fails ${how} leaves although nothing is read any more`, async () => {
    const io = new Bench(record("d", encode("data")), record("?"));
    const { reader } = halves(io, { later });
    assertEquals(decode(await reader.readChunk() ?? encode("")), "data");
    await assertRejects(() => reader.readChunk(), TlsError);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    assertEquals(io.written, [record("!")]);
  });
}
