/**
 * The options of a `DenoTls`, and the checks that the runtime leaves out: it ignores a `caCerts` without a certificate,
 * and finds a bad key only after it has dialled.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { decodePemBlock, parsePemCertificates, pemHint, readPemBlocks } from "../../io/pem.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_REMEMBERED_CA_CERTS } from "../limits.ts";
import { normalizeServerName } from "../names/server_name.ts";

/** Options of a {@linkcode DenoTls}. */
export interface DenoTlsOptions {
  /**
   * Certificates to trust, as PEM with one or more in a string. They are **added** to those that Deno trusts; Deno cannot
   * trust these alone. Default: none.
   */
  readonly caCerts?: string | readonly string[];
  /** The client's certificate and the intermediate ones, as PEM; needs `key`. Default: none. */
  readonly cert?: string;
  /** Private key of `cert`, as PEM, not encrypted; needs `cert`. Default: none. */
  readonly key?: string;
  /** Name to ask for and to verify. Default: the name of the host that is connected to. */
  readonly serverName?: string;
  /** ALPN protocols, in order of preference; empty disables ALPN. Default: `["h2", "http/1.1"]`. */
  readonly alpnProtocols?: readonly string[];
  /**
   * Whether to accept a certificate that is valid for another name: the holder of any certificate of a trusted
   * authority can then read and change everything. Default: false.
   */
  readonly dangerAcceptInvalidHostnames?: boolean;
}

/** A client's certificate chain and its key, as PEM. */
export interface PemIdentity {
  /** One or more `CERTIFICATE` blocks. */
  readonly cert: string;
  /** One private key. */
  readonly key: string;
}

/** {@linkcode DenoTlsOptions}, checked, in the forms that the runtime takes. */
export interface ResolvedDenoTlsOptions {
  /** Certificates to trust, one PEM block in each string. */
  readonly caCerts: string[];
  /** The client's certificate chain and key. */
  readonly identity: PemIdentity | undefined;
  /** Name to ask for and to verify, normalised. */
  readonly serverName: string | undefined;
  /** ALPN protocols, in order of preference; empty disables ALPN. */
  readonly alpnProtocols: readonly string[];
  /** Whether a certificate for another name is accepted. */
  readonly unsafelyDisableHostnameVerification: boolean;
}

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof DenoTlsOptions>([
  "caCerts",
  "cert",
  "key",
  "serverName",
  "alpnProtocols",
  "dangerAcceptInvalidHostnames",
]);

/**
 * Checks the options of a `DenoTls`.
 *
 * @throws {TypeError} for an unknown option, a `cert` without a `key` or the reverse, a bad name or protocol.
 * @throws {TlsError} `bad_certificate_pem` or `bad_key_pem` for PEM that cannot be used.
 */
export function checkOptions(options: DenoTlsOptions): ResolvedDenoTlsOptions {
  for (const name of Object.keys(options)) {
    // An option that is misspelt, or another library's, must not be dropped in silence.
    if (!OPTION_NAMES.has(name)) throw new TypeError(`Cannot make a DenoTls: it has no option "${name}"`);
  }
  const { caCerts = [], cert, key, serverName, alpnProtocols = ["h2", "http/1.1"] } = options;
  for (const [name, value] of Object.entries({ caCerts: [caCerts].flat(), cert: [cert], key: [key] })) {
    if (value.some((pem: unknown) => pem !== undefined && typeof pem !== "string")) {
      throw new TypeError(`Cannot make a DenoTls: "${name}" is no text; pass PEM as readTextFile() gives it`);
    }
  }
  const { dangerAcceptInvalidHostnames = false } = options;
  // An environment variable that says "false" must not mean true.
  if (typeof dangerAcceptInvalidHostnames !== "boolean") {
    throw new TypeError('Cannot make a DenoTls: "dangerAcceptInvalidHostnames" is neither true nor false');
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
    throw new TypeError(`Cannot make a DenoTls: "${given}" needs "${missing}" beside it`);
  }
  return {
    caCerts: [caCerts].flat().flatMap(checkAuthorities),
    identity: cert === undefined || key === undefined
      ? undefined
      : { cert: checkCertificates("cert", cert).join(""), key: checkKey(key) },
    serverName: serverName === undefined ? undefined : normalizeServerName(serverName),
    alpnProtocols: checkAlpnProtocols(alpnProtocols),
    unsafelyDisableHostnameVerification: dangerAcceptInvalidHostnames,
  };
}

/**
 * Checks ALPN protocols: `opaque ProtocolName<1..2^8-1>; ProtocolName protocol_name_list<2..2^16-1>` (RFC 7301 §3.1).
 *
 * @throws {TypeError} when one is empty or too long, or there are too many.
 */
export function checkAlpnProtocols(protocols: readonly string[]): readonly string[] {
  // A string alone would be a list of its letters.
  if (!Array.isArray(protocols)) throw new TypeError("Cannot offer protocols by ALPN: they are no list");
  let listLength = 0;
  for (const protocol of protocols) {
    const { length } = ENCODER.encode(protocol);
    if (length < 1 || length > 0xff) {
      throw new TypeError(`Cannot offer "${protocol}" by ALPN: it has ${length} bytes, not 1 to 255`);
    }
    listLength += 1 + length;
  }
  if (listLength > 0xffff) {
    throw new TypeError("Cannot offer so many protocols: ALPN has room for 65535 bytes");
  }
  return protocols;
}

const ENCODER = new TextEncoder();

/** Certificates of the last values of `caCerts`: a program that makes a client for each request passes the same. */
const checkedCaCerts = new Map<string, readonly string[]>();

function checkAuthorities(pem: string): readonly string[] {
  let checked = checkedCaCerts.get(pem);
  if (checked === undefined) {
    checked = checkCertificates("caCerts", pem);
    if (checkedCaCerts.size === MAX_REMEMBERED_CA_CERTS) checkedCaCerts.clear();
    checkedCaCerts.set(pem, checked);
  }
  return checked;
}

/** Checks certificates and encodes them anew, so that the runtime sees what was checked and nothing else. */
function checkCertificates(option: string, pem: string): string[] {
  try {
    return parsePemCertificates(pem).map((der) => encodePem("CERTIFICATE", der));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TlsError("bad_certificate_pem", `Cannot use "${option}": ${reasonOf(cause)}`, {
      cause,
      ...pemHint(pem),
    });
  }
}

/** PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) and SEC 1 (RFC 5915). */
const KEY_LABELS: readonly string[] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

function checkKey(pem: string): string {
  const refuse = (reason: string, hint: { readonly hint?: string }): TlsError =>
    new TlsError("bad_key_pem", `Cannot use "key": ${reason}`, hint);
  try {
    const blocks = readPemBlocks(pem);
    const isEncrypted = blocks.some(({ label, lines }) =>
      label === "ENCRYPTED PRIVATE KEY" || lines.some((line) => /^Proc-Type:.*ENCRYPTED/.test(line))
    );
    if (isEncrypted) throw refuse("it is encrypted", { hint: "Decrypt it, for example with openssl pkey." });
    const [key, ...others] = blocks.filter(({ label }) => KEY_LABELS.includes(label));
    if (key === undefined) throw refuse('it has no "PRIVATE KEY" block', pemHint(pem, "PRIVATE KEY"));
    if (others.length > 0) {
      throw refuse("it has several keys", { hint: "Pass the one key that belongs to the certificate." });
    }
    return encodePem(key.label, decodePemBlock(key));
  } catch (error) {
    // The reader's messages have line numbers and labels, nothing of the key; they need not be the cause.
    throw error instanceof SyntaxError ? refuse(reasonOf(error), pemHint(pem, "PRIVATE KEY")) : error;
  }
}

function encodePem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${encodeBase64(der)}\n-----END ${label}-----\n`;
}

/** The reason in a message of the form "Cannot do x: reason". */
function reasonOf(error: SyntaxError): string {
  return error.message.replace(/^[^:]*: /, "");
}
