/** Name constraints on IP addresses: which octets are one, and which addresses lie within. */

import { assertEquals } from "@std/assert";
import { isIpConstraint, isWithinIpConstraint } from "../../../../tls/x509/names/ip_constraint.ts";
import { ipBytes } from "../../../support/ip.ts";
import { hex } from "../certificate_parts.ts";

const CONSTRAINTS: [constraint: string, is: boolean][] = [
  ["c0000200 ffffff00", true],
  ["c0000200 ffffffff", true],
  ["00000000 00000000", true],
  ["c0000200 ff800000", true],
  ["c0000200 fffffffe", true],
  ["c0000200 ff00ff00", false],
  ["c0000200 ff000001", false],
  ["c0000200 ffa00000", false],
  ["c0000200 00ffffff", false],
  ["c0000200 01000000", false],
  ["c0000200", false],
  ["c000020000 ffffffff00", false],
  ["", false],
  ["20010db8000000000000000000000000 ffffffff000000000000000000000000", true],
  ["20010db8000000000000000000000000 ffffffffffffffffffffffffffffffff", true],
  ["20010db8000000000000000000000000 ffffffff000000000000000000000001", false],
  ["20010db8000000000000000000000000", false],
];

for (const [constraint, is] of CONSTRAINTS) {
  Deno.test(`IP constraint: "${constraint}" ${is ? "is" : "is no"} constraint`, () => {
    assertEquals(isIpConstraint(hex(constraint)), is);
  });
}

const WITHIN: [address: string, constraint: string, within: boolean][] = [
  ["192.0.2.1", "c0000200 ffffff00", true],
  ["192.0.2.255", "c0000200 ffffff00", true],
  ["192.0.3.1", "c0000200 ffffff00", false],
  // Bits of the constraint that its mask takes out do not count.
  ["192.0.2.1", "c00002ff ffffff00", true],
  ["192.0.2.129", "c0000200 ffffff80", false],
  ["192.0.2.1", "00000000 00000000", true],
  ["::1", "00000000 00000000", false],
  ["::1", "00000000000000000000000000000001 ffffffffffffffffffffffffffffffff", true],
  ["::2", "00000000000000000000000000000001 ffffffffffffffffffffffffffffffff", false],
  ["192.0.2.1", "0000000000000000000000000000000000000000000000000000000000000000", false],
];

for (const [address, constraint, within] of WITHIN) {
  Deno.test(`IP constraint: ${address} ${within ? "lies" : "does not lie"} within "${constraint}"`, () => {
    assertEquals(isWithinIpConstraint(ipBytes(address), hex(constraint)), within);
  });
}
