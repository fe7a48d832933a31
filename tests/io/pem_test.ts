/** PEM: what is parsed, what is refused, and where the error points. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { decodePemBlock, parsePemCertificates, readPemBlocks } from "../../io/pem.ts";
import { assertLinearCpu } from "../support/cost.ts";
import { encodePem } from "../../io/pem_writer.ts";

const FIRST = Uint8Array.from({ length: 200 }, (_, i) => i);
const SECOND = Uint8Array.of(0x30, 0x00);
const PEM = encodePem("CERTIFICATE", FIRST);
const PEMS = PEM + encodePem("CERTIFICATE", SECOND);

const READABLE = [
  { name: "one certificate", pem: PEM, certificates: [FIRST] },
  { name: "several, in their order", pem: PEMS, certificates: [FIRST, SECOND] },
  {
    name: "text before, between and after",
    pem: `CA of ours\n${PEM}\n# another\n${PEM}bye`,
    certificates: [FIRST, FIRST],
  },
  { name: "CRLF line ends", pem: PEMS.replaceAll("\n", "\r\n"), certificates: [FIRST, SECOND] },
  { name: "CR line ends", pem: PEMS.replaceAll("\n", "\r"), certificates: [FIRST, SECOND] },
  { name: "no line end at the end", pem: PEM.trimEnd(), certificates: [FIRST] },
  { name: "a byte order mark", pem: "\ufeff" + PEM, certificates: [FIRST] },
  {
    name: "indentation and trailing white space",
    pem: PEM.replace(/^/gm, "\t ").replace(/$/gm, " "),
    certificates: [FIRST],
  },
  { name: "blank lines inside", pem: PEM.replaceAll("\n", "\n\n"), certificates: [FIRST] },
  {
    name: "base64 on one line",
    pem: `-----BEGIN CERTIFICATE-----\n${encodeBase64(FIRST)}\n-----END CERTIFICATE-----`,
    certificates: [FIRST],
  },
  {
    name: "the padding on a line of its own",
    pem: "-----BEGIN CERTIFICATE-----\nMAA\n=\n-----END CERTIFICATE-----",
    certificates: [SECOND],
  },
  {
    name: "a key beside it, which is passed over",
    pem: encodePem("PRIVATE KEY", FIRST) + PEM,
    certificates: [FIRST],
  },
  {
    name: "a key beside it whose content is not looked at",
    pem: `-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n${PEM}`,
    certificates: [FIRST],
  },
  { name: "a ruled line that is no boundary", pem: `Our CA\n-----------\n${PEM}`, certificates: [FIRST] },
] as const;

for (const { name, pem, certificates } of READABLE) {
  Deno.test(`parsePemCertificates reads ${name}`, () => {
    assertEquals(parsePemCertificates(pem), [...certificates]);
  });
}

const NONE = 'Cannot read PEM: it has no "CERTIFICATE" block';
const REFUSED = [
  { name: "nothing", pem: "", message: NONE },
  { name: "a file name", pem: "/etc/ssl/cert.pem", message: NONE },
  {
    name: "a key alone",
    pem: encodePem("PRIVATE KEY", FIRST),
    message: `${NONE}, but a "PRIVATE KEY" block`,
  },
  {
    name: "a label in lower case",
    pem: PEM.replaceAll("CERTIFICATE", "certificate"),
    message: `${NONE}, but a "certificate" block`,
  },
  {
    name: "a block without an end",
    pem: PEM.replace(/-----END.*/, ""),
    message: 'Cannot read PEM: the "CERTIFICATE" block has no end',
  },
  {
    name: "an end without a beginning",
    pem: "x\n-----END CERTIFICATE-----",
    message: "Cannot read PEM: line 2 ends a block that did not begin",
  },
  {
    name: "an end of another kind",
    pem: PEM.replace("END CERTIFICATE", "END PRIVATE KEY"),
    message: 'Cannot read PEM: line 7 does not end the "CERTIFICATE" block above it',
  },
  {
    name: "a block inside a block",
    pem: PEM.replace(/-----END.*\n/, "") + PEM,
    message: 'Cannot read PEM: line 7 begins a block inside the "CERTIFICATE" block',
  },
  {
    name: "four dashes",
    pem: PEM.replace("CERTIFICATE-----", "CERTIFICATE----"),
    message: "Cannot read PEM: line 1 begins like a boundary but is none; are line breaks missing?",
  },
  {
    name: "backslash n for line breaks, as an environment variable may have it",
    pem: PEM.replaceAll("\n", "\\n"),
    message: "Cannot read PEM: line 1 begins like a boundary but is none; are line breaks missing?",
  },
  {
    name: "a character that is not base64",
    pem: "-----BEGIN CERTIFICATE-----\nMAAA\nM!AA\n-----END CERTIFICATE-----",
    message: 'Cannot read PEM: line 3 of the "CERTIFICATE" block is not base64 at character 2',
  },
  {
    name: "base64 for URLs",
    pem: "-----BEGIN CERTIFICATE-----\nMA_-\n-----END CERTIFICATE-----",
    message: 'Cannot read PEM: line 2 of the "CERTIFICATE" block is not base64 at character 3',
  },
  {
    name: "a group of three",
    pem: "-----BEGIN CERTIFICATE-----\nMAAAMAA\n-----END CERTIFICATE-----",
    message:
      'Cannot read PEM: line 3 of the "CERTIFICATE" block ends it in the middle of a group of four characters',
  },
  ...["A--B", "A  B", " A", "A ", "-A", "A-", "A -B", "\xe9"].map((label) => ({
    name: `the label ${JSON.stringify(label)}, which is none`,
    pem: `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----`,
    message: "Cannot read PEM: line 1 begins like a boundary but is none; are line breaks missing?",
  })),
  {
    name: "three characters of padding",
    pem: "-----BEGIN CERTIFICATE-----\nM===\n-----END CERTIFICATE-----",
    message:
      'Cannot read PEM: line 3 of the "CERTIFICATE" block ends it in the middle of a group of four characters',
  },
  {
    name: "padding before the end",
    pem: "-----BEGIN CERTIFICATE-----\nMAA=\nMAA=\n-----END CERTIFICATE-----",
    message: 'Cannot read PEM: line 3 of the "CERTIFICATE" block goes on after the padding',
  },
  {
    name: "an empty block",
    pem: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    message: 'Cannot read PEM: line 2 of the "CERTIFICATE" block ends it, but it is empty',
  },
  {
    name: "a good certificate before a bad one",
    pem: `${PEM}-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----`,
    message: 'Cannot read PEM: line 9 of the "CERTIFICATE" block ends it, but it is empty',
  },
] as const;

for (const { name, pem, message } of REFUSED) {
  Deno.test(`parsePemCertificates refuses ${name}`, () => {
    const error = assertThrows(() => parsePemCertificates(pem), SyntaxError);
    assertEquals(error.message, message);
  });
}

Deno.test("PEM: every byte of every length is decoded", () => {
  for (let length = 1; length < 200; length++) {
    const bytes = FIRST.subarray(0, length);
    assertEquals(parsePemCertificates(encodePem("CERTIFICATE", bytes)), [bytes]);
  }
});

Deno.test("readPemBlocks keeps the labels and the header lines of old keys", () => {
  const pem = `-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

MAA=
-----END RSA PRIVATE KEY-----`;
  assertEquals(readPemBlocks(pem), [
    { label: "RSA PRIVATE KEY", lines: ["Proc-Type: 4,ENCRYPTED", "", "MAA="], firstLine: 2 },
  ]);
});

Deno.test("PEM: an error about a key does not contain the key", () => {
  const secret = "c2VjcmV0*c2VjcmV0";
  const [block] = readPemBlocks(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`);
  if (block === undefined) throw new Error("there is a block");
  const error = assertThrows(() => decodePemBlock(block), SyntaxError);
  assertMatch(
    error.message,
    /^Cannot read PEM: line 2 of the "PRIVATE KEY" block is not base64 at character 9$/,
  );
  assertEquals(error.cause, undefined);
});

Deno.test("readPemBlocks takes labels whose words are divided by one space or hyphen", () => {
  for (const label of ["A", "X-509 CRL", "a b-c~!"]) {
    const [block] = readPemBlocks(`-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----`);
    assertEquals(block?.label, label);
  }
});

/** Texts of a size in characters, about. */
const TEXTS: readonly { readonly name: string; readonly text: (size: number) => string }[] = [
  { name: "a long block", text: (size) => block(`${"A".repeat(64)}\n`.repeat(size / 65)) },
  { name: "one line", text: (size) => block("A".repeat(size - size % 4)) },
  { name: "many blocks", text: (size) => block("MAA=\n").repeat(size / 60) },
  { name: "blanks within a line", text: (size) => block(`A${" ".repeat(size)}A`) },
  { name: "blank lines", text: (size) => block(" \n".repeat(size / 2)) },
  { name: "hyphens before a label", text: (size) => `${"-".repeat(size)}BEGIN A-----` },
  { name: "a label of many words", text: (size) => `-----BEGIN ${"A-".repeat(size / 2)}` },
  { name: "boundaries alone", text: (size) => "-----BEGIN A-----\n-----END A-----\n".repeat(size / 34) },
];
for (const { name, text } of TEXTS) {
  Deno.test(`PEM: the work is linear in the text: ${name}`, () => {
    assertLinearCpu(text, (pem) => readPemBlocks(pem).map(decodePemBlock), { from: 20_000 });
  });
}

function block(lines: string): string {
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
