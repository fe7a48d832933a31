/**
 * What a resumed connection must not skip, on both sides: the chain, its revocation lists, the pins, the verifier and the
 * identity are judged at the time of the resumption, and where the verdict is another one, a full handshake tells it.
 */

import { assertEquals } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { Identity } from "../../../tls/config/config_types.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { type ClientSessionStore, memorySessions } from "../../../tls/session/session.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import { mintCrl } from "../../support/crls.ts";
import { serializedSessions } from "../session/serialized_sessions.ts";
import { endOf, talk } from "./connection_pair.ts";

const HOUR = 3_600_000;
const START = Date.now();
const CRYPTO = nodeCrypto();

const ROOT = await mintAuthority();
const ROOTS = RootCertStore.fromPem(ROOT.certPem);
const SHORT_LIVED = await mintAuthority({ issuer: ROOT, notAfter: new Date(START + HOUR) });
const SERVER = await mintCertificate(ROOT, { names: ["server.example"] });
const SERVER_BELOW = await mintCertificate(SHORT_LIVED, { names: ["server.example"] });
const OTHER_SERVER = await mintCertificate(ROOT, { names: ["server.example"], commonName: "other" });
const A = await mintCertificate(ROOT, { commonName: "A" });
const B = await mintCertificate(ROOT, { commonName: "B" });
const A_BELOW = await mintCertificate(SHORT_LIVED, { commonName: "A" });
const RENEWED_LATE = {
  crls: [await mintCrl(ROOT, { nextUpdate: new Date(START + HOUR) })],
  expiration: "enforce",
} as const;

function identityOf({ chainPem, keyPem }: Minted): Identity {
  return { chain: chainPem, key: keyPem };
}

/** The same identity, and a certificate behind it that no path needs. */
function withAnotherChain(minted: Minted): Identity {
  return { chain: minted.chainPem + ROOT.certPem, key: minted.keyPem };
}

/** What changes between two connections. */
class World {
  /** Milliseconds since 1970. */
  time = START;
  isTrusted = true;
  identity: Identity | undefined;
  /** Calls of verifiers and resolvers. */
  asked = 0;
  readonly now = () => new Date(this.time);
  readonly verifier = () => {
    this.asked++;
    if (!this.isTrusted) throw new Error("not any more");
  };
  readonly resolver = () => {
    this.asked++;
    return this.identity;
  };
}

interface Row {
  readonly name: string;
  readonly client?: (world: World) => ClientConfigOptions;
  readonly server?: (world: World) => Partial<ServerConfigOptions>;
  /** The identity that resolvers answer at first. */
  readonly identity?: Identity;
  readonly later: (world: World) => void;
  /** The kind of the second handshake, or the code with which it fails. */
  readonly outcome: string;
  /** The common name of the peer that the other side sees then. */
  readonly seen?: string;
}

const ASKING: Partial<ServerConfigOptions> = { clientAuth: { verifier: () => {}, optional: true } };

const CLIENT_ROWS: readonly Row[] = [
  { name: "nothing has changed", later: () => {}, outcome: "resumed" },
  {
    name: "an authority of the chain has expired",
    server: () => ({ identity: identityOf(SERVER_BELOW) }),
    later: (world) => world.time += 2 * HOUR,
    outcome: "certificate_expired",
  },
  {
    name: "the clock was set back to before the certificate",
    later: (world) => world.time -= 30 * HOUR,
    outcome: "certificate_not_yet_valid",
  },
  { name: "the clock was set back a minute", later: (world) => world.time -= 60_000, outcome: "full" },
  {
    name: "a revocation list was to be renewed",
    client: () => ({ roots: ROOTS, revocation: RENEWED_LATE }),
    later: (world) => world.time += 2 * HOUR,
    outcome: "certificate_invalid",
  },
  {
    name: "the verifier has changed its mind",
    client: ({ verifier }) => ({ roots: ROOTS, verifier }),
    later: (world) => world.isTrusted = false,
    outcome: "certificate_rejected",
  },
  {
    name: "the verifier alone has changed its mind",
    client: ({ verifier }) => ({ verifier }),
    later: (world) => world.isTrusted = false,
    outcome: "certificate_rejected",
  },
  {
    name: "the verifier has changed its mind, and takes its time",
    client: ({ verifier }) => ({ verifier: async () => await Promise.resolve().then(verifier) }),
    later: (world) => world.isTrusted = false,
    outcome: "certificate_rejected",
  },
  {
    name: "the verifier takes its time, and says the same",
    client: ({ verifier }) => ({ verifier: async () => await Promise.resolve().then(verifier) }),
    later: () => {},
    outcome: "resumed",
  },
  {
    name: "the verifier refuses the session alone",
    client: (world) => ({ verifier: () => refuseSecond(world) }),
    later: () => {},
    outcome: "full",
  },
  {
    name: "the pins are those of before",
    client: () => ({ roots: ROOTS, pins: [SERVER_PIN] }),
    later: () => {},
    outcome: "resumed",
  },
  {
    name: "any certificate is accepted",
    client: () => ({ dangerAcceptInvalidCerts: true }),
    server: () => ({ identity: identityOf(SERVER_BELOW) }),
    later: (world) => world.time += 2 * HOUR,
    outcome: "resumed",
  },
  {
    name: "the resolver answers with another identity",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    identity: identityOf(A),
    later: (world) => world.identity = identityOf(B),
    outcome: "full",
    seen: "CN=B",
  },
  {
    name: "the resolver has no identity any more",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    identity: identityOf(A),
    later: (world) => world.identity = undefined,
    outcome: "full",
  },
  {
    name: "the resolver has an identity by now",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    later: (world) => world.identity = identityOf(B),
    outcome: "full",
    seen: "CN=B",
  },
  {
    name: "the resolver has no identity, as before",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    later: () => {},
    outcome: "resumed",
  },
  {
    name: "the resolver answers with the same identity in another object",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    identity: identityOf(A),
    later: (world) => world.identity = identityOf(A),
    outcome: "resumed",
    seen: "CN=A",
  },
  {
    name: "the resolver answers with the same identity, later",
    client: ({ resolver }) => ({ roots: ROOTS, identity: () => Promise.resolve().then(resolver) }),
    server: () => ASKING,
    identity: identityOf(A),
    later: () => {},
    outcome: "resumed",
    seen: "CN=A",
  },
  {
    name: "the resolver answers with another chain for the same certificate",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    server: () => ASKING,
    identity: identityOf(A),
    later: (world) => world.identity = withAnotherChain(A),
    outcome: "full",
    seen: "CN=A",
  },
  {
    name: "the resolver fails",
    client: (world) => ({ roots: ROOTS, identity: () => world.isTrusted ? world.resolver() : fail() }),
    server: () => ASKING,
    identity: identityOf(A),
    later: (world) => world.isTrusted = false,
    outcome: "RangeError",
  },
  {
    name: "the resolver would have another identity, and the server did not ask for one",
    client: ({ resolver }) => ({ roots: ROOTS, identity: resolver }),
    later: (world) => world.identity = identityOf(B),
    outcome: "resumed",
  },
];

const SERVER_ROWS: readonly Row[] = [
  {
    name: "the resolver answers with another identity",
    server: ({ resolver }) => ({ identity: resolver }),
    identity: identityOf(SERVER),
    later: (world) => world.identity = identityOf(OTHER_SERVER),
    outcome: "full",
    seen: "CN=other",
  },
  {
    name: "the resolver has no identity any more",
    server: ({ resolver }) => ({ identity: resolver }),
    identity: identityOf(SERVER),
    later: (world) => world.identity = undefined,
    outcome: "unrecognized_name",
  },
  {
    name: "the resolver answers with the same identity in another object",
    server: ({ resolver }) => ({ identity: resolver }),
    identity: identityOf(SERVER),
    later: (world) => world.identity = identityOf(SERVER),
    outcome: "resumed",
  },
  {
    name: "the resolver answers with another chain for the same certificate",
    server: ({ resolver }) => ({ identity: resolver }),
    identity: identityOf(SERVER),
    later: (world) => world.identity = withAnotherChain(SERVER),
    outcome: "full",
  },
  {
    name: "the client's certificate has expired",
    client: () => ({ roots: ROOTS, identity: identityOf(A_BELOW) }),
    server: () => ({ clientAuth: { roots: ROOTS } }),
    later: (world) => world.time += 2 * HOUR,
    outcome: "certificate_expired",
  },
  {
    name: "the revocation list of clients was to be renewed",
    client: () => ({ roots: ROOTS, identity: identityOf(A) }),
    server: () => ({ clientAuth: { roots: ROOTS, revocation: RENEWED_LATE } }),
    later: (world) => world.time += 2 * HOUR,
    outcome: "certificate_invalid",
  },
  {
    name: "the verifier of clients has changed its mind",
    client: () => ({ roots: ROOTS, identity: identityOf(A) }),
    server: ({ verifier }) => ({ clientAuth: { verifier } }),
    later: (world) => world.isTrusted = false,
    outcome: "certificate_rejected",
  },
  {
    name: "the verifier of clients has not",
    client: () => ({ roots: ROOTS, identity: identityOf(A) }),
    server: ({ verifier }) => ({ clientAuth: { verifier } }),
    later: () => {},
    outcome: "resumed",
    seen: "CN=A",
  },
];

const SERVER_PIN = `sha256/${encodeBase64(await crypto.subtle.digest("SHA-256", SERVER.key.spki))}`;

function refuseSecond(world: World): void {
  if (++world.asked === 2) throw new Error("not this one");
}

function fail(): never {
  throw new RangeError("the card is not there");
}

interface Meeting {
  /** The kind of the handshake, or the code of the first end that failed by itself. */
  readonly outcome: string;
  /** Subjects of the certificates that either side sees. */
  readonly seen: { readonly byClient: string | undefined; readonly byServer: string | undefined };
}

async function meet(client: ClientConfig, server: ServerConfig, name = "server.example"): Promise<Meeting> {
  const near = endOf(new ClientConnection(client, name));
  const far = endOf(new ServerConnection(server));
  await talk(near, far);
  const failure = [near.failure, far.failure].find((each) =>
    each !== undefined && !(each instanceof TlsError && each.alert !== undefined)
  );
  const [byClient, byServer] = [near, far].map(({ connection }) =>
    connection.facts?.peerCertificates[0]?.subject
  );
  return {
    outcome: outcomeOf(failure) ?? near.connection.facts?.handshakeKind ?? "nothing",
    seen: { byClient, byServer },
  };
}

function outcomeOf(failure: unknown): string | undefined {
  if (failure === undefined) return undefined;
  return failure instanceof TlsError
    ? failure.code
    : failure instanceof Error
    ? failure.name
    : String(failure);
}

function configsOf(row: Row, world: World, sessions: ClientSessionStore): [ClientConfig, ServerConfig] {
  const { now } = world;
  return [
    new ClientConfig({ crypto: CRYPTO, now, sessions, ...row.client?.(world) ?? { roots: ROOTS } }),
    new ServerConfig({ crypto: CRYPTO, now, identity: identityOf(SERVER), ...row.server?.(world) }),
  ];
}

const PLACES = [
  ["client", "", CLIENT_ROWS, memorySessions],
  ["client", ", from bytes", CLIENT_ROWS, serializedSessions],
  ["server", "", SERVER_ROWS, memorySessions],
] as const;

for (const [side, from, rows, store] of PLACES) {
  for (const row of rows) {
    const { name, identity, later, outcome, seen } = row;
    Deno.test(`bad input 55: a ${side}'s second connection${from} is ${outcome}: ${name}`, async () => {
      const world = new World();
      world.identity = identity;
      const [client, server] = configsOf(row, world, store());
      assertEquals((await meet(client, server)).outcome, "full");
      later(world);
      const second = await meet(client, server);
      assertEquals(second.outcome, outcome);
      if (seen === "CN=other") assertEquals(second.seen.byClient, seen);
      else if (outcome === "full" || outcome === "resumed") assertEquals(second.seen.byServer, seen);
    });
  }
}

Deno.test("bad input 55: a resumed connection's tickets are judged by the first one's identity and chain", async () => {
  const world = new World();
  world.identity = identityOf(A);
  const client = new ClientConfig({
    crypto: CRYPTO,
    now: world.now,
    roots: ROOTS,
    identity: world.resolver,
  });
  const server = new ServerConfig({
    crypto: CRYPTO,
    now: world.now,
    identity: identityOf(SERVER_BELOW),
    ...ASKING,
  });
  assertEquals((await meet(client, server)).outcome, "full");
  assertEquals((await meet(client, server)).outcome, "resumed");
  assertEquals((await meet(client, server)).outcome, "resumed");
  world.identity = identityOf(B);
  assertEquals(await meet(client, server), {
    outcome: "full",
    seen: { byClient: "CN=server.example", byServer: "CN=B" },
  });
  assertEquals((await meet(client, server)).outcome, "resumed");
  world.time += 2 * HOUR;
  assertEquals((await meet(client, server)).outcome, "certificate_expired");
});

Deno.test("bad input 55: the sessions of one full handshake are judged once for each connection", async () => {
  const world = new World();
  const client = new ClientConfig({ crypto: CRYPTO, verifier: world.verifier });
  const server = new ServerConfig({ crypto: CRYPTO, identity: identityOf(SERVER), sendTickets: 8 });
  await meet(client, server);
  assertEquals(world.asked, 1);
  world.isTrusted = false;
  await meet(client, server);
  assertEquals(world.asked, 3, "one call for eight sessions, one for the full handshake");
});

Deno.test("bad input 55: the verifier of a session sees what it saw in the full handshake, and the time of today", async () => {
  const world = new World();
  const seen: unknown[] = [];
  const ocspResponse = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x06);
  const client = new ClientConfig({
    crypto: CRYPTO,
    now: world.now,
    verifier: ({ chain, serverName, ocspResponse, time }) =>
      void seen.push([chain.map(({ der }) => der), serverName, ocspResponse, time.getTime()]),
  });
  const server = new ServerConfig({
    crypto: CRYPTO,
    identity: { ...identityOf(SERVER_BELOW), ocspResponse },
  });
  await meet(client, server);
  world.time += HOUR;
  assertEquals((await meet(client, server)).outcome, "resumed");
  const chain = [SERVER_BELOW.certDer, SHORT_LIVED.certDer];
  assertEquals(seen, [
    [chain, "server.example", ocspResponse, START],
    [chain, "server.example", ocspResponse, START + HOUR],
  ]);
});

const DIFFERENT: readonly { readonly name: string; readonly options: ClientConfigOptions }[] = [
  { name: "the same roots", options: { roots: ROOTS } },
  { name: "any certificate", options: { dangerAcceptInvalidCerts: true } },
  { name: "any name", options: { roots: ROOTS, dangerAcceptInvalidHostnames: true } },
  { name: "a verifier", options: { verifier: () => {} } },
];
for (const first of DIFFERENT) {
  Deno.test(`bad input 55: no config takes the sessions of one with ${first.name} from a store that they share`, async () => {
    const sessions = memorySessions();
    const server = new ServerConfig({ crypto: CRYPTO, identity: identityOf(SERVER), sendTickets: 8 });
    for (const second of DIFFERENT) {
      await meet(new ClientConfig({ crypto: CRYPTO, sessions, ...first.options }), server);
      const { outcome } = await meet(
        new ClientConfig({ crypto: CRYPTO, sessions, ...second.options }),
        server,
      );
      assertEquals(outcome, "full", second.name);
    }
  });
}

const SHARED: readonly { readonly name: string; readonly options: () => Partial<ServerConfigOptions> }[] = [
  { name: "a store", options: () => ({ sessions: memoryServerSessions() }) },
  { name: "a ticketer", options: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
];
for (const { name, options } of SHARED) {
  Deno.test(`bad input 55: servers that share ${name} resume each other's sessions for the same identity only`, async () => {
    const shared = options();
    const [one, same, other] = [SERVER, SERVER, OTHER_SERVER].map((minted) =>
      new ServerConfig({ crypto: CRYPTO, identity: identityOf(minted), ...shared })
    );
    const client = new ClientConfig({ crypto: CRYPTO, roots: ROOTS });
    for (const [server, outcome] of [[one, "full"], [same, "resumed"], [other, "full"]] as const) {
      if (server !== undefined) assertEquals((await meet(client, server)).outcome, outcome);
    }
  });
}
