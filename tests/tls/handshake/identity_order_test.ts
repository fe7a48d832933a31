/** The order of several identities, and which of them a peer gets, in both roles and versions. */

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { Identities, Identity } from "../../../tls/config/config_types.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { Connection } from "../../../tls/connection/connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { parsePrivateKeyPem } from "../../../tls/crypto/private_key.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { type IdentityWishes, orderIdentities } from "../../../tls/handshake/identity_order.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import { type End, endOf, talk } from "../connection/connection_pair.ts";

const CRYPTO = nodeCrypto();
const A = await mintAuthority({ commonName: "authority A" });
const B = await mintAuthority({ commonName: "authority B" });
const ROOTS = RootCertStore.fromPem(A.certPem + B.certPem);
const names = ["server.example"];

const MINTED = {
  p256: await mintCertificate(A, { names }),
  p384: await mintCertificate(A, { names, keyType: "p384" }),
  rsa: await mintCertificate(A, { names, keyType: "rsa" }),
  ed25519: await mintCertificate(A, { names, keyType: "ed25519" }),
  ofB: await mintCertificate(B, { names }),
  otherName: await mintCertificate(A, { names: ["other.example"] }),
  byRsa: await mintCertificate(await mintAuthority({ commonName: "authority R", keyType: "rsa" }), { names }),
  wildcard: await mintCertificate(A, { names: ["*.wild.example"] }),
} as const satisfies Record<string, Minted>;

type Name = keyof typeof MINTED;

/** An identity by its name; `name!` is kept from peers that name no authority of its chain. */
type Listed = Name | `${Name}!`;

function listed(name: Listed): Identity {
  const key = name.replace("!", "");
  const minted = MINTED[key as Name]; // the type has no other names
  return { chain: minted.chainPem, key: minted.keyPem, mustMatchIssuer: name.endsWith("!") };
}

function nameOf(der: Uint8Array | undefined): string | undefined {
  return Object.entries(MINTED).find(([, { certDer }]) => `${certDer}` === `${der}`)?.[0];
}

const ORDERS: readonly {
  readonly name: string;
  readonly list: readonly Listed[];
  readonly wishes: Partial<IdentityWishes>;
  readonly order: readonly Name[];
}[] = [
  { name: "nothing is wished: their own order", list: ["rsa", "p256"], wishes: {}, order: ["rsa", "p256"] },
  {
    name: "a name: those for it first, in their own order",
    list: ["otherName", "rsa", "p256"],
    wishes: { serverName: "server.example" },
    order: ["rsa", "p256", "otherName"],
  },
  {
    name: "a name that a wildcard stands for",
    list: ["p256", "wildcard"],
    wishes: { serverName: "some.wild.example" },
    order: ["wildcard", "p256"],
  },
  {
    name: "a name that none is for: their own order",
    list: ["rsa", "otherName"],
    wishes: { serverName: "unknown.test" },
    order: ["rsa", "otherName"],
  },
  {
    name: "an authority: those under it first",
    list: ["p256", "ofB"],
    wishes: { certificateAuthorities: [B.subject] },
    order: ["ofB", "p256"],
  },
  {
    name: "an authority of neither: their own order",
    list: ["ofB", "p256"],
    wishes: { certificateAuthorities: [Uint8Array.of(0x30, 0)] },
    order: ["ofB", "p256"],
  },
  {
    name: "schemes of certificates: chains that are signed with them first",
    list: ["byRsa", "p256"],
    wishes: { certificateSchemes: ["ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256"] },
    order: ["p256", "byRsa"],
  },
  {
    name: "schemes of certificates that no chain is signed with: their own order",
    list: ["byRsa", "p256"],
    wishes: { certificateSchemes: ["ed25519"] },
    order: ["byRsa", "p256"],
  },
  {
    name: "schemes of certificates go before the authority, and behind the name",
    list: ["ofB", "byRsa", "otherName"],
    wishes: {
      certificateSchemes: ["rsa_pkcs1_sha256"],
      certificateAuthorities: [B.subject],
      serverName: "other.example",
    },
    order: ["otherName", "byRsa", "ofB"],
  },
  {
    name: "the name goes before the authority",
    list: ["otherName", "ofB", "p256"],
    wishes: { serverName: "other.example", certificateAuthorities: [B.subject] },
    order: ["otherName", "ofB", "p256"],
  },
  {
    name: "no authority: those that must match one are kept back",
    list: ["p256!", "rsa"],
    wishes: {},
    order: ["rsa"],
  },
  {
    name: "another authority: those that must match are kept back, also the only one",
    list: ["p256!"],
    wishes: { certificateAuthorities: [B.subject] },
    order: [],
  },
  {
    name: "their authority: those that must match are there",
    list: ["rsa", "ofB!"],
    wishes: { certificateAuthorities: [B.subject] },
    order: ["ofB", "rsa"],
  },
];
for (const { name, list, wishes, order } of ORDERS) {
  Deno.test(`orderIdentities: ${name}`, () => {
    const loaded = list.map((each) => new LoadedIdentity(listed(each), CRYPTO));
    const ordered = orderIdentities(loaded, { certificateAuthorities: [], ...wishes });
    assertEquals(ordered.map(({ chain }) => nameOf(chain[0])), [...order]);
  });
}

interface Meeting {
  readonly client: End;
  readonly server: End;
}

async function meet(
  client: Partial<ClientConfigOptions>,
  server: Partial<ServerConfigOptions> & { readonly identity: ServerConfigOptions["identity"] },
): Promise<Meeting> {
  const roots = ROOTS;
  const ends = {
    client: endOf(
      new ClientConnection(new ClientConfig({ crypto: CRYPTO, roots, ...client }), "server.example"),
    ),
    server: endOf(new ServerConnection(new ServerConfig({ crypto: CRYPTO, ...server }))),
  };
  await talk(ends.client, ends.server);
  return ends;
}

function codeOf({ failure }: End): string | undefined {
  if (failure === undefined) return undefined;
  assertInstanceOf(failure, TlsError);
  return failure.code;
}

/** The certificate that the peer showed, by its name here. */
function shown(connection: Connection): string | undefined {
  return nameOf(connection.facts?.peerCertificates[0]?.der);
}

const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;

const SERVERS: readonly {
  readonly name: string;
  readonly list: readonly Listed[];
  readonly client?: Partial<ClientConfigOptions>;
  readonly only?: (typeof VERSIONS)[number];
  readonly shown?: Name;
  readonly code?: string;
}[] = [
  { name: "the first that fits", list: ["p384", "p256"], shown: "p384" },
  { name: "the one for the name", list: ["otherName", "rsa"], shown: "rsa" },
  {
    name: "the second where the first signs with no scheme of the client",
    list: ["rsa", "ed25519"],
    client: { signatureSchemes: ["ed25519", "ecdsa_secp256r1_sha256"] },
    shown: "ed25519",
  },
  {
    name: "in TLS 1.3 the scheme has the curve",
    list: ["p384", "p256"],
    client: { signatureSchemes: ["ecdsa_secp256r1_sha256"] },
    only: "TLSv1.3",
    shown: "p256",
  },
  {
    name: "in TLS 1.3 the curve of a certificate need not be a group",
    list: ["p384"],
    client: { groups: ["x25519"] },
    only: "TLSv1.3",
    shown: "p384",
  },
  {
    name: "in TLS 1.2 the curve is one of the client's groups",
    list: ["p384", "p256"],
    client: { groups: ["x25519", "secp256r1"] },
    only: "TLSv1.2",
    shown: "p256",
  },
  {
    name: "in TLS 1.2 the suites name the kind of key",
    list: ["p256", "rsa"],
    client: { cipherSuites: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] },
    only: "TLSv1.2",
    shown: "rsa",
  },
  {
    name: "none where no key signs with a scheme of the client",
    list: ["rsa", "rsa"],
    client: { signatureSchemes: ["ed25519"] },
    code: "no_shared_signature_scheme",
  },
  {
    name: "bad input 94: none where the curve of each is no group of the client",
    list: ["p384", "p384"],
    client: { groups: ["x25519", "secp256r1"] },
    only: "TLSv1.2",
    code: "no_shared_group",
  },
  {
    name: "none where each is kept for clients that name its authority",
    list: ["p256!"],
    code: "no_suitable_certificate",
  },
];
for (const version of VERSIONS) {
  for (const { name, list, client = {}, only = version, ...expected } of SERVERS) {
    if (only !== version) continue;
    Deno.test(`server shows ${name} (${version})`, async () => {
      const versions = [version];
      const ends = await meet({ ...client, versions }, { versions, identity: list.map(listed) });
      assertEquals({ shown: shown(ends.client.connection), code: codeOf(ends.server) }, {
        shown: expected.shown,
        code: expected.code,
      });
    });
  }
}

const CLIENTS: readonly {
  readonly name: string;
  readonly list: readonly Listed[];
  readonly roots?: string;
  readonly optional?: boolean;
  readonly signatureSchemes?: ClientConfigOptions["signatureSchemes"];
  readonly shown?: Name;
  readonly code?: string;
}[] = [
  { name: "the first that fits", list: ["rsa", "p256"], shown: "rsa" },
  { name: "the one of the server's authority", list: ["p256", "ofB"], roots: B.certPem, shown: "ofB" },
  {
    name: "the second where the first signs with no scheme of the server",
    list: ["rsa", "ed25519"],
    signatureSchemes: ["ed25519", "ecdsa_secp256r1_sha256"],
    shown: "ed25519",
  },
  {
    name: "none where each is kept for servers that name its authority",
    list: ["p256!", "rsa!"],
    roots: B.certPem,
    optional: true,
  },
  {
    name: "the one that is kept for servers that name its authority",
    list: ["ofB!", "p256!"],
    shown: "p256",
    roots: A.certPem,
  },
  {
    name: "an error where no key signs with a scheme of the server",
    list: ["rsa", "p384"],
    signatureSchemes: ["ed25519"],
    code: "no_shared_signature_scheme",
  },
];
for (const version of VERSIONS) {
  for (const { name, list, roots, optional, signatureSchemes, ...expected } of CLIENTS) {
    Deno.test(`client shows ${name} (${version})`, async () => {
      const versions = [version];
      const ends = await meet({ versions, identity: list.map(listed) }, {
        versions,
        identity: listed("p256"),
        clientAuth: { roots: RootCertStore.fromPem(roots ?? A.certPem), optional: optional ?? false },
        ...(signatureSchemes !== undefined && { signatureSchemes }),
      });
      assertEquals({ shown: shown(ends.server.connection), code: codeOf(ends.client) }, {
        shown: expected.shown,
        code: expected.code,
      });
      if (expected.code === undefined) assertEquals(ends.server.connection.isHandshaking, false);
    });
  }
}

for (const [version, name] of [["TLSv1.3", "p256"], ["TLSv1.2", "rsa"]] as const) {
  Deno.test(`a key that signs with RSA PKCS#1 alone, as smart cards do, is for TLS 1.2: server shows ${name} (${version})`, async () => {
    const { chain, key } = listed("rsa");
    const whole = await CRYPTO.loadPrivateKey(parsePrivateKeyPem(`${key}`));
    const card = { ...whole, schemes: whole.schemes.filter((scheme) => scheme.startsWith("rsa_pkcs1_")) };
    const versions = [version];
    const ends = await meet({ versions }, { versions, identity: [{ chain, key: card }, listed("p256")] });
    assertEquals(shown(ends.client.connection), name);
  });
}

Deno.test("server chooses by the second ClientHello as by the first", async () => {
  const versions = ["TLSv1.3"] as const;
  const ends = await meet(
    { versions, groups: ["x25519", "secp384r1"], signatureSchemes: ["ecdsa_secp256r1_sha256"] },
    { versions, groups: ["secp384r1"], identity: [listed("rsa"), listed("p256")] },
  );
  assertEquals(ends.client.connection.facts?.handshakeKind, "full_with_hello_retry_request");
  assertEquals(shown(ends.client.connection), "p256");
});

for (const version of VERSIONS) {
  Deno.test(`a session is resumed only while the client would show the same of its identities (${version})`, async () => {
    let list: Identities = [listed("rsa"), listed("ofB")];
    const roots = B.certPem;
    const versions = [version];
    const client = new ClientConfig({ crypto: CRYPTO, roots: ROOTS, versions, identity: () => list });
    const server = new ServerConfig({
      crypto: CRYPTO,
      versions,
      identity: listed("p256"),
      clientAuth: { roots: RootCertStore.fromPem(roots) },
    });
    const resumed: boolean[] = [];
    for (let turn = 0; turn < 3; turn++) {
      if (turn === 2) {
        list = [listed("ofB"), listed("p384")].map((each) => ({ ...each, mustMatchIssuer: true }));
      }
      const ends = {
        client: endOf(new ClientConnection(client, "server.example")),
        server: endOf(new ServerConnection(server)),
      };
      await talk(ends.client, ends.server);
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      assertEquals(shown(ends.server.connection), "ofB");
      resumed.push(ends.client.connection.facts?.resumed === true);
    }
    assertEquals(resumed, [false, true, true]);
    list = [];
    const last = endOf(new ClientConnection(client, "server.example"));
    await talk(last, endOf(new ServerConnection(server)));
    assertEquals(last.connection.facts?.resumed ?? false, false);
  });
}

Deno.test("an empty list is no identity of a config", () => {
  for (
    const make of [
      () => new ServerConfig({ crypto: CRYPTO, identity: [] }),
      () => new ClientConfig({ crypto: CRYPTO, roots: ROOTS, identity: [] }),
    ]
  ) {
    assertEquals(assertThrows(make, TlsError).code, "invalid_option");
  }
});
