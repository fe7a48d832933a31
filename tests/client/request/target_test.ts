/** URLs taken apart, and the ones that are refused. */

import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { ClientError } from "../../../client/error/client_error.ts";
import { parseTarget } from "../../../client/request/target.ts";

const PARSED = [
  {
    name: "R-22: the scheme's own port is left out of the authority, and is in the origin",
    url: "https://example.com:443/a?b",
    expected: { authority: "example.com", origin: "https://example.com:443", port: 443, path: "/a?b" },
  },
  {
    name: "another port is in both",
    url: "http://example.com:8080",
    expected: { authority: "example.com:8080", origin: "http://example.com:8080", port: 8080, path: "/" },
  },
  {
    name: "S-02: upper case, the default port and dot segments are normalised",
    url: "HTTPS://EXAMPLE.com:443/a/../b",
    expected: { scheme: "https", hostname: "example.com", origin: "https://example.com:443", path: "/b" },
  },
  {
    name: "an IPv6 address has brackets in the authority and none in the host name",
    url: "http://[::1]:8080/",
    expected: { authority: "[::1]:8080", hostname: "::1", origin: "http://[::1]:8080" },
  },
  {
    name: "a name beyond ASCII becomes punycode",
    url: "https://bücher.de/",
    expected: { hostname: "xn--bcher-kva.de", authority: "xn--bcher-kva.de" },
  },
  {
    name: "R-05: CR, LF and tab in a URL are dropped; space, DEL and NUL are encoded",
    url: "http://h/a\r\n\tb c\x7f\0?d e\x7f",
    expected: { path: "/ab%20c%7F%00?d%20e%7F" },
  },
  {
    name: "R-05: encoded CR and LF stay encoded",
    url: "http://h/%0d%0aX:1",
    expected: { path: "/%0d%0aX:1" },
  },
  {
    name: "R-06: a backslash ends the host, for every part of the target alike",
    url: "https://a\\@b/",
    expected: { hostname: "a", authority: "a", path: "/@b/", authorization: undefined },
  },
  {
    name: "R-06: what follows the last at sign is the host",
    url: "https://a@b@c/",
    expected: { hostname: "c", authority: "c", href: "https://c/", authorization: `Basic ${btoa("a@b:")}` },
  },
  {
    name: "R-07, D-13: userinfo is in no part but the authorization",
    url: "https://user:pw@h/p",
    expected: { href: "https://h/p", authority: "h", path: "/p", authorization: `Basic ${btoa("user:pw")}` },
  },
  {
    name: "userinfo beyond ASCII is UTF-8 before it is base64",
    url: "https://us%20er:p%C3%A9w@h/",
    expected: { authorization: "Basic dXMgZXI6cMOpdw==" },
  },
  {
    name: "a password may contain a colon, a user name may be empty",
    url: "https://:a%3Ab@h/",
    expected: { authorization: `Basic ${btoa(":a:b")}` },
  },
  {
    name: "a percent sign that begins no escape is itself",
    url: "https://a%:%zz@h/",
    expected: { authorization: `Basic ${btoa("a%:%zz")}` },
  },
  {
    name: "empty userinfo is none",
    url: "https://@h/",
    expected: { href: "https://h/", authorization: undefined },
  },
  {
    name: "a fragment is kept apart and is in neither URL nor path",
    url: "https://h/p?q#f?/@",
    expected: { href: "https://h/p?q", path: "/p?q", fragment: "f?/@" },
  },
  {
    name: "an empty query and an empty fragment are not the same as none",
    url: "https://h/?#",
    expected: { href: "https://h/?", path: "/?", fragment: "" },
  },
  {
    name: "R-20: queries are encoded as the URL standard says, lone surrogates replaced",
    url: "https://h/?%&=+\u{1f600}\ud800",
    expected: { path: "/?%&=+%F0%9F%98%80%EF%BF%BD" },
  },
] as const;

for (const { name, url, expected } of PARSED) {
  Deno.test(`parseTarget: ${name}`, () => {
    const target = parseTarget(url);
    for (const [part, value] of Object.entries(expected)) {
      assertEquals((target as unknown as Record<string, unknown>)[part], value, part);
    }
  });
}

const REFUSED = [
  { name: "a relative URL", url: "/path", code: "invalid_url" },
  { name: "an empty URL", url: "", code: "invalid_url" },
  { name: "a URL without a host", url: "http://", code: "invalid_url" },
  { name: "R-06: an encoded NUL in the host", url: "http://a%00b/", code: "invalid_url" },
  { name: "R-06: a space in the host", url: "http://a b/", code: "invalid_url" },
  { name: "R-06: unbalanced brackets", url: "http://[::1/", code: "invalid_url" },
  { name: "R-05: DEL in the host", url: "http://a\x7fb/", code: "invalid_url" },
  { name: "R-06: braces in the host", url: "http://a{secret}/", code: "invalid_url" },
  { name: "a port that does not exist", url: "http://h:65536/", code: "invalid_url" },
  { name: "D-10: ftp", url: "ftp://secret:secret@h/secret", code: "unsupported_scheme" },
  { name: "a WebSocket URL", url: "wss://h/secret", code: "unsupported_scheme" },
  { name: "data", url: "data:,secret", code: "unsupported_scheme" },
  { name: "a port that belongs to another protocol", url: "http://h:25/secret", code: "invalid_request" },
  { name: "R-21: a colon in the user name", url: "https://a%3Asecret:secret@h/", code: "invalid_url" },
  { name: "R-21: a line break in the password", url: "https://a:secret%0D%0A@h/", code: "invalid_url" },
] as const;

for (const { name, url, code } of REFUSED) {
  Deno.test(`parseTarget: ${name} is refused, and P-25: not repeated`, () => {
    const error = assertThrows(() => parseTarget(url), ClientError);
    assertEquals(error.code, code);
    assertFalse(`${error.message} ${error.hint} ${String(error.cause)}`.includes("secret"));
  });
}

Deno.test("parseTarget: the ports that are blocked are those that the global fetch blocks", async () => {
  const blocked = (port: number): boolean => {
    try {
      parseTarget(`http://localhost:${port}/`);
      return false;
    } catch {
      return true;
    }
  };
  const ports = Array.from({ length: 11_000 }, (_, port) => port).filter(blocked);
  assertEquals(ports.length, 83);
  for (const port of ports) {
    // No connection is made for a blocked port.
    const error = await fetch(`http://localhost:${port}/`).catch((error: unknown) => error);
    assert(error instanceof TypeError && /blocked/.test(error.message), `${port}: ${error}`);
  }
});
