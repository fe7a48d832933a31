/** Identities of a config: those that are refused, loading their keys, and resolvers that choose them. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import { parsePemCertificates } from "../../../io/pem.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { CertificateRequestInfo, Identity } from "../../../tls/config/config_types.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider, SigningKey } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { integer, octetString, oid, sequence } from "../../support/der.ts";
import { encodePem } from "../../../io/pem_writer.ts";

const authority = await mintAuthority();
const minted = await mintCertificate(authority, { names: ["client.example"] });
const other = await mintCertificate(authority, { names: ["other.example"] });
const rsa = await mintCertificate(authority, { names: ["rsa.example"], keyType: "rsa" });
const verifier = (): void => {};
const identity: Identity = { chain: minted.chainPem, key: minted.keyPem };
const REQUEST: CertificateRequestInfo = {
  certificateAuthorities: [],
  signatureSchemes: [],
  certificateType: "X509",
};

/** What a caller without a compiler may pass. */
function unchecked(options: Record<string, unknown> | undefined): ClientConfigOptions {
  return options as unknown as ClientConfigOptions;
}

interface Refused {
  readonly name: string;
  readonly options: ClientConfigOptions;
  readonly code: string;
  readonly message: string;
}

const REFUSED: readonly Refused[] = [
  {
    name: "a chain without a certificate",
    options: { verifier, identity: { ...identity, chain: "client.pem" } },
    code: "bad_certificate_pem",
    message: `Cannot use the identity's chain: it has no "CERTIFICATE" block`,
  },
  {
    name: "an empty list of certificates",
    options: { verifier, identity: { ...identity, chain: [] } },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: it has no certificate",
  },
  {
    name: "a chain whose second certificate is cut",
    options: {
      verifier,
      identity: { ...identity, chain: [minted.certDer, authority.certDer.subarray(0, 99)] },
    },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: certificate 2 is not DER: ",
  },
  {
    name: "a chain whose first is DER and no certificate",
    options: { verifier, identity: { ...identity, chain: [Uint8Array.of(0x30, 0)] } },
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: ",
  },
  {
    name: "a key that is a certificate",
    options: { verifier, identity: { ...identity, key: minted.certPem } },
    code: "bad_key_pem",
    message: 'Cannot read the private key: the PEM text has no "PRIVATE KEY" block',
  },
  {
    name: "the key of another certificate, RSA",
    options: { verifier, identity: { ...identity, key: rsa.keyPem } },
    code: "bad_key_pem",
    message: "Cannot use the identity: its key does not fit its certificate",
  },
  {
    name: "a signer of another public key",
    options: { verifier, identity: { ...identity, key: signer(other.key.spki) } },
    code: "bad_key_pem",
    message: "Cannot use the identity: its key does not fit its certificate",
  },
  {
    name: "an identity whose chain is one certificate and no list",
    options: unchecked({ verifier, identity: { ...identity, chain: minted.certDer } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "chain" is bytes',
  },
  {
    name: "an identity whose chain is a list of texts",
    options: unchecked({ verifier, identity: { ...identity, chain: [minted.chainPem] } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "chain" is neither PEM text nor a list of DER certificates',
  },
  {
    name: "an identity whose chain is PEM as bytes",
    options: unchecked({
      verifier,
      identity: { ...identity, chain: [new TextEncoder().encode(minted.chainPem)] },
    }),
    code: "bad_certificate_pem",
    message: "Cannot use the identity's chain: certificate 1 is not DER: SEQUENCE is expected at byte 0",
  },
  {
    name: "an identity with the names of other libraries",
    options: unchecked({ verifier, identity: { cert: minted.chainPem, key: identity.key } }),
    code: "invalid_option",
    message: 'Cannot use the identity: it has no "chain"',
  },
  {
    name: "an identity without a key",
    options: unchecked({ verifier, identity: { chain: minted.chainPem } }),
    code: "invalid_option",
    message: 'Cannot use the identity: it has no "key"',
  },
  ...[
    { name: "a key that signs, with no list of schemes", key: { sign: signer().sign } },
    { name: "a key that has schemes and does not sign", key: { schemes: ["ed25519"] } },
    { name: "a key that is null", key: null },
    { name: "a key that is a number", key: 1 },
  ].map(({ name, key }): Refused => ({
    name,
    options: unchecked({ verifier, identity: { ...identity, key } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "key" is neither PEM text nor PKCS#8 DER nor a SigningKey',
  })),
  {
    name: "a stapled response that is text",
    options: unchecked({ verifier, identity: { ...identity, ocspResponse: "good" } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "ocspResponse" is no Uint8Array',
  },
  {
    name: "an empty OCSP response",
    options: { verifier, identity: { ...identity, ocspResponse: new Uint8Array(0) } },
    code: "invalid_option",
    message: 'Cannot use the identity: "ocspResponse" has 0 bytes, not 1 to 32768',
  },
  {
    name: "an OCSP response that fills a message",
    options: { verifier, identity: { ...identity, ocspResponse: new Uint8Array(32_769) } },
    code: "invalid_option",
    message: 'Cannot use the identity: "ocspResponse" has 32769 bytes, not 1 to 32768',
  },
  {
    name: "a mustMatchIssuer that is text",
    options: unchecked({ verifier, identity: { ...identity, mustMatchIssuer: "yes" } }),
    code: "invalid_option",
    message: 'Cannot use the identity: "mustMatchIssuer" is neither true nor false',
  },
];

function signer(publicKey?: Uint8Array): SigningKey {
  const sign = (): Uint8Array => new Uint8Array(64);
  return { schemes: ["ecdsa_secp256r1_sha256"], sign, ...(publicKey && { publicKey }) };
}

for (const { name, options, code, message } of REFUSED) {
  Deno.test(`an identity is refused: ${name}`, () => {
    const error = assertThrows(() => new ClientConfig(options), TlsError);
    assertEquals([error.code, error.message.slice(0, message.length)], [code, message]);
    assert(!error.message.includes("PRIVATE KEY-----"));
  });
}

const KEY_DER = parsePemKey(minted.keyPem);

function parsePemKey(pem: string): Uint8Array<ArrayBuffer> {
  return decodeBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
}

const KEYS: readonly { name: string; key: Identity["key"] }[] = [
  { name: "PEM", key: minted.keyPem },
  { name: "PEM beside certificates", key: minted.chainPem + minted.keyPem },
  { name: "PKCS#8", key: KEY_DER },
  { name: "a signer with its public key", key: signer(minted.key.spki) },
  { name: "a signer without its public key", key: signer() },
];

const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto(), webCrypto()];

for (const provider of PROVIDERS) {
  for (const { name, key } of KEYS) {
    Deno.test(`an identity whose key is ${name} is loaded once (${provider.name})`, async () => {
      const chain = parsePemCertificates(minted.chainPem);
      const ocspResponse = Uint8Array.of(1, 2, 3);
      const config = new ClientConfig({ crypto: provider, verifier, identity: { chain, key, ocspResponse } });
      ocspResponse.fill(0);
      const [loaded] = await config.identitiesFor(REQUEST);
      assertInstanceOf(loaded, LoadedIdentity);
      assertEquals(loaded.chain, chain);
      assertEquals(loaded.ocspResponse, Uint8Array.of(1, 2, 3));
      const signingKey = await loaded.key();
      assertEquals(signingKey.schemes, ["ecdsa_secp256r1_sha256"]);
      assertStrictEquals(await loaded.key(), signingKey);
      assertStrictEquals((await config.identitiesFor(REQUEST))[0], loaded);
    });
  }
}

Deno.test("an identity keeps copies of its chain and key", async () => {
  const [chain, key] = [[minted.certDer.slice()], KEY_DER.slice()];
  const loaded = new LoadedIdentity({ chain, key }, webCrypto());
  chain[0]?.fill(0);
  key.fill(0);
  assertEquals(loaded.chain, [minted.certDer]);
  assertEquals((await loaded.key()).schemes, ["ecdsa_secp256r1_sha256"]);
});

Deno.test("a key without its public half is checked when it is loaded", async () => {
  // PKCS#8 of an EC key may leave the public key out: the provider computes it.
  const key = encodePem("PRIVATE KEY", await withoutPublicKey(parsePemKey(other.keyPem)));
  for (const provider of PROVIDERS) {
    const load = async () => await new LoadedIdentity({ chain: minted.chainPem, key }, provider).key();
    const error = await assertRejects(load, TlsError);
    assertEquals(error.code, "bad_key_pem");
  }
});

/** The same P-256 key with an ECPrivateKey of two fields: version and privateKey (RFC 5915 §3). */
async function withoutPublicKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await globalThis.crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
  const { d = "" } = await globalThis.crypto.subtle.exportKey("jwk", key);
  return sequence(
    integer(0),
    sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
    octetString(
      sequence(integer(1), octetString(decodeBase64(`${d.replaceAll("-", "+").replaceAll("_", "/")}=`))),
    ),
  );
}

Deno.test("a resolver's identities are loaded once each, and checked then", async () => {
  const identities: (Identity | undefined)[] = [identity, identity, undefined, {
    ...identity,
    key: rsa.keyPem,
  }];
  const asked: CertificateRequestInfo[] = [];
  const config = new ClientConfig({
    verifier,
    identity: (request) => {
      asked.push(request);
      return Promise.resolve(identities.shift());
    },
  });
  const [first] = await config.identitiesFor(REQUEST);
  assertInstanceOf(first, LoadedIdentity);
  assertStrictEquals((await config.identitiesFor(REQUEST))[0], first);
  assertEquals(await config.identitiesFor(REQUEST), []);
  const error = await assertRejects(async () => await config.identitiesFor(REQUEST), TlsError);
  assertEquals(error.code, "bad_key_pem");
  assertEquals(asked, [REQUEST, REQUEST, REQUEST, REQUEST]);
});

Deno.test("identitiesFor throws the error of a resolver", () => {
  const config = new ClientConfig({
    verifier,
    identity: () => {
      throw new RangeError("no card in the reader");
    },
  });
  assertThrows(() => config.identitiesFor(REQUEST), RangeError, "no card in the reader");
});

Deno.test("an identity is refused: only what begins as PEM does has a hint at PEM", () => {
  const hintOf = (second: Uint8Array) =>
    assertThrows(
      () => new ClientConfig({ verifier, identity: { ...identity, chain: [minted.certDer, second] } }),
      TlsError,
    ).hint;
  assertEquals(
    hintOf(new TextEncoder().encode("-----BEGIN")),
    "Pass PEM as text, as readTextFile() gives it.",
  );
  assertEquals(hintOf(authority.certDer.subarray(0, 99)), undefined);
});
