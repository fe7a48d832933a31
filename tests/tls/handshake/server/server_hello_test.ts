import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { nullProvider } from "../../../support/null_provider.ts";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { AlertDescription, type AlertName } from "../../../../tls/error/alert_description.ts";
import { encodeClientHello } from "../../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { ExtensionType, NamedGroup } from "../../../../tls/wire/numbers.ts";
import { converse, drain, type Outcome } from "../conversation.ts";
import { plainHello, ScriptedClient, type ScriptedClientOptions } from "./scripted_client.ts";
import { codeOf, CRYPTO, fatal, record, serverConfig } from "./server_fixture.ts";

/** A ClientHello with a share, changed. */
async function hello(
  change: (hello: ClientHello) => ClientHello = (same) => same,
  crypto: CryptoProvider = CRYPTO,
): Promise<Uint8Array> {
  const [group] = crypto.groups.filter(({ name }) => name === "x25519");
  assert(group !== undefined);
  const share = await group.start();
  const keyShares = [{ group: group.id, keyExchange: share.publicKey }];
  return encodeClientHello(change(plainHello(crypto, { keyShares })));
}

function withExtensions(extensions: ClientHello["extensions"]): (hello: ClientHello) => ClientHello {
  return (plain) => ({ ...plain, extensions: { ...plain.extensions, ...extensions } });
}

function without(...names: (keyof ClientHello["extensions"])[]): (hello: ClientHello) => ClientHello {
  return (plain) => ({
    ...plain,
    extensions: Object.fromEntries(
      Object.entries(plain.extensions).filter(([name]) => !names.some((omitted) => omitted === name)),
    ),
  });
}

/** What a server makes of bytes. */
async function receive(bytes: Uint8Array, options: Partial<ServerConfigOptions> = {}): Promise<{
  readonly outcome: Outcome;
  readonly output: Uint8Array;
}> {
  const server = new ServerConnection(serverConfig(options));
  const outcome: Outcome = { events: [] };
  server.receive(bytes);
  await drain(server, outcome);
  const output: Uint8Array[] = [];
  for (let piece; (piece = server.output()) !== undefined;) output.push(piece);
  return { outcome, output: concat(output) };
}

interface Row {
  readonly name: string;
  readonly bytes: () => Promise<Uint8Array> | Uint8Array;
  readonly code: string;
  readonly alert: AlertName;
  readonly options?: Partial<ServerConfigOptions>;
}

const HTTP = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: example.com\r\n\r\n");
const HANDSHAKE = 0x16;

const REFUSED: readonly Row[] = [
  {
    name: "bad input 3: a ClientHello of one byte",
    bytes: () => record(HANDSHAKE, Uint8Array.of(1, 0, 0, 1, 0x42)),
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: 'bad input 4: "hello, world!"',
    bytes: () => new TextEncoder().encode("hello, world!"),
    code: "not_tls",
    alert: "decode_error",
  },
  { name: "bad input 4: an HTTP request", bytes: () => HTTP, code: "not_tls", alert: "decode_error" },
  {
    name: "bad input 5: a client of TLS 1.1",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello((plain) => ({ ...without("supportedVersions")(plain), legacyVersion: 0x0302 })),
      ),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "a client of TLS 1.2",
    bytes: async () => record(HANDSHAKE, await hello(without("supportedVersions"))),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "a client that lists older versions only",
    bytes: async () =>
      record(HANDSHAKE, await hello(withExtensions({ supportedVersions: [0x0303, 0x0302] }))),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "bad input 7: ten bytes of another message behind the ClientHello",
    bytes: async () => {
      const first = await hello();
      return record(HANDSHAKE, concat([first, first.subarray(0, 10)]));
    },
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "a whole second ClientHello behind the first",
    bytes: async () => {
      const first = await hello();
      return record(HANDSHAKE, concat([first, first]));
    },
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "compression beside none",
    bytes: async () =>
      record(HANDSHAKE, await hello((plain) => ({ ...plain, compressionMethods: Uint8Array.of(0, 1) }))),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "compression alone",
    bytes: async () =>
      record(HANDSHAKE, await hello((plain) => ({ ...plain, compressionMethods: Uint8Array.of(1) }))),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  ...(["supportedGroups", "keyShares", "signatureAlgorithms"] as const).map((name): Row => ({
    name: `a ClientHello without ${name}`,
    bytes: async () => record(HANDSHAKE, await hello(without(name))),
    code: "missing_extension",
    alert: "missing_extension",
  })),
  {
    name: "a ticket without psk_key_exchange_modes",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello((plain) =>
          withExtensions({
            preSharedKey: {
              identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
              binders: [new Uint8Array(32)],
            },
          })(without("pskKeyExchangeModes")(plain))
        ),
      ),
    code: "missing_extension",
    alert: "missing_extension",
  },
  {
    name: "a client without a suite of ours",
    bytes: async () =>
      record(HANDSHAKE, await hello((plain) => ({ ...plain, cipherSuites: [0x1a1a, 0x1304, 0xc02b] }))),
    code: "no_shared_cipher_suite",
    alert: "handshake_failure",
  },
  {
    name: "a client without a group of ours",
    bytes: async () =>
      record(HANDSHAKE, await hello(withExtensions({ supportedGroups: [0x0100], keyShares: [] }))),
    code: "no_shared_group",
    alert: "handshake_failure",
  },
  {
    name: "a client without a signature scheme of ours",
    bytes: async () =>
      record(HANDSHAKE, await hello(withExtensions({ signatureAlgorithms: [0x0201, 0x0804] }))),
    code: "no_shared_signature_scheme",
    alert: "handshake_failure",
  },
  {
    name: "bad input 39: a client that takes no handshake signature but RSA-PKCS#1",
    bytes: async () => record(HANDSHAKE, await hello(withExtensions({ signatureAlgorithms: [0x0401] }))),
    code: "no_shared_signature_scheme",
    alert: "handshake_failure",
  },
  {
    name: "a key share for a group that is not among the supported ones",
    bytes: async () =>
      record(HANDSHAKE, await hello(withExtensions({ supportedGroups: [NamedGroup.secp256r1] }))),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "two key shares for one group",
    bytes: async () => {
      const share = { group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) };
      return record(HANDSHAKE, await hello(withExtensions({ keyShares: [share, share] })));
    },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 share of zeros",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello(
          withExtensions({ keyShares: [{ group: NamedGroup.x25519, keyExchange: new Uint8Array(32) }] }),
        ),
      ),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 share that is too short",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello(
          withExtensions({
            keyShares: [{ group: NamedGroup.x25519, keyExchange: new Uint8Array(31).fill(9) }],
          }),
        ),
      ),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  ...(["secp256r1", "secp384r1", "secp521r1"] as const).map((name): Row => ({
    name: `bad input 35: a ${name} share that is no point of the curve`,
    bytes: async () => {
      const length = { secp256r1: 65, secp384r1: 97, secp521r1: 133 }[name];
      const keyExchange = new Uint8Array(length).fill(1);
      keyExchange[0] = 4;
      return record(
        HANDSHAKE,
        await hello(withExtensions({
          supportedGroups: [NamedGroup[name]],
          keyShares: [{ group: NamedGroup[name], keyExchange }],
        })),
      );
    },
    code: "invalid_key_share",
    alert: "illegal_parameter",
  })),
  {
    name: "bad input 30: an extension that is there twice",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello((plain) => ({
          ...plain,
          extensionOrder: [ExtensionType.supported_versions, ...plain.extensionOrder],
        })),
      ),
    code: "duplicate_extension",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 31: pre_shared_key in front of another extension",
    bytes: async () =>
      record(
        HANDSHAKE,
        await hello((plain) => ({
          ...withExtensions({
            preSharedKey: {
              identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
              binders: [new Uint8Array(32)],
            },
          })(plain),
          extensionOrder: [...plain.extensionOrder].reverse(),
        })),
      ),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a client with other protocols than the server's",
    bytes: async () => record(HANDSHAKE, await hello(withExtensions({ alpnProtocols: ["spdy/3", "h3"] }))),
    options: { alpnProtocols: ["h2", "http/1.1"] },
    code: "no_application_protocol",
    alert: "no_application_protocol",
  },
  {
    name: "a client that the resolver has no identity for",
    bytes: async () => record(HANDSHAKE, await hello()),
    options: { identity: () => undefined },
    code: "no_suitable_certificate",
    alert: "handshake_failure",
  },
  {
    name: "a Finished in place of the ClientHello",
    bytes: () => record(HANDSHAKE, Uint8Array.of(0x14, 0, 0, 32, ...new Uint8Array(32))),
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 2: data in place of the ClientHello",
    bytes: () => record(0x17, new Uint8Array(32)),
    code: "unexpected_message",
    alert: "unexpected_message",
  },
];

for (const { name, bytes, code, alert, options } of REFUSED) {
  Deno.test(`server refuses ${name}`, async () => {
    const { outcome, output } = await receive(await bytes(), options);
    assertEquals(codeOf(outcome.error), code);
    assertEquals(outcome.events, []);
    assertEquals(output, fatal(AlertDescription[alert]));
  });
}

Deno.test("server keeps refusing with the same error, and says so once", async () => {
  const server = new ServerConnection(serverConfig());
  server.receive(HTTP);
  const first: Outcome = { events: [] };
  const second: Outcome = { events: [] };
  await drain(server, first);
  server.output();
  server.receive(record(HANDSHAKE, await hello()));
  await drain(server, second);
  assert(first.error !== undefined);
  assertEquals(second.error, first.error);
  assertEquals(server.output(), undefined);
});

Deno.test("bad input 8: close_notify behind the ClientHello ends the handshake", async () => {
  const bytes = concat([record(HANDSHAKE, await hello()), record(0x15, Uint8Array.of(1, 0))]);
  const { outcome } = await receive(bytes);
  assertEquals(outcome.events, []);
  assertEquals(codeOf(outcome.error), "illegal_alert");
});

Deno.test("server fails when the client is gone after its ClientHello", async () => {
  const server = new ServerConnection(serverConfig());
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await hello()));
  server.receiveEnd();
  await drain(server, outcome);
  assertEquals(codeOf(outcome.error), "unexpected_eof");
});

const ALERTS_BEFORE_KEYS = [
  { name: "bad input 9: an alert of two bytes", alert: Uint8Array.of(2, 0x30), code: "handshake_failed" },
  { name: "bad input 10: an alert of three bytes", alert: Uint8Array.of(2, 0x30, 0), code: "bad_record_mac" },
];
for (const { name, alert, code } of ALERTS_BEFORE_KEYS) {
  Deno.test(`${name}, not protected, behind the server's flight is ${code}`, async () => {
    const { outcome } = await receive(concat([record(HANDSHAKE, await hello()), record(0x15, alert)]));
    assertEquals(codeOf(outcome.error), code);
  });
}

const CCS = 0x14;
const CHANGE_CIPHER_SPECS = [
  { name: "one", records: [[1]], refused: false },
  { name: "two", records: [[1], [1]], refused: false },
  { name: "bad input 12: three", records: [[1], [1], [1]], refused: true },
  { name: "bad input 12: one of two bytes", records: [[1, 2]], refused: true },
  { name: "bad input 12: one of another byte", records: [[2]], refused: true },
];
for (const { name, records, refused } of CHANGE_CIPHER_SPECS) {
  Deno.test(`server ${refused ? "refuses" : "drops"} ChangeCipherSpecs: ${name}`, async () => {
    const specs = records.map((payload) => record(CCS, Uint8Array.from(payload)));
    const { outcome } = await receive(concat([record(HANDSHAKE, await hello()), ...specs]));
    const code = outcome.error === undefined ? undefined : codeOf(outcome.error);
    assertEquals(code, refused ? "illegal_change_cipher_spec" : undefined);
  });
}

Deno.test("bad input 12: a ChangeCipherSpec in front of the ClientHello is refused", async () => {
  const { outcome } = await receive(
    concat([record(CCS, Uint8Array.of(1)), record(HANDSHAKE, await hello())]),
  );
  assertEquals(codeOf(outcome.error), "illegal_change_cipher_spec");
});

const RETRIES: readonly {
  readonly name: string;
  readonly second: (hello: ClientHello) => ClientHello;
  readonly code: string;
}[] = [
  { name: "the same, but for the share", second: (same) => same, code: "" },
  { name: "a cookie that nobody asked for", second: withExtensions({ cookie: Uint8Array.of(1) }), code: "" },
  { name: "no share", second: withExtensions({ keyShares: [] }), code: "illegal_parameter" },
  { name: "no key_share", second: without("keyShares"), code: "missing_extension" },
  {
    name: "a share for another group",
    second: withExtensions({
      keyShares: [{ group: NamedGroup.secp256r1, keyExchange: new Uint8Array(65).fill(4) }],
    }),
    code: "illegal_parameter",
  },
  {
    name: "one share too many",
    second: (plain) =>
      withExtensions({
        keyShares: [
          ...(plain.extensions.keyShares ?? []),
          { group: NamedGroup.secp256r1, keyExchange: new Uint8Array(65).fill(4) },
        ],
      })(plain),
    code: "illegal_parameter",
  },
  {
    name: "another random",
    second: (plain) => ({ ...plain, random: new Uint8Array(32) }),
    code: "illegal_parameter",
  },
  {
    name: "another session ID",
    second: (plain) => ({ ...plain, sessionId: new Uint8Array(32) }),
    code: "illegal_parameter",
  },
  {
    name: "other suites",
    second: (plain) => ({ ...plain, cipherSuites: plain.cipherSuites.slice(0, 1) }),
    code: "illegal_parameter",
  },
  { name: "another name", second: withExtensions({ serverName: "example.org" }), code: "illegal_parameter" },
  { name: "other protocols", second: withExtensions({ alpnProtocols: ["h2"] }), code: "illegal_parameter" },
  {
    name: "other signature schemes",
    second: withExtensions({ signatureAlgorithms: [0x0403] }),
    code: "illegal_parameter",
  },
  {
    name: "other groups",
    second: withExtensions({ supportedGroups: [NamedGroup.x25519] }),
    code: "illegal_parameter",
  },
  { name: "other modes", second: withExtensions({ pskKeyExchangeModes: [0, 1] }), code: "illegal_parameter" },
  { name: "early data", second: withExtensions({ earlyData: true }), code: "illegal_parameter" },
  {
    name: "no TLS 1.3 any more",
    second: withExtensions({ supportedVersions: [0x0303] }),
    code: "unsupported_protocol_version",
  },
  {
    name: "a wish for an OCSP response that was not there",
    second: withExtensions({ statusRequest: true }),
    code: "illegal_parameter",
  },
];
for (const { name, second, code } of RETRIES) {
  Deno.test(`server ${code === "" ? "accepts" : "refuses"} a second ClientHello with ${name}`, async () => {
    const options: ScriptedClientOptions = {
      crypto: CRYPTO,
      groups: ["secp256r1", "x25519"],
      shares: [],
      illegal: { secondHello: second },
    };
    const client = new ScriptedClient(options);
    const server = new ServerConnection(serverConfig({ groups: ["x25519"] }));
    const { server: outcome } = await converse(client, server);
    assert(client.heard.helloRetryRequest !== undefined);
    assertEquals(client.heard.helloRetryRequest.selectedGroup, NamedGroup.x25519);
    if (code === "") {
      assertEquals(outcome.error, undefined);
      assertEquals(server.facts?.handshakeKind, "full_with_hello_retry_request");
    } else {
      assertEquals(codeOf(outcome.error), code);
    }
  });
}

const EARLY = [
  { name: "a little", lengths: [100, 200], shares: ["x25519"], code: "" },
  { name: "as much as is skipped", lengths: [8187, 8187], shares: ["x25519"], code: "" },
  { name: "a byte too much", lengths: [8187, 8188], shares: ["x25519"], code: "too_much_early_data" },
  { name: "a little before a HelloRetryRequest", lengths: [100, 200], shares: [], code: "" },
  {
    name: "a byte too much before a HelloRetryRequest",
    lengths: [8187, 8188],
    shares: [],
    code: "too_much_early_data",
  },
] as const;
for (const { name, lengths, shares, code } of EARLY) {
  Deno.test(`bad input 34: server ${code === "" ? "skips" : "refuses"} early data: ${name}`, async () => {
    const client = new ScriptedClient({
      crypto: CRYPTO,
      groups: ["x25519"],
      shares,
      extensions: { earlyData: true },
    });
    const server = new ServerConnection(serverConfig());
    let sent = false;
    const { server: outcome } = await converse(client, server, {
      fromClient: (bytes) => {
        if (sent) return bytes;
        sent = true;
        return concat([bytes, ...lengths.map((length) => record(0x17, new Uint8Array(length)))]);
      },
    });
    assertEquals(outcome.error === undefined ? "" : codeOf(outcome.error), code);
    assertEquals(server.isHandshaking, code !== "");
  });
}

Deno.test("server does not skip data that was not announced", async () => {
  const bytes = concat([record(HANDSHAKE, await hello()), record(0x17, new Uint8Array(100))]);
  const { outcome } = await receive(bytes);
  assertEquals(codeOf(outcome.error), "bad_record_mac");
});

Deno.test("server asks for a share of the best group that both support", async () => {
  const client = new ScriptedClient({
    crypto: CRYPTO,
    groups: ["secp384r1", "x25519"],
    shares: ["secp384r1"],
  });
  const server = new ServerConnection(serverConfig({ groups: ["x25519", "secp384r1"] }));
  await converse(client, server);
  assertEquals(client.heard.helloRetryRequest?.selectedGroup, NamedGroup.x25519);
  assertEquals(server.facts?.keyExchangeGroup, "x25519");
});

Deno.test("server takes the share that it likes best", async () => {
  const shares = ["secp256r1", "x25519"] as const;
  const client = new ScriptedClient({ crypto: CRYPTO, groups: shares, shares });
  const server = new ServerConnection(serverConfig({ groups: ["x25519", "secp256r1"] }));
  await converse(client, server);
  assertEquals(server.facts?.keyExchangeGroup, "x25519");
});

const ORDERS = [
  { name: "the client's by default", preferServerOrder: false, chosen: "TLS_AES_128_GCM_SHA256" },
  { name: "its own when told to", preferServerOrder: true, chosen: "TLS_CHACHA20_POLY1305_SHA256" },
] as const;
for (const { name, preferServerOrder, chosen } of ORDERS) {
  Deno.test(`server heeds an order of suites: ${name}`, async () => {
    const client = new ScriptedClient({
      crypto: CRYPTO,
      illegal: { hello: (plain) => ({ ...plain, cipherSuites: [0x0a0a, 0x1301, 0x1302, 0x1303] }) },
    });
    const server = new ServerConnection(serverConfig({
      cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
      preferServerOrder,
    }));
    await converse(client, server);
    assertEquals(server.facts?.cipherSuite, chosen);
  });
}

Deno.test("server answers with what was asked for, and nothing else", async () => {
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

Deno.test("server that speaks no ALPN ignores what is offered", async () => {
  const client = new ScriptedClient({ crypto: CRYPTO, extensions: { alpnProtocols: ["h2"] } });
  const server = new ServerConnection(serverConfig());
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.error, undefined);
  assertEquals(server.facts?.alpnProtocol, null);
});

const NAMES = [
  { name: "bad input 46: an IPv4 address is ignored", sent: "192.0.2.1", known: undefined },
  {
    name: "bad input 47: a name in upper case is told in lower case",
    sent: "EXAMPLE.com",
    known: "example.com",
  },
  { name: "a name as it is", sent: "a.example.com", known: "a.example.com" },
  { name: "no name", sent: undefined, known: undefined },
];
for (const { name, sent, known } of NAMES) {
  Deno.test(`server and SNI: ${name}`, async () => {
    const client = new ScriptedClient({ crypto: CRYPTO, extensions: { serverName: sent } });
    const server = new ServerConnection(serverConfig());
    const { server: outcome } = await converse(client, server);
    assertEquals(outcome.error, undefined);
    assertEquals(server.facts?.serverName, known);
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

Deno.test("server shakes hands with a provider without any security as well", async () => {
  const crypto = nullProvider();
  const client = new ScriptedClient({ crypto });
  const server = new ServerConnection(serverConfig({ crypto }));
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.events[0], { type: "established" });
});
