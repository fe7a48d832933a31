/**
 * What a scan has found, as a value: `--scan=json` prints it as it is.
 *
 * @module
 */

import type {
  CipherSuiteName,
  EnabledVersionName,
  NamedGroupName,
  ProtocolVersionName,
  SignatureSchemeName,
} from "../../tls/mod.ts";

/** A certificate of the server's chain; one that cannot be read has its fingerprint alone. */
export interface ScannedCertificate {
  /** The subject as text (RFC 4514). */
  readonly subject?: string;
  /** The issuer as text. */
  readonly issuer?: string;
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  /** First second of validity, ISO 8601. */
  readonly notBefore?: string;
  /** Last second of validity, ISO 8601. */
  readonly notAfter?: string;
  /** Whole days until then; negative where it is over. */
  readonly daysLeft?: number;
  /** Type of the public key. */
  readonly keyType?: string;
  /** Bits of the public key, where they are known. */
  readonly keySize?: number;
  /** Algorithm of the issuer's signature. */
  readonly signatureAlgorithm?: string;
  /** Hash of the public key, as pins have it. */
  readonly pin?: string;
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
}

/** Whether the chain is trusted. */
export type Trust = { readonly trusted: true } | {
  readonly trusted: false;
  /** The code of the error. */
  readonly code: string;
  /** Its message. */
  readonly message: string;
};

/** What one version of TLS is like on the server. */
export interface ScannedVersion {
  /** Suites that the server accepts, each offered alone. */
  readonly cipherSuites: readonly CipherSuiteName[];
  /** Whose order decides among them; absent where there is one only. */
  readonly order?: "client" | "server";
}

/** What a TLS server is. */
export interface ScanReport {
  /** The host. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The server's answer to an ordinary client. */
  readonly chosen: {
    readonly protocolVersion: ProtocolVersionName;
    readonly cipherSuite: CipherSuiteName;
    readonly keyExchangeGroup: NamedGroupName;
    readonly signatureScheme?: SignatureSchemeName;
  };
  /** Whether the chain verifies, for this name and today. */
  readonly trust: Trust;
  /** The chain as the server sends it. */
  readonly certificates: readonly ScannedCertificate[];
  /** The server's certificate where a client names no host. */
  readonly withoutName: "same" | "other" | "refused";
  /** Versions that are spoken here, and their suites; a version that the server refuses is absent. */
  readonly versions: Partial<Record<EnabledVersionName, ScannedVersion>>;
  /** Versions that no server should speak: `null` where there was no answer. */
  readonly oldVersions: Readonly<Record<string, boolean | null>>;
  /** Groups that the server accepts, each offered alone. */
  readonly groups: readonly NamedGroupName[];
  /** ALPN protocols that the server accepts, each offered alone. */
  readonly alpn: readonly string[];
  /** What a client that comes back gets. */
  readonly resumption: {
    /** Whether a session was given. */
    readonly offered: boolean;
    /** Whether it was accepted on the next connection; absent where none was given. */
    readonly accepted?: boolean;
    /** Bytes of early data that it allows; 0: none. */
    readonly maxEarlyDataSize: number;
  };
  /** Questions without an answer, so that what they asked for may be there and is not listed; absent for none. */
  readonly unanswered?: number;
  /** Whether an OCSP response is stapled. */
  readonly ocspStapled: boolean;
  /** Whether TLS 1.2 has the extended main secret (RFC 7627); absent without TLS 1.2. */
  readonly extendedMainSecret?: boolean;
}
