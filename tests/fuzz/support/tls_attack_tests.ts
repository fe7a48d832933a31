/**
 * The tests of one end: attacks on it, what is left of it in memory, and proof that faults would be found.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { ignoreRejection } from "../../../io/script.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import { inputs, seed } from "./amount.ts";
import { heapInUse } from "./heap.ts";
import { type Campaign, Counts, findFault } from "./tls_attack.ts";
import { poolOf } from "./tls_mutations.ts";
import type { Victim } from "./tls_scenarios.ts";
import { encodeRecord } from "./tls_wire.ts";

/** Connections to attack in the gate. */
const ATTACKS = 2_000;
/** Connections that are left hanging where their attack has left them. */
const KEPT = 300;
/**
 * What each of those may hold, on average, in bytes: less than one message of 64 KiB, which is what one of them may
 * hold beside a record.
 */
const MAX_KEPT_BYTES = 48 * 1024;
/** What one may hold: a message of 64 KiB, a record of 16 KiB, and itself with what it has said. */
const MAX_WAITING_BYTES = (64 + 16 + 24) * 1024;
/** What may be left of them all when they are gone: what a config remembers of its peers. */
const MAX_LEFT_BYTES = 6 * 1024 * 1024;

/** Declares the tests. */
export function testAttacks(end: string, victims: readonly Victim[], all: readonly Victim[]): void {
  const pool = poolOf(all.map(({ flights }) => flights));
  const campaign: Campaign = { victims, pool, attacks: inputs(ATTACKS), seed: seed(1) };

  Deno.test(`fuzz: ${end} throws TlsError alone, comes to an end, and its events make sense`, async () => {
    const counts = new Counts();
    assertEquals(await findFault({ ...campaign, counts }), undefined);
    const { attacks } = campaign;
    if (attacks < ATTACKS) return; // one seed is tried again
    // Were nearly all refused at once, or none, the lies would not get far.
    const { established, refused, late, codes } = counts;
    assert(
      established > attacks / 5 && refused > attacks / 5,
      `${established} established, ${refused} refused`,
    );
    assert(late > attacks / 20, `${late} late`);
    assert(codes.size >= 20, [...codes.keys()].join());
  });

  Deno.test(`fuzz: ${end} holds little while it hangs, and nothing when it is gone`, async () => {
    await findFault({ ...campaign, attacks: KEPT }); // whatever is made once, is made now
    const before = await heapInUse();
    let kept: Connection[] = [];
    const fault = await findFault({ ...campaign, attacks: KEPT, keep: (machine) => kept.push(machine) });
    assertEquals([fault, kept.length], [undefined, KEPT]);
    const held = await heapInUse() - before;
    assert(held < KEPT * MAX_KEPT_BYTES, `${KEPT} connections hold ${held} bytes`);
    kept = [];
    const left = await heapInUse() - before;
    assert(left < MAX_LEFT_BYTES, `${left} bytes are left`);
  });

  Deno.test(`fuzz: ${end} that is kept waiting for the longest message holds it once`, async () => {
    const [victim] = victims;
    assert(victim !== undefined, "there is someone to attack");
    const [type = 0] = victim.flights[0]?.[0]?.content ?? [];
    const wire = unfinished(type);
    const hang = (count: number) =>
      Array.from({ length: count }, () => {
        const machine = victim.start();
        assertEquals(machine.next(), undefined);
        for (let at = 0; at < wire.length; at += 700) {
          machine.receive(wire.slice(at, at + 700));
          assertEquals(machine.next(), undefined);
        }
        return machine;
      });
    hang(100); // whatever is made once, is made now
    const before = await heapInUse();
    const kept = hang(200);
    const each = (await heapInUse() - before) / kept.length;
    assert(each > 65_536 && each < MAX_WAITING_BYTES, `each of ${kept.length} holds ${each} bytes`);
  });

  for (const { name, found, plant } of PLANTED) {
    Deno.test(`fuzz: ${end} is found out that ${name}`, async () => {
      assertStringIncludes(await findFault({ ...campaign, attacks: ATTACKS, plant }) ?? "nothing", found);
    });
  }
}

/** The longest message that there may be, in records, without its last byte. */
function unfinished(type: number): Uint8Array {
  const content = concat([Uint8Array.of(type, 0, 0xff, 0xff), new Uint8Array(0xfffe)]);
  const records: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 16_000) {
    records.push(encodeRecord({ type: ContentType.handshake, payload: content.subarray(at, at + 16_000) }));
  }
  // And a record that is not whole.
  return concat([...records, Uint8Array.of(ContentType.handshake, 3, 3, 0x40, 0), new Uint8Array(16_383)]);
}

interface Planted {
  readonly name: string;
  readonly found: string;
  readonly plant: NonNullable<Campaign["plant"]>;
}

/** A connection whose `next` is another where it answers at once. */
function inNext(
  change: (
    sound: () => ReturnType<Connection["next"]>,
    machine: Connection,
    victim: Victim,
  ) => ReturnType<Connection["next"]>,
): Planted["plant"] {
  return (machine, victim) => {
    const sound = machine.next.bind(machine);
    machine.next = () => change(sound, machine, victim);
  };
}

/** A connection that does something when there is an event. */
function onEvent(
  type: TlsEvent["type"],
  act: (machine: Connection, victim: Victim) => TlsEvent | void,
): Planted["plant"] {
  return inNext((sound, machine, victim) => {
    const event = sound();
    return event instanceof Promise || event?.type !== type ? event : act(machine, victim) ?? event;
  });
}

/** A connection that does something else where the sound one fails. */
function onFailure(code: TlsError["code"], act: (error: TlsError) => undefined): Planted["plant"] {
  const fail = (error: unknown): undefined => {
    if (error instanceof TlsError && error.code === code) return act(error);
    throw error;
  };
  return inNext((sound) => {
    try {
      const event = sound();
      return event instanceof Promise ? event.catch(fail) : event;
    } catch (error) {
      return fail(error);
    }
  });
}

const PLANTED: readonly Planted[] = [
  {
    name: "reads past the end",
    found: "throws RangeError",
    plant: onFailure("decode_error", () => {
      throw new RangeError("Offset is outside the bounds of the DataView");
    }),
  },
  {
    name: "blames itself",
    found: "blames itself: signing_failed",
    plant: onFailure("unexpected_message", () => {
      throw new TlsError("signing_failed", "Cannot sign");
    }),
  },
  {
    name: "forgets why it failed",
    found: "fails in another way",
    plant: onFailure("decode_error", ({ code, message }) => {
      throw new TlsError(code, message);
    }),
  },
  {
    name: "forgets that it failed",
    found: "has failed, and goes on",
    plant: (machine) => {
      const sound = machine.next.bind(machine);
      let hasFailed = false;
      machine.next = () => {
        if (hasFailed) return undefined;
        try {
          return sound();
        } catch (error) {
          hasFailed = true;
          throw error;
        }
      };
    },
  },
  {
    name: "says nothing when it fails",
    found: "does not tell the peer",
    plant: (machine) => {
      const sound = machine.output.bind(machine);
      machine.output = () => machine.alertSent ? undefined : sound();
    },
  },
  {
    name: "goes round in circles",
    found: "goes on without end",
    plant: (machine) => {
      const sound = machine.next.bind(machine);
      let updates = false;
      machine.next = () => {
        if (updates) return { type: "key_update" };
        const event = sound();
        if (!(event instanceof Promise) && event?.type === "key_update") updates = true;
        return event;
      };
    },
  },
  {
    name: "is done too early",
    found: "tells of data when it is",
    plant: onEvent("established", () => ({ type: "data", data: Uint8Array.of(1) })),
  },
  {
    name: "is done twice",
    found: "is established twice",
    plant: onEvent("key_update", () => ({ type: "established" })),
  },
  {
    name: "piles up answers",
    found: "bytes to write",
    plant: onEvent("key_update", (machine) => {
      Object.defineProperty(machine, "outputLength", { value: 100_000 });
    }),
  },
  {
    name: "works for nothing",
    found: "asks for cryptography",
    plant: onEvent("key_update", (_machine, { crypto }) => {
      crypto.calls += 100_000;
    }),
  },
  {
    name: "looks at memory that it gave back",
    found: "refuses who is honest",
    plant: (machine) => {
      const sound = machine.receive.bind(machine);
      const held: Uint8Array[] = [];
      machine.receive = (bytes) => {
        held.push(bytes);
        if (held.length > 3) { for (const each of held.splice(0)) sound(each); }
      };
    },
  },
  {
    name: "waits for what does not come",
    found: "waits without end",
    plant: inNext((sound) => {
      const event = sound();
      if (!(event instanceof Promise)) return event;
      ignoreRejection(event);
      return new Promise(() => {});
    }),
  },
  {
    name: "does not handle a rejection",
    found: "an unhandled rejection",
    plant: onEvent("established", () => void Promise.reject(new Error("no key"))),
  },
];
