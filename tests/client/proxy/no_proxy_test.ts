/** Which hosts are reached without a proxy: one verdict a row. */

import { assertEquals } from "@std/assert";
import { isLoopback, NoProxy } from "../../../client/proxy/no_proxy.ts";
import { ProxyEnvironment } from "../../../client/proxy/proxy_environment.ts";
import { parseTarget } from "../../../client/request/target.ts";

/** A list, a target, and whether the target is reached directly. */
const VERDICTS: readonly (readonly [list: string, target: string, direct: boolean])[] = [
  ["example.com", "example.com", true],
  ["example.com", "www.example.com", true],
  ["example.com", "notexample.com", false],
  [".example.com", "example.com", true],
  [".example.com", "www.example.com", true],
  ["*.example.com", "example.com", false],
  ["*.example.com", "www.example.com", true],
  ["*example.com", "www.example.com", false],
  ["*", "example.com", true],
  ["*, foo", "example.com", true],
  ["foo,*", "example.com", true],
  ["*", "10.1.2.3", true],
  ["com", "example.com", true],
  ["example.com:80", "example.com", true],
  ["example.com:443", "example.com", false],
  ["example.com:8080", "example.com:8080", true],
  ["example.com:8080", "example.com:9090", false],
  ["example.com:", "example.com", false],
  [":8080", "example.com:8080", false],
  ["EXAMPLE.com", "example.com", true],
  ["example.com.", "example.com", true],
  ["example.com", "example.com.", true],
  [" example.com ", "example.com", true],
  ["a.test, example.com", "example.com", true],
  ["a.test example.com", "example.com", true],
  ["a.test,,example.com,", "example.com", true],
  ["a.test;example.com", "example.com", false],
  ["http://example.com", "example.com", false],
  ["example.com/", "example.com", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.3:8080", true],
  ["10.1.2.3:8080", "10.1.2.3:8080", true],
  ["10.1.2.3:8080", "10.1.2.3", false],
  ["10.0.0.0/8", "10.1.2.3", true],
  ["10.0.0.0/8", "11.1.2.3", false],
  ["10.1.2.3/8", "10.9.9.9", true],
  ["0.0.0.0/0", "10.1.2.3", true],
  ["10.1.2.3/33", "10.1.2.3", false],
  ["10.0.0.0/8:80", "10.1.2.3", false],
  ["10.", "10.1.2.3", false],
  ["2.3", "10.1.2.3", false],
  ["010.001.002.003", "10.1.2.3", false],
  ["[fd00::1]", "[fd00::1]", true],
  ["fd00:0:0::0001", "[fd00::1]", true],
  ["FD00::1", "[fd00::1]", true],
  ["[fd00::1]:8080", "[fd00::1]:8080", true],
  ["[fd00::1]:8080", "[fd00::1]", false],
  ["fd00::/8", "[fd00::1]", true],
  ["[10.1.2.3]", "10.1.2.3", false],
  ["[fd00::]/8", "[fd00::1]", false],
  ["10.1.2.3", "[::ffff:10.1.2.3]", true],
  ["10.0.0.0/8", "[::ffff:10.1.2.3]", true],
  ["::ffff:10.1.2.3", "10.1.2.3", true],
  ["", "localhost", true],
  ["", "127.0.0.1", true],
  ["", "[::1]", true],
  ["", "foo.localhost", true],
  ["", "LOCALHOST", true],
  ["localhost", "localhost", true],
  ["localhost", "127.0.0.1", true],
  ["<local>", "intranet", false],
  ["intranet", "intranet", true],
  ["bücher.example", "xn--bcher-kva.example", true],
  ["xn--bcher-kva.example", "bücher.example", true],
  ["bücher.example", "bücher.example", true],
  // Beside the table: what a malformed entry must not do to its neighbours, and the ends of ranges.
  ["[, ], [::1, /, 1/2/3, *., ., example.com", "example.com", true],
  ["[, ], [::1, /, 1/2/3, *., ., -", "example.com", false],
  ["::ffff:10.0.0.0/104", "10.1.2.3", true],
  ["::/0", "10.1.2.3", false],
  ["::ffff:0:0/96", "10.1.2.3", true],
  ["::ffff:0:0/95", "10.1.2.3", false],
  ["fd00::1/128", "[fd00::1]", true],
  ["fd00::1/129", "[fd00::1]", false],
  ["10.1.2.3/32", "10.1.2.3", true],
  ["10.1.2.2/31", "10.1.2.3", true],
  ["10.1.2.3/31", "10.1.2.1", false],
  ["10.1.2.3/-1", "10.1.2.3", false],
  ["example.com:443443", "example.com", false],
  ["", "localhost.example", false],
  // What a URL would read as something else than a name.
  ["example.com?x", "example.com", false],
  ["example.com#x", "example.com", false],
  ["me@example.com", "example.com", false],
  ["example.com\\x", "example.com", false],
  ["%65xample.com", "example.com", false],
  ["..example.com", "a..example.com", false],
  ["me@example.com", "undefined", false],
  ["me@example.com", "a.undefined", false],
  ["", "128.0.0.1", false],
];

for (const [list, target, direct] of VERDICTS) {
  Deno.test(`NO_PROXY: with ${JSON.stringify(list)}, ${target} is reached ${direct ? "directly" : "through the proxy"}`, () => {
    const environment = new ProxyEnvironment({
      values: new Map([["http_proxy", "http://proxy.test:1"], ["no_proxy", list]]),
      missing: [],
    });
    assertEquals(environment.proxyOf(parseTarget(`http://${target}/`)) === undefined, direct);
  });
}

Deno.test("NO_PROXY: a list of 100,000 entries and one of one entry of 100,000 characters are read", () => {
  assertEquals(new NoProxy("a.test,".repeat(100_000)).includes("b.test", 80), false);
  assertEquals(new NoProxy("a".repeat(100_000)).includes("b.test", 80), false);
  assertEquals(isLoopback(`${"a.".repeat(50_000)}localhost`), true);
});
