/**
 * Ductile's TLS over a TCP connection of Deno's.
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

/** The options that a variant sets. */
export type Setup = Pick<ClientConfigOptions, "crypto" | "sessions" | "cipherSuites">;

/** Ductile's TLS by default, without resumption. */
export const ductile: TlsKind = setUp("Ductile", "ductile", () => ({ sessions: false }));

/** The same with each of the other providers. */
export const ductileVariants: readonly TlsKind[] = [
  setUp("Ductile, nodeCrypto", "variant", () => ({ sessions: false, crypto: nodeCrypto() })),
  setUp("Ductile, webCrypto", "variant", () => ({ sessions: false, crypto: webCrypto() })),
];

/** The same with AES-GCM, which a server may insist on. */
export const ductileAes: TlsKind = setUp("Ductile, AES-128-GCM", "variant", () => ({
  sessions: false,
  cipherSuites: ["TLS_AES_128_GCM_SHA256"],
}));

/** The same where each connection is the first: no verified chain is remembered. */
export const ductileFirstMeeting: TlsKind = {
  name: "Ductile, chain not seen before",
  role: "variant",
  open: (target) => Promise.resolve({ connect: () => connect(target, { sessions: false }) }),
};

/** Ductile's TLS, resuming. */
export const ductileResuming: TlsKind = setUp("Ductile, resumed", "ductile", () => ({}));

/** The same, resuming, with each of the other providers. */
export const ductileResumingVariants: readonly TlsKind[] = [
  setUp("Ductile, resumed, nodeCrypto", "variant", () => ({ crypto: nodeCrypto() })),
  setUp("Ductile, resumed, webCrypto", "variant", () => ({ crypto: webCrypto() })),
];

/** Ductile's TLS with these options. */
export function setUp(name: string, role: Role, setup: () => Setup): TlsKind {
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
  const { resumed, cipherSuite } = stream.connection;
  return { ...duplexLink(stream), isResumed: resumed, cipherSuite };
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
