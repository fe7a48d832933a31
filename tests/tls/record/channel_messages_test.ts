/** The channel as a handshake script uses it: messages, transcript, flights and changes of keys. */

import { concat } from "@std/bytes/concat";
import { assert, assertEquals, assertInstanceOf, assertNotEquals } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { AlertDescription } from "../../../tls/error/alert_description.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import {
  alertsSent,
  CLIENT_SECRET,
  drain,
  established,
  events,
  message,
  Peer,
  plain,
  SERVER_SECRET,
  SUITE,
  Toy,
  TOY_FINISHED,
  toyServer,
} from "./toy_connection.ts";

const { change_cipher_spec, handshake } = ContentType;
const FINISHED = plain(handshake, TOY_FINISHED);
const CCS = plain(change_cipher_spec, 1);

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

Deno.test("a message keeps its bytes when the memory that was fed is used again", () => {
  let kept: Uint8Array = new Uint8Array(0);
  const connection = new Toy("client", {
    *handshake(channel) {
      yield* channel.take();
      kept = channel.raw.subarray();
      yield* channel.expect("finished");
      return established(SUITE);
    },
  });
  const fed = plain(handshake, message(99, [1, 2, 3]));
  connection.receive(fed);
  assertEquals(events(connection).events, []);
  fed.fill(0xaa);
  connection.receive(FINISHED);
  assertEquals(events(connection).events, [{ type: "established" }]);
  assertEquals(kept, message(99, [1, 2, 3]));
});

Deno.test("the transcript can have other messages than those that are sent and received", () => {
  const sent = [message(99, [1]), message(99, [2])];
  const recorded = [message(99, [3, 3]), message(99, [4])];
  const said: Uint8Array[] = [];
  const connection = new Toy("client", {
    *handshake(channel) {
      channel.send(sent[0] ?? TOY_FINISHED, recorded[0]);
      channel.send(sent[1] ?? TOY_FINISHED);
      yield* channel.flush();
      said.push(channel.transcript.bytes());
      channel.transcript.replaceFirst(message(99, []));
      yield* channel.peek();
      assertEquals(channel.replacePeeked(TOY_FINISHED).type, "finished");
      assertEquals(channel.raw, TOY_FINISHED);
      yield* channel.expect("finished");
      said.push(channel.transcript.bytes());
      return established(SUITE);
    },
  });
  connection.receive(plain(handshake, recorded[1] ?? TOY_FINISHED));
  assertEquals(events(connection).events, [{ type: "established" }]);
  assertEquals(said, [
    concat([message(99, [3, 3]), message(99, [2])]),
    concat([message(99, []), message(99, [2]), TOY_FINISHED]),
  ]);
  assertEquals(drain(connection).slice(5), concat(sent)); // behind the header of the record
});

Deno.test("peek, and maybe for another type, leave a message unread and out of the transcript", () => {
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

Deno.test("a message that was peeked and not taken is refused at a change of keys", () => {
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

Deno.test("a part of the next flight behind this one is refused when this one is answered", () => {
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

Deno.test("after a HelloRetryRequest the first ClientHello is replaced by its hash", async () => {
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

Deno.test("a flight is packed into few records, with ChangeCipherSpecs in their order", () => {
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

Deno.test("bad input 71: a ClientHello may come in records of one byte, each in its own chunk", () => {
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
