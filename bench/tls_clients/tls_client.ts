/**
 * The face that every TLS library shows to the benches, so that each question is written once.
 *
 * It is one connection as a pair of `read` and `write`, over TCP that each library is given or opens itself, with
 * Nagle's algorithm off for all. Every one of them verifies the server's certificate against one authority.
 *
 * @module
 */

import type { Role } from "../harness.ts";

/** A TLS library that takes part. */
export interface TlsKind {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** Whether it has nothing newer than TLS 1.1 with RSA, and meets a server of its own. Default: false. */
  readonly isOld?: boolean;
  /** Where it is so slow that it gets a short body instead of the bulk. Default: nowhere. */
  readonly slowAt?: readonly ("download" | "upload")[];
  /** Gets ready what serves many connections. Throws `Absent` where it cannot take part. */
  open(target: TlsTarget): Promise<TlsDialer>;
}

/** The server to connect to. */
export interface TlsTarget {
  /** The address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** The name to ask for, and to verify. */
  readonly hostname: string;
  /** The authority to trust, PEM. */
  readonly caCert: string;
}

/** Connects as often as it is asked to. */
export interface TlsDialer {
  /** Connects and shakes hands. */
  connect(): Promise<TlsLink>;
}

/** A connection. */
export interface TlsLink {
  /** Some data, good until the next read; `undefined`: the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Sends data, which is free again when the promise settles. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes it. */
  close(): void;
  /** Whether it took up an earlier session, where the library tells. */
  readonly isResumed?: boolean;
  /** The cipher suite, where the library tells; Deno's TLS does not. */
  readonly cipherSuite?: string;
}

/** Bytes of one read: many TLS records, as they come 16 KiB at a time but queue up in the kernel. */
export const READ_SIZE = 262_144;

/** TCP to a target. */
export async function dial({ address, port }: TlsTarget): Promise<Deno.TcpConn> {
  const tcp = await Deno.connect({ hostname: address, port });
  tcp.setNoDelay(true);
  return tcp;
}
