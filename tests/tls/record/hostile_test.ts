/** Streams that were damaged at random: a connection gives events or a TlsError, and never more than it was fed. */

import { concat } from "@std/bytes/concat";
import { assert, assertInstanceOf } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import {
  CLIENT_SECRET,
  drain,
  events,
  keyUpdate,
  message,
  numbers,
  Peer,
  plain,
  sealInner,
  SERVER_SECRET,
  text,
  Toy,
  TOY_FINISHED,
} from "./toy_connection.ts";

/** A stream that makes sense, more or less: records of all kinds, in any order. */
function stream(random: (limit: number) => number, secret: Uint8Array): Uint8Array {
  const peer = new Peer(secret);
  const parts = [plain(ContentType.handshake, TOY_FINISHED)];
  for (let count = random(12); count > 0; count--) {
    const kinds = [
      () => peer.data("x".repeat(random(40))),
      () => peer.refreshTrafficKeys(random(2)),
      () => peer.seal(ContentType.handshake, keyUpdate(random(4)).subarray(random(5))),
      () => peer.seal(ContentType.handshake, message(random(30), new Uint8Array(random(30)))),
      () => peer.alert(random(3), random(100)),
      () => peer.seal(random(30), text("?")),
      () => plain(20 + random(4), new Uint8Array(random(20)).fill(random(3))),
      () => sealInner(secret, new Uint8Array(random(20))),
      () => Uint8Array.from({ length: random(12) }, () => random(256)),
    ];
    parts.push(kinds[random(kinds.length)]?.() ?? new Uint8Array(0));
  }
  return concat(parts);
}

/** Bytes changed, cut out, doubled. */
function damage(random: (limit: number) => number, bytes: Uint8Array): Uint8Array {
  let damaged = bytes;
  for (let count = random(4); count > 0; count--) {
    const at = random(damaged.length + 1);
    const length = random(8);
    const rest = damaged.subarray(at + ([0, length, -Math.min(length, at)][random(3)] ?? 0));
    damaged = concat([
      damaged.subarray(0, at),
      Uint8Array.from({ length: random(3) }, () => random(256)),
      rest,
    ]);
  }
  return damaged;
}

for (const role of ["client", "server"] as const) {
  Deno.test(`a ${role} answers 4,000 damaged streams with events or a TlsError`, () => {
    const secret = role === "client" ? SERVER_SECRET : CLIENT_SECRET;
    let failures = 0;
    for (let seed = 1; seed <= 4_000; seed++) {
      const random = numbers(seed);
      const wire = damage(random, stream(random, secret));
      const connection = new Toy(role);
      let told = 0;
      let error: unknown;
      for (let at = 0; at < wire.length && error === undefined;) {
        const length = 1 + random(60);
        connection.receive(wire.subarray(at, at + length));
        at += length;
        const result = events(connection);
        told += result.events.length;
        error = result.error;
      }
      if (error === undefined) {
        connection.receiveEnd();
        error = events(connection).error;
      }
      if (error !== undefined) {
        assertInstanceOf(error, TlsError, `seed ${seed}`);
        failures++;
      } else {
        assert(connection.closed, `seed ${seed}: neither closed nor failed`);
      }
      assert(told <= wire.length, `seed ${seed}: ${told} events`);
      assert(drain(connection).length <= 200 + 30 * told, `seed ${seed}: more is said than was asked for`);
    }
    assert(failures > 1_000, `only ${failures} streams were refused`);
  });
}
