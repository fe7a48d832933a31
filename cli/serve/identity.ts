/**
 * The certificate of the command's server: the one that is named, or one that is made.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { parsePemCertificates } from "../../io/pem.ts";
import { ExitCode, usageError } from "../error.ts";
import { readPemFile } from "../file.ts";
import type { ServeFolderCommand } from "./command.ts";
import type { ServeHost } from "./host.ts";

/** A certificate and its key, and what clients know it by. */
export interface ServedIdentity {
  /** Certificate chain, PEM. */
  readonly cert: string;
  /** Private key, PEM. */
  readonly key: string;
  /** Lines about the certificate. */
  readonly lines: readonly string[];
}

/**
 * Reads or makes the certificate.
 *
 * @throws {CliError} `client_certificate` where a file cannot be used; `usage` for a name that is none.
 */
export async function chooseIdentity(command: ServeFolderCommand, host: ServeHost): Promise<ServedIdentity> {
  const { certFile, keyFile = certFile } = command;
  if (certFile === undefined || keyFile === undefined) return await makeIdentity(command, host);
  const code = ExitCode.client_certificate;
  const cert = await readPemFile(certFile, "certificate", code, "the certificate", host);
  const key = await readPemFile(keyFile, "private key", code, "the private key", host);
  return { cert, key, lines: [`  SHA-256  ${await fingerprint(cert)}`] };
}

async function makeIdentity(command: ServeFolderCommand, host: ServeHost): Promise<ServedIdentity> {
  const names = namesOf(command);
  const now = host.now();
  const { selfSigned } = await import("../../tls/config/self_signed.ts");
  const validity = {
    notBefore: new Date(now - MAX_CLOCK_SKEW_MS),
    notAfter: new Date(now + MAX_LIFETIME_MS),
  };
  const { cert, key, publicKey } = await selfSigned({ names, ...validity }).catch((cause) => {
    throw cause instanceof TypeError
      ? usageError(cause.message.replace(/^Cannot make a certificate/, "Cannot use --name"))
      : cause;
  });
  return {
    cert,
    key,
    lines: [
      `  names    ${names.join(", ")}`,
      `  expires  ${validity.notAfter.toISOString().slice(0, 10)}`,
      `  SHA-256  ${await fingerprint(cert)}`,
      `  pin      sha256//${encodeBase64(await sha256(publicKey))}`,
      `  caCerts: [${JSON.stringify(cert)}],`,
    ],
  };
}

/** How this machine is called, the address that is listened on unless it is any, and `--name`. */
function namesOf({ hostname, names }: ServeFolderCommand): string[] {
  const own = isAnyAddress(hostname) ? [] : [hostname];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...own, ...names])];
}

/** Whether the address stands for all of the machine's. */
export function isAnyAddress(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** The SHA-256 of the first certificate, as openssl and browsers show it. */
async function fingerprint(pem: string): Promise<string> {
  const [der = new Uint8Array()] = parsePemCertificates(pem);
  return encodeHex(await sha256(der)).toUpperCase().replace(/..(?=.)/g, "$&:");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Milliseconds by which the certificate is valid before now, because the clocks of other machines may be behind. */
const MAX_CLOCK_SKEW_MS = 3_600_000;
/** Milliseconds that the certificate is valid: a year, because it ends with the process, which some leave running for months. */
const MAX_LIFETIME_MS = 365 * 24 * 3_600_000;
