/** The native loader on every system, played by the test: its sources, their order, and its reports. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NativeRootsError } from "../../roots/native_failure.ts";
import { loadNativeRoots } from "../../roots/native_loader.ts";
import { A, B, BUNDLE, C, ENV_FLAG, hostOf, type Machine, NOW, OLD, READ } from "./machine.ts";

/** What is found: how many roots, where, how many complaints, which flags would give more. */
interface Found {
  readonly roots: number;
  readonly sources: readonly string[];
  readonly errors?: readonly string[];
  readonly missing?: readonly string[];
}

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
      errors: ["certificate 2 of the system store: it expired on 20"],
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
    name: "an empty bundle does not hide the next one",
    machine: {
      flags: ["--allow-env", "--allow-sys", "--allow-read=/"],
      files: { [BUNDLE]: "", "/etc/pki/tls/cacert.pem": A.certPem },
    },
    found: { roots: 1, sources: ["file: /etc/pki/tls/cacert.pem (1)"] },
  },
  {
    name: "a file of a variable without a certificate is reported beside a folder with one",
    machine: {
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_FILE: "/my.pem", SSL_CERT_DIR: "/one" },
      files: { "/my.pem": "", "/one/a": A.certPem },
    },
    found: {
      roots: 1,
      sources: ["environment: /one (1)"],
      errors: ['Cannot use "/my.pem" of SSL_CERT_FILE: it is empty'],
    },
  },
  {
    name: "the system's store fails, and files stand in",
    machine: {
      flags: ["--allow-sys", "--allow-read=/"],
      system: new Error("No such file or directory (os error 2)"),
      files: { [BUNDLE]: A.certPem },
    },
    found: {
      roots: 1,
      sources: [`file: ${BUNDLE} (1)`, "directory: /etc/ssl/certs (1)"],
      errors: [
        "the system store: no such file or directory (os error 2), perhaps where SSL_CERT_FILE or SSL_CERT_DIR says",
      ],
    },
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

Deno.test("nativeRoots: the files of a folder are read in the order of their names", async () => {
  const { store } = await loadNativeRoots(
    hostOf({
      flags: ["--allow-env", "--allow-read=/"],
      env: { SSL_CERT_DIR: "/one" },
      files: { "/one/c": C.certPem, "/one/a": A.certPem, "/one/b": B.certPem },
    }),
    { prompt: false, time: NOW },
  );
  assertEquals(store.certificates(), [A, B, C].map(({ certDer }) => certDer));
});

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
