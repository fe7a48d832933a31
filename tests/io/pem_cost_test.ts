/** The reader of PEM takes time in proportion to its text, whatever the text. */

import { decodePemBlock, parsePemCertificates, pemHint, readPemBlocks } from "../../io/pem.ts";
import { RootCertStore } from "../../tls/x509/root_cert_store.ts";
import { assertLinearCpu } from "../support/cost.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

const TEXTS: readonly {
  readonly name: string;
  readonly make: (size: number) => string;
  readonly from?: number;
}[] = [
  { name: "of many certificates", make: (size) => `${BEGIN}\nMAA=\n${END}\n`.repeat(size), from: 50 },
  { name: "of a certificate of many lines", make: (size) => `${BEGIN}\n${"AAAA\n".repeat(size)}${END}` },
  {
    name: "of a certificate of one line",
    make: (size) => `${BEGIN}\n${"A".repeat(4 * size)}\n${END}`,
    from: 4000,
  },
  {
    name: "of a certificate of padding",
    make: (size) => `${BEGIN}\n${"=".repeat(4 * size)}\n${END}`,
    from: 4000,
  },
  {
    name: "of a certificate of blank lines",
    make: (size) => `${BEGIN}\n${" \n".repeat(size)}${END}`,
    from: 4000,
  },
  { name: "of blanks", make: (size) => " ".repeat(size) + "x", from: 20_000 },
  { name: "of line ends", make: (size) => "\r".repeat(size), from: 20_000 },
  { name: "of dashes", make: (size) => "-".repeat(size), from: 20_000 },
  { name: "of dashes and blanks", make: (size) => `-${" ".repeat(size)}`, from: 20_000 },
  { name: "of a label without an end", make: (size) => `-----BEGIN ${"A ".repeat(size)}`, from: 20_000 },
  { name: "of a label of dashes", make: (size) => `-----BEGIN A${"-A".repeat(size)}--x`, from: 20_000 },
  { name: "of beginnings", make: (size) => BEGIN.repeat(size), from: 100 },
  { name: "of ends", make: (size) => `${END}\n`.repeat(size) },
];

for (const { name, make, from = 1000 } of TEXTS) {
  Deno.test(`cost: PEM: a text ${name} is read in linear time`, () => {
    assertLinearCpu(make, (text) => {
      pemHint(text);
      attempt(() => readPemBlocks(text).map(decodePemBlock));
      attempt(() => parsePemCertificates(text));
      RootCertStore.fromDer([]).addParsablePem(text);
    }, { from });
  });
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}
