/** What Ductile's client and real servers agree on, and what they say when they cannot. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ClientConfigOptions, NamedGroupName } from "../../tls/mod.ts";
import { installed } from "../support/peers.ts";
import { connectorTo, dial, failureOf, talk, type TlsErrorOf } from "./tls_client.ts";
import { mintIdentity } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import { deno, gnutls, nginx, node, openssl, type StartServer } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

/** Whether what a server answers is what was said. */
function isAnswer(said: string, heard: string): boolean {
  return heard === said || heard === `${[...said.slice(0, -1)].reverse().join("")}\n`;
}

/** A line long enough to fill many small records. */
const LONG_LINE = `${"a wire is drawn out of metal ".repeat(280)}\n`;

interface ServerRow {
  readonly name: string;
  readonly program: string;
  readonly start: StartServer;
  readonly config?: ClientConfigOptions;
  readonly serverName?: string;
  readonly agreed?: {
    readonly protocolVersion?: string;
    readonly handshakeKind?: string;
    readonly keyExchangeGroup?: NamedGroupName;
    readonly alpnProtocol?: string | null;
  };
  /** How it fails. */
  readonly fails?: TlsErrorOf;
  readonly says?: string;
  /** What the server says of it. */
  readonly output?: RegExp;
  readonly silentOn?: RegExp;
}

const AGREED_TLS12 = { protocolVersion: "TLSv1.2", handshakeKind: "full" } as const;
const ONLY_TLS12: ClientConfigOptions = { versions: ["TLSv1.2"] };
const GNUTLS_TLS12 = "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2";
const SHARE_AND_GROUP: ClientConfigOptions = { groups: ["x25519", "secp384r1"] };
const RETRIED = { handshakeKind: "full_with_hello_retry_request", keyExchangeGroup: "secp384r1" } as const;
const BOTH_PROTOCOLS: ClientConfigOptions = { alpnProtocols: ["h2", "http/1.1"] };
const NO_PROTOCOL = { code: "no_application_protocol", alert: "no_application_protocol" } as const;
const TOO_OLD = { code: "unsupported_protocol_version", alert: "protocol_version", hint: /1\.2/ } as const;

const OUR_CLIENT: readonly ServerRow[] = [
  {
    name: "TLS 1.2",
    program: "openssl",
    start: openssl("-tls1_2"),
    agreed: AGREED_TLS12,
  },
  {
    name: "TLS 1.2",
    program: "gnutls-serv",
    start: gnutls(GNUTLS_TLS12),
    agreed: AGREED_TLS12,
  },
  ...([
    ["without the extended main secret, which is accepted by default", "%NO_SESSION_HASH"],
    ["without secure renegotiation", "%DISABLE_SAFE_RENEGOTIATION"],
    ["without tickets", "%NO_TICKETS_TLS12"],
    ["with none of these", "%NO_SESSION_HASH:%DISABLE_SAFE_RENEGOTIATION:%NO_TICKETS_TLS12"],
  ] as const).map(([name, priority]) => ({
    name: `TLS 1.2 ${name}`,
    program: "gnutls-serv",
    start: gnutls(`${GNUTLS_TLS12}:${priority}`),
    agreed: AGREED_TLS12,
  })),
  {
    name: "TLS 1.2 without the extended main secret, which is required",
    program: "gnutls-serv",
    start: gnutls(`${GNUTLS_TLS12}:%NO_SESSION_HASH`),
    config: { requireExtendedMainSecret: true },
    fails: { code: "no_extended_main_secret" },
  },
  { name: "TLS 1.2", program: "node", start: node('maxVersion: "TLSv1.2"'), agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "nginx", start: nginx("", "TLSv1.2"), agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "deno", start: deno(), config: ONLY_TLS12, agreed: AGREED_TLS12 },
  ...(["TLS 1.0", "TLS 1.1"] as const).map((version) => ({
    name: `nothing newer than ${version} is a failure that says so`,
    program: "openssl",
    start: openssl(`-tls1${version === "TLS 1.1" ? "_1" : ""}`, "-cipher", "ALL@SECLEVEL=0"),
    fails: { code: "unsupported_protocol_version", alert: "protocol_version", hint: /newer than TLS 1\.1/ },
  })),
  {
    name: "nothing newer than TLS 1.1 is a failure with a hint",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"),
    // It looks at the suites first, and knows none of them.
    fails: { code: "handshake_failed", alert: "handshake_failure", hint: /newer than TLS 1\.1/ },
  },
  ...([
    ["openssl", openssl("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")],
    ["gnutls-serv", gnutls(`${GNUTLS_TLS12}:-CIPHER-ALL:+AES-128-CBC`)],
    ["nginx", nginx("ssl_ciphers ECDHE-ECDSA-AES128-SHA;", "TLSv1.2")],
    ["node", node('maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA"')],
  ] as const).map(([program, start]) => ({
    name: "no suite but those of CBC is a failure with a hint",
    program,
    start,
    fails: { code: "handshake_failed", alert: "handshake_failure", hint: /ECDHE with AES-GCM/ },
  })),
  {
    name: "a HelloRetryRequest to another group",
    program: "openssl",
    start: openssl("-groups", "P-384"),
    config: SHARE_AND_GROUP,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-GROUP-ALL:+GROUP-SECP384R1"),
    config: SHARE_AND_GROUP,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "nginx",
    start: nginx("ssl_ecdh_curve secp384r1;"),
    config: SHARE_AND_GROUP,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "node",
    start: node('ecdhCurve: "P-384"'),
    config: SHARE_AND_GROUP,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "deno",
    start: deno(),
    config: { groups: ["secp521r1", "secp384r1"] },
    agreed: RETRIED,
  },
  ...([
    ["openssl", openssl("-alpn", "http/1.1,h2"), openssl("-alpn", "spdy/3")],
    ["gnutls-serv", gnutls("--alpn=http/1.1", "--alpn-fatal"), gnutls("--alpn=spdy/3", "--alpn-fatal")],
    ["node", node('ALPNProtocols: ["http/1.1", "h2"]'), node('ALPNProtocols: ["spdy/3"]')],
    ["deno", deno({ alpnProtocols: ["http/1.1"] }), deno({ alpnProtocols: ["spdy/3"] })],
  ] as const).flatMap(([program, shared, foreign]) =>
    VERSIONS.flatMap((version) => [
      {
        name: `${version}: the server chooses a protocol by ALPN`,
        program,
        start: shared,
        config: { ...BOTH_PROTOCOLS, versions: [version] },
        agreed: { alpnProtocol: "http/1.1" },
      },
      {
        name: `${version}: no protocol in common is a failure that both know`,
        program,
        start: foreign,
        config: { ...BOTH_PROTOCOLS, versions: [version] },
        fails: NO_PROTOCOL,
      },
    ])
  ),
  {
    name: "a server that knows no ALPN leaves it open",
    program: "openssl",
    start: openssl(),
    config: BOTH_PROTOCOLS,
    agreed: { alpnProtocol: null },
  },
  {
    name: "the server is told a name",
    program: "openssl",
    start: openssl("-tlsextdebug"),
    output: /TLS client extension "server name"/,
  },
  {
    name: "the server is not told an address",
    program: "openssl",
    start: openssl("-tlsextdebug"),
    serverName: "127.0.0.1",
    output: /TLS client extension "key share"/,
    silentOn: /TLS client extension "server name"/,
  },
  {
    name: "the server is told no name when that is switched off",
    program: "openssl",
    start: openssl("-tlsextdebug"),
    config: { enableSni: false },
    output: /TLS client extension "key share"/,
    silentOn: /TLS client extension "server name"/,
  },
  {
    name: "nothing newer than TLS 1.2 is a failure with a hint where that is not enabled",
    program: "openssl",
    start: openssl("-tls1_2"),
    config: { versions: ["TLSv1.3"] },
    fails: TOO_OLD,
  },
  {
    name: "nothing newer than TLS 1.2 is a failure with a hint where that is not enabled",
    program: "gnutls-serv",
    start: gnutls(GNUTLS_TLS12),
    config: { versions: ["TLSv1.3"] },
    // It looks at the suites first, and knows none of them.
    fails: { ...TOO_OLD, code: "handshake_failed", alert: "handshake_failure" },
  },
  {
    name: "nothing newer than TLS 1.2 is a failure with a hint where that is not enabled",
    program: "node",
    start: node('maxVersion: "TLSv1.2"'),
    config: { versions: ["TLSv1.3"] },
    fails: TOO_OLD,
  },
  { name: "without middlebox compatibility", program: "openssl", start: openssl("-no_middlebox") },
  {
    name: "without middlebox compatibility",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:%DISABLE_TLS13_COMPAT_MODE"),
  },
  ...([
    ["openssl", openssl()],
    ["gnutls-serv", gnutls()],
    ["node", node()],
    ["deno", deno()],
  ] as const).map(([program, start]) => ({
    name: "records that have room for ten bytes, in the handshake and after it",
    program,
    start,
    config: { maxFragmentSize: 32, ...BOTH_PROTOCOLS },
    says: LONG_LINE,
  })),
  ...([
    ["openssl", openssl()],
    ["gnutls-serv", gnutls()],
    ["node", node()],
  ] as const).map(([program, start]) => ({
    name: "records that are padded to whole blocks",
    program,
    start,
    config: { versions: ["TLSv1.3"] as const, recordPadding: 300, maxFragmentSize: 1000 },
    says: LONG_LINE,
  })),
  {
    name: "records of the server's that are short, and padded",
    program: "openssl",
    start: openssl("-max_send_frag", "512", "-record_padding", "300"),
    says: LONG_LINE,
  },
];

for (const row of OUR_CLIENT) {
  const { name, program, start, config, serverName, agreed = {}, fails, says, output, silentOn } = row;
  Deno.test({
    name: `Ductile's client and ${program}: ${name}`,
    ignore: program !== "deno" && !installed(program),
    async fn() {
      await using server = await start(p256);
      const connecting = dial(server.port, connectorTo(config), serverName);
      if (fails !== undefined) return assertFails(await failureOf(connecting), fails);
      await using stream = await connecting;
      const { connection } = stream;
      const facts = Object.keys(agreed).map((key) => [key, Reflect.get(connection, key)]);
      assertEquals(Object.fromEntries(facts), agreed);
      const ask = says ?? (program === "nginx" ? "GET / HTTP/1.0\r\n\r\n" : "ductile\n");
      const heard = await talk(stream, ask, (heard) => heard.endsWith("\n"));
      assert(program === "nginx" ? heard.endsWith("hello from nginx\n") : isAnswer(ask, heard), heard);
      if (output !== undefined) assertMatch(server.output, output);
      if (silentOn !== undefined) assertEquals(server.output.match(silentOn), null);
    },
  });
}

function assertFails(
  error: { code: string; alert?: string; hint?: string; message: string },
  { code, alert, hint }: TlsErrorOf,
): void {
  assertEquals({ code: error.code, alert: error.alert }, { code, alert }, error.message);
  if (hint !== undefined) assertMatch(error.hint ?? "", hint);
}
