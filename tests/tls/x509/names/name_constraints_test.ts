/** Names against name constraints, kind by kind: permitted, excluded, malformed, unknown (RFC 5280 §4.2.1.10). */

import { assertEquals } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import {
  checkNameConstraints,
  constrainedNames,
  parseNameConstraints,
} from "../../../../tls/x509/names/name_constraints.ts";
import { sequence, set, value } from "../../../support/der.ts";
import { altNames, attribute, certificateOf, codeOf, dns, ip, nameOf, octets } from "../certificate_parts.ts";
import { constraints, directory, email, other, registered, uri } from "./constraints_support.ts";

interface Row {
  readonly name: string;
  readonly permitted?: readonly Uint8Array[];
  readonly excluded?: readonly Uint8Array[];
  /** Alternative names. Default: none. */
  readonly names?: readonly Uint8Array[];
  /** Default: none. */
  readonly subject?: Uint8Array;
  readonly violated: boolean;
}

const ROWS: readonly Row[] = [
  // DNS names.
  { name: "a DNS name that is permitted", permitted: [dns("a.b")], names: [dns("a.b")], violated: false },
  {
    name: "a DNS name below one that is permitted",
    permitted: [dns("a.b")],
    names: [dns("x.a.b")],
    violated: false,
  },
  { name: "a DNS name that is not permitted", permitted: [dns("a.b")], names: [dns("a.c")], violated: true },
  {
    name: "one of two DNS names that is not permitted",
    permitted: [dns("a.b")],
    names: [dns("a.b"), dns("a.c")],
    violated: true,
  },
  {
    name: "a DNS name that one of two permits",
    permitted: [dns("a.c"), dns("a.b")],
    names: [dns("a.b")],
    violated: false,
  },
  {
    name: "a DNS name where addresses are limited",
    permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [dns("a.b")],
    violated: false,
  },
  { name: "a DNS name that is excluded", excluded: [dns("a.b")], names: [dns("x.a.b")], violated: true },
  {
    name: "the second of two DNS names that is excluded",
    excluded: [dns("a.b")],
    names: [dns("a.c"), dns("a.b")],
    violated: true,
  },
  {
    name: "a DNS name beside one that is excluded",
    excluded: [dns("a.b")],
    names: [dns("xa.b")],
    violated: false,
  },
  {
    name: "a DNS name that is permitted and excluded",
    permitted: [dns("a.b")],
    excluded: [dns("a.b")],
    names: [dns("a.b")],
    violated: true,
  },
  { name: "any DNS name where all are excluded", excluded: [dns("")], names: [dns("a.b")], violated: true },
  {
    name: "no DNS name where all are excluded",
    excluded: [dns("")],
    names: [ip(1, 2, 3, 4)],
    violated: false,
  },
  { name: "a wildcard that is permitted", permitted: [dns("a.b")], names: [dns("*.a.b")], violated: false },
  {
    name: "C-16: a wildcard of which a part is permitted",
    permitted: [dns("x.a.b")],
    names: [dns("*.a.b")],
    violated: true,
  },
  {
    name: "a wildcard of which a part is excluded",
    excluded: [dns("x.a.b")],
    names: [dns("*.a.b")],
    violated: true,
  },
  {
    name: "a wildcard beside what is excluded",
    excluded: [dns("x.a.c")],
    names: [dns("*.a.b")],
    violated: false,
  },
  {
    name: "a malformed DNS name where some are permitted",
    permitted: [dns("a.b")],
    names: [dns(".a.b")],
    violated: true,
  },
  {
    name: "a malformed DNS name where all are permitted",
    permitted: [dns("")],
    names: [dns("a..b")],
    violated: true,
  },
  {
    name: "a malformed DNS name where some are excluded",
    excluded: [dns("a.b")],
    names: [dns("x y")],
    violated: true,
  },
  {
    name: "a malformed DNS name where none is limited",
    permitted: [uri("a")],
    names: [dns("x y")],
    violated: false,
  },
  {
    name: "a DNS name with an octet beyond ASCII",
    excluded: [dns("a.b")],
    names: [dns("\xe1.a.b")],
    violated: true,
  },
  // IP addresses.
  {
    name: "an address that is permitted",
    permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(192, 0, 2, 9)],
    violated: false,
  },
  {
    name: "an address that is not permitted",
    permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(192, 0, 3, 9)],
    violated: true,
  },
  {
    name: "an address of the other family",
    permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(...Array(16).fill(0))],
    violated: true,
  },
  {
    name: "an address that is excluded",
    excluded: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(192, 0, 2, 9)],
    violated: true,
  },
  {
    name: "an IPv6 address where IPv4 is excluded",
    excluded: [ip(0, 0, 0, 0, 0, 0, 0, 0)],
    names: [ip(...Array(16).fill(0))],
    violated: false,
  },
  {
    name: "an address of five octets",
    excluded: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(1, 2, 3, 4, 5)],
    violated: true,
  },
  {
    name: "an address with a mask",
    permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    names: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
    violated: true,
  },
  // Distinguished names.
  {
    name: "a subject that is permitted",
    permitted: [directory(nameOf("a"))],
    subject: nameOf("a", "b"),
    violated: false,
  },
  {
    name: "a subject that is the one permitted",
    permitted: [directory(nameOf("a"))],
    subject: nameOf("a"),
    violated: false,
  },
  {
    name: "a subject that is not permitted",
    permitted: [directory(nameOf("a"))],
    subject: nameOf("b", "a"),
    violated: true,
  },
  {
    name: "a subject shorter than what is permitted",
    permitted: [directory(nameOf("a", "b"))],
    subject: nameOf("a"),
    violated: true,
  },
  {
    name: "a subject that begins like what is permitted",
    permitted: [directory(nameOf("a"))],
    subject: nameOf("ab"),
    violated: true,
  },
  {
    name: "a subject that is permitted but for its case",
    permitted: [directory(nameOf("a"))],
    subject: nameOf("A"),
    violated: true,
  },
  {
    name: "any subject where the empty name is permitted",
    permitted: [directory(sequence())],
    subject: nameOf("a"),
    violated: false,
  },
  {
    name: "no subject where one is required of subjects",
    permitted: [directory(nameOf("a"))],
    names: [dns("a.b")],
    violated: false,
  },
  {
    name: "a subject that is excluded",
    excluded: [directory(nameOf("a"))],
    subject: nameOf("a", "b"),
    violated: true,
  },
  {
    name: "a subject that is excluded but for its case and spaces",
    excluded: [directory(nameOf("A  b"))],
    subject: nameOf("a B", "c"),
    violated: true,
  },
  {
    name: "a subject that is excluded but for its type of string",
    excluded: [directory(nameOf("a"))],
    subject: sequence(set(attribute("2.5.4.3", value(0x13, octets("a"))))),
    violated: true,
  },
  {
    name: "a subject that is not excluded",
    excluded: [directory(nameOf("a"))],
    subject: nameOf("b", "a"),
    violated: false,
  },
  ...[["a", "c"], ["c", "b"], ["b", "a"]].map((parts): Row => ({
    name: `a subject of which one part of two is that of an excluded name (${parts})`,
    excluded: [directory(nameOf("a", "b"))],
    subject: nameOf(...parts),
    violated: false,
  })),
  ...[["a", "c"], ["c", "b"], ["b", "a"]].map((parts): Row => ({
    name: `a subject of which one part of two is that of a permitted name (${parts})`,
    permitted: [directory(nameOf("a", "b"))],
    subject: nameOf(...parts),
    violated: true,
  })),
  {
    name: "a subject where DNS names and mailboxes are limited",
    permitted: [dns("a.b"), email("a.b")],
    excluded: [dns("a"), email("a")],
    subject: nameOf("a"),
    violated: false,
  },
  {
    name: "an alternative name that is excluded",
    excluded: [directory(nameOf("a"))],
    names: [directory(nameOf("a"))],
    violated: true,
  },
  {
    name: "an alternative name that is not permitted beside a subject that is",
    permitted: [directory(nameOf("a"))],
    names: [directory(nameOf("b"))],
    subject: nameOf("a"),
    violated: true,
  },
  {
    name: "an alternative name that is no name",
    excluded: [directory(nameOf("a"))],
    names: [directory(sequence(sequence()))],
    violated: true,
  },
  // Mail addresses.
  {
    name: "a mailbox that is permitted",
    permitted: [email("a@b.c")],
    names: [email("a@B.C")],
    violated: false,
  },
  { name: "a mailbox of another case", permitted: [email("a@b.c")], names: [email("A@b.c")], violated: true },
  {
    name: "a mailbox at a host that is permitted",
    permitted: [email("b.c")],
    names: [email("a@b.c")],
    violated: false,
  },
  {
    name: "a mailbox below a host that is permitted",
    permitted: [email("b.c")],
    names: [email("a@x.b.c")],
    violated: true,
  },
  {
    name: "a mailbox below a domain that is permitted",
    permitted: [email(".b.c")],
    names: [email("a@x.b.c")],
    violated: false,
  },
  {
    name: "a mailbox at a domain below which is permitted",
    permitted: [email(".b.c")],
    names: [email("a@b.c")],
    violated: true,
  },
  {
    name: "a mailbox with an asterisk, which is no wildcard",
    permitted: [email("*@b.c")],
    names: [email("*@b.c")],
    violated: false,
  },
  {
    name: "a mailbox that an asterisk does not stand for",
    permitted: [email("*@b.c")],
    names: [email("a@b.c")],
    violated: true,
  },
  { name: "a mailbox that is excluded", excluded: [email("b.c")], names: [email("a@b.c")], violated: true },
  { name: "a mailbox of two at signs", permitted: [email("b.c")], names: [email("a@x@b.c")], violated: true },
  {
    name: "a mailbox of two at signs where some are excluded",
    excluded: [email("b.c")],
    names: [email('"a@x"@d.e')],
    violated: true,
  },
  { name: "a mailbox without a host", excluded: [email("b.c")], names: [email("a")], violated: true },
  {
    name: "a mail address in the subject of a certificate without alternative names",
    excluded: [email("b.c")],
    subject: sequence(set(attribute("1.2.840.113549.1.9.1", value(0x16, octets("a@b.c"))))),
    violated: true,
  },
  {
    name: "a mail address in the subject of a certificate with alternative names",
    excluded: [email("b.c")],
    subject: sequence(set(attribute("1.2.840.113549.1.9.1", value(0x16, octets("a@b.c"))))),
    names: [dns("a.b")],
    violated: false,
  },
  // Kinds whose subtrees are not known.
  {
    name: "C-15: a URI where some are permitted",
    permitted: [uri("a.b")],
    names: [uri("http://a.b/")],
    violated: true,
  },
  {
    name: "C-15: a URI where some are excluded",
    excluded: [uri("a.b")],
    names: [uri("http://c.d/")],
    violated: true,
  },
  { name: "no URI where some are excluded", excluded: [uri("a.b")], names: [dns("a.b")], violated: false },
  { name: "an other name where some are excluded", excluded: [other], names: [other], violated: true },
  { name: "no other name where some are excluded", excluded: [other], names: [dns("a.b")], violated: false },
  {
    name: "a registered ID where other names are permitted",
    permitted: [other],
    names: [registered],
    violated: true,
  },
];

for (const { name, permitted = [], excluded = [], names, subject = sequence(), violated } of ROWS) {
  Deno.test(`checkNameConstraints ${violated ? "refuses" : "accepts"} ${name}`, () => {
    const certificate = parseCertificate(certificateOf({
      subject,
      extensions: names === undefined ? null : [altNames(names, true)],
    }));
    const parsed = parseNameConstraints(constraints(permitted, excluded));
    const outcome = codeOf(() =>
      checkNameConstraints(constrainedNames(certificate), parsed, { comparisons: 1_000 })
    );
    assertEquals(outcome, violated ? "name_constraint_violation" : "accepted");
  });
}
