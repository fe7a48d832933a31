/** The channel during the handshake: which content is accepted when, row by row, on every split of its bytes. */

import { concat } from "@std/bytes/concat";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import type { ConnectionScripts } from "../../../tls/connection/connection_types.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";
import { ContentType, HandshakeType } from "../../../tls/wire/numbers.ts";
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
  sealInner,
  SERVER_SECRET,
  splits,
  SUITE,
  text,
  Toy,
  TOY_FINISHED,
} from "./toy_connection.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;
const FINISHED = plain(handshake, TOY_FINISHED);
const CCS = plain(change_cipher_spec, 1);
const HELLO = plain(handshake, message(99, [1, 2, 3]));
const half = TOY_FINISHED.length >> 1;
const firstHalf = TOY_FINISHED.subarray(0, half);
const secondHalf = TOY_FINISHED.subarray(half);

/** A client that receives an unprotected Finished, changes its keys, and receives another Finished. */
const twoStep: ConnectionScripts["handshake"] = function* (channel) {
  channel.send(TOY_FINISHED);
  yield* channel.flush();
  yield* channel.expect("finished");
  yield* channel.setReadSecret(SUITE, SERVER_SECRET);
  yield* channel.expect("finished");
  return established(SUITE);
};

const sealed = (type: number, content: Uint8Array): Uint8Array => new Peer(SERVER_SECRET).seal(type, content);

/** Several records under the same keys. */
function sealedInRow(...records: readonly (readonly [type: number, content: Uint8Array])[]): Uint8Array[] {
  const peer = new Peer(SERVER_SECRET);
  return records.map(([type, content]) => peer.seal(type, content));
}

interface Row {
  readonly name: string;
  readonly role?: "client" | "server";
  readonly script?: ConnectionScripts["handshake"];
  readonly wire: readonly Uint8Array[];
  /** Whether the stream ends behind the records. */
  readonly ends?: boolean;
  readonly code?: TlsErrorCode;
  /** Default: none is sent. */
  readonly alert?: AlertName;
  /** The alert that was received. */
  readonly received?: AlertName;
}

const ROWS: readonly Row[] = [
  { name: "a message in one record", wire: [FINISHED] },
  { name: "a message in two records", wire: [plain(handshake, firstHalf), plain(handshake, secondHalf)] },
  { name: "a message a byte a record", wire: Array.from(TOY_FINISHED, (byte) => plain(handshake, byte)) },
  { name: "a ChangeCipherSpec", wire: [CCS, FINISHED] },
  { name: "two ChangeCipherSpecs", wire: [CCS, CCS, FINISHED] },
  {
    name: "a ChangeCipherSpec behind which records are protected",
    script: helloFirst,
    wire: [HELLO, CCS, sealed(handshake, TOY_FINISHED)],
  },
  { name: "four warnings user_canceled", wire: [...Array(4).fill(plain(alert, 1, 90)), FINISHED] },
  {
    name: "bad input 2: data first",
    role: "server",
    wire: [plain(application_data, text("hello"))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 4: words",
    role: "server",
    wire: [text("hello, world!")],
    code: "not_tls",
    alert: "unexpected_message",
  },
  {
    name: "bad input 7: a message plus a piece of another in the same record",
    role: "server",
    wire: [plain(handshake, concat([TOY_FINISHED, TOY_FINISHED.subarray(0, 10)]))],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "a message plus another whole one before a change of keys",
    wire: [plain(handshake, concat([TOY_FINISHED, TOY_FINISHED]))],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "bad input 8: close_notify before the handshake is done",
    role: "server",
    wire: [plain(alert, 1, 0)],
    code: "illegal_alert",
    alert: "decode_error",
  },
  {
    name: "bad input 9: an alert without protection before anything was protected",
    script: twoStep,
    wire: [FINISHED, plain(alert, 2, 40)],
    code: "handshake_failed",
    received: "handshake_failure",
  },
  {
    name: "bad input 10: the same with three bytes",
    script: twoStep,
    wire: [FINISHED, plain(alert, 2, 40, 0)],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 12: a ChangeCipherSpec of 01 02",
    wire: [plain(change_cipher_spec, 1, 2)],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "an empty ChangeCipherSpec",
    wire: [plain(change_cipher_spec)],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "a ChangeCipherSpec of 02",
    wire: [plain(change_cipher_spec, 2)],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "bad input 12: a third ChangeCipherSpec",
    wire: [CCS, CCS, CCS],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "a ChangeCipherSpec before the first ClientHello",
    role: "server",
    wire: [CCS],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "a ChangeCipherSpec after the peer's Finished",
    script: twoStep,
    wire: [FINISHED, CCS],
    code: "illegal_change_cipher_spec",
    alert: "unexpected_message",
  },
  {
    name: "a ChangeCipherSpec that is protected",
    script: twoStep,
    wire: [FINISHED, sealed(change_cipher_spec, Uint8Array.of(1))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "a protected record of an unknown type",
    script: twoStep,
    wire: [FINISHED, sealed(25, Uint8Array.of(1))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "an empty handshake record",
    wire: [plain(handshake)],
    code: "empty_fragment",
    alert: "unexpected_message",
  },
  { name: "an empty alert", wire: [plain(alert)], code: "empty_fragment", alert: "unexpected_message" },
  { name: "an alert of one byte", wire: [plain(alert, 2)], code: "illegal_alert", alert: "decode_error" },
  {
    name: "two alerts in a record",
    wire: [plain(alert, 2, 40, 2, 40)],
    code: "illegal_alert",
    alert: "decode_error",
  },
  {
    name: "an alert of level 3",
    wire: [plain(alert, 3, 40)],
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 17: a warning that is none",
    wire: [plain(alert, 1, 40)],
    code: "illegal_alert",
    alert: "decode_error",
  },
  {
    name: "a fifth warning",
    wire: Array(5).fill(plain(alert, 1, 90)),
    code: "too_many_warning_alerts",
    alert: "unexpected_message",
  },
  {
    name: "a fatal alert",
    wire: [plain(alert, 2, 70)],
    code: "handshake_failed",
    received: "protocol_version",
  },
  { name: "a fatal alert that is not known", wire: [plain(alert, 2, 200)], code: "handshake_failed" },
  {
    name: "an alert between the pieces of a message",
    wire: [plain(handshake, firstHalf), plain(alert, 2, 40)],
    code: "interleaved_handshake",
    alert: "unexpected_message",
  },
  {
    name: "a ChangeCipherSpec between the pieces of a message",
    wire: [plain(handshake, firstHalf), CCS],
    code: "interleaved_handshake",
    alert: "unexpected_message",
  },
  {
    name: "another message than the one that is due",
    wire: [plain(handshake, message(HandshakeType.hello_request, []))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 51: a message without protection when there are keys",
    script: twoStep,
    wire: [FINISHED, FINISHED],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 51: one without protection between the pieces of a protected message",
    script: twoStep,
    wire: [FINISHED, sealed(handshake, firstHalf), plain(handshake, secondHalf)],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 52: empty data where a message is due",
    script: twoStep,
    wire: [FINISHED, sealed(application_data, new Uint8Array(0))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 52: empty data between the pieces of a message",
    script: twoStep,
    wire: [FINISHED, ...sealedInRow([handshake, firstHalf], [application_data, new Uint8Array(0)])],
    code: "interleaved_handshake",
    alert: "unexpected_message",
  },
  {
    name: "data where a message is due",
    script: twoStep,
    wire: [FINISHED, sealed(application_data, text("hi"))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 24: a record under other keys",
    script: twoStep,
    wire: [FINISHED, new Peer(CLIENT_SECRET).seal(handshake, TOY_FINISHED)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "a certificate that is too long",
    wire: [plain(handshake, 11, 1, 0, 1)],
    code: "certificate_too_large",
    alert: "bad_certificate",
  },
  { name: "the end of the stream at once", wire: [], ends: true, code: "unexpected_eof" },
  {
    name: "the end of the stream in a record",
    wire: [FINISHED.subarray(0, 20)],
    ends: true,
    code: "unexpected_eof",
  },
  {
    name: "the end of the stream in a message",
    wire: [plain(handshake, firstHalf)],
    ends: true,
    code: "unexpected_eof",
  },
];

for (const row of ROWS) {
  const outcome = row.code === undefined ? "is accepted" : `is refused: ${row.code}`;
  Deno.test(`in a handshake, ${row.name} ${outcome}`, () => {
    for (const pieces of splits(concat(row.wire))) {
      const connection = new Toy(
        row.role ?? "client",
        row.script === undefined ? {} : { handshake: row.script },
      );
      let { events: told, error } = events(connection);
      for (const piece of pieces) {
        if (error !== undefined) break;
        const fed = piece.slice();
        connection.receive(fed);
        ({ events: told, error } = events(connection));
        fed.fill(0xaa); // the memory is the caller's again
      }
      if (row.ends === true) {
        connection.receiveEnd();
        ({ events: told, error } = events(connection));
      }
      if (row.code === undefined) {
        assertEquals([told, error], [[{ type: "established" }], undefined]);
        continue;
      }
      assertInstanceOf(error, TlsError);
      assertEquals([error.code, error.alert], [row.code, row.received]);
      const alerts = row.alert === undefined ? [] : [AlertDescription[row.alert]];
      assertEquals(alertsSent(drain(connection), CLIENT_SECRET), alerts);
      // The same error at each further call, and no further alert.
      assertStrictEquals(events(connection).error, error);
      connection.receive(FINISHED);
      assertStrictEquals(events(connection).error, error);
      assertEquals(connection.output(), undefined);
      assertEquals(connection.wantsRead, false);
    }
  });
}

Deno.test("a protected record whose outer type is not application_data is refused", () => {
  const connection = new Toy("client", { handshake: twoStep });
  connection.receive(
    concat([FINISHED, sealInner(SERVER_SECRET, Uint8Array.of(...TOY_FINISHED, handshake), handshake)]),
  );
  const { error } = events(connection);
  assertInstanceOf(error, TlsError);
  assertEquals(error.code, "unexpected_message");
});
