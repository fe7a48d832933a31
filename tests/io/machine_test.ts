/**
 * The contract of `Machine`, on every machine in both roles: when there is output, what `wantsRead` and `wantsWrite`
 * say, how a failure is told, and that it does not matter how the input was cut.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  AssertionError,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import type { Machine } from "../../io/machine.ts";
import { type MachineRow, machineRows } from "./machine_rows.ts";

/** What a machine told and wrote. */
interface Outcome {
  /** Events; neighbouring ones of data are put together. */
  readonly events: unknown[];
  readonly output: Uint8Array[];
  /** What {@linkcode Machine.next} threw. */
  failure: { readonly error: unknown } | undefined;
}

/** Part of the contract. */
interface Rule {
  readonly name: string;
  readonly check: (row: MachineRow) => Promise<void>;
}

const RULES: readonly Rule[] = [
  {
    name: "nothing was received: there is no event, and more is wanted",
    check: async ({ fresh }) => {
      const machine = fresh();
      const outcome = await drive(machine, []);
      assertEquals([outcome.events, outcome.failure, machine.wantsRead], [[], undefined, true]);
    },
  },
  {
    name: "wantsWrite says whether there is output, and output is undefined when there is none",
    check: async ({ begun, wire, broken }) => {
      for (const bytes of [wire, broken]) {
        const machine = await begun();
        await drive(machine, [bytes]); // checks each output against wantsWrite
        for (let i = 0; i < 2; i++) assertEquals([machine.wantsWrite, machine.output()], [false, undefined]);
      }
    },
  },
  {
    name: "receiving no bytes changes nothing",
    check: async ({ begun, wire }) => {
      const pieces = inPieces(wire).flatMap((piece) => [new Uint8Array(), piece, new Uint8Array()]);
      assertSame(await drive(await begun(), pieces), await drive(await begun(), [wire]), "with empty pieces");
    },
  },
  {
    name: "more is wanted before the last byte, and not after the end",
    check: async ({ begun, wire }) => {
      const machine = await begun();
      for (const piece of inPieces(wire)) {
        assertEquals(machine.wantsRead, true);
        await drive(machine, [piece]);
      }
      machine.receiveEnd();
      await drive(machine, []);
      assertEquals(machine.wantsRead, false);
    },
  },
  {
    name: "input cut at every byte gives the same events and the same output",
    check: async ({ begun, wire, broken }) => {
      for (const bytes of [wire, broken]) {
        const whole = await drive(await begun(), [bytes]);
        assert(whole.events.length > 1);
        for (let at = 1; at < bytes.length; at++) {
          const cut = await drive(await begun(), [bytes.subarray(0, at), bytes.subarray(at)]);
          assertSame(cut, whole, `cut after ${at} of ${bytes.length} bytes`);
        }
        assertSame(await drive(await begun(), inPieces(bytes)), whole, "byte by byte");
      }
    },
  },
  {
    name: "an end that is told twice is one end, wherever it comes",
    check: async ({ begun, wire }) => {
      for (let at = 0; at <= wire.length; at++) {
        const once = await begun();
        await drive(once, [wire.subarray(0, at)]);
        once.receiveEnd();
        const first = await drive(once, []);
        const twice = await begun();
        await drive(twice, [wire.subarray(0, at)]);
        twice.receiveEnd();
        twice.receiveEnd();
        const second = await drive(twice, []);
        twice.receiveEnd();
        assertSame(second, first, `end after ${at} bytes`);
        assertSame(
          await drive(twice, []),
          { events: [], output: [], failure: first.failure },
          `end after ${at} bytes`,
        );
      }
    },
  },
  {
    name: "a failure comes after the events before it, and is the same error at every call",
    check: async ({ begun, broken }) => {
      const machine = await begun();
      const { events, failure } = await drive(machine, [broken]);
      assert(events.length > 0);
      assertInstanceOf(failure?.error, Error);
      for (const further of [() => {}, () => machine.receive(broken), () => machine.receiveEnd()]) {
        further();
        assertEquals([machine.wantsRead, machine.wantsWrite, machine.output()], [false, false, undefined]);
        assertStrictEquals((await drive(machine, [])).failure?.error, failure.error);
      }
    },
  },
];

const ROWS = await machineRows();

for (const row of ROWS) {
  for (const { name, check } of RULES) {
    Deno.test(`Machine: ${row.name}: ${name}`, () => check(row));
  }
}

/** Faults that a machine may have, and the rule that finds each. */
const PLANTED: readonly {
  readonly name: string;
  readonly plant: (machine: Machine<unknown>) => Partial<Machine<unknown>>;
}[] = [
  { name: "has empty output", plant: (machine) => ({ output: () => machine.output() ?? new Uint8Array() }) },
  { name: "always wants to write", plant: () => ({ wantsWrite: true }) },
  { name: "never wants to read", plant: () => ({ wantsRead: false }) },
  { name: "always wants to read", plant: () => ({ wantsRead: true }) },
  {
    name: "tells a failure once",
    plant: (machine) => {
      let failed = false;
      return {
        next: () => {
          if (failed) return undefined;
          try {
            return machine.next();
          } catch (error) {
            failed = true;
            throw error;
          }
        },
      };
    },
  },
  {
    name: "makes an event of each piece",
    plant: (machine) => {
      let isNew = false;
      return {
        receive: (bytes) => {
          isNew = true;
          machine.receive(bytes);
        },
        next: () => {
          if (!isNew) return machine.next();
          isNew = false;
          return { type: "piece" };
        },
      };
    },
  },
];

for (const { name, plant } of PLANTED) {
  Deno.test(`Machine: one that ${name} breaks the contract`, async () => {
    const [row] = ROWS;
    assert(row !== undefined);
    const faulty = (machine: Machine<unknown>): Machine<unknown> => {
      const fault = plant(machine);
      return {
        receive: (bytes) => (fault.receive ?? machine.receive.bind(machine))(bytes),
        receiveEnd: () => machine.receiveEnd(),
        next: () => (fault.next ?? machine.next.bind(machine))(),
        output: () => (fault.output ?? machine.output.bind(machine))(),
        get wantsRead() {
          return fault.wantsRead ?? machine.wantsRead;
        },
        get wantsWrite() {
          return fault.wantsWrite ?? machine.wantsWrite;
        },
      };
    };
    const planted = {
      ...row,
      fresh: () => faulty(row.fresh()),
      begun: async () => faulty(await row.begun()),
    };
    await assertRejects(async () => {
      for (const { check } of RULES) await check(planted);
    }, AssertionError);
  });
}

/**
 * Feeds a machine as a driver does, and overwrites each piece when the machine may no longer look at it.
 *
 * @returns What it told and wrote meanwhile.
 */
async function drive(machine: Machine<unknown>, pieces: Iterable<Uint8Array>): Promise<Outcome> {
  const outcome: Outcome = { events: [], output: [], failure: undefined };
  await advance(machine, outcome);
  for (const piece of pieces) {
    if (outcome.failure !== undefined) break;
    // A `Buffer`: its `slice()` shares memory, so what a machine keeps by that is overwritten.
    const memory = Buffer.from(piece);
    machine.receive(memory);
    await advance(machine, outcome);
    memory.fill(0xdb);
  }
  return outcome;
}

/** Asks for events and output until there is neither. */
async function advance(machine: Machine<unknown>, outcome: Outcome): Promise<void> {
  for (let moved = true; moved;) {
    moved = false;
    try {
      for (let event = await machine.next(); event !== undefined; event = await machine.next()) {
        moved = true;
        add(outcome.events, event);
      }
    } catch (error) {
      outcome.failure = { error };
    }
    if (takeOutput(machine, outcome.output)) moved = true;
    if (outcome.failure !== undefined) return;
  }
}

/** Takes all output. Before each piece {@linkcode Machine.wantsWrite} has to be true, and false after the last. */
function takeOutput(machine: Machine<unknown>, output: Uint8Array[]): boolean {
  const { length } = output;
  for (let wants = machine.wantsWrite;; wants = machine.wantsWrite) {
    const piece = machine.output();
    assertEquals(piece !== undefined, wants, "wantsWrite says whether there is output");
    if (piece === undefined) return output.length > length;
    assert(piece.length > 0, "output has bytes");
    output.push(piece.slice());
  }
}

/** Adds a copy of an event: its bytes may be a view. Data that goes on is added to what came before it. */
function add(events: unknown[], event: unknown): void {
  const last = events.at(-1);
  if (isData(event)) {
    const before = isData(last) && last.streamId === event.streamId ? events.pop() : undefined;
    const data = isData(before) ? concat([before.data, event.data]) : event.data.slice();
    events.push({ ...event, data });
  } else {
    events.push(event);
  }
}

function isData(event: unknown): event is { type: "data"; data: Uint8Array; streamId?: number } {
  return event instanceof Object && "data" in event && "type" in event && event.type === "data";
}

/** Compares two outcomes, of the errors their words: they are of two machines. */
function assertSame(actual: Outcome, expected: Outcome, message: string): void {
  const plain = ({ events, output, failure }: Outcome) => ({
    events,
    output: encodeHex(concat(output)),
    failure: String(failure?.error),
  });
  assertEquals(plain(actual), plain(expected), message);
}

function inPieces(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}
