/**
 * Honest conversations, of which the lies are made: who takes part, and what either said.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { rememberGroup } from "../../../tls/handshake/client/group_hints.ts";
import type { Connection } from "../../../tls/connection/connection.ts";
import type { EchStatus, HandshakeKind } from "../../../tls/handshake/connection_facts.ts";
import type { Identity, RawPublicKeyIdentity } from "../../../tls/config/config_types.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { loadTls12Client } from "../../../tls/handshake/client/client_handshake.ts";
import { loadEch } from "../../../tls/handshake/client/load_ech.ts";
import { loadServerHandshake } from "../../../tls/handshake/server/load_server_handshake.ts";
import { loadHelloDecryption } from "../../../tls/handshake/server/receive_ech.ts";
import { loadTls12Server } from "../../../tls/handshake/server/server_handshake.ts";
import { run } from "../../../io/script.ts";
import { encodeEchConfig, encodeEchConfigList } from "../../../tls/wire/ech_config.ts";
import { readFields } from "../../../tls/x509/certificate_fields.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import type { ClientSession } from "../../../tls/session/session.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { altNames, CA, certificateOf, dns, nameOf, octets } from "../../tls/x509/certificate_parts.ts";
import { OpenCrypto } from "./tls_open_crypto.ts";
import { type Flight, itemsOf, TLS12_FORM, TLS13_FORM, type WireForm } from "./tls_wire.ts";

/** One end of a conversation, which can be begun any number of times and always says the same. */
export interface Victim {
  readonly name: string;
  readonly crypto: OpenCrypto;
  /** Begins a connection. */
  readonly start: () => Connection;
  /** A server that is told late how to do TLS: what to tell it. */
  readonly config?: ServerConfig;
  /** What the other end said. */
  readonly flights: readonly Flight[];
  /** How the other end protects records. */
  readonly form: WireForm;
}

/** When everything happens: what was signed once is good for years around it. */
const NOW = new Date("2026-06-01T00:00:00Z");
const now = () => NOW;

const SERVER_NAME = "example.com";
const ROOT = certificateOf({ issuer: nameOf("root"), subject: nameOf("root"), extensions: [CA] });
const INTERMEDIATE = certificateOf({ issuer: nameOf("root"), subject: nameOf("middle"), extensions: [CA] });
const END_ENTITY = certificateOf({
  issuer: nameOf("middle"),
  extensions: [altNames([dns("example.com"), dns("*.example.com")])],
});
const ROOTS = RootCertStore.fromDer([ROOT]);

/** The code of servers, of ECH and of TLS 1.2, which is loaded once and late, is here from now on. */
await run(loadServerHandshake());
await run(loadEch());
await run(loadHelloDecryption());
await run(loadTls12Client());
await run(loadTls12Server());

/** A key of ECH, as good as all keys here. */
const ECH_CONFIG = encodeEchConfig({
  configId: 7,
  kem: 0x0020,
  publicKey: new Uint8Array(32).fill(7),
  cipherSuites: [{ kdf: 1, aead: 3 }],
  maximumNameLength: 32,
  publicName: "public.example.com",
});
const ECH = {
  client: { ech: { configs: encodeEchConfigList([ECH_CONFIG]) } },
  server: { echKeys: [{ config: ECH_CONFIG, privateKey: new Uint8Array(32) }] },
} as const;

interface Setting {
  readonly name: string;
  /** Whom the client trusts; default: the root. */
  readonly trusts?: Partial<ClientConfigOptions>;
  readonly client?: Partial<ClientConfigOptions>;
  readonly server?: Partial<ServerConfigOptions>;
  /** Whether the identities of both ends are raw public keys. */
  readonly hasRawKeys?: boolean;
  /** Whether both ends have several identities. */
  readonly hasSeveral?: boolean;
  /** Whether the server is told late how to do TLS. */
  readonly isLazy?: boolean;
  /** Whether the client comes back with a ticket. */
  readonly resumes?: boolean;
  /** Whether tickets carry their session with them. */
  readonly sealsTickets?: boolean;
  /** Whether both ends know TLS 1.2 alone. */
  readonly isTls12?: boolean;
}

/** Options of two ends that send early data and take it. */
const EARLY = { client: { enableEarlyData: true }, server: { maxEarlyDataSize: 1_000 } } as const;

/** Options of two ends that know each other by their keys. */
const RAW_KEYS = {
  hasRawKeys: true,
  trusts: { verifier: () => {}, serverCertificateTypes: ["RawPublicKey"] },
  server: { clientAuth: { verifier: () => {}, certificateTypes: ["RawPublicKey"] } },
} as const;

/** A suite whose records have no explicit nonce. */
const TLS12_SUITE = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";

const SETTINGS: readonly Setting[] = [
  { name: "full" },
  { name: "ALPN", client: { alpnProtocols: ["h2", "http/1.1"] }, server: { alpnProtocols: ["h2"] } },
  { name: "HelloRetryRequest", server: { groups: ["secp384r1", "secp521r1"] } },
  { name: "small records", client: { maxFragmentSize: 300 }, server: { maxFragmentSize: 200 } },
  {
    name: "padded records",
    client: { versions: ["TLSv1.3"], recordPadding: 40 },
    server: { versions: ["TLSv1.3"], recordPadding: (length) => 3 * length, maxFragmentSize: 500 },
  },
  { name: "several identities", hasSeveral: true, server: { clientAuth: { roots: ROOTS } } },
  { name: "client certificate", server: { clientAuth: { roots: ROOTS } } },
  {
    name: "no client certificate",
    client: { identity: () => undefined },
    server: { clientAuth: { verifier: () => {}, optional: true } },
  },
  { name: "resumption", resumes: true },
  { name: "resumption with a sealed ticket", resumes: true, sealsTickets: true },
  { name: "resumption with HelloRetryRequest", resumes: true, server: { groups: ["secp256r1"] } },
  { name: "resumption with a client certificate", resumes: true, server: { clientAuth: { roots: ROOTS } } },
  { name: "early data", resumes: true, ...EARLY },
  {
    name: "early data and half-RTT data",
    resumes: true,
    client: EARLY.client,
    server: { ...EARLY.server, sendHalfRttData: true },
  },
  {
    name: "refused early data",
    resumes: true,
    client: EARLY.client,
    server: { ...EARLY.server, acceptEarlyData: () => false },
  },
  {
    name: "early data and HelloRetryRequest",
    resumes: true,
    client: EARLY.client,
    server: { ...EARLY.server, groups: ["secp256r1"] },
  },
  {
    name: "any certificate",
    trusts: { verifier: () => {} },
    server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"] },
  },
  {
    name: "compressed certificates",
    client: { certificateCompression: ["zlib"] },
    server: { certificateCompression: ["zlib"], clientAuth: { roots: ROOTS } },
  },
  { name: "raw public keys", ...RAW_KEYS },
  { name: "raw public keys and resumption", ...RAW_KEYS, resumes: true },
  { name: "late config", isLazy: true, server: { preferServerOrder: true } },
  { name: "TLS 1.2", isTls12: true },
  {
    name: "TLS 1.2, ALPN and small records",
    isTls12: true,
    client: { alpnProtocols: ["h2", "http/1.1"], maxFragmentSize: 300 },
    server: { alpnProtocols: ["h2"], maxFragmentSize: 200 },
  },
  { name: "TLS 1.2, client certificate", isTls12: true, server: { clientAuth: { roots: ROOTS } } },
  {
    name: "TLS 1.2, no client certificate",
    isTls12: true,
    client: { identity: () => undefined },
    server: { clientAuth: { verifier: () => {}, optional: true } },
  },
  { name: "TLS 1.2, resumption by session ID", isTls12: true, resumes: true },
  { name: "TLS 1.2, resumption by ticket", isTls12: true, resumes: true, sealsTickets: true },
  { name: "TLS 1.2 of a client of both", isTls12: true, client: { versions: ["TLSv1.3", "TLSv1.2"] } },
  { name: "ECH", ...ECH },
  { name: "ECH with HelloRetryRequest", ...ECH, server: { ...ECH.server, groups: ["secp384r1"] } },
  { name: "ECH with resumption", ...ECH, resumes: true },
  { name: "ECH that is made up", ...ECH, client: { ech: "grease" } },
];

/** Both ends of each conversation. */
export function makeVictims(): { readonly clients: readonly Victim[]; readonly servers: readonly Victim[] } {
  const clients: Victim[] = [];
  const servers: Victim[] = [];
  for (const setting of SETTINGS) {
    const [client, server] = makePair(setting);
    clients.push(client);
    servers.push(server);
  }
  return { clients, servers };
}

function makePair(
  {
    name,
    isLazy = false,
    resumes = false,
    sealsTickets = false,
    hasRawKeys = false,
    isTls12 = false,
    hasSeveral = false,
    trusts = { roots: ROOTS },
    ...options
  }: Setting,
): [client: Victim, server: Victim] {
  const form = isTls12 ? TLS12_FORM : TLS13_FORM;
  const theirs = new OpenCrypto();
  const ours = new OpenCrypto();
  const clientConfig = new ClientConfig({
    crypto: ours.provider,
    now,
    identity: hasSeveral ? severalOf(ours) : identityOf(ours, hasRawKeys),
    sessions: oneSession(resumes),
    ...trusts,
    ...(isTls12 && { versions: ["TLSv1.2"] }),
    ...options.client,
  });
  const serverConfig = new ServerConfig({
    crypto: theirs.provider,
    now,
    identity: hasSeveral ? severalOf(theirs) : identityOf(theirs, hasRawKeys),
    ...(sealsTickets ? { ticketer: rotatingTicketer(theirs.provider) } : { sessions: lastingSessions() }),
    ...(isTls12 && { versions: ["TLSv1.2"], cipherSuites: [TLS12_SUITE] }),
    ...options.server,
  });
  const startClient = () => {
    ours.rewind();
    // What was learnt of the server is forgotten.
    rememberGroup(clientConfig, SERVER_NAME, "X25519MLKEM768");
    return new ClientConnection(clientConfig, SERVER_NAME);
  };
  const startServer = () => {
    theirs.rewind();
    return new ServerConnection(isLazy ? undefined : serverConfig);
  };
  // The first one is for its ticket.
  if (resumes) record(startClient(), startServer(), serverConfig, form);
  const said = record(startClient(), startServer(), serverConfig, form);
  if (said.kind?.startsWith("resumed") !== resumes) {
    throw new Error(`${name}: it is a ${said.kind} handshake`);
  }
  if (said.ech !== (options.server?.echKeys && options.client?.ech !== "grease" ? "accepted" : said.ech)) {
    throw new Error(`${name}: ECH is ${said.ech}`);
  }
  return [
    { name: `client, ${name}`, crypto: ours, start: startClient, form, flights: said.byServer },
    {
      name: `server, ${name}`,
      crypto: theirs,
      start: startServer,
      form,
      flights: said.byClient,
      ...(isLazy && { config: serverConfig }),
    },
  ];
}

function identityOf(crypto: OpenCrypto, isRawKey: boolean): Identity | RawPublicKeyIdentity {
  const key = crypto.provider.loadPrivateKey(new Uint8Array());
  if (key instanceof Promise) throw new TypeError("Cannot go on: the key is not here");
  if (isRawKey) return { rawPublicKey: readFields(END_ENTITY).publicKey, key };
  return { chain: [END_ENTITY, INTERMEDIATE], key, ocspResponse: octets("fine") };
}

/** Identities of which the first is for peers that name its authority. */
function severalOf(crypto: OpenCrypto): Identity[] {
  const identity = identityOf(crypto, false);
  if (!("chain" in identity)) throw new TypeError("Cannot go on: the identity has no chain");
  return [{ ...identity, mustMatchIssuer: true }, identity, identity];
}

/** A store that returns the first session each time. */
function oneSession(resumes: boolean): ClientConfigOptions["sessions"] & object {
  let kept: ClientSession | undefined;
  return { take: () => resumes ? kept : undefined, put: (_name, session) => void (kept ??= session) };
}

/** Forgets nothing that was put in before the first session was taken out. */
function lastingSessions(): ServerConfigOptions["sessions"] & object {
  const kept = new Map<string, Uint8Array>();
  let isOpen = true;
  return {
    put: (id, session) => {
      if (isOpen) kept.set(id, session);
    },
    take: (id) => {
      isOpen = false;
      return kept.get(id);
    },
  };
}

interface Said {
  readonly byClient: Flight[];
  readonly byServer: Flight[];
  readonly kind: HandshakeKind | undefined;
  readonly ech: EchStatus | undefined;
}

/** A whole conversation: a handshake, data and new keys both ways, and good bye. */
function record(client: Connection, server: ServerConnection, config: ServerConfig, form: WireForm): Said {
  const byClient: Flight[] = [];
  const byServer: Flight[] = [];
  const talk = () => {
    for (let silent = 0; silent < 2;) {
      silent = carry(client, server, byClient, config, form) ? 0 : silent + 1;
      silent = carry(server, client, byServer, config, form) ? 0 : silent + 1;
    }
  };
  talk();
  for (const end of [client, server]) {
    end.send(octets("Hello, there"));
    if (form === TLS13_FORM) end.refreshTrafficKeys();
    end.send(new Uint8Array(600));
  }
  talk();
  for (const end of [client, server]) end.sendCloseNotify();
  talk();
  if (!client.closed || !server.closed) throw new Error("the two do not understand each other");
  return { byClient, byServer, kind: client.facts?.handshakeKind, ech: client.facts?.ech };
}

function carry(
  from: Connection,
  to: Connection,
  flights: Flight[],
  config: ServerConfig,
  form: WireForm,
): boolean {
  for (let event = from.next(); event !== undefined; event = from.next()) {
    if (event instanceof Promise) throw new TypeError("Cannot go on: the event is not here");
    if (event.type === "client_hello" && from instanceof ServerConnection) from.useConfig(config);
  }
  // A protection that protects nothing opens refused early data, too: there is none of it here to skip.
  const isTaken = config.acceptEarlyData === undefined;
  if (isTaken && from instanceof ClientConnection && from.earlyDataLeft > 0 && flights.length === 0) {
    for (const length of [5, 300]) from.sendEarlyData(new Uint8Array(length).fill(0x65));
  }
  const written: Uint8Array[] = [];
  for (let wire = from.output(); wire !== undefined; wire = from.output()) written.push(wire);
  if (written.length === 0) return false;
  const wire = concat(written);
  flights.push(itemsOf(wire, form, flights));
  to.receive(wire);
  return true;
}
