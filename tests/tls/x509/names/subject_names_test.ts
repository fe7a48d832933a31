/** The name that was asked for against the names of a certificate. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import { CertificateError } from "../../../../tls/x509/error.ts";
import { parseServerName } from "../../../../tls/names/server_name.ts";
import { verifyServerName } from "../../../../tls/x509/names/subject_names.ts";
import { explicit, implicit } from "../../../support/der.ts";
import { altNames, certificateOf, codeOf, dns, ip, nameOf, octets } from "../certificate_parts.ts";
import { email, uri } from "./constraints_support.ts";

const ROWS: [names: readonly Uint8Array[], asked: string, is: boolean][] = [
  [[dns("example.com")], "example.com", true],
  [[dns("a.test"), dns("example.com")], "EXAMPLE.com.", true],
  [[dns("*.example.com")], "a.example.com", true],
  [[dns("*.example.com")], "example.com", false],
  [[dns("example.org")], "example.com", false],
  [[ip(192, 0, 2, 1)], "192.0.2.1", true],
  [[ip(192, 0, 2, 2)], "192.0.2.1", false],
  [[ip(...Array(15).fill(0), 1)], "::1", true],
  [[ip(...Array(15).fill(0), 1)], "[::1]", true],
  // An IPv4 address is none of IPv6, however it is written.
  [[ip(127, 0, 0, 1)], "::ffff:127.0.0.1", false],
  [[ip(...Array(10).fill(0), 255, 255, 127, 0, 0, 1)], "127.0.0.1", false],
  // An address in a dNSName is not one, nor a name in an iPAddress.
  [[dns("192.0.2.1")], "192.0.2.1", false],
  [[ip(...octets("a.co"))], "a.co", false],
  [[ip(192, 0, 2, 1, 255, 255, 255, 255)], "192.0.2.1", false],
  // Malformed entries, and those of other kinds, match nothing, and keep no other from it.
  [
    [dns("a..b"), dns("\xff"), ip(1), implicit(6, octets("example.com")), dns("example.com")],
    "example.com",
    true,
  ],
  [[implicit(6, octets("example.com"))], "example.com", false],
  [[implicit(1, octets("a@example.com"))], "example.com", false],
  [[explicit(4, nameOf("example.com"))], "example.com", false],
];

for (const [index, [names, asked, is]] of ROWS.entries()) {
  Deno.test(`verifyServerName: row ${index + 1}, a certificate is ${is ? "" : "not "}for ${asked}`, () => {
    const certificate = parseCertificate(certificateOf({ extensions: [altNames(names)] }));
    assertEquals(
      codeOf(() => verifyServerName(certificate, parseServerName(asked))),
      is ? "accepted" : "not_valid_for_name",
    );
  });
}

function refusal(names: readonly Uint8Array[] | null, asked: string): CertificateError {
  const certificate = parseCertificate(certificateOf({
    subject: nameOf("example.com"),
    extensions: names === null ? null : [altNames(names)],
  }));
  return assertThrows(() => verifyServerName(certificate, parseServerName(asked)), CertificateError);
}

const MESSAGES: readonly {
  readonly name: string;
  readonly names: readonly Uint8Array[] | null;
  readonly asked: string;
  readonly says: string;
  readonly hint?: string;
}[] = [
  {
    name: "of a common name alone says that it does not count",
    names: null,
    asked: "example.com",
    says:
      "it has no subjectAltName extension, where names of servers stand, and its common name does not count",
    hint:
      "A common name does not count: the certificate must be made anew, with DNS:example.com in its subjectAltName.",
  },
  {
    name: "of names of other kinds alone says that none is of a server",
    names: [uri("spiffe://example.com/a"), email("a@example.com")],
    asked: "example.com",
    says: "its subjectAltName extension has no name of a server, and its common name does not count",
    hint:
      "A common name does not count: the certificate must be made anew, with DNS:example.com in its subjectAltName.",
  },
  {
    name: "of an IPv4 address as a DNS name says that it does not count",
    names: [dns("db.internal"), dns("127.0.0.1")],
    asked: "127.0.0.1",
    says: 'it has "127.0.0.1" as a DNS name, which does not count for an IP address',
    hint:
      "A DNS name does not count for an IP address: the certificate must be made anew, with IP:127.0.0.1 in its subjectAltName.",
  },
  {
    name: "of an IPv6 address as a DNS name, written otherwise, says that it does not count",
    names: [dns("0:0:0:0:0:0:0:1")],
    asked: "[::1]",
    says: 'it has "::1" as a DNS name, which does not count for an IP address',
    hint:
      "A DNS name does not count for an IP address: the certificate must be made anew, with IP:::1 in its subjectAltName.",
  },
  {
    name: "of another address as a DNS name has the names",
    names: [dns("127.0.0.2")],
    asked: "127.0.0.1",
    says: 'it is for "127.0.0.2"',
  },
];

for (const { name, names, asked, says, hint } of MESSAGES) {
  Deno.test(`C-10: the message ${name}`, () => {
    const error = refusal(names, asked);
    assertEquals(
      error.message,
      `Cannot accept the certificate for "${asked.replace(/[[\]]/g, "")}": ${says}`,
    );
    assertEquals(error.hint, hint);
    assertEquals([error.subject, error.alert], ["CN=example.com", "bad_certificate"]);
  });
}

Deno.test("verifyServerName: the message does not speak of a common name that is not there", () => {
  const certificate = parseCertificate(certificateOf({ subject: nameOf(), extensions: null }));
  const error = assertThrows(
    () => verifyServerName(certificate, parseServerName("a.test")),
    CertificateError,
  );
  assertEquals(error.message.includes("common name"), false);
});

Deno.test("verifyServerName: the message has the names of the certificate", () => {
  assertEquals(
    refusal([dns("a.test"), dns("*.b.test"), ip(192, 0, 2, 1)], "c.test").message,
    'Cannot accept the certificate for "c.test": it is for "a.test", "*.b.test", "192.0.2.1"',
  );
  assertEquals(
    refusal([dns("a.test")], "::1").message,
    'Cannot accept the certificate for "::1": it is for "a.test"',
  );
});

Deno.test("verifyServerName: the message has ten names at most", () => {
  const { message } = refusal(Array.from({ length: 3_000 }, (_, index) => dns(`${index}.test`)), "a.test");
  assert(message.endsWith('"8.test", "9.test" and 2990 more'), message);
});

Deno.test("verifyServerName: the message escapes what could forge a line of a log", () => {
  assertEquals(
    refusal([dns('a"\nERROR \x1b[0m\\')], "a.test").message,
    'Cannot accept the certificate for "a.test": it is for "a\\"\\0AERROR \\1B[0m\\\\"',
  );
});
