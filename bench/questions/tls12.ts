/**
 * TLS 1.2 beside TLS 1.3: the machines of both ends back to back in memory, with the same keys, groups and ciphers.
 *
 * TLS 1.2 has no hybrid groups, so TLS 1.3 uses none here.
 *
 * @module
 */

import { type CipherSuiteName, type CryptoProvider, denoCrypto } from "../../tls/mod.ts";
import type { Question } from "../harness.ts";
import { machineBulk, machineHandshakes, type Pair } from "../work/tls_machines.ts";

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

/** Handshakes. */
export const tls12Handshake: Question = {
  name: "tls12-handshake",
  title: "TLS 1.2 and 1.3: full handshakes in memory, both ends",
  subject: "tls",
  unit: "handshakes/s",
  garbage: "young",
  headline: false,
  contestants: (arena) =>
    machineHandshakes(
      arena,
      (["p256", "rsa"] as const).flatMap((keyType, i) =>
        VERSIONS.map((protocolVersion): Pair => ({
          name: `${protocolVersion}, ${keyType}`,
          role: i === 0 && protocolVersion === "TLSv1.2" ? "ductile" : "variant",
          crypto: withoutHybrid,
          keyType,
          protocolVersion,
        }))
      ),
    ),
};

/** The suites of both versions by their cipher. */
const SUITES: readonly (readonly [cipher: string, ...suites: readonly [CipherSuiteName, CipherSuiteName]])[] =
  [
    ["ChaCha20", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
    ["AES-128-GCM", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"],
  ];

/** Bulk. */
export const tls12Bulk: Question = {
  name: "tls12-bulk",
  title: "TLS 1.2 and 1.3: records in memory, both ends",
  subject: "tls",
  unit: "MB/s",
  headline: false,
  contestants: (arena) =>
    machineBulk(
      arena,
      SUITES.flatMap(([cipher, ...suites], i) =>
        VERSIONS.map((protocolVersion): Pair => ({
          name: `${protocolVersion}, ${cipher}`,
          role: i === 0 && protocolVersion === "TLSv1.2" ? "ductile" : "variant",
          crypto: denoCrypto,
          suite: suites[VERSIONS.indexOf(protocolVersion)] ?? suites[0],
          protocolVersion,
        }))
      ),
    ),
};

function withoutHybrid(): CryptoProvider {
  const crypto = denoCrypto();
  return { ...crypto, groups: crypto.groups.filter(({ name }) => name !== "X25519MLKEM768") };
}
