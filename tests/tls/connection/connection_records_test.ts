/** What may follow a handshake, and what may not: one row for each stream of records, in every split. */

import { concat } from "@std/bytes/concat";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";
import { ContentType, HandshakeType } from "../../../tls/wire/numbers.ts";
import {
  alertsSent,
  CLIENT_SECRET,
  connectedClient,
  drain,
  events,
  keyUpdate,
  many,
  message,
  now,
  Peer,
  plain,
  sealInner,
  SERVER_SECRET,
  splits,
  story,
  text,
  TOY_FINISHED,
} from "../record/toy_connection.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;

interface Row {
  readonly name: string;
  readonly wire: (peer: Peer) => readonly Uint8Array[];
  readonly ends?: boolean;
  readonly story: readonly string[];
  readonly code?: TlsErrorCode;
  readonly alert?: AlertName;
  readonly received?: AlertName;
}

const empty = (peer: Peer) => (): Uint8Array => peer.data("");

const ROWS: readonly Row[] = [
  { name: "data", wire: (peer) => [peer.data("hello "), peer.data("world")], story: ["data:hello world"] },
  {
    name: "empty records between data",
    wire: (
      peer,
    ) => [peer.data("a"), ...many(32, empty(peer)), peer.data("b"), ...many(32, empty(peer)), peer.data("c")],
    story: ["data:abc"],
  },
  {
    name: "bad input 18: 33 empty records",
    wire: (peer) => [peer.data("a"), ...many(33, empty(peer))],
    story: ["data:a"],
    code: "too_many_empty_fragments",
    alert: "unexpected_message",
  },
  {
    name: "bad input 11: an empty alert",
    wire: (peer) => [peer.seal(alert, text(""))],
    story: [],
    code: "empty_fragment",
    alert: "unexpected_message",
  },
  {
    name: "bad input 11: an empty handshake record",
    wire: (peer) => [peer.seal(handshake, text(""))],
    story: [],
    code: "empty_fragment",
    alert: "unexpected_message",
  },
  {
    name: "bad input 10: an alert without protection",
    wire: (peer) => [peer.data("a"), plain(alert, 2, 40)],
    story: ["data:a"],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 51: a message without protection",
    wire: (peer) => [peer.data("a"), plain(handshake, keyUpdate())],
    story: ["data:a"],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 52: empty data between the pieces of a message",
    wire: (peer) => [peer.seal(handshake, keyUpdate().subarray(0, 4)), peer.data("")],
    story: [],
    code: "interleaved_handshake",
    alert: "unexpected_message",
  },
  {
    name: "empty records in a row that another record ends",
    wire: (peer) => [
      ...many(32, empty(peer)),
      peer.alert(1, 90),
      ...many(32, empty(peer)),
      peer.refreshTrafficKeys(),
      ...many(32, () => peer.data("")),
      peer.data("a"),
    ],
    story: ["key_update", "data:a"],
  },
  {
    name: "bad input 12: a ChangeCipherSpec after the handshake",
    wire: () => [plain(change_cipher_spec, 1)],
    story: [],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "bad input 15: a ClientHello after the handshake",
    wire: (peer) => [peer.seal(handshake, message(HandshakeType.hello_request, []))],
    story: [],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "a Finished after the handshake",
    wire: (peer) => [peer.seal(handshake, TOY_FINISHED)],
    story: [],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 16: five warnings",
    wire: (peer) => many(5, () => peer.alert(1, 90)),
    story: [],
    code: "too_many_warning_alerts",
    alert: "unexpected_message",
  },
  {
    name: "warnings with data between them",
    wire: (peer) => [
      ...many(4, () => peer.alert(1, 90)),
      peer.data("a"),
      ...many(4, () => peer.alert(1, 90)),
    ],
    story: ["data:a"],
  },
  {
    name: "bad input 17: a warning that is none",
    wire: (peer) => [peer.alert(1, 40)],
    story: [],
    code: "illegal_alert",
    alert: "decode_error",
  },
  {
    name: "an alert of level 0",
    wire: (peer) => [peer.alert(0, 40)],
    story: [],
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a fatal alert behind data",
    wire: (peer) => [peer.data("a"), peer.alert(2, 80)],
    story: ["data:a"],
    code: "protocol_error",
    received: "internal_error",
  },
  {
    name: "bad input 22: a record that carries 2^14 + 1 bytes",
    wire: () => [sealInner(SERVER_SECRET, new Uint8Array(16_386).fill(23))],
    story: [],
    code: "record_overflow",
    alert: "record_overflow",
  },
  {
    name: "bad input 23: a record of zeros",
    wire: () => [sealInner(SERVER_SECRET, new Uint8Array(10))],
    story: [],
    code: "illegal_inner_plaintext",
    alert: "unexpected_message",
  },
  {
    name: "bad input 24: a flipped bit behind data",
    wire: (peer) => [peer.data("a"), peer.data("b").map((byte, index) => index === 7 ? byte ^ 1 : byte)],
    story: ["data:a"],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "a record twice",
    wire: (peer) => {
      const record = peer.data("a");
      return [record, record];
    },
    story: ["data:a"],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "a record shorter than a tag",
    wire: () => [plain(application_data, new Uint8Array(15))],
    story: [],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "a header that cannot be behind data",
    wire: (peer) => [peer.data("a"), Uint8Array.of(23, 3, 3, 255, 255)],
    story: ["data:a"],
    code: "record_overflow",
    alert: "record_overflow",
  },
  {
    name: "words behind data",
    wire: (peer) => [peer.data("a"), text("HTTP/1.1 200")],
    story: ["data:a"],
    code: "unexpected_message",
    alert: "unexpected_message",
  },

  {
    name: "key updates",
    wire: (
      peer,
    ) => [
      peer.data("a"),
      peer.refreshTrafficKeys(),
      peer.data("b"),
      peer.refreshTrafficKeys(),
      peer.refreshTrafficKeys(),
      peer.data("c"),
    ],
    story: ["data:a", "key_update", "data:b", "key_update", "key_update", "data:c"],
  },
  {
    name: "a KeyUpdate in two records",
    wire: (peer) => {
      const records = [
        peer.seal(handshake, keyUpdate().subarray(0, 2)),
        peer.seal(handshake, keyUpdate().subarray(2)),
      ];
      peer.changeKeys();
      return [...records, peer.data("a")];
    },
    story: ["key_update", "data:a"],
  },
  {
    name: "32 key updates, data, and 32 more",
    wire: (peer) => [
      ...many(32, () => peer.refreshTrafficKeys()),
      peer.data("a"),
      ...many(32, () => peer.refreshTrafficKeys()),
    ],
    story: [...Array(32).fill("key_update"), "data:a", ...Array(32).fill("key_update")],
  },
  {
    name: "bad input 19: 33 key updates without data",
    wire: (peer) => many(33, () => peer.refreshTrafficKeys()),
    story: Array(32).fill("key_update"),
    code: "too_many_key_updates",
    alert: "unexpected_message",
  },
  {
    name: "33 key updates with empty records between them",
    wire: (peer) => many(33, () => concat([peer.refreshTrafficKeys(), peer.data("")])),
    story: Array(32).fill("key_update"),
    code: "too_many_key_updates",
    alert: "unexpected_message",
  },
  {
    name: "bad input 20: a KeyUpdate of 2",
    wire: (peer) => [peer.seal(handshake, keyUpdate(2))],
    story: [],
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a KeyUpdate and a piece of another message",
    wire: (peer) => [peer.seal(handshake, concat([keyUpdate(), Uint8Array.of(24)]))],
    story: [],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "two KeyUpdates in a record",
    wire: (peer) => [peer.seal(handshake, concat([keyUpdate(), keyUpdate()]))],
    story: [],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "data under the old keys",
    wire: (peer) => {
      const update = new Peer(SERVER_SECRET).refreshTrafficKeys();
      peer.data("");
      return [update, peer.data("a")];
    },
    story: ["key_update"],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "data in the middle of a message",
    wire: (peer) => [peer.seal(handshake, keyUpdate().subarray(0, 4)), peer.data("a")],
    story: [],
    code: "interleaved_handshake",
    alert: "unexpected_message",
  },
  {
    name: "a message that would be too long",
    wire: (peer) => [peer.seal(handshake, Uint8Array.of(4, 1, 0, 0))],
    story: [],
    code: "handshake_too_large",
    alert: "decode_error",
  },

  {
    name: "close_notify behind data",
    wire: (peer) => [peer.data("a"), peer.alert(1, 0)],
    story: ["data:a", "connection_closed"],
  },
  {
    name: "a close_notify that says it is fatal",
    wire: (peer) => [peer.alert(2, 0)],
    story: ["connection_closed"],
  },
  {
    name: "bad input 40: data, close_notify, junk and the end",
    wire: (peer) => [peer.data("a"), peer.alert(1, 0), Uint8Array.of(23, 3, 3, 1)],
    ends: true,
    story: ["data:a", "connection_closed"],
  },
  {
    name: "bad input 41: a record after close_notify",
    wire: (peer) => [peer.alert(1, 0), peer.data("a"), text("no TLS at all")],
    story: ["connection_closed"],
  },
  {
    name: "bad input 43: the end without close_notify behind data",
    wire: (peer) => [peer.data("a"), peer.data("b")],
    ends: true,
    story: ["data:ab"],
    code: "unexpected_eof",
  },
  {
    name: "the end within a record",
    wire: (peer) => [peer.data("a"), peer.data("b").subarray(0, -1)],
    ends: true,
    story: ["data:a"],
    code: "unexpected_eof",
  },
  { name: "the end at once", wire: () => [], ends: true, story: [], code: "unexpected_eof" },
];

for (const row of ROWS) {
  const outcome = row.code === undefined ? "is taken" : `is refused: ${row.code}`;
  Deno.test(`after the handshake, ${row.name} ${outcome}`, () => {
    const wire = concat(row.wire(new Peer(SERVER_SECRET)));
    for (const pieces of splits(wire)) {
      // Of a long one not every cut is tried.
      const [first] = pieces;
      if (wire.length > 400 && pieces.length === 2 && (first?.length ?? 0) % 23 !== 0) continue;
      const { client } = connectedClient();
      const told: TlsEvent[] = [];
      let error: unknown;
      const read = () => {
        const result = events(client);
        told.push(...result.events);
        error = result.error;
      };
      for (const piece of pieces) {
        const fed = piece.slice();
        client.receive(fed);
        read();
        fed.fill(0xaa); // it is the caller's again
      }
      if (row.ends === true) {
        client.receiveEnd();
        read();
      }
      assertEquals(story(told), row.story);
      assertEquals(client.closed, row.story.includes("connection_closed"));
      if (row.code === undefined) {
        assertEquals(error, undefined);
        assertEquals(client.output(), undefined);
        continue;
      }
      assertInstanceOf(error, TlsError);
      assertEquals([error.code, error.alert], [row.code, row.received]);
      assertEquals(client.alertSent, row.alert !== undefined);
      assertEquals(
        alertsSent(drain(client), CLIENT_SECRET),
        row.alert === undefined ? [] : [AlertDescription[row.alert]],
      );
      // Bad input 44: again and again the same, and the alert once.
      assertStrictEquals(events(client).error, error);
      assertStrictEquals(events(client).error, error);
      now(client.sendCloseNotify());
      // Where the peer's half has merely ended, it may still be told that this one ends, too.
      assertEquals(client.wantsWrite, row.code === "unexpected_eof");
    }
  });
}
