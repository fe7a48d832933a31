/** Mailboxes within constraints: a mailbox, a host, all hosts below a domain (RFC 5280 §4.2.1.10). */

import { assertEquals } from "@std/assert";
import { isWithinEmailConstraint } from "../../../../tls/x509/names/email_address.ts";

const WITHIN: readonly (readonly [address: string, constraint: string, within: boolean])[] = [
  ["a@x.example", "a@x.example", true],
  ["a@X.EXAMPLE", "a@x.example", true],
  ["a@x.example", "a@X.Example", true],
  ["A@x.example", "a@x.example", false], // a local part has its case
  ["a@y.example", "a@x.example", false],
  ["b@x.example", "a@x.example", false],
  ["a@w.x.example", "a@x.example", false],
  ["a@x.example", "x.example", true],
  ["a@x.example", "X.EXAMPLE", true],
  ["a@w.x.example", "x.example", false],
  ["a@wx.example", "x.example", false],
  ["a@w.x.example", ".x.example", true],
  ["a@W.X.example", ".x.EXAMPLE", true],
  ["a@v.w.x.example", ".x.example", true],
  ["a@x.example", ".x.example", false],
  ["a@wx.example", ".x.example", false],
];
for (const [address, constraint, within] of WITHIN) {
  Deno.test(`the mailbox ${address} lies ${within ? "" : "not "}within "${constraint}"`, () => {
    assertEquals(isWithinEmailConstraint(address, constraint), within);
  });
}
