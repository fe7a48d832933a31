/** Early data that a server refuses: it is skipped up to a limit, on every split of its bytes. */

import { concat } from "@std/bytes/concat";
import { assertEquals, assertInstanceOf } from "@std/assert";
import type { ConnectionScripts } from "../../../tls/connection/connection_types.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import {
  alertsSent,
  CLIENT_SECRET,
  drain,
  established,
  events,
  helloFirst,
  message,
  Peer,
  plain,
  SERVER_SECRET,
  splits,
  SUITE,
  Toy,
  TOY_FINISHED,
} from "./toy_connection.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;
const CCS = plain(change_cipher_spec, 1);
const HELLO = plain(handshake, message(99, [1, 2, 3]));
const firstHalf = TOY_FINISHED.subarray(0, TOY_FINISHED.length >> 1);

interface Row {
  readonly name: string;
  readonly script: ConnectionScripts["handshake"];
  /** Default: "server". */
  readonly role?: "client" | "server";
  readonly wire: readonly Uint8Array[];
  /** Default: the handshake succeeds. */
  readonly code?: TlsErrorCode;
  /** The alert that is sent. Default: none. */
  readonly alert?: AlertName;
  /** The alert that was received. */
  readonly received?: AlertName;
}

/** A record whose payload has that many bytes, under keys that the server does not have. */
const unreadable = (length: number): Uint8Array => plain(application_data, new Uint8Array(length).fill(0xee));

/** A record of so much early data, with its inner type and its tag. */
const early = (length: number): Uint8Array => unreadable(length + 1 + 16);

const skipping = (limit: number): ConnectionScripts["handshake"] =>
  function* (channel) {
    yield* channel.take();
    channel.skipEarlyData(limit);
    yield* channel.setReadSecret(SUITE, CLIENT_SECRET);
    yield* channel.expect("finished");
    return established(SUITE);
  };

const skippingWithoutKeys = (limit: number): ConnectionScripts["handshake"] =>
  function* (channel) {
    yield* channel.take();
    channel.skipEarlyData(limit);
    yield* channel.take();
    yield* channel.setReadSecret(SUITE, CLIENT_SECRET);
    yield* channel.expect("finished");
    return established(SUITE);
  };

const fromClient = (): Peer => new Peer(CLIENT_SECRET);

const ROWS: readonly Row[] = [
  {
    name: "up to the limit is skipped",
    script: skipping(195),
    wire: [HELLO, CCS, early(95), early(100), fromClient().seal(handshake, TOY_FINISHED)],
  },
  {
    name: "over the limit is refused",
    script: skipping(194),
    wire: [HELLO, CCS, early(95), early(100)],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "in one full record is skipped",
    script: skipping(16_384),
    wire: [HELLO, early(16_384), fromClient().seal(handshake, TOY_FINISHED)],
  },
  {
    name: "in many records of a byte is skipped up to the limit",
    script: skipping(5),
    wire: [HELLO, ...Array(5).fill(early(1)), fromClient().seal(handshake, TOY_FINISHED)],
  },
  {
    name: "that is empty counts as a byte",
    script: skipping(4),
    wire: [HELLO, ...Array(5).fill(early(0))],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "in records that are too short for a tag counts as a byte each",
    script: skipping(4),
    wire: [HELLO, ...Array(5).fill(unreadable(0))],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "behind a record that could be opened is refused",
    script: skipping(100),
    wire: [HELLO, early(4), fromClient().seal(handshake, firstHalf), early(4)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "that was not announced is refused",
    script: helloFirst,
    role: "client",
    wire: [HELLO, early(4)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "is skipped until the second ClientHello",
    script: skippingWithoutKeys(100),
    wire: [HELLO, early(4), CCS, early(9), HELLO, fromClient().seal(handshake, TOY_FINISHED)],
  },
  {
    name: "over the limit before the second ClientHello is refused",
    script: skippingWithoutKeys(4),
    wire: [HELLO, early(4), early(0)],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "in the second ClientHello is refused",
    script: skippingWithoutKeys(100),
    wire: [HELLO, early(4), plain(handshake, 99, 0), early(4)],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "after the second ClientHello is refused",
    script: skippingWithoutKeys(100),
    wire: [HELLO, early(4), HELLO, early(4)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "does not hide an alert",
    script: skippingWithoutKeys(100),
    wire: [HELLO, early(4), plain(alert, 2, 40)],
    code: "handshake_failed",
    received: "handshake_failure",
  },
];

for (const row of ROWS) {
  Deno.test(`early data ${row.name}`, () => {
    for (const pieces of splits(concat(row.wire))) {
      const connection = new Toy(row.role ?? "server", { handshake: row.script });
      let { events: told, error } = events(connection);
      for (const piece of pieces) {
        if (error !== undefined) break;
        connection.receive(piece);
        ({ events: told, error } = events(connection));
      }
      if (row.code === undefined) {
        assertEquals([told, error], [[{ type: "established" }], undefined]);
        continue;
      }
      assertInstanceOf(error, TlsError);
      assertEquals([error.code, error.alert], [row.code, row.received]);
      assertEquals(
        alertsSent(drain(connection), SERVER_SECRET),
        row.alert === undefined ? [] : [AlertDescription[row.alert]],
      );
    }
  });
}
