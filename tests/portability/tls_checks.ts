/**
 * Ductile's TLS between two ends in memory, in any runtime.
 *
 * @module
 */

import { writeAll } from "../../io/duplex.ts";
import {
  ClientConfig,
  type ClientConfigOptions,
  type ClientTlsStream,
  type CryptoProvider,
  denoCrypto,
  generateEchKey,
  memorySessions,
  nodeCrypto,
  RootCertStore,
  TlsAcceptor,
  TlsConnector,
  webCrypto,
} from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import type { KeyType } from "../support/keys.ts";
import { exchangeBulk, expect, readLength, streamPair } from "./bytes.ts";
import type { Check } from "./smoke.ts";

const NAME = "server.example";

/** The certificates of one authority: a server's and a client's, with keys of that kind. */
interface Site {
  readonly roots: RootCertStore;
  readonly server: Minted;
  readonly client: Minted;
}

async function mintSite(keyType: KeyType): Promise<Site> {
  const authority = await mintAuthority({ keyType });
  return {
    roots: RootCertStore.fromPem(authority.certPem),
    server: await mintCertificate(authority, { names: [NAME], keyType }),
    client: await mintCertificate(authority, { commonName: "client", keyType }),
  };
}

function identityOf({ chainPem, keyPem }: Minted): { chain: string; key: string } {
  return { chain: chainPem, key: keyPem };
}

/** A connection whose two ends know each other's certificate. */
interface Connected {
  readonly client: ClientTlsStream;
  readonly server: Awaited<ReturnType<TlsAcceptor["accept"]>>;
}

async function connect(connector: TlsConnector, acceptor: TlsAcceptor): Promise<Connected> {
  const [near, far] = streamPair();
  const [client, server] = await Promise.all([connector.connect(NAME, near), acceptor.accept(far)]);
  return { client, server };
}

function endsOf(
  { roots, server, client }: Site,
  crypto: CryptoProvider | undefined,
  options: Partial<ClientConfigOptions> = {},
): { connector: TlsConnector; acceptor: TlsAcceptor } {
  const provider = crypto && { crypto };
  return {
    connector: new TlsConnector(
      new ClientConfig({ roots, identity: identityOf(client), ...provider, ...options }),
    ),
    acceptor: new TlsAcceptor({ identity: identityOf(server), clientAuth: { roots }, ...provider }),
  };
}

/** A word each way, and both ends closed in order. */
async function greet({ client, server }: Connected): Promise<void> {
  await Promise.all([writeAll(client, Uint8Array.of(1)), writeAll(server, Uint8Array.of(2))]);
  expect("the server's byte", (await readLength(client, 1))[0], 2);
  expect("the client's byte", (await readLength(server, 1))[0], 1);
  client.close();
  server.close();
}

const bulkBothWays = async (crypto: CryptoProvider | undefined): Promise<void> => {
  const { connector, acceptor } = endsOf(await mintSite("p256"), crypto);
  const { client, server } = await connect(connector, acceptor);
  expect("the client's certificate", server.connection.peerCertificates.length, 1);
  await exchangeBulk(client, server);
  client.close();
  server.close();
};

const resumption = async (crypto: CryptoProvider | undefined): Promise<void> => {
  const { connector, acceptor } = endsOf(await mintSite("p256"), crypto, { sessions: memorySessions() });
  for (const resumed of [false, true]) {
    const connected = await connect(connector, acceptor);
    expect("resumed", connected.client.connection.resumed, resumed);
    await greet(connected);
  }
};

/** Every suite and every group that a provider offers keeps its word. */
const offers = async (crypto: CryptoProvider): Promise<void> => {
  const site = await mintSite("p256");
  const choices: readonly Partial<ClientConfigOptions>[] = [
    ...crypto.cipherSuites.map(({ name }) => ({ cipherSuites: [name] })),
    ...crypto.groups.map(({ name }) => ({ groups: [name] })),
  ];
  for (const choice of choices) {
    const { connector, acceptor } = endsOf(site, crypto, choice);
    await greet(await connect(connector, acceptor)).catch((cause) => {
      throw new Error(`with ${JSON.stringify(choice)}: ${cause}`);
    });
  }
};

const keysOf = async (crypto: CryptoProvider): Promise<void> => {
  for (const keyType of ["p256", "p384", "rsa", "ed25519"] as const) {
    const { connector, acceptor } = endsOf(await mintSite(keyType), crypto);
    await greet(await connect(connector, acceptor));
  }
};

const encryptedHellos = async (crypto: CryptoProvider | undefined): Promise<void> => {
  const { roots, server } = await mintSite("p256");
  const provider = crypto && { crypto };
  for (const group of ["x25519", "secp256r1"] as const) {
    const { configList, ...key } = await generateEchKey("public.example", { group });
    const connector = new TlsConnector({ roots, ech: { configs: configList }, ...provider });
    const acceptor = new TlsAcceptor({ identity: identityOf(server), echKeys: [key], ...provider });
    const connected = await connect(connector, acceptor);
    expect("ECH", connected.client.connection.ech, "accepted");
    expect("the encrypted name", connected.server.connection.serverName, NAME);
    await greet(connected);
  }
};

const PROVIDERS = [
  ["the default cryptography", () => undefined],
  ["webCrypto", webCrypto],
  ["nodeCrypto", nodeCrypto],
  ["denoCrypto", denoCrypto],
] as const;

/** The checks; with `node:crypto` where the runtime has it. */
export function tlsChecks(hasNode: boolean): Check[] {
  return PROVIDERS.filter(([, make]) => hasNode || (make !== nodeCrypto && make !== denoCrypto))
    .flatMap(([name, make]) => {
      const provider = make();
      const checks: Check[] = [
        [`TLS with ${name}: mutual authentication, 8 MiB each way`, () => bulkBothWays(provider)],
        [`TLS with ${name}: the second connection is resumed`, () => resumption(provider)],
        [`TLS with ${name}: Encrypted ClientHello, with either kind of key`, () => encryptedHellos(provider)],
      ];
      if (provider !== undefined) {
        checks.push([`TLS with ${name}: every suite and group that it offers`, () => offers(provider)]);
        checks.push([`TLS with ${name}: certificates of every kind of key`, () => keysOf(provider)]);
      }
      return checks;
    });
}
