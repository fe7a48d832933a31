/** Name constraints that are malformed, cut off, or part of a certificate. */

import { assertEquals } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import { constrainedNames, parseNameConstraints } from "../../../../tls/x509/names/name_constraints.ts";
import { implicit, integer, nothing, sequence, utf8String, value } from "../../../support/der.ts";
import { CA, certificateOf, codeOf, dns, dnsName, extension, hex, ip, nameOf } from "../certificate_parts.ts";
import { constraints, directory, email } from "./constraints_support.ts";

const MALFORMED: [name: string, der: Uint8Array, code: string][] = [
  ["nothing", new Uint8Array(), "bad_der"],
  ["text", utf8String("a"), "bad_der"],
  ["an empty sequence", sequence(), "malformed_name_constraint"],
  ["an empty list of what is permitted", sequence(value(0xa0)), "malformed_name_constraint"],
  [
    "an empty list of what is excluded",
    sequence(value(0xa0, sequence(dns("a"))), value(0xa1)),
    "malformed_name_constraint",
  ],
  ["NULL for a list", sequence(value(0xa0, nothing())), "bad_der"],
  ["a third list", sequence(value(0xa0, sequence(dns("a"))), value(0xa2)), "bad_der"],
  [
    "the lists the wrong way round",
    sequence(value(0xa1, sequence(dns("a"))), value(0xa0, sequence(dns("a")))),
    "bad_der",
  ],
  ["something after them", new Uint8Array([...constraints([dns("a")]), 0]), "bad_der"],
  ["a subtree without a name", sequence(value(0xa0, sequence())), "bad_der"],
  [
    "a minimum",
    sequence(value(0xa0, sequence(dns("a"), implicit(0, hex("01"))))),
    "malformed_name_constraint",
  ],
  [
    "a minimum of 0 that is spelt out",
    sequence(value(0xa0, sequence(dns("a"), implicit(0, hex("00"))))),
    "malformed_name_constraint",
  ],
  [
    "a maximum",
    sequence(value(0xa0, sequence(dns("a"), implicit(1, hex("01"))))),
    "malformed_name_constraint",
  ],
  ["a wildcard", constraints([dns("*.a.b")]), "malformed_name_constraint"],
  ["the dot of the root", constraints([dns("a.b.")]), "malformed_name_constraint"],
  ["a DNS name of two dots in front", constraints([dns("..a.b")]), "malformed_name_constraint"],
  ["an address for a DNS name", constraints([], [dns("192.0.2.1")]), "malformed_name_constraint"],
  ["an address without a mask", constraints([ip(192, 0, 2, 1)]), "malformed_name_constraint"],
  ["an IPv6 address without a mask", constraints([ip(...Array(16).fill(0))]), "malformed_name_constraint"],
  ["a mask with a gap", constraints([ip(192, 0, 2, 0, 255, 0, 255, 0)]), "malformed_name_constraint"],
  ["a mail address of two at signs", constraints([email("a@b@c.d")]), "malformed_name_constraint"],
  ["a mail address of no host", constraints([email("a@")]), "malformed_name_constraint"],
  ["no mail address at all", constraints([email("")]), "malformed_name_constraint"],
  ["a malformed distinguished name", constraints([directory(sequence(integer(1)))]), "bad_der"],
];

for (const [name, der, code] of MALFORMED) {
  Deno.test(`parseNameConstraints refuses ${name}: ${code}`, () => {
    assertEquals(codeOf(() => parseNameConstraints(der)), code);
  });
}

Deno.test("parseNameConstraints refuses constraints cut anywhere", () => {
  const der = constraints([dns("a.b"), ip(1, 2, 3, 4, 255, 255, 0, 0)], [
    directory(nameOf("a")),
    email("a@b.c"),
  ]);
  assertEquals(parseNameConstraints(der).permitted.length, 2);
  for (let length = 0; length < der.length; length++) {
    assertEquals(codeOf(() => parseNameConstraints(der.subarray(0, length))), "bad_der");
  }
});

Deno.test("constrainedNames refuses a malformed subject", () => {
  const certificate = parseCertificate(certificateOf({ subject: sequence(sequence()) }));
  assertEquals(codeOf(() => constrainedNames(certificate)), "malformed_name");
});

Deno.test("parseCertificate reads the name constraints of an authority", () => {
  const der = certificateOf({
    extensions: [
      CA,
      extension("2.5.29.30", constraints([dns("a.b")], [ip(1, 2, 3, 4, 255, 255, 255, 255)]), true),
    ],
  });
  assertEquals(parseCertificate(der).nameConstraints, {
    permitted: [dnsName("a.b")],
    excluded: [{ kind: "ip", address: hex("01020304ffffffff") }],
  });
});
