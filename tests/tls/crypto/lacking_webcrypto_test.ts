/** Platforms whose WebCrypto lacks an algorithm: handshakes leave it out, and nothing untrue is said of what uses it. */

import { assertEquals, assertRejects } from "@std/assert";
import { CertificateError, RootCertStore, TlsAcceptor, TlsConnector, TlsError } from "../../../tls/mod.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import { hangUp } from "../tls_pair.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { keyPair } from "./providers.ts";

type Method = "generateKey" | "importKey" | "encrypt" | "digest" | "encapsulateBits";

/** Runs `use` where the methods of WebCrypto reject, for parameters that have all of the texts. */
async function onPlatform(
  methods: readonly Method[],
  texts: readonly string[],
  use: () => Promise<void>,
): Promise<void> {
  const prototype = SubtleCrypto.prototype;
  const originals = methods.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)] as const);
  for (const [name, descriptor] of originals) {
    const original: unknown = descriptor?.value;
    if (typeof original !== "function") throw new TypeError(`there is no ${name}`);
    Object.defineProperty(prototype, name, {
      configurable: true,
      value(...parameters: unknown[]): unknown {
        const text = JSON.stringify(parameters);
        return texts.every((each) => text.includes(each))
          ? Promise.reject(new DOMException("not supported", "NotSupportedError"))
          : Reflect.apply(original, this, parameters);
      },
    });
  }
  try {
    await use();
  } finally {
    for (const [name, descriptor] of originals) {
      if (descriptor !== undefined) Object.defineProperty(prototype, name, descriptor);
    }
  }
}

const NAME = "server.example";

/** Shakes hands, both ends on one platform. */
async function handshake(
  crypto: CryptoProvider,
  { authority, server }: { readonly authority: Minted; readonly server: Minted },
): Promise<{ suite: string; group: string }> {
  const [near, far] = memoryDuplexPair();
  const acceptor = new TlsAcceptor({ identity: { chain: server.chainPem, key: server.keyPem }, crypto });
  const connector = new TlsConnector({ roots: RootCertStore.fromPem(authority.certPem), crypto });
  const accepting = acceptor.accept(far);
  accepting.catch(() => {}); // the client says more
  const client = await connector.connect(NAME, near);
  const { cipherSuite, keyExchangeGroup } = client.connection;
  hangUp(await accepting, client);
  return { suite: cipherSuite, group: keyExchangeGroup };
}

const authority = await mintAuthority();
const SITE = { authority, server: await mintCertificate(authority, { names: [NAME] }) };

const ROWS: readonly {
  readonly name: string;
  readonly methods: readonly Method[];
  readonly texts: readonly string[];
  /** What webCrypto leaves out. */
  readonly web: RegExp;
  /** What denoCrypto leaves out. */
  readonly deno: RegExp;
}[] = [
  {
    name: "no ML-KEM but its methods",
    methods: ["generateKey"],
    texts: ["ML-KEM"],
    web: /X25519MLKEM768/,
    deno: /X25519MLKEM768/,
  },
  { name: "no X25519", methods: ["generateKey"], texts: ["X25519"], web: /x25519/i, deno: /^$/ },
  {
    name: "no curve P-521",
    methods: ["generateKey", "importKey"],
    texts: ["P-521"],
    web: /secp521r1|P521/,
    deno: /P521/,
  },
  {
    name: "P-521 for key exchange alone",
    methods: ["importKey"],
    texts: ["P-521", "ECDSA"],
    web: /P521/,
    deno: /P521/,
  },
  {
    name: "no Ed25519",
    methods: ["generateKey", "importKey"],
    texts: ["Ed25519"],
    web: /ED25519/,
    deno: /^$/,
  },
  {
    name: "no RSA-PSS",
    methods: ["generateKey", "importKey"],
    texts: ["RSA-PSS"],
    web: /RSA_PSS/,
    deno: /^$/,
  },
  { name: "no SHA-384 of its own", methods: ["digest"], texts: ["SHA-384"], web: /TLS_.*SHA384/, deno: /^$/ },
];

for (const { name, methods, texts, web, deno } of ROWS) {
  Deno.test(`where WebCrypto has ${name}, webCrypto and denoCrypto leave out that alone, and shake hands`, async () => {
    await onPlatform(methods, texts, async () => {
      for (const [provider, expected] of [[webCrypto(), web], [denoCrypto(), deno]] as const) {
        const names = [
          ...[...provider.cipherSuites, ...provider.groups].map(({ name }) => name),
          ...provider.signatureAlgorithms,
        ];
        const { suite, group } = await handshake(provider, SITE);
        const unavailable = await provider.unavailable?.();
        assertEquals([...unavailable ?? []].sort(), names.filter((each) => expected.test(each)).sort());
        assertEquals([suite, group].filter((each) => expected.test(each)), []);
      }
    });
  });
}

Deno.test("where WebCrypto has no group that is enabled, the handshake says so", async () => {
  await onPlatform(["generateKey"], ["X25519"], async () => {
    const [near] = memoryDuplexPair();
    const roots = RootCertStore.fromPem(authority.certPem);
    const connector = new TlsConnector({ roots, crypto: webCrypto(), groups: ["x25519"] });
    const error = await assertRejects(() => connector.connect(NAME, near), TlsError, "has none of x25519");
    assertEquals(error.code, "unsupported_option");
  });
  assertEquals((await handshake(webCrypto(), SITE)).suite, "TLS_AES_128_GCM_SHA256");
});

Deno.test("where WebCrypto has no Ed25519, a certificate that was signed with it is not called forged", async () => {
  const authority = await mintAuthority({ keyType: "ed25519" });
  const server = await mintCertificate(authority, { names: [NAME] }); // P-256, signed with Ed25519
  await onPlatform(["importKey"], ["Ed25519"], async () => {
    const error = await assertRejects(() => handshake(webCrypto(), { authority, server }), TlsError);
    assertEquals(error.code, "certificate_invalid");
    const { cause } = error;
    assertEquals(cause instanceof CertificateError && cause.code, "unsupported_signature_algorithm");
  });
});

Deno.test("where WebCrypto has no Ed25519, a private key for it is refused with that reason", async () => {
  const { pkcs8 } = await keyPair("Ed25519");
  await onPlatform(["importKey"], ["Ed25519"], async () => {
    const load = async (): Promise<unknown> => await webCrypto().loadPrivateKey(pkcs8);
    const error = await assertRejects(load, TlsError, "does not sign with ed25519");
    assertEquals(error.code, "bad_key_pem");
  });
});

Deno.test("a provider is tried once", async () => {
  const provider = webCrypto();
  const first = provider.unavailable?.();
  assertEquals(first instanceof Promise, true);
  assertEquals(provider.unavailable?.(), first);
  await first;
  assertEquals(provider.unavailable?.() instanceof Promise, false);
});
