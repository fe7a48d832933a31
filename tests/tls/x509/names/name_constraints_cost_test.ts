/** What a peer can make name constraints cost, and where it ends. */

import { assert, assertEquals } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import { checkNameConstraints, parseNameConstraints } from "../../../../tls/x509/names/name_constraints.ts";
import type { GeneralName } from "../../../../tls/x509/types.ts";
import { altNames, certificateOf, codeOf, dns, dnsName, ip, nameOf, octets } from "../certificate_parts.ts";
import { constraints, directory, email } from "./constraints_support.ts";

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

Deno.test("checkNameConstraints reads a long mail address once, however many constraints there are", () => {
  const hosts = Array.from({ length: 200 }, (_, i) => email(`host${i}.example`));
  const limits = parseNameConstraints(constraints([], hosts));
  const names: GeneralName[] = [{ kind: "email", value: octets(`${"a".repeat(1000)}@mail.example`) }];
  const made = charactersMadeBy(() => checkNameConstraints(names, limits, { comparisons: 200 }));
  // The address, and each of the constraints.
  assert(made < 5000, `${made} characters`);
});

Deno.test("checkNameConstraints folds a name once, however many paths it is compared on", () => {
  const limits = parseNameConstraints(constraints([], [directory(nameOf("excluded"))]));
  const name = nameOf("harmless");
  const { normalize } = String.prototype;
  let folded = 0;
  String.prototype.normalize = function (form?: string): string {
    folded++;
    return normalize.call(this, form);
  };
  try {
    for (let path = 0; path < 10; path++) {
      checkNameConstraints([{ kind: "directory", name }], limits, { comparisons: 1 });
    }
  } finally {
    String.prototype.normalize = normalize;
  }
  assertEquals(folded, 2);
});
