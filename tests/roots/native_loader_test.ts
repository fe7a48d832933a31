/** The native loader on every system, played by the test: its sources, their order, and its reports. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadNativeRoots, NativeRootsError } from "../../roots/native_loader.ts";
import type { NativeHost, NativePermission } from "../../roots/native_host.ts";
import { mintAuthority, type Minted } from "../support/certificates.ts";

const NOW = new Date();

const A = await mintAuthority();
const B = await mintAuthority();
const C = await mintAuthority();
const OLD = await mintAuthority({ notAfter: new Date(NOW.getTime() - 60_000) });

/** What a machine has and allows. */
interface Machine {
  readonly os?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Path to content; an error is what reading it throws. */
  readonly files?: Readonly<Record<string, string | Error>>;
  readonly system?: readonly Minted[];
  /** Flags as they would be passed; `--allow-read` is a prefix. */
  readonly flags?: readonly string[];
  /** What the person at the terminal answers. */
  readonly answer?: boolean;
}

/** The machine, and what it was asked. */
function hostOf(machine: Machine): NativeHost & { readonly questions: NativePermission[] } {
  const { os = "linux", env = {}, files = {}, system = [], flags = [], answer = false } = machine;
  const questions: NativePermission[] = [];
  const granted = (permission: NativePermission): boolean =>
    flags.some((flag) => {
      if (flag === "--allow-sys") return permission.name === "sys";
      if (flag === "--allow-env") return permission.name === "env";
      return permission.name === "read" && permission.path.startsWith(flag.replace("--allow-read=", ""));
    });
  const demand = (permission: NativePermission): void => {
    const asked = questions.some((question) => JSON.stringify(question) === JSON.stringify(permission)) ||
      permission.name === "read" &&
        questions.some((question) => question.name === "read" && permission.path.startsWith(question.path));
    if (!granted(permission) && !(answer && asked)) {
      throw new Error(`touched without permission: ${JSON.stringify(permission)}`);
    }
  };
  return {
    os,
    questions,
    query: (permission) => Promise.resolve(granted(permission)),
    request: (permission) => {
      if (granted(permission)) return Promise.resolve(true);
      questions.push(permission);
      return Promise.resolve(answer);
    },
    env: (variable) => {
      demand({ name: "env", variable: variable as "SSL_CERT_FILE" });
      return env[variable];
    },
    readFile: (path) => {
      demand({ name: "read", path });
      const content = files[path];
      if (content instanceof Error) return Promise.reject(content);
      return Promise.resolve(content === undefined ? undefined : new TextEncoder().encode(content));
    },
    readDirectory: (path) => {
      demand({ name: "read", path });
      const names = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      if (names.length === 0) return Promise.resolve(undefined);
      return Promise.resolve(names.map((name) => name.slice(path.length + 1)));
    },
    systemCertificates: () => {
      demand({ name: "sys", kind: "ca" });
      return system.map((each) => each.certPem);
    },
  };
}

const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const READ = "--allow-read=/etc/ssl";

/** What is found: how many roots, where, how many complaints, which flags would give more. */
interface Found {
  readonly roots: number;
  readonly sources: readonly string[];
  readonly errors?: readonly string[];
  readonly missing?: readonly string[];
}

const ENV_FLAG = "--allow-env=SSL_CERT_FILE,SSL_CERT_DIR";
const FOUND: readonly { readonly name: string; readonly machine: Machine; readonly found: Found }[] = [
  {
    name: "the system's store is enough",
    machine: { flags: ["--allow-sys"], system: [A, B], files: { [BUNDLE]: C.certPem } },
    found: { roots: 2, sources: ["system: the system store (2)"], missing: [ENV_FLAG] },
  },
  {
    name: "files are read where the store may not be",
    machine: { flags: [READ], system: [A], files: { [BUNDLE]: B.certPem + C.certPem } },
    found: {
      roots: 2,
      sources: [`file: ${BUNDLE} (2)`, "directory: /etc/ssl/certs (2)"],
      missing: [ENV_FLAG, "--allow-sys", "--allow-read=/etc/pki", "--allow-read=/etc/security/certificates"],
    },
  },
  {
    name: "an empty store is no answer, and files are read",
    machine: { flags: ["--allow-sys", "--allow-read=/", "--allow-env"], files: { [BUNDLE]: B.certPem } },
    found: { roots: 1, sources: [`file: ${BUNDLE} (1)`, "directory: /etc/ssl/certs (1)"] },
  },
  {
    name: "SSL_CERT_FILE overrides everything",
    machine: {
      flags: ["--allow-env", "--allow-sys", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem" },
      system: [A],
      files: { [BUNDLE]: B.certPem, "/my.pem": C.certPem },
    },
    found: { roots: 1, sources: ["environment: /my.pem (1)"] },
  },
  {
    name: "SSL_CERT_DIR is a list, and goes together with SSL_CERT_FILE",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem", SSL_CERT_DIR: "/one:/two:" },
      files: { "/my.pem": C.certPem, "/one/a": A.certPem, "/two/b.pem": B.certPem },
    },
    found: {
      roots: 3,
      sources: ["environment: /my.pem (1)", "environment: /one (1)", "environment: /two (1)"],
    },
  },
  {
    name: "an empty SSL_CERT_DIR is none",
    machine: { flags: ["--allow-env", "--allow-sys"], env: { SSL_CERT_DIR: "" }, system: [A] },
    found: { roots: 1, sources: ["system: the system store (1)"] },
  },
  {
    name: "on Windows the list is divided by semicolons",
    machine: {
      os: "windows",
      flags: ["--allow-env", "--allow-read="],
      env: { SSL_CERT_DIR: "C:\\one;C:\\two" },
      files: { "C:\\one/a": A.certPem, "C:\\two/b": B.certPem },
    },
    found: { roots: 2, sources: ["environment: C:\\one (1)", "environment: C:\\two (1)"] },
  },
  {
    name: "a folder with hashed links has each certificate once",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_DIR: "/one" },
      files: {
        "/one/a.pem": A.certPem,
        "/one/1234abcd.0": A.certPem,
        "/one/README": "no certificate",
        "/one/b": B.certPem,
      },
    },
    found: { roots: 2, sources: ["environment: /one (3)"] },
  },
  {
    name: "text around certificates, CRLF and other blocks are passed over",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem" },
      files: {
        "/my.pem": `# A\r\n${A.certPem.replaceAll("\n", "\r\n")}\r\nSubject: B\r\n${B.certPem}\n` +
          "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
      },
    },
    found: { roots: 2, sources: ["environment: /my.pem (2)"] },
  },
  {
    name: "what is malformed is reported, and the rest is kept",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem" },
      files: {
        "/my.pem": `${A.certPem}-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n` +
          `-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMAA=\n${B.certPem}`,
      },
    },
    found: {
      roots: 2,
      sources: ["environment: /my.pem (5)"],
      errors: ["certificate 2", "certificate 3", "certificate 4"],
    },
  },
  {
    name: "what has expired is reported and left out",
    machine: { flags: ["--allow-env", "--allow-sys"], system: [A, OLD] },
    found: {
      roots: 1,
      sources: ["system: the system store (2)"],
      errors: ['certificate 2 of "the system store": It expired on 20'],
    },
  },
  {
    name: "an unreadable file in a folder is reported, and the rest is kept",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_DIR: "/one" },
      files: { "/one/a": new Error("EACCES"), "/one/b": B.certPem },
    },
    found: { roots: 1, sources: ["environment: /one (1)"], errors: ['Cannot read "/one/a"'] },
  },
  {
    name: "a folder that is not there is reported beside a file that is",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem", SSL_CERT_DIR: "/gone" },
      files: { "/my.pem": A.certPem },
    },
    found: { roots: 1, sources: ["environment: /my.pem (1)"], errors: ["there is no such folder"] },
  },
  {
    name: "FreeBSD's own files are known",
    machine: {
      os: "freebsd",
      flags: ["--allow-env", "--allow-read=/"],
      files: { "/usr/local/etc/ssl/cert.pem": A.certPem },
    },
    found: { roots: 1, sources: ["file: /usr/local/etc/ssl/cert.pem (1)"], missing: ["--allow-sys"] },
  },
];

for (const { name, machine, found } of FOUND) {
  Deno.test(`nativeRoots: ${name}`, async () => {
    const host = hostOf(machine);
    const { store, sources, errors, missingPermissions } = await loadNativeRoots(host, {
      prompt: false,
      time: NOW,
    });
    assertEquals(store.size, found.roots);
    assertEquals(
      sources.map(({ kind, name, certificates }) => `${kind}: ${name} (${certificates})`),
      found.sources,
    );
    assertEquals(errors.length, found.errors?.length ?? 0, errors.map(String).join("\n"));
    for (const [i, part] of (found.errors ?? []).entries()) {
      assertStringIncludes(errors[i]?.message ?? "", part);
    }
    if (found.missing) assertEquals(missingPermissions.map(({ flag }) => flag), found.missing);
    assertEquals(host.questions, []);
  });
}

/** Where there is nothing to be had. */
const NOTHING: readonly {
  readonly name: string;
  readonly machine: Machine;
  readonly code: NativeRootsError["code"];
  readonly says: readonly string[];
}[] = [
  {
    name: "nothing permitted: the flags are named",
    machine: { system: [A], files: { [BUNDLE]: A.certPem } },
    code: "permission_missing",
    says: ["--allow-sys", "--allow-read=/etc/ssl", ENV_FLAG],
  },
  {
    name: "the variable may be seen, but not the file it names: no other source stands in",
    machine: { flags: ["--allow-env", "--allow-sys"], env: { SSL_CERT_FILE: "/my.pem" }, system: [A] },
    code: "permission_missing",
    says: ["--allow-read=/my.pem"],
  },
  {
    name: "the variable names a file that is not there",
    machine: {
      flags: ["--allow-env", "--allow-sys", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem" },
      system: [A],
    },
    code: "no_roots_found",
    says: ['"/my.pem" of SSL_CERT_FILE: there is no such file'],
  },
  {
    name: "the variable names a file without a certificate",
    machine: {
      flags: ["--allow-env", "--allow-sys", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/dev/null" },
      files: { "/dev/null": "" },
    },
    code: "no_roots_found",
    says: ["Cannot load native roots"],
  },
  {
    name: "on macOS there are no files: the store's flag is named",
    machine: { os: "darwin", system: [A] },
    code: "permission_missing",
    says: ["--allow-sys"],
  },
  {
    name: "everything permitted and nothing there",
    machine: { flags: ["--allow-env", "--allow-sys", "--allow-read=/"] },
    code: "no_roots_found",
    says: ["this system keeps none where they are looked for"],
  },
];

for (const { name, machine, code, says } of NOTHING) {
  Deno.test(`nativeRoots: ${name}`, async () => {
    const error = await assertRejects(
      () => loadNativeRoots(hostOf(machine), { prompt: false, time: NOW }),
      NativeRootsError,
    );
    assertEquals(error.code, code);
    for (const part of says) assertStringIncludes(error.message, part);
  });
}

Deno.test("nativeRoots: who may be asked is asked for the store first, and then no more", async () => {
  const host = hostOf({ system: [A], answer: true });
  const { store } = await loadNativeRoots(host, { prompt: true, time: NOW });
  assertEquals([store.size, host.questions], [1, [{ name: "sys", kind: "ca" }]]);
});

Deno.test("nativeRoots: who says no is asked once for each folder, not for each file", async () => {
  const host = hostOf({ system: [A], answer: false });
  await assertRejects(() => loadNativeRoots(host, { prompt: true, time: NOW }), NativeRootsError);
  const asked = host.questions.map((question) => question.name === "read" ? question.path : question.name);
  assertEquals(asked.slice(0, 3), ["sys", "/etc/ssl", "/etc/pki"]);
  assertEquals(new Set(asked).size, asked.length);
});
