/**
 * Support of the tests of records and connections: every split of an input, a toy handshake without authentication, and
 * a scripted peer.
 */

import { concat } from "@std/bytes/concat";
import { Connection } from "../../../tls/connection/connection.ts";
import type { ConnectionScripts, TlsEvent } from "../../../tls/connection/connection_types.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { AeadKey, CipherSuite, CryptoProvider } from "../../../tls/crypto/provider.ts";
import type { HandshakeChannel } from "../../../tls/record/channel_types.ts";
import { connectionFacts } from "../../../tls/handshake/connection_facts.ts";
import type { HandshakeResult } from "../../../tls/handshake/handshake_result.ts";
import { encodeHeader, RECORD_VERSION } from "../../../tls/record/header.ts";
import { Deframer } from "../../../tls/record/deframer.ts";
import { readInnerPlaintext, RecordOpener, RecordSealer } from "../../../tls/record/protection.ts";
import { exportKeyingMaterial } from "../../../tls/schedule/exporter.ts";
import { nextTrafficSecret, trafficKeys } from "../../../tls/schedule/traffic_keys.ts";
import { type Eventual, run, type Script } from "../../../io/script.ts";
import { ContentType, HandshakeType } from "../../../tls/wire/numbers.ts";

export { ContentType };

/** Synchronous, so that whole connections run without `await`. */
export const SYNC: CryptoProvider = nodeCrypto();

export const SUITE: CipherSuite = suiteNamed("TLS_AES_128_GCM_SHA256");

function suiteNamed(name: string): CipherSuite {
  const suite = SYNC.cipherSuites.find((suite) => suite.name === name);
  if (suite === undefined) throw new TypeError(`Cannot find ${name}`);
  return suite;
}

export const CLIENT_SECRET: Uint8Array = new Uint8Array(32).fill(0xc1);
export const SERVER_SECRET: Uint8Array = new Uint8Array(32).fill(0x5e);

/** The words as bytes. */
export const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Whole, a byte at a time, and cut in two at every place. */
export function* splits(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

/** What must have been answered at once. */
export function now<T>(value: Eventual<T>): T {
  if (value instanceof Promise) throw new TypeError("Cannot go on without waiting: a promise came back");
  return value;
}

/** A record that is not protected. */
export function plain(type: number, ...content: number[] | [Uint8Array]): Uint8Array {
  const bytes = content[0] instanceof Uint8Array ? content[0] : Uint8Array.from(content as number[]);
  // Tests make types that do not exist.
  return concat([encodeHeader(type as ContentType, RECORD_VERSION, bytes.length), bytes]);
}

/** A handshake message. */
export function message(type: number, body: Uint8Array | readonly number[]): Uint8Array {
  return concat([
    Uint8Array.of(type, body.length >> 16, body.length >> 8, body.length),
    Uint8Array.from(body),
  ]);
}

/** The message that both ends of {@linkcode Toy} send: a Finished that is not verified. */
export const TOY_FINISHED: Uint8Array = message(HandshakeType.finished, new Uint8Array(32).fill(7));

/** A KeyUpdate (RFC 9846 §4.7.3). */
export const keyUpdate = (requested = 0): Uint8Array => message(HandshakeType.key_update, [requested]);

/** A sender whose records are made by hand. */
export class Peer {
  #secret: Uint8Array;
  #sealer: RecordSealer;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.#sealer = sealerOf(secret);
  }

  /** A protected record. */
  seal(type: number, content: Uint8Array): Uint8Array {
    const { header, payload } = this.#sealer.seal(type as ContentType, content);
    return concat([header, now(payload)]);
  }

  data(words: string): Uint8Array {
    return this.seal(ContentType.application_data, text(words));
  }

  alert(level: number, description: number): Uint8Array {
    return this.seal(ContentType.alert, Uint8Array.of(level, description));
  }

  /** A KeyUpdate, after which this peer's keys are the next ones. */
  refreshTrafficKeys(requested = 0): Uint8Array {
    const record = this.seal(ContentType.handshake, keyUpdate(requested));
    this.changeKeys();
    return record;
  }

  changeKeys(): void {
    this.#secret = now(run(nextTrafficSecret(SYNC, SUITE.hash, this.#secret)));
    this.#sealer = sealerOf(this.#secret);
  }
}

/** The first record under the keys of a secret, with an inner plaintext and an outer type that no sealer would make. */
export function sealInner(
  secret: Uint8Array,
  inner: Uint8Array,
  outerType: ContentType = ContentType.application_data,
): Uint8Array {
  const { key, iv } = now(run(trafficKeys(SYNC, SUITE, secret)));
  const header = encodeHeader(outerType, RECORD_VERSION, inner.length + 16);
  return concat([header, now(key.seal(iv, header, inner))]);
}

/** A sealer with the keys of a secret. */
export function sealerOf(secret: Uint8Array, suite: CipherSuite = SUITE): RecordSealer {
  return new RecordSealer(now(run(trafficKeys(SYNC, suite, secret))));
}

/** What a toy connection is made of. */
export interface ToyOptions {
  readonly crypto?: CryptoProvider;
  readonly suite?: CipherSuite;
  readonly maxFragmentSize?: number;
  readonly handshake?: ConnectionScripts["handshake"];
  readonly receiveMessage?: NonNullable<ConnectionScripts["receiveMessage"]>;
}

/** A connection whose handshake is one Finished each way, and whose secrets are public. */
export class Toy extends Connection {
  constructor(role: "client" | "server", options: ToyOptions = {}) {
    const { crypto = SYNC, suite = SUITE, maxFragmentSize } = options;
    const handshake = options.handshake ?? (role === "client" ? toyClient(suite) : toyServer(suite));
    const { receiveMessage } = options;
    super(role, receiveMessage === undefined ? { handshake } : { handshake, receiveMessage }, {
      crypto,
      maxFragmentSize,
    });
  }
}

export function toyClient(suite: CipherSuite): ConnectionScripts["handshake"] {
  return function* (channel: HandshakeChannel): Script<HandshakeResult, TlsEvent> {
    channel.send(TOY_FINISHED);
    yield* channel.flush();
    yield* channel.expect("finished");
    yield* channel.setReadSecret(suite, SERVER_SECRET);
    yield* channel.setWriteSecret(suite, CLIENT_SECRET);
    return established(suite);
  };
}

export function toyServer(suite: CipherSuite): ConnectionScripts["handshake"] {
  return function* (channel: HandshakeChannel): Script<HandshakeResult, TlsEvent> {
    yield* channel.expect("finished");
    channel.send(TOY_FINISHED);
    yield* channel.setWriteSecret(suite, SERVER_SECRET);
    yield* channel.setReadSecret(suite, CLIENT_SECRET);
    return established(suite);
  };
}

const EXPORTER_SECRET = new Uint8Array(32).fill(0xe0);

export function established(suite: CipherSuite): HandshakeResult {
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: "x25519",
      alpnProtocol: "h2",
      serverName: "toy.example",
      peerCertificates: [],
      resumed: false,
      retried: false,
      peerSignatureScheme: undefined,
      ocspResponse: undefined,
      ech: "not_offered",
    }),
    suite,
    secrets: {
      clientTraffic: CLIENT_SECRET,
      serverTraffic: SERVER_SECRET,
      exporter: EXPORTER_SECRET,
      resumption: new Uint8Array(32),
    },
    exportKeyingMaterial: (label, context, length) =>
      exportKeyingMaterial(SYNC, suite.hash, EXPORTER_SECRET, label, context, length),
  };
}

/** A client that has shaken hands with a hand-written server, and that server's sending half. */
export function connectedClient(options: ToyOptions = {}): { client: Toy; peer: Peer } {
  const client = new Toy("client", options);
  client.receive(plain(ContentType.handshake, TOY_FINISHED));
  const event = now(client.next());
  if (event?.type !== "established") throw new TypeError("Cannot connect: the toy handshake failed");
  drain(client);
  return { client, peer: new Peer(SERVER_SECRET) };
}

/** Everything that a connection has to write. */
export function drain(connection: Connection): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = connection.output(); bytes !== undefined; bytes = connection.output()) pieces.push(bytes);
  return concat(pieces);
}

/** All events that a connection has, and what it throws after them. */
export function events(connection: Connection): { events: TlsEvent[]; error?: unknown } {
  const events: TlsEvent[] = [];
  try {
    for (let event = now(connection.next()); event !== undefined; event = now(connection.next())) {
      events.push(event);
    }
  } catch (error) {
    return { events, error };
  }
  return { events };
}

/** Reproducible numbers from 0 to `limit` - 1 (mulberry32). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** The same provider, whose answers about records come as promises that settle in a shuffled order. */
export function shuffled(
  seed: number,
  suite: CipherSuite = SUITE,
): { crypto: CryptoProvider; suite: CipherSuite } {
  const random = numbers(seed);
  const later = async <T>(value: Eventual<T>): Promise<T> => {
    for (let ticks = random(24); ticks > 0; ticks--) await undefined;
    return value;
  };
  const slowSuite: CipherSuite = {
    ...suite,
    importKey(bytes) {
      const key = now(suite.importKey(bytes));
      const slow: AeadKey = {
        seal: (nonce, aad, plaintext) => later(key.seal(nonce, aad, plaintext)),
        open: (nonce, aad, ciphertext) => later(key.open(nonce, aad, ciphertext)),
      };
      return later(slow);
    },
  };
  const crypto: CryptoProvider = {
    ...SYNC,
    cipherSuites: [slowSuite],
    digest: (hash, data) => later(SYNC.digest(hash, data)),
    hmac: (hash, key, data) => later(SYNC.hmac(hash, key, data)),
  };
  return { crypto, suite: slowSuite };
}

/** The alerts that a connection has sent, by number; protected ones are opened with the keys of `secret`. */
export function alertsSent(output: Uint8Array, secret: Uint8Array): number[] {
  const opener = new RecordOpener(now(run(trafficKeys(SYNC, SUITE, secret))));
  const deframer = new Deframer();
  deframer.receive(output);
  const alerts: number[] = [];
  for (let record = deframer.next(); record !== undefined; record = deframer.next()) {
    const { type, content } = record.type === ContentType.application_data
      ? readInnerPlaintext(now(opener.open(record)) ?? Uint8Array.of(0))
      : { type: record.type, content: record.payload };
    if (type === ContentType.alert) alerts.push(content[1] ?? -1);
  }
  return alerts;
}

/** What was told, data as text and joined. */
export function story(events: readonly TlsEvent[]): string[] {
  const words: string[] = [];
  for (const event of events) {
    const word = event.type === "data" ? `data:${new TextDecoder().decode(event.data)}` : event.type;
    const last = words.at(-1);
    if (event.type === "data" && last?.startsWith("data:")) words[words.length - 1] = last + word.slice(5);
    else words.push(word);
  }
  return words;
}

/** So many of what `make` makes. */
export const many = (count: number, make: () => Uint8Array): Uint8Array[] =>
  Array.from({ length: count }, make);

/**
 * A client that receives an unprotected message, changes its keys, and receives a Finished: until then a ChangeCipherSpec
 * may come.
 */
export function* helloFirst(channel: HandshakeChannel): Script<HandshakeResult> {
  channel.send(TOY_FINISHED);
  yield* channel.flush();
  yield* channel.take();
  yield* channel.setReadSecret(SUITE, SERVER_SECRET);
  yield* channel.expect("finished");
  return established(SUITE);
}
