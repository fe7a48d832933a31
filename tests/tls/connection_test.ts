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
import { Connection } from "../../tls/connection.ts";
import type { TlsEvent } from "../../tls/connection_types.ts";
import type { CipherSuite } from "../../tls/crypto/provider.ts";
import { TlsError, type TlsErrorCode } from "../../tls/error.ts";
import { AlertDescription, type AlertName } from "../../tls/wire/alert.ts";
import { ContentType, HandshakeType } from "../../tls/wire/numbers.ts";
import {
  alertsSent,
  CLIENT_SECRET,
  connectedClient,
  drain,
  established,
  events,
  keyUpdate,
  message,
  now,
  numbers,
  Peer,
  plain,
  sealInner,
  SERVER_SECRET,
  splits,
  SUITE,
  SYNC,
  text,
  Toy,
  TOY_FINISHED,
} from "./record/support.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;

/** What was told, data as text and joined. */
function story(events: readonly TlsEvent[]): string[] {
  const words: string[] = [];
  for (const event of events) {
    const word = event.type === "data" ? `data:${new TextDecoder().decode(event.data)}` : event.type;
    const last = words.at(-1);
    if (event.type === "data" && last?.startsWith("data:")) words[words.length - 1] = last + word.slice(5);
    else words.push(word);
  }
  return words;
}

interface Row {
  readonly name: string;
  readonly wire: (peer: Peer) => readonly Uint8Array[];
  readonly ends?: boolean;
  readonly story: readonly string[];
  readonly code?: TlsErrorCode;
  readonly alert?: AlertName;
  readonly received?: AlertName;
}

const many = (count: number, make: () => Uint8Array): Uint8Array[] => Array.from({ length: count }, make);
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
    code: "bad_record_mac",
    alert: "bad_record_mac",
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
    code: "record_too_large",
    alert: "decode_error",
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
      peer.updateKeys(),
      peer.data("b"),
      peer.updateKeys(),
      peer.updateKeys(),
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
      ...many(32, () => peer.updateKeys()),
      peer.data("a"),
      ...many(32, () => peer.updateKeys()),
    ],
    story: [...Array(32).fill("key_update"), "data:a", ...Array(32).fill("key_update")],
  },
  {
    name: "bad input 19: 33 key updates without data",
    wire: (peer) => many(33, () => peer.updateKeys()),
    story: Array(32).fill("key_update"),
    code: "too_many_key_updates",
    alert: "unexpected_message",
  },
  {
    name: "33 key updates with empty records between them",
    wire: (peer) => many(33, () => concat([peer.updateKeys(), peer.data("")])),
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
      const update = new Peer(SERVER_SECRET).updateKeys();
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
    story: ["data:a", "close_notify"],
  },
  {
    name: "a close_notify that says it is fatal",
    wire: (peer) => [peer.alert(2, 0)],
    story: ["close_notify"],
  },
  {
    name: "bad input 40: data, close_notify, junk and the end",
    wire: (peer) => [peer.data("a"), peer.alert(1, 0), Uint8Array.of(23, 3, 3, 1)],
    ends: true,
    story: ["data:a", "close_notify"],
  },
  {
    name: "bad input 41: a record after close_notify",
    wire: (peer) => [peer.alert(1, 0), peer.data("a"), text("no TLS at all")],
    story: ["close_notify"],
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
      assertEquals(client.closed, row.story.includes("close_notify"));
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
      if (row.alert !== undefined) assertEquals(client.output(), undefined);
    }
  });
}

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

Deno.test("two connections talk, whatever the sizes of data, of records and of chunks", () => {
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
        if (random(8) === 0) now(from.updateKeys(random(2) === 0));
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
  client.receive(concat([peer.data("a"), ...many(5, () => peer.updateKeys(1))]));
  assertEquals(story(events(client).events), ["data:a", ...Array(5).fill("key_update")]);
  assert(client.wantsWrite);
  now(client.send(text("b")));
  assertEquals(story(deliver(client, server)), ["key_update", "data:b"]);
  // The answer is gone, so the next request has one of its own.
  client.receive(peer.updateKeys(1));
  assertEquals(story(events(client).events), ["key_update"]);
  assertEquals(story(deliver(client, server)), ["key_update"]);
  assertEquals(client.output(), undefined);
});

Deno.test("the peer is not asked for new keys again before it has changed them", () => {
  const { client, server } = pair();
  const answers: Uint8Array[] = [];
  for (let updates = 0; updates < 3; updates++) {
    now(client.updateKeys());
    assertEquals(story(deliver(client, server)), ["key_update"]);
    answers.push(drain(server));
  }
  assertEquals(answers.map(({ length }) => length > 0), [true, false, false]);
  client.receive(concat(answers));
  assertEquals(story(events(client).events), ["key_update"]);
  now(client.updateKeys());
  assertEquals(story(deliver(client, server)), ["key_update"]);
  assert(server.wantsWrite);
});

Deno.test("keys can be updated without asking the peer for it", () => {
  const { client, server } = pair();
  now(client.updateKeys(false));
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
  assertEquals(story(deliver(client, server)), ["data:0123", "key_update", "data:4567", "close_notify"]);
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
  assertEquals(story(deliver(client, server)), ["close_notify"]);
  assertEquals(client.output(), undefined);
  for (const write of [() => client.send(text("a")), () => client.updateKeys()]) {
    assertEquals(assertThrows(write, TlsError).code, "write_after_shutdown");
  }
  now(server.send(text("late")));
  now(server.updateKeys());
  assertEquals(story(deliver(server, client)), ["data:late", "key_update"]);
  // No answer: there is nothing after close_notify.
  assertEquals(client.output(), undefined);
  now(server.sendCloseNotify());
  assertEquals(story(deliver(server, client)), ["close_notify"]);
  assertEquals(now(client.next()), undefined);
  assertEquals([client.closed, client.wantsRead], [true, false]);
});

Deno.test("before the handshake is over nothing can be sent, changed or exported", () => {
  const client = new Toy("client");
  assert(client.isHandshaking);
  for (
    const early of [
      () => client.send(text("a")),
      () => client.updateKeys(),
      () => client.exportKeyingMaterial(1, "EXPORTER"),
    ]
  ) {
    assertEquals(assertThrows(early, TlsError).code, "handshake_incomplete");
  }
  assertEquals(
    [
      client.protocolVersion,
      client.cipherSuite,
      client.keyExchangeGroup,
      client.alpnProtocol,
      client.serverName,
    ],
    Array(5).fill(undefined),
  );
  assertEquals(
    [client.handshakeKind, client.ocspResponse, client.peerSignatureScheme],
    Array(3).fill(undefined),
  );
  assertEquals(client.peerCertificates, []);
});

Deno.test("after the handshake a connection says what was agreed on", () => {
  const { client } = pair();
  assertEquals(client.isHandshaking, false);
  assertEquals(
    [
      client.protocolVersion,
      client.cipherSuite,
      client.keyExchangeGroup,
      client.alpnProtocol,
      client.serverName,
    ],
    ["TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", "h2", "toy.example"],
  );
  assertEquals([client.handshakeKind, client.ocspResponse, client.peerSignatureScheme], [
    "full",
    undefined,
    undefined,
  ]);
});

Deno.test("what is no bytes cannot be sent", () => {
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

Deno.test("after the end of the stream what is sent may still arrive; after a failure nothing is sent", () => {
  const { client, server } = pair();
  client.receiveEnd();
  assertInstanceOf(events(client).error, TlsError);
  now(client.send(text("still here")));
  now(client.sendCloseNotify());
  assertEquals(story(deliver(client, server)), ["data:still here", "close_notify"]);

  const other = pair();
  other.client.receive(plain(application_data, new Uint8Array(20)));
  const { error } = events(other.client);
  for (const write of [() => other.client.send(text("a")), () => other.client.updateKeys()]) {
    assertStrictEquals(assertThrows(write), error);
  }
});

Deno.test("bad input 45: a client that fails before its first word says nothing", () => {
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

Deno.test("a failure that is not the peer's is told as internal_error", () => {
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

Deno.test("a connection may be configured after it has heard the first message; what came with it is kept", () => {
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
  assertEquals(drain(server), plain(alert, 2, AlertDescription.decode_error));
});

Deno.test("messages after the handshake are the role's own business; an event may come of them", () => {
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
  client.receive(concat(many(33, () => peer.seal(handshake, message(99, [])))));
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
