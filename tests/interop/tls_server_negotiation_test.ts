/** What real clients and Ductile's server agree on, and what they say when they cannot. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { NamedGroupName, ServerConfigOptions } from "../../tls/mod.ts";
import { installed } from "../support/peers.ts";
import type { TlsErrorOf } from "./tls_client.ts";
import { answerOneRequest, echoOneLine, serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { type ClientName, VISITS } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

/** A line long enough to fill many small records. */
const LONG_LINE = `${"a wire is drawn out of metal ".repeat(280)}\n`;

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

const AGREED_TLS12 = { protocolVersion: "TLSv1.2", handshakeKind: "full" } as const;
const GNUTLS_TLS12 = "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2";
const RETRIED = { handshakeKind: "full_with_hello_retry_request", keyExchangeGroup: "secp384r1" } as const;
const ONLY_P384: Partial<ServerConfigOptions> = { groups: ["secp384r1"] };
const SERVER_PROTOCOLS: Partial<ServerConfigOptions> = { alpnProtocols: ["h2", "http/1.1"] };
const FOREIGN: Partial<ServerConfigOptions> = { alpnProtocols: ["spdy/3"] };
const REFUSED_PROTOCOL = { code: "no_application_protocol" } as const;
const REFUSED_VERSION = { code: "unsupported_protocol_version" } as const;

const OUR_SERVER: readonly ClientRow[] = [
  { name: "TLS 1.2", program: "openssl", args: ["-tls1_2"], agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "gnutls-cli", args: [GNUTLS_TLS12], agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "curl", args: ["--tls-max", "1.2"], agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "node", args: ['maxVersion: "TLSv1.2"'], agreed: AGREED_TLS12 },
  { name: "TLS 1.2", program: "deno", config: { versions: ["TLSv1.2"] }, agreed: AGREED_TLS12 },
  ...([
    ["without the extended main secret, which is accepted by default", "%NO_SESSION_HASH"],
    ["without secure renegotiation", "%DISABLE_SAFE_RENEGOTIATION"],
    ["without tickets", "%NO_TICKETS_TLS12"],
    ["with none of these", "%NO_SESSION_HASH:%DISABLE_SAFE_RENEGOTIATION:%NO_TICKETS_TLS12"],
  ] as const).map(([name, priority]): ClientRow => ({
    name: `TLS 1.2 ${name}`,
    program: "gnutls-cli",
    args: [`${GNUTLS_TLS12}:${priority}`],
    agreed: AGREED_TLS12,
  })),
  {
    name: "TLS 1.2 without the extended main secret, which is required",
    program: "gnutls-cli",
    args: [`${GNUTLS_TLS12}:%NO_SESSION_HASH`],
    config: { requireExtendedMainSecret: true },
    fails: { code: "no_extended_main_secret" },
    output: /Handshake failed/,
  },
  ...(["-tls1", "-tls1_1"] as const).map((version): ClientRow => ({
    name: `nothing newer than TLS 1.1 is a failure that both know (${version})`,
    program: "openssl",
    args: [version, "-cipher", "ALL@SECLEVEL=0"],
    fails: REFUSED_VERSION,
    output: /alert protocol version/,
  })),
  {
    name: "nothing newer than TLS 1.1 is a failure that both know",
    program: "gnutls-cli",
    args: ["--priority=NORMAL:-VERS-ALL:+VERS-TLS1.1"],
    fails: REFUSED_VERSION,
    output: /protocol version/i,
  },
  {
    name: "no suite but those of CBC is a failure that both know",
    program: "openssl",
    args: ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
    fails: { code: "no_shared_cipher_suite" },
    output: /alert handshake failure/,
  },
  {
    name: "no suite but those of CBC is a failure that both know",
    program: "gnutls-cli",
    args: [`${GNUTLS_TLS12}:-CIPHER-ALL:+AES-128-CBC`],
    fails: { code: "no_shared_cipher_suite" },
    output: /Handshake failed/,
  },
  {
    name: "a fallback from TLS 1.3, which both know, is refused",
    program: "openssl",
    args: ["-no_tls1_3", "-fallback_scsv"],
    fails: { code: "inappropriate_fallback" },
    output: /alert inappropriate fallback/,
  },
  {
    name: "TLS 1.2: Ductile's server chooses a protocol by ALPN",
    program: "openssl",
    args: ["-tls1_2", "-alpn", "http/1.1,h2"],
    config: SERVER_PROTOCOLS,
    agreed: { protocolVersion: "TLSv1.2", alpnProtocol: "h2" },
    output: /ALPN protocol: h2/,
  },
  {
    name: "TLS 1.2: no protocol in common is a failure that both know",
    program: "openssl",
    args: ["-tls1_2", "-alpn", "h2"],
    config: FOREIGN,
    fails: REFUSED_PROTOCOL,
    output: /alert no application protocol/,
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
  ...(["openssl", "gnutls-cli", "node"] as const).map((program) => ({
    name: "records that are padded to whole blocks",
    program,
    config: { versions: ["TLSv1.3"] as const, recordPadding: 300, maxFragmentSize: 1000 },
    says: LONG_LINE,
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
