/**
 * The machines alone: client and server back to back in memory, with each provider of cryptography, each kind of
 * key and each cipher suite. Both ends' work is in the figures.
 *
 * @module
 */

import { type CipherSuiteName, denoCrypto, nodeCrypto, webCrypto } from "../../tls/mod.ts";
import type { Question } from "../harness.ts";
import { machineBulk, machineHandshakes, type Pair } from "../work/tls_machines.ts";

const PROVIDERS = [
  { provider: "denoCrypto", crypto: denoCrypto },
  { provider: "nodeCrypto", crypto: nodeCrypto },
  { provider: "webCrypto", crypto: webCrypto },
] as const;

const KEYS = [
  { key: "P-256", keyType: "p256" },
  { key: "RSA-2048", keyType: "rsa" },
  { key: "Ed25519", keyType: "ed25519" },
] as const;

const SUITES: readonly CipherSuiteName[] = [
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
];

/** Handshakes. */
export const tlsMachinesHandshake: Question = {
  name: "tls-machines-handshake",
  title: "TLS 1.3 full handshakes in memory, both ends",
  subject: "tls",
  unit: "handshakes/s",
  garbage: "young",
  headline: false,
  contestants: (arena) =>
    machineHandshakes(
      arena,
      PROVIDERS.flatMap(({ provider, crypto }) =>
        KEYS.map(({ key, keyType }, i) =>
          pairOf(`${provider}, ${key}`, crypto === denoCrypto && i === 0, { crypto, keyType })
        )
      ),
    ),
};

/** Bulk. */
export const tlsMachinesBulk: Question = {
  name: "tls-machines-bulk",
  title: "TLS 1.3 records in memory, both ends",
  subject: "tls",
  unit: "MB/s",
  headline: false,
  contestants: (arena) =>
    machineBulk(
      arena,
      PROVIDERS.flatMap(({ provider, crypto }) =>
        SUITES.filter((suite) => crypto().cipherSuites.some(({ name }) => name === suite))
          .map((suite, i) =>
            pairOf(`${provider}, ${shortName(suite)}`, crypto === denoCrypto && i === 0, { crypto, suite })
          )
      ),
    ),
};

function pairOf(name: string, isDuctile: boolean, pair: Omit<Pair, "name" | "role">): Pair {
  return { ...pair, name, role: isDuctile ? "ductile" : "variant" };
}

/** As in `AES_128_GCM`. */
function shortName(suite: CipherSuiteName): string {
  return suite.slice("TLS_".length, suite.lastIndexOf("_"));
}
