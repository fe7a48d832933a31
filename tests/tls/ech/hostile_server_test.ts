/** A client with ECH before servers that break the rules, row by row. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { Connection } from "../../../tls/connection/connection.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { receiveEch } from "../../../tls/handshake/server/receive_ech.ts";
import type { ServerEch } from "../../../tls/handshake/server/server_ech.ts";
import { serverHandshake } from "../../../tls/handshake/server/server_handshake.ts";
import type { ServerConfig } from "../../../tls/config/server_config.ts";
import { encodeEchConfigList } from "../../../tls/wire/ech_config.ts";
import { CipherSuiteId, ProtocolVersion } from "../../../tls/wire/numbers.ts";
import { encodeServerHello } from "../../../tls/wire/server_hello.ts";
import { endOf, talk } from "../connection/connection_pair.ts";
import { bytes, u16, vec16 } from "../wire/message_bytes.ts";
import { changeFlight, serverHello } from "../tls12/tamper.ts";
import { clientConfig, KEY, keyOf, OTHER_KEY, SECRET_NAME, serverConfig, shakeHands } from "./ech_pair.ts";

/** A server that does something else with ECH. */
class HostileServer extends Connection {
  constructor(config: ServerConfig, change: (ech: ServerEch) => ServerEch) {
    super("server", {
      *handshake(channel) {
        const ech = yield* receiveEch(channel, config.echKeys);
        return yield* serverHandshake(channel, contextOfConfig(config), { ech: ech && change(ech) });
      },
    });
    this.configure({ crypto: config.crypto });
  }
}

/** The error of a client with the key before such a server. */
async function failureOf(
  config: ServerConfig,
  change: (ech: ServerEch) => ServerEch,
  client = clientConfig(),
): Promise<TlsError | undefined> {
  const ends = {
    client: endOf(new ClientConnection(client, SECRET_NAME)),
    server: endOf(new HostileServer(config, change)),
  };
  await talk(ends.client, ends.server);
  const { failure } = ends.client;
  if (failure === undefined) return undefined;
  assertInstanceOf(failure, TlsError);
  return failure;
}

/** The same ECH, which does not confirm that message. */
function silentAt(message: "ServerHello" | "HelloRetryRequest"): (ech: ServerEch) => ServerEch {
  return (ech) => ({
    receiveSecondHello: (channel) => ech.receiveSecondHello(channel),
    *confirm(channel, hash, kind, encoded) {
      return kind === message ? encoded : yield* ech.confirm(channel, hash, kind, encoded);
    },
  });
}

function withRetryConfigs(retryConfigs: Uint8Array): (ech: ServerEch) => ServerEch {
  return (ech) => ({
    retryConfigs,
    receiveSecondHello: (channel) => ech.receiveSecondHello(channel),
    confirm: (channel, hash, kind, encoded) => ech.confirm(channel, hash, kind, encoded),
  });
}

const ROWS: readonly {
  readonly name: string;
  readonly config: ServerConfig;
  readonly change: (ech: ServerEch) => ServerEch;
  readonly code: TlsErrorCode | undefined;
}[] = [
  {
    name: "ECH: a server that changes nothing is accepted",
    config: serverConfig(),
    change: (ech) => ech,
    code: undefined,
  },
  {
    name: "N-17: a ServerHello that does not confirm what its HelloRetryRequest has confirmed",
    config: serverConfig({ groups: ["secp521r1"] }),
    change: silentAt("ServerHello"),
    code: "illegal_parameter",
  },
  {
    name: "N-18: a server that goes by the inner hello and does not confirm it",
    config: serverConfig(),
    change: silentAt("ServerHello"),
    code: "bad_record_mac",
  },
  {
    name: "N-18: one that does not confirm its HelloRetryRequest, and does not get what it wants then",
    config: serverConfig({ groups: ["secp521r1"] }),
    change: silentAt("HelloRetryRequest"),
    code: "handshake_failed",
  },
  {
    name: "N-19: retry configurations of a server that has accepted",
    config: serverConfig(),
    change: withRetryConfigs(OTHER_KEY.configList),
    code: "unsupported_extension",
  },
  {
    name: "N-19: retry configurations that are no list",
    config: serverConfig({ echKeys: [keyOf(OTHER_KEY)] }),
    change: withRetryConfigs(bytes(0)),
    code: "decode_error",
  },
];
for (const { name, config, change, code } of ROWS) {
  Deno.test(`${name}: ${code ?? "no error"}`, async () => {
    assertEquals((await failureOf(config, change))?.code, code);
  });
}

Deno.test("N-19: retry configurations of other versions alone are none", async () => {
  const config = serverConfig({ echKeys: [keyOf(OTHER_KEY)] });
  const older = encodeEchConfigList([bytes(u16(0xfe0a), vec16("older"))]);
  const failure = await failureOf(config, withRetryConfigs(older));
  assertEquals([failure?.code, failure?.retryConfigs], ["ech_rejected", undefined]);
});

Deno.test("N-19: retry configurations of several versions are told whole, in memory of their own", async () => {
  const config = serverConfig({ echKeys: [keyOf(OTHER_KEY)] });
  const list = encodeEchConfigList([bytes(u16(0xfe0a), vec16("older")), OTHER_KEY.config]);
  const failure = await failureOf(config, withRetryConfigs(list));
  assertEquals([failure?.code, failure?.retryConfigs], ["ech_rejected", list]);
  assertEquals(failure?.retryConfigs?.buffer.byteLength, list.length);
});

for (const groups of [["x25519"], ["secp521r1"]] as const) {
  Deno.test(`ECH: a cipher suite that was not offered, in answer to ECH (${groups}): unoffered_cipher_suite`, async () => {
    const cut = changeFlight("server", serverHello(() => ({ cipherSuite: 0x1304 })));
    const { client } = await shakeHands(clientConfig(), serverConfig({ groups }), { cut });
    assertInstanceOf(client.failure, TlsError);
    assertEquals(client.failure.code, "unoffered_cipher_suite");
  });
}

Deno.test("N-19: retry configurations are ignored by a client that made its ECH up, unless they are no list", async () => {
  const client = clientConfig({ ech: "grease" });
  assertEquals(await failureOf(serverConfig(), (ech) => ech, client), undefined);
  assertEquals((await failureOf(serverConfig(), withRetryConfigs(bytes(1)), client))?.code, "decode_error");
});

/** A ServerHello of TLS 1.2 in a record. */
function tls12Hello(tail: string): Uint8Array {
  const random = concat([new Uint8Array(24), new TextEncoder().encode(tail)]);
  const hello = encodeServerHello({
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random,
    sessionId: new Uint8Array(0),
    cipherSuite: CipherSuiteId.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    compressionMethod: 0,
    isHelloRetryRequest: false,
    extensionOrder: [],
  });
  return bytes(22, u16(0x0303), vec16(hello));
}

for (
  const [name, tail, code] of [
    ["", "\0".repeat(8), "unsupported_protocol_version"],
    [", marked as a downgrade", "DOWNGRD\x01", "downgrade_detected"],
    [", marked as a downgrade to TLS 1.1", "DOWNGRD\0", "downgrade_detected"],
  ] as const
) {
  Deno.test(`N-22: a ServerHello of TLS 1.2${name} in answer to ECH: ${code}`, async () => {
    const client = new ClientConnection(clientConfig(), SECRET_NAME);
    await client.next();
    client.receive(tls12Hello(tail));
    const error = await assertRejects(async () => await client.next(), TlsError);
    assertEquals(error.code, code);
  });
}

Deno.test("ECH: what the client is told of a key is what the server has", () => {
  assertEquals(serverConfig().echKeys?.retryConfigs, KEY.configList);
});
