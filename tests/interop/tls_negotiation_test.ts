/** What Ductile's TLS and real peers agree on, and what they say when they cannot. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ClientConfigOptions, NamedGroupName, ServerConfigOptions } from "../../tls/mod.ts";
import { installed } from "../support/peers.ts";
import { connectorTo, dial, failureOf, talk, type TlsErrorOf } from "./tls_client.ts";
import { answerOneRequest, echoOneLine, serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import {
  type ClientName,
  deno,
  gnutls,
  nginx,
  node,
  openssl,
  type StartServer,
  VISITS,
} from "./tls_peers.ts";

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
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "TLS 1.2",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2"),
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "TLS 1.2 without the extended main secret, which is accepted by default",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH"),
    agreed: { protocolVersion: "TLSv1.2" },
  },
  {
    name: "TLS 1.2 without the extended main secret, which is required",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH"),
    config: { requireExtendedMainSecret: true },
    fails: { code: "no_extended_main_secret" },
  },
  {
    name: "TLS 1.2 without secure renegotiation",
    program: "gnutls-serv",
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION"),
    agreed: { protocolVersion: "TLSv1.2" },
  },
  {
    name: "TLS 1.2",
    program: "node",
    start: node('maxVersion: "TLSv1.2"'),
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
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
  ] as const).flatMap(([program, shared, foreign]) => [
    {
      name: "the server chooses a protocol by ALPN",
      program,
      start: shared,
      config: BOTH_PROTOCOLS,
      agreed: { alpnProtocol: "http/1.1" },
    },
    {
      name: "no protocol in common is a failure that both know",
      program,
      start: foreign,
      config: BOTH_PROTOCOLS,
      fails: NO_PROTOCOL,
    },
  ]),
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
    start: gnutls("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2"),
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

interface ClientRow {
  readonly name: string;
  readonly program: ClientName;
  /** More arguments; for Node more options; Deno has none. */
  readonly args?: readonly string[];
  readonly config?: Partial<ServerConfigOptions>;
  readonly agreed?: {
    readonly protocolVersion?: string;
    readonly handshakeKind?: string;
    readonly keyExchangeGroup?: NamedGroupName;
    readonly alpnProtocol?: string | null;
    readonly serverName?: string | undefined;
  };
  readonly fails?: TlsErrorOf;
  readonly says?: string;
  /** What the client says of it. */
  readonly output?: RegExp;
}

const ONLY_P384: Partial<ServerConfigOptions> = { groups: ["secp384r1"] };
const SERVER_PROTOCOLS: Partial<ServerConfigOptions> = { alpnProtocols: ["h2", "http/1.1"] };
const FOREIGN: Partial<ServerConfigOptions> = { alpnProtocols: ["spdy/3"] };
const REFUSED_PROTOCOL = { code: "no_application_protocol" } as const;
const REFUSED_VERSION = { code: "unsupported_protocol_version" } as const;

const OUR_SERVER: readonly ClientRow[] = [
  {
    name: "TLS 1.2",
    program: "openssl",
    args: ["-tls1_2"],
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "TLS 1.2",
    program: "gnutls-cli",
    args: ["--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2"],
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "TLS 1.2",
    program: "curl",
    args: ["--tls-max", "1.2"],
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "TLS 1.2",
    program: "node",
    args: ['maxVersion: "TLSv1.2"'],
    agreed: { protocolVersion: "TLSv1.2", handshakeKind: "full" },
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "openssl",
    args: ["-groups", "X25519:P-384"],
    config: ONLY_P384,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "gnutls-cli",
    args: ["--single-key-share", "--priority=NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1"],
    config: ONLY_P384,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "curl",
    args: ["--curves", "X25519:P-384"],
    config: ONLY_P384,
    agreed: RETRIED,
  },
  {
    name: "a HelloRetryRequest to another group",
    program: "node",
    args: ['ecdhCurve: "X25519:P-384"'],
    config: ONLY_P384,
    agreed: RETRIED,
  },
  { name: "a HelloRetryRequest to another group", program: "deno", config: ONLY_P384, agreed: RETRIED },
  {
    name: "Ductile's server chooses a protocol by ALPN, in its own order",
    program: "openssl",
    args: ["-alpn", "http/1.1,h2"],
    config: SERVER_PROTOCOLS,
    agreed: { alpnProtocol: "h2" },
    output: /ALPN protocol: h2/,
  },
  {
    name: "Ductile's server chooses a protocol by ALPN",
    program: "gnutls-cli",
    args: ["--alpn=h2"],
    config: SERVER_PROTOCOLS,
    agreed: { alpnProtocol: "h2" },
    output: /Application protocol: h2/,
  },
  {
    name: "Ductile's server chooses a protocol by ALPN",
    program: "curl",
    args: ["--verbose", "--http1.1"],
    config: SERVER_PROTOCOLS,
    agreed: { alpnProtocol: "http/1.1" },
    output: /server accepted http\/1\.1/,
  },
  {
    name: "Ductile's server chooses a protocol by ALPN",
    program: "node",
    args: ['ALPNProtocols: ["http/1.1", "h2"]'],
    config: SERVER_PROTOCOLS,
    agreed: { alpnProtocol: "h2" },
    output: /ALPN h2/,
  },
  {
    name: "no protocol in common is a failure that both know",
    program: "openssl",
    args: ["-alpn", "h2"],
    config: FOREIGN,
    fails: REFUSED_PROTOCOL,
    output: /alert no application protocol/,
  },
  {
    name: "no protocol in common is a failure that both know",
    program: "gnutls-cli",
    args: ["--alpn=h2"],
    config: FOREIGN,
    fails: REFUSED_PROTOCOL,
    output: /No supported application protocol/,
  },
  {
    name: "no protocol in common is a failure that both know",
    program: "curl",
    args: ["--http1.1"],
    config: FOREIGN,
    fails: REFUSED_PROTOCOL,
    output: /alert no application protocol/,
  },
  {
    name: "no protocol in common is a failure that both know",
    program: "node",
    args: ['ALPNProtocols: ["h2"]'],
    config: FOREIGN,
    fails: REFUSED_PROTOCOL,
    output: /ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL/,
  },
  {
    name: "a client that offers no protocol is served",
    program: "openssl",
    config: SERVER_PROTOCOLS,
    agreed: { alpnProtocol: null },
    output: /No ALPN negotiated/,
  },
  {
    name: "a client may leave the name out",
    program: "openssl",
    args: ["-noservername"],
    agreed: { serverName: undefined },
  },
  {
    name: "a client that knows nothing newer than TLS 1.2 is told so where that is not enabled",
    program: "openssl",
    args: ["-tls1_2"],
    config: { versions: ["TLSv1.3"] },
    fails: REFUSED_VERSION,
    output: /alert protocol version/,
  },
  {
    name: "a client that knows nothing newer than TLS 1.2 is told so where that is not enabled",
    program: "gnutls-cli",
    args: ["--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2"],
    config: { versions: ["TLSv1.3"] },
    fails: REFUSED_VERSION,
    output: /protocol version/i,
  },
  {
    name: "a client that knows nothing newer than TLS 1.2 is told so where that is not enabled",
    program: "curl",
    args: ["--tls-max", "1.2"],
    config: { versions: ["TLSv1.3"] },
    fails: REFUSED_VERSION,
    output: /alert protocol version/,
  },
  {
    name: "a client that knows nothing newer than TLS 1.2 is told so where that is not enabled",
    program: "node",
    args: ['maxVersion: "TLSv1.2"'],
    config: { versions: ["TLSv1.3"] },
    fails: REFUSED_VERSION,
    output: /ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION/,
  },
  { name: "without middlebox compatibility", program: "openssl", args: ["-no_middlebox"] },
  {
    name: "without middlebox compatibility",
    program: "gnutls-cli",
    args: ["--priority=NORMAL:%DISABLE_TLS13_COMPAT_MODE"],
  },
  ...(["openssl", "gnutls-cli", "curl", "node", "deno"] as const).map((program) => ({
    name: "records that have room for ten bytes, in the handshake and after it",
    program,
    config: { maxFragmentSize: 32 },
    says: program === "curl" ? "" : LONG_LINE,
  })),
  {
    name: "records of the client's that are short, and padded",
    program: "openssl",
    args: ["-max_send_frag", "512", "-record_padding", "300"],
    says: LONG_LINE,
  },
];

for (
  const { name, program, args = [], config, agreed = {}, fails, says = "ductile\n", output } of OUR_SERVER
) {
  Deno.test({
    name: `${program} and Ductile's server: ${name}`,
    ignore: program !== "deno" && !installed(program),
    async fn() {
      const script = program === "curl" ? answerOneRequest : echoOneLine;
      await using server = serve({ identity: identityOf(p256), ...config }, script);
      const { output: heard } = await VISITS[program](server.port, { args, says });
      const { connection, error } = await server.outcome();
      if (fails !== undefined) {
        assert(error instanceof Error && "code" in error);
        assertEquals(error.code, fails.code, error.message);
      } else {
        if (error !== undefined) throw error;
        assert(connection !== undefined);
        const facts = Object.keys(agreed).map((key) => [key, Reflect.get(connection, key)]);
        assertEquals(Object.fromEntries(facts), agreed);
        assertStringIncludes(heard.replaceAll("\r", ""), program === "curl" ? "hello from ductile" : says);
      }
      if (output !== undefined) assertMatch(heard, output);
    },
  });
}

Deno.test("deno and Ductile's server: an address is not told, and verified all the same", async () => {
  await using server = serve({ identity: identityOf(p256) }, echoOneLine);
  const { output } = await VISITS.deno(server.port, { hostname: "127.0.0.1" });
  assertEquals(output, "ductile\n");
  const { connection, error } = await server.outcome();
  assertEquals([connection?.serverName, error], [undefined, undefined]);
});
