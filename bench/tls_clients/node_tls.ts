/**
 * `node:tls` in Deno: native TLS behind Node's streams.
 *
 * @module
 */

import * as tls from "node:tls";
import { Inbox } from "./inbox.ts";
import type { TlsKind, TlsLink, TlsTarget } from "./tls_client.ts";

/** `node:tls`, with a new session each time. */
export const nodeTls: TlsKind = {
  name: "node:tls",
  role: "limit",
  open: (target) => Promise.resolve({ connect: () => connect(target) }),
};

async function connect({ address, port, hostname, caCert }: TlsTarget): Promise<TlsLink> {
  const ready = Promise.withResolvers<void>();
  const socket = tls.connect({ host: address, port, servername: hostname, ca: caCert });
  socket.setNoDelay(true);
  const inbox = new Inbox({ pause: () => socket.pause(), resume: () => socket.resume() });
  socket.on("secureConnect", () => ready.resolve());
  socket.on("data", (piece: Uint8Array) => inbox.put(piece));
  socket.on("end", () => inbox.end());
  socket.on("error", (error: Error) => {
    ready.reject(error);
    inbox.fail(error);
  });
  await ready.promise;
  return {
    cipherSuite: socket.getCipher().standardName,
    read: () => inbox.take(),
    write: (bytes) => new Promise((resolve, reject) => socket.write(bytes, (e) => e ? reject(e) : resolve())),
    close: () => void socket.destroy(),
  };
}
