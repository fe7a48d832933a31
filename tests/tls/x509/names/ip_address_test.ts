import { assertEquals } from "@std/assert";
import {
  formatIpAddress,
  isIpConstraint,
  isWithinIpConstraint,
  parseIpAddress,
} from "../../../../tls/x509/names/ip_address.ts";
import { ipBytes } from "../../../support/ip.ts";
import { hex } from "../support.ts";

/** Text, and the text that RFC 5952 recommends for it. */
const ADDRESSES: [text: string, canonical: string][] = [
  ["192.0.2.1", "192.0.2.1"],
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:DB8::1", "2001:db8::1"],
  ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"],
];

for (const [text, canonical] of ADDRESSES) {
  Deno.test(`IP address: ${text} is ${canonical}`, () => {
    const address = parseIpAddress(text);
    assertEquals(address, ipBytes(text));
    assertEquals(formatIpAddress(address ?? new Uint8Array()), canonical);
  });
}

Deno.test("IP address: the last 32 bits may be written as an IPv4 address", () => {
  assertEquals(parseIpAddress("::ffff:192.0.2.1"), hex("00000000000000000000ffffc0000201"));
  assertEquals(parseIpAddress("1:2:3:4:5:6:1.2.3.4"), hex("00010002000300040005000601020304"));
});

const NONE = [
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "1.2.3.04",
  "1.2.3.4x",
  "0x7f.0.0.1",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "1::2::3",
  "12345::",
  "g::",
  "1:2:3:4:5:6:7:1.2.3.4",
  "::1.2.3",
  "::1.2.3.4:5",
  "fe80::1%eth0",
  "[::1]",
  "example.com",
];

for (const text of NONE) {
  Deno.test(`IP address: ${JSON.stringify(text)} is none`, () => {
    assertEquals(parseIpAddress(text), undefined);
  });
}

Deno.test("IP address: octets of another number are shown as such", () => {
  assertEquals(formatIpAddress(hex("c00002")), "#c00002");
  assertEquals(formatIpAddress(new Uint8Array()), "#");
});

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
  Deno.test(`IP address: "${constraint}" ${is ? "is" : "is no"} constraint`, () => {
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
  Deno.test(`IP address: ${address} ${within ? "lies" : "does not lie"} within "${constraint}"`, () => {
    assertEquals(isWithinIpConstraint(ipBytes(address), hex(constraint)), within);
  });
}
