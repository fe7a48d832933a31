/** Root certificates as trust anchors: what makes an authority, and what a root may say of itself. */

import { assertEquals } from "@std/assert";
import { parseTrustAnchor } from "../../../tls/x509/trust_anchor.ts";
import { bitString, boolean, implicit, integer, sequence, value } from "../../support/der.ts";
import {
  altNames,
  CA,
  certificateOf,
  codeOf,
  dns,
  EC_KEY,
  extension,
  hex,
  nameOf,
  type Parts,
  RSA_SHA256,
  utcTime,
} from "./certificate_parts.ts";

const EMPTY = sequence();
const NAMES = altNames([dns("example.com")]);

const ANCHORS: { name: string; parts: Parts; code: string }[] = [
  { name: "of version 1", parts: { version: new Uint8Array(), extensions: null }, code: "accepted" },
  { name: "of version 2", parts: { version: 1, extensions: null }, code: "accepted" },
  {
    name: "of version 2 with unique identifiers",
    parts: { version: 1, extensions: null, unique: [implicit(1, hex("0001")), implicit(2, hex("0001"))] },
    code: "accepted",
  },
  { name: "with serial number 0", parts: { serial: integer(0) }, code: "accepted" },
  { name: "with a negative serial number", parts: { serial: hex("02 01 ff") }, code: "accepted" },
  {
    name: "that has long ended",
    parts: { validity: [utcTime("500101000000Z"), utcTime("000101000000Z")] },
    code: "accepted",
  },
  { name: "whose dates are none", parts: { validity: [] }, code: "accepted" },
  { name: "that is no authority", parts: {}, code: "accepted" },
  { name: "without extensions", parts: { extensions: null }, code: "accepted" },
  {
    name: "with policies that are critical",
    parts: { extensions: [extension("2.5.29.36", hex("00"), true)] },
    code: "accepted",
  },
  {
    name: "of version 1 with extensions",
    parts: { version: new Uint8Array(), extensions: [CA] },
    code: "bad_der",
  },
  {
    name: "of version 1 with unique identifiers",
    parts: { version: 0, extensions: null, unique: [implicit(1, hex("00"))] },
    code: "bad_der",
  },
  { name: "of version 4", parts: { version: 3 }, code: "unsupported_version" },
  { name: "without a name", parts: { subject: EMPTY }, code: "accepted" },
  { name: "with two algorithms", parts: { outer: RSA_SHA256 }, code: "signature_algorithm_mismatch" },
  { name: "with something behind its extensions", parts: { inside: integer(1) }, code: "bad_der" },
  { name: "with something behind its signature", parts: { afterSignature: integer(1) }, code: "bad_der" },
  { name: "with something after it", parts: { outside: hex("00") }, code: "trailing_data" },
  { name: "with two of an extension", parts: { extensions: [NAMES, NAMES] }, code: "duplicate_extension" },
  {
    name: "with a critical extension that is not understood",
    parts: { extensions: [extension("1.2.3", hex("00"), true)] },
    code: "unhandled_critical_extension",
  },
  {
    name: "of an authority that may not sign certificates",
    parts: { extensions: [CA, extension("2.5.29.15", bitString(hex("80"), 7), true)] },
    code: "accepted",
  },
  {
    name: "of a server that signed itself",
    parts: { extensions: [extension("2.5.29.15", bitString(hex("80"), 7), true)] },
    code: "accepted",
  },
  {
    name: "with name constraints that are malformed",
    parts: { extensions: [extension("2.5.29.30", sequence(value(0xa0, sequence(dns("*.a.b")))), true)] },
    code: "malformed_name_constraint",
  },
];

for (const { name, parts, code } of ANCHORS) {
  Deno.test(`parseTrustAnchor ${code === "accepted" ? "accepts" : "refuses"} a root ${name}: ${code}`, () => {
    assertEquals(codeOf(() => parseTrustAnchor(certificateOf(parts))), code);
  });
}

Deno.test("parseTrustAnchor returns subject, key and name constraints as they stand", () => {
  const nameConstraints = sequence(value(0xa0, sequence(dns("example.com"))));
  const der = certificateOf({ extensions: [CA, extension("2.5.29.30", nameConstraints, true)] });
  assertEquals(parseTrustAnchor(der), { subject: nameOf("subject"), publicKey: EC_KEY, nameConstraints });
  const anchor = { subject: nameOf("subject"), publicKey: EC_KEY };
  assertEquals(parseTrustAnchor(certificateOf({ extensions: [CA] })), anchor);
  assertEquals(parseTrustAnchor(certificateOf()), { ...anchor, isAuthority: false });
});

const AUTHORITIES: { name: string; parts: Parts; isAuthority: boolean; pathLength?: number }[] = [
  { name: "with cA TRUE", parts: { extensions: [CA] }, isAuthority: true },
  { name: "of version 1", parts: { version: 0, extensions: null }, isAuthority: true },
  {
    name: "of version 1 without a name",
    parts: { version: 0, extensions: null, subject: EMPTY },
    isAuthority: false,
  },
  { name: "without a name", parts: { extensions: [CA], subject: EMPTY }, isAuthority: false },
  { name: "without extensions", parts: { extensions: null }, isAuthority: false },
  { name: "with cA FALSE", parts: { extensions: [extension("2.5.29.19", sequence())] }, isAuthority: false },
  {
    name: "with cA FALSE and a path length",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(false), integer(0)))] },
    isAuthority: false,
  },
  { name: "with keyCertSign alone", parts: { extensions: [usage("04", 2)] }, isAuthority: true },
  { name: "with digitalSignature alone", parts: { extensions: [usage("80", 7)] }, isAuthority: false },
  {
    name: "with cA TRUE and digitalSignature",
    parts: { extensions: [CA, usage("80", 7)] },
    isAuthority: false,
  },
  { name: "with cA TRUE and keyCertSign", parts: { extensions: [CA, usage("04", 2)] }, isAuthority: true },
  {
    name: "with cA FALSE and keyCertSign",
    parts: {
      extensions: [extension("2.5.29.19", sequence()), usage("04", 2)],
    },
    isAuthority: false,
  },
  {
    name: "with a path length of 0",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(true), integer(0)))] },
    isAuthority: true,
    pathLength: 0,
  },
  {
    name: "with a path length of 3",
    parts: { extensions: [extension("2.5.29.19", sequence(boolean(true), integer(3)))] },
    isAuthority: true,
    pathLength: 3,
  },
];

/** A keyUsage of one octet. */
function usage(bits: string, unused: number): Uint8Array {
  return extension("2.5.29.15", bitString(hex(bits), unused), true);
}

for (const { name, parts, isAuthority, pathLength } of AUTHORITIES) {
  Deno.test(`parseTrustAnchor: a root ${name} is ${isAuthority ? "an" : "no"} authority's`, () => {
    const anchor = parseTrustAnchor(certificateOf(parts));
    assertEquals([anchor.isAuthority ?? true, anchor.pathLength], [isAuthority, pathLength]);
  });
}
