/**
 * Conversations of Ductile's TLS with itself: every kind of handshake, over memory and over TCP, with transports that die
 * at any byte.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { closeQuietly, type Duplex, writeAll } from "../../io/duplex.ts";
import {
  type ClientConfigOptions,
  type CryptoProvider,
  denoCrypto,
  memoryServerSessions,
  memorySessions,
  nodeCrypto,
  RootCertStore,
  rotatingTicketer,
  type ServerConfigOptions,
  TlsAcceptor,
  TlsConnector,
  webCrypto,
} from "../../tls/mod.ts";
import type { Random } from "../http2/hpack/octets.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { type Death, MortalDuplex } from "./mortal_duplex.ts";

/** What became of a conversation. */
export interface Outcome {
  readonly protocolVersion: string | undefined;
  readonly resumed: boolean;
  /** Whether the transport died of its own. */
  readonly died: boolean;
  /** What the client rejected with; only where the transport died. */
  readonly error?: unknown;
}

/** Two ends that meet again and again. */
export interface Couple extends AsyncDisposable {
  readonly name: string;
  /** One conversation. @throws when something failed though the transport did not die. */
  converse(random: Random): Promise<Outcome>;
}

/**
 * More than any conversation takes. No more than that: each `deadline` keeps its timer, and what hangs on it, until then,
 * which would look like memory that grows.
 */
const MAX_CONVERSATION_MS = 10_000;
/** Sessions that each end keeps: few, so that the stores are full soon. */
const STORED_SESSIONS = 32;
/** The longest content that is sent there and back. */
const MAX_CONTENT_BYTES = 100_000;
/** Conversations of a hundred whose transport dies. */
const DEATHS_PERCENT = 40;
/** Within so many bytes half of them die: a handshake has no more. */
const HANDSHAKE_BYTES = 6_000;

interface Kind {
  readonly name: string;
  readonly crypto?: () => CryptoProvider;
  readonly client?: ClientConfigOptions;
  readonly server?: Partial<ServerConfigOptions>;
  readonly sealsTickets?: boolean;
  readonly asksClient?: boolean;
}

const TLS12 = { versions: ["TLSv1.2"] } as const;

const KINDS: readonly Kind[] = [
  { name: "TLS 1.3, tickets of a store" },
  { name: "TLS 1.3, sealed tickets", sealsTickets: true },
  { name: "TLS 1.3, client certificates", asksClient: true },
  {
    name: "TLS 1.3, HelloRetryRequest",
    client: { groups: ["x25519", "secp384r1"] },
    server: { groups: ["secp384r1"] },
  },
  { name: "TLS 1.3, small records", client: { maxFragmentSize: 300 }, server: { maxFragmentSize: 500 } },
  { name: "TLS 1.3, WebCrypto", crypto: webCrypto },
  { name: "TLS 1.2, session IDs", client: TLS12 },
  { name: "TLS 1.2, tickets", server: TLS12, sealsTickets: true },
  { name: "TLS 1.2, client certificates", client: TLS12, asksClient: true },
  { name: "TLS 1.2, no resumption", client: { ...TLS12, sessions: false } },
  { name: "TLS 1.2, WebCrypto", crypto: webCrypto, server: TLS12 },
  { name: "TLS 1.2, Node's crypto", crypto: nodeCrypto, client: TLS12, sealsTickets: true },
];

/** All kinds of couples, over memory and over TCP. */
export async function makeCouples(): Promise<readonly Couple[]> {
  const authority = await mintAuthority();
  const server = await mintCertificate(authority, { names: ["localhost"] });
  const client = await mintCertificate(authority, { commonName: "client" });
  const roots = RootCertStore.fromPem(authority.certPem);
  const couples = KINDS.map((kind) => {
    const { crypto: choose = denoCrypto, sealsTickets = false, asksClient = false } = kind;
    const crypto = choose();
    const connector = new TlsConnector({
      crypto,
      roots,
      sessions: memorySessions(STORED_SESSIONS),
      ...(asksClient && { identity: { chain: client.chainPem, key: client.keyPem } }),
      ...kind.client,
    });
    const acceptor = new TlsAcceptor({
      crypto,
      identity: { chain: server.chainPem, key: server.keyPem },
      ...(sealsTickets
        ? { ticketer: rotatingTicketer(crypto) }
        : { sessions: memoryServerSessions(STORED_SESSIONS) }),
      ...(asksClient && { clientAuth: { roots } }),
      ...kind.server,
    });
    return [coupleInMemory(kind.name, connector, acceptor), coupleOverTcp(kind.name, connector, acceptor)];
  });
  return couples.flat();
}

function coupleInMemory(name: string, connector: TlsConnector, acceptor: TlsAcceptor): Couple {
  return {
    name: `${name}, in memory`,
    async converse(random): Promise<Outcome> {
      const [near, far] = memoryDuplexPair({ chunk: random.pick([Infinity, 1_000, 100]) });
      const answering = answer(acceptor, far);
      try {
        return await ask(connector, near, random);
      } catch (error) {
        throw new AggregateError(
          [error, await deadline(answering, MAX_CONVERSATION_MS)],
          "both ends' failures",
        );
      } finally {
        await deadline(answering, MAX_CONVERSATION_MS);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function coupleOverTcp(name: string, connector: TlsConnector, acceptor: TlsAcceptor): Couple {
  const hostname = "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const answers = new Set<Promise<void>>();
  /** The server's last failures: most are those of clients that died. */
  const failures: unknown[] = [];
  const listening = (async () => {
    for await (const io of listener) {
      const answering: Promise<void> = answer(acceptor, io).then((failure) => {
        answers.delete(answering);
        if (failure !== undefined) failures.unshift(failure);
        failures.length = Math.min(failures.length, 3);
      });
      answers.add(answering);
    }
  })();
  return {
    name: `${name}, over TCP`,
    async converse(random): Promise<Outcome> {
      try {
        return await ask(connector, await Deno.connect({ hostname, port }), random);
      } catch (error) {
        throw new AggregateError([error, ...failures], "the client's failure, and the server's last ones");
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await listening.catch(() => {}); // closing ends the loop, in some runtimes by an error
      await deadline(Promise.all(answers), MAX_CONVERSATION_MS);
    },
  };
}

/** The server: sends back what comes. It may fail when its client does. @returns Its failure. */
async function answer(acceptor: TlsAcceptor, io: Duplex): Promise<unknown> {
  try {
    await using stream = await acceptor.accept(io, { handshakeTimeout: MAX_CONVERSATION_MS });
    const into = new Uint8Array(16_384);
    for (let count = await stream.read(into); count !== null; count = await stream.read(into)) {
      await writeAll(stream, into.subarray(0, count));
    }
    await stream.shutdown();
    return undefined;
  } catch (error) {
    closeQuietly(io);
    return error;
  }
}

/** The client: has content sent back, and compares it. */
async function ask(connector: TlsConnector, io: Duplex, random: Random): Promise<Outcome> {
  const mortal = new MortalDuplex(io, deathOf(random));
  const content = new Uint8Array(random.below(MAX_CONTENT_BYTES)).fill(random.below(256));
  let facts: Pick<Outcome, "protocolVersion" | "resumed"> = { protocolVersion: undefined, resumed: false };
  try {
    await deadline(
      (async () => {
        await using stream = await connector.connect("localhost", mortal);
        const { protocolVersion, resumed } = stream.connection;
        facts = { protocolVersion, resumed };
        if (protocolVersion === "TLSv1.3" && random.below(10) === 0) await stream.refreshTrafficKeys();
        await Promise.all([sendAll(stream, content), receiveAll(stream, content)]);
      })(),
      MAX_CONVERSATION_MS,
    );
    return { ...facts, died: false };
  } catch (error) {
    if (!mortal.isDead) throw error;
    return { ...facts, died: true, error };
  } finally {
    closeQuietly(io);
  }
}

async function sendAll(
  stream: Duplex & { readonly shutdown: () => Promise<void> },
  content: Uint8Array,
): Promise<void> {
  await writeAll(stream, content);
  await stream.shutdown();
}

async function receiveAll(stream: Duplex, content: Uint8Array): Promise<void> {
  const into = new Uint8Array(16_384);
  let received = 0;
  for (let count = await stream.read(into); count !== null; count = await stream.read(into)) {
    if (into.subarray(0, count).some((byte) => byte !== content[0])) {
      throw new Error("another byte came back");
    }
    received += count;
  }
  if (received !== content.length) throw new Error(`${received} of ${content.length} bytes came back`);
}

function deathOf(random: Random): Death {
  const byEnd = random.below(2) === 0;
  if (random.below(100) >= DEATHS_PERCENT) return { after: Infinity, byEnd };
  const within = random.below(2) === 0 ? HANDSHAKE_BYTES : 2 * MAX_CONTENT_BYTES;
  return { after: 1 + random.below(within), byEnd };
}
