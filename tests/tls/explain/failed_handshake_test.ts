/** Explanations of handshakes that fail, one of each main kind: the refusal stands beside the message, with its code. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { Connection } from "../../../tls/connection/connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { commonDecisions } from "../../../tls/explain/common_decisions.ts";
import { explainHandshake, type HandshakeExplanation } from "../../../tls/explain/explain_handshake.ts";
import type { ExplainedOutcome, ExplainedStep } from "../../../tls/explain/explained_step.ts";
import type { HandshakeStory } from "../../../tls/explain/handshake_story.ts";
import type { ServerHello } from "../../../tls/wire/messages.ts";
import { encodeServerHello } from "../../../tls/wire/server_hello.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { acceptor, connector, hangUp, roots } from "../tls_pair.ts";
import { decisionsAbout, explainedPair, type ExplainedPairOptions, messagesOf } from "./explained_pair.ts";

const STRANGER = await mintCertificate(await mintAuthority(), { names: ["localhost"] });

interface Row {
  readonly name: string;
  readonly options: ExplainedPairOptions;
  /** The end that refuses. */
  readonly refusing: "client" | "server";
  readonly code: string;
  /** The message that is refused; absent where it is no message's fault. */
  readonly message?: string;
  /** The alert that the other end then explains. */
  readonly alert: string;
}

const ROWS: readonly Row[] = [
  {
    name: "a certificate for another name",
    options: { name: "other.example" },
    refusing: "client",
    code: "certificate_wrong_name",
    message: "Certificate",
    alert: "bad_certificate (42)",
  },
  {
    name: "a certificate that has expired",
    options: { client: { now: () => new Date(Date.now() + 30 * 24 * 60 * 60 * 1000) } },
    refusing: "client",
    code: "certificate_expired",
    message: "Certificate",
    alert: "certificate_expired (45)",
  },
  {
    name: "a certificate of an authority that is not trusted",
    options: { server: { identity: { chain: STRANGER.chainPem, key: STRANGER.keyPem } } },
    refusing: "client",
    code: "certificate_unknown_issuer",
    message: "Certificate",
    alert: "unknown_ca (48)",
  },
  {
    name: "a verifier that says no",
    options: { client: { verifier: () => Promise.reject(new Error("not today")) } },
    refusing: "client",
    code: "certificate_rejected",
    message: "Certificate",
    alert: "access_denied (49)",
  },
  {
    name: "no version in common",
    options: { client: { versions: ["TLSv1.2"] }, server: { versions: ["TLSv1.3"] } },
    refusing: "server",
    code: "unsupported_protocol_version",
    message: "ClientHello",
    alert: "protocol_version (70)",
  },
  {
    name: "no cipher suite in common",
    options: {
      client: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
      server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"] },
    },
    refusing: "server",
    code: "no_shared_cipher_suite",
    message: "ClientHello",
    alert: "handshake_failure (40)",
  },
  {
    name: "no application protocol in common",
    options: { client: { alpnProtocols: ["h2"] }, server: { alpnProtocols: ["mqtt"] } },
    refusing: "server",
    code: "no_application_protocol",
    message: "ClientHello",
    alert: "no_application_protocol (120)",
  },
  {
    name: "a client that shows no certificate",
    options: { server: { clientAuth: { roots: roots() } } },
    refusing: "server",
    code: "certificate_required",
    message: "Certificate",
    alert: "certificate_required (116)",
  },
];

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  for (const { name, options, refusing, code, message, alert } of ROWS) {
    if (version === "TLSv1.2" && /version|suite|shows no/.test(name)) continue;
    Deno.test(`${version}: ${name} is explained where it was refused, and at the other end`, async () => {
      const only = version === "TLSv1.2" ? { server: { ...options.server, versions: [version] } } : {};
      const { client, server } = await explainedPair({ ...options, ...only } as ExplainedPairOptions);
      const [near, far] = refusing === "client" ? [client, server] : [server, client];
      const steps = await near.steps();
      assertEquals(outcomeOf(steps)?.code, code);
      const refused = messagesOf(steps).filter(({ decisions }) => decisions.some(({ refuses }) => refuses));
      assertEquals(refused.map((each) => each.name), message === undefined ? [] : [message]);
      // The alert that was sent, at its end and at the other one.
      for (const each of [near, far]) {
        const last = messagesOf(await each.steps()).at(-1);
        assertEquals([last?.name, last?.sender], ["Alert", refusing]);
        assertEquals(last?.fields.map(({ value }) => value), ["fatal (2)", alert]);
      }
      assertStringIncludes(await near.text(), `code: ${code}`);
      assertStringIncludes(await near.html(), code);
    });
  }
}

/** An end that is fed bytes, and explained. */
async function fed(
  role: "client" | "server",
  bytes: Uint8Array,
  ends = false,
): Promise<HandshakeExplanation> {
  const connection = role === "client"
    ? new ClientConnection(connector().config, "localhost")
    : new ServerConnection(acceptor().config);
  const explanation = explainHandshake(connection);
  await connection.next();
  connection.receive(bytes);
  if (ends) connection.receiveEnd();
  try {
    await connection.next();
  } catch {
    // The explanation has it.
  }
  return explanation;
}

Deno.test("bytes that are no TLS are explained by the first of them, at either end", async () => {
  const banner = new TextEncoder().encode('220 "mail" <at> your service\r\n');
  for (const role of ["client", "server"] as const) {
    const explanation = await fed(role, banner);
    assertEquals(outcomeOf(await explanation.steps())?.code, "not_tls");
    assertStringIncludes(
      await explanation.text(),
      'as text: "220 \\x22mail\\x22 <at> your service\\x0d\\x0a"',
    );
    assertStringIncludes(await explanation.html(), "&lt;at&gt;");
  }
});

Deno.test("a message that is cut short by the end of the stream is shown as far as it came", async () => {
  const cut = Uint8Array.of(0x16, 3, 3, 0, 6, 2, 0, 0, 70, 3, 3);
  const explanation = await fed("client", cut, true);
  const steps = await explanation.steps();
  const last = messagesOf(steps).at(-1);
  assertEquals([last?.name, last?.bytes.length], ["ServerHello", 6]);
  assertEquals(last?.problem, "it is cut short: of 74 bytes, 6 bytes came");
  assertEquals(outcomeOf(steps)?.code, "unexpected_eof");
});

Deno.test("a message that cannot be decoded is shown with the reason, and so is the refusal", async () => {
  // A ServerHello whose session ID claims 200 bytes.
  const body = new Uint8Array(2 + 32 + 1);
  body.set([3, 3]);
  body[34] = 200;
  const record = Uint8Array.of(0x16, 3, 3, 0, 4 + body.length, 2, 0, 0, body.length, ...body);
  const steps = await (await fed("client", record)).steps();
  const hello = messagesOf(steps).find(({ name }) => name === "ServerHello");
  assertEquals(hello?.problem, "legacy_session_id_echo is cut short");
  assertEquals(hello?.decisions.map(({ about, refuses }) => [about, refuses]).at(-1), ["refusal", true]);
  assertEquals(outcomeOf(steps)?.code, "decode_error");
});

const SERVER_HELLO: ServerHello = {
  type: "server_hello",
  legacyVersion: 0x0303,
  random: new Uint8Array(32),
  sessionId: new Uint8Array(0),
  cipherSuite: 0x1301,
  compressionMethod: 0,
  isHelloRetryRequest: false,
  selectedVersion: 0x0304,
  keyShare: { group: 0x0019, keyExchange: new Uint8Array(133) },
  extensionOrder: [0x002b, 0x0033],
};

Deno.test("a group that was chosen without a key share of it is not said to have one", async () => {
  const hello = encodeServerHello(SERVER_HELLO);
  const record = Uint8Array.of(0x16, 3, 3, 0, hello.length, ...hello);
  const steps = await (await fed("client", record)).steps();
  assertEquals(decisionsAbout(steps, "group"), [
    "The server chose secp521r1 (0x0019). No key share of it was sent",
  ]);
});

const ALERTS = [
  ["TLSv1.3", 1, 40, "The server ends the connection: handshake_failure (40)"],
  ["TLSv1.3", 2, 90, "The server warns of user_canceled (90)"],
  ["TLSv1.2", 1, 112, "The server warns of unrecognized_name (112)"],
  ["TLSv1.2", 2, 40, "The server ends the connection: handshake_failure (40)"],
] as const;
for (const [version, level, description, expected] of ALERTS) {
  Deno.test(`${version}: an alert ${description} of level ${level} is explained as what it does`, () => {
    const story: HandshakeStory = {
      role: "client",
      client: undefined,
      server: undefined,
      established: false,
      retried: false,
      serverHello: SERVER_HELLO,
      version,
    };
    const bytes = Uint8Array.of(level, description);
    const [decision] = commonDecisions(story, { name: "Alert", sender: "server", bytes, fields: [] });
    assertEquals(decision?.decision, expected);
  });
}

Deno.test("a failure that only the driver knows is explained too: a timeout", async () => {
  const [near, far] = memoryDuplexPair();
  let explanation: HandshakeExplanation | undefined;
  await connector().connectFallible("localhost", near, {
    handshakeTimeout: 1,
    configure: (connection) => explanation = explainHandshake(connection),
  });
  hangUp(near, far);
  assertEquals(outcomeOf(await explanation?.steps() ?? [])?.code, "handshake_timeout");
});

Deno.test("a connection is explained from its first byte on, and once", () => {
  const connection = new ServerConnection(acceptor().config);
  explainHandshake(connection);
  assertThrows(() => explainHandshake(connection), TypeError, "it is explained already");
  const begun = new ServerConnection(acceptor().config);
  begun.next();
  assertThrows(() => explainHandshake(begun), TypeError, "it has begun");
  const stream = { connection: {} } as object as Connection; // what a compiler would have refused
  assertThrows(() => explainHandshake(stream), TypeError, "pass its machine");
});

function outcomeOf(steps: readonly ExplainedStep[]): ExplainedOutcome | undefined {
  return steps.find((step) => step.type === "outcome");
}
