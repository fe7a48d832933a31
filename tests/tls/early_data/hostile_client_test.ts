/** Bad inputs of early data to a server: what a client sends behind its ClientHello, under keys of its own. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CipherSuite } from "../../../tls/crypto/provider.ts";
import type { AlertName } from "../../../tls/error/alert_description.ts";
import { ALERT_FOR } from "../../../tls/error/error_codes.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { run } from "../../../io/script.ts";
import { RecordSealer } from "../../../tls/record/protection.ts";
import { trafficKeys } from "../../../tls/schedule/traffic_keys.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import { drain, type Outcome } from "../handshake/conversation.ts";
import { ScriptedClient } from "../handshake/server/scripted_client.ts";
import { encode } from "../tls_pair.ts";
import { earlyEnds, type EarlyOptions, earlyPair, MOST, told } from "./early_pair.ts";

const CRYPTO = nodeCrypto();
const { alert, application_data, handshake } = ContentType;
const END_OF_EARLY_DATA = Uint8Array.of(5, 0, 0, 0);
const SUITE_NAME = "TLS_CHACHA20_POLY1305_SHA256";

/** What an attack can send: the ClientHello that an honest client made, and records under its keys. */
interface Attacker {
  /** The ClientHello's record, and the ChangeCipherSpec behind it. */
  readonly hello: Uint8Array;
  /** Seals a record under the early keys. */
  early(type: ContentType, content: Uint8Array): Uint8Array;
  /** Seals a record under the handshake keys, once the server has answered. */
  late(type: ContentType, content: Uint8Array): Uint8Array;
}

interface Row {
  readonly name: string;
  readonly options?: EarlyOptions;
  /** What is sent, piece by piece; the server answers between. */
  readonly attack: (attacker: Attacker) => Iterable<Uint8Array>;
  readonly code: TlsErrorCode;
  readonly alert: AlertName | undefined;
  /** The early data that was told of before. Default: none. */
  readonly early?: string;
  /** Whether it takes too many records to be sent byte by byte. */
  readonly isLong?: boolean;
  /** Whether the client's transport ends then. */
  readonly ends?: boolean;
}

const refusing: EarlyOptions = { secondServer: { acceptEarlyData: () => false } };
const retrying: EarlyOptions = { secondServer: { groups: ["secp384r1"] } };
const garbage = (length: number): Uint8Array => {
  const size = length + 17;
  return concat([Uint8Array.of(0x17, 3, 3, size >> 8, size), new Uint8Array(size).fill(0xee)]);
};

const ROWS: readonly Row[] = [
  {
    name: "E-01: more early data than the ticket allows, in one record",
    attack: ({ hello, early }) => [hello, early(application_data, new Uint8Array(MOST + 1))],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "E-01: more early data than the ticket allows, in many records",
    *attack({ hello, early }) {
      yield hello;
      for (let i = 0; i <= MOST; i++) yield early(application_data, encode("x"));
    },
    code: "too_much_early_data",
    alert: "unexpected_message",
    early: "x".repeat(MOST),
    isLong: true,
  },
  {
    name: "E-02: refused early data beyond what is skipped",
    options: refusing,
    attack: ({ hello }) => [hello, garbage(16_384), garbage(1)],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "E-02: early data beyond what is skipped before the second ClientHello",
    options: retrying,
    attack: ({ hello }) => [hello, garbage(16_384), garbage(1)],
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "E-02: refused early data in tiny records, up to a larger maxEarlyDataSize and beyond",
    options: { server: { maxEarlyDataSize: 20_000 }, ...refusing },
    *attack({ hello }) {
      yield hello;
      for (let i = 0; i <= 20_000; i++) yield garbage(1);
    },
    isLong: true,
    code: "too_much_early_data",
    alert: "unexpected_message",
  },
  {
    name: "E-05: a Finished in place of EndOfEarlyData",
    attack: ({ hello, late }) => [hello, late(handshake, Uint8Array.of(20, 0, 0, 32, ...new Uint8Array(32)))],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "E-06: an EndOfEarlyData with a body",
    attack: ({ hello, early }) => [hello, early(handshake, Uint8Array.of(5, 0, 0, 1, 0))],
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: "E-07: an EndOfEarlyData when early data was refused",
    options: refusing,
    attack: ({ hello, late }) => [hello, late(handshake, END_OF_EARLY_DATA)],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "E-08: another message in early data",
    attack: ({ hello, early }) => [
      hello,
      early(application_data, encode("data")),
      early(handshake, Uint8Array.of(24, 0, 0, 1, 0)),
    ],
    code: "unexpected_message",
    alert: "unexpected_message",
    early: "data",
  },
  {
    name: "E-08: a message of TLS 1.2 in early data",
    attack: ({ hello, early }) => [hello, early(handshake, Uint8Array.of(0, 0, 0, 0))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "E-09: the first byte of an EndOfEarlyData in the clear, in the ClientHello's record",
    attack: ({ hello }) => [withByteBehind(hello, 5)],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "E-09: an EndOfEarlyData in the clear, in a record of its own",
    attack: ({ hello }) => [hello, concat([Uint8Array.of(0x16, 3, 3, 0, 4), END_OF_EARLY_DATA])],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "E-10: data under early keys behind EndOfEarlyData",
    attack: ({ hello, early }) => [
      hello,
      early(handshake, END_OF_EARLY_DATA),
      early(application_data, encode("more")),
    ],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "E-10: a message behind EndOfEarlyData, in its record",
    attack: ({ hello, early }) => [hello, early(handshake, Uint8Array.of(...END_OF_EARLY_DATA, 20))],
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "E-15: early data to a server of TLS 1.2",
    options: { secondServer: { versions: ["TLSv1.2"], maxEarlyDataSize: 0 } },
    attack: ({ hello, early }) => [hello.subarray(0, -6), early(application_data, encode("data"))],
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "E-16: a wrong binder beside early data",
    attack: ({ hello, early }) => [
      concat([withFlippedByte(hello, hello.length - 7), early(application_data, encode("data"))]),
    ],
    code: "bad_binder",
    alert: "decrypt_error",
  },
  {
    name: "E-17: a record that cannot be opened between two pieces of a message, early data refused",
    options: refusing,
    attack: ({ hello, late }) => [hello, late(handshake, Uint8Array.of(20, 0, 0)), garbage(4)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
  {
    name: "E-18: close_notify in place of EndOfEarlyData",
    attack: ({ hello, early }) => [
      hello,
      early(application_data, encode("data")),
      early(alert, Uint8Array.of(1, 0)),
    ],
    code: "illegal_alert",
    alert: "decode_error",
    early: "data",
  },
  {
    name: "E-18: the end of the transport in place of EndOfEarlyData",
    attack: ({ hello, early }) => [hello, early(application_data, encode("data"))],
    ends: true,
    code: "unexpected_eof",
    alert: undefined,
    early: "data",
  },
  {
    name: "E-26: empty early records without end",
    *attack({ hello, early }) {
      yield hello;
      for (let i = 0; i <= 32; i++) yield early(application_data, new Uint8Array(0));
    },
    code: "too_many_empty_fragments",
    alert: "unexpected_message",
  },
  {
    name: "bad input 24: an early record with a flipped bit, when early data is accepted",
    attack: ({ hello, early }) => [hello, withFlippedByte(early(application_data, encode("data")), 7)],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  },
];

for (const row of ROWS) {
  for (const bytewise of row.isLong === true ? [false] : [false, true]) {
    Deno.test(`${row.name} is refused${bytewise ? ", byte by byte" : ""}`, async () => {
      const { server, outcome } = await attack(row, bytewise);
      assertInstanceOf(outcome.error, TlsError, `${outcome.error}`);
      assertEquals(outcome.error.code, row.code, outcome.error.message);
      assertEquals(told(outcome).early, row.early ?? "");
      assertEquals(server.facts, undefined);
      assertEquals([ALERT_FOR[row.code], server.alertSent], [row.alert, row.alert !== undefined]);
    });
  }
}

Deno.test("E-03: early data without its extension is refused", async () => {
  const [, server] = await earlyPair();
  const client = new ScriptedClient({ crypto: CRYPTO });
  const outcome: Outcome = { events: [] };
  await client.next();
  await feed(server, outcome, concat([client.output() ?? new Uint8Array(0), garbage(5)]));
  assertInstanceOf(outcome.error, TlsError);
  assertEquals(outcome.error.code, "bad_record_mac");
});

Deno.test("E-07: an EndOfEarlyData without early data is refused", async () => {
  const server: { late?: Sealer } = {};
  const [client, connection] = await earlyPair({
    server: {
      keyLog: ({ label, secret }) => label.startsWith("CLIENT_HANDSHAKE") && (server.late = sealer(secret)),
    },
  });
  const plain = new ScriptedClient({ crypto: CRYPTO });
  await plain.next();
  const outcome: Outcome = { events: [] };
  await feed(connection, outcome, plain.output() ?? new Uint8Array(0));
  assertEquals(outcome.error, undefined);
  client.dispose();
  assert(server.late !== undefined);
  await feed(connection, outcome, server.late(handshake, END_OF_EARLY_DATA));
  assertInstanceOf(outcome.error, TlsError);
  assertEquals(outcome.error.code, "unexpected_message");
});

Deno.test("E-11: the same ClientHello and early data a second time lead to a full handshake, and tell nothing", async () => {
  const [client, first, config] = await earlyEnds();
  await client.next();
  await client.sendEarlyData(encode("pay"));
  const recorded = outputOf(client);
  const honest: Outcome = { events: [] };
  await feed(first, honest, recorded);
  assertEquals(told(honest).early, "pay");
  const replayed: Outcome = { events: [] };
  await feed(new ServerConnection(config), replayed, recorded);
  assertEquals([replayed.error, replayed.events], [undefined, []]);
});

Deno.test("E-14: early data without pre_shared_key is skipped, and the handshake goes on", async () => {
  const [, server] = await earlyPair();
  const client = new ScriptedClient({ crypto: CRYPTO, extensions: { earlyData: true } });
  const outcome: Outcome = { events: [] };
  await client.next();
  await feed(server, outcome, concat([client.output() ?? new Uint8Array(0), garbage(5)]));
  client.receive(outputOf(server));
  assertEquals((await client.next())?.type, "established");
  await feed(server, outcome, outputOf(client));
  assertEquals(outcome.error, undefined);
  assertEquals(server.facts?.earlyDataRefusal, "session_not_resumed");
});

type Sealer = (type: ContentType, content: Uint8Array) => Uint8Array;

function sealer(secret: Uint8Array): Sealer {
  const suite: CipherSuite | undefined = CRYPTO.cipherSuites.find(({ name }) => name === SUITE_NAME);
  assert(suite !== undefined);
  const keys = run(trafficKeys(CRYPTO, suite, secret));
  assert(!(keys instanceof Promise));
  const records = new RecordSealer(keys);
  return (type, content) => {
    const { header, payload } = records.seal(type, content);
    assert(!(payload instanceof Promise));
    return concat([header, payload]);
  };
}

interface Attacked {
  readonly server: ServerConnection;
  readonly outcome: Outcome;
}

async function attack({ attack, options = {}, ends = false }: Row, bytewise: boolean): Promise<Attacked> {
  const secrets: { early?: Sealer; late?: Sealer } = {};
  const common = { crypto: CRYPTO, cipherSuites: suitesOf(options) };
  const [client, server] = await earlyPair({
    ...options,
    client: {
      ...common,
      keyLog: ({ label, secret }) => {
        if (label === "CLIENT_EARLY_TRAFFIC_SECRET") secrets.early = sealer(secret);
      },
    },
    server: {
      ...common,
      ...options.server,
      keyLog: ({ label, secret }) => {
        if (label === "CLIENT_HANDSHAKE_TRAFFIC_SECRET") secrets.late = sealer(secret);
      },
    },
  });
  delete secrets.late; // of the first connection
  await client.next();
  const outcome: Outcome = { events: [] };
  const pieces = attack({
    hello: outputOf(client),
    early: (type, content) => secrets.early?.(type, content) ?? new Uint8Array(0),
    late: (type, content) => {
      // The pieces of a list are made before the first is sent: this one when it is due.
      return secrets.late?.(type, content) ?? deferred(type, content);
    },
  });
  for (const piece of pieces) {
    const bytes = DEFERRED.get(piece)?.(secrets) ?? piece;
    if (bytewise && bytes.length < 5000) {
      for (let at = 0; at < bytes.length; at++) await feed(server, outcome, bytes.slice(at, at + 1));
    } else await feed(server, outcome, bytes);
    outputOf(server);
  }
  if (ends) {
    server.receiveEnd();
    await drain(server, outcome);
  }
  return { server, outcome };
}

/** TLS 1.2 has suites of its own. */
function suitesOf({ secondServer }: EarlyOptions) {
  return secondServer?.versions === undefined
    ? [SUITE_NAME] as const
    : [SUITE_NAME, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"] as const;
}

const DEFERRED = new WeakMap<Uint8Array, (secrets: { late?: Sealer }) => Uint8Array | undefined>();

function deferred(type: ContentType, content: Uint8Array): Uint8Array {
  const piece = new Uint8Array(0);
  DEFERRED.set(piece, ({ late }) => late?.(type, content));
  return piece;
}

async function feed(server: ServerConnection, outcome: Outcome, bytes: Uint8Array): Promise<void> {
  server.receive(bytes.slice());
  await drain(server, outcome);
}

function outputOf(connection: ClientConnection | ServerConnection | ScriptedClient): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes; (bytes = connection.output()) !== undefined;) pieces.push(bytes);
  return concat(pieces);
}

/** The ClientHello's record with one byte of another message, and what comes behind the record. */
function withByteBehind(bytes: Uint8Array, byte: number): Uint8Array {
  const length = ((bytes[3] ?? 0) << 8) + (bytes[4] ?? 0);
  const header = Uint8Array.of(...bytes.subarray(0, 3), (length + 1) >> 8, length + 1);
  return concat([header, bytes.subarray(5, 5 + length), Uint8Array.of(byte)]);
}

function withFlippedByte(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => i === at ? byte ^ 1 : byte);
}
