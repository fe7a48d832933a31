/**
 * What the runner tells the shim: one table of flags.
 *
 * A test may be several connections, one after the other, that resume each other's sessions. `-on-initial-X` is
 * flag X for the first alone and `-on-resume-X` for those that follow. `-on-retry-X` is for what follows refused early
 * data.
 *
 * @module
 */

/** How a flag is read: alone, with a number, with a text, or with one of either each time it is given. */
type Kind = "bool" | "number" | "text" | "numbers" | "texts";

/** Flags that change what the shim does or expects. */
const KNOWN = {
  "port": "number",
  "shim-id": "number",
  "ipv6": "bool",
  "is-handshaker-supported": "bool",
  "server": "bool",
  "trust-cert": "text",
  "decline-ocsp-callback": "bool",
  "fail-ocsp-callback": "bool",
  "fail-cert-callback": "bool",
  "expect-peer-verify-pref": "numbers",
  "fips-202205": "bool",
  "wpa-202304": "bool",
  "cnsa1-202603": "bool",
  "cnsa-202407": "bool",
  "use-client-ca-list": "text",
  "expect-client-ca-list": "text",
  "expect-cipher-aes": "number",
  "expect-cipher-no-aes": "number",
  "host-name": "text",
  "verify-prefs": "numbers",
  "curves": "numbers",
  "min-version": "number",
  "max-version": "number",
  "no-tls12": "bool",
  "no-tls13": "bool",
  "server-preference": "bool",
  "max-send-fragment": "number",
  "advertise-alpn": "text",
  "select-alpn": "text",
  "reject-alpn": "bool",
  "require-any-client-certificate": "bool",
  "verify-peer": "bool",
  "verify-fail": "bool",
  "reverify-on-resume": "bool",
  "resume-count": "number",
  "resumption-delay": "number",
  "shim-writes-first": "bool",
  "read-with-unfinished-write": "bool",
  "shim-initial-write": "text",
  "repeat-shim-initial-write": "number",
  "enable-early-data": "bool",
  "expect-ticket-supports-early-data": "bool",
  "expect-no-offer-early-data": "bool",
  "expect-accept-early-data": "bool",
  "expect-reject-early-data": "bool",
  "expect-early-data-reason": "text",
  "write-different-record-sizes": "bool",
  "shim-shuts-down": "bool",
  "key-update": "bool",
  "key-update-before-read": "bool",
  "export-keying-material": "number",
  "export-label": "text",
  "export-context": "text",
  "use-export-context": "bool",
  "no-ticket": "bool",
  "install-cert-compression-algs": "bool",
  "install-one-cert-compression-alg": "number",
  "expect-session-id": "bool",
  "expect-no-session-id": "bool",
  "export-traffic-secrets": "bool",
  "check-close-notify": "bool",
  "expect-advertised-alpn": "text",
  "expect-alpn": "text",
  "expect-cipher": "number",
  "expect-curve-id": "number",
  "expect-hrr": "bool",
  "expect-no-hrr": "bool",
  "expect-no-peer-cert": "bool",
  "expect-no-session": "bool",
  "expect-ocsp-response": "text",
  "expect-peer-cert-file": "text",
  "accepted-peer-cert-types": "numbers",
  "available-client-cert-types": "numbers",
  "expect-peer-certificate-type": "number",
  "expect-peer-rpk-sha256": "text",
  "expect-peer-signature-algorithm": "number",
  "expect-selected-credential": "number",
  "expect-server-name": "text",
  "expect-session-miss": "bool",
  "ech-config-list": "text",
  "enable-ech-grease": "bool",
  "reject-unusable-ech-config": "bool",
  "expect-ech-accept": "bool",
  "expect-ech-retry-configs": "text",
  "expect-no-ech-retry-configs": "bool",
  "expect-ech-name-override": "text",
  "expect-no-ech-name-override": "bool",
  "ech-server-config": "texts",
  "ech-server-key": "texts",
  "ech-is-retry-config": "numbers",
  "expect-no-server-name": "bool",
  "expect-version": "number",
} as const;

/**
 * Flags that need nothing: they say how BoringSSL's own shim calls BoringSSL, ask for what is always so here, or
 * turn off what is not there.
 */
const IGNORED: ReadonlySet<string> = new Set([
  "async",
  "implicit-handshake",
  "use-ocsp-callback",
  "set-ocsp-in-callback",
  "enable-ocsp-stapling",
  "no-op-extra-handshake",
  "expect-ticket-age-skew",
  "no-tls1",
  "no-tls11",
  "no-ssl3",
  "permute-extensions",
  "read-size",
  "renegotiate-ignore",
  "use-custom-verify-callback",
  "use-early-callback",
  "use-old-client-cert-callback",
  "decline-alpn",
  "enable-all-curves",
  "expect-extended-master-secret",
  "expect-secure-renegotiation",
  "expect-no-secure-renegotiation",
  "expect-ticket-renewal",
  "expect-verify-result",
  "forbid-renegotiation-after-handshake",
  "handoff",
]);

/** Flags of a credential: of the default one, or of the one that the last flag of {@linkcode NEW_CREDENTIAL} begins. */
const OF_CREDENTIAL = {
  "cert-file": "text",
  "key-file": "text",
  "ocsp-response": "text",
  "signing-prefs": "numbers",
  "must-match-issuer": "bool",
} as const;

/** Flags that begin a credential. */
const NEW_CREDENTIAL: ReadonlySet<string> = new Set(["new-x509-credential", "new-rpk-credential"]);

/** The name of a flag as a property: `-shim-id` is `shimId`. */
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/** What a flag of that kind gives. */
interface Values {
  readonly bool: boolean;
  readonly number: number | undefined;
  readonly text: string | undefined;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

type ValuesOf<Table extends Readonly<Record<string, Kind>>> = {
  readonly [K in keyof Table & string as Camel<K>]: Values[Table[K]];
};

/** A credential: a chain, a key, and how they are used. */
export interface Credential extends ValuesOf<typeof OF_CREDENTIAL> {
  /** Whether its public key stands in place of the chain. */
  readonly isRawPublicKey?: boolean;
}

/** Every flag's value; those that were not given are `false`, `undefined` or empty. */
export interface Flags extends ValuesOf<typeof KNOWN> {
  /** The credentials in order of preference, without the default one. */
  readonly credentials: readonly Credential[];
  /** The one that comes last; it may have neither chain nor key. */
  readonly defaultCredential: Credential;
}

/** Which of the connections; `retry` is what follows on one whose early data was refused. */
export type Turn = "initial" | "resume" | "retry";

/**
 * Reads the command line.
 *
 * @returns What it says of one of the connections; `undefined` when it has a flag that is not known, for whichever:
 * the test is one that we do not take part in.
 */
export function parseFlags(args: readonly string[], turn: Turn): Flags | undefined {
  const flags = notGiven(KNOWN);
  const credentials = [notGiven(OF_CREDENTIAL)];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, condition, name = ""] = /^--?(?:on-(initial|resume|retry|shim)-)?(.*)$/.exec(arg) ?? [];
    const isMeant = condition === undefined || condition === "shim" || condition === turn;
    if (NEW_CREDENTIAL.has(name)) {
      const isRawPublicKey = name === "new-rpk-credential";
      if (isMeant) credentials.push({ ...notGiven(OF_CREDENTIAL), isRawPublicKey });
      continue;
    }
    const ofCredential: Kind | undefined = isIn(OF_CREDENTIAL, name) ? OF_CREDENTIAL[name] : undefined;
    const kind = ofCredential ?? (isIn(KNOWN, name) ? KNOWN[name] : undefined);
    if (kind === undefined && !IGNORED.has(name)) return undefined;
    const value = kind === "bool" ? true : TAKES_VALUE.has(kind ?? name) ? rest.shift() : undefined;
    if (kind === undefined || !isMeant) continue;
    const target = ofCredential === undefined ? flags : credentials.at(-1) ?? flags;
    const key = camel(name);
    const before = target[key];
    if (kind === "number") target[key] = Number(value);
    else if (kind === "numbers") target[key] = [...numbersOf(before), Number(value)];
    else if (kind === "texts") target[key] = [...textsOf(before), String(value)];
    else target[key] = value;
  }
  const [defaultCredential, ...others] = credentials as Partial<Credential>[] as Credential[];
  // The tables say which there are, and what each is.
  return { ...flags, credentials: others, defaultCredential } as Partial<Flags> as Flags;
}

type Given = Record<string, boolean | number | string | number[] | string[] | undefined>;

function numbersOf(value: Given[string]): number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "number") : [];
}

function textsOf(value: Given[string]): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function notGiven(table: Readonly<Record<string, Kind>>): Given {
  return Object.fromEntries(
    Object.entries(table).map(([name, kind]) => [
      camel(name),
      kind === "bool" ? false : kind === "numbers" || kind === "texts" ? [] : undefined,
    ]),
  );
}

/** The kinds, and the names of flags without effect, that are followed by a value. */
const TAKES_VALUE: ReadonlySet<string> = new Set([
  "number",
  "text",
  "numbers",
  "texts",
  "expect-ticket-age-skew",
  "read-size",
]);

function isIn<Table extends object>(table: Table, name: string): name is keyof Table & string {
  return Object.hasOwn(table, name);
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
