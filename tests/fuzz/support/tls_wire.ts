/**
 * What a peer says over {@linkcode OpenCrypto}, between bytes on the wire and messages.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { TAG_LENGTH } from "../../../tls/crypto/cipher_suites.ts";
import { ContentType, HandshakeType } from "../../../tls/wire/numbers.ts";
import type { Random } from "../../http2/hpack/octets.ts";

/** One thing that a peer says: a handshake message, or what one record carries. */
export interface Item {
  /** The content type; a peer that lies may say anything. */
  readonly type: number;
  /** Whether it goes in a protected record. */
  readonly sealed: boolean;
  /** A message with its header, an alert, data. */
  readonly content: Uint8Array;
}

/** Everything up to where a peer waits for an answer. */
export type Flight = readonly Item[];

/** A record as it stands on the wire. */
export interface WireRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

const RECORD_HEADER_LENGTH = 5;
/** The header of a handshake message. */
export const MESSAGE_HEADER_LENGTH = 4;
/** The longest plaintext of a record. */
const MAX_PLAINTEXT_BYTES = 16_384;

/** The records on a wire that has nothing but whole ones. */
export function recordsOf(wire: Uint8Array): WireRecord[] {
  const records: WireRecord[] = [];
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  for (let at = 0; at < wire.length;) {
    const end = at + RECORD_HEADER_LENGTH + view.getUint16(at + 3);
    if (end > wire.length) throw new RangeError("Cannot read the wire: a record is not whole");
    records.push({ type: wire[at] ?? 0, payload: wire.slice(at + RECORD_HEADER_LENGTH, end) });
    at = end;
  }
  return records;
}

/** How protected records are made. */
export interface WireForm {
  /** A record with that content, and perhaps padding. */
  seal(type: number, content: Uint8Array, padding: number): WireRecord;
  /** The type and the content of a record; `undefined`: it is not protected. */
  open(record: WireRecord, afterChangeCipherSpec: boolean): WireRecord | undefined;
}

/** TLS 1.3: the type is inside. */
export const TLS13_FORM: WireForm = {
  seal(type, content, padding) {
    const payload = new Uint8Array(content.length + 1 + padding + TAG_LENGTH);
    payload.set(content);
    payload[content.length] = type;
    return { type: ContentType.application_data, payload };
  },
  open({ type, payload }) {
    if (type !== ContentType.application_data) return undefined;
    const inner = payload.subarray(0, payload.length - TAG_LENGTH);
    return { type: inner.at(-1) ?? 0, payload: inner.subarray(0, -1) };
  },
};

/** TLS 1.2 with ChaCha20-Poly1305: nothing but a tag is added, once a ChangeCipherSpec was sent. */
export const TLS12_FORM: WireForm = {
  seal(type, content) {
    const payload = new Uint8Array(content.length + TAG_LENGTH);
    payload.set(content);
    return { type, payload };
  },
  open({ type, payload }, afterChangeCipherSpec) {
    return afterChangeCipherSpec
      ? { type, payload: payload.subarray(0, payload.length - TAG_LENGTH) }
      : undefined;
  },
};

/**
 * What the records say; messages that are split over records are whole again.
 *
 * @param before What the same end has said before.
 */
export function itemsOf(wire: Uint8Array, form: WireForm, before: readonly Flight[]): Item[] {
  const items: Item[] = [];
  let isChanged = before.some((flight) => flight.some(({ type }) => type === ContentType.change_cipher_spec));
  for (const record of recordsOf(wire)) {
    const inner = form.open(record, isChanged);
    const sealed = inner !== undefined;
    const { type: innerType, payload: content } = inner ?? record;
    isChanged ||= innerType === ContentType.change_cipher_spec;
    const last = items.at(-1);
    if (innerType === ContentType.handshake && last?.type === innerType && last.sealed === sealed) {
      items[items.length - 1] = { ...last, content: concat([last.content, content]) };
    } else items.push({ type: innerType, sealed, content });
  }
  return items.flatMap((item) =>
    item.type === ContentType.handshake
      ? messagesOf(item.content).map((content) => ({ ...item, content }))
      : [item]
  );
}

function messagesOf(content: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < content.length;) {
    const [, high = 0, middle = 0, low = 0] = content.subarray(at);
    const end = at + MESSAGE_HEADER_LENGTH + (high << 16 | middle << 8 | low);
    messages.push(content.slice(at, end));
    at = end;
  }
  return messages;
}

/** A record. */
export function encodeRecord({ type, payload }: WireRecord, minor = 3): Uint8Array {
  return concat([Uint8Array.of(type, 3, minor, payload.length >> 8, payload.length), payload]);
}

/** The items as records: cut, joined and padded as a peer may. */
export function sayAll(items: readonly Item[], random: Random, form: WireForm): WireRecord[] {
  const records: WireRecord[] = [];
  const most = random.below(3) > 0 ? MAX_PLAINTEXT_BYTES : 1 + random.below(random.pick([8, 100, 2_000]));
  const joins = random.below(2) === 0;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item === undefined) break;
    const { type, sealed } = item;
    let { content } = item;
    if (joins && type === ContentType.handshake) {
      for (let next = items[index + 1]; next !== undefined; next = items[index + 1]) {
        if (next.type !== type || next.sealed !== sealed) break;
        if (item.content[0] === HandshakeType.end_of_early_data) break; // the keys change behind it
        content = concat([content, next.content]);
        index++;
      }
    }
    const cuts = type === ContentType.handshake || type === ContentType.application_data;
    const length = cuts ? most : MAX_PLAINTEXT_BYTES;
    for (let at = 0; at < content.length || at === 0; at += length) {
      const fragment = content.subarray(at, at + length);
      const padding = sealed && random.below(20) === 0 ? random.below(300) : 0;
      records.push(sealed ? form.seal(type, fragment, padding) : { type, payload: fragment });
    }
  }
  return records;
}

/** A handshake message with the length that it has. */
export function message(type: number, body: Uint8Array): Uint8Array {
  const { length } = body;
  return concat([Uint8Array.of(type, length >> 16, length >> 8, length), body]);
}

/** A message whose header says how long it is. */
export function withLength(content: Uint8Array): Uint8Array {
  return message(content[0] ?? 0, content.subarray(MESSAGE_HEADER_LENGTH));
}

/** Where the length of a message's extensions stands, which are the last of it; `undefined`: it has none. */
export function extensionsAt(content: Uint8Array): number | undefined {
  const u8 = (at: number) => content[at] ?? 0;
  const u16 = (at: number) => u8(at) << 8 | u8(at + 1);
  const body = MESSAGE_HEADER_LENGTH;
  switch (content[0]) {
    case HandshakeType.client_hello: {
      const suites = body + 35 + u8(body + 34);
      const compression = suites + 2 + u16(suites);
      return compression + 1 + u8(compression);
    }
    case HandshakeType.server_hello:
      return body + 35 + u8(body + 34) + 3;
    case HandshakeType.encrypted_extensions:
      return body;
    case HandshakeType.certificate_request:
      return body + 1 + u8(body);
    case HandshakeType.new_session_ticket: {
      const ticket = body + 9 + u8(body + 8);
      return ticket + 2 + u16(ticket);
    }
    default:
      return undefined;
  }
}

/** The extensions of a message, each with its header; `undefined` where they cannot be told apart. */
export function extensionsOf(content: Uint8Array): Uint8Array[] | undefined {
  const at = extensionsAt(content);
  if (at === undefined || at + 2 > content.length) return undefined;
  const extensions: Uint8Array[] = [];
  for (let from = at + 2; from < content.length;) {
    const end = from + 4 + ((content[from + 2] ?? 0) << 8 | (content[from + 3] ?? 0));
    if (end > content.length) return undefined;
    extensions.push(content.slice(from, end));
    from = end;
  }
  return extensions;
}

/** A message with other extensions; all lengths are right. */
export function withExtensions(content: Uint8Array, extensions: readonly Uint8Array[]): Uint8Array {
  const block = concat(extensions);
  return withLength(concat([
    content.subarray(0, extensionsAt(content)),
    Uint8Array.of(block.length >> 8, block.length),
    block,
  ]));
}
