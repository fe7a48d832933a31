/**
 * `node-forge`: TLS up to 1.1 with RSA key exchange and AES-CBC, all of it in JavaScript; it has no ECDSA and no
 * TLS 1.3, so it meets a server of its own. It verifies the chain; the name is for its user to verify.
 *
 * @module
 */

import { writeAll } from "../../io/duplex.ts";
import { Absent } from "../harness.ts";
import { Inbox } from "./inbox.ts";
import { dial, type TlsKind, type TlsLink, type TlsTarget } from "./tls_client.ts";

/** `node-forge`. */
export const forge: TlsKind = {
  name: "node-forge, TLS 1.1",
  role: "aside", // it takes no part in a key exchange with forward secrecy, and verifies no name
  isOld: true,
  slowAt: ["download", "upload"],
  async open(target) {
    const library = await load();
    return { connect: () => connect(library, target) };
  },
};

/** It makes a string of bytes by one call with an argument for each: there can only be so many. */
const PIECE_SIZE = 16_384;

async function connect({ tls, util }: Forge, target: TlsTarget): Promise<TlsLink> {
  const tcp = await dial(target);
  const inbox = new Inbox();
  const outbox: Uint8Array[] = [];
  let isReady = false;
  const connection = tls.createConnection({
    server: false,
    caStore: [target.caCert],
    virtualHost: target.hostname,
    verify: (_connection, verified) => verified,
    connected: () => isReady = true,
    tlsDataReady: ({ tlsData }) => void outbox.push(util.binary.raw.decode(tlsData.getBytes())),
    dataReady: ({ data }) => inbox.put(util.binary.raw.decode(data.getBytes())),
    closed: () => inbox.end(),
    error: (_connection, { message }) => inbox.fail(new Error(message)),
  });

  async function flush(): Promise<void> {
    for (let bytes = outbox.shift(); bytes !== undefined; bytes = outbox.shift()) await writeAll(tcp, bytes);
  }
  async function feed(): Promise<void> {
    const buffer = new Uint8Array(PIECE_SIZE);
    const count = await tcp.read(buffer);
    if (count === null) return inbox.fail(new Error("Cannot go on: the connection ended"));
    connection.process(util.binary.raw.encode(buffer.subarray(0, count)));
    await flush();
  }
  try {
    connection.handshake();
    await flush();
    while (!isReady) {
      if (inbox.isReady) await inbox.take(); // throws
      await feed();
    }
  } catch (error) {
    tcp.close();
    throw error;
  }
  return {
    async read() {
      while (!inbox.isReady) await feed();
      return await inbox.take();
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += PIECE_SIZE) {
        connection.prepare(util.binary.raw.encode(bytes.subarray(at, at + PIECE_SIZE)));
        await flush();
      }
    },
    close: () => tcp.close(),
  };
}

interface Buffer {
  getBytes(): string;
}

/** The part of it that is used; it has no declarations. */
interface Forge {
  readonly util: {
    readonly binary: {
      readonly raw: { encode(bytes: Uint8Array): string; decode(text: string): Uint8Array };
    };
  };
  readonly tls: {
    createConnection(options: {
      readonly server: false;
      readonly caStore: readonly string[];
      readonly virtualHost: string;
      verify(connection: unknown, verified: unknown): unknown;
      connected(): void;
      tlsDataReady(connection: { readonly tlsData: Buffer }): void;
      dataReady(connection: { readonly data: Buffer }): void;
      closed(): void;
      error(connection: unknown, error: { readonly message: string }): void;
    }): { handshake(): void; process(text: string): void; prepare(text: string): void };
  };
}

async function load(): Promise<Forge> {
  try {
    const { default: library } = await import("npm:node-forge@1.4.3");
    return library;
  } catch (error) {
    throw new Absent(`node-forge cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}
