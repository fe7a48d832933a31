/** The handshake of TLS 1.2, both ends of this library: suites, keys, versions, client certificates, exporters. */

import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertThrows } from "@std/assert";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { KeyLogEntry } from "../../../tls/config/config_types.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { CipherSuiteName } from "../../../tls/wire/numbers.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import type { KeyType } from "../../support/keys.ts";
import { bytewise, type End, talk, textOf } from "../connection/connection_pair.ts";
import { clientConfig, CRYPTO, identity, ROOTS, serverConfig, shakeHands } from "./pair.ts";

const ECDSA_SUITES: readonly CipherSuiteName[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];
const RSA_SUITES: readonly CipherSuiteName[] = [
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
const KEY_TYPES: readonly KeyType[] = ["p256", "p384", "ed25519", "rsa"];

/** The code of an end's failure. */
function codeOf({ failure }: End): string | undefined {
  if (failure === undefined) return undefined;
  assertInstanceOf(failure, TlsError);
  return failure.code;
}

for (const keyType of KEY_TYPES) {
  for (const suite of keyType === "rsa" ? RSA_SUITES : ECDSA_SUITES) {
    Deno.test(`TLS 1.2: ${suite} with a key of ${keyType}, and data both ways`, async () => {
      const { client, server } = await shakeHands(
        clientConfig({ cipherSuites: [suite] }),
        await serverConfig({ identity: await identity(keyType) }),
      );
      assertEquals([client.failure, server.failure], [undefined, undefined]);
      const facts = client.connection.facts;
      assertEquals([facts?.protocolVersion, facts?.cipherSuite], ["TLSv1.2", suite]);
      await client.connection.send(new TextEncoder().encode("there"));
      await server.connection.send(new TextEncoder().encode("and back"));
      await talk(client, server);
      assertEquals([textOf(server), textOf(client)], ["there", "and back"]);
    });
  }
}

for (const crypto of [webCrypto(), denoCrypto()]) {
  Deno.test(`TLS 1.2: both ends with ${crypto.name}, a byte at a time, more than a record of data`, async () => {
    const { client, server } = await shakeHands(
      clientConfig({ crypto }),
      await serverConfig({ crypto, identity: await identity("rsa") }),
      bytewise,
    );
    await client.connection.send(new Uint8Array(40_000).fill(0x61));
    await talk(client, server);
    assertEquals(textOf(server), "a".repeat(40_000));
  });
}

/** Which version two ends agree on. */
interface VersionRow {
  readonly name: string;
  readonly client: ClientConfigOptions["versions"] & object;
  readonly server: ServerConfigOptions["versions"] & object;
  /** The version, or the codes of both ends' failures. */
  readonly outcome: string;
}

const BOTH = ["TLSv1.3", "TLSv1.2"] as const;
const VERSIONS: readonly VersionRow[] = [
  { name: "both ends know both: TLS 1.3", client: BOTH, server: BOTH, outcome: "TLSv1.3" },
  { name: "a client of both meets TLS 1.2", client: BOTH, server: ["TLSv1.2"], outcome: "TLSv1.2" },
  { name: "a server of both meets TLS 1.2", client: ["TLSv1.2"], server: BOTH, outcome: "TLSv1.2" },
  {
    name: "bad input 6: TLS 1.2 alone and TLS 1.3 alone share none",
    client: ["TLSv1.2"],
    server: ["TLSv1.3"],
    outcome: "unsupported_protocol_version",
  },
  {
    name: "TLS 1.3 alone and TLS 1.2 alone share none",
    client: ["TLSv1.3"],
    server: ["TLSv1.2"],
    outcome: "unsupported_protocol_version",
  },
];

for (const { name, client: clientVersions, server: serverVersions, outcome } of VERSIONS) {
  Deno.test(name, async () => {
    const { client, server } = await shakeHands(
      clientConfig({ versions: clientVersions }),
      await serverConfig({ versions: serverVersions }),
    );
    assertEquals(client.connection.facts?.protocolVersion ?? codeOf(client), outcome);
    assertEquals(server.connection.facts?.protocolVersion ?? codeOf(server), outcome);
  });
}

Deno.test("TLS 1.2: ALPN is agreed on, and a name is acknowledged", async () => {
  const { client, server } = await shakeHands(
    clientConfig({ alpnProtocols: ["h2", "http/1.1"] }),
    await serverConfig({ alpnProtocols: ["http/1.1"] }),
  );
  assertEquals(client.connection.facts?.alpnProtocol, "http/1.1");
  assertEquals(server.connection.facts?.alpnProtocol, "http/1.1");
  assertEquals(server.connection.facts?.serverName, "server.example");
});

Deno.test("TLS 1.2: an OCSP response is stapled by CertificateStatus", async () => {
  const ocspResponse = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x00);
  const { client } = await shakeHands(
    clientConfig(),
    await serverConfig({ identity: { ...(await identity()), ocspResponse } }),
  );
  assertEquals(client.connection.facts?.ocspResponse, ocspResponse);
});

for (const keyType of KEY_TYPES) {
  Deno.test(`TLS 1.2: a client shows a certificate with a key of ${keyType}`, async () => {
    const { client, server } = await shakeHands(
      clientConfig({ identity: await identity(keyType) }),
      await serverConfig({ clientAuth: { verifier: () => {} } }),
    );
    assertEquals([client.failure, server.failure], [undefined, undefined]);
    assertEquals(server.connection.facts?.peerCertificates.length, 1);
    assertNotEquals(server.connection.facts?.peerSignatureScheme, undefined);
  });
}

Deno.test("TLS 1.2: a client without a certificate is accepted where one is optional, and refused where not", async () => {
  const optional = await shakeHands(
    clientConfig(),
    await serverConfig({ clientAuth: { verifier: () => {}, optional: true } }),
  );
  assertEquals(optional.server.connection.facts?.peerCertificates, []);
  const required = await shakeHands(
    clientConfig(),
    await serverConfig({ clientAuth: { verifier: () => {} } }),
  );
  assertEquals(codeOf(required.server), "certificate_required");
});

Deno.test("TLS 1.2: RSA signs by PKCS#1 v1.5 for a client without PSS", async () => {
  const { client } = await shakeHands(
    clientConfig({ signatureSchemes: ["rsa_pkcs1_sha384", "ecdsa_secp256r1_sha256"] }),
    await serverConfig({ identity: await identity("rsa") }),
  );
  assertEquals(client.connection.facts?.peerSignatureScheme, "rsa_pkcs1_sha384");
});

Deno.test("TLS 1.2: both ends log one secret, CLIENT_RANDOM, and export the same", async () => {
  const logs: [KeyLogEntry[], KeyLogEntry[]] = [[], []];
  const { client, server } = await shakeHands(
    clientConfig({ keyLog: (entry) => logs[0].push(entry) }),
    await serverConfig({ keyLog: (entry) => logs[1].push(entry) }),
  );
  assertEquals(logs[0].map(({ label, secret }) => [label, secret.length]), [["CLIENT_RANDOM", 48]]);
  assertEquals(logs[0], logs[1]);
  const context = new Uint8Array(0);
  const exported = await client.connection.exportKeyingMaterial(32, "EXPORTER-test");
  assertEquals(await server.connection.exportKeyingMaterial(32, "EXPORTER-test"), exported);
  assertNotEquals(await client.connection.exportKeyingMaterial(32, "EXPORTER-test", context), exported);
});

Deno.test("TLS 1.2: there is no KeyUpdate: to ask for one is misuse, and the connection goes on", async () => {
  const { client, server } = await shakeHands(clientConfig(), await serverConfig());
  const error = assertThrows(() => client.connection.refreshTrafficKeys(), TypeError);
  assertEquals(error.message, "Cannot refresh traffic keys: TLS 1.2 has no KeyUpdate");
  await client.connection.send(Uint8Array.of(0x61));
  await talk(client, server);
  assertEquals([textOf(server), client.failure, server.failure], ["a", undefined, undefined]);
});

Deno.test("bad input 48: in TLS 1.2 a key is given up when it has protected as many records as it may", async () => {
  const few = { ...CRYPTO, cipherSuites: CRYPTO.cipherSuites.map((suite) => ({ ...suite, recordLimit: 5 })) };
  const { client } = await shakeHands(clientConfig({ crypto: few }), await serverConfig());
  await client.connection.send(Uint8Array.of(1));
  await client.connection.send(Uint8Array.of(2));
  let error: unknown;
  try {
    await client.connection.send(Uint8Array.of(3));
  } catch (reason) {
    error = reason;
  }
  assertInstanceOf(error, TlsError);
  assertEquals(error.code, "key_exhausted");
});

Deno.test("versions: a config without suites or groups of a version leaves it out, or refuses it by name", async () => {
  assertEquals(clientConfig({ versions: BOTH }).versions, ["TLSv1.3", "TLSv1.2"]);
  const { ClientConfig } = await import("../../../tls/config/client_config.ts");
  const base = { crypto: CRYPTO, roots: ROOTS };
  assertEquals(new ClientConfig({ ...base, cipherSuites: ["TLS_AES_128_GCM_SHA256"] }).versions, ["TLSv1.3"]);
  assertEquals(new ClientConfig({ ...base, cipherSuites: [...ECDSA_SUITES] }).versions, ["TLSv1.2"]);
  for (const versions of [["TLSv1.2"], ["TLSv1.1"], []] as const) {
    let error: unknown;
    try {
      // deno-lint-ignore no-explicit-any -- a caller without types
      new ClientConfig({ ...base, cipherSuites: ["TLS_AES_128_GCM_SHA256"], versions: versions as any });
    } catch (reason) {
      error = reason;
    }
    assert(error instanceof TlsError);
    assertEquals(error.code, "invalid_option");
  }
});

Deno.test("TLS 1.2: a server names its authorities to a client, unless there are too many", async () => {
  const [anchor] = ROOTS;
  assert(anchor !== undefined);
  const many = Array.from({ length: 1_000 }, (_, i) => {
    const subject = anchor.subject.slice();
    subject.set(new TextEncoder().encode(`${i}`.padStart(3, "0")), subject.length - 3);
    return { ...anchor, subject };
  });
  for (const [anchors, named] of [[[anchor], 1], [many, 0]] as const) {
    const asked: number[] = [];
    await shakeHands(
      clientConfig({
        identity: ({ certificateAuthorities }) => void asked.push(certificateAuthorities.length),
      }),
      await serverConfig({ clientAuth: { roots: RootCertStore.fromAnchors(anchors), optional: true } }),
    );
    assertEquals(asked, [named]);
  }
});
