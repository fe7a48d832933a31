/**
 * Failures of the command line: an exit code for scripts; a message, its causes and a hint for people.
 *
 * @module
 */

import { printable, withoutUserinfo } from "./text.ts";
import { ClientError, type ClientErrorCode } from "../client/error/client_error.ts";

/** Exit codes. The numbers are curl's, so that a script can use either. */
export const ExitCode = {
  ok: 0,
  unsupported_scheme: 1,
  usage: 2,
  malformed_url: 3,
  unsupported_feature: 4,
  dns: 6,
  connect: 7,
  protocol: 8,
  refused: 16,
  truncated: 18,
  http_status: 22,
  write: 23,
  read: 26,
  timeout: 28,
  range: 33,
  handshake: 35,
  resume: 36,
  unexpected: 43,
  redirects: 47,
  no_answer: 52,
  client_certificate: 58,
  certificate: 60,
  decoding: 61,
  too_large: 63,
  ca_file: 77,
  pin: 90,
  stream_reset: 92,
  proxy: 97,
  interrupted: 130,
} as const;
/** An exit code. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** The meaning of each exit code, for `--help`. */
export const EXIT_CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [ExitCode.ok, "the response is complete, whatever its status (but see --fail)"],
  [ExitCode.unsupported_scheme, "the URL, or a redirect, is neither http: nor https:"],
  [ExitCode.usage, "the arguments are wrong, or ask for what cannot be done"],
  [ExitCode.malformed_url, "the URL cannot be parsed"],
  [ExitCode.unsupported_feature, "a part that is loaded on demand cannot be: see --cookie-jar"],
  [ExitCode.dns, "the host name has no address"],
  [ExitCode.connect, "the connection could not be made"],
  [ExitCode.protocol, "the server broke the rules of HTTP"],
  [ExitCode.refused, "the server refused the request unprocessed"],
  [ExitCode.truncated, "the connection ended inside the response"],
  [ExitCode.http_status, "the status is 400 or above, with --fail or --fail-with-body"],
  [ExitCode.write, "the body could not be written, or does not belong on a terminal"],
  [ExitCode.read, "the data to send could not be read"],
  [ExitCode.timeout, "it took too long"],
  [ExitCode.range, "the server does not resume where --continue-at asks it to"],
  [ExitCode.handshake, "TLS could not agree"],
  [ExitCode.resume, "the file to resume cannot be used"],
  [ExitCode.unexpected, "something else, which is a bug"],
  [ExitCode.redirects, "too many redirects, or one that must not be followed"],
  [ExitCode.no_answer, "the connection ended before an answer"],
  [ExitCode.client_certificate, "--cert or --key cannot be used, or --cacert makes no sense to TLS"],
  [ExitCode.certificate, "the server's certificate was refused, or, with --scan, expires"],
  [ExitCode.decoding, "the body does not decode, with --compressed"],
  [ExitCode.too_large, "the response's head is too large, or its body with --max-filesize"],
  [ExitCode.ca_file, "--cacert or --roots cannot be read or loaded"],
  [ExitCode.pin, "the server's key is not the one of --pinnedpubkey"],
  [ExitCode.stream_reset, "the server reset the HTTP/2 stream"],
  [ExitCode.proxy, "the proxy refused the tunnel or the credentials, or broke its protocol"],
  [ExitCode.interrupted, "interrupted with Ctrl-C"],
];

/** Options of {@linkcode CliError}. */
export interface CliErrorOptions extends ErrorOptions {
  /** A sentence on what can be done about it. */
  readonly hint?: string;
}

/** A failure that the command line itself found. */
export class CliError extends Error {
  /** `CliError`. */
  override readonly name = "CliError";
  /** The exit code. */
  readonly exitCode: ExitCode;
  /** A sentence on what can be done about it, if anything. */
  readonly hint?: string;

  /**
   * @param exitCode What to exit with.
   * @param message What was refused and why.
   * @param options The failure underneath, and the hint.
   */
  constructor(exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/**
 * Makes the error for arguments that cannot be used.
 *
 * @param message The argument that is refused, and the reason; without values, which may be credentials.
 * @param hint A sentence on what can be done about it.
 */
export function usageError(
  message: string,
  hint = "Run with --help to see what can be asked for.",
): CliError {
  return new CliError(ExitCode.usage, message, { hint });
}

/** The exit code for `error`. */
export function exitCodeFor(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ClientError && error.cause instanceof CliError) return error.cause.exitCode;
  if (error instanceof ClientError && isNamed(error.cause, "NativeRootsError")) return ExitCode.ca_file;
  if (isNamed(error, "WebSocketError")) return webSocketExitCode(error);
  return error instanceof ClientError ? CLIENT_EXIT_CODES[error.code] : ExitCode.unexpected;
}

/** The class is loaded with the first WebSocket, so an error of it is known by its name. */
function webSocketExitCode(error: Error): ExitCode {
  const code = "code" in error ? error.code : undefined;
  if (code === "truncated") return ExitCode.truncated;
  return code === "ping_timeout" || code === "close_timeout" ? ExitCode.timeout : ExitCode.protocol;
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

/**
 * Describes `error` for people: the message, a line for each cause, and the hint.
 *
 * @returns Lines, each with its line feed, printable and without credentials.
 */
export function describeFailure(error: unknown): string {
  let said = messageOf(error);
  const lines = [`ductile: ${said}`];
  let cause = causeOf(error);
  for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth++) {
    const message = messageOf(cause);
    // The client's messages end with what the layer below said.
    if (!said.toLowerCase().includes(message.toLowerCase())) lines.push(`  cause: ${message}`);
    said = message;
    cause = causeOf(cause);
  }
  const hint = hintFor(error);
  if (hint !== undefined) lines.push(`  hint: ${printable(hint)}`);
  return lines.join("\n") + "\n";
}

/** Causes that are shown: they can form a circle, and five say enough. */
const MAX_CAUSES = 5;
/** Characters of one message, which may quote a peer: as many as fit a screen. */
const MAX_MESSAGE_CHARS = 1_000;

function messageOf(error: unknown): string {
  const text = error instanceof Error
    ? isSentence(error) ? error.message : `${error.name}: ${error.message}`
    : String(error);
  return printable(
    withoutUserinfo(text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS)}…` : text),
  );
}

/** Whether the message is a sentence of this project. */
function isSentence(error: Error): boolean {
  return /^Cannot |^Interrupted/.test(error.message);
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function hintFor(error: unknown): string | undefined {
  if (error instanceof CliError) return error.hint;
  if (error instanceof ClientError && error.cause instanceof CliError) return error.cause.hint;
  if (error instanceof ClientError && isOldServer(error.cause)) return OLD_SERVER_HINT;
  if (error instanceof ClientError && /authority's, which must not/.test(error.message)) {
    return AUTHORITY_HINT;
  }
  if (error instanceof ClientError) {
    return HINTS[error.code] ?? error.hint?.replace("cert and key", "--cert and --key");
  }
  if (isNamed(error, "WebSocketError")) return undefined;
  return "This is not meant to happen; please report it.";
}

function isOldServer(cause: unknown): boolean {
  return isNamed(cause, "TlsError") && "code" in cause && cause.code === "unsupported_protocol_version";
}

const OLD_SERVER_HINT =
  "The server seems to speak nothing newer than TLS 1.1, which is not safe and is not spoken here.";

/** `openssl req -x509` makes an authority's certificate, and many servers show one. */
const AUTHORITY_HINT =
  "Know the server by its key, with --insecure beside --pinnedpubkey (--insecure --verbose shows it); " +
  "or let the authority sign one for the server (CA:FALSE).";

/** Hints that name a flag where the client's names an option. */
const HINTS: Partial<Record<ClientErrorCode, string>> = {
  connect_timeout: "Check the address and the firewall, or allow more time with --connect-timeout.",
  handshake_timeout: "Allow more time with --connect-timeout, or find out what holds the server up.",
  total_timeout: "Allow more time with --max-time, or find out what holds the server up.",
  too_many_redirects: "Allow more with --max-redirs, or leave out --location to see where they lead.",
  proxy_auth_required: "Give the user name and the password of the proxy: --proxy-user USER:PASSWORD.",
  certificate_wrong_name: "Use a name that the certificate has.",
  certificate_unknown_issuer: "Name the file with its authority's certificate: --cacert FILE.",
};

const CLIENT_EXIT_CODES: Readonly<Record<ClientErrorCode, ExitCode>> = {
  invalid_request: ExitCode.usage,
  invalid_url: ExitCode.malformed_url,
  unsupported_scheme: ExitCode.unsupported_scheme,
  https_required: ExitCode.unsupported_scheme,
  no_tls_connector: ExitCode.unsupported_scheme,
  unsupported_option: ExitCode.usage,
  dns: ExitCode.dns,
  connection_refused: ExitCode.connect,
  connect_failed: ExitCode.connect,
  permission_denied: ExitCode.connect,
  connect_timeout: ExitCode.timeout,
  handshake_timeout: ExitCode.timeout,
  headers_timeout: ExitCode.timeout,
  body_timeout: ExitCode.timeout,
  total_timeout: ExitCode.timeout,
  certificate_expired: ExitCode.certificate,
  certificate_not_yet_valid: ExitCode.certificate,
  certificate_wrong_name: ExitCode.certificate,
  certificate_unknown_issuer: ExitCode.certificate,
  certificate_revoked: ExitCode.certificate,
  certificate_invalid: ExitCode.certificate,
  certificate_rejected: ExitCode.certificate,
  pin_mismatch: ExitCode.pin,
  client_certificate_required: ExitCode.handshake,
  bad_certificate_pem: ExitCode.client_certificate,
  bad_key_pem: ExitCode.client_certificate,
  roots_unavailable: ExitCode.ca_file,
  handshake_failed: ExitCode.handshake,
  protocol_error: ExitCode.protocol,
  too_large: ExitCode.too_large,
  truncated: ExitCode.truncated,
  connection_closed: ExitCode.no_answer,
  refused: ExitCode.refused,
  tunnel_refused: ExitCode.refused,
  stream_reset: ExitCode.stream_reset,
  too_many_redirects: ExitCode.redirects,
  redirect_refused: ExitCode.redirects,
  decoding_failed: ExitCode.decoding,
  request_body_failed: ExitCode.read,
  client_closed: ExitCode.unexpected,
  proxy_auth_required: ExitCode.proxy,
  proxy_auth_failed: ExitCode.proxy,
  proxy_refused: ExitCode.proxy,
  proxy_unreachable: ExitCode.proxy,
  proxy_closed: ExitCode.proxy,
  proxy_protocol: ExitCode.proxy,
};
