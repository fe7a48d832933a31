/**
 * Which TLS a client's `https:` connections get, by what it was told.
 *
 * Deno's own TLS is the default: there is no code to load, and it is fast. What it cannot do, the state machine of
 * `./tls` does. Nothing is dropped silently: options that no TLS can honour together are refused here, by name, when
 * the client is built.
 *
 * @module
 */

import type { DenoTls, RootCertStore, TlsConnector } from "../../tls/mod.ts";
import { ClientError } from "../error/client_error.ts";
import { type ClientOptions, isProtocol, type Protocol } from "../options.ts";

/** Who does TLS for a client. */
export type TlsChoice =
  /** Nobody: an `https:` URL is an error. */
  | { readonly path: "none" }
  /** The one that the caller made. */
  | { readonly path: "given"; readonly tls: DenoTls | TlsConnector }
  /** Deno's own. */
  | { readonly path: "deno" }
  /** Deno's own over what `dial` returns if that is a TCP connection, else the state machine. */
  | { readonly path: "transport" }
  /** The state machine, because of these options. */
  | { readonly path: "machine"; readonly because: readonly string[] };

/** What the options about TLS are. */
export type TlsOptions = Pick<
  ClientOptions,
  | "tls"
  | "roots"
  | "caCerts"
  | "cert"
  | "key"
  | "verifier"
  | "pins"
  | "keyLog"
  | "dangerAcceptInvalidCerts"
  | "dangerAcceptInvalidHostnames"
  | "dial"
  | "protocols"
  | "http2PriorKnowledge"
>;

/**
 * Chooses.
 *
 * | what the client was told | who does TLS |
 * |---|---|
 * | `tls: false` | nobody |
 * | `tls` | the one that was given |
 * | `dangerAcceptInvalidCerts`, `dangerAcceptInvalidHostnames`, `verifier`, `pins`, `keyLog`, `roots` other than `"deno"` and `"native"` | the state machine |
 * | `dial` beside `cert` and `key` | the state machine: Deno identifies itself only on what it dialled |
 * | `dial` | Deno's own over TCP, the state machine over anything else |
 * | anything else | Deno's own |
 *
 * @throws {ClientError} `unsupported_option` for what cannot be honoured.
 */
export function chooseTls(options: TlsOptions): TlsChoice {
  checkAlone(options);
  checkTogether(options);
  const { tls, roots, dial } = options;
  if (tls === false) return { path: "none" };
  if (tls !== undefined) return { path: "given", tls };
  const because: string[] = MACHINE_ONLY.filter((name) => isGiven(options[name]));
  if (roots !== undefined && roots !== "deno" && roots !== "native") because.push("roots");
  if (because.length === 0 && dial !== undefined && options.cert !== undefined) because.push("dial", "cert");
  if (because.length > 0) return { path: "machine", because };
  return { path: dial === undefined ? "deno" : "transport" };
}

/** What ALPN offers under these options. */
export function protocolsOf({ tls, protocols, http2PriorKnowledge }: TlsOptions): readonly Protocol[] {
  if (http2PriorKnowledge) return ["h2"];
  const own = isConnector(tls) ? tls.config.alpnProtocols.filter(isProtocol) : [];
  return protocols ?? (own.length > 0 ? own : ["h2", "http/1.1"]);
}

/** Told by its shape: to load the class would be to load the state machine. */
export function isConnector(tls: TlsOptions["tls"]): tls is TlsConnector {
  return typeof tls === "object" && tls !== null && "config" in tls && "connectFallible" in tls;
}

const MACHINE_ONLY = [
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
  "verifier",
  "pins",
  "keyLog",
] as const;

/** What has no place beside a `tls` of the caller's. */
const OURS = [...MACHINE_ONLY, "roots", "caCerts", "cert", "key"] as const;

/** `false` is how an option is not given that can be switched on. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** Each option for itself. */
function checkAlone(options: TlsOptions): void {
  const { tls, roots, verifier, keyLog, pins, caCerts } = options;
  if (tls !== undefined && tls !== false && !isConnector(tls) && !isDenoTls(tls)) {
    throw refused('"tls" is neither a DenoTls nor a TlsConnector nor false');
  }
  checkRoots(roots);
  for (const name of ["dangerAcceptInvalidCerts", "dangerAcceptInvalidHostnames"] as const) {
    // A variable that says "false" or "0" must not mean yes.
    const value = options[name];
    if (value !== undefined && typeof value !== "boolean") {
      throw refused(`"${name}" is neither true nor false`);
    }
  }
  for (const [name, value] of Object.entries({ verifier, keyLog })) {
    if (value !== undefined && typeof value !== "function") throw refused(`"${name}" is no function`);
  }
  if (pins !== undefined && !Array.isArray(pins)) throw refused('"pins" is no list');
  if (pins?.length === 0) throw refused('"pins" is empty, which nothing would match');
  for (const pin of pins ?? []) {
    if (typeof pin === "string" && /^sha256\/\/?[A-Za-z0-9+/]{43}=$/.test(pin)) continue;
    throw refused(`"pins" has ${JSON.stringify(pin)}, which is not "sha256/" and the base64 of 32 bytes`);
  }
  for (const pem of [caCerts ?? []].flat()) {
    if (!holdsPem(pem, CERTIFICATE)) {
      throw refused('an entry of "caCerts" holds no certificate in PEM', PEM_HINT);
    }
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )?PRIVATE KEY-----/;
const PEM_HINT = "Pass the text of a PEM file, as Deno.readTextFile gives it, not its name.";

/** Whether it is text at all, and has such a block. */
function holdsPem(pem: unknown, block: RegExp): boolean {
  return typeof pem === "string" && block.test(pem);
}

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
  if (roots.size === 0) throw refused('"roots" is empty: nobody would be trusted');
}

function isStore(roots: unknown): roots is RootCertStore {
  return typeof roots === "object" && roots !== null && "anchorsFor" in roots && "freeze" in roots;
}

/** Options beside each other. */
function checkTogether(options: TlsOptions): void {
  const { tls, cert, key, roots, caCerts, verifier, dangerAcceptInvalidCerts } = options;
  const ours = OURS.find((name) => isGiven(options[name]));
  if (ours !== undefined && tls === false) throw refused(`"${ours}" has no meaning with tls: false`);
  if (ours !== undefined && isConnector(tls)) {
    throw refused(`"${ours}" goes into the TlsConnector that "tls" holds`);
  }
  if (ours !== undefined && tls !== undefined) throw refused(besideDenoTls(ours));
  if ((cert === undefined) !== (key === undefined)) throw refused('"cert" and "key" go together');
  // What else may be wrong with them is found when there is code to read them with.
  if (cert !== undefined && !holdsPem(cert, CERTIFICATE)) {
    throw refused('"cert" holds no certificate in PEM', PEM_HINT);
  }
  if (key !== undefined && !holdsPem(key, PRIVATE_KEY)) {
    throw refused('"key" holds no private key in PEM', PEM_HINT);
  }
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

function besideDenoTls(name: typeof OURS[number]): string {
  return name === "caCerts" || name === "cert" || name === "key" || name === "dangerAcceptInvalidHostnames"
    ? `"${name}" goes into the DenoTls that "tls" holds`
    : `"${name}" is more than Deno's TLS can do: leave out "tls", or make it a TlsConnector`;
}

/** What ALPN offers is the client's to say: it speaks what is chosen. */
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
