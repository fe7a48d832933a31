/**
 * Whom a client trusts, end to end: its roots, its verifier, its pins, and what the server is told.
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ServerIdentity, ServerVerifier } from "../../../tls/config/config_types.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { ServerConfig } from "../../../tls/config/server_config.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import type { AlertName } from "../../../tls/error/alert_description.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, type Minted, mintSelfSigned } from "../../support/certificates.ts";
import { type End, endOf, talk } from "./connection_pair.ts";

const ROOT = await mintAuthority();
const INTERMEDIATE = await mintAuthority({ issuer: ROOT });
const SERVER = await mintCertificate(INTERMEDIATE, { names: ["server.example"], ips: ["192.0.2.1"] });
const EXPIRED = await mintCertificate(INTERMEDIATE, {
  names: ["server.example"],
  notBefore: new Date(Date.now() - 7_200_000),
  notAfter: new Date(Date.now() - 3_600_000),
});
/** An authority of the same root, and one that has the intermediate's name besides. */
const UNRELATED = await mintAuthority({ issuer: ROOT });
const NAMESAKE = await mintAuthority({ issuer: ROOT, subject: INTERMEDIATE.subject });
const STRANGER = await mintSelfSigned({ names: ["server.example"] });
const ROOTS = RootCertStore.fromPem(ROOT.certPem);

async function connect(
  options: ClientConfigOptions,
  { chainPem, keyPem }: Minted,
  name = "server.example",
): Promise<{ client: End; server: End }> {
  const config = new ClientConfig({ crypto: nodeCrypto(), ...options });
  const server = new ServerConfig({ crypto: nodeCrypto(), identity: { chain: chainPem, key: keyPem } });
  const ends = {
    client: endOf(new ClientConnection(config, name)),
    server: endOf(new ServerConnection(server)),
  };
  await talk(ends.client, ends.server);
  return ends;
}

async function pinOf({ key }: Minted): Promise<string> {
  return `sha256/${encodeBase64(await crypto.subtle.digest("SHA-256", key.spki))}`;
}

interface Row {
  readonly name: string;
  readonly options: ClientConfigOptions;
  readonly shown?: Minted;
  readonly asked?: string;
  /** `undefined`: it is trusted. */
  readonly refused?: readonly [TlsErrorCode, AlertName];
}

const REFUSE = (): never => {
  throw new Error("I do not like it");
};

/** Rejects, and is no `Promise`. */
const REFUSING: PromiseLike<void> = {
  then: (fulfil, reject) => Promise.reject(new Error("no")).then(fulfil, reject),
};

/** A verifier written without type checks. */
function untyped(verifier: () => unknown): ServerVerifier {
  return verifier as ServerVerifier;
}

const ROWS: readonly Row[] = [
  { name: "a chain of the roots", options: { roots: ROOTS } },
  { name: "the same, asked for by its address", options: { roots: ROOTS }, asked: "192.0.2.1" },
  {
    name: "a chain for another name",
    options: { roots: ROOTS },
    asked: "other.example",
    refused: ["certificate_wrong_name", "bad_certificate"],
  },
  {
    name: "a chain for another name with dangerAcceptInvalidHostnames",
    options: { roots: ROOTS, dangerAcceptInvalidHostnames: true },
    asked: "other.example",
  },
  {
    name: "a chain that has expired",
    options: { roots: ROOTS },
    shown: EXPIRED,
    refused: ["certificate_expired", "certificate_expired"],
  },
  {
    name: "a chain that has expired by the clock of the config",
    options: { roots: ROOTS, now: () => new Date(Date.now() - 5_400_000) },
    shown: EXPIRED,
    refused: ["certificate_not_yet_valid", "certificate_expired"],
  },
  {
    name: "an unknown issuer",
    options: { roots: ROOTS },
    shown: STRANGER,
    refused: ["certificate_unknown_issuer", "unknown_ca"],
  },
  {
    name: "an unknown issuer with dangerAcceptInvalidCerts",
    options: { dangerAcceptInvalidCerts: true },
    shown: STRANGER,
  },
  { name: "an unknown issuer that the verifier trusts", options: { verifier: () => {} }, shown: STRANGER },
  {
    name: "an unknown issuer that the verifier trusts later",
    options: { verifier: () => Promise.resolve() },
    shown: STRANGER,
  },
  {
    name: "an unknown issuer that only the verifier trusts, with roots",
    options: { roots: ROOTS, verifier: () => {} },
    shown: STRANGER,
    refused: ["certificate_unknown_issuer", "unknown_ca"],
  },
  {
    name: "a chain of the roots that the verifier refuses",
    options: { roots: ROOTS, verifier: REFUSE },
    refused: ["certificate_rejected", "access_denied"],
  },
  {
    name: "a chain of the roots that the verifier refuses later",
    options: { roots: ROOTS, verifier: () => Promise.reject(new Error("no")) },
    refused: ["certificate_rejected", "access_denied"],
  },
  {
    name: "an unknown issuer whose verifier rejects with a thenable that is no Promise",
    options: { verifier: untyped(() => REFUSING) },
    shown: STRANGER,
    refused: ["certificate_rejected", "access_denied"],
  },
  {
    name: "an unknown issuer whose verifier returns false",
    options: { verifier: untyped(() => false) },
    shown: STRANGER,
    refused: ["certificate_rejected", "access_denied"],
  },
  {
    name: "an unknown issuer whose verifier resolves to false",
    options: { verifier: untyped(() => Promise.resolve(false)) },
    shown: STRANGER,
    refused: ["certificate_rejected", "access_denied"],
  },
  { name: "the pin of the server's key", options: { roots: ROOTS, pins: [await pinOf(SERVER)] } },
  { name: "the pin of the intermediate's key", options: { roots: ROOTS, pins: [await pinOf(INTERMEDIATE)] } },
  { name: "the pin of the root's key", options: { roots: ROOTS, pins: [await pinOf(ROOT)] } },
  {
    name: "the pin of another key",
    options: { roots: ROOTS, pins: [await pinOf(STRANGER)] },
    refused: ["pin_mismatch", "access_denied"],
  },
  {
    name: "the pin of a certificate that is sent, but is no part of the verified path",
    options: { roots: ROOTS, pins: [await pinOf(UNRELATED)] },
    shown: { ...SERVER, chainPem: SERVER.chainPem + UNRELATED.certPem },
    refused: ["pin_mismatch", "access_denied"],
  },
  {
    name: "the pin of a namesake of its issuer, whose key has not signed it",
    options: { roots: ROOTS, pins: [await pinOf(NAMESAKE)] },
    shown: { ...SERVER, chainPem: SERVER.chainPem + NAMESAKE.certPem },
    refused: ["pin_mismatch", "access_denied"],
  },
  {
    name: "the pin of a server's key with dangerAcceptInvalidCerts",
    options: { dangerAcceptInvalidCerts: true, pins: [await pinOf(STRANGER)] },
    shown: STRANGER,
  },
  {
    name: "the pin of a key that stands in the chain only, where no path was verified",
    options: { dangerAcceptInvalidCerts: true, pins: [await pinOf(INTERMEDIATE)] },
    refused: ["pin_mismatch", "access_denied"],
  },
];

for (const { name, options, shown = SERVER, asked, refused } of ROWS) {
  for (const crypto of [nodeCrypto(), webCrypto(), denoCrypto()]) {
    Deno.test(`a client ${refused === undefined ? "trusts" : "refuses"} ${name}, with ${crypto.name}`, async () => {
      const { client, server } = await connect({ ...options, crypto }, shown, asked);
      if (refused === undefined) {
        if (client.failure !== undefined) throw client.failure;
        assertEquals(client.events[0]?.type, "established");
        return;
      }
      const [code, alert] = refused;
      assertInstanceOf(client.failure, TlsError);
      assertEquals(client.failure.code, code, client.failure.message);
      assertInstanceOf(server.failure, TlsError);
      assertEquals(server.failure.alert, alert);
      assertEquals(client.connection.isHandshaking, true);
      assertEquals(client.connection.facts, undefined);
    });
  }
}

/** Values that would pass for true where only their truth is asked. */
const TRUTHY: readonly unknown[] = [{ then: (tell: (valid: boolean) => void) => tell(false) }, "false", 1];

const SIGNATURES: readonly { readonly of: string; readonly code: TlsErrorCode }[] = [
  { of: "the chain", code: "certificate_invalid" },
  { of: "the handshake", code: "bad_signature" },
];
for (const { of, code } of SIGNATURES) {
  Deno.test(`a signature of ${of} is valid only if the provider returns true`, async () => {
    const honest = nodeCrypto();
    for (const answer of TRUTHY) {
      const crypto: CryptoProvider = {
        ...honest,
        verify: (algorithm, key, message, signature) =>
          (of === "the handshake") === isOfHandshake(message)
            ? answer as boolean
            : honest.verify(algorithm, key, message, signature),
      };
      const { client } = await connect({ roots: ROOTS, crypto }, SERVER);
      assertInstanceOf(client.failure, TlsError);
      assertEquals(client.failure.code, code);
    }
  });
}

/** Whether a message is what a CertificateVerify signs: 64 spaces first. */
function isOfHandshake(message: Uint8Array): boolean {
  return message.subarray(0, 64).every((byte) => byte === 0x20);
}

Deno.test("a config verifies the signatures of a chain once", async () => {
  const honest = nodeCrypto();
  let verified = 0;
  const crypto: CryptoProvider = {
    ...honest,
    verify: (algorithm, key, message, signature) => {
      if (!isOfHandshake(message)) verified++;
      return honest.verify(algorithm, key, message, signature);
    },
  };
  const config = new ClientConfig({ crypto, roots: ROOTS, sessions: false });
  const identity = { chain: SERVER.chainPem, key: SERVER.keyPem };
  for (let i = 0; i < 3; i++) {
    const client = endOf(new ClientConnection(config, "server.example"));
    await talk(client, endOf(new ServerConnection(new ServerConfig({ crypto: honest, identity }))));
    if (client.failure !== undefined) throw client.failure;
  }
  assertEquals(verified, 2, "the server's certificate and the intermediate's");
});

Deno.test("a verifier sees the chain, the name in its one form, and the config's time", async () => {
  const time = new Date(Date.now() + 1_000);
  const seen: ServerIdentity[] = [];
  const { client } = await connect(
    {
      verifier: (server) => void seen.push(server),
      now: () => time,
    },
    SERVER,
    "SERVER.example.",
  );
  if (client.failure !== undefined) throw client.failure;
  const [identity] = seen;
  assert(identity !== undefined && seen.length === 1);
  assertEquals(identity.serverName, "server.example");
  assertEquals(identity.time, time);
  assertEquals(identity.chain.map(({ der }) => der), [SERVER.certDer, INTERMEDIATE.certDer]);
  assertEquals(client.connection.facts?.serverName, "server.example");
});

Deno.test("a verifier that writes over what it is shown changes nothing of what is verified", async () => {
  for (const [pinned, code] of [[SERVER, undefined], [STRANGER, "pin_mismatch"]] as const) {
    const { client } = await connect(
      {
        roots: ROOTS,
        pins: [await pinOf(pinned)],
        verifier: ({ chain }) => chain.forEach(({ der }) => der.fill(0)),
      },
      SERVER,
    );
    assertEquals(client.failure instanceof TlsError ? client.failure.code : client.failure, code);
  }
});

Deno.test("the error has the verifier's message, and its error as the cause", async () => {
  const { client } = await connect({ verifier: REFUSE }, SERVER);
  assertInstanceOf(client.failure, TlsError);
  assertMatch(client.failure.message, /the verifier refused it: I do not like it$/);
  assertInstanceOf(client.failure.cause, Error);
});

Deno.test("a failure is the same at every call", async () => {
  const { client } = await connect({ roots: ROOTS }, STRANGER);
  for (let i = 0; i < 3; i++) {
    let thrown: unknown;
    try {
      await client.connection.next();
    } catch (error) {
      thrown = error;
    }
    assert(thrown === client.failure);
  }
  assertEquals(client.connection.output(), undefined);
});
