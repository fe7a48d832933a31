/** DNS names of certificates: which one is that asked for, and which lie within a name constraint. */

import { assertEquals } from "@std/assert";
import {
  isDnsConstraint,
  isPresentedDnsName,
  isWithinDnsConstraint,
  matchesDnsName,
  touchesDnsConstraint,
} from "../../../../tls/x509/names/dns_name.ts";

const LABEL_63 = "l".repeat(63);
/** 253 characters. */
const LONGEST = `${LABEL_63}.${LABEL_63}.${LABEL_63}.${"l".repeat(61)}`;

/** What a certificate has, what was asked for, whether they match. */
const MATCHES: [presented: string, reference: string, matches: boolean][] = [
  ["a", "a", true],
  ["a", "b", false],
  ["", "a", false],
  ["a", "", false],
  ["", "", false],
  ["a.b", "a.b", true],
  ["a.b", "A.B", true],
  ["A.B", "a.b", true],
  ["ExAmPlE.cOm", "eXaMpLe.CoM", true],
  ["a.b", "b.a", false],
  ["a.b", "b", false],
  ["b", "a.b", false],
  ["a.b", "a.c", false],
  ["a.b.c", "a.b", false],
  ["a.b", "a.b.c", false],
  ["example.com", "examplexcom", false],
  ["xample.com", "example.com", false],
  // The dot of the root may be asked for, not presented.
  ["a", "a.", true],
  ["a.b", "a.b.", true],
  ["a.b.", "a.b", false],
  ["a.b.", "a.b.", false],
  ["a.b", "a.b..", false],
  [".", ".", false],
  ["a", ".", false],
  ["*.b.c", "a.b.c.", true],
  ["*.b.c.", "a.b.c.", false],
  // Empty labels.
  [".a.b", "a.b", false],
  [".a.b", ".a.b", false],
  ["a..b", "a..b", false],
  ["a.b", ".a.b", false],
  // A wildcard is the whole leftmost label, and stands for one label.
  ["*.b.c", "a.b.c", true],
  ["*.b.c", "A.B.C", true],
  ["*.B.C", "a.b.c", true],
  ["*.b.c", "b.c", false],
  ["*.b.c", ".b.c", false],
  ["*.b.c", "x.a.b.c", false],
  ["*.b.c", "a.b.d", false],
  ["*.b.c", "ab.c", false],
  ["*.b.c", "*.b.c", false],
  ["a.b.c", "*.b.c", false],
  ["*.example.com", "foo.example.com", true],
  ["*.example.com", "foo.bar.example.com", false],
  ["*.example.com", "example.com", false],
  ["*.example.com", "fooexample.com", false],
  ["*.bar.example.com", "foo.bar.example.com", true],
  ["*.b.c", "a_b.b.c", true],
  ["*.b.c", "xn--bcher-kva.b.c", true],
  ["*.b.c", "1.b.c", true],
  ["*.xn--bcher-kva.example", "a.xn--bcher-kva.example", true],
  // Two labels follow it.
  ["*", "a", false],
  ["*", "com", false],
  ["*.", "a.", false],
  ["*.com", "example.com", false],
  ["*.localhost", "a.localhost", false],
  ["*.co.uk", "example.co.uk", true],
  // A wildcard anywhere else is none.
  ["a*.b.c", "ab.b.c", false],
  ["*a.b.c", "ba.b.c", false],
  ["a*b.c.d", "axb.c.d", false],
  ["a*.b.c", "a*.b.c", false],
  ["ba*.example.com", "baz.example.com", false],
  ["*baz.example.com", "foobaz.example.com", false],
  ["xn--*-1b3c148a.example.com", "xn--bliss-1b3c148a.example.com", false],
  ["foo.*.example.com", "foo.bar.example.com", false],
  ["a.*.c", "a.b.c", false],
  ["a.b.*", "a.b.c", false],
  ["*.*.c", "a.b.c", false],
  ["*.*.c.d", "a.b.c.d", false],
  ["**.b.c", "a.b.c", false],
  ["*.*", "a.b", false],
  ["*..b.c", "a.b.c", false],
  ["*b.c", "ab.c", false],
  // Labels of what may stand in them.
  ["a-b.c", "a-b.c", true],
  ["a--b.c", "a--b.c", true],
  ["-a.b", "-a.b", false],
  ["a-.b", "a-.b", false],
  ["a.b-", "a.b-", false],
  ["a.-b", "a.-b", false],
  ["*.-b.c", "a.-b.c", false],
  ["a_b.c", "a_b.c", true],
  ["_a.b", "_a.b", true],
  ["a_.b", "a_.b", true],
  ["3com.example", "3com.example", true],
  ["1.example", "1.example", true],
  ["a b.c", "a b.c", false],
  ["a/b.c", "a/b.c", false],
  ["a.b\0", "a.b", false],
  ["a.b\0.c", "a.b", false],
  ["a.b:443", "a.b:443", false],
  ["a@b.c", "a@b.c", false],
  // A last label of digits makes a number, or an address, of it.
  ["1", "1", false],
  ["a.1", "a.1", false],
  ["1.2.3.4", "1.2.3.4", false],
  ["a.1b", "a.1b", true],
  ["a.0x1", "a.0x1", false],
  ["a.0xg", "a.0xg", true],
  // Letters beyond ASCII never match, in whatever encoding.
  ["b\u00fccher.example", "b\u00fccher.example", false],
  ["b\u00fccher.example", "xn--bcher-kva.example", false],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", true],
  ["XN--BCHER-KVA.example", "xn--bcher-kva.example", true],
  ["\u212aelvin.example", "kelvin.example", false],
  ["\u0130.example", "i.example", false],
  // Lengths.
  [`${LABEL_63}.a`, `${LABEL_63}.a`, true],
  [`l${LABEL_63}.a`, `l${LABEL_63}.a`, false],
  [LONGEST, LONGEST, true],
  [`${LONGEST}l`, `${LONGEST}l`, false],
  [LONGEST, `${LONGEST}.`, true],
];

for (const [presented, reference, matches] of MATCHES) {
  const shown = (name: string) => name.length > 40 ? `${name.slice(0, 8)}... (${name.length})` : name;
  const says = matches ? "matches" : "does not match";
  Deno.test(`DNS name: ${JSON.stringify(shown(presented))} ${says} ${JSON.stringify(shown(reference))}`, () => {
    assertEquals(matchesDnsName(presented, reference), matches);
  });
}

/** What a certificate has, a constraint, whether all of it lies within, whether anything does. */
const WITHIN: [presented: string, constraint: string, within: boolean, touches: boolean][] = [
  ["a", "", true, true],
  ["*.a.b", "", true, true],
  ["a.b", ".", true, true],
  ["example.com", "example.com", true, true],
  ["EXAMPLE.com", "example.COM", true, true],
  ["www.example.com", "example.com", true, true],
  ["a.b.c.example.com", "example.com", true, true],
  ["badexample.com", "example.com", false, false],
  ["example.com", "www.example.com", false, false],
  ["example.com", "com", true, true],
  ["example.org", "com", false, false],
  ["com", "example.com", false, false],
  // A dot in front: only what is below.
  ["www.example.com", ".example.com", true, true],
  ["example.com", ".example.com", false, false],
  ["badexample.com", ".example.com", false, false],
  ["a.gr", ".gr", true, true],
  // A wildcard lies within with all that it stands for.
  ["*.example.com", "example.com", true, true],
  ["*.example.com", ".example.com", true, true],
  ["*.EXAMPLE.com", ".example.COM", true, true],
  ["*.example.com", "com", true, true],
  ["*.www.example.com", "example.com", true, true],
  ["*.www.example.com", ".example.com", true, true],
  // It touches what it can stand for.
  ["*.example.com", "www.example.com", false, true],
  ["*.EXAMPLE.com", "www.example.COM", false, true],
  ["*.example.com", "a.b.example.com", false, false],
  ["*.example.com", ".www.example.com", false, false],
  ["*.example.com", "www.example.org", false, false],
  ["*.example.com", "badexample.com", false, false],
  ["www.example.com", "*.example.com", false, false],
];

for (const [presented, constraint, within, touches] of WITHIN) {
  Deno.test(`DNS name: "${presented}" within "${constraint}": all ${within}, anything ${touches}`, () => {
    assertEquals(isWithinDnsConstraint(presented, constraint), within);
    assertEquals(touchesDnsConstraint(presented, constraint), touches);
  });
}

const FORMS: [name: string, presented: boolean, constraint: boolean][] = [
  ["", false, true],
  [".", false, true],
  ["..", false, false],
  ["com", true, true],
  [".com", false, true],
  ["..com", false, false],
  ["com.", false, false],
  ["*.example.com", true, false],
  ["*.com", false, false],
  ["*", false, false],
  [".*.com", false, false],
  ["192.0.2.1", false, false],
  ["a b", false, false],
  ["\u00fc.example", false, false],
];

for (const [name, presented, constraint] of FORMS) {
  Deno.test(`DNS name: "${name}" can be presented: ${presented}, can be a constraint: ${constraint}`, () => {
    assertEquals(isPresentedDnsName(name), presented);
    assertEquals(isDnsConstraint(name), constraint);
  });
}
