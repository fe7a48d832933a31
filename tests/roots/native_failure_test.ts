/** Native roots that cannot be loaded: the message says what is known, and the hint what helps. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NativeRootsError, reasonOf } from "../../roots/native_failure.ts";
import { loadNativeRoots } from "../../roots/native_loader.ts";
import { decodePemBlock, readPemBlocks } from "../../io/pem.ts";
import { A, BUNDLE, ENV_FLAG, hostOf, type Machine, NOW, OLD, OVER } from "./machine.ts";

const ALL = ["--allow-env", "--allow-sys", "--allow-read=/"];
const FILES =
  "--allow-read=/etc/ssl,/etc/pki,/opt/etc/ssl/certs/ca-certificates.crt,/etc/security/certificates";

/** A machine that permits everything and has one file, to which a variable points. */
function named(content: string | Uint8Array | Error | null, path = "/my.pem"): Machine {
  return { flags: ALL, env: { SSL_CERT_FILE: "/my.pem" }, files: { [path]: content }, system: [A] };
}

function block(label: string): string {
  return A.certPem.replaceAll("CERTIFICATE", label);
}

interface Row {
  readonly name: string;
  readonly machine: Machine;
  /** The reason, without "Cannot load native roots: ". */
  readonly reason: string;
  readonly hint: string;
}

const CORRECT = "Correct SSL_CERT_FILE and SSL_CERT_DIR, or unset them.";

/** With a permission that is missing. */
const MISSING: readonly Row[] = [
  {
    name: "nothing is permitted: each flag that is named helps alone",
    machine: { system: [A], files: { [BUNDLE]: A.certPem } },
    reason: `a permission is missing, --allow-sys or ${FILES}`,
    hint: `Run with --allow-sys or ${FILES}.`,
  },
  {
    name: "on macOS there are no files, and the store's flag is named alone",
    machine: { os: "darwin", system: [A] },
    reason: "a permission is missing, --allow-sys",
    hint: "Run with --allow-sys.",
  },
  {
    name: "a variable may be seen, but not the file it names: no other source stands in",
    machine: { flags: ["--allow-env", "--allow-sys"], env: { SSL_CERT_FILE: "/my.pem" }, system: [A] },
    reason: "a permission is missing, --allow-read=/my.pem",
    hint: "Run with --allow-read=/my.pem.",
  },
  {
    name: "both variables name what may not be read: one flag is for both, and a comma is doubled",
    machine: {
      flags: ["--allow-env"],
      env: { SSL_CERT_FILE: "/a,b.pem", SSL_CERT_DIR: "/c:/d" },
      system: [A],
    },
    reason: "a permission is missing, --allow-read=/a,,b.pem,/c,/d",
    hint: "Run with --allow-read=/a,,b.pem,/c,/d.",
  },
  {
    name: "the store is empty, and files may not be read",
    machine: { flags: ["--allow-sys", "--allow-env"], files: { [BUNDLE]: A.certPem } },
    reason: `a permission is missing, ${FILES}; the system store has no certificate`,
    hint: `Run with ${FILES}.`,
  },
];

/** With every permission that could help. */
const USELESS: readonly Row[] = [
  {
    name: "a variable names a file that is not there",
    machine: { ...named("", "/other.pem") },
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: there is no such file',
    hint: CORRECT,
  },
  {
    name: "a variable names a folder in the place of a file",
    machine: named(A.certPem, "/my.pem/a.pem"),
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: it is a folder, and not a file',
    hint: CORRECT,
  },
  {
    name: "a variable names a device",
    machine: named(null),
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: it is neither a file nor a folder',
    hint: CORRECT,
  },
  {
    name: "a variable names an empty file",
    machine: named(""),
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: it is empty',
    hint: CORRECT,
  },
  {
    name: "a variable names a certificate in DER",
    machine: named(decodePemBlock(readPemBlocks(A.certPem)[0] ?? { label: "", lines: [], firstLine: 0 })),
    reason:
      'cannot use "/my.pem" of SSL_CERT_FILE: it is no PEM but perhaps DER (openssl x509 -inform DER makes PEM of it)',
    hint: CORRECT,
  },
  {
    name: "a variable names a text",
    machine: named("Roots are elsewhere."),
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: it is no PEM',
    hint: CORRECT,
  },
  {
    name: "a variable names a trusted certificate of OpenSSL's",
    machine: named(block("TRUSTED CERTIFICATE")),
    reason:
      'cannot use "/my.pem" of SSL_CERT_FILE: it has no "CERTIFICATE" block, but a "TRUSTED CERTIFICATE" block (convert it with openssl x509, which writes a CERTIFICATE block)',
    hint: CORRECT,
  },
  {
    name: "a variable names a key",
    machine: named(block("PRIVATE KEY")),
    reason: 'cannot use "/my.pem" of SSL_CERT_FILE: it has no "CERTIFICATE" block, but a "PRIVATE KEY" block',
    hint: CORRECT,
  },
  {
    name: "a variable names a file with a broken block",
    machine: named("-----BEGIN PKCS7-----\n"),
    reason:
      'cannot use "/my.pem" of SSL_CERT_FILE: it has no "CERTIFICATE" block (pass the text of a PEM file with its line breaks)',
    hint: CORRECT,
  },
  {
    name: "a variable names a file that the system does not let it read",
    machine: named(new Error("Permission denied (os error 13): open '/my.pem'")),
    reason: 'cannot read "/my.pem" of SSL_CERT_FILE: permission denied (os error 13)',
    hint: CORRECT,
  },
  {
    name: "a variable names an expired certificate",
    machine: named(OLD.certPem),
    reason: `cannot use certificate 1 of "/my.pem": it expired on ${OVER.toISOString()}`,
    hint: CORRECT,
  },
  {
    name: "a variable names a folder that is not there, a file, and a folder without a certificate",
    machine: {
      flags: ALL,
      env: { SSL_CERT_DIR: "/gone:/a.pem:/keys" },
      files: { "/a.pem": A.certPem, "/keys/key": block("PRIVATE KEY"), "/keys/README": "" },
      system: [A],
    },
    reason:
      'cannot use "/gone" of SSL_CERT_DIR: there is no such folder; cannot use "/a.pem" of SSL_CERT_DIR: it is a file, and not a folder; cannot use "/keys" of SSL_CERT_DIR: no file in it has a "CERTIFICATE" block',
    hint: CORRECT,
  },
  {
    name: "of many problems three are shown",
    machine: { flags: ALL, env: { SSL_CERT_DIR: "/a:/b:/c:/d:/e" } },
    reason:
      'cannot use "/a" of SSL_CERT_DIR: there is no such folder; cannot use "/b" of SSL_CERT_DIR: there is no such folder; cannot use "/c" of SSL_CERT_DIR: there is no such folder; and 2 more',
    hint: CORRECT,
  },
  {
    name: "the system's store and its files are empty",
    machine: { flags: ALL, files: { [BUNDLE]: "" } },
    reason:
      `the system store has no certificate; "${BUNDLE}" has no certificate; "/etc/ssl/certs" has no certificate`,
    hint:
      "Install the system's certificates (the package ca-certificates), or trust Mozilla's roots, which this package has.",
  },
  {
    name: "macOS, where the store is empty",
    machine: { os: "darwin", flags: ALL },
    reason: "the system store has no certificate",
    hint: "Trust Mozilla's roots, which this package has.",
  },
  {
    name: "a system whose files are not known",
    machine: { os: "aix", flags: ALL },
    reason: "the system store has no certificate",
    hint: "Trust Mozilla's roots, which this package has.",
  },
  {
    name: "Windows, with a runtime that has no access to the store",
    machine: { os: "windows", flags: ALL, system: null },
    reason: "cannot read the system store: the runtime is too old for it",
    hint: "Trust Mozilla's roots, which this package has.",
  },
];

for (const [code, rows] of [["permission_missing", MISSING], ["no_roots_found", USELESS]] as const) {
  for (const { name, machine, reason, hint } of rows) {
    Deno.test(`nativeRoots: ${name}`, async () => {
      const error = await assertRejects(
        () => loadNativeRoots(hostOf(machine), { prompt: false, time: NOW }),
        NativeRootsError,
      );
      assertEquals(error.message, `Cannot load native roots: ${reason}`);
      assertEquals([error.code, error.hint], [code, hint]);
    });
  }
}

Deno.test("nativeRoots: the flag for the variables is listed, and not advised: alone it never helps", async () => {
  const error = await assertRejects(
    () => loadNativeRoots(hostOf({ system: [A] }), { prompt: false, time: NOW }),
    NativeRootsError,
  );
  assertEquals(error.missingPermissions[0]?.flag, ENV_FLAG);
  assertEquals([error.message.includes("--allow-env"), error.hint.includes("--allow-env")], [false, false]);
});

Deno.test("nativeRoots: with every flag but the variables', none is missing that would help", async () => {
  const error = await assertRejects(
    () => loadNativeRoots(hostOf({ flags: ["--allow-sys", "--allow-read=/"] }), { prompt: false, time: NOW }),
    NativeRootsError,
  );
  assertEquals(error.code, "no_roots_found");
  assertStringIncludes(error.message, "the system store has no certificate");
});

Deno.test("reasonOf: a runtime's message without the call that failed, and any other as it is", () => {
  assertEquals(
    reasonOf(new Error("Is a directory (os error 21): readfile '/a: b'")),
    "is a directory (os error 21)",
  );
  assertEquals(reasonOf(new Error("Bad: news")), "bad: news");
  assertEquals(reasonOf("Text"), "text");
});
