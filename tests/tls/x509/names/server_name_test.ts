import { assertEquals, assertThrows } from "@std/assert";
import { parseServerName } from "../../../../tls/x509/names/server_name.ts";
import { hex } from "../support.ts";

Deno.test("parseServerName gives a DNS name in its normal form", () => {
  assertEquals(parseServerName("Example.COM."), { kind: "dns", name: "example.com" });
});

Deno.test("parseServerName gives an address as octets, and as one text whatever the form", () => {
  assertEquals(parseServerName("192.0.2.1"), { kind: "ip", address: hex("c0000201"), text: "192.0.2.1" });
  for (const text of ["::1", "[::1]", "0:0:0:0:0:0:0:1", "::0.0.0.1"]) {
    assertEquals(parseServerName(text), { kind: "ip", address: hex("00".repeat(15) + "01"), text: "::1" });
  }
});

for (const text of ["", "a b", "*.example.com", "1.2.3", "a.1", "::1%eth0", "b\u00fccher.example"]) {
  Deno.test(`parseServerName refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseServerName(text), TypeError, "Cannot use");
  });
}
