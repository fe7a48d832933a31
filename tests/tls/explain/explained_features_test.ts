/** Explanations of what not every handshake has: compressed certificates, early data, Encrypted ClientHello, key updates. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { TlsConnector } from "../../../tls/connector.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import type { GeneratedEchKey } from "../../../tls/ech/generate_ech_key.ts";
import { endOf, talk } from "../connection/connection_pair.ts";
import { clientConfig, KEY, OTHER_KEY, PUBLIC_NAME, SECRET_NAME, serverConfig } from "../ech/ech_pair.ts";
import { explainHandshake, type HandshakeExplanation } from "../../../tls/explain/explain_handshake.ts";
import { type EarlyOptions, earlyPair, talkEarly } from "../early_data/early_pair.ts";
import { CLIENT_IDENTITY, roots, SERVER_CERTIFICATE, SERVER_IDENTITY } from "../tls_pair.ts";
import { counting } from "../wire/message_bytes.ts";
import { decisionsAbout, explainedPair, messageNames, messagesOf, valueOf } from "./explained_pair.ts";

Deno.test("a CompressedCertificate is shown as sent, and with the Certificate inside, at both ends", async () => {
  const certificateCompression = ["zlib"] as const;
  const { client, server, failures } = await explainedPair({
    client: { certificateCompression, identity: CLIENT_IDENTITY },
    server: { certificateCompression, clientAuth: { roots: roots() } },
  });
  assertEquals(failures, [undefined, undefined]);
  for (const each of [client, server]) {
    const steps = await each.steps();
    const compressed = messagesOf(steps).filter(({ name }) => name === "CompressedCertificate");
    assertEquals(compressed.map(({ sender }) => sender), ["server", "client"]);
    for (const { fields, inner } of compressed) {
      assertEquals(fields.map(({ name }) => name).slice(2), [
        "algorithm",
        "uncompressed_length",
        "compressed_certificate_message",
      ]);
      assertEquals([inner?.name, inner?.problem], ["Certificate", undefined]);
      assertStringIncludes(JSON.stringify(inner?.fields), "subject CN=");
    }
    assertStringIncludes(await each.text(), "= Certificate, ");
    assertStringIncludes(await each.html(), "<b>Certificate</b> ");
  }
  assertMatch(decisionsAbout(await client.steps(), "certificate").join("\n"), /The server is trusted/);
});

const EARLY: readonly (EarlyOptions & { readonly name: string; readonly accepted: boolean })[] = [
  { name: "accepted", accepted: true },
  { name: "refused", accepted: false, secondServer: { maxEarlyDataSize: 0 } },
];

for (const { name, accepted, ...options } of EARLY) {
  Deno.test(`early data that is ${name} is explained at both ends`, async () => {
    const [client, server] = await earlyPair(options);
    const [near, far] = [explainHandshake(client), explainHandshake(server)];
    await talkEarly([client, server], "early");
    for (const each of [near, far]) {
      const steps = await each.steps();
      const data = steps.filter((step) => step.type === "data");
      assertEquals(data.find(({ sender }) => sender === "client")?.skipped, each === far && !accepted);
      assertEquals(decisionsAbout(steps, "early data").length, accepted ? 1 : 0);
      assertStringIncludes(
        await each.text(),
        accepted ? "early data: accepted, 5 bytes" : "early data: refused",
      );
      const keys = steps.flatMap((step) =>
        step.type === "keys" && step.sender === "client" ? [step.secret] : []
      );
      assertEquals(keys, [
        ...(each === near || accepted ? ["client_early_traffic_secret"] : []),
        "client_handshake_traffic_secret",
        "client_application_traffic_secret_0",
      ]);
      assertEquals(messageNames(steps).includes("client EndOfEarlyData"), accepted);
    }
  });
}

/** Both ends' explanations of a client that encrypts its hello to a key. */
async function explainedEch(key: GeneratedEchKey): Promise<readonly HandshakeExplanation[]> {
  const ends = [
    new ClientConnection(clientConfig({ ech: { configs: key.configList } }), SECRET_NAME),
    new ServerConnection(serverConfig()),
  ] as const;
  const explanations = ends.map((end) => explainHandshake(end));
  await talk(endOf(ends[0]), endOf(ends[1]));
  return explanations;
}

Deno.test("an Encrypted ClientHello that is accepted is shown with the inner one, at both ends", async () => {
  for (const each of await explainedEch(KEY)) {
    const steps = await each.steps();
    const [hello] = messagesOf(steps);
    assertEquals(
      valueOf(steps, "ClientHello", "extensions", "server_name", "extension_data"),
      `"${PUBLIC_NAME}"`,
    );
    assertEquals([hello?.inner?.name, hello?.inner?.problem], ["ClientHello", undefined]);
    assertStringIncludes(JSON.stringify(hello?.inner?.fields), SECRET_NAME);
    assertStringIncludes(await each.text(), "= ClientHello, ");
    assertStringIncludes(await each.text(), "Encrypted ClientHello: accepted");
  }
});

Deno.test("an Encrypted ClientHello is not said to offer all versions that the config enables", async () => {
  const [client] = await explainedEch(KEY);
  assertMatch(
    decisionsAbout(await client?.steps() ?? [], "version")[0] ?? "",
    /^Offers TLS 1\.3 .* enables more/,
  );
});

Deno.test("an Encrypted ClientHello that is rejected is explained, with the configs to retry with", async () => {
  const [client, server] = await explainedEch(OTHER_KEY);
  const steps = await client?.steps() ?? [];
  assertEquals(
    valueOf(steps, "EncryptedExtensions", "extensions", "encrypted_client_hello", "extension_data"),
    "1 config to retry with: the inner ClientHello was not opened",
  );
  assertStringIncludes(await client?.text() ?? "", "code: ech_rejected");
  // The secret name is that of no certificate here.
  assertMatch(decisionsAbout(steps, "certificate").join(), /they are for public\.example and/);
  const [seen] = messagesOf(await server?.steps() ?? []);
  assertEquals([seen?.name, seen?.inner], ["ClientHello", undefined]);
});

Deno.test("GREASE in the place of Encrypted ClientHello is not told from it", async () => {
  const { client } = await explainedPair({ client: { ech: "grease" } });
  const steps = await client.steps();
  assertMatch(
    valueOf(steps, "ClientHello", "extensions", "encrypted_client_hello", "extension_data") ?? "",
    /^outer: .* or they are random \(GREASE\)$/,
  );
  assertStringIncludes(await client.text(), "Encrypted ClientHello: grease");
});

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`${version}: a raw public key is shown as one, and the trust in it is explained`, async () => {
    const { spki } = SERVER_CERTIFICATE.key;
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", spki));
    const { client, failures } = await explainedPair({
      // Roots have no meaning here.
      client: new TlsConnector({
        serverCertificateTypes: ["RawPublicKey"],
        pins: [`sha256/${encodeBase64(hash)}`],
        versions: [version],
      }),
      server: { identity: { rawPublicKey: spki, key: SERVER_CERTIFICATE.keyPem } },
    });
    assertEquals(failures, [undefined, undefined]);
    const steps = await client.steps();
    const certificate = messagesOf(steps).find(({ name }) => name === "Certificate");
    assertEquals(certificate?.problem, undefined);
    assertStringIncludes(JSON.stringify(certificate?.fields), "a raw public key (RFC 7250): P-256");
    assertEquals(decisionsAbout(steps, "certificate"), [
      "The server is trusted by its raw public key. Its key is pinned",
    ]);
  });
}

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`${version}: with both certificates and a stapled response, nothing is left unread`, async () => {
    const { client, server, failures } = await explainedPair({
      client: { identity: CLIENT_IDENTITY, alpnProtocols: ["h2"] },
      server: {
        versions: [version],
        alpnProtocols: ["h2"],
        clientAuth: { roots: roots() },
        identity: { ...SERVER_IDENTITY, ocspResponse: counting(50, 0) },
      },
    });
    assertEquals(failures, [undefined, undefined]);
    for (const each of [client, server]) {
      const text = await each.text();
      assertEquals(/^ +!|unread|unknown \(/m.test(text), false, text);
      assertStringIncludes(text, "a stapled OCSP response of 50 bytes");
      assertEquals(messageNames(await each.steps()).filter((name) => / Certificate$/.test(name)), [
        "server Certificate",
        "client Certificate",
      ]);
    }
  });
}

Deno.test("a KeyUpdate changes keys to the next secret, at both ends", async () => {
  const [client, server] = [
    new ClientConnection(clientConfig({ ech: undefined }), PUBLIC_NAME),
    new ServerConnection(serverConfig()),
  ];
  const explanations = [explainHandshake(client), explainHandshake(server)];
  const ends = [endOf(client), endOf(server)] as const;
  await talk(...ends);
  await client.refreshTrafficKeys();
  await talk(...ends);
  for (const each of explanations) {
    const steps = await each.steps();
    const updates = steps.filter((step) => step.type === "keys" && step.secret.endsWith("_1"));
    assertEquals(updates.map((step) => step.type === "keys" && step.sender).sort(), ["client", "server"]);
    assertEquals(decisionsAbout(steps, "keys"), [
      "The client changes the keys of what it sends, and asks the other end to do so. undefined",
      "The server changes the keys of what it sends. undefined",
    ]);
  }
});
