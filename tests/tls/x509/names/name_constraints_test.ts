import { assert, assertEquals } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import {
  checkNameConstraints,
  constrainedNames,
  parseNameConstraints,
} from "../../../../tls/x509/names/name_constraints.ts";
import type { GeneralName } from "../../../../tls/x509/types.ts";
import {
  explicit,
  implicit,
  integer,
  nothing,
  oid,
  sequence,
  set,
  utf8String,
  value,
} from "../../../support/der.ts";
import {
  altNames,
  attribute,
  CA,
  certificateOf,
  codeOf,
  dns,
  dnsName,
  extension,
  hex,
  ip,
  nameOf,
  octets,
} from "../support.ts";

const directory = (name: Uint8Array) => explicit(4, name);
const email = (text: string) => implicit(1, octets(text));
const uri = (text: string) => implicit(6, octets(text));
const other = value(0xa0, oid("1.2.3"), explicit(0, nothing()));
const registered = implicit(8, hex("2a03"));

/** `NameConstraints` of these names. */
function constraints(permitted: readonly Uint8Array[], excluded: readonly Uint8Array[] = []): Uint8Array {
  return sequence(
    ...(permitted.length > 0 ? [value(0xa0, ...permitted.map((name) => sequence(name)))] : []),
    ...(excluded.length > 0 ? [value(0xa1, ...excluded.map((name) => sequence(name)))] : []),
  );
}

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
    name: "a wildcard of which a part is permitted",
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
    name: "an asterisk, which is a letter in mail",
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
  // What is not known is refused where it is met.
  {
    name: "a URI where some are permitted",
    permitted: [uri("a.b")],
    names: [uri("http://a.b/")],
    violated: true,
  },
  {
    name: "a URI where some are excluded",
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

Deno.test("checkNameConstraints counts each name against each subtree, and stops where the budget ends", () => {
  const names: GeneralName[] = ["a.b", "a.c", "a.d"].map(dnsName);
  const parsed = parseNameConstraints(
    constraints([ip(1, 2, 3, 4, 255, 255, 255, 255)], [dns("x.y"), dns("x.z")]),
  );
  const budget = { comparisons: 9 };
  checkNameConstraints(names, parsed, budget);
  assertEquals(budget.comparisons, 0);
  assertEquals(
    codeOf(() => checkNameConstraints(names, parsed, { comparisons: 8 })),
    "maximum_name_constraint_comparisons_exceeded",
  );
  checkNameConstraints([], parsed, { comparisons: 0 });
});

Deno.test("checkNameConstraints ends with the budget, whatever the names and subtrees a certificate has room for", () => {
  const many = (of: (index: number) => Uint8Array) => Array.from({ length: 2_000 }, (_, index) => of(index));
  const kinds: ((index: number) => Uint8Array)[] = [
    (index) => dns(`${index}.test`),
    (index) => directory(nameOf(`${index}`)),
    (index) => email(`a@${index}.test`),
  ];
  for (const of of kinds) {
    const { subjectAltNames = [] } = parseCertificate(certificateOf({ extensions: [altNames(many(of))] }));
    const parsed = parseNameConstraints(constraints([], many((index) => of(index + 2_000))));
    const budget = { comparisons: 250_000 };
    assertEquals(
      codeOf(() => checkNameConstraints(subjectAltNames, parsed, budget)),
      "maximum_name_constraint_comparisons_exceeded",
    );
    assertEquals(budget.comparisons, 0);
  }
});

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
  ["a name of persons that is none", constraints([directory(sequence(integer(1)))]), "bad_der"],
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

Deno.test("constrainedNames refuses a subject that is no name", () => {
  const certificate = parseCertificate(certificateOf({ subject: sequence(sequence()) }));
  assertEquals(codeOf(() => constrainedNames(certificate)), "malformed_name");
});

Deno.test("a certificate's own constraints are read with it", () => {
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

/** How many characters are made while `act` is at work. */
function charactersMadeBy(act: () => void): number {
  const { fromCharCode } = String;
  let made = 0;
  String.fromCharCode = (...codes): string => {
    made += codes.length;
    return fromCharCode(...codes);
  };
  try {
    act();
  } finally {
    String.fromCharCode = fromCharCode;
  }
  return made;
}

Deno.test("a long mail address is read once, however many constraints there are", () => {
  const hosts = Array.from({ length: 200 }, (_, i) => email(`host${i}.example`));
  const limits = parseNameConstraints(constraints([], hosts));
  const names: GeneralName[] = [{ kind: "email", value: octets(`${"a".repeat(1000)}@mail.example`) }];
  const made = charactersMadeBy(() => checkNameConstraints(names, limits, { comparisons: 200 }));
  // The address, and each of the constraints.
  assert(made < 5000, `${made} characters`);
});

Deno.test("a name is folded once, however many ways it is compared on", () => {
  const limits = parseNameConstraints(constraints([], [directory(nameOf("excluded"))]));
  const name = nameOf("harmless");
  const { normalize } = String.prototype;
  let folded = 0;
  String.prototype.normalize = function (form?: string): string {
    folded++;
    return normalize.call(this, form);
  };
  try {
    for (let way = 0; way < 10; way++) {
      checkNameConstraints([{ kind: "directory", name }], limits, { comparisons: 1 });
    }
  } finally {
    String.prototype.normalize = normalize;
  }
  assertEquals(folded, 2);
});
