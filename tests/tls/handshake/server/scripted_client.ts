/**
 * A scripted client, made of the real encoders, that can deviate from the protocol as no real client does.
 *
 * By default it is honest. Each switch of `illegal` changes one thing.
 *
 * @module
 */

import { exportKeyingMaterial } from "../../../../tls/schedule/exporter.ts";
import { Connection } from "../../../../tls/connection/connection.ts";
import type { CipherSuite, CryptoProvider, KeyShare, SigningKey } from "../../../../tls/crypto/provider.ts";
import { chooseScheme, signTranscript } from "../../../../tls/handshake/certificate_verify.ts";
import type { HandshakeChannel } from "../../../../tls/record/channel_types.ts";
import { connectionFacts } from "../../../../tls/handshake/connection_facts.ts";
import type { HandshakeResult } from "../../../../tls/handshake/handshake_result.ts";
import { earlySecret, earlySecretOfPsk } from "../../../../tls/schedule/key_schedule.ts";
import { resumptionPsk, verifyData } from "../../../../tls/schedule/traffic_keys.ts";
import { type Script, settle } from "../../../../io/script.ts";
import { encodeCertificate } from "../../../../tls/wire/certificate.ts";
import { encodeCertificateVerify } from "../../../../tls/wire/certificate_verify.ts";
import { clientHelloWithoutBinders, encodeClientHello } from "../../../../tls/wire/client_hello.ts";
import { encodeFinished } from "../../../../tls/wire/finished.ts";
import type {
  CertificateEntry,
  CertificateRequest,
  CertificateVerify,
  ClientHello,
  ClientHelloExtensions,
  EncryptedExtensions,
  KeyShareEntry,
  NewSessionTicket,
  OfferedPsks,
  ServerHello,
} from "../../../../tls/wire/messages.ts";
import {
  ExtensionType,
  NamedGroup,
  type NamedGroupName,
  ProtocolVersion,
  SignatureScheme,
} from "../../../../tls/wire/numbers.ts";

/** Options of a scripted client. */
export interface ScriptedClientOptions {
  readonly crypto: CryptoProvider;
  /** Groups it supports. Default: the provider's. */
  readonly groups?: readonly NamedGroupName[];
  /** Groups it sends shares for. Default: the first of `groups`. */
  readonly shares?: readonly NamedGroupName[];
  /** Extensions to add, change, or (`undefined`) leave out. */
  readonly extensions?: {
    readonly [K in keyof ClientHelloExtensions]?: ClientHelloExtensions[K] | undefined;
  };
  /** The ticket that it resumes from. */
  readonly ticket?: Ticket;
  /** Its identity, for a CertificateRequest. Default: none. */
  readonly identity?: { readonly chain: readonly Uint8Array[]; readonly key: SigningKey };
  /** Its deviations. */
  readonly illegal?: Illegal;
}

/** Deviations of a scripted client. */
export interface Illegal {
  /** Changes the ClientHello. */
  readonly hello?: (hello: ClientHello) => ClientHello;
  /** Changes the second ClientHello. */
  readonly secondHello?: (hello: ClientHello) => ClientHello;
  /** Changes the encoded ClientHello. */
  readonly encodedHello?: (encoded: Uint8Array) => Uint8Array;
  /** Changes the binder of the ticket. */
  readonly binder?: (binder: Uint8Array) => Uint8Array;
  /** Changes the entries of the client's Certificate. */
  readonly entries?: (entries: readonly CertificateEntry[]) => readonly CertificateEntry[];
  /** The context of the client's Certificate. */
  readonly context?: Uint8Array;
  /** Changes the CertificateVerify; `undefined`: it is not sent. */
  readonly certificateVerify?: (message: CertificateVerify) => CertificateVerify | undefined;
  /** Messages in front of the client's Finished. */
  readonly beforeFinished?: readonly Uint8Array[];
  /** Changes verify_data. */
  readonly finished?: (verifyData: Uint8Array) => Uint8Array;
  /** Messages behind the client's Finished, under the application keys. */
  readonly afterFinished?: readonly Uint8Array[];
}

/** A ticket with its secret. */
export interface Ticket {
  readonly message: NewSessionTicket;
  readonly psk: Uint8Array;
}

/** What the server said. */
export interface Heard {
  serverHello?: ServerHello;
  helloRetryRequest?: ServerHello;
  encryptedExtensions?: EncryptedExtensions;
  certificateRequest?: CertificateRequest;
  certificates?: readonly CertificateEntry[];
  certificateVerify?: CertificateVerify;
  readonly tickets: Ticket[];
}

/** The client. */
export class ScriptedClient extends Connection {
  /** What the server said so far. */
  readonly heard: Heard;

  constructor(options: ScriptedClientOptions) {
    const heard: Heard = { tickets: [] };
    const { crypto } = options;
    super("client", {
      handshake: (channel) => shakeHands(channel, options, heard),
      *receiveMessage(message, _raw, { suite, secrets }) {
        if (message.type !== "new_session_ticket" || secrets === undefined) return undefined;
        const psk = yield* resumptionPsk(crypto, suite.hash, secrets.resumption, message.nonce);
        heard.tickets.push({ message, psk });
        return { type: "session_ticket" };
      },
    }, { crypto });
    this.heard = heard;
  }
}

/** All extensions of a ClientHello, pre_shared_key last. */
export const ALL_EXTENSIONS: readonly number[] = [
  ExtensionType.server_name,
  ExtensionType.status_request,
  ExtensionType.supported_groups,
  ExtensionType.signature_algorithms,
  ExtensionType.signature_algorithms_cert,
  ExtensionType.application_layer_protocol_negotiation,
  ExtensionType.supported_versions,
  ExtensionType.cookie,
  ExtensionType.early_data,
  ExtensionType.psk_key_exchange_modes,
  ExtensionType.ticket_request,
  ExtensionType.certificate_authorities,
  ExtensionType.key_share,
  ExtensionType.pre_shared_key,
];

/** A ClientHello with nothing wrong about it. */
export function plainHello(
  crypto: CryptoProvider,
  extensions: ScriptedClientOptions["extensions"] = {},
): ClientHello {
  const all: ClientHelloExtensions = {
    serverName: "example.com",
    supportedVersions: [ProtocolVersion["TLSv1.3"]],
    supportedGroups: crypto.groups.map(({ id }) => id),
    signatureAlgorithms: Object.values(SignatureScheme),
    pskKeyExchangeModes: [1],
  };
  // A key whose value is undefined is one that is left out: the encoder sends what is there.
  const merged = Object.fromEntries(
    Object.entries({ ...all, ...extensions }).filter(([, value]) => value !== undefined),
  );
  return {
    type: "client_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: crypto.random(32),
    sessionId: crypto.random(32),
    cipherSuites: crypto.cipherSuites.map(({ id }) => id),
    compressionMethods: Uint8Array.of(0),
    extensions: merged,
    extensionOrder: ALL_EXTENSIONS,
  };
}

function* shakeHands(
  channel: HandshakeChannel,
  options: ScriptedClientOptions,
  heard: Heard,
): Script<HandshakeResult> {
  const { crypto, illegal = {}, ticket } = options;
  const offers = new Offers(channel, options);
  const { reply, retried } = yield* exchangeHellos(channel, options, heard, offers);
  const suite = suiteOf(crypto, reply.cipherSuite);
  const { hash } = suite;
  const shared = yield* offers.agree(reply);
  const resumes = reply.preSharedKey !== undefined && ticket !== undefined;
  const early = resumes
    ? yield* earlySecretOfPsk(crypto, hash, ticket.psk)
    : yield* earlySecret(crypto, hash);
  const secret = yield* early.handshake(shared);
  const helloHash = yield* channel.transcript.hash(hash);
  const clientSecret = yield* secret.clientTraffic(helloHash);
  yield* channel.setReadSecret(suite, yield* secret.serverTraffic(helloHash));
  if (!retried) channel.sendChangeCipherSpec();
  yield* channel.setWriteSecret(suite, clientSecret);

  const request = yield* receiveFlight(channel, heard, resumes);
  const main = yield* secret.main();
  const finishedHash = yield* channel.transcript.hash(hash);
  const clientTraffic = yield* main.clientTraffic(finishedHash);
  const serverTraffic = yield* main.serverTraffic(finishedHash);
  const exporter = yield* main.exporter(finishedHash);
  yield* channel.setReadSecret(suite, serverTraffic);

  if (request !== undefined) yield* sendIdentity(channel, options, request, suite);
  for (const message of illegal.beforeFinished ?? []) channel.send(message);
  const data = yield* verifyData(crypto, hash, clientSecret, yield* channel.transcript.hash(hash));
  channel.send(encodeFinished({ type: "finished", verifyData: illegal.finished?.(data) ?? data }));
  yield* channel.setWriteSecret(suite, clientTraffic);
  const resumption = yield* main.resumption(yield* channel.transcript.hash(hash));
  for (const message of illegal.afterFinished ?? []) channel.send(message);
  yield* channel.flush();
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: crypto.groups.find(({ id }) => id === reply.keyShare?.group)?.name ?? "x25519",
      alpnProtocol: null,
      serverName: undefined,
      peerCertificates: [],
      resumed: resumes,
      retried: false,
      peerSignatureScheme: undefined,
      ocspResponse: undefined,
      ech: "not_offered",
    }),
    suite,
    secrets: { clientTraffic, serverTraffic, exporter, resumption },
    exportKeyingMaterial: (label, context, length) =>
      exportKeyingMaterial(crypto, suite.hash, exporter, label, context, length),
  };
}

/** The ClientHellos of one handshake, with their key shares and binders. */
class Offers {
  readonly #channel: HandshakeChannel;
  readonly #options: ScriptedClientOptions;
  readonly #keyShares = new Map<number, KeyShare>();

  constructor(channel: HandshakeChannel, options: ScriptedClientOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Makes a key share. */
  *start(name: NamedGroupName): Script<KeyShareEntry> {
    const group = this.#options.crypto.groups.find((each) => each.name === name);
    if (group === undefined) throw new TypeError(`Cannot offer ${name}: the provider does not have it`);
    const share = yield* settle(group.start());
    this.#keyShares.set(group.id, share);
    return { group: group.id, keyExchange: share.publicKey };
  }

  /** The shared secret with the server's key share. */
  *agree({ keyShare }: ServerHello): Script<Uint8Array> {
    const share = this.#keyShares.get(keyShare?.group ?? 0);
    const shared = yield* settle(share?.agree(keyShare?.keyExchange ?? new Uint8Array()) ?? null);
    if (shared === null) throw new TypeError("Cannot agree on a key with the server");
    return shared;
  }

  /** Sends a ClientHello, with the binder of the ticket where one is offered. */
  *send(hello: ClientHello, suite: CipherSuite | undefined): Script<void> {
    const { illegal = {}, ticket } = this.#options;
    let encoded = encodeClientHello(hello);
    const psks = hello.extensions.preSharedKey;
    if (ticket !== undefined && psks !== undefined) {
      encoded = encodeClientHello(yield* this.#bind(hello, psks, encoded, suite));
    }
    this.#channel.send(illegal.encodedHello?.(encoded) ?? encoded);
    yield* this.#channel.flush();
  }

  *#bind(
    hello: ClientHello,
    psks: OfferedPsks,
    encoded: Uint8Array,
    suite: CipherSuite | undefined,
  ): Script<ClientHello> {
    const { crypto, illegal = {}, ticket } = this.#options;
    const hash = suite?.hash ?? (ticket?.psk.length === 48 ? "SHA-384" : "SHA-256");
    const early = yield* earlySecretOfPsk(crypto, hash, ticket?.psk ?? new Uint8Array());
    const partial = yield* this.#channel.transcript.hash(hash, clientHelloWithoutBinders(encoded, psks));
    const binder = yield* verifyData(crypto, hash, yield* early.binderKey(), partial);
    const bound = illegal.binder?.(binder) ?? binder;
    return {
      ...hello,
      extensions: {
        ...hello.extensions,
        preSharedKey: { ...psks, binders: [...psks.binders.slice(0, -1), bound] },
      },
    };
  }
}

/** The first ClientHello, as the options change it. */
function* firstHello(options: ScriptedClientOptions, offers: Offers): Script<ClientHello> {
  const { crypto, illegal = {}, ticket } = options;
  const groups = options.groups ?? crypto.groups.map(({ name }) => name);
  const first = plainHello(crypto, {
    supportedGroups: groups.map((name) => NamedGroup[name]),
    ...options.extensions,
  });
  const shares: KeyShareEntry[] = [];
  for (const name of options.shares ?? groups.slice(0, 1)) shares.push(yield* offers.start(name));
  // The right binder depends on the lengths in front of it, and so on the length of the binder that will be sent.
  const zeros = new Uint8Array(ticket?.psk.length ?? 0);
  const preSharedKey: OfferedPsks | undefined = ticket && {
    identities: [{ identity: ticket.message.ticket, obfuscatedTicketAge: ticket.message.ageAdd }],
    binders: [illegal.binder?.(zeros) ?? zeros],
  };
  const hello: ClientHello = {
    ...first,
    extensions: { keyShares: shares, ...first.extensions, ...(preSharedKey && { preSharedKey }) },
  };
  return illegal.hello?.(hello) ?? hello;
}

/** From the ClientHello to the ServerHello, with a HelloRetryRequest where the server sends one. */
function* exchangeHellos(
  channel: HandshakeChannel,
  options: ScriptedClientOptions,
  heard: Heard,
  offers: Offers,
): Script<{ readonly reply: ServerHello; readonly retried: boolean }> {
  const { crypto, illegal = {} } = options;
  const hello = yield* firstHello(options, offers);
  yield* offers.send(hello, undefined);
  const first = yield* channel.expect("server_hello");
  if (!first.isHelloRetryRequest) {
    heard.serverHello = first;
    return { reply: first, retried: false };
  }
  heard.helloRetryRequest = first;
  const suite = suiteOf(crypto, first.cipherSuite);
  yield* channel.transcript.replaceFirstHello(suite.hash);
  channel.sendChangeCipherSpec();
  const wanted = crypto.groups.find(({ id }) => id === first.selectedGroup);
  const share = yield* offers.start(wanted?.name ?? "x25519");
  const { earlyData: _, ...extensions } = hello.extensions;
  const second: ClientHello = { ...hello, extensions: { ...extensions, keyShares: [share] } };
  yield* offers.send(illegal.secondHello?.(second) ?? second, suite);
  const reply = yield* channel.expect("server_hello");
  heard.serverHello = reply;
  return { reply, retried: true };
}

/** The server's flight behind its ServerHello. */
function* receiveFlight(
  channel: HandshakeChannel,
  heard: Heard,
  resumes: boolean,
): Script<CertificateRequest | undefined> {
  heard.encryptedExtensions = yield* channel.expect("encrypted_extensions");
  const request = yield* channel.maybe("certificate_request");
  if (request !== undefined) heard.certificateRequest = request;
  if (!resumes) {
    heard.certificates = (yield* channel.expect("certificate")).entries;
    heard.certificateVerify = yield* channel.expect("certificate_verify");
  }
  yield* channel.expect("finished");
  return request;
}

function* sendIdentity(
  channel: HandshakeChannel,
  { identity, illegal = {} }: ScriptedClientOptions,
  request: CertificateRequest,
  suite: CipherSuite,
): Script<void> {
  const entries = identity?.chain.map((certificate) => ({ certificate, extensionOrder: [] })) ?? [];
  channel.send(encodeCertificate({
    type: "certificate",
    context: illegal.context ?? new Uint8Array(0),
    entries: illegal.entries?.(entries) ?? entries,
  }));
  const scheme = identity && chooseScheme(identity.key, request.signatureAlgorithms ?? []);
  if (identity === undefined || scheme === undefined) return;
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const signed = yield* signTranscript(identity.key, scheme, "client", transcriptHash);
  const message = illegal.certificateVerify === undefined ? signed : illegal.certificateVerify(signed);
  if (message !== undefined) channel.send(encodeCertificateVerify(message));
}

function suiteOf(crypto: CryptoProvider, number: number): CipherSuite {
  const suite = crypto.cipherSuites.find(({ id }) => id === number);
  if (suite === undefined) {
    throw new TypeError(`Cannot use cipher suite ${number}: the provider does not have it`);
  }
  return suite;
}
