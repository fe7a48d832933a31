/** IP addresses as text: every form that is read, those that are not, and the one that is written. */

import { assertEquals } from "@std/assert";
import { formatIpAddress, parseIpAddress } from "../../../tls/names/ip_address.ts";
import { ipBytes } from "../../support/ip.ts";
import { hex } from "../x509/certificate_parts.ts";

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
