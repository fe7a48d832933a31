/**
 * The client's machine against the server's, back to back.
 */

import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { type ClientSession, type ClientSessionStore, memorySessions } from "../../../tls/session/session.ts";
import { mintSelfSigned } from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import {
  advance,
  bytewise,
  type Cut,
  cutOnce,
  type End,
  endOf,
  talk,
  textOf,
  whole,
} from "./connection_pair.ts";

const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto(), webCrypto(), denoCrypto()];
const NODE = nodeCrypto();
const IDENTITIES = new Map<KeyType, { readonly chain: string; readonly key: string }>();
for (const keyType of ["p256", "p384", "rsa", "ed25519"] as const) {
  const { certPem, keyPem } = await mintSelfSigned({ names: ["server.example"], keyType });
  IDENTITIES.set(keyType, { chain: certPem, key: keyPem });
}

function identityOf(keyType: KeyType): { readonly chain: string; readonly key: string } {
  const identity = IDENTITIES.get(keyType);
  assert(identity !== undefined);
  return identity;
}

function clientConfig(options: ClientConfigOptions = {}): ClientConfig {
  return new ClientConfig({ crypto: NODE, verifier: () => {}, ...options });
}

function serverConfig(options: Partial<ServerConfigOptions> = {}): ServerConfig {
  return new ServerConfig({ crypto: NODE, identity: identityOf("p256"), ...options });
}

interface Pair {
  readonly client: End;
  readonly server: End;
}

/** A handshake, and a word each way. */
async function connect(client: ClientConfig, server: ServerConfig, cut: Cut = whole): Promise<Pair> {
  const pair = {
    client: endOf(new ClientConnection(client, "server.example")),
    server: endOf(new ServerConnection(server)),
  };
  await talk(pair.client, pair.server, cut);
  return pair;
}

async function assertWorks({ client, server }: Pair): Promise<void> {
  if (client.failure !== undefined) throw client.failure;
  if (server.failure !== undefined) throw server.failure;
  await client.connection.send(new TextEncoder().encode("ping"));
  await server.connection.send(new TextEncoder().encode("pong"));
  await talk(client, server);
  assertEquals([textOf(server), textOf(client)], ["ping", "pong"]);
  const exported = [client, server].map(({ connection }) =>
    connection.exportKeyingMaterial(32, "EXPORTER-test")
  );
  assertEquals(await exported[0], await exported[1]);
}

for (const provider of PROVIDERS) {
  Deno.test(`ClientConnection: every suite with ${provider.name}`, async () => {
    for (const { name } of provider.cipherSuites) {
      const pair = await connect(
        clientConfig({ crypto: provider, cipherSuites: [name] }),
        serverConfig({ crypto: provider }),
      );
      await assertWorks(pair);
      assertEquals(pair.client.connection.facts?.cipherSuite, name);
      assertEquals(pair.server.connection.facts?.cipherSuite, name);
    }
  });

  Deno.test(`ClientConnection: every group, at once and after a HelloRetryRequest, with ${provider.name}`, async () => {
    for (const { name } of provider.groups) {
      const others = provider.groups.map((group) => group.name).filter((other) => other !== name);
      const server = serverConfig({ crypto: provider, groups: [name] });
      const direct = await connect(clientConfig({ crypto: provider, groups: [name, ...others] }), server);
      await assertWorks(direct);
      assertEquals(direct.client.connection.facts?.handshakeKind, "full");
      // A hybrid's classical half is offered beside it, so that no server need ask for that one.
      const first = others.find((other) => other !== "X25519MLKEM768") ?? "x25519";
      const rest = others.filter((other) => other !== first);
      const retried = await connect(
        clientConfig({ crypto: provider, groups: [first, ...rest, name] }),
        server,
      );
      await assertWorks(retried);
      assertEquals(retried.client.connection.facts?.handshakeKind, "full_with_hello_retry_request");
      for (const { connection } of [retried.client, retried.server]) {
        assertEquals(connection.facts?.keyExchangeGroup, name);
      }
    }
  });

  Deno.test(`ClientConnection: every kind of signature, both sides, with ${provider.name}`, async () => {
    for (const [keyType, identity] of IDENTITIES) {
      const pair = await connect(
        clientConfig({ crypto: provider, identity }),
        serverConfig({ crypto: provider, identity, clientAuth: { verifier: () => {} } }),
      );
      await assertWorks(pair);
      const peerSignatureScheme = pair.client.connection.facts?.peerSignatureScheme;
      assert(
        peerSignatureScheme?.startsWith(
          {
            p256: "ecdsa_secp256",
            p384: "ecdsa_secp384",
            rsa: "rsa_pss",
            rsa1024: "rsa_pss",
            ed25519: "ed",
          }[keyType],
        ),
      );
      assertEquals(pair.server.connection.facts?.peerSignatureScheme, peerSignatureScheme);
      assertEquals(pair.server.connection.facts?.peerCertificates.length, 1);
    }
  });
}

Deno.test("ClientConnection: the two ends with different providers", async () => {
  for (const mine of PROVIDERS) {
    for (const theirs of PROVIDERS) {
      await assertWorks(await connect(clientConfig({ crypto: mine }), serverConfig({ crypto: theirs })));
    }
  }
});

Deno.test("ClientConnection: a hybrid group, and its classical half for a server that has not the hybrid", async () => {
  const crypto = webCrypto();
  const groups = crypto.groups.map(({ name }) => name);
  if (!groups.includes("X25519MLKEM768")) return assertEquals(groups.includes("x25519"), true);
  const client = clientConfig({ crypto, groups: ["X25519MLKEM768", "x25519"] });
  const hybrid = await connect(client, serverConfig({ crypto }));
  assertEquals(hybrid.client.connection.facts?.keyExchangeGroup, "X25519MLKEM768");
  const classical = await connect(client, serverConfig({ crypto, groups: ["x25519"] }));
  assertEquals(classical.client.connection.facts?.keyExchangeGroup, "x25519");
  assertEquals(classical.client.connection.facts?.handshakeKind, "full");
});

Deno.test("ClientConnection: bytes that come one at a time, both ways", async () => {
  await assertWorks(await connect(clientConfig(), serverConfig(), bytewise));
  const groups = ["secp384r1"] as const;
  await assertWorks(await connect(clientConfig(), serverConfig({ groups }), bytewise));
});

Deno.test("ClientConnection: the server's bytes cut at every place", async () => {
  const client = clientConfig({ sessions: false });
  const server = serverConfig({ identity: identityOf("ed25519") });
  const { server: { sent } } = await connect(client, server);
  assert(sent > 500);
  for (let at = 1; at < sent; at++) {
    const pair = await connect(client, server, cutOnce("server", at));
    if (pair.client.failure !== undefined) throw pair.client.failure;
    assertEquals(pair.client.events.map(({ type }) => type), ["established"], `cut at ${at}`);
  }
});

Deno.test("ClientConnection: a flipped bit in any byte of the server's gives a TlsError and nothing else", async () => {
  const client = clientConfig({ sessions: false });
  const server = serverConfig({ identity: identityOf("ed25519") });
  const { server: { sent } } = await connect(client, server);
  let failures = 0;
  for (let at = 0; at < sent; at++) {
    const pair = await connect(client, server, flipOnce(at, 1 << at % 8));
    if (pair.client.failure === undefined) continue; // a record's version, or a length that waits for more
    failures++;
    assertInstanceOf(pair.client.failure, TlsError, `at ${at}`);
  }
  assert(failures > sent / 2, `${failures} of ${sent} were noticed at once`);
});

/** Flips bits of one byte that the server sends. */
function flipOnce(at: number, bits: number): Cut {
  let passed = 0;
  return (bytes, from) => {
    if (from === "client") return [bytes];
    const altered = bytes.slice();
    const here = at - passed;
    passed += bytes.length;
    if (here >= 0 && here < altered.length) altered[here] = (altered[here] ?? 0) ^ bits;
    return [altered];
  };
}

Deno.test("ClientConnection: the client's bytes cut at every place", async () => {
  const client = clientConfig({ sessions: false });
  const server = serverConfig({ identity: identityOf("ed25519") });
  const { client: { sent } } = await connect(client, server);
  for (let at = 1; at < sent; at++) {
    const pair = await connect(client, server, cutOnce("client", at));
    if (pair.server.failure !== undefined) throw pair.server.failure;
    assertEquals(pair.server.events.map(({ type }) => type), ["established"], `cut at ${at}`);
  }
});

Deno.test("ClientConnection: small records both ways", async () => {
  const pair = await connect(clientConfig({ maxFragmentSize: 32 }), serverConfig({ maxFragmentSize: 33 }));
  await assertWorks(pair);
});

const PADDINGS: readonly {
  readonly name: string;
  readonly recordPadding: NonNullable<ClientConfigOptions["recordPadding"]>;
  readonly maxFragmentSize?: number;
  readonly lengths: readonly number[];
}[] = [
  { name: "blocks of 100 bytes", recordPadding: 100, lengths: [100, 100, 200] },
  { name: "blocks of 1 byte", recordPadding: 1, lengths: [2, 100, 101] },
  {
    name: "blocks longer than a record",
    recordPadding: 16_384,
    maxFragmentSize: 205,
    lengths: [201, 201, 201],
  },
  { name: "a function", recordPadding: (length) => 3 * length, lengths: [5, 397, 401] },
];
for (const { name, recordPadding, maxFragmentSize, lengths } of PADDINGS) {
  Deno.test(`ClientConnection: records are padded by ${name}`, async () => {
    const versions = ["TLSv1.3"] as const;
    const options = { versions, recordPadding, ...(maxFragmentSize !== undefined && { maxFragmentSize }) };
    const pair = await connect(clientConfig(options), serverConfig(options));
    for (const [from, to] of [[pair.client, pair.server], [pair.server, pair.client]] as const) {
      const sent: number[] = [];
      for (const length of [1, 99, 100]) {
        await from.connection.send(new Uint8Array(length).fill(0x61));
        const record = from.connection.output() ?? new Uint8Array(0);
        sent.push(record.length - 5 - 16); // the content, its type, and zeros
        to.connection.receive(record);
        await advance(to);
      }
      assertEquals(sent, [...lengths]);
      assertEquals(textOf(to), "a".repeat(200));
    }
  });
}

const POLICY_FAULT = new Error("no idea");
const FAULTS: readonly { readonly name: string; readonly recordPadding: () => number }[] = [
  {
    name: "throws",
    recordPadding: (): number => {
      throw POLICY_FAULT;
    },
  },
  { name: "gives no number", recordPadding: () => NaN },
];
for (const { name, recordPadding } of FAULTS) {
  for (const crypto of PROVIDERS) {
    Deno.test(`${crypto.name}: where a padding function ${name}, an alert leaves without padding`, async () => {
      for (const faulty of ["client", "server"] as const) {
        const options = { crypto, versions: ["TLSv1.3"] } as const;
        const client = clientConfig({ ...options, ...(faulty === "client" && { recordPadding }) });
        const server = serverConfig({ ...options, ...(faulty === "server" && { recordPadding }) });
        const pair = {
          client: endOf(new ClientConnection(client, "server.example")),
          server: endOf(new ServerConnection(server)),
        };
        await talk(pair.client, pair.server);
        const { failure } = pair[faulty === "client" ? "server" : "client"];
        assertInstanceOf(failure, TlsError);
        assertEquals(failure.alert, "internal_error");
        if (name === "throws") assertEquals(pair[faulty].failure, POLICY_FAULT);
        else assertInstanceOf(pair[faulty].failure, RangeError);
      }
    });
  }
}

Deno.test("ClientConnection: ALPN of the config, and of the connection instead", async () => {
  const client = clientConfig({ alpnProtocols: ["h2"] });
  const server = serverConfig({ alpnProtocols: ["http/1.1", "h2"] });
  const pair = await connect(client, server);
  assertEquals([pair.client, pair.server].map(({ connection }) => connection.facts?.alpnProtocol), [
    "h2",
    "h2",
  ]);
  const own = endOf(new ClientConnection(client, "server.example", { alpnProtocols: ["http/1.1"] }));
  await talk(own, endOf(new ServerConnection(server)));
  assertEquals(own.connection.facts?.alpnProtocol, "http/1.1");
  const none = endOf(new ClientConnection(client, "server.example", { alpnProtocols: [] }));
  await talk(none, endOf(new ServerConnection(server)));
  assertEquals(none.connection.facts?.alpnProtocol, null);
});

Deno.test("ClientConnection: refuses malformed server names and protocols", () => {
  assertThrows(() => new ClientConnection(clientConfig(), "not a name"), TypeError, "server name");
  const error = assertThrows(
    () => new ClientConnection(clientConfig(), "server.example", { alpnProtocols: [""] }),
    TlsError,
  );
  assertEquals(error.code, "invalid_option");
});

Deno.test("resumption: the second connection resumes, with the first one's certificates", async () => {
  for (const crypto of PROVIDERS) {
    const client = clientConfig({ crypto });
    const server = serverConfig({ crypto });
    const first = await connect(client, server);
    assertEquals(first.client.connection.facts?.handshakeKind, "full");
    assert(first.client.events.some(({ type }) => type === "session_ticket"));
    const second = await connect(client, server);
    await assertWorks(second);
    for (const { connection } of [second.client, second.server]) {
      assertEquals(connection.facts?.handshakeKind, "resumed");
    }
    assertEquals(
      second.client.connection.facts?.peerCertificates.map(({ fingerprint }) => fingerprint),
      first.client.connection.facts?.peerCertificates.map(({ fingerprint }) => fingerprint),
    );
    assertEquals(second.client.connection.facts?.peerSignatureScheme, undefined);
  }
});

Deno.test("resumption: with a HelloRetryRequest in between", async () => {
  // One store and one config; the server comes to want another group than before.
  const store = memorySessions();
  const server = { sessions: sharedServerSessions(), groups: ["x25519"] } as const;
  const client = clientConfig({ sessions: store });
  await connect(client, serverConfig(server));
  const second = await connect(client, serverConfig({ ...server, groups: ["secp384r1"] }));
  await assertWorks(second);
  assertEquals(second.client.connection.facts?.handshakeKind, "resumed_with_hello_retry_request");
});

Deno.test("resumption: begins in the group of the session, which spares a hybrid that the server does not have", async () => {
  const hybrid = 1184; // bytes of an ML-KEM-768 encapsulation key
  const crypto = denoCrypto();
  const client = clientConfig({ crypto });
  const server = serverConfig({ crypto, groups: ["x25519"] });
  const first = await connect(client, server);
  assert(first.client.sent > hybrid);
  const second = await connect(client, server);
  assert(second.client.sent < hybrid);
  assertEquals(second.client.connection.facts?.handshakeKind, "resumed");
  assertEquals(second.client.connection.facts?.keyExchangeGroup, "x25519");
});

Deno.test("resumption: a server without the session shakes hands in full", async () => {
  const client = clientConfig();
  await connect(client, serverConfig());
  const second = await connect(client, serverConfig());
  await assertWorks(second);
  assertEquals(second.client.connection.facts?.handshakeKind, "full");
});

Deno.test("resumption: not for another config, another name, a suite of another hash, or without sessions", async () => {
  const sessions = memorySessions();
  const server = serverConfig({ cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] });
  const kindOf = async (config: ClientConfig, name = "server.example") => {
    const end = endOf(new ClientConnection(config, name));
    await talk(end, endOf(new ServerConnection(server)));
    if (end.failure !== undefined) throw end.failure;
    return end.connection.facts?.handshakeKind;
  };
  const client = clientConfig({ sessions, cipherSuites: ["TLS_AES_128_GCM_SHA256"] });
  assertEquals(await kindOf(client), "full");
  assertEquals(await kindOf(client, "other.example"), "full");
  assertEquals(await kindOf(clientConfig({ sessions, cipherSuites: ["TLS_AES_128_GCM_SHA256"] })), "full");
  assertEquals(await kindOf(clientConfig({ sessions, cipherSuites: ["TLS_AES_256_GCM_SHA384"] })), "full");
  assertEquals(await kindOf(clientConfig({ sessions: false })), "full");
});

Deno.test("resumption: tickets that are too old are not used", async () => {
  let time = Date.now();
  const now = () => new Date(time);
  const client = clientConfig({ now });
  const server = serverConfig();
  await connect(client, server);
  time += 7 * 24 * 3_600_000;
  const late = await connect(client, server);
  assertEquals(late.client.connection.facts?.handshakeKind, "full");
});

Deno.test("resumption: each ticket is used once", async () => {
  const offered: ClientSession[] = [];
  const memory = memorySessions();
  const spy: ClientSessionStore = {
    async take(name): Promise<ClientSession | undefined> {
      const session = await memory.take(name);
      if (session !== undefined) offered.push(session);
      return session;
    },
    put: (name, session) => memory.put(name, session),
  };
  const client = clientConfig({ sessions: spy });
  const server = serverConfig();
  for (let i = 0; i < 5; i++) await connect(client, server);
  assertEquals(offered.length, 4);
  assertEquals(new Set(offered).size, 4);
});

Deno.test("resumption: tickets got under dangerAcceptInvalidCerts are not used by another config", async () => {
  const sessions = memorySessions();
  const server = serverConfig();
  const careless = new ClientConfig({ crypto: NODE, dangerAcceptInvalidCerts: true, sessions });
  await connect(careless, server);
  let asked = 0;
  const careful = clientConfig({
    sessions,
    verifier: () => {
      asked++;
      throw new Error("I do not know that server");
    },
  });
  const pair = await connect(careful, server);
  assertEquals(asked, 1);
  assertInstanceOf(pair.client.failure, TlsError);
  assertEquals(pair.client.failure.code, "certificate_rejected");
  assertInstanceOf(pair.server.failure, TlsError);
  assertEquals(pair.server.failure.alert, "access_denied");
});

/** A store that outlives a server's config. */
function sharedServerSessions(): {
  put(id: string, session: Uint8Array): void;
  take(id: string): Uint8Array | undefined;
} {
  const sessions = new Map<string, Uint8Array>();
  return {
    put: (id, session): void => void sessions.set(id, session),
    take: (id): Uint8Array | undefined => sessions.get(id),
  };
}
