/** The errors of a proxy: the schemes of its challenges, its reason, and the hints, one a row. */

import { assert, assertEquals, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { MAX_SHOWN_CHALLENGES, MAX_SHOWN_REASON_CHARS } from "../../../client/defaults.ts";
import { ProxyFailure } from "../../../client/proxy/proxy_failure.ts";
import { ClientError } from "../../../mod.ts";
import { Http1Error, type Http1ErrorCode } from "../../../http1/mod.ts";
import type { Field } from "../../../http/fields.ts";
import type { IncomingResponse } from "../../../http/message.ts";

const FAILURE = new ProxyFailure("proxy.test:80", "origin.test:443");

function response(status: number, statusText: string, fields: readonly Field[] = []): IncomingResponse {
  return {
    status,
    statusText,
    fields,
    version: "HTTP/1.1",
    body: new Uint8Array(),
    trailers: Promise.resolve([]),
  };
}

/** The values of `proxy-authenticate`, and the schemes that the error shows. */
const CHALLENGES: readonly (readonly [values: readonly string[], shown: string])[] = [
  [[], ""],
  [["Basic"], " (Basic)"],
  [['Basic realm="a"'], " (Basic)"],
  [["Basic realm=a, charset=UTF-8"], " (Basic)"],
  [['Digest realm="a, Basic b", nonce="x", Negotiate'], " (Digest, Negotiate)"],
  [['Digest realm="a\\", Basic b", Negotiate'], " (Digest, Negotiate)"],
  [['Digest realm="a\\\\", Negotiate'], " (Digest, Negotiate)"],
  [["a\\, Basic"], " (Basic)"],
  [[" Basic ,, NTLM "], " (Basic, NTLM)"],
  [["Basic", "NTLM", "Basic"], " (Basic, NTLM)"],
  [['"Basic"'], ""],
  [["Ba(sic", "x".repeat(33)], ""],
  [["x".repeat(32)], ` (${"x".repeat(32)})`],
  [[Array.from({ length: MAX_SHOWN_CHALLENGES + 1 }, (_, i) => `s${i}`).join()], " (s0, s1, s2, s3, s4)"],
];

for (const [values, shown] of CHALLENGES) {
  Deno.test(`proxy: a 407 with the challenges ${JSON.stringify(values)} shows${shown || " none"}`, () => {
    const fields = [
      ["server", "Basic"] as const,
      ...values.map((value) => ["proxy-authenticate", value] as const),
    ];
    const { code, message, hint } = FAILURE.refusal(response(407, "No", fields), false);
    assertEquals(code, "proxy_auth_required");
    assertEquals(
      message,
      `Cannot connect to "origin.test:443" through the proxy "proxy.test:80": it wants credentials: status 407${shown}`,
    );
    assertStringIncludes(hint ?? "", "Give the proxy a username and password");
    assertStringIncludes(FAILURE.unauthorized(fields, true).hint ?? "", "Check the user name and password");
  });
}

Deno.test("proxy: the reason of a refusal is shown as far as its limit, and none where there is none", () => {
  const longest = "x".repeat(MAX_SHOWN_REASON_CHARS);
  for (
    const [reason, shown] of [["", ""], ["No", ' "No"'], [longest, ` "${longest}"`], [
      `${longest}x`,
      ` "${longest}…"`,
    ]]
  ) {
    const { message } = FAILURE.refusal(response(418, reason ?? ""), false);
    assert(message.endsWith(`: it refused the tunnel with status 418${shown}`), message);
  }
  assertEquals(FAILURE.refusal(response(418, ""), false).hint, undefined);
});

Deno.test("proxy: a failure to connect names the proxy, and keeps what is no failure of its own", () => {
  const known = FAILURE.unreached(
    new ClientError("dns", 'Cannot connect to "proxy.test:80": no address', { hint: "h" }),
  );
  assert(known instanceof ClientError);
  assertEquals([known.code, known.message, known.hint], [
    "dns",
    'Cannot connect to the proxy "proxy.test:80": no address',
    "h",
  ]);
});

/** The code of a failed CONNECT, the first bytes that came, the code that is told, and a part of the hint. */
const UNANSWERED:
  readonly (readonly [code: Http1ErrorCode, first: readonly number[], told: string, hint?: string])[] = [
    ["truncated", [], "proxy_closed", "that the proxy runs"],
    ["connection_closed", [], "proxy_closed", "that the proxy runs"],
    ["head_too_large", [], "too_large"],
    ["too_many_informational", [], "too_large"],
    ["bad_status_line", [0x15, 0x03], "proxy_protocol", "https://"],
    ["bad_status_line", [0x15, 0x02], "proxy_protocol"],
    ["bad_status_line", [0x16, 0x03], "proxy_protocol"],
    ["bad_status_line", [0x03, 0x15], "proxy_protocol"],
    ["bad_status_line", [0x15], "proxy_protocol"],
    ["bad_status_line", [0x05, 0xff], "proxy_protocol", "socks5h://"],
    ["bad_status_line", [0x05], "proxy_protocol", "socks5h://"],
    ["bad_status_line", [0x48, 0x05], "proxy_protocol"],
  ];

for (const [code, first, told, says] of UNANSWERED) {
  Deno.test(`proxy: ${code} after the bytes [${first.join()}] is ${told}${says ? `, with a hint at ${says}` : ""}`, () => {
    const cause = new Http1Error(code, "Cannot read a response: of this reason");
    const error = FAILURE.unanswered(cause, Uint8Array.from(first));
    assert(error instanceof ClientError);
    assertEquals([error.code, error.cause], [told, cause]);
    if (told !== "proxy_closed") assertStringIncludes(error.message, ": of this reason");
    if (says === undefined) assertEquals(error.hint, undefined);
    else assertStringIncludes(error.hint ?? "", says);
  });
}

Deno.test("proxy: an error of the client stays what it is, and a bare one names the proxy", () => {
  const own = new ClientError("proxy_refused", "Cannot connect");
  assertStrictEquals(FAILURE.unanswered(own, new Uint8Array()), own);
  const bare = FAILURE.unanswered(new Deno.errors.ConnectionReset("reset"), new Uint8Array());
  assert(bare instanceof ClientError);
  assertStringIncludes(bare.message, 'the proxy "proxy.test:80"');
});
