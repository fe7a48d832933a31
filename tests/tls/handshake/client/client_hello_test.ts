/** The extensions of a ClientHello, by the versions that it offers and by what is configured. */

import { assert, assertEquals } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../../tls/connection/client_connection.ts";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { decodeClientHello } from "../../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { NamedGroup } from "../../../../tls/wire/numbers.ts";
import { PROVIDER } from "./client_support.ts";

/** A provider that has a hybrid of X25519, whatever that is. */
const HYBRID: CryptoProvider = {
  ...PROVIDER,
  groups: PROVIDER.groups.flatMap((group) => {
    if (group.name !== "x25519") return [group];
    const component = () => group.start();
    return [
      {
        ...group,
        name: "X25519MLKEM768",
        id: 0x11ec,
        async start() {
          const share = await component();
          return { ...share, agree: share.agree.bind(share), group: "X25519MLKEM768", component: share };
        },
      },
      group,
    ];
  }),
};

async function helloOf(options: ClientConfigOptions): Promise<ClientHello> {
  const config = new ClientConfig({ crypto: HYBRID, verifier: () => {}, ...options });
  const connection = new ClientConnection(config, "server.example");
  await connection.next();
  const output = connection.output();
  assert(output !== undefined);
  return decodeClientHello(output.subarray(9));
}

/** server_name, status_request, supported_groups, signature_algorithms and supported_versions. */
const COMMON = [0x00, 0x05, 0x0a, 0x0d, 0x2b];
/** compress_certificate, psk_key_exchange_modes and key_share. */
const OF_TLS13 = [0x1b, 0x2d, 0x33];
/** ec_point_formats, extended_main_secret, session_ticket and renegotiation_info. */
const OF_TLS12 = [0x0b, 0x17, 0x23, 0xff01];

const ROWS: readonly {
  readonly name: string;
  readonly options: ClientConfigOptions;
  readonly extensions: readonly number[];
  readonly sessionId: number;
}[] = [
  {
    name: "TLS 1.3",
    options: { versions: ["TLSv1.3"] },
    extensions: [...COMMON, ...OF_TLS13],
    sessionId: 32,
  },
  { name: "TLS 1.2", options: { versions: ["TLSv1.2"] }, extensions: [...COMMON, ...OF_TLS12], sessionId: 0 },
  {
    name: "both versions",
    options: { versions: ["TLSv1.3", "TLSv1.2"] },
    extensions: [...COMMON, ...OF_TLS13, ...OF_TLS12],
    sessionId: 32,
  },
  {
    name: "both versions without sessions",
    options: { versions: ["TLSv1.3", "TLSv1.2"], sessions: false },
    extensions: [...COMMON, ...OF_TLS13, ...OF_TLS12].filter((type) => type !== 0x2d && type !== 0x23),
    sessionId: 32,
  },
  {
    name: "both versions with ALPN and without SNI",
    options: { versions: ["TLSv1.3", "TLSv1.2"], alpnProtocols: ["h2"], enableSni: false },
    extensions: [...COMMON, 0x10, ...OF_TLS13, ...OF_TLS12].filter((type) => type !== 0x00),
    sessionId: 32,
  },
];

for (const { name, options, extensions, sessionId } of ROWS) {
  Deno.test(`ClientHello: the extensions of ${name}`, async () => {
    const hello = await helloOf({ certificateCompression: ["zlib"], ...options });
    const order = [...hello.extensionOrder].sort((a, b) => a - b);
    assertEquals(order, [...extensions].sort((a, b) => a - b));
    assertEquals(hello.sessionId.length, sessionId);
    const hasHybrid = hello.extensions.supportedGroups?.includes(0x11ec);
    assertEquals(hasHybrid, options.versions?.includes("TLSv1.3"));
  });
}

Deno.test("ClientHello: a hybrid's component goes beside it only where that group is enabled", async () => {
  for (
    const [groups, shares] of [
      [["X25519MLKEM768", "x25519"], [0x11ec, NamedGroup.x25519]],
      [["X25519MLKEM768", "secp256r1"], [0x11ec]],
      [["x25519", "X25519MLKEM768"], [NamedGroup.x25519]],
    ] as const
  ) {
    const { extensions } = await helloOf({ groups });
    assertEquals(extensions.keyShares?.map(({ group }) => group), [...shares]);
  }
});
