/**
 * The cookies of `--cookie FILE` and `--cookie-jar`, which follow RFC 6265 with the list of public suffixes.
 *
 * They are kept by `npm:tough-cookie`, which is loaded when one of these flags is given, and by nothing else: neither
 * a program that imports the library nor any other command downloads it.
 *
 * @module
 */

import type { FetchOptions } from "../command.ts";
import { CliError, ExitCode } from "../error.ts";
import { readFile } from "../file.ts";
import { requireWritable } from "../file_output.ts";
import { writeStandardOutput } from "../standard_output.ts";
import type { CliHost } from "../host.ts";
import { type FileCookie, formatCookieFile, parseCookieFile } from "./cookie_file.ts";

/** The cookies of an operation. */
export interface CookieStore {
  /** The value of the `cookie` field for a URL; empty for none. */
  cookiesFor(url: string): Promise<string>;
  /** Takes the `set-cookie` fields of a response; what is no cookie, or not this host's or scheme's to set, is left out. */
  store(fields: readonly string[], url: string): Promise<void>;
  /**
   * Writes the file of `--cookie-jar`.
   *
   * @throws {CliError} `write`.
   */
  save(): Promise<void>;
}

/** The module of the jar. It is no literal of an `import()`, so that the module graph of a program has it not. */
const JAR_MODULE = "npm:tough-cookie@^5.1.2";

/** The part of `tough-cookie` that is used. */
interface JarModule {
  readonly CookieJar: new (store?: undefined, options?: { readonly looseMode: boolean }) => Jar;
  readonly Cookie: new (properties: Partial<JarCookie>) => JarCookie;
}

interface Jar {
  setCookie(cookie: string | JarCookie, url: string, options: { ignoreError: boolean }): Promise<unknown>;
  getCookieString(url: string): Promise<string>;
  readonly store: { getAllCookies(): Promise<readonly JarCookie[]> };
}

interface JarCookie {
  readonly key: string;
  readonly value: string;
  readonly domain: string | null;
  readonly path: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly hostOnly: boolean | null;
  readonly expires: Date | "Infinity" | null;
}

/**
 * Opens the store of an operation; `undefined` where no flag asks for one.
 *
 * @throws {CliError} `unexpected`: the jar cannot be loaded; `write`: its file must not be written.
 */
export async function openCookies(options: FetchOptions, host: CliHost): Promise<CookieStore | undefined> {
  const { cookieJar, junkSessionCookies } = options;
  const files = (options.cookies ?? []).filter((text) => !text.includes("="));
  if (files.length === 0 && cookieJar === undefined) return undefined;
  if (cookieJar !== undefined && cookieJar !== "-") await requireWritable(cookieJar, host);
  const { CookieJar, Cookie } = await loadJar(host);
  const jar = new CookieJar(undefined, { looseMode: true });
  for (const path of files) {
    for (const cookie of await readCookies(path, host)) {
      if (junkSessionCookies && cookie.expires === undefined) continue;
      if (cookie.expires !== undefined && cookie.expires.getTime() <= Date.now()) continue;
      const { name, value, domain, isHostOnly, path, isSecure, isHttpOnly, expires } = cookie;
      await jar.setCookie(
        new Cookie({
          key: name,
          value,
          domain: isHostOnly ? null : domain,
          path,
          secure: isSecure,
          httpOnly: isHttpOnly,
          expires: expires ?? "Infinity",
        }),
        `https://${domain}${path}`,
        { ignoreError: true },
      );
    }
  }
  return {
    cookiesFor: (url) => jar.getCookieString(url),
    async store(fields, url) {
      for (const field of fields) {
        if (!await isForged(field, url, jar)) await jar.setCookie(field, url, { ignoreError: true });
      }
    },
    async save() {
      if (cookieJar === undefined) return;
      const text = formatCookieFile((await jar.store.getAllCookies()).map(toFile));
      const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
      if (cookieJar === "-") return await writeStandardOutput(bytes, host);
      try {
        const file = await host.openFile(cookieJar, "empty", true);
        try {
          await file.write(bytes);
        } finally {
          file.close();
        }
      } catch (cause) {
        throw new CliError(ExitCode.write, `Cannot write the cookies to "${cookieJar}"`, { cause });
      }
    },
  };
}

/**
 * Whether a cookie that came without TLS is one that only TLS may set, or would take the place of such a cookie: an attacker on
 * the path could have made it (RFC 6265 §8.6).
 */
async function isForged(field: string, url: string, jar: Jar): Promise<boolean> {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || LOOPBACK_HOSTS.has(hostname)) return false;
  const [pair = "", ...attributes] = field.split(";");
  if (attributes.some((attribute) => /^secure(?:$|[\s=])/i.test(attribute.trim()))) return true;
  const name = pair.includes("=") ? pair.slice(0, pair.indexOf("=")).trim() : "";
  const kept = await jar.store.getAllCookies();
  return kept.some(({ key, secure, domain }) =>
    secure && key === name && domain !== null && (hostname === domain || hostname.endsWith(`.${domain}`))
  );
}

/** Hosts to which there is no path for an attacker, as for curl and browsers. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

async function loadJar(host: CliHost): Promise<JarModule> {
  try {
    return await host.loadModule(JAR_MODULE) as JarModule; // the version is one that has these
  } catch (cause) {
    throw new CliError(ExitCode.unsupported_feature, `Cannot keep cookies: ${JAR_MODULE} cannot be loaded`, {
      cause,
      hint: "Download it once with a connection to the npm registry: deno cache npm:tough-cookie@^5.1.2.",
    });
  }
}

/** The cookies of a file. As in curl, one that is not there has none. */
async function readCookies(path: string, host: CliHost): Promise<FileCookie[]> {
  if (path === "") return [];
  try {
    const bytes = path === "-"
      ? await host.readInput()
      : await readFile(path, ExitCode.read, "the cookies", host);
    return parseCookieFile(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  } catch (error) {
    const isMissing = error instanceof CliError && error.cause instanceof Error &&
      error.cause.name === "NotFound";
    if (isMissing) return [];
    throw error;
  }
}

function toFile({ key, value, domain, path, secure, httpOnly, hostOnly, expires }: JarCookie): FileCookie {
  return {
    name: key,
    value,
    domain: domain ?? "",
    isHostOnly: hostOnly ?? true,
    path: path ?? "/",
    isSecure: secure,
    isHttpOnly: httpOnly,
    expires: expires instanceof Date ? expires : undefined,
  };
}
