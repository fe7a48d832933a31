/** Explanations of handshakes that succeed: both versions, both roles, retries, resumption, client certificates, secrets. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import type { KeyLogEntry } from "../../../tls/config/config_types.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import { ConnectionRecorder } from "../../../tls/explain/connection_recorder.ts";
import { explainedSteps } from "../../../tls/explain/explained_steps.ts";
import type { ExplainedStep } from "../../../tls/explain/explained_step.ts";
import { acceptor, CLIENT_IDENTITY, connector, roots } from "../tls_pair.ts";
import { decisionsAbout, explainedPair, messageNames, messagesOf, valueOf } from "./explained_pair.ts";

const TLS13_MESSAGES = [
  "client ClientHello",
  "server ServerHello",
  "server EncryptedExtensions",
  "server Certificate",
  "server CertificateVerify",
  "server Finished",
  "client Finished",
];

const TLS12_MESSAGES = [
  "client ClientHello",
  "server ServerHello",
  "server Certificate",
  "server ServerKeyExchange",
  "server ServerHelloDone",
  "client ClientKeyExchange",
  "client Finished",
  "server Finished",
];

/** The messages of a handshake, without those that may come at another time at each end. */
function core(steps: readonly ExplainedStep[]): string[] {
  return messageNames(steps).filter((name) => !/ChangeCipherSpec|NewSessionTicket/.test(name));
}

Deno.test("TLS 1.3: both ends explain the same messages in the same order, with the same bytes", async () => {
  const { client, server } = await explainedPair();
  const [near, far] = [await client.steps(), await server.steps()];
  assertEquals(core(near), TLS13_MESSAGES);
  assertEquals(core(far), TLS13_MESSAGES);
  const bytesOf = (steps: readonly ExplainedStep[]) =>
    messagesOf(steps).filter(({ name }) => name !== "ChangeCipherSpec").map(({ bytes }) => encodeHex(bytes));
  assertEquals(bytesOf(near).slice(0, TLS13_MESSAGES.length), bytesOf(far).slice(0, TLS13_MESSAGES.length));
});

Deno.test("TLS 1.2: both ends explain the same messages in the same order", async () => {
  const { client, server } = await explainedPair({ server: { versions: ["TLSv1.2"], sessions: false } });
  assertEquals(core(await client.steps()), TLS12_MESSAGES);
  assertEquals(core(await server.steps()), TLS12_MESSAGES);
  assertMatch(
    (await client.steps()).map((step) => step.type === "keys" ? step.secret : "").join(),
    /key_block/,
  );
});

Deno.test("each message says which records hold it, and whether they are encrypted", async () => {
  const { client } = await explainedPair();
  const shown = messagesOf(await client.steps()).map(({ sender, name, records, encrypted }) =>
    `${sender} ${name} ${records.join("-")} ${encrypted}`
  );
  assertEquals(shown[0], "client ClientHello 1-1 false");
  // Four messages in one record.
  for (const name of ["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"]) {
    assertEquals(shown.includes(`server ${name} 3-3 true`), true, name);
  }
});

Deno.test("a message over several records names the first and the last of them", async () => {
  const { client, server } = await explainedPair({ client: { maxFragmentSize: 105 } });
  for (const explanation of [client, server]) {
    const [hello] = messagesOf(await explanation.steps());
    assertEquals([hello?.name, hello?.records], ["ClientHello", [1, 3]]);
  }
});

Deno.test("a record may hold the end of one message and the beginning of the next", () => {
  const recorder = new ConnectionRecorder("client", true);
  const whole = Uint8Array.of(20, 0, 0, 2, 1, 2, 20, 0, 0, 3, 1, 2, 3, 24, 0, 0, 1, 0);
  const header = new Uint8Array(5);
  for (const content of [whole.subarray(0, 5), whole.subarray(5, 8), whole.subarray(8)]) {
    recorder.receivedRecord({ type: 0x16, header, payload: content }, { type: 0x16, content }, true);
  }
  assertEquals(
    messagesOf(explainedSteps(recorder)).map(({ name, records }) => `${name} ${records.join("-")}`),
    ["Finished 1-2", "Finished 2-3", "KeyUpdate 3-3"],
  );
});

Deno.test("a client explains its offer, and what the server chose of it", async () => {
  const { client } = await explainedPair({
    client: { alpnProtocols: ["h2", "http/1.1"] },
    server: { alpnProtocols: ["http/1.1"] },
  });
  const steps = await client.steps();
  assertEquals(decisionsAbout(steps, "version"), [
    "Offers TLS 1.3 (0x0304) and TLS 1.2 (0x0303). These are the versions that the config enables",
    "The server chose TLS 1.3 (0x0304). supported_versions says so; legacy_version is 0x0303 for old middleboxes",
  ]);
  assertMatch(
    decisionsAbout(steps, "cipher suite").join(),
    /^The server chose TLS_\w+ \(0x130\d\)\. It is the 1st of the 9/,
  );
  assertEquals(decisionsAbout(steps, "application protocol"), [
    'ALPN chooses "http/1.1". The client offers it; the server need not say why',
  ]);
  assertMatch(
    decisionsAbout(steps, "certificate").join(),
    /^The server is trusted\. Their certification path is "CN=localhost" < "CN=Ductile test/,
  );
  assertEquals(valueOf(steps, "ClientHello", "extensions", "server_name", "extension_data"), '"localhost"');
  assertEquals(valueOf(steps, "ServerHello", "cipher_suite")?.startsWith("TLS_"), true);
});

Deno.test("a server explains its choices by its own rules", async () => {
  const { server } = await explainedPair({
    client: { cipherSuites: ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"] },
    server: {
      preferServerOrder: true,
      cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"],
    },
  });
  const steps = await server.steps();
  assertEquals(decisionsAbout(steps, "cipher suite"), [
    "Chooses TLS_AES_128_GCM_SHA256 (0x1301). It is the first in the server's order that both ends can use; " +
    "the client does not offer TLS_CHACHA20_POLY1305_SHA256",
  ]);
  assertEquals(decisionsAbout(steps, "certificate"), [
    'Answers with the first that fits of 1 identity. The client asks for "localhost"',
  ]);
});

Deno.test("a HelloRetryRequest is explained at both ends", async () => {
  const { client, server } = await explainedPair({ server: { groups: ["secp384r1"] } });
  assertEquals(core(await client.steps()).slice(0, 4), [
    "client ClientHello",
    "server HelloRetryRequest",
    "client ClientHello",
    "server ServerHello",
  ]);
  assertMatch(
    decisionsAbout(await client.steps(), "retry").join(),
    /Says the same again, with a key share of secp384r1/,
  );
  assertMatch(decisionsAbout(await server.steps(), "retry").join(), /sent key shares of .+ alone/);
  assertEquals(
    valueOf(await client.steps(), "HelloRetryRequest", "extensions", "key_share", "extension_data"),
    "secp384r1 (0x0018)",
  );
});

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`${version}: a resumed session is explained at both ends`, async () => {
    const ends = {
      client: connector({ sessions: memorySessions(), versions: [version] }),
      server: acceptor(),
    };
    const first = await explainedPair(ends);
    assertMatch(
      decisionsAbout(await first.client.steps(), "resumption").join("\n"),
      /The store has none of this server/,
    );
    const { client, server: far, failures } = await explainedPair(ends);
    assertEquals(failures, [undefined, undefined]);
    const own = decisionsAbout(await client.steps(), "resumption");
    assertStringIncludes(own.join("\n"), "Offers a session to resume. The store has one of this server");
    assertStringIncludes(own.join("\n"), "The server resumes the session");
    assertEquals(messageNames(await client.steps()).includes("server Certificate"), false);
    assertMatch(decisionsAbout(await far.steps(), "resumption").join("\n"), /is known here/);
  });
}

Deno.test("client certificates are explained: the request, the choice and the verdict", async () => {
  const options = { server: { clientAuth: { roots: roots() } } };
  const { client, server } = await explainedPair({ ...options, client: { identity: CLIENT_IDENTITY } });
  assertEquals(decisionsAbout(await client.steps(), "client certificate"), [
    "Shows the first that fits of 1 identity. The server names 1 authority",
  ]);
  assertStringIncludes(
    decisionsAbout(await server.steps(), "certificate").join("\n"),
    "The certificates are accepted. They pass the checks of clientAuth",
  );
});

Deno.test("without a key log no secret is shown, in data, text or page", async () => {
  const secrets: string[] = [];
  const keyLog = ({ secret }: KeyLogEntry) => void secrets.push(encodeHex(secret));
  // The server's config logs; the client's does not, and its secrets are the same.
  const { client } = await explainedPair({ server: { keyLog } });
  assertEquals(secrets.length >= 4, true);
  const steps = await client.steps();
  const labels = steps.flatMap((step) => step.type === "secret" ? [step.label] : []);
  assertEquals(labels.includes("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), true);
  assertEquals(steps.some((step) => step.type === "secret" && step.secret !== undefined), false);
  const shown = (await client.text() + await client.html() + JSON.stringify(steps)).replaceAll(/[\s,]/g, "");
  for (const secret of secrets) assertEquals(shown.includes(secret), false);
});

Deno.test("with a key log the secrets are shown, and the key log gets them as ever", async () => {
  const logged: KeyLogEntry[] = [];
  const { client } = await explainedPair({ client: { keyLog: (entry) => void logged.push(entry) } });
  const shown = (await client.steps()).filter((step) => step.type === "secret");
  assertEquals(
    shown.map(({ label, secret }) => `${label} ${encodeHex(secret ?? new Uint8Array(0))}`),
    logged.map(({ label, secret }) => `${label} ${encodeHex(secret)}`),
  );
  const [first] = logged;
  const spaced = encodeHex(first?.secret ?? new Uint8Array(0)).replaceAll(/../g, "$& ").trimEnd();
  assertStringIncludes(await client.text(), spaced);
  assertStringIncludes(await client.html(), spaced);
});

Deno.test("application data is counted, and its content is not kept", async () => {
  const { client } = await explainedPair();
  const steps = await client.steps();
  const data = steps.filter((step) => step.type === "data");
  assertEquals(data.map(({ sender, length }) => `${sender} ${length}`), ["client 3", "server 3"]);
  assertEquals((await client.text()).includes("61 62 63"), false);
});

Deno.test("keys change with the secret that the schedule has next", async () => {
  const { client } = await explainedPair();
  const secrets = (await client.steps()).flatMap((step) => step.type === "keys" ? [step.secret] : []);
  assertEquals(secrets, [
    "server_handshake_traffic_secret",
    "client_handshake_traffic_secret",
    "server_application_traffic_secret_0",
    "client_application_traffic_secret_0",
  ]);
});
