/**
 * A party between two ends of TLS 1.2 that changes the messages which are not protected, and an end that says more than
 * it should.
 *
 * @module
 */

import { decodeServerHello, encodeServerHello } from "../../../tls/wire/server_hello.ts";
import type { ServerHello } from "../../../tls/wire/messages.ts";
import { concat } from "@std/bytes/concat";
import { Connection } from "../../../tls/connection/connection.ts";
import type { ConnectionScripts } from "../../../tls/connection/connection_types.ts";
import type { Cut } from "../connection/connection_pair.ts";
import { CRYPTO } from "./pair.ts";

/** A record as it goes over the wire. */
export interface Seen {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** A record, not protected. */
export function recordOf(type: number, payload: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(type, 3, 3, payload.length >> 8, payload.length), payload]);
}

/** A handshake message. */
export function messageOf(type: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat([Uint8Array.of(type, 0, body.length >> 8, body.length), body]);
}

/** Takes whole records apart. */
export function recordsOf(bytes: Uint8Array): Seen[] {
  const records: Seen[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = (bytes[at + 3] ?? 0) << 8 | (bytes[at + 4] ?? 0);
    records.push({ type: bytes[at] ?? 0, payload: bytes.slice(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return records;
}

/** Takes whole messages apart, headers included. */
export function messagesOf(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const [, high = 0, middle = 0, low = 0] = bytes.subarray(at);
    const length = 4 + (high << 16 | middle << 8 | low);
    messages.push(bytes.slice(at, at + length));
    at += length;
  }
  return messages;
}

/** What a party in between makes of the messages of a flight. */
export type Change = (messages: Uint8Array[]) => readonly (Uint8Array | Seen)[];

/** Changes the first flight of an end: the messages of its records of handshake, each in a record of its own after. */
export function changeFlight(
  end: "client" | "server",
  change: Change,
  flight = 1,
): Cut {
  let flights = 0;
  return (bytes, from) => {
    if (from !== end || ++flights !== flight) return [bytes];
    const records = recordsOf(bytes);
    const clear = records.findIndex(({ type }) => type !== 0x16);
    const messages = messagesOf(
      concat(records.slice(0, clear === -1 ? undefined : clear).map(({ payload }) => payload)),
    );
    const rest = clear === -1 ? [] : records.slice(clear);
    return [...change(messages), ...rest].map((each) =>
      each instanceof Uint8Array ? recordOf(0x16, each) : recordOf(each.type, each.payload)
    );
  };
}

/** Replaces the messages of a type by others. */
export function replace(
  type: number,
  by: (message: Uint8Array) => readonly (Uint8Array | Seen)[],
): Change {
  return (messages) => messages.flatMap((message) => message[0] === type ? by(message) : [message]);
}

/** An end that runs a script of a test. */
export class ScriptedEnd extends Connection {
  constructor(role: "client" | "server", handshake: ConnectionScripts["handshake"]) {
    super(role, { handshake }, { crypto: CRYPTO });
  }
}

/** Sets bytes of a message, counted from its body's start. */
export function bytesAt(type: number, at: number, ...bytes: number[]): Change {
  return replace(type, (message) => {
    message.set(bytes, 4 + at);
    return [message];
  });
}

/** Flips the last bit of a message: a byte that is set may be the one that was there. */
export function flipLast(type: number): Change {
  return replace(type, (message) => {
    message.set([(message.at(-1) ?? 0) ^ 1], message.length - 1);
    return [message];
  });
}

/** One change after the other. */
export function both(first: Change, second: Change): Change {
  return (messages) => second(first(messages).filter((each) => each instanceof Uint8Array));
}

/** Changes the ServerHello as a value. */
export function serverHello(change: (hello: ServerHello) => Partial<ServerHello>): Change {
  return replace(0x02, (message) => {
    const decoded = decodeServerHello(message.subarray(4));
    return [encodeServerHello({ ...decoded, ...change(decoded) })];
  });
}
