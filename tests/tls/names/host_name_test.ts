/**
 * The grammar of host names, in each of the four places that ask whether a text is one: the name that a caller asks
 * for, the server_name of a ClientHello, the names of a certificate, and those of name constraints.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { countLabels, isHostName, withoutRootDot } from "../../../tls/names/host_name.ts";
import { normalizeServerName, parseServerName } from "../../../tls/names/server_name.ts";
import { Reader } from "../../../tls/wire/reader.ts";
import { readServerName } from "../../../tls/wire/server_name.ts";
import { isDnsConstraint, isPresentedDnsName, matchesDnsName } from "../../../tls/x509/names/dns_name.ts";
import { vec16 } from "../wire/message_bytes.ts";

interface Row {
  readonly what: string;
  readonly name: string;
  /** The document that decides. */
  readonly source: string;
  /**
   * What it is as a name that is asked for, and in a ClientHello, where an address is as good as no name and what is
   * neither is a `decode_error`.
   */
  readonly asked: "a DNS name" | "an address" | "neither";
  /** Whether a certificate may have it as dNSName. */
  readonly presented: boolean;
  /** Whether a name constraint may have it as dNSName. */
  readonly constraint: boolean;
}

const HOST = { asked: "a DNS name", presented: true, constraint: true } as const;
const NONE = { asked: "neither", presented: false, constraint: false } as const;

const L63 = "l".repeat(63);
/** 253 characters in four labels. */
const N253 = `${L63}.${L63}.${L63}.${"l".repeat(61)}`;

const ROWS: readonly Row[] = [
  { what: "one label", name: "localhost", source: "RFC 9525 §2", ...HOST },
  { what: "capitals", name: "Host.EXAMPLE", source: "RFC 9525 §6.3", ...HOST },
  // The dot of the root.
  {
    what: "a trailing dot",
    name: "a.example.",
    source: "RFC 6066 §3",
    ...HOST,
    presented: false,
    constraint: false,
  },
  { what: "two trailing dots", name: "a.example..", source: "RFC 1035 §2.3.1", ...NONE },
  { what: "nothing", name: "", source: "RFC 5280 §4.2.1.10", ...NONE, constraint: true },
  { what: "a dot alone", name: ".", source: "authorities' use", ...NONE, constraint: true },
  { what: "a leading dot", name: ".example", source: "authorities' use", ...NONE, constraint: true },
  { what: "an empty label", name: "a..example", source: "RFC 1035 §2.3.1", ...NONE },
  // Letters, digits, hyphens.
  { what: "a digit first", name: "3com.example", source: "RFC 1123 §2.1", ...HOST },
  { what: "a label of digits", name: "1.example", source: "RFC 1123 §2.1", ...HOST },
  { what: "an underscore first", name: "_dmarc.example", source: "common use", ...HOST },
  { what: "an underscore last", name: "a_.example", source: "common use", ...HOST },
  { what: "an underscore alone", name: "_", source: "common use", ...HOST },
  { what: "a hyphen first", name: "-a.example", source: "RFC 952", ...NONE },
  { what: "a hyphen last", name: "a-.example", source: "RFC 952", ...NONE },
  { what: "a hyphen at the very end", name: "a.example-", source: "RFC 952", ...NONE },
  { what: "a hyphen alone", name: "-", source: "RFC 952", ...NONE },
  { what: "a space", name: "a b.example", source: "RFC 952", ...NONE },
  { what: "a NUL", name: "a\0.example", source: "RFC 952", ...NONE },
  { what: "a slash", name: "a/b.example", source: "RFC 952", ...NONE },
  // Internationalized names.
  { what: "an A-label", name: "xn--bcher-kva.example", source: "RFC 5890 §2.3.2.1", ...HOST },
  { what: "an A-label in capitals", name: "XN--BCHER-KVA.example", source: "RFC 5890 §2.3.2.1", ...HOST },
  { what: "an A-label of no Punycode", name: "xn--.example", source: "RFC 5890 §2.3.2.1", ...NONE },
  { what: "two hyphens in another place", name: "a--b.example", source: "RFC 5890 §2.3.1", ...HOST },
  { what: "a U-label", name: "b\u00fccher.example", source: "RFC 5890 §2.3.2.1", ...NONE },
  { what: "a Kelvin sign for a k", name: "\u212aelvin.example", source: "RFC 9525 §6.3", ...NONE },
  // Wildcards.
  { what: "a wildcard", name: "*.a.example", source: "RFC 9525 §6.3", ...NONE, presented: true },
  { what: "a wildcard before one label", name: "*.example", source: "common use", ...NONE },
  { what: "a wildcard alone", name: "*", source: "RFC 9525 §6.3", ...NONE },
  { what: "a wildcard in a label", name: "a*.b.example", source: "RFC 9525 §6.3", ...NONE },
  { what: "a wildcard in the middle", name: "a.*.example", source: "RFC 9525 §6.3", ...NONE },
  // Numbers and addresses.
  { what: "an IPv4 address", name: "192.0.2.1", source: "RFC 6066 §3", ...NONE, asked: "an address" },
  {
    what: "an IPv4 address and a dot",
    name: "192.0.2.1.",
    source: "WHATWG URL",
    ...NONE,
    asked: "an address",
  },
  { what: "an IPv4 address of three parts", name: "192.0.1", source: "WHATWG URL", ...NONE },
  { what: "an octal IPv4 address", name: "192.0.2.01", source: "WHATWG URL", ...NONE },
  { what: "a part above 255", name: "192.0.2.256", source: "WHATWG URL", ...NONE },
  { what: "a number alone", name: "3221225985", source: "WHATWG URL", ...NONE },
  { what: "a last label of digits", name: "a.1", source: "WHATWG URL", ...NONE },
  { what: "a hexadecimal number alone", name: "0xc0000201", source: "WHATWG URL", ...NONE },
  { what: "a hexadecimal last label", name: "a.0X1f", source: "WHATWG URL", ...NONE },
  { what: "0x as the last label", name: "a.0x", source: "WHATWG URL", ...NONE },
  { what: "a last label that only begins as a number", name: "a.0xg", source: "WHATWG URL", ...HOST },
  { what: "digits and letters last", name: "a.1b", source: "WHATWG URL", ...HOST },
  { what: "an IPv6 address", name: "2001:DB8::1", source: "RFC 6066 §3", ...NONE, asked: "an address" },
  {
    what: "an IPv6 address in brackets",
    name: "[::1]",
    source: "RFC 3986 §3.2.2",
    ...NONE,
    asked: "an address",
  },
  { what: "an IPv6 address and a dot", name: "::1.", source: "RFC 4291 §2.2", ...NONE },
  { what: "an IPv4 address in brackets", name: "[192.0.2.1]", source: "RFC 3986 §3.2.2", ...NONE },
  { what: "an IPv6 address with a zone", name: "fe80::1%eth0", source: "RFC 6874", ...NONE },
  { what: "a host with a port", name: "a.example:443", source: "RFC 6066 §3", ...NONE },
  // Lengths.
  { what: "a label of 63 characters", name: `${L63}.example`, source: "RFC 1035 §2.3.4", ...HOST },
  { what: "a label of 64 characters", name: `l${L63}.example`, source: "RFC 1035 §2.3.4", ...NONE },
  { what: "a last label of 64 characters", name: `a.l${L63}`, source: "RFC 1035 §2.3.4", ...NONE },
  { what: "253 characters", name: N253, source: "RFC 1035 §2.3.4", ...HOST },
  {
    what: "253 characters and a trailing dot",
    name: `${N253}.`,
    source: "RFC 1035 §2.3.4",
    ...HOST,
    presented: false,
    constraint: false,
  },
  { what: "254 characters", name: `${N253}l`, source: "RFC 1035 §2.3.4", ...NONE },
  { what: "254 characters and a trailing dot", name: `${N253}l.`, source: "RFC 1035 §2.3.4", ...NONE },
  { what: "255 characters", name: `${N253}ll`, source: "RFC 1035 §2.3.4", ...NONE },
  { what: "253 characters and two dots", name: `${N253}..`, source: "RFC 1035 §2.3.1", ...NONE },
  { what: "9,000 characters", name: "a.".repeat(4_500) + "a", source: "RFC 1035 §2.3.4", ...NONE },
];

for (const { what, name, source, asked, presented, constraint } of ROWS) {
  Deno.test(`host name: ${what} is ${asked} to ask for (${source})`, () => {
    if (asked === "neither") {
      assertThrows(() => parseServerName(name), TypeError, "as a server name: it is n");
    } else {
      assertEquals(parseServerName(name).kind, asked === "a DNS name" ? "dns" : "ip");
    }
  });

  // A ClientHello has octets, not characters, and at least one.
  if (name !== "" && !/[\u0100-\uffff]/.test(name)) {
    Deno.test(`host name: ${what} is ${asked} in a ClientHello (${source})`, () => {
      const list = vec16(0, vec16(Uint8Array.from(name, (character) => character.charCodeAt(0))));
      const read = () => readServerName(new Reader(list, "ClientHello"));
      if (asked === "neither") assertEquals(assertThrows(read, TlsError).code, "decode_error");
      else assertEquals(read(), asked === "a DNS name" ? name : undefined);
    });
  }

  Deno.test(`host name: a certificate ${presented ? "may" : "may not"} have ${what} (${source})`, () => {
    assertEquals(isPresentedDnsName(name), presented);
    // A wildcard stands for a label, not for itself.
    assertEquals(matchesDnsName(name, name), presented && !name.startsWith("*"));
  });

  Deno.test(`host name: a name constraint ${constraint ? "may" : "may not"} have ${what} (${source})`, () => {
    assertEquals(isDnsConstraint(name), constraint);
  });
}

Deno.test("host name: what URL parsers take is a name to ask for, and the same, but for what is no label", () => {
  for (const { name, asked } of ROWS) {
    if (asked === "neither" || name.includes("_")) continue;
    const host =
      new URL(`https://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}/`).hostname;
    const bare = withoutRootDot(host.replace(/^\[(.*)\]$/, "$1"));
    assertEquals(bare, normalizeServerName(name));
  }
});

Deno.test("host name: labels are counted from where the count is to start", () => {
  assertEquals(countLabels("a.b.c"), 3);
  assertEquals(countLabels("*.b.c", 2), 2);
  assertEquals(countLabels("*.b.c"), 0);
  assertEquals(isHostName("a.b.c"), true);
});
