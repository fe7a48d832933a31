/**
 * What the runner tells the shim: one table of flags.
 *
 * @module
 */

/** How a flag is read: alone, with a number, with a text, or with a number each time it is given. */
type Kind = "bool" | "number" | "text" | "numbers";

/** Flags that change what the shim does or expects. */
const KNOWN = {
  "port": "number",
  "shim-id": "number",
  "ipv6": "bool",
  "server": "bool",
  "cert-file": "text",
  "key-file": "text",
  "trust-cert": "text",
  "signing-prefs": "numbers",
  "verify-prefs": "numbers",
  "curves": "numbers",
  "expect-curve-id": "number",
  "expect-hrr": "bool",
  "expect-no-hrr": "bool",
  "require-any-client-certificate": "bool",
  "verify-peer": "bool",
  "expect-peer-signature-algorithm": "number",
  "check-close-notify": "bool",
  "shim-shuts-down": "bool",
  "key-update": "bool",
} as const satisfies Record<string, Kind>;

/**
 * Flags that need nothing: they say how BoringSSL's own shim calls BoringSSL, ask for what is always so here, or
 * turn off what is not there.
 */
const IGNORED: ReadonlySet<string> = new Set([
  "async",
  "implicit-handshake",
  "use-ocsp-callback",
  "enable-ocsp-stapling",
  "no-tls1",
  "no-tls11",
  "no-ssl3",
  "permute-extensions",
  "renegotiate-ignore",
  "use-early-callback",
  "use-old-client-cert-callback",
  "decline-alpn",
  "enable-all-curves",
  "expect-no-session",
  "expect-ticket-renewal",
  "forbid-renegotiation-after-handshake",
  "handoff",
]);

/** The name of a flag as a property: `-shim-id` is `shimId`. */
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/** What a flag of that kind gives. */
interface Values {
  readonly bool: boolean;
  readonly number: number | undefined;
  readonly text: string | undefined;
  readonly numbers: readonly number[];
}

/** Every flag's value; those that were not given are `false`, `undefined` or empty. */
export type Flags = { readonly [K in keyof typeof KNOWN as Camel<K>]: Values[(typeof KNOWN)[K]] };

/** Reads the command line; `undefined` when it has a flag that is not known: the test is one we do not take part in. */
export function parseFlags(args: readonly string[]): Flags | undefined {
  const flags: Record<string, boolean | number | string | number[] | undefined> = {};
  for (const [name, kind] of Object.entries(KNOWN)) {
    flags[camel(name)] = kind === "bool" ? false : kind === "numbers" ? [] : undefined;
  }
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const name = arg.replace(/^--?/, "");
    if (IGNORED.has(name)) continue;
    if (!(name in KNOWN)) return undefined;
    const key = camel(name);
    switch (KNOWN[name as keyof typeof KNOWN]) {
      case "bool":
        flags[key] = true;
        break;
      case "text":
        flags[key] = rest.shift();
        break;
      case "number":
        flags[key] = Number(rest.shift());
        break;
      case "numbers":
        flags[key] = [...(flags[key] as number[]), Number(rest.shift())];
        break;
    }
  }
  return flags as Flags;
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
