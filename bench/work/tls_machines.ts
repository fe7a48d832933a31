/**
 * A client and a server machine back to back in memory, both in this thread: what TLS costs without a socket.
 *
 * @module
 */

import { mintAuthority, mintCertificate } from "../../tests/support/certificates.ts";
import type { KeyType } from "../../tests/support/keys.ts";
import {
  type CipherSuiteName,
  ClientConfig,
  ClientConnection,
  type Connection,
  type CryptoProvider,
  type EnabledVersionName,
  RootCertStore,
  ServerConfig,
  ServerConnection,
} from "../../tls/mod.ts";
import type { Arena, Contestant, Entrant, Role } from "../harness.ts";
import { bulk, BulkCheck, expectLength, WrongAnswer } from "../pattern.ts";
import { milliseconds } from "./timing.ts";

/** A pair of machines that is measured. */
export interface Pair {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** Both ends' cryptography. */
  readonly crypto: () => CryptoProvider;
  /** The server's key; the authority's is of the same kind. Default: P-256. */
  readonly keyType?: KeyType;
  /** The suite. Default: what the provider prefers. */
  readonly suite?: CipherSuiteName;
  /** The only version. Default: both ends know both, and take TLS 1.3. */
  readonly protocolVersion?: EnabledVersionName;
}

/** These pairs; figures are full handshakes per second, both ends and the verification of the chain included. */
export function machineHandshakes({ quick }: Arena, pairs: readonly Pair[]): Contestant[] {
  const count = quick ? 2 : 50;
  return pairs.map((pair) =>
    contestant(pair, (connect) => {
      async function round(): Promise<number> {
        const time = await milliseconds(async () => {
          for (let i = 0; i < count; i++) await connect();
        });
        return count / time * 1000;
      }
      return Promise.resolve({ warmUp: round, round, close: () => {} });
    })
  );
}

/** These pairs; figures are millions of bytes per second that one end seals and the other opens. */
export function machineBulk({ server: { bulkLength } }: Arena, pairs: readonly Pair[]): Contestant[] {
  const length = Math.ceil(bulkLength / 4); // of half a second's worth, which is long enough
  return pairs.map((pair) =>
    contestant(pair, async (connect) => {
      const [client, server] = await connect();
      const carry = async (take: (data: Uint8Array) => void) => {
        const time = await milliseconds(async () => {
          for (const piece of bulk(length)) {
            await server.send(piece);
            await deliver(server, client, take);
          }
        });
        return length / time / 1000;
      };
      return {
        async warmUp() {
          const check = new BulkCheck();
          const figure = await carry((data) => check.take(data));
          check.end(length);
          return figure;
        },
        async round() {
          let count = 0;
          const figure = await carry((data) => count += data.length);
          expectLength(count, length);
          return figure;
        },
        close: () => {},
      };
    })
  );
}

type Connect = () => Promise<[client: Connection, server: Connection]>;

function contestant(pair: Pair, enter: (connect: Connect) => Promise<Entrant>): Contestant {
  const { name, role } = pair;
  return { name, role, enter: async () => await enter(await prepare(pair)) };
}

async function prepare({ crypto, keyType = "p256", suite, protocolVersion }: Pair): Promise<Connect> {
  const authority = await mintAuthority({ keyType });
  const leaf = await mintCertificate(authority, { names: ["localhost"], keyType });
  const common = {
    crypto: crypto(),
    ...(suite !== undefined && { cipherSuites: [suite] }),
    ...(protocolVersion !== undefined && { versions: [protocolVersion] }),
  };
  const roots = RootCertStore.fromPem(authority.certPem);
  const clientConfig = new ClientConfig({ ...common, roots, sessions: false });
  const identity = { chain: leaf.chainPem, key: leaf.keyPem };
  const serverConfig = new ServerConfig({ ...common, identity, sessions: false });

  return async () => {
    const client = new ClientConnection(clientConfig, "localhost");
    const server = new ServerConnection(serverConfig);
    await client.next(); // the ClientHello
    while (client.isHandshaking || server.isHandshaking) {
      if (!client.wantsWrite && !server.wantsWrite) {
        throw new WrongAnswer("Cannot finish the handshake: both ends wait");
      }
      await deliver(client, server);
      await deliver(server, client);
    }
    if (client.facts?.peerCertificates.length !== 1) {
      throw new WrongAnswer("Cannot count this: nothing was verified");
    }
    if (client.facts.protocolVersion !== (protocolVersion ?? "TLSv1.3")) {
      throw new WrongAnswer(`Cannot count this: the version is ${client.facts.protocolVersion}`);
    }
    return [client, server];
  };
}

/** Carries what one end has to write to the other, and has it read. */
async function deliver(from: Connection, to: Connection, take?: (data: Uint8Array) => void): Promise<void> {
  for (let bytes = from.output(); bytes !== undefined; bytes = from.output()) {
    to.receive(bytes);
    while (true) {
      const eventual = to.next();
      const event = eventual instanceof Promise ? await eventual : eventual;
      if (event === undefined) break;
      if (event.type === "data") take?.(event.data);
    }
  }
}
