/** Platforms whose node:crypto lacks an algorithm: the providers leave it out. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { keyPair } from "./providers.ts";

/** Whether a call of a function of `node:crypto` fails on the platform that is imitated. */
type Lacks = (name: string, parameters: readonly unknown[]) => boolean;

/** Runs `use` where `node:crypto` throws for what `lacks` says. */
function onPlatform<T>(lacks: Lacks, use: () => T): T {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): object } };
  const original = process.getBuiltinModule;
  const imitated = new Proxy(original("node:crypto"), {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...parameters: unknown[]): unknown => {
        if (lacks(name, parameters)) throw new Error("not supported");
        return Reflect.apply(value, target, parameters);
      };
    },
  });
  process.getBuiltinModule = (name) => name === "node:crypto" ? imitated : original(name);
  try {
    return use();
  } finally {
    process.getBuiltinModule = original;
  }
}

/** All names of a provider's lists. */
function namesOf({ cipherSuites, groups, signatureAlgorithms }: CryptoProvider): string[] {
  return [...[...cipherSuites, ...groups].map(({ name }) => name), ...signatureAlgorithms];
}

const mentions = (parameters: readonly unknown[], ...texts: readonly unknown[]): boolean =>
  texts.some((text) => parameters.includes(text));

const ROWS: readonly {
  readonly name: string;
  readonly lacks: Lacks;
  /** What nodeCrypto leaves out; `undefined`: everything. */
  readonly node: RegExp;
  /** What denoCrypto leaves out. */
  readonly deno: RegExp;
}[] = [
  {
    name: "no ChaCha20-Poly1305 (Bun)",
    lacks: (name, parameters) =>
      /^create(?:C|Dec)ipheriv$/.test(name) && mentions(parameters, "chacha20-poly1305"),
    node: /CHACHA20/,
    deno: /CHACHA20/,
  },
  {
    name: "no AES-256",
    lacks: (_, parameters) => mentions(parameters, "aes-256-gcm"),
    node: /AES_256/,
    deno: /AES_256/,
  },
  {
    name: "an AES-128 that seals and does not open",
    lacks: (name, parameters) => name === "createDecipheriv" && mentions(parameters, "aes-128-gcm"),
    node: /AES_128/,
    deno: /AES_128/,
  },
  {
    name: "no X25519",
    lacks: (name, parameters) => name === "generateKeyPairSync" && mentions(parameters, "x25519"),
    node: /x25519/,
    deno: /x25519|X25519MLKEM768/,
  },
  {
    name: "no pairs of keys on curves",
    lacks: (name, parameters) => name === "generateKeyPairSync" && mentions(parameters, "ec"),
    node: /secp/,
    deno: /secp/,
  },
  {
    name: "no diffieHellman",
    lacks: (name) => name === "diffieHellman",
    node: /x25519|secp/,
    deno: /x25519|X25519MLKEM768|secp/,
  },
  {
    name: "no SHA-384",
    lacks: (_, parameters) => mentions(parameters, "sha384"),
    node: /SHA384/,
    deno: /TLS_AES_256_GCM_SHA384/,
  },
  {
    name: "no Ed25519",
    lacks: (name, parameters) => /^(?:verify|sign)$/.test(name) && parameters[0] === null,
    node: /ED25519/,
    deno: /^$/,
  },
  {
    name: "no signatures with RSA-PSS",
    lacks: (name, [, , key]) =>
      /^(?:verify|sign)$/.test(name) && typeof key === "object" && key !== null && "saltLength" in key,
    node: /RSA_PSS/,
    deno: /^$/,
  },
];

for (const { name, lacks, node, deno } of ROWS) {
  Deno.test(`where node:crypto has ${name}, nodeCrypto and denoCrypto leave out that alone`, () => {
    const [allOfNode, allOfDeno] = [nodeCrypto(), denoCrypto()].map(namesOf);
    assertEquals(
      onPlatform(lacks, () => namesOf(nodeCrypto())),
      allOfNode?.filter((each) => !node.test(each)),
    );
    assertEquals(
      onPlatform(lacks, () => namesOf(denoCrypto())),
      allOfDeno?.filter((each) => !deno.test(each)),
    );
  });
}

Deno.test("nodeCrypto says of a key that it cannot sign with that the platform does not, and denoCrypto signs by WebCrypto", async () => {
  const { pkcs8 } = await keyPair("Ed25519");
  const lacks: Lacks = (name, parameters) => /^(?:verify|sign)$/.test(name) && parameters[0] === null;
  const [node, deno] = onPlatform(lacks, () => [nodeCrypto(), denoCrypto()] as const);
  const error = assertThrows(() => node.loadPrivateKey(pkcs8), TlsError, "does not sign with ed25519");
  assertEquals(error.code, "bad_key_pem");
  const key = await deno.loadPrivateKey(pkcs8);
  const { publicKey } = key;
  assert(publicKey !== undefined);
  const message = new Uint8Array(3);
  assertEquals(await deno.verify("ED25519", publicKey, message, await key.sign("ed25519", message)), true);
});
