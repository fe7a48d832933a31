/**
 * The log of a connection: what a recorder keeps of it, in order, as it came. Nothing of it is decoded yet.
 *
 * @module
 */

import type { KeyLogEntry } from "../config/config_types.ts";
import type { ClientContext } from "../handshake/client/context.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { ServerContext } from "../handshake/server/context.ts";
import type { RecordDirection } from "../record/record_listener.ts";

/** One record, or several records of application data in a row. */
export interface LoggedRecord {
  readonly type: "record";
  readonly direction: RecordDirection;
  /** Number of the (first) record in its direction, from 1 on. */
  readonly number: number;
  readonly contentType: number;
  readonly isProtected: boolean;
  /** Content of a handshake message, an alert or a ChangeCipherSpec; absent for application data, which is not kept. */
  readonly content?: Uint8Array;
  /** Application data: how many records in a row, and how many bytes they hold in all. */
  records: number;
  bytes: number;
}

/** A conclusion that the handshake drew, as its own functions report it. */
export type LoggedConclusion =
  /**
   * The peer's certificates, or those of a session, were judged; `refusal` is absent where they are trusted. `path` has
   * the names of the certification path (DER), the root's last, where one was asked for.
   */
  | {
    readonly about: "certificate";
    readonly isRawPublicKey: boolean;
    /** The name that a server's certificate must be for: with ECH that is rejected, the public one. */
    readonly serverName?: string;
    /** Time by which they were judged. */
    readonly time: Date;
    readonly refusal?: unknown;
    readonly path?: readonly Uint8Array[];
  }
  /** A client asked its config for identities to show to a server that asks for a certificate. */
  | { readonly about: "client_identity"; readonly identities: number; readonly authorities: number }
  /** A server asked its config for identities for a client. */
  | {
    readonly about: "server_identity";
    readonly identities: number;
    readonly serverName: string | undefined;
  }
  /** A client asked its store for a session. */
  | { readonly about: "stored_session"; readonly found: boolean }
  /** This end decompressed the peer's Certificate, or compressed its own; without their headers. */
  | { readonly about: "decompressed_certificate"; readonly certificate: Uint8Array }
  | { readonly about: "compressed_certificate"; readonly certificate: Uint8Array }
  /** The inner ClientHello (RFC 9849), header included, of the hello that is sent next or came last. */
  | { readonly about: "sent_inner_hello"; readonly message: Uint8Array }
  | { readonly about: "received_inner_hello"; readonly message: Uint8Array }
  /** A client put a session into its store. */
  | { readonly about: "kept_session" }
  /** A server looked a ticket or session ID up. */
  | { readonly about: "offered_session"; readonly found: boolean };

/** An entry of the log; `at` is in milliseconds since the connection was begun. */
export type LogEntry =
  & { readonly at: number }
  & (
    | LoggedRecord
    /** A record was skipped as early data that is refused. */
    | { readonly type: "skipped"; readonly number: number; readonly bytes: number }
    | { readonly type: "keys"; readonly direction: RecordDirection }
    /** `secret` is there only where the config has a key log. */
    | { readonly type: "secret"; readonly label: KeyLogEntry["label"]; readonly secret?: Uint8Array }
    | ({ readonly type: "conclusion" } & LoggedConclusion)
    | { readonly type: "established"; readonly facts: TlsConnectionFacts }
    /** `messages` is the number of handshake messages of the peer that were read. */
    | { readonly type: "failed"; readonly reason: unknown; readonly messages: number }
  );

/** The log of one connection. */
export interface ConnectionLog {
  readonly role: "client" | "server";
  readonly entries: readonly LogEntry[];
  /** The first bytes of the peer. */
  readonly firstBytes: Uint8Array;
  /** Entries that were left out behind the last one, and their bytes. */
  readonly omitted: { readonly entries: number; readonly bytes: number };
  /** The configuration of the handshake; absent before it has begun. */
  readonly client?: ClientContext;
  readonly server?: ServerContext;
}
