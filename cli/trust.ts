/**
 * The options about TLS of a command: trust, the client's identity, and whose TLS.
 *
 * @module
 */

import type { RootCertStore } from "../tls/mod.ts";
import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import { readPemFile, requirePem } from "./file.ts";
import type { CliHost } from "./host.ts";
import type { ClientOptions } from "../client/options.ts";
import { chooseTls } from "../client/connect/tls_choice.ts";

/** The options about TLS that a command line can set. */
type TrustOptions =
  & { -readonly [Name in "roots" | "caCerts" | "cert" | "key" | "pins"]?: ClientOptions[Name] }
  & {
    dangerAcceptInvalidCerts?: true;
  };

/**
 * Reads the files that the command names.
 *
 * @throws {CliError} `ca_file` or `client_certificate`.
 */
export async function readTrust(command: FetchOptions, host: CliHost): Promise<TrustOptions> {
  const { caFile, pins, insecure } = command;
  const options: TrustOptions = await readIdentity(command, host);
  if (caFile !== undefined) {
    options.caCerts = await readPemFile(caFile, "certificate", ExitCode.ca_file, "--cacert", host);
  }
  if (pins !== undefined) options.pins = pins;
  if (insecure) options.dangerAcceptInvalidCerts = true;
  const roots = await readRoots(command, host);
  if (roots !== undefined) options.roots = roots;
  // Naming Ductile's default roots changes nothing but that Ductile's TLS is used.
  const isWanted = command.tls === "ductile" || command.explain !== undefined ||
    tlsVersions(command) !== undefined;
  if (isWanted && chooseTls(options).path !== "ductile") {
    options.roots = roots === "native" ? nativeAlone : "mozilla";
  }
  return options;
}

/**
 * The certificates of a file, as roots.
 *
 * @throws {CliError} `ca_file`.
 */
export async function readStore(path: string, host: CliHost): Promise<RootCertStore> {
  const pem = await readPemFile(path, "certificate", ExitCode.ca_file, "--roots", host);
  const { RootCertStore } = await import("../tls/mod.ts");
  try {
    return RootCertStore.fromPem(pem);
  } catch (cause) {
    throw new CliError(ExitCode.ca_file, `Cannot use "${path}": it holds what cannot be a root`, { cause });
  }
}

/** The versions of TLS that a command allows; `undefined` for those of either TLS. */
export function tlsVersions(
  { minTls = "TLSv1.2", maxTls = "TLSv1.3" }: Pick<FetchOptions, "minTls" | "maxTls">,
): readonly ("TLSv1.2" | "TLSv1.3")[] | undefined {
  if (minTls === maxTls) return [minTls];
  return undefined;
}

/** Whether `--roots` names a known store rather than a file. */
export function isKnownStore(roots: string): roots is "deno" | "mozilla" | "native" {
  return roots === "deno" || roots === "mozilla" || roots === "native";
}

async function readRoots({ roots }: FetchOptions, host: CliHost): Promise<ClientOptions["roots"]> {
  return roots === undefined || isKnownStore(roots) ? roots : await readStore(roots, host);
}

async function nativeAlone(): Promise<RootCertStore> {
  return (await (await import("../roots/mod.ts")).nativeRoots()).store;
}

async function readIdentity({ certFile, keyFile }: FetchOptions, host: CliHost): Promise<TrustOptions> {
  if (certFile === undefined) return {};
  const code = ExitCode.client_certificate;
  const cert = await readPemFile(certFile, "certificate", code, "--cert", host);
  if (keyFile !== undefined) {
    return { cert, key: await readPemFile(keyFile, "private key", code, "--key", host) };
  }
  requirePem(cert, "private key", certFile, code);
  return { cert, key: cert };
}
