/** The second ClientHello, after a HelloRetryRequest, row by row; and early data, which a server skips before it. */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { TAG_LENGTH } from "../../../../tls/crypto/cipher_suites.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { NamedGroup } from "../../../../tls/wire/numbers.ts";
import { converse } from "../conversation.ts";
import { clientHello, receive, withExtensions, without } from "./client_hellos.ts";
import { ScriptedClient, type ScriptedClientOptions } from "./scripted_client.ts";
import { recordsOf } from "../../tls12/tamper.ts";
import { codeOf, CRYPTO, record, serverConfig } from "./server_fixture.ts";

const HANDSHAKE = 0x16;

const RETRIES: readonly {
  /** The row of the bad inputs. */
  readonly id?: string;
  readonly name: string;
  readonly second: (hello: ClientHello) => ClientHello;
  readonly code: string;
}[] = [
  { name: "the same, but for the share", second: (same) => same, code: "" },
  { name: "an unsolicited cookie", second: withExtensions({ cookie: Uint8Array.of(1) }), code: "" },
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
  {
    name: "certificate types that were not there",
    second: (plain) => ({
      ...withExtensions({ serverCertificateTypes: [2, 0] })(plain),
      extensionOrder: [...plain.extensionOrder, 0x14],
    }),
    code: "illegal_parameter",
  },
  {
    name: "types of the client that were not there",
    second: (plain) => ({
      ...withExtensions({ clientCertificateTypes: [2] })(plain),
      extensionOrder: [...plain.extensionOrder, 0x13],
    }),
    code: "illegal_parameter",
  },
  {
    name: "compressions that were not there",
    second: (plain) => ({
      ...withExtensions({ compressCertificate: [2] })(plain),
      extensionOrder: [...plain.extensionOrder, 0x1b],
    }),
    code: "illegal_parameter",
  },
  { name: "other modes", second: withExtensions({ pskKeyExchangeModes: [0, 1] }), code: "illegal_parameter" },
  {
    id: "E-04: ",
    name: "early data",
    second: withExtensions({ earlyData: true }),
    code: "illegal_parameter",
  },
  {
    name: "other versions",
    second: withExtensions({ supportedVersions: [0x0304, 0x0303] }),
    code: "illegal_parameter",
  },
  {
    name: "signature schemes for certificates that the first did not have",
    second: withExtensions({ signatureAlgorithmsCert: [0x0403] }),
    code: "illegal_parameter",
  },
  {
    name: "a session that the first did not have",
    second: withExtensions({
      preSharedKey: {
        identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
        binders: [new Uint8Array(32)],
      },
    }),
    code: "illegal_parameter",
  },
  {
    name: "no TLS 1.3",
    second: withExtensions({ supportedVersions: [0x0303] }),
    code: "unsupported_protocol_version",
  },
  {
    name: "the mark of an inner hello, which was never encrypted",
    second: (plain) => ({
      ...withExtensions({ encryptedClientHello: { type: "inner" } })(plain),
      extensionOrder: [0xfe0d, ...plain.extensionOrder.filter((type) => type !== 0xfe0d)],
    }),
    code: "illegal_parameter",
  },
  {
    name: "a status_request that the first did not have",
    second: withExtensions({ statusRequest: true }),
    code: "illegal_parameter",
  },
];
for (const { id = "", name, second, code } of RETRIES) {
  Deno.test(`${id}server ${code === "" ? "accepts" : "refuses"} a second ClientHello with ${name}`, async () => {
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
  { name: "one full record", lengths: [16_384], shares: ["x25519"], code: "" },
  { name: "as much as is skipped", lengths: [8192, 8191, 1], shares: ["x25519"], code: "" },
  { name: "a byte too much", lengths: [8192, 8193], shares: ["x25519"], code: "too_much_early_data" },
  { name: "a little before a HelloRetryRequest", lengths: [100, 200], shares: [], code: "" },
  {
    name: "a byte too much before a HelloRetryRequest",
    lengths: [8192, 8193],
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
        return concat([
          bytes,
          ...lengths.map((length) => record(0x17, new Uint8Array(length + 1 + TAG_LENGTH))),
        ]);
      },
    });
    assertEquals(outcome.error === undefined ? "" : codeOf(outcome.error), code);
    assertEquals(server.isHandshaking, code !== "");
  });
}

Deno.test("server does not skip data that was not announced", async () => {
  const bytes = concat([record(HANDSHAKE, await clientHello()), record(0x17, new Uint8Array(100))]);
  const { outcome } = await receive(bytes);
  assertEquals(codeOf(outcome.error), "bad_record_mac");
});

for (const [name, shares] of [["a HelloRetryRequest", []], ["no HelloRetryRequest", ["x25519"]]] as const) {
  Deno.test(`server sends one ChangeCipherSpec, behind its first message, with ${name}`, async () => {
    const client = new ScriptedClient({ crypto: CRYPTO, groups: ["x25519"], shares });
    const server = new ServerConnection(serverConfig({ groups: ["x25519"] }));
    const types: number[] = [];
    const { server: { error } } = await converse(client, server, {
      fromServer: (bytes) => {
        types.push(...recordsOf(bytes).map(({ type }) => type));
        return bytes;
      },
    });
    assertEquals(error, undefined);
    assertEquals(types.slice(0, 2), [HANDSHAKE, 0x14]);
    assertEquals(types.filter((type) => type === 0x14).length, 1);
  });
}

const LISTS = {
  alpnProtocols: ["h2", "http/1.1", "x"],
  supportedGroups: [NamedGroup.secp256r1, NamedGroup.x25519, NamedGroup.secp384r1],
  supportedVersions: [0x7a7a, 0x0304, 0x1a1a],
  signatureAlgorithms: [0x0403, 0x0804, 0x0503],
  signatureAlgorithmsCert: [0x0403, 0x0804, 0x0503],
  pskKeyExchangeModes: [1, 0, 7],
} as const;

for (const name of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
  const [first, second, third] = LISTS[name];
  const changes = {
    "is not there any more": without(name),
    "has its ends exchanged": withExtensions({ [name]: [third, second, first] }),
    "has lost its end": withExtensions({ [name]: [first, second] }),
    "has another end": withExtensions({ [name]: [first, second, first] }),
  };
  for (const [how, change] of Object.entries(changes)) {
    Deno.test(`server refuses a second ClientHello whose ${name} ${how}`, async () => {
      const client = new ScriptedClient({
        crypto: CRYPTO,
        groups: ["secp256r1", "x25519"],
        shares: [],
        extensions: LISTS,
        illegal: { secondHello: change },
      });
      const server = new ServerConnection(serverConfig({ groups: ["x25519"] }));
      const { server: { error } } = await converse(client, server);
      const isNeeded = how === "is not there any more" &&
        name in { supportedVersions: 1, supportedGroups: 1, signatureAlgorithms: 1 };
      const missing = name === "supportedVersions" ? "unsupported_protocol_version" : "missing_extension";
      assertEquals(error === undefined ? "" : codeOf(error), isNeeded ? missing : "illegal_parameter");
    });
  }
}
