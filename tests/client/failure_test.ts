import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ClientError } from "../../client/error.ts";
import { toClientError, toConnectError } from "../../client/failure.ts";
import { TlsError } from "../../tls/error.ts";

/** What the runtime throws, and the code that it becomes. */
const SYSTEM: readonly (readonly [Error, string])[] = [
  [new Deno.errors.ConnectionRefused("Connection refused (os error 111)"), "connection_refused"],
  [new Deno.errors.NotCapable('Requires net access to "a:1"'), "permission_denied"],
  [new Deno.errors.PermissionDenied("no"), "permission_denied"],
  [new Deno.errors.TimedOut("Connection timed out"), "connect_timeout"],
  [new Deno.errors.ConnectionReset("reset"), "connection_closed"],
  [new Deno.errors.UnexpectedEof("eof"), "connection_closed"],
  [new Deno.errors.BrokenPipe("broken"), "connection_closed"],
  [new Error("failed to lookup address information: Name or service not known"), "dns"],
  [new Error("No route to host (os error 113)"), "connect_failed"],
  [new URIError("invalid host 'a b'"), "connect_failed"],
];

for (const [error, code] of SYSTEM) {
  Deno.test(`toConnectError: ${error.name} "${error.message}" is ${code}`, () => {
    const known = toConnectError(error, "localhost:8443");
    assert(known instanceof ClientError);
    assertEquals(known.code, code);
    assertEquals(known.cause, error);
    assert(known.message.includes("localhost:8443"));
  });
}

Deno.test("toConnectError: a missing permission names the flag that grants it", () => {
  const known = toConnectError(new Deno.errors.NotCapable("no"), "localhost:8443");
  assert(known instanceof ClientError);
  assertEquals(known.hint, "Run with --allow-net=localhost:8443.");
});

for (
  const code of [
    "certificate_expired",
    "certificate_wrong_name",
    "certificate_unknown_issuer",
    "handshake_timeout",
  ] as const
) {
  Deno.test(`toClientError: TlsError ${code} keeps its code`, () => {
    const known = toClientError(new TlsError(code, "Cannot trust the certificate: no"), "localhost");
    assert(known instanceof ClientError);
    assertEquals(known.code, code);
  });
}

Deno.test("toClientError: what is the caller's own goes through untouched", () => {
  const own = new Error("from a callback");
  assertStrictEquals(toClientError(own, "localhost"), own);
  const abort = new DOMException("aborted", "AbortError");
  assertStrictEquals(toClientError(abort, "localhost"), abort);
  const client = new ClientError("dns", "Cannot connect");
  assertStrictEquals(toClientError(client, "localhost"), client);
});
