/** Between records and messages: what may come when, during the handshake. */

import { concat } from "@std/bytes/concat";
import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertStrictEquals } from "@std/assert";
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
  toyServer,
} from "./toy_connection.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;
const FINISHED = plain(handshake, TOY_FINISHED);
const CCS = plain(change_cipher_spec, 1);
const half = TOY_FINISHED.length >> 1;
const firstHalf = TOY_FINISHED.subarray(0, half);
const secondHalf = TOY_FINISHED.subarray(half);

/** A client that hears a Finished without protection, takes keys, and hears another. */
const twoStep: ConnectionScripts["handshake"] = function* (channel) {
  channel.send(TOY_FINISHED);
  yield* channel.flush();
  yield* channel.expect("finished");
  yield* channel.setReadSecret(SUITE, SERVER_SECRET);
  yield* channel.expect("finished");
  return established(SUITE);
};

/** The same, but what comes first is no Finished, so that the handshake goes on for a ChangeCipherSpec. */
const helloFirst: ConnectionScripts["handshake"] = function* (channel) {
  channel.send(TOY_FINISHED);
  yield* channel.flush();
  yield* channel.take();
  yield* channel.setReadSecret(SUITE, SERVER_SECRET);
  yield* channel.expect("finished");
  return established(SUITE);
};

const HELLO = plain(handshake, message(99, [1, 2, 3]));
const sealed = (type: number, content: Uint8Array): Uint8Array => new Peer(SERVER_SECRET).seal(type, content);

interface Row {
  readonly name: string;
  readonly role?: "client" | "server";
  readonly script?: ConnectionScripts["handshake"];
  readonly wire: readonly Uint8Array[];
  /** Whether the stream ends behind them. */
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
    alert: "decode_error",
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
    code: "bad_record_mac",
    alert: "bad_record_mac",
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
    name: "a message without protection when there are keys",
    script: twoStep,
    wire: [FINISHED, FINISHED],
    code: "bad_record_mac",
    alert: "bad_record_mac",
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
        fed.fill(0xaa); // it is the caller's again
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
      // Again and again the same, and nothing more is said.
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

Deno.test("messages that share a record are read one by one, and share the transcript", async () => {
  const messages = [message(99, [1]), message(99, [2, 3]), message(99, [])];
  const seen: Uint8Array[] = [];
  let hash = new Uint8Array(0);
  const connection = new Toy("client", {
    *handshake(channel) {
      channel.send(TOY_FINISHED);
      yield* channel.flush();
      for (const _ of messages) {
        yield* channel.take();
        seen.push(channel.raw);
      }
      hash = new Uint8Array(yield* channel.transcript.hash("SHA-256"));
      return established(SUITE);
    },
  });
  connection.receive(plain(handshake, concat(messages)));
  assertEquals(events(connection).events, [{ type: "established" }]);
  assertEquals(seen, messages);
  const said = concat([TOY_FINISHED, ...messages]);
  assertEquals(hash, new Uint8Array(await crypto.subtle.digest("SHA-256", said)));
});

Deno.test("a message is the handshake's own, although its bytes' memory is used again", () => {
  let kept: Uint8Array = new Uint8Array(0);
  const connection = new Toy("client", {
    *handshake(channel) {
      yield* channel.take();
      kept = channel.raw.subarray();
      yield* channel.expect("finished");
      return established(SUITE);
    },
  });
  const fed = HELLO.slice();
  connection.receive(fed);
  assertEquals(events(connection).events, []);
  fed.fill(0xaa);
  connection.receive(FINISHED);
  assertEquals(events(connection).events, [{ type: "established" }]);
  assertEquals(kept, message(99, [1, 2, 3]));
});

Deno.test("peek and maybe leave a message unread, and out of the transcript", () => {
  const seen: unknown[] = [];
  const connection = new Toy("client", {
    *handshake(channel) {
      const before = yield* channel.transcript.hash("SHA-256");
      seen.push((yield* channel.peek()).type, channel.raw);
      seen.push(yield* channel.maybe("certificate_request"));
      const still = yield* channel.transcript.hash("SHA-256");
      assertEquals(still, before);
      seen.push((yield* channel.maybe("finished"))?.type);
      assertNotEquals(yield* channel.transcript.hash("SHA-256"), before);
      return established(SUITE);
    },
  });
  connection.receive(FINISHED);
  assertEquals(events(connection).error, undefined);
  assertEquals(seen, ["finished", TOY_FINISHED, undefined, "finished"]);
});

Deno.test("a message that was looked at and not taken is in the way of new keys", () => {
  const connection = new Toy("client", {
    *handshake(channel) {
      yield* channel.peek();
      yield* channel.setReadSecret(SUITE, SERVER_SECRET);
      return established(SUITE);
    },
  });
  connection.receive(FINISHED);
  const { error } = events(connection);
  assertInstanceOf(error, TlsError);
  assertEquals(error.code, "excess_handshake_data");
});

Deno.test("a piece of the next flight that came with this one is refused when this one is answered", () => {
  const connection = new Toy("server", {
    *handshake(channel) {
      yield* channel.take();
      channel.send(TOY_FINISHED);
      yield* channel.flush();
      return established(SUITE);
    },
  });
  connection.receive(plain(handshake, concat([message(99, []), TOY_FINISHED.subarray(0, 1)])));
  const { error } = events(connection);
  assertInstanceOf(error, TlsError);
  assertEquals(error.code, "excess_handshake_data");
  assertEquals(alertsSent(drain(connection), SERVER_SECRET), [AlertDescription.unexpected_message]);
});

Deno.test("after a HelloRetryRequest the first hello is replaced by its hash", async () => {
  let hash = new Uint8Array(0);
  const retry = message(99, [5]);
  const connection = new Toy("client", {
    *handshake(channel) {
      channel.send(TOY_FINISHED);
      yield* channel.flush();
      yield* channel.take();
      yield* channel.transcript.replaceFirstHello("SHA-256");
      hash = new Uint8Array(yield* channel.transcript.hash("SHA-256", Uint8Array.of(9)));
      return established(SUITE);
    },
  });
  connection.receive(plain(handshake, retry));
  assertEquals(events(connection).error, undefined);
  const first = new Uint8Array(await crypto.subtle.digest("SHA-256", TOY_FINISHED.slice()));
  const said = concat([Uint8Array.of(0xfe, 0, 0, 32), first, retry, Uint8Array.of(9)]);
  assertEquals(hash, new Uint8Array(await crypto.subtle.digest("SHA-256", said)));
});

Deno.test("a flight is packed in few records, ChangeCipherSpecs in their places", () => {
  const connection = new Toy("client", {
    *handshake(channel) {
      channel.send(message(99, [1]));
      channel.send(message(99, [2]));
      channel.sendChangeCipherSpec();
      channel.send(message(99, [3]));
      yield* channel.flush();
      channel.sendChangeCipherSpec();
      yield* channel.setWriteSecret(SUITE, CLIENT_SECRET);
      channel.send(TOY_FINISHED);
      yield* channel.flush();
      return established(SUITE);
    },
  });
  assertEquals(events(connection).events, [{ type: "established" }]);
  const first = plain(handshake, concat([message(99, [1]), message(99, [2])]));
  first[2] = 1; // an initial ClientHello says TLS 1.0
  assertEquals(
    drain(connection),
    concat([
      first,
      CCS,
      plain(handshake, message(99, [3])),
      CCS,
      new Peer(CLIENT_SECRET).seal(handshake, TOY_FINISHED),
    ]),
  );
});

/** Early data that is not wanted: a record that nobody here can open. */
const early = (length: number): Uint8Array => plain(application_data, new Uint8Array(length).fill(0xee));

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

const EARLY: readonly (Omit<Row, "script"> & { readonly script: ConnectionScripts["handshake"] })[] = [
  {
    name: "up to the limit is skipped",
    script: skipping(205),
    wire: [HELLO, CCS, early(95), early(100), fromClient().seal(handshake, TOY_FINISHED)],
  },
  {
    name: "over the limit is refused",
    script: skipping(204),
    wire: [HELLO, CCS, early(95), early(100)],
    code: "too_much_early_data",
    alert: "bad_record_mac",
  },
  {
    name: "that is empty counts, too",
    script: skipping(20),
    wire: [HELLO, ...Array(5).fill(early(0))],
    code: "too_much_early_data",
    alert: "bad_record_mac",
  },
  {
    name: "after what could be opened is refused",
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
    script: skippingWithoutKeys(13),
    wire: [HELLO, early(4), early(0)],
    code: "too_much_early_data",
    alert: "bad_record_mac",
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

for (const row of EARLY) {
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

Deno.test("a ClientHello may come in records of one byte, each in its own chunk", () => {
  const connection = new Toy("server", { handshake: toyServer(SUITE) });
  for (const byte of TOY_FINISHED) {
    for (const wire of plain(handshake, byte)) {
      assert(connection.wantsRead);
      connection.receive(Uint8Array.of(wire));
      const { error } = events(connection);
      assertEquals(error, undefined);
    }
  }
  assertEquals(connection.isHandshaking, false);
});
