/** A connection after its handshake: data, ends, failures, key updates; all of it synchronous. */

import { concat } from "@std/bytes/concat";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import type { CipherSuite } from "../../../tls/crypto/provider.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { AlertDescription } from "../../../tls/error/alert_description.ts";
import { settle } from "../../../io/script.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import {
  CLIENT_SECRET,
  connectedClient,
  drain,
  established,
  events,
  many,
  message,
  now,
  numbers,
  Peer,
  plain,
  SERVER_SECRET,
  story,
  SUITE,
  SYNC,
  text,
  Toy,
  TOY_FINISHED,
} from "../record/toy_connection.ts";

const { alert, application_data, handshake } = ContentType;

/** Moves what one has to write to the other, and tells what that one said. */
function deliver(from: Connection, to: Connection): TlsEvent[] {
  to.receive(drain(from));
  const { events: told, error } = events(to);
  assertEquals(error, undefined);
  return told;
}

/** Two connections that have shaken hands. */
function pair(suite: CipherSuite = SUITE, maxFragmentSize = 16_389): { client: Toy; server: Toy } {
  const client = new Toy("client", { suite, maxFragmentSize });
  const server = new Toy("server", { suite, maxFragmentSize });
  assertEquals(events(client).events, []);
  assertEquals(deliver(client, server), [{ type: "established" }]);
  assertEquals(deliver(server, client), [{ type: "established" }]);
  return { client, server };
}

Deno.test("two connections exchange data, whatever the sizes of data, of records and of chunks", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = numbers(seed);
    const { client, server } = pair(SUITE, [32, 100, 16_389][random(3)]);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const sent = Array.from(
        { length: 30 },
        () => new Uint8Array(random(4) === 0 ? random(40_000) : random(50)).fill(random(256)),
      );
      const received: Uint8Array[] = [];
      for (const data of sent) {
        now(from.send(data));
        if (random(8) === 0) now(from.refreshTrafficKeys(random(2) === 0));
        const wire = drain(from);
        for (let at = 0; at < wire.length;) {
          const length = 1 + random(20_000);
          to.receive(wire.subarray(at, at + length));
          at += length;
          for (const event of events(to).events) if (event.type === "data") received.push(event.data);
        }
        assertEquals(deliver(to, from).filter(({ type }) => type !== "key_update"), []);
      }
      assertEquals(concat(received), concat(sent));
    }
  }
});

Deno.test("records carry what maxFragmentSize allows", () => {
  const { client } = pair(SUITE, 100);
  now(client.send(new Uint8Array(200)));
  const lengths: number[] = [];
  const wire = drain(client);
  for (let at = 0; at < wire.length; at += 5 + (lengths.at(-1) ?? 0)) {
    lengths.push((wire[at + 3] ?? 0) << 8 | (wire[at + 4] ?? 0));
  }
  assertEquals(lengths.map((length) => length - 17), [95, 95, 10]);
});

Deno.test("sending nothing sends nothing", () => {
  const { client } = pair();
  now(client.send(new Uint8Array(0)));
  assertEquals([client.wantsWrite, client.outputLength, client.output()], [false, 0, undefined]);
});

Deno.test("data events are memory of their own", () => {
  const { client, server } = pair();
  now(client.send(text("one")));
  now(client.send(text("two")));
  const told = deliver(client, server);
  assertEquals(story(told), ["data:onetwo"]);
  for (const event of told) if (event.type === "data") event.data.fill(0);
  now(client.send(text("three")));
  assertEquals(story(deliver(client, server)), ["data:three"]);
});

Deno.test("requests for new keys are answered once, before the next data, however many there are", () => {
  const { client, peer } = connectedClient();
  const server = new Toy("server");
  server.receive(plain(handshake, TOY_FINISHED));
  events(server);
  client.receive(concat([peer.data("a"), ...many(5, () => peer.refreshTrafficKeys(1))]));
  assertEquals(story(events(client).events), ["data:a", ...Array(5).fill("key_update")]);
  assert(client.wantsWrite);
  now(client.send(text("b")));
  assertEquals(story(deliver(client, server)), ["key_update", "data:b"]);
  // The answer is gone, so the next request has one of its own.
  client.receive(peer.refreshTrafficKeys(1));
  assertEquals(story(events(client).events), ["key_update"]);
  assertEquals(story(deliver(client, server)), ["key_update"]);
  assertEquals(client.output(), undefined);
});

Deno.test("the peer is not asked for new keys again before it has changed them", () => {
  const { client, server } = pair();
  const answers: Uint8Array[] = [];
  for (let updates = 0; updates < 3; updates++) {
    now(client.refreshTrafficKeys());
    assertEquals(story(deliver(client, server)), ["key_update"]);
    answers.push(drain(server));
  }
  assertEquals(answers.map(({ length }) => length > 0), [true, false, false]);
  client.receive(concat(answers));
  assertEquals(story(events(client).events), ["key_update"]);
  now(client.refreshTrafficKeys());
  assertEquals(story(deliver(client, server)), ["key_update"]);
  assert(server.wantsWrite);
});

Deno.test("keys can be updated without asking the peer for it", () => {
  const { client, server } = pair();
  now(client.refreshTrafficKeys(false));
  now(client.send(text("a")));
  assertEquals(story(deliver(client, server)), ["key_update", "data:a"]);
  assertEquals(server.output(), undefined);
});

Deno.test("bad input 48: before a key has protected all it may, it is updated", () => {
  const suite: CipherSuite = { ...SUITE, recordLimit: 6 };
  const { client, server } = pair(suite);
  for (let record = 0; record < 8; record++) now(client.send(text(String(record))));
  now(client.sendCloseNotify());
  // Four records of data, then a KeyUpdate: one of the six is kept for an alert.
  assertEquals(story(deliver(client, server)), ["data:0123", "key_update", "data:4567", "connection_closed"]);
  assertEquals(server.output(), undefined);
});

Deno.test("keys that may protect next to nothing are refused, not used beyond their limit", () => {
  const { client, server } = pair({ ...SUITE, recordLimit: 2 });
  const error = assertThrows(() => client.send(text("a")), TlsError);
  assertEquals(error.code, "key_exhausted");
  assertStrictEquals(assertThrows(() => client.send(text("b"))), error);
  assertEquals(story(deliver(client, server)), ["key_update"]);
});

Deno.test("bad input 42: close_notify is sent once, nothing can be written after it, and reading goes on", () => {
  const { client, server } = pair();
  now(client.sendCloseNotify());
  now(client.sendCloseNotify());
  assert(client.alertSent);
  assertEquals(story(deliver(client, server)), ["connection_closed"]);
  assertEquals(client.output(), undefined);
  for (const write of [() => client.send(text("a")), () => client.refreshTrafficKeys()]) {
    assertEquals(assertThrows(write, TlsError).code, "write_after_shutdown");
  }
  now(server.send(text("late")));
  now(server.refreshTrafficKeys());
  assertEquals(story(deliver(server, client)), ["data:late", "key_update"]);
  // No answer: there is nothing after close_notify.
  assertEquals(client.output(), undefined);
  now(server.sendCloseNotify());
  assertEquals(story(deliver(server, client)), ["connection_closed"]);
  assertEquals(now(client.next()), undefined);
  assertEquals([client.closed, client.wantsRead], [true, false]);
});

Deno.test("before the handshake is done nothing can be sent, changed or exported", () => {
  const client = new Toy("client");
  assert(client.isHandshaking);
  for (
    const early of [
      () => client.send(text("a")),
      () => client.refreshTrafficKeys(),
      () => client.exportKeyingMaterial(1, "EXPORTER"),
    ]
  ) {
    assertEquals(assertThrows(early, TlsError).code, "handshake_incomplete");
  }
  assertEquals(client.facts, undefined);
});

Deno.test("after the handshake a connection has its facts", () => {
  const { client } = pair();
  assertEquals(client.isHandshaking, false);
  assert(Object.isFrozen(client.facts));
  assertEquals(client.facts, {
    protocolVersion: "TLSv1.3",
    cipherSuite: "TLS_AES_128_GCM_SHA256",
    keyExchangeGroup: "x25519",
    alpnProtocol: "h2",
    serverName: "toy.example",
    peerCertificates: [],
    peerRawPublicKey: undefined,
    handshakeKind: "full",
    resumed: false,
    peerSignatureScheme: undefined,
    ocspResponse: undefined,
    earlyDataAccepted: undefined,
    earlyDataLength: 0,
    earlyDataRefusal: undefined,
    ech: "not_offered",
  });
});

Deno.test("send refuses what is no Uint8Array", () => {
  const { client } = pair();
  // A caller without types.
  assertThrows(() => client.send("text" as unknown as Uint8Array), TypeError, "not a Uint8Array");
});

Deno.test("both ends export the same secret, another for another label, context or length", () => {
  const { client, server } = pair();
  const secret = now(client.exportKeyingMaterial(32, "EXPORTER-test", text("here")));
  assertEquals(secret.length, 32);
  assertEquals(now(server.exportKeyingMaterial(32, "EXPORTER-test", text("here"))), secret);
  assertEquals(
    now(client.exportKeyingMaterial(32, "EXPORTER-test")),
    now(client.exportKeyingMaterial(32, "EXPORTER-test", new Uint8Array(0))),
  );
  assertNotEquals(now(client.exportKeyingMaterial(32, "EXPORTER-other", text("here"))), secret);
  assertNotEquals(now(client.exportKeyingMaterial(32, "EXPORTER-test", text("there"))), secret);
  assertNotEquals(
    now(client.exportKeyingMaterial(33, "EXPORTER-test", text("here"))).subarray(0, 32),
    secret,
  );
  for (const length of [0, -1, 1.5, 255 * 32 + 1]) {
    assertThrows(() => client.exportKeyingMaterial(length, "EXPORTER-test"), RangeError);
  }
});

Deno.test("more is wanted of the peer only when every event was asked for", () => {
  const { client, peer } = connectedClient();
  assertEquals(client.wantsRead, false);
  assertEquals(now(client.next()), undefined);
  assert(client.wantsRead);
  client.receive(concat([peer.data("a"), peer.data("b")]));
  assertEquals(client.wantsRead, false);
  now(client.next());
  assertEquals(client.wantsRead, false);
  now(client.next());
  assertEquals(client.wantsRead, false);
  assertEquals(now(client.next()), undefined);
  assert(client.wantsRead);
});

Deno.test("after unexpected_eof data can still be sent; after another failure nothing is sent", () => {
  const { client, server } = pair();
  client.receiveEnd();
  assertInstanceOf(events(client).error, TlsError);
  now(client.send(text("still here")));
  now(client.sendCloseNotify());
  assertEquals(story(deliver(client, server)), ["data:still here", "connection_closed"]);

  const other = pair();
  other.client.receive(plain(application_data, new Uint8Array(20)));
  const { error } = events(other.client);
  for (const write of [() => other.client.send(text("a")), () => other.client.refreshTrafficKeys()]) {
    assertStrictEquals(assertThrows(write), error);
  }
});

Deno.test("bad input 45: a client that fails before its first message sends no alert", () => {
  const client = new Toy("client", {
    // deno-lint-ignore require-yield -- a script that fails at once
    *handshake() {
      throw new Error("no randomness");
    },
  });
  const { error } = events(client);
  assertInstanceOf(error, Error);
  assertEquals(error.message, "no randomness");
  assertEquals(client.output(), undefined);
  assertStrictEquals(events(client).error, error);
});

Deno.test("a failure that is not the peer's sends internal_error", () => {
  const server = new Toy("server", {
    *handshake(channel) {
      yield* channel.take();
      throw new Error("no randomness");
    },
  });
  server.receive(plain(handshake, TOY_FINISHED));
  assertInstanceOf(events(server).error, Error);
  assertEquals(drain(server), plain(alert, 2, AlertDescription.internal_error));
});

/** A server that hears the first message before it knows how to go on. */
class Lazy extends Connection {
  ready = false;

  constructor() {
    const isReady = () => this.ready;
    super("server", {
      *handshake(channel) {
        yield* channel.peek();
        while (!isReady()) yield;
        yield* channel.expect("finished");
        channel.send(TOY_FINISHED);
        yield* channel.setWriteSecret(SUITE, SERVER_SECRET);
        yield* channel.setReadSecret(SUITE, CLIENT_SECRET);
        return established(SUITE);
      },
    });
  }

  go(): void {
    this.configure({ crypto: SYNC, maxFragmentSize: 100 });
    this.ready = true;
  }
}

Deno.test("a connection may be configured after its first message; bytes behind it are kept", () => {
  const server = new Lazy();
  const fed = concat([plain(handshake, TOY_FINISHED), new Peer(CLIENT_SECRET).data("early bird")]);
  server.receive(fed);
  assertEquals(now(server.next()), undefined);
  fed.fill(0xaa);
  server.go();
  assertEquals(story(events(server).events), ["established", "data:early bird"]);
});

Deno.test("a connection that is not configured can still refuse the peer", () => {
  const server = new Lazy();
  server.receive(text("hello, world!"));
  assertInstanceOf(events(server).error, TlsError);
  assertEquals(drain(server), plain(alert, 2, AlertDescription.unexpected_message));
});

Deno.test("a message after the handshake goes to receiveMessage of the role, which may return an event", () => {
  const seen: Uint8Array[] = [];
  const { client, peer } = connectedClient({
    // deno-lint-ignore require-yield -- a script that needs nothing
    *receiveMessage(_message, raw) {
      seen.push(raw);
      return seen.length === 1 ? { type: "session_ticket" } : undefined;
    },
  });
  const messages = [message(99, [1]), message(99, [2])];
  client.receive(concat([peer.seal(handshake, concat(messages)), peer.data("a")]));
  assertEquals(story(events(client).events), ["session_ticket", "data:a"]);
  assertEquals(seen, messages);
});

Deno.test("bad input 54: messages after the handshake that are no KeyUpdate, as tickets are, have no limit", () => {
  const { client, peer } = connectedClient({ receiveMessage: () => settle(undefined) });
  client.receive(concat(many(1_000, () => peer.seal(handshake, message(99, [])))));
  assertEquals(events(client), { events: [] });
  const interspersed = many(
    33,
    () => concat([peer.refreshTrafficKeys(), peer.seal(handshake, message(99, []))]),
  );
  client.receive(concat(interspersed));
  const { error } = events(client);
  assertInstanceOf(error, TlsError);
  assertEquals(error.code, "too_many_key_updates");
});

Deno.test("a connection that was disposed of forgets its output, and refuses everything", () => {
  const { client } = pair();
  now(client.send(text("a")));
  client.dispose();
  client.dispose();
  assertEquals(client.output(), undefined);
  assertThrows(() => client.next(), TypeError, "disposed");
  assertThrows(() => client.send(text("a")), TypeError, "disposed");
  now(client.sendCloseNotify());
  client.receive(text("anything"));
  assertEquals([client.wantsRead, client.wantsWrite], [false, false]);
});

Deno.test("no secret shows when a connection is inspected", () => {
  const { client } = pair();
  const shown = Deno.inspect(client, { depth: 10, showHidden: true });
  assert(!shown.includes("193, 193, 193"), shown);
  assert(!JSON.stringify(client).includes("193"));
});
