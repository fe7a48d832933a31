/** Negotiation by a server: group, cipher suite, ALPN, SNI, session ID and ChangeCipherSpec. */

import { assertEquals, assertThrows } from "@std/assert";
import { run, type Script, settle } from "../../../../io/script.ts";
import { denoCrypto } from "../../../../tls/crypto/deno.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { chooseIdentity } from "../../../../tls/handshake/server/choose_identity.ts";
import { contextOfConfig } from "../../../../tls/handshake/server/context_of_config.ts";
import { nullProvider } from "../../../support/null_provider.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { ExtensionType, NamedGroup, type NamedGroupName } from "../../../../tls/wire/numbers.ts";
import { converse } from "../conversation.ts";
import { ScriptedClient } from "./scripted_client.ts";
import { CRYPTO, serverConfig } from "./server_fixture.ts";

const HANDSHAKE = 0x16;
const CCS = 0x14;

interface GroupRow {
  readonly name: string;
  readonly supported: readonly NamedGroupName[];
  readonly shares: readonly NamedGroupName[];
  readonly server: readonly NamedGroupName[];
  readonly chosen: NamedGroupName;
  readonly isAsked: boolean;
}

const HYBRID = "X25519MLKEM768";
const GROUPS: readonly GroupRow[] = [
  {
    name: "takes a share of a classical group, though it prefers another",
    supported: ["secp256r1", "x25519"],
    shares: ["secp256r1"],
    server: ["x25519", "secp384r1", "secp256r1"],
    chosen: "secp256r1",
    isAsked: false,
  },
  {
    name: "chooses among classical shares by its own order",
    supported: ["secp256r1", "secp384r1", "x25519"],
    shares: ["secp256r1", "secp384r1"],
    server: ["x25519", "secp384r1", "secp256r1"],
    chosen: "secp384r1",
    isAsked: false,
  },
  {
    name: "chooses its first group where there is a share of it",
    supported: ["secp256r1", "x25519"],
    shares: ["secp256r1", "x25519"],
    server: ["x25519", "secp256r1"],
    chosen: "x25519",
    isAsked: false,
  },
  {
    name: "asks for its first group where no share will do",
    supported: ["secp521r1", "secp384r1", "x25519"],
    shares: ["secp521r1"],
    server: ["x25519", "secp384r1"],
    chosen: "x25519",
    isAsked: true,
  },
  {
    name: "asks for its first group where there is no share",
    supported: ["secp384r1", "x25519"],
    shares: [],
    server: ["x25519", "secp384r1"],
    chosen: "x25519",
    isAsked: true,
  },
  {
    name: "asks for a post-quantum group although there is a classical share",
    supported: ["x25519", HYBRID],
    shares: ["x25519"],
    server: [HYBRID, "x25519"],
    chosen: HYBRID,
    isAsked: true,
  },
  {
    name: "takes a post-quantum share, though it prefers a classical group",
    supported: [HYBRID, "secp256r1"],
    shares: [HYBRID],
    server: ["secp256r1", HYBRID],
    chosen: HYBRID,
    isAsked: false,
  },
  {
    name: "takes a classical share of a client that knows no post-quantum group",
    supported: ["x25519", "secp256r1"],
    shares: ["secp256r1"],
    server: [HYBRID, "x25519", "secp256r1"],
    chosen: "secp256r1",
    isAsked: false,
  },
];
for (const { name, supported, shares, server: groups, chosen, isAsked } of GROUPS) {
  Deno.test(`server ${name}`, async () => {
    const crypto = denoCrypto();
    const client = new ScriptedClient({ crypto, groups: supported, shares });
    const server = new ServerConnection(serverConfig({ crypto, groups }));
    const { server: outcome } = await converse(client, server);
    assertEquals(outcome.error, undefined);
    assertEquals(client.heard.helloRetryRequest?.selectedGroup, isAsked ? NamedGroup[chosen] : undefined);
    assertEquals(server.facts?.keyExchangeGroup, chosen);
  });
}

const ORDERS = [
  { name: "its own by default", options: {}, chosen: "TLS_CHACHA20_POLY1305_SHA256" },
  {
    name: "the client's without preferServerOrder",
    options: { preferServerOrder: false },
    chosen: "TLS_AES_128_GCM_SHA256",
  },
] as const;
for (const { name, options, chosen } of ORDERS) {
  Deno.test(`server chooses the cipher suite by an order: ${name}`, async () => {
    const client = new ScriptedClient({
      crypto: CRYPTO,
      illegal: { hello: (plain) => ({ ...plain, cipherSuites: [0x0a0a, 0x1301, 0x1302, 0x1303] }) },
    });
    const server = new ServerConnection(serverConfig({
      cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
      ...options,
    }));
    await converse(client, server);
    assertEquals(server.facts?.cipherSuite, chosen);
  });
}

Deno.test("EncryptedExtensions answer the extensions of the ClientHello, and no others", async () => {
  const asked = new ScriptedClient({ crypto: CRYPTO, extensions: { alpnProtocols: ["h2"] } });
  const silent = new ScriptedClient({ crypto: CRYPTO, extensions: { serverName: undefined } });
  const config = serverConfig({ alpnProtocols: ["http/1.1", "h2"] });
  await converse(asked, new ServerConnection(config));
  await converse(silent, new ServerConnection(config));
  assertEquals(
    [asked, silent].map(({ heard }) => [...heard.encryptedExtensions?.extensionOrder ?? []].sort()),
    [[ExtensionType.server_name, ExtensionType.application_layer_protocol_negotiation], []],
  );
});

Deno.test("server chooses among the client's protocols by its own order", async () => {
  const client = new ScriptedClient({ crypto: CRYPTO, extensions: { alpnProtocols: ["http/1.1", "h2"] } });
  const server = new ServerConnection(serverConfig({ alpnProtocols: ["h2", "http/1.1"] }));
  await converse(client, server);
  assertEquals(server.facts?.alpnProtocol, "h2");
});

Deno.test("server without ALPN protocols ignores ALPN", async () => {
  const client = new ScriptedClient({ crypto: CRYPTO, extensions: { alpnProtocols: ["h2"] } });
  const server = new ServerConnection(serverConfig());
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.error, undefined);
  assertEquals(server.facts?.alpnProtocol, null);
});

const NAMES = [
  { name: "bad input 46: an IPv4 address is ignored", sent: "192.0.2.1", known: undefined },
  {
    name: "bad input 47: a name in upper case is known in lower case",
    sent: "EXAMPLE.com",
    known: "example.com",
  },
  { name: "a name as it is", sent: "a.example.com", known: "a.example.com" },
  { name: "no name", sent: undefined, known: undefined },
];
for (const { name, sent, known } of NAMES) {
  Deno.test(`server and SNI: ${name}`, async () => {
    for (const policy of ["ignore_ip_addresses", "reject_all"] as const) {
      if (policy === "reject_all" && sent !== undefined && known === undefined) continue; // refused: see the refusals
      const client = new ScriptedClient({ crypto: CRYPTO, extensions: { serverName: sent } });
      const server = new ServerConnection(serverConfig({ invalidSniPolicy: policy }));
      const { server: outcome } = await converse(client, server);
      assertEquals(outcome.error, undefined);
      assertEquals(server.facts?.serverName, known);
    }
  });
}

Deno.test("server sends a ChangeCipherSpec whether or not the client has a session ID", async () => {
  const records: number[][] = [];
  for (const length of [0, 32]) {
    const illegal = { hello: (plain: ClientHello) => ({ ...plain, sessionId: new Uint8Array(length) }) };
    const client = new ScriptedClient({ crypto: CRYPTO, illegal });
    const types: number[] = [];
    await converse(client, new ServerConnection(serverConfig()), {
      fromServer: (bytes) => {
        types.push(...typesOf(bytes));
        return bytes;
      },
    });
    records.push(types.filter((type) => type !== 0x17));
  }
  assertEquals(records, [[HANDSHAKE, CCS], [HANDSHAKE, CCS]]);
});

/** The types of the records. */
function typesOf(bytes: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at < bytes.length;) {
    types.push(bytes[at] ?? 0);
    at += 5 + ((bytes[at + 3] ?? 0) << 8 | (bytes[at + 4] ?? 0));
  }
  return types;
}

Deno.test("server echoes the session ID", async () => {
  const sessionId = new Uint8Array(7).fill(7);
  const client = new ScriptedClient({
    crypto: CRYPTO,
    illegal: { hello: (plain) => ({ ...plain, sessionId }) },
  });
  await converse(client, new ServerConnection(serverConfig()));
  assertEquals(client.heard.serverHello?.sessionId, sessionId);
});

Deno.test("a handshake succeeds with a provider without security", async () => {
  const crypto = nullProvider();
  const client = new ScriptedClient({ crypto });
  const server = new ServerConnection(serverConfig({ crypto }));
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.events[0], { type: "established" });
});

Deno.test("server passes over identities that have nothing in common with the client, and hides no other failure", () => {
  const identities = ["first", "second"].map((text) => ({
    chain: [new TextEncoder().encode(text)],
    key: () => Promise.reject(new Error("the key is not asked for here")),
  }));
  const context = { ...contextOfConfig(serverConfig()), credentials: () => identities };
  const info = {
    alpnProtocols: [],
    signatureSchemes: [],
    cipherSuites: [],
    groups: [],
    certificateAuthorities: [],
  };
  const choose = (failure: Error) =>
    run(chooseIdentity(context, info, function* (identity): Script<void> {
      yield* settle(undefined);
      if (identity === identities[0]) throw failure;
    }));
  for (const code of ["no_shared_cipher_suite", "no_shared_group", "no_shared_signature_scheme"] as const) {
    assertEquals(choose(new TlsError(code, "Cannot use it: it does not fit")), identities[1]);
  }
  for (const failure of [new TlsError("signing_failed", "Cannot sign: it is broken"), new TypeError("no")]) {
    assertEquals(assertThrows(() => choose(failure)), failure);
  }
});

Deno.test("server accepts the signal of a fallback at the newest version that it has", async () => {
  for (const versions of [["TLSv1.3"], ["TLSv1.3", "TLSv1.2"]] as const) {
    const client = new ScriptedClient({
      crypto: CRYPTO,
      illegal: { hello: (hello) => ({ ...hello, cipherSuites: [...hello.cipherSuites, 0x5600] }) },
    });
    const server = new ServerConnection(serverConfig({ versions }));
    assertEquals((await converse(client, server)).server.error, undefined);
    assertEquals(server.facts?.protocolVersion, "TLSv1.3");
  }
});
