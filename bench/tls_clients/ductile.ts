/**
 * Ours: the state machine over a TCP connection of Deno's.
 *
 * @module
 */

import { type Duplex, writeAll } from "../../io/duplex.ts";
import {
  type ClientConfigOptions,
  nodeCrypto,
  RootCertStore,
  TlsConnector,
  webCrypto,
} from "../../tls/mod.ts";
import type { Role } from "../harness.ts";
import { dial, READ_SIZE, type TlsKind, type TlsLink, type TlsTarget } from "./tls_client.ts";

/** What ours may be set up with. */
export type Setup = Pick<ClientConfigOptions, "crypto" | "sessions" | "cipherSuites">;

/** Ours in its default setup, no session being resumed. */
export const ductile: TlsKind = ours("Ductile", "ours", () => ({ sessions: false }));

/** Ours with each of the other providers. */
export const ductileVariants: readonly TlsKind[] = [
  ours("Ductile, nodeCrypto", "variant", () => ({ sessions: false, crypto: nodeCrypto() })),
  ours("Ductile, webCrypto", "variant", () => ({ sessions: false, crypto: webCrypto() })),
];

/** Ours with AES-GCM, which a server may insist on. */
export const ductileAes: TlsKind = ours("Ductile, AES-128-GCM", "variant", () => ({
  sessions: false,
  cipherSuites: ["TLS_AES_128_GCM_SHA256"],
}));

/** Ours where each connection is the first: no chain is remembered that was verified before. */
export const ductileFirstMeeting: TlsKind = {
  name: "Ductile, chain not seen before",
  role: "variant",
  open: (target) => Promise.resolve({ connect: () => connect(target, { sessions: false }) }),
};

/** Ours, resuming. */
export const ductileResuming: TlsKind = ours("Ductile, resumed", "ours", () => ({}));

/** Ours, resuming, with each of the other providers. */
export const ductileResumingVariants: readonly TlsKind[] = [
  ours("Ductile, resumed, nodeCrypto", "variant", () => ({ crypto: nodeCrypto() })),
  ours("Ductile, resumed, webCrypto", "variant", () => ({ crypto: webCrypto() })),
];

/** Ours, as it is set up. */
export function ours(name: string, role: Role, setup: () => Setup): TlsKind {
  return {
    name,
    role,
    open(target) {
      const connector = connectorFor(target, setup());
      return Promise.resolve({ connect: () => connect(target, connector) });
    },
  };
}

function connectorFor({ caCert }: TlsTarget, setup: Setup): TlsConnector {
  return new TlsConnector({ roots: RootCertStore.fromPem(caCert), ...setup });
}

async function connect(target: TlsTarget, how: TlsConnector | Setup): Promise<TlsLink> {
  const connector = how instanceof TlsConnector ? how : connectorFor(target, how);
  const stream = await connector.connect(target.hostname, await dial(target));
  return { ...duplexLink(stream), isResumed: stream.connection.resumed };
}

/** A duplex as a connection of the benches. */
export function duplexLink(stream: Duplex): TlsLink {
  let buffer: Uint8Array | undefined;
  return {
    async read() {
      const into = buffer ??= new Uint8Array(READ_SIZE);
      const count = await stream.read(into);
      return count === null ? undefined : into.subarray(0, count);
    },
    write: (bytes) => writeAll(stream, bytes),
    close: () => stream.close(),
  };
}
