/** Identity and client authentication of a server: its certificate, its requests, and the clients that it accepts. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { delay } from "@std/async/delay";
import type { ClientIdentity, ClientVerifier } from "../../../../tls/config/config_types.ts";
import type { SigningKey } from "../../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../../tls/crypto/web.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { LoadedIdentity } from "../../../../tls/config/identity.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { encodeClientHello } from "../../../../tls/wire/client_hello.ts";
import { ExtensionType, SignatureScheme } from "../../../../tls/wire/numbers.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import type { KeyType } from "../../../support/keys.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../../support/certificates.ts";
import { converse } from "../conversation.ts";
import { type Illegal, plainHello, ScriptedClient, type ScriptedClientOptions } from "./scripted_client.ts";
import { AUTHORITY, codeOf, CRYPTO, identityOf, SERVER, serverConfig } from "./server_fixture.ts";

const STRANGER = await mintAuthority();
const CLIENT = await mintCertificate(AUTHORITY, { commonName: "client" });
const CLIENT_OF_STRANGER = await mintCertificate(STRANGER, { commonName: "client" });
const SERVER_ONLY = await mintCertificate(AUTHORITY, { commonName: "client", eku: ["serverAuth"] });
const EXPIRED = await mintCertificate(AUTHORITY, {
  commonName: "client",
  notBefore: new Date(Date.now() - 7_200_000),
  notAfter: new Date(Date.now() - 3_600_000),
});
const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);

type ScriptedIdentity = NonNullable<ScriptedClientOptions["identity"]>;

async function scripted(minted: Minted): Promise<ScriptedIdentity> {
  const loaded = new LoadedIdentity(identityOf(minted), CRYPTO);
  return { chain: loaded.chain, key: await loaded.key() };
}

/** Lets a client with an identity meet a server that asks for one. */
async function meet(
  clientAuth: NonNullable<ServerConfigOptions["clientAuth"]>,
  minted: Minted | undefined,
  illegal: Illegal = {},
): Promise<{ readonly server: ServerConnection; readonly client: ScriptedClient; readonly error: unknown }> {
  const client = new ScriptedClient({
    crypto: CRYPTO,
    illegal,
    ...(minted !== undefined && { identity: await scripted(minted) }),
  });
  const server = new ServerConnection(serverConfig({ clientAuth }));
  const { server: outcome } = await converse(client, server);
  return { server, client, error: outcome.error };
}

Deno.test("server asks for a certificate with its schemes and the names of its authorities", async () => {
  const { client } = await meet({ roots: ROOTS }, CLIENT);
  const request = client.heard.certificateRequest;
  assertEquals(request?.context.length, 0);
  assertEquals(request?.certificateAuthorities, [AUTHORITY.subject]);
  const { ecdsa_secp256r1_sha256, rsa_pkcs1_sha256 } = SignatureScheme;
  const told = [request?.signatureAlgorithms, request?.signatureAlgorithmsCert];
  assertEquals(told.map((list) => list?.includes(ecdsa_secp256r1_sha256)), [true, true]);
  assertEquals(told.map((list) => list?.includes(rsa_pkcs1_sha256)), [false, true]);
});

Deno.test("a server without roots names no authorities in CertificateRequest", async () => {
  const { client } = await meet({ verifier: () => {} }, CLIENT);
  assertEquals(
    client.heard.certificateRequest?.extensionOrder.includes(ExtensionType.certificate_authorities),
    false,
  );
});

Deno.test("a server with too many authorities names none in CertificateRequest", async () => {
  const subject = AUTHORITY.subject;
  const anchors = Array.from({ length: 600 }, (_, i) => ({
    subject: subject.map((byte, at) =>
      at < subject.length - 3 ? byte : 0x30 + Math.floor(i / 10 ** (at % 3)) % 10
    ),
    publicKey: AUTHORITY.key.spki,
  }));
  const { client } = await meet({ roots: RootCertStore.fromAnchors(anchors), optional: true }, undefined);
  assertEquals(client.heard.certificateRequest?.certificateAuthorities, undefined);
});

const ACCEPTED: readonly {
  readonly name: string;
  readonly auth: NonNullable<ServerConfigOptions["clientAuth"]>;
  readonly minted: Minted | undefined;
}[] = [
  { name: "of its authority", auth: { roots: ROOTS }, minted: CLIENT },
  {
    name: "of its authority, where it may be missing",
    auth: { roots: ROOTS, optional: true },
    minted: CLIENT,
  },
  { name: "that is missing where it may be", auth: { roots: ROOTS, optional: true }, minted: undefined },
  {
    name: "of a stranger that the verifier trusts",
    auth: { verifier: () => {} },
    minted: CLIENT_OF_STRANGER,
  },
  {
    name: "that an asynchronous verifier trusts",
    auth: { verifier: () => delay(1) },
    minted: CLIENT_OF_STRANGER,
  },
  { name: "that library and verifier trust", auth: { roots: ROOTS, verifier: () => {} }, minted: CLIENT },
];
for (const { name, auth, minted } of ACCEPTED) {
  Deno.test(`server accepts a client's certificate ${name}`, async () => {
    const { server, error } = await meet(auth, minted);
    assertEquals(error, undefined);
    assertEquals(server.isHandshaking, false);
    assertEquals(
      server.facts?.peerCertificates.map(({ der }) => der),
      minted === undefined ? [] : [minted.certDer],
    );
    assertEquals(server.facts?.peerSignatureScheme, minted && "ecdsa_secp256r1_sha256");
  });
}

for (const keyType of ["p256", "p384", "rsa", "ed25519"] satisfies KeyType[]) {
  Deno.test(`server accepts a client's signature of a key of type ${keyType}`, async () => {
    const { error } = await meet({ roots: ROOTS }, await mintCertificate(AUTHORITY, { keyType }));
    assertEquals(error, undefined);
  });
}

const no = () => {
  throw new RangeError("not on my watch");
};
const REFUSED: readonly {
  readonly name: string;
  readonly auth?: NonNullable<ServerConfigOptions["clientAuth"]>;
  readonly minted?: Minted;
  readonly illegal?: Illegal;
  readonly code: string;
}[] = [
  { name: "bad input 38: nothing where a certificate is required", code: "certificate_required" },
  { name: "a certificate of a stranger", minted: CLIENT_OF_STRANGER, code: "certificate_unknown_issuer" },
  { name: "a certificate for servers only", minted: SERVER_ONLY, code: "certificate_invalid" },
  { name: "a certificate that has expired", minted: EXPIRED, code: "certificate_expired" },
  {
    name: "a certificate that has expired, where one may be missing",
    auth: { roots: ROOTS, optional: true },
    minted: EXPIRED,
    code: "certificate_expired",
  },
  {
    name: "a certificate that the verifier refuses",
    auth: { verifier: no },
    minted: CLIENT,
    code: "certificate_rejected",
  },
  {
    name: "a certificate that the verifier refuses later",
    auth: { verifier: () => Promise.reject(new Error("no")) },
    minted: CLIENT,
    code: "certificate_rejected",
  },
  {
    name: "a certificate to which the verifier says false, which its type forbids",
    auth: { verifier: (() => false) as () => unknown as ClientVerifier },
    minted: CLIENT,
    code: "certificate_rejected",
  },
  {
    name: "a certificate that the library trusts and the verifier does not",
    auth: { roots: ROOTS, verifier: no },
    minted: CLIENT,
    code: "certificate_rejected",
  },
  {
    name: "a certificate that the verifier trusts and the library does not",
    auth: { roots: ROOTS, verifier: () => {} },
    minted: CLIENT_OF_STRANGER,
    code: "certificate_unknown_issuer",
  },
  {
    name: "a certificate that cannot be read",
    minted: CLIENT,
    illegal: { entries: () => [{ certificate: Uint8Array.of(0x30, 0), extensionOrder: [] }] },
    code: "certificate_invalid",
  },
  {
    name: "65 certificates",
    minted: CLIENT,
    illegal: { entries: ([first]) => Array.from({ length: 65 }, () => first ?? unreachable()) },
    code: "certificate_too_large",
  },
  {
    name: "an OCSP response that was not asked for",
    minted: CLIENT,
    illegal: {
      entries: (entries) =>
        entries.map(({ certificate }) => ({
          certificate,
          ocspResponse: Uint8Array.of(1),
          extensionOrder: [ExtensionType.status_request],
        })),
    },
    code: "unsupported_extension",
  },
  {
    name: "a certificate for another request",
    minted: CLIENT,
    illegal: { context: Uint8Array.of(1) },
    code: "illegal_parameter",
  },
  {
    name: "a signature with a changed bit",
    minted: CLIENT,
    illegal: {
      certificateVerify: (message) => ({
        ...message,
        signature: message.signature.map((byte, i) => i === message.signature.length - 1 ? byte ^ 1 : byte),
      }),
    },
    code: "bad_signature",
  },
  {
    name: "bad input 39: a signature scheme that was not offered",
    minted: CLIENT,
    illegal: { certificateVerify: (message) => ({ ...message, scheme: 0x0203 }) },
    code: "unoffered_signature_scheme",
  },
  {
    name: "bad input 39: a signature of RSA-PKCS#1",
    minted: CLIENT,
    illegal: { certificateVerify: (message) => ({ ...message, scheme: SignatureScheme.rsa_pkcs1_sha256 }) },
    code: "unoffered_signature_scheme",
  },
  {
    name: "a signature scheme of another kind of key",
    minted: CLIENT,
    illegal: {
      certificateVerify: (message) => ({ ...message, scheme: SignatureScheme.rsa_pss_rsae_sha256 }),
    },
    code: "illegal_parameter",
  },
  {
    name: "no CertificateVerify",
    minted: CLIENT,
    illegal: { certificateVerify: () => undefined },
    code: "unexpected_message",
  },
  {
    name: "bad input 25: a Finished with a changed bit",
    auth: { roots: ROOTS, optional: true },
    illegal: { finished: (data) => data.map((byte, i) => i === 0 ? byte ^ 1 : byte) },
    code: "bad_finished",
  },
  {
    name: "bad input 25: a Finished that is another's beginning",
    auth: { roots: ROOTS, optional: true },
    illegal: { finished: (data) => data.subarray(0, -1) },
    code: "decode_error",
  },
  {
    name: "bad input 25: a Finished without its beginning",
    auth: { roots: ROOTS, optional: true },
    illegal: { finished: (data) => data.subarray(1) },
    code: "decode_error",
  },
  {
    name: "bad input 25: a Finished of the right bytes and one more",
    auth: { roots: ROOTS, optional: true },
    illegal: { finished: (data) => Uint8Array.of(...data, 0) },
    code: "decode_error",
  },
  {
    name: "bad input 25: an empty Finished",
    auth: { roots: ROOTS, optional: true },
    illegal: { finished: () => new Uint8Array(0) },
    code: "decode_error",
  },
];

function unreachable(): never {
  throw new TypeError("Cannot go on: there is no certificate");
}

for (const { name, auth = { roots: ROOTS }, minted, illegal, code } of REFUSED) {
  Deno.test(`server refuses ${name}`, async () => {
    const { error, server, client } = await meet(auth, minted, illegal);
    assertEquals(codeOf(error), code);
    assertEquals(server.isHandshaking, true);
    assertEquals(client.heard.tickets, []);
  });
}

Deno.test("the error that a verifier throws is the cause of the server's error", async () => {
  const { error } = await meet({ verifier: no }, CLIENT);
  assertInstanceOf(error, TlsError);
  assertInstanceOf(error.cause, RangeError);
});

Deno.test("server passes the whole chain and the config's time to the verifier", async () => {
  const seen: ClientIdentity[] = [];
  const intermediate = await mintAuthority({ issuer: AUTHORITY });
  const minted = await mintCertificate(intermediate, { commonName: "client" });
  const now = new Date(Date.UTC(2031, 4, 5));
  const client = new ScriptedClient({ crypto: CRYPTO, identity: await scripted(minted) });
  const verifier = (identity: ClientIdentity) => void seen.push(identity);
  await converse(client, new ServerConnection(serverConfig({ clientAuth: { verifier }, now: () => now })));
  assertEquals(seen.map(({ time, chain }) => [time, chain.map(({ der }) => der)]), [
    [now, [minted.certDer, intermediate.certDer]],
  ]);
});

Deno.test("bad input 15: a ClientHello after the handshake is refused", async () => {
  const again = encodeClientHello(plainHello(CRYPTO, { keyShares: [] }));
  const client = new ScriptedClient({ crypto: CRYPTO, illegal: { afterFinished: [again] } });
  const { server } = await converse(client, new ServerConnection(serverConfig()));
  // The message shares no record with Finished: its keys are others.
  assertEquals(codeOf(server.error), "unexpected_message");
});

Deno.test("server refuses another message in place of Finished", async () => {
  const beforeFinished = [Uint8Array.of(0x18, 0, 0, 1, 0)]; // KeyUpdate
  const client = new ScriptedClient({ crypto: CRYPTO, illegal: { beforeFinished } });
  const { server } = await converse(client, new ServerConnection(serverConfig()));
  assertEquals(codeOf(server.error), "unexpected_message");
});

Deno.test("server staples an OCSP response only for a client with status_request", async () => {
  const ocspResponse = Uint8Array.of(0x30, 3, 0x0a, 1, 6);
  const identity = identityOf(SERVER, ocspResponse);
  const stapled = [];
  for (const statusRequest of [true, undefined]) {
    const client = new ScriptedClient({ crypto: CRYPTO, extensions: { statusRequest } });
    await converse(client, new ServerConnection(serverConfig({ identity })));
    stapled.push(client.heard.certificates?.map((entry) => entry.ocspResponse));
  }
  assertEquals(stapled, [[ocspResponse], [undefined]]);
});

Deno.test("server waits for a key that signs by promise, with its first scheme that the client accepts", async () => {
  const loaded = await new LoadedIdentity(
    identityOf(await mintCertificate(AUTHORITY, { keyType: "rsa" })),
    CRYPTO,
  );
  const inner = await loaded.key();
  const asked: string[] = [];
  const key: SigningKey = {
    schemes: ["rsa_pss_rsae_sha512", "rsa_pss_rsae_sha256"],
    async sign(scheme, message) {
      asked.push(scheme);
      await delay(1);
      return await inner.sign(scheme, message);
    },
  };
  const identity = { chain: loaded.chain, key };
  const client = new ScriptedClient({
    crypto: CRYPTO,
    extensions: {
      signatureAlgorithms: [SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.rsa_pss_rsae_sha512],
    },
  });
  const { server } = await converse(client, new ServerConnection(serverConfig({ identity })));
  assertEquals(server.error, undefined);
  assertEquals(asked, ["rsa_pss_rsae_sha512"]);
});

const FAILING: readonly { readonly name: string; readonly sign: SigningKey["sign"] }[] = [
  { name: "throws", sign: no },
  { name: "rejects", sign: () => Promise.reject(new Error("the module is unplugged")) },
  { name: "gives nothing", sign: () => new Uint8Array(0) },
];
for (const { name, sign } of FAILING) {
  Deno.test(`server whose key ${name} sends internal_error`, async () => {
    const key: SigningKey = { schemes: ["ecdsa_secp256r1_sha256"], sign };
    const identity = { chain: SERVER.chainPem, key };
    const client = new ScriptedClient({ crypto: CRYPTO });
    const outcome = await converse(client, new ServerConnection(serverConfig({ identity })));
    assertEquals(codeOf(outcome.server.error), "signing_failed");
    assertInstanceOf(outcome.client.error, TlsError);
    assertEquals(outcome.client.error.alert, "internal_error");
  });
}

Deno.test("server passes the ClientHello to its resolver, and waits for it", async () => {
  const seen: unknown[] = [];
  const client = new ScriptedClient({
    crypto: CRYPTO,
    extensions: {
      serverName: "Example.com",
      alpnProtocols: ["acme-tls/1"],
      certificateAuthorities: [AUTHORITY.subject],
      signatureAlgorithms: [0x1a1a, SignatureScheme.ed25519, SignatureScheme.ecdsa_secp256r1_sha256],
      supportedGroups: [0x2a2a, 0x001d],
    },
    groups: ["x25519"],
    illegal: { hello: (plain) => ({ ...plain, cipherSuites: [0x3a3a, 0x1302] }) },
  });
  const server = new ServerConnection(serverConfig({
    alpnProtocols: ["acme-tls/1"],
    async identity(hello) {
      seen.push(hello);
      await delay(1);
      return identityOf(SERVER);
    },
  }));
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.error, undefined);
  assertEquals(seen, [{
    serverName: "example.com",
    alpnProtocols: ["acme-tls/1"],
    certificateAuthorities: [AUTHORITY.subject],
    signatureSchemes: ["ed25519", "ecdsa_secp256r1_sha256"],
    cipherSuites: ["TLS_AES_256_GCM_SHA384"],
    groups: ["x25519"],
  }]);
});

Deno.test("server with an asynchronous provider asks for a certificate as well", async () => {
  const crypto = webCrypto();
  const client = new ScriptedClient({ crypto, identity: await scripted(CLIENT) });
  const server = new ServerConnection(serverConfig({ crypto, clientAuth: { roots: ROOTS } }));
  const { server: outcome } = await converse(client, server);
  assertEquals(outcome.error, undefined);
  assertEquals(server.facts?.peerCertificates.length, 1);
});

Deno.test("server staples the OCSP response to the first certificate of its chain alone", async () => {
  const ocspResponse = Uint8Array.of(0x30, 3, 0x0a, 1, 6);
  const chain = { ...SERVER, chainPem: SERVER.certPem + AUTHORITY.certPem };
  const client = new ScriptedClient({ crypto: CRYPTO, extensions: { statusRequest: true } });
  await converse(client, new ServerConnection(serverConfig({ identity: identityOf(chain, ocspResponse) })));
  assertEquals(client.heard.certificates?.map((entry) => entry.ocspResponse), [ocspResponse, undefined]);
});
