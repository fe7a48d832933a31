/** Explanations of what not every handshake has: compressed certificates, early data, Encrypted ClientHello, key updates. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { TlsConnector } from "../../../tls/connector.ts";
import { explainHandshake } from "../../../tls/explain/explain_handshake.ts";
import { type EarlyOptions, earlyPair, talkEarly } from "../early_data/early_pair.ts";
import { CLIENT_IDENTITY, roots, SERVER_CERTIFICATE } from "../tls_pair.ts";
import { bytes, counting, u16, vec16, vec8 } from "../wire/message_bytes.ts";
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

const ECH_CONFIGS = vec16(
  u16(0xfe0d),
  vec16(7, u16(0x0020), vec16(counting(32, 1)), vec16(u16(1, 1)), 64, vec8("public.example"), vec16()),
);

Deno.test("a client's Encrypted ClientHello is shown with the inner one, and its rejection is explained", async () => {
  const { client, server } = await explainedPair({ client: { ech: { configs: bytes(ECH_CONFIGS) } } });
  const steps = await client.steps();
  const [hello] = messagesOf(steps);
  assertEquals(
    valueOf(steps, "ClientHello", "extensions", "server_name", "extension_data"),
    '"public.example"',
  );
  assertStringIncludes(JSON.stringify(hello?.inner?.fields), "localhost");
  assertEquals(hello?.inner?.name, "ClientHello");
  assertStringIncludes(await client.text(), "= ClientHello, ");
  // The server has no key, and sees the outer one alone.
  const [seen] = messagesOf(await server.steps());
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
