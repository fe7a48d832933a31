/** The name that a caller asks for: its one form, and the texts that Deno takes as well. */

import { assertEquals, assertThrows } from "@std/assert";
import { normalizeServerName, parseServerName } from "../../../tls/names/server_name.ts";
import { hex } from "../x509/certificate_parts.ts";
import { drain, serveConnections } from "../../support/listening.ts";

const TAKEN = [
  ["localhost", "localhost"],
  ["Example.COM", "example.com"],
  ["example.com.", "example.com"],
  ["a_b.test", "a_b.test"],
  ["_dmarc.example.com", "_dmarc.example.com"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["a--b.example", "a--b.example"],
  ["3com.example", "3com.example"],
  ["1.example", "1.example"],
  ["127.0.0.1", "127.0.0.1"],
  ["127.0.0.1.", "127.0.0.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["[2001:DB8::1]", "2001:db8::1"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["l".repeat(63) + ".test", "l".repeat(63) + ".test"],
  [("l".repeat(49) + ".").repeat(5) + "tes", ("l".repeat(49) + ".").repeat(5) + "tes"],
] as const;

for (const [name, normal] of TAKEN) {
  Deno.test(`"${name}" is the server name "${normal}", and Deno takes it`, async () => {
    assertEquals(normalizeServerName(name), normal);
    await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
    const io = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const conn = await Deno.startTls(io, { hostname: normal });
    conn.close();
  });
}

Deno.test("parseServerName: a DNS name comes out in lower case, without the dot of the root", () => {
  assertEquals(parseServerName("Example.COM."), { kind: "dns", name: "example.com" });
});

Deno.test("parseServerName: an address comes out as octets, and as one text whatever the form", () => {
  assertEquals(parseServerName("192.0.2.1"), { kind: "ip", address: hex("c0000201"), text: "192.0.2.1" });
  for (const text of ["::1", "[::1]", "0:0:0:0:0:0:0:1", "::0.0.0.1"]) {
    assertEquals(parseServerName(text), { kind: "ip", address: hex("00".repeat(15) + "01"), text: "::1" });
  }
});

const REFUSED = [
  ["the empty name", ""],
  ["a dot alone", "."],
  ["two dots at the end", "example.com.."],
  ["an empty label", "a..b"],
  ["a space", "a b"],
  ["a URL", "https://example.com/"],
  ["a port", "example.com:443"],
  ["userinfo", "me@example.com"],
  ["a wildcard", "*.example.com"],
  ["a hyphen at the start of a label", "-a.example"],
  ["a hyphen at the end of a label", "a-.example"],
  ["a label of 64 characters", "l".repeat(64) + ".test"],
  ["a name of 254 characters", ("l".repeat(49) + ".").repeat(5) + "test"],
  ["letters beyond ASCII", "bücher.example"],
  ["a NUL", "a\0.example"],
  ["a number of more than a byte", "127.0.0.256"],
  ["an octal address", "127.0.0.01"],
  ["an address of three parts", "127.0.1"],
  ["a number alone", "2130706433"],
  ["an IPv6 address with a zone", "fe80::1%eth0"],
  ["an IPv6 address with two gaps", "1::2::3"],
  ["an IPv6 address with an open bracket", "[::1"],
  ["a bracketed name", "[localhost]x"],
] as const;

for (const [what, name] of REFUSED) {
  Deno.test(`a server name with ${what} is refused`, () => {
    assertThrows(() => normalizeServerName(name), TypeError, "as a server name: it is n");
  });
}

Deno.test("a server name beyond ASCII is refused with a word on Punycode, any other without", () => {
  assertThrows(() => normalizeServerName("bücher.example"), TypeError, "write it in Punycode");
  assertThrows(() => normalizeServerName("\u212aelvin.example"), TypeError, "write it in Punycode");
  assertThrows(() => normalizeServerName("a\0.example"), TypeError, "neither a DNS name nor an IP address");
});
