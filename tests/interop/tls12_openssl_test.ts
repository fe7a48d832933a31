/** Ductile's TLS and OpenSSL's server with TLS 1.2 alone: every suite, and resumption by ticket and by session ID. */

import { assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { RootCertStore, TlsConnector } from "../../tls/mod.ts";
import type { CipherSuiteName } from "../../tls/wire/numbers.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import type { KeyType } from "../support/keys.ts";
import { installed, startOpenssl } from "../support/peers.ts";

const AUTHORITY = await mintAuthority();
const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);

const SUITES: Readonly<Partial<Record<CipherSuiteName, readonly KeyType[]>>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: ["p256", "p384", "ed25519"],
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: ["p256", "p384", "ed25519"],
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: ["p256", "p384", "ed25519"],
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: ["rsa"],
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: ["rsa"],
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: ["rsa"],
};

const WAYS = [["a ticket", []], ["a session ID", ["-no_ticket"]]] as const;

for (const keyType of ["p256", "p384", "ed25519", "rsa"] as const) {
  for (const [way, args] of WAYS) {
    Deno.test({
      name: `openssl s_server with TLS 1.2 and a key of ${keyType}: every suite, and resumption by ${way}`,
      ignore: !installed("openssl"),
      async fn() {
        const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"], keyType });
        await using server = await startOpenssl({ certificate, args: ["-WWW", "-tls1_2", ...args] });
        for (const [suite, keyTypes] of Object.entries(SUITES)) {
          if (!keyTypes.includes(keyType)) continue;
          // The record has no other keys.
          const tls = new TlsConnector({ roots: ROOTS, cipherSuites: [suite as CipherSuiteName] });
          const resumed: unknown[] = [];
          for (let turn = 0; turn < 3; turn++) {
            using client = new Client({ tls });
            const response = await client.get(`https://localhost:${server.port}/cert.pem`);
            assertEquals(await response.text(), certificate.chainPem);
            const info = response.connection?.tls;
            assertEquals([info?.protocolVersion, info?.cipherSuite], ["TLSv1.2", suite]);
            resumed.push(info?.resumed);
          }
          assertEquals(resumed, [false, true, true]);
        }
      },
    });
  }
}
