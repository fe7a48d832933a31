/**
 * The explanation of a connection as data: its steps, in order.
 *
 * @module
 */

/** One field of a message, by its name in the RFC. */
export interface ExplainedField {
  /** Name of the field: `legacy_version`, `server_name`; of an entry in a list, its index: `[0]`. */
  readonly name: string;
  /** The value for people: names for numbers, text for names, the length of opaque bytes. Visible characters only. */
  readonly value: string;
  /** Offset of the field's first byte in the message. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
  /** The fields inside; empty where there are none. */
  readonly fields: readonly ExplainedField[];
  /** Why it cannot be read; absent where it can. */
  readonly problem?: string;
}

/** A decision that was taken because of a message, and the reason. */
export interface ExplainedDecision {
  /** Subject of the decision: `version`, `cipher suite`, `certificate`. */
  readonly about: string;
  /** The decision, as a sentence without its full stop. */
  readonly decision: string;
  /** The reason, as a sentence without its full stop; absent where none is known. */
  readonly because?: string;
  /** Whether it ends the handshake; absent where it does not. */
  readonly refuses?: true;
}

/** A message inside another one: compressed, or encrypted for its receiver alone. */
export interface ExplainedInner {
  /** Name of the message: `Certificate`, `ClientHello`. */
  readonly name: string;
  /** Its bytes; of a Certificate that was compressed, without the header, which is not part of it. */
  readonly bytes: Uint8Array;
  /** Its fields. */
  readonly fields: readonly ExplainedField[];
  /** Why it cannot be read as what it claims to be; absent where it can. */
  readonly problem?: string;
}

/** A handshake message, an alert or a ChangeCipherSpec. */
export interface ExplainedMessage {
  /** `message`. */
  readonly type: "message";
  /** The end that sent it. */
  readonly sender: "client" | "server";
  /** Name of the message: `ClientHello`, `Alert`. */
  readonly name: string;
  /** The whole message, its header included; of one that is cut short, as far as it came. */
  readonly bytes: Uint8Array;
  /** Its fields. */
  readonly fields: readonly ExplainedField[];
  /** Numbers of the first and the last record of the sender that hold it, from 1 on. */
  readonly records: readonly [first: number, last: number];
  /** Whether its (last) record was encrypted. */
  readonly encrypted: boolean;
  /** Why it cannot be read as what it claims to be; absent where it can. */
  readonly problem?: string;
  /** The Certificate of a CompressedCertificate, or the ClientHello that this one has encrypted; absent in others. */
  readonly inner?: ExplainedInner;
  /** The decisions that were taken because of it. */
  readonly decisions: readonly ExplainedDecision[];
  /** Time since the connection was begun, in milliseconds. */
  readonly at: number;
}

/** Application data in a row; its content is not kept. Or early data that was refused and skipped. */
export interface ExplainedData {
  /** `data`. */
  readonly type: "data";
  /** The end that sent it. */
  readonly sender: "client" | "server";
  /** Bytes of content; of skipped early data, of its records. */
  readonly length: number;
  /** Numbers of the first and the last record. */
  readonly records: readonly [first: number, last: number];
  /** Whether it was skipped, being early data that is refused. */
  readonly skipped: boolean;
  /** Time since the connection was begun, in milliseconds. */
  readonly at: number;
}

/** A change of keys: records of one end are protected with others from here on. */
export interface ExplainedKeyChange {
  /** `keys`. */
  readonly type: "keys";
  /** The end whose records have other keys. */
  readonly sender: "client" | "server";
  /** The secret that the keys come from: `client_handshake_traffic_secret`. */
  readonly secret: string;
  /** Time since the connection was begun, in milliseconds. */
  readonly at: number;
}

/** A secret that was derived. */
export interface ExplainedSecret {
  /** `secret`. */
  readonly type: "secret";
  /** Label of the secret (RFC 9850). */
  readonly label: string;
  /** The secret; there only where the config has a key log. */
  readonly secret?: Uint8Array;
  /** Time since the connection was begun, in milliseconds. */
  readonly at: number;
}

/** The end of the handshake, or the failure of the connection. */
export interface ExplainedOutcome {
  /** `outcome`. */
  readonly type: "outcome";
  /** Whether the handshake is done. */
  readonly succeeded: boolean;
  /** The outcome, as a sentence; of a failure, the message of the error. */
  readonly text: string;
  /** Code of the failure: a {@linkcode TlsErrorCode}. */
  readonly code?: string;
  /** Advice for the reader. */
  readonly hint?: string;
  /** Facts that belong to the outcome: what was agreed on, or the refused certificate. */
  readonly details: readonly (readonly [name: string, value: string])[];
  /** Time since the connection was begun, in milliseconds. */
  readonly at: number;
}

/** Steps that were left out, because the peer has sent more than is kept. */
export interface ExplainedOmission {
  /** `omission`. */
  readonly type: "omission";
  /** How many records and other events are left out. */
  readonly events: number;
  /** Bytes of content in them. */
  readonly bytes: number;
}

/** One step of a connection. */
export type ExplainedStep =
  | ExplainedMessage
  | ExplainedData
  | ExplainedKeyChange
  | ExplainedSecret
  | ExplainedOutcome
  | ExplainedOmission;
