/**
 * `@reclaimprotocol/tls`: TLS 1.3 in TypeScript over WebCrypto. It verifies the chain and the name, against its
 * own list of roots together with the server's.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { writeAll } from "../../io/duplex.ts";
import { Absent } from "../harness.ts";
import { Inbox } from "./inbox.ts";
import { dial, READ_SIZE, type TlsKind, type TlsLink, type TlsTarget } from "./tls_client.ts";

/** `@reclaimprotocol/tls` in its default setup. */
export const reclaim: TlsKind = {
  name: "@reclaimprotocol/tls",
  role: "peer",
  slowAt: ["upload"], // it writes all of it out in hexadecimal, too, for a log
  async open(target) {
    const library = await load();
    const rootCAs = [library.loadX509FromPem(target.caCert)];
    return { connect: () => connect(library, target, rootCAs) };
  },
};

/** It makes one record of what it is given, whatever its length: no more than fits into one. */
const RECORD_SIZE = 16_384;

async function connect(library: Reclaim, target: TlsTarget, rootCAs: unknown[]): Promise<TlsLink> {
  const tcp = await dial(target);
  const inbox = new Inbox();
  const ready = Promise.withResolvers<void>();
  const fail = (error = new Error("Cannot go on: it says that TLS has ended")) => {
    ready.reject(error);
    inbox.fail(error);
  };
  const tls = library.makeTLSClient({
    host: target.hostname,
    verifyServerCertificate: true,
    rootCAs,
    logger: SILENT,
    write: ({ header, content }) => writeAll(tcp, concat([header, content])),
    onHandshake: () => ready.resolve(),
    onApplicationData: (data) => inbox.put(data),
    onTlsEnd: fail,
  });

  async function feed(): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    const count = await tcp.read(buffer);
    if (count === null) return fail();
    await tls.handleReceivedBytes(buffer.subarray(0, count));
  }
  try {
    await tls.startHandshake();
    while (!tls.isHandshakeDone()) await Promise.race([feed(), ready.promise]);
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
      for (let at = 0; at < bytes.length; at += RECORD_SIZE) {
        await tls.write(bytes.subarray(at, at + RECORD_SIZE));
      }
    },
    close: () => tcp.close(),
  };
}

/** The part of it that is used. */
interface Reclaim {
  loadX509FromPem(pem: string): unknown;
  makeTLSClient(options: {
    readonly host: string;
    readonly verifyServerCertificate: boolean;
    readonly rootCAs: unknown[];
    readonly logger: unknown;
    write(packet: { readonly header: Uint8Array; readonly content: Uint8Array }): Promise<void>;
    onHandshake(): void;
    onApplicationData(data: Uint8Array): void;
    onTlsEnd(error?: Error): void;
  }): {
    startHandshake(): Promise<void>;
    isHandshakeDone(): boolean;
    handleReceivedBytes(bytes: Uint8Array): Promise<void>;
    write(bytes: Uint8Array): Promise<void>;
  };
}

const nothing = () => {};
/** Its logger would be measured otherwise. */
const SILENT = {
  info: nothing,
  debug: nothing,
  trace: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => SILENT,
};

async function load(): Promise<Reclaim> {
  try {
    const { setCryptoImplementation, ...library } = await import("npm:@reclaimprotocol/tls@0.1.2");
    const { webcryptoCrypto } = await import("npm:@reclaimprotocol/tls@0.1.2/webcrypto");
    setCryptoImplementation(webcryptoCrypto);
    return library as unknown as Reclaim; // as its declarations say, in other words
  } catch (error) {
    throw new Absent(
      `@reclaimprotocol/tls cannot be loaded: ${error instanceof Error ? error.message : error}`,
    );
  }
}
