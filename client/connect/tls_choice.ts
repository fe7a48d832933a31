/**
 * The choice between Deno's TLS and Ductile's TLS for a client's `https:` connections, by the client's options.
 *
 * Deno's TLS is the default: it is fast and needs no code to be loaded. An option that it cannot honour chooses
 * Ductile's TLS. No option is dropped silently: options that neither can honour together are refused, by name, when the
 * client is built.
 *
 * @module
 */

import type { DenoTls, RootCertStore, TlsConnector } from "../../tls/mod.ts";
import { pemHint } from "../../io/pem.ts";
import { ClientError } from "../error/client_error.ts";
import { type ClientOptions, isProtocol, type Protocol, type ProxyTlsOptions } from "../options.ts";

/** The TLS of a client. */
export type TlsChoice =
  /** None: an `https:` URL is an error. */
  | { readonly path: "none" }
  /** The `DenoTls` or `TlsConnector` that the caller made. */
  | { readonly path: "given"; readonly tls: DenoTls | TlsConnector }
  /** Deno's TLS. */
  | { readonly path: "deno" }
  /** Deno's TLS if `dial` returns a TCP connection, else Ductile's TLS. */
  | { readonly path: "transport" }
  /** Ductile's TLS, because of these options. */
  | { readonly path: "ductile"; readonly because: readonly string[] };

/** The options of a client that decide its TLS. */
export type TlsOptions =
  & ProxyTlsOptions
  & Pick<ClientOptions, "tls" | "dangerEarlyData" | "dial" | "proxy" | "protocols" | "http2PriorKnowledge">;

/**
 * Chooses the TLS of a client.
 *
 * | options | TLS |
 * |---|---|
 * | `tls: false` | none |
 * | `tls` | the given one |
 * | `dangerAcceptInvalidCerts`, `dangerAcceptInvalidHostnames`, `dangerEarlyData`, `verifier`, `pins`, `keyLog`, `roots` other than `"deno"` and `"native"` | Ductile's TLS |
 * | `dial` or `proxy` beside `cert` and `key` | Ductile's TLS: Deno's TLS sends a client certificate only on connections that it dialled |
 * | `dial` or `proxy` | Deno's TLS over TCP, Ductile's TLS over any other transport, such as the TLS of an `https:` proxy |
 * | any others | Deno's TLS |
 *
 * @throws {ClientError} `unsupported_option` for options that cannot be honoured.
 */
export function chooseTls(options: TlsOptions): TlsChoice {
  checkAlone(options);
  checkTogether(options);
  const { tls, roots } = options;
  if (tls === false) return { path: "none" };
  if (tls !== undefined) return { path: "given", tls };
  const because: string[] = [...DUCTILE_ONLY, "dangerEarlyData" as const].filter((name) =>
    isGiven(options[name])
  );
  if (roots !== undefined && roots !== "deno" && roots !== "native") because.push("roots");
  const transport = (["dial", "proxy"] as const).find((name) => options[name] !== undefined);
  if (because.length === 0 && transport !== undefined && options.cert !== undefined) {
    because.push(transport, "cert");
  }
  if (because.length > 0) return { path: "ductile", because };
  return { path: transport === undefined ? "deno" : "transport" };
}

/** The ALPN protocols under these options, in order of preference. */
export function protocolsOf({ tls, protocols, http2PriorKnowledge }: TlsOptions): readonly Protocol[] {
  if (http2PriorKnowledge) return ["h2"];
  const own = isConnector(tls) ? tls.config.alpnProtocols.filter(isProtocol) : [];
  return protocols ?? (own.length > 0 ? own : ["h2", "http/1.1"]);
}

/** Whether `tls` is a `TlsConnector`, known by its shape: importing the class would load Ductile's TLS. */
export function isConnector(tls: unknown): tls is TlsConnector {
  return typeof tls === "object" && tls !== null && "config" in tls && "connectFallible" in tls;
}

const DUCTILE_ONLY = [
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
  "verifier",
  "pins",
  "keyLog",
] as const;

/** Options that cannot stand beside a `tls` of the caller's. */
const NOT_BESIDE_TLS = [...DUCTILE_ONLY, "roots", "caCerts", "cert", "key"] as const;

/** Whether an option was given; `false` switches an option off, as leaving it out does. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** Checks each option for itself. */
function checkAlone(options: TlsOptions): void {
  const { tls, roots, verifier, keyLog, pins, caCerts } = options;
  if (tls !== undefined && tls !== false && !isConnector(tls) && !isDenoTls(tls)) {
    throw refused('"tls" is neither a DenoTls nor a TlsConnector nor false');
  }
  checkRoots(roots);
  for (
    const name of ["dangerAcceptInvalidCerts", "dangerAcceptInvalidHostnames", "dangerEarlyData"] as const
  ) {
    // A string such as "false" or "0" would count as true.
    const value = options[name];
    if (value !== undefined && typeof value !== "boolean") {
      throw refused(`"${name}" is neither true nor false`);
    }
  }
  for (const [name, value] of Object.entries({ verifier, keyLog })) {
    if (value !== undefined && typeof value !== "function") throw refused(`"${name}" is no function`);
  }
  if (pins !== undefined && !Array.isArray(pins)) throw refused('"pins" is no list');
  if (pins?.length === 0) throw refused('"pins" is empty: no certificate would match');
  for (const pin of pins ?? []) {
    if (typeof pin === "string" && /^sha256\/\/?[A-Za-z0-9+/]{43}=$/.test(pin)) continue;
    throw refused(`"pins" has ${JSON.stringify(pin)}, which is not "sha256/" and the base64 of 32 bytes`);
  }
  for (const pem of [caCerts ?? []].flat()) checkPem('an entry of "caCerts"', pem, "CERTIFICATE");
}

/**
 * Checks that `pem` is text with a block of the kind that is wanted. What is in it is checked later, when the code that
 * reads it is loaded.
 */
function checkPem(option: string, pem: unknown, wanted: "CERTIFICATE" | "PRIVATE KEY"): void {
  if (typeof pem !== "string") {
    throw refused(`${option} is no text`, "Pass the text of a PEM file, as Deno.readTextFile gives it.");
  }
  if (BLOCKS[wanted].test(pem)) return;
  const [, label] = ANY_BLOCK.exec(pem) ?? [];
  const noun = wanted === "CERTIFICATE" ? "certificate" : "private key";
  const instead = label === undefined ? "" : `, but a "${label}" block`;
  throw refused(`${option} holds no ${noun} in PEM${instead}`, pemHint(pem, wanted).hint);
}

const BLOCKS = {
  CERTIFICATE: /-----BEGIN CERTIFICATE-----/,
  "PRIVATE KEY": /-----BEGIN (?:[A-Z0-9]+ )?PRIVATE KEY-----/,
} as const;
const ANY_BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----/;

function isDenoTls(tls: unknown): tls is DenoTls {
  return typeof tls === "object" && tls !== null && "dial" in tls && "connect" in tls;
}

function checkRoots(roots: TlsOptions["roots"]): void {
  if (roots === undefined || typeof roots === "function") return;
  if (typeof roots === "string") {
    if (roots === "deno" || roots === "mozilla" || roots === "native") return;
    const given: string = roots;
    if (given.includes("-----BEGIN")) {
      throw refused('"roots" is PEM text', "Pass RootCertStore.fromPem(text), of the module ./tls.");
    }
    throw refused(`"roots" is ${JSON.stringify(given)}, and neither "deno" nor "mozilla" nor "native"`);
  }
  if (!isStore(roots)) throw refused('"roots" is no RootCertStore');
  if (roots.size === 0) throw refused('"roots" is empty: no server would be trusted');
}

/** Whether `roots` is a `RootCertStore`, known by its shape: importing the class would load Ductile's TLS. */
export function isStore(roots: unknown): roots is RootCertStore {
  return typeof roots === "object" && roots !== null && "anchorsFor" in roots && "freeze" in roots;
}

/** Checks options beside each other. */
function checkTogether(options: TlsOptions): void {
  const { tls, cert, key, roots, caCerts, verifier, dangerAcceptInvalidCerts } = options;
  const option = NOT_BESIDE_TLS.find((name) => isGiven(options[name]));
  if (option !== undefined && tls === false) throw refused(`"${option}" has no meaning with tls: false`);
  if (option !== undefined && isConnector(tls)) {
    throw refused(`"${option}" goes into the TlsConnector that "tls" holds`);
  }
  if (option !== undefined && tls !== undefined) throw refused(besideDenoTls(option));
  if (options.dangerEarlyData) checkEarlyData(tls);
  if ((cert === undefined) !== (key === undefined)) throw refused('"cert" and "key" go together');
  if (cert !== undefined) checkPem('"cert"', cert, "CERTIFICATE");
  if (key !== undefined) checkPem('"key"', key, "PRIVATE KEY");
  if (dangerAcceptInvalidCerts) {
    const [without] = Object.entries({ roots, caCerts, verifier }).find(([, value]) => value !== undefined) ??
      [];
    if (without === undefined) return;
    throw refused(`"${without}" has no meaning beside "dangerAcceptInvalidCerts"`);
  }
  if (options.dangerAcceptInvalidHostnames && verifier && roots === undefined && caCerts === undefined) {
    throw refused('"dangerAcceptInvalidHostnames" beside "verifier" needs "roots": a verifier alone decides');
  }
  if (isConnector(tls)) checkConnectorProtocols(tls.config.alpnProtocols, options);
}

/** Checks that the caller's TLS can send early data. */
function checkEarlyData(tls: TlsOptions["tls"]): void {
  if (tls === undefined) return;
  if (tls === false) throw refused('"dangerEarlyData" has no meaning with tls: false');
  if (isConnector(tls)) {
    if (tls.config.enableEarlyData) return;
    throw refused('"dangerEarlyData" needs "enableEarlyData" of the TlsConnector that "tls" holds');
  }
  throw refused(besideDenoTls("dangerEarlyData"));
}

function besideDenoTls(name: typeof NOT_BESIDE_TLS[number] | "dangerEarlyData"): string {
  return name === "caCerts" || name === "cert" || name === "key" || name === "dangerAcceptInvalidHostnames"
    ? `"${name}" goes into the DenoTls that "tls" holds`
    : `"${name}" is more than Deno's TLS can do: leave out "tls", or make it a TlsConnector`;
}

/** Checks that a connector offers protocols that this client speaks, and no others than the client's options. */
function checkConnectorProtocols(offered: readonly string[], options: TlsOptions): void {
  if (offered.length === 0) return;
  const unknown = offered.find((name) => !isProtocol(name));
  if (unknown !== undefined) {
    throw refused(`"alpnProtocols" of the TlsConnector has ${JSON.stringify(unknown)}, which is not HTTP`);
  }
  const { protocols, http2PriorKnowledge } = options;
  if (http2PriorKnowledge && !offered.includes("h2")) {
    throw refused('"http2PriorKnowledge" needs "h2" in "alpnProtocols" of the TlsConnector');
  }
  if (protocols !== undefined && protocols.join() !== offered.join()) {
    throw refused('"protocols" contradicts "alpnProtocols" of the TlsConnector; leave out one of them');
  }
}

function refused(reason: string, hint?: string): ClientError {
  return new ClientError(
    "unsupported_option",
    `Cannot build the client: ${reason}`,
    hint === undefined ? {} : { hint },
  );
}
