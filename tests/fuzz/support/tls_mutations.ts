/**
 * What a hostile peer makes of a conversation that was honest.
 *
 * It lies at three heights: about messages (which come, when, and what they say, with lengths that are right, so
 * that the lie is read), about records (what they claim to be, where they end), and about bytes.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { ContentType, HandshakeType } from "../../../tls/wire/numbers.ts";
import type { Random } from "../../http2/hpack/octets.ts";
import {
  encodeRecord,
  extensionsOf,
  type Flight,
  type Item,
  message,
  MESSAGE_HEADER_LENGTH,
  sayAll,
  type WireForm,
  type WireRecord,
  withExtensions,
  withLength,
} from "./tls_wire.ts";

/** What lies are made of: things that were said in other conversations, by either end. */
export interface Pool {
  readonly items: readonly Item[];
  readonly extensions: readonly Uint8Array[];
}

/** Gathers what was said. */
export function poolOf(conversations: readonly (readonly Flight[])[]): Pool {
  const items = conversations.flat(2);
  const said = items.flatMap(({ type, content }) => isMessage(type) ? extensionsOf(content) ?? [] : []);
  return { items, extensions: [...said, ...UNSAID] };
}

/** Extensions that neither end sends, or not like that. */
const UNSAID: readonly Uint8Array[] = [
  extension(0x002a), // early_data
  extension(0x002a, 0, 0, 0x40, 0),
  extension(0x002c, 0, 2, 7, 7), // cookie
  extension(0x0010, 0, 3, 2, 0x68, 0x32), // h2, alone
  extension(0x000a, 0, 4, 0, 0x18, 0, 0x19), // other groups
  extension(0x0033, 0, 0), // no key shares
  extension(0x0033, 0, 0x17), // a HelloRetryRequest's
  extension(0x0029, 0, 0), // the first PSK
  extension(0x0029, 0, 1),
  extension(0x002d, 1, 0), // PSKs without a key exchange
  extension(0x002f, 0, 4, 0, 2, 0x30, 0), // certificate_authorities
  extension(0x0031), // post_handshake_auth
  extension(0x0015, 0, 0, 0), // padding
  extension(0xff01, 0), // renegotiation_info
  extension(0xfe0d, 1), // ECH of an inner hello
  extension(0xfe0d, 0, 0, 1, 0, 3, 7, 0, 0, 0, 1, 0), // ECH without a key
  extension(0xfe0d, 0, 8, 0xfe, 0x0d, 0, 4, 0, 0, 0, 0), // an ECHConfigList that is none
  extension(0xfe0d, 1, 2, 3, 4, 5, 6, 7, 8), // the confirmation of a HelloRetryRequest
  extension(0xfd00, 4, 0, 0x33, 0, 0x2b), // references to an outer hello
  extension(0x4a4a), // GREASE
];

function extension(type: number, ...data: readonly number[]): Uint8Array {
  return Uint8Array.of(type >> 8, type, data.length >> 8, data.length, ...data);
}

/** The flights of a conversation, as bytes, with up to four lies in them; each is made when it is asked for. */
export function* lie(
  flights: readonly Flight[],
  pool: Pool,
  random: Random,
  form: WireForm,
): Generator<Uint8Array> {
  const said = flights.map((flight) => [...flight]);
  const height = random.below(10);
  if (height < 8) {
    for (let lies = 1 + random.below(3); lies > 0; lies--) lieAboutMessages(said, pool, random);
  }
  for (const items of said) {
    const records = sayAll(items, random, form);
    if (height >= 8 || random.below(12) === 0) lieAboutRecords(records, random);
    const wire = concat(records.map((record) => encodeRecord(record, random.pick([1, 3, 3, 3, 3]))));
    yield height === 9 || random.below(40) === 0 ? changeBytes(wire, random) : wire;
  }
}

/** The flights of a conversation, as bytes, and as honest as they were; each is made when it is asked for. */
export function* tell(flights: readonly Flight[], random: Random, form: WireForm): Generator<Uint8Array> {
  for (const items of flights) {
    yield concat(sayAll(items, random, form).map((record) => encodeRecord(record)));
  }
}

/** How often something is said again: within limits, at limits, above them. */
const FLOODS = [2, 4, 9, 31, 33, 40, 70];
/** What is longer is said a few times only. */
const MAX_FLOODED_BYTES = 700;

function lieAboutMessages(said: Item[][], pool: Pool, random: Random): void {
  const flight = random.pick(said);
  const at = random.below(flight.length + 1);
  const item = flight[at];
  if (item === undefined) {
    flight.push(invent(pool, random));
    return;
  }
  switch (random.below(14)) {
    case 0:
      flight.splice(at, 1);
      break;
    case 1:
      flight.splice(at, 0, item);
      break;
    case 2:
      flight.splice(at, 1);
      random.pick(said).push(item);
      break;
    case 3:
      // Said again when its time is over: a HelloRetryRequest after the second hello.
      random.pick(said).unshift(item);
      break;
    case 4: {
      const again = random.below(2) === 0 ? item : invent(pool, random);
      const times = random.pick(again.content.length > MAX_FLOODED_BYTES ? FLOODS.slice(0, 2) : FLOODS);
      flight.splice(at, 0, ...Array<Item>(times).fill(again));
      break;
    }
    case 5:
      flight.splice(at, random.below(2), invent(pool, random));
      break;
    case 6:
      flight[at] = { ...item, sealed: !item.sealed };
      break;
    case 7:
      flight[at] = { ...item, type: random.pick([0, 20, 21, 22, 23, 24, random.below(256)]) };
      break;
    case 8:
    case 9:
    case 10:
      flight[at] = { ...item, content: changeExtensions(item, pool, random) };
      break;
    default: {
      const content = changeBytes(item.content, random);
      const fits = isMessage(item.type) && content.length >= MESSAGE_HEADER_LENGTH && random.below(5) > 0;
      flight[at] = { ...item, content: fits ? withLength(content) : content };
    }
  }
}

function changeExtensions({ type, content }: Item, pool: Pool, random: Random): Uint8Array {
  const extensions = isMessage(type) ? extensionsOf(content) : undefined;
  if (extensions === undefined) return withLength(changeBytes(content, random));
  const at = random.below(extensions.length + 1);
  const extension = extensions[at];
  switch (extension === undefined ? 0 : random.below(6)) {
    case 0:
      extensions.splice(at, 0, random.pick(pool.extensions));
      break;
    case 1:
      extensions.splice(at, 1);
      break;
    case 2:
      extensions.push(...extensions.splice(at, 1));
      break;
    case 3:
      extensions.splice(at, 1, random.pick(pool.extensions));
      break;
    case 4:
      extensions.splice(at, 0, ...extension ? [extension] : []);
      break;
    case 5: {
      const data = changeBytes(extension?.subarray(4) ?? new Uint8Array(), random);
      const [high = 0, low = 0] = extension ?? [];
      extensions[at] = concat([Uint8Array.of(high, low, data.length >> 8, data.length), data]);
    }
  }
  return withExtensions(content, extensions);
}

/** Something that was not said here. */
function invent(pool: Pool, random: Random): Item {
  const sealed = random.below(3) > 0;
  switch (random.below(10)) {
    case 0:
      return {
        type: ContentType.change_cipher_spec,
        sealed: random.below(6) === 0,
        content: Uint8Array.of(1),
      };
    case 1: {
      const description = random.pick([0, 0, 10, 40, 90, 110, random.below(256)]);
      return { type: ContentType.alert, sealed, content: Uint8Array.of(1 + random.below(2), description) };
    }
    case 2:
      return handshake(HandshakeType.key_update, Uint8Array.of(random.below(2)), sealed);
    case 3:
      return handshake(random.below(256), new Uint8Array(random.pick([0, 1, 4, 300])), sealed);
    case 4: {
      const content = new Uint8Array(
        random.pick([0, 0, 0, 1, 1, 100, 100, 300, random.pick([16_384, 16_385, 20_000])]),
      );
      return { type: ContentType.application_data, sealed, content };
    }
    case 5: {
      // The start of a message that is as long as can be, or longer.
      const type = random.pick([1, 2, 4, 8, 11, 13, 15, 20, 24]);
      const length = random.pick([0xffff, 0x10000, 0x10001, 0xffffff, 60_000]);
      const header = Uint8Array.of(type, length >> 16, length >> 8, length);
      return {
        type: ContentType.handshake,
        sealed,
        content: concat([header, new Uint8Array(random.below(200))]),
      };
    }
    case 6: {
      const nonce = new Uint8Array(random.pick([0, 1, 255]));
      const ticket = new Uint8Array(1 + random.pick([0, 50, 50, random.pick([16_383, 16_384, 60_000])]));
      const lifetime = random.pick([0, 1, 0x93a80, 0x93a81, 0xffffffff]);
      const body = new Uint8Array(9 + nonce.length + 2 + ticket.length + 2);
      const view = new DataView(body.buffer);
      view.setUint32(0, lifetime);
      body[8] = nonce.length;
      view.setUint16(9 + nonce.length, ticket.length);
      return handshake(HandshakeType.new_session_ticket, body, true);
    }
    default:
      return random.pick(pool.items);
  }
}

function handshake(type: number, body: Uint8Array, sealed: boolean): Item {
  return { type: ContentType.handshake, sealed, content: message(type, body) };
}

function isMessage(type: number): boolean {
  return type === ContentType.handshake;
}

/** Changes a list of records once or twice. */
export function lieAboutRecords(records: WireRecord[], random: Random): void {
  for (let lies = 1 + random.below(2); lies > 0; lies--) {
    const at = random.below(records.length + 1);
    const record = records[at];
    if (record === undefined) {
      records.push({ type: random.pick([20, 21, 22, 23, 24]), payload: new Uint8Array(random.below(40)) });
      continue;
    }
    switch (random.below(7)) {
      case 0:
        records.splice(at, 1);
        break;
      case 1:
        records.splice(at, 0, record);
        break;
      case 2:
        records.push(...records.splice(at, 1));
        break;
      case 3:
        records[at] = { ...record, type: random.pick([0, 20, 21, 22, 23, 24, random.below(256)]) };
        break;
      case 4:
        records[at] = {
          ...record,
          payload: record.payload.subarray(0, random.below(record.payload.length + 1)),
        };
        break;
      case 5:
        records[at] = {
          ...record,
          payload: new Uint8Array(random.pick([0, 1, 16, 17, random.pick([16_640, 16_641, 18_500])])),
        };
        break;
      default:
        records[at] = { ...record, payload: changeBytes(record.payload, random) };
    }
  }
}

/** Flips, cuts out, puts in, cuts off, repeats, counts up and down. */
export function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = bytes;
  for (let changes = 1 + random.below(2); changes > 0; changes--) changed = changeOnce(changed, random);
  return changed;
}

function changeOnce(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const before = bytes.subarray(0, at);
  const changed = bytes.slice();
  switch (random.below(8)) {
    case 0:
      return before;
    case 1:
      return concat([before, bytes.subarray(at + 1 + random.below(4))]);
    case 2:
      return concat([
        before,
        Uint8Array.of(random.pick([0, 1, 0x7f, 0xff, random.below(256)])),
        bytes.subarray(at),
      ]);
    case 3:
      return concat([before, bytes.subarray(at, at + 1 + random.below(16)), bytes.subarray(at)]);
    case 4:
      // Likely a length.
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) + random.pick([1, -1]);
      return changed;
    case 5:
      if (at < bytes.length) changed[at] = random.pick([0, 1, 0x80, 0xff, random.below(256)]);
      return changed;
    default:
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ 1 << random.below(8);
      return changed;
  }
}
