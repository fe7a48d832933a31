/** The options of Encrypted ClientHello, the choice of a config, and new keys. */

import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import type { EchOptions } from "../../../tls/config/ech_options.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { type EchKey, LoadedEchKeys } from "../../../tls/ech/ech_keys.ts";
import { generateEchKey, type GenerateEchKeyOptions } from "../../../tls/ech/generate_ech_key.ts";
import { usableEchConfig } from "../../../tls/ech/usable_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { LazyConfigAcceptor } from "../../../tls/lazy_acceptor.ts";
import { TlsConnector } from "../../../tls/connector.ts";
import { decodeClientHello } from "../../../tls/wire/client_hello.ts";
import { decodeEchConfig, decodeEchConfigList } from "../../../tls/wire/ech_config.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { bytes, counting, type Part, u16, vec16, vec8 } from "../wire/message_bytes.ts";
import {
  clientConfig,
  KEY,
  keyOf,
  OTHER_KEY,
  PUBLIC_NAME,
  SECRET_NAME,
  serverConfig,
  shakeHands,
} from "./ech_pair.ts";

interface ConfigPieces {
  readonly version?: number;
  readonly kem?: number;
  readonly suites?: readonly number[];
  readonly name?: string;
  readonly publicKey?: Uint8Array;
  readonly extensions?: readonly Part[];
}

/** An ECHConfig, honest by default. */
function configOf(
  {
    version = 0xfe0d,
    kem = 0x20,
    suites = [1, 1],
    name = PUBLIC_NAME,
    publicKey = counting(32, 9),
    extensions = [],
  }: ConfigPieces = {},
): Uint8Array {
  return bytes(
    u16(version),
    vec16(9, u16(kem), vec16(publicKey), vec16(u16(...suites)), 0, vec8(name), vec16(...extensions)),
  );
}

const SKIPPED: readonly { readonly name: string; readonly pieces: ConfigPieces }[] = [
  { name: "an older version", pieces: { version: 0xfe0a } },
  { name: "an unknown KEM", pieces: { kem: 0x30 } },
  { name: "unknown suites alone", pieces: { suites: [9, 1, 1, 9] } },
  { name: "the AEAD that only exports", pieces: { suites: [1, 0xffff] } },
  { name: "a mandatory extension", pieces: { extensions: [u16(0x8001), vec16()] } },
  { name: "an extension twice", pieces: { extensions: [u16(1), vec16(), u16(1), vec16()] } },
  ...[
    "",
    ".",
    "a..b",
    ".a",
    "a.",
    "1.2.3.4",
    "a.0x",
    "a.0X1f",
    "a.9",
    "under_score.example",
    "-a.b",
    "a b",
    "é.example",
    `${"x".repeat(64)}.example`,
  ]
    .filter((name) => name !== "")
    .map((name) => ({ name: `the public name ${JSON.stringify(name)}`, pieces: { name } })),
];
for (const { name, pieces } of SKIPPED) {
  Deno.test(`N-20: a config with ${name} is skipped`, () => {
    const configs = [configOf(pieces), configOf()];
    const choice = usableEchConfig(decodeEchConfigList(vec16(...configs)), nodeCrypto());
    assertEquals(choice?.encoded, configs[1]);
    const alone = vec16(configOf(pieces));
    const error = assertThrows(() => clientConfig({ ech: { configs: alone } }), TlsError);
    assertEquals(error.code, "invalid_option");
    assertEquals(clientConfig({ ech: { configs: alone, mode: "prefer" } }).ech, {
      configs: alone,
      mode: "prefer",
    });
  });
}

Deno.test("ECH: an unknown extension that is not mandatory does not matter, and the first known suite is taken", () => {
  const list = vec16(configOf({ suites: [9, 9, 3, 2], extensions: [u16(0x0a0a), vec16("x")] }));
  const choice = usableEchConfig(decodeEchConfigList(list), nodeCrypto());
  assertEquals([choice?.suite.kdf, choice?.suite.aead], [3, 2]);
});

Deno.test("ECH: a client that prefers it, and has no config that it can use, sends GREASE", async () => {
  const configs = vec16(configOf({ version: 0xfe0a }));
  const ends = await shakeHands(clientConfig({ ech: { configs, mode: "prefer" } }), serverConfig());
  assertEquals(ends.client.connection.facts?.ech, "grease");
});

for (const [name, kem, length] of [["X25519", 0x20, 32], ["P-256", 0x10, 65]] as const) {
  Deno.test(`ECH: a config whose ${name} public key is none sends nothing: invalid_option`, async () => {
    const configs = vec16(configOf({ kem, publicKey: new Uint8Array(length) }));
    const { client } = await shakeHands(clientConfig({ ech: { configs } }), serverConfig());
    assert(client.failure instanceof TlsError);
    assertEquals([client.failure.code, client.sent], ["invalid_option", 0]);
  });
}

Deno.test("ECH: a client whose platform has nothing that real configs have makes none up", async () => {
  const crypto = nodeCrypto();
  const lacking = [
    { groups: crypto.groups.filter(({ name }) => name !== "x25519") },
    { unavailable: () => new Set(["x25519"]) },
  ];
  for (const changes of lacking) {
    const client = clientConfig({ crypto: { ...crypto, ...changes }, ech: "grease", groups: ["secp256r1"] });
    const ends = await shakeHands(client, serverConfig());
    assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
    assertEquals(ends.client.connection.facts?.ech, "not_offered");
  }
});

Deno.test("ECH: GREASE is of each AEAD that the platform has, and of no other, under any identifier", async () => {
  const crypto = nodeCrypto();
  const cipherSuites = crypto.cipherSuites.filter(({ name }) => name !== "TLS_AES_128_GCM_SHA256");
  const [aeads, configIds] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < 60; i++) {
    const connection = new ClientConnection(
      clientConfig({ crypto: { ...crypto, cipherSuites }, ech: "grease" }),
      SECRET_NAME,
    );
    await connection.next();
    const output = connection.output() ?? bytes();
    const ech = decodeClientHello(output.subarray(9)).extensions.encryptedClientHello;
    assert(ech?.type === "outer");
    assertEquals([ech.kdf, ech.enc.length], [1, 32]);
    aeads.add(ech.aead);
    configIds.add(ech.configId);
  }
  assertEquals([...aeads].sort(), [2, 3]);
  assert(configIds.size > 20, "an identifier is a random byte");
});

const CLIENT_OPTIONS: readonly { readonly name: string; readonly ech: unknown; readonly message: string }[] =
  [
    { name: "a word that is no mode", ech: "GREASE", message: "is neither" },
    { name: "true", ech: true, message: "is neither" },
    { name: "no configs", ech: {}, message: "is neither" },
    { name: "configs as text", ech: { configs: "AEX+DQ" }, message: "is neither" },
    { name: "another mode", ech: { configs: KEY.configList, mode: "maybe" }, message: '"ech.mode"' },
    { name: "an unknown option", ech: { configs: KEY.configList, config: 1 }, message: 'no option "config"' },
    { name: "a config in place of a list", ech: { configs: KEY.config }, message: "no ECHConfigList" },
  ];
for (const { name, ech, message } of CLIENT_OPTIONS) {
  Deno.test(`N-01: the option ech that is ${name} is refused where it is configured`, () => {
    // A caller without types.
    const error = assertThrows(() => clientConfig({ ech: ech as EchOptions }), TlsError, message);
    assertEquals(error.code, "invalid_option");
  });
}

Deno.test("ECH: both options need TLS 1.3", () => {
  const versions = ["TLSv1.2"] as const;
  for (const ech of ["grease", { configs: KEY.configList }] as const) {
    assertThrows(() => clientConfig({ ech, versions }), TlsError, "TLSv1.3");
  }
  assertThrows(() => serverConfig({ versions }), TlsError, "TLSv1.3");
});

const SERVER_OPTIONS: readonly {
  readonly name: string;
  readonly echKeys: unknown;
  readonly message: string;
}[] = [
  { name: "no list", echKeys: keyOf(KEY), message: "no list" },
  { name: "an empty list", echKeys: [], message: "none of them is for clients to try again with" },
  { name: "no key to try again with", echKeys: [keyOf(KEY, false)], message: "none of them" },
  { name: "a key without its private half", echKeys: [{ config: KEY.config }], message: 'no "privateKey"' },
  {
    name: "a key with a list for a config",
    echKeys: [{ ...keyOf(KEY), config: KEY.configList }],
    message: "ECHConfig",
  },
  {
    name: "a key with more in it",
    echKeys: [{ ...KEY, publicName: PUBLIC_NAME }],
    message: 'no option "publicName"',
  },
  {
    name: "a flag that is a text",
    echKeys: [{ ...keyOf(KEY), isRetryConfig: "no" }],
    message: "neither true nor",
  },
  {
    name: "a key of an unknown KEM",
    echKeys: [{ ...keyOf(KEY), config: configOf({ kem: 0x30 }) }],
    message: "KEM 48",
  },
  {
    name: "a key of another version",
    echKeys: [{ ...keyOf(KEY), config: configOf({ version: 1 }) }],
    message: "version",
  },
];
for (const { name, echKeys, message } of SERVER_OPTIONS) {
  Deno.test(`ECH: the option echKeys with ${name} is refused`, () => {
    // A caller without types.
    const error = assertThrows(() => serverConfig({ echKeys: echKeys as EchKey[] }), TlsError, message);
    assertEquals(error.code, "invalid_option");
  });
}

Deno.test("ECH: keys that cannot be loaded say which of it is their fault", () => {
  for (
    const [key, crypto, code] of [
      [keyOf(KEY, false), nodeCrypto(), "invalid_option"],
      [{ ...keyOf(KEY), config: configOf({ version: 1 }) }, nodeCrypto(), "unsupported_option"],
      [{ ...keyOf(KEY), config: configOf({ kem: 0x30 }) }, nodeCrypto(), "unsupported_option"],
      [keyOf(KEY), { ...nodeCrypto(), groups: [] }, "unsupported_option"],
    ] as const
  ) assertEquals(assertThrows(() => new LoadedEchKeys([key], crypto), TlsError).code, code);
});

Deno.test("ECH: a generated key is one of echKeys as it is", async () => {
  const ends = await shakeHands(clientConfig(), serverConfig({ echKeys: [KEY] }));
  assertEquals(ends.server.connection.facts?.ech, "accepted");
});

Deno.test("ECH: a private key that is not that of its config is refused when it is used first", async () => {
  const echKeys = [{ config: KEY.config, privateKey: OTHER_KEY.privateKey }];
  const ends = await shakeHands(clientConfig(), serverConfig({ echKeys }));
  assert(ends.server.failure instanceof TlsError);
  assertEquals(ends.server.failure.code, "bad_key_pem");
});

Deno.test("ECH: no inspector shows a private key", () => {
  const shown = Deno.inspect(serverConfig(), { depth: 10 });
  assertEquals(shown.includes("privateKey"), false);
});

Deno.test("generateEchKey: a key, its config and a list of it", async () => {
  const key = await generateEchKey(PUBLIC_NAME, { configId: 200, maximumNameLength: 99, group: "secp256r1" });
  const { contents } = decodeEchConfig(key.config);
  assertEquals([contents?.configId, contents?.maximumNameLength, contents?.kem], [200, 99, 0x10]);
  assertEquals([contents?.publicKey.length, key.privateKey.length], [65, 32]);
  assertEquals(contents?.publicName, PUBLIC_NAME);
  assertEquals(decodeEchConfigList(key.configList).map(({ encoded }) => encoded), [key.config]);
  const other = await generateEchKey(PUBLIC_NAME);
  assertNotEquals(other.privateKey, key.privateKey);
});

const REFUSED:
  readonly (readonly [name: string, options: GenerateEchKeyOptions, error: "TypeError" | "RangeError"])[] = [
    ["under_score.example", {}, "TypeError"],
    ["192.0.2.1", {}, "TypeError"],
    ["", {}, "TypeError"],
    [PUBLIC_NAME, { configId: 256 }, "RangeError"],
    [PUBLIC_NAME, { configId: 1.5 }, "RangeError"],
    [PUBLIC_NAME, { maximumNameLength: -1 }, "RangeError"],
    [PUBLIC_NAME, { group: "X25519" } as object, "TypeError"],
    [PUBLIC_NAME, { identifier: 7 } as object, "TypeError"],
  ];
for (const [name, options, expected] of REFUSED) {
  Deno.test(`generateEchKey: ${JSON.stringify(name)} with ${JSON.stringify(options)} is misuse`, async () => {
    const error = await assertRejects(() => generateEchKey(name, options), Error);
    assertEquals(error.name, expected);
  });
}

Deno.test("LazyConfigAcceptor: with keys it shows the encrypted name, without them the public one", async () => {
  for (const [options, name] of [[{ echKeys: [keyOf(KEY)] }, SECRET_NAME], [{}, PUBLIC_NAME]] as const) {
    const [here, there] = memoryDuplexPair();
    const connecting = new TlsConnector(clientConfig()).connect(SECRET_NAME, here);
    const start = await new LazyConfigAcceptor(there, options).accept();
    assertEquals(start.clientHello().serverName, name);
    const [client, server] = await Promise.all([connecting, start.intoStream(serverConfig())]);
    assertEquals([client.connection.ech, server.connection.ech], ["accepted", "accepted"]);
    assertEquals(server.connection.serverName, SECRET_NAME);
    await Promise.all([client.close(), server.close()]);
  }
});
