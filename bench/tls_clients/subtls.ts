/**
 * `subtls`: TLS 1.3 in TypeScript over WebCrypto, AES-128-GCM and P-256 alone. It verifies the chain and the name.
 *
 * @module
 */

import { writeAll } from "../../io/duplex.ts";
import { Absent } from "../harness.ts";
import { dial, READ_SIZE, type TlsKind, type TlsLink, type TlsTarget } from "./tls_client.ts";

/** `subtls`. */
export const subtls: TlsKind = {
  name: "subtls",
  role: "peer",
  async open(target) {
    const library = await load();
    const roots = await library.TrustedCert.databaseFromPEM(target.caCert);
    return { connect: () => connect(library, target, roots) };
  },
};

async function connect(library: Subtls, target: TlsTarget, roots: Roots): Promise<TlsLink> {
  const tcp = await dial(target);
  const queue = new library.LazyReadFunctionReadQueue(async () => {
    const buffer = new Uint8Array(READ_SIZE); // it keeps what it is given
    const count = await tcp.read(buffer);
    return count === null ? undefined : buffer.subarray(0, count);
  });
  let sending = Promise.resolve();
  const send = (bytes: Uint8Array) => {
    sending = sending.then(() => writeAll(tcp, bytes));
    sending.catch(() => {}); // the next write rejects with it
  };
  try {
    const { read, write } = await library.startTls(target.hostname, roots, queue.read.bind(queue), send);
    return {
      read,
      async write(bytes) {
        await write(bytes);
        await sending;
      },
      close: () => tcp.close(),
    };
  } catch (error) {
    tcp.close();
    throw error;
  }
}

type Subtls = typeof import("npm:subtls@0.5.0");
type Roots = Awaited<ReturnType<Subtls["TrustedCert"]["databaseFromPEM"]>>;

async function load(): Promise<Subtls> {
  try {
    return await import("npm:subtls@0.5.0");
  } catch (error) {
    throw new Absent(`subtls cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}
