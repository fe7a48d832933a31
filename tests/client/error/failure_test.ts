/** The error of the client for each failure of the layers below. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ClientError, type ClientErrorCode } from "../../../client/error/client_error.ts";
import { toClientError, toConnectError } from "../../../client/error/failure.ts";
import { Http1Error } from "../../../http1/mod.ts";
import { Http2Error } from "../../../http2/mod.ts";
import { type AlertName, TlsError, type TlsErrorCode } from "../../../tls/mod.ts";

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

/** What the runtime throws, and what the hint advises. */
const HINTS: readonly (readonly [Error, string])[] = [
  [new Deno.errors.NotCapable("no"), "Run with --allow-net=localhost:8443."],
  [
    new Deno.errors.NotCapable(
      'Requires net access to "127.0.0.1:8443", run again with the --allow-net flag',
    ),
    "Run with --allow-net=127.0.0.1:8443.",
  ],
  [
    new Deno.errors.NotCapable('Requires read access to "/run/a.sock", run again with the --allow-read flag'),
    "Run with --allow-read=/run/a.sock.",
  ],
  [
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    "Check the firewall and this user's rights.",
  ],
  [
    new Error("Too many open files (os error 24)"),
    "Read or cancel every response, set pool.maxConnectionsPerOrigin, or raise the limit (ulimit -n).",
  ],
];

for (const [error, hint] of HINTS) {
  Deno.test(`toConnectError: the hint for "${error.message}"`, () => {
    const known = toConnectError(error, "localhost:8443");
    assert(known instanceof ClientError);
    assertEquals(known.hint, hint);
  });
}

/** What TLS throws, and the code that it becomes. */
const TLS: readonly (readonly [TlsErrorCode, ClientErrorCode])[] = [
  ["certificate_expired", "certificate_expired"],
  ["certificate_not_yet_valid", "certificate_not_yet_valid"],
  ["certificate_wrong_name", "certificate_wrong_name"],
  ["certificate_unknown_issuer", "certificate_unknown_issuer"],
  ["certificate_revoked", "certificate_revoked"],
  ["certificate_invalid", "certificate_invalid"],
  ["certificate_too_large", "certificate_invalid"],
  ["certificate_rejected", "certificate_rejected"],
  ["pin_mismatch", "pin_mismatch"],
  ["certificate_required", "client_certificate_required"],
  ["bad_certificate_pem", "bad_certificate_pem"],
  ["bad_key_pem", "bad_key_pem"],
  ["handshake_timeout", "handshake_timeout"],
  ["connect_timeout", "connect_timeout"],
  ["invalid_option", "unsupported_option"],
  ["unsupported_option", "unsupported_option"],
  ["not_tls", "handshake_failed"],
  ["bad_signature", "handshake_failed"],
  ["downgrade_detected", "handshake_failed"],
  ["unexpected_eof", "handshake_failed"],
  ["unsupported_protocol_version", "handshake_failed"],
];

for (const [code, expected] of TLS) {
  Deno.test(`toClientError: TlsError ${code} is ${expected}, with its hint and as the cause`, () => {
    const error = new TlsError(code, "Cannot shake hands: no", { hint: "Do something." });
    const known = toClientError(error, "localhost");
    assert(known instanceof ClientError);
    assertEquals([known.code, known.hint, known.cause], [expected, "Do something.", error]);
    assertEquals(known.message, 'Cannot connect to "localhost": cannot shake hands: no');
  });
}

/** How a server ends an exchange in TLS, and what that comes to. */
const ALERTS: readonly (readonly [AlertName, ClientErrorCode])[] = [
  ["certificate_required", "client_certificate_required"],
  ["bad_certificate", "handshake_failed"],
  ["unknown_ca", "handshake_failed"],
  ["internal_error", "connection_closed"],
  ["bad_record_mac", "connection_closed"],
];

for (const [alert, expected] of ALERTS) {
  Deno.test(`toClientError: an exchange that ends with the alert ${alert} is ${expected}`, () => {
    const cause = new TlsError("protocol_error", "Cannot go on: the peer sent an alert", { alert });
    const error = new Http1Error("connection_closed", "Cannot get a response: the connection failed", {
      progress: "no_response",
      cause,
    });
    const known = toClientError(error, "localhost");
    assert(known instanceof ClientError);
    assertEquals(known.code, expected);
    assertEquals(
      known.message,
      'Cannot complete the exchange with "localhost": cannot get a response: the connection failed: ' +
        "the peer sent an alert",
    );
    assertEquals(known.hint?.includes("client certificate") ?? false, expected !== "connection_closed");
  });
}

Deno.test("toClientError: errors of the caller's own code pass unchanged", () => {
  const own = new Error("from a callback");
  assertStrictEquals(toClientError(own, "localhost"), own);
  const abort = new DOMException("aborted", "AbortError");
  assertStrictEquals(toClientError(abort, "localhost"), abort);
  const client = new ClientError("dns", "Cannot connect");
  assertStrictEquals(toClientError(client, "localhost"), client);
});

Deno.test("toClientError: what a peer ends by HTTP/2 is a stream that was reset, or a connection that ended", () => {
  const rows = [["stream", "stream_reset"], ["connection", "connection_closed"]] as const;
  for (const [scope, code] of rows) {
    const error = new Http2Error("INTERNAL_ERROR", "Cannot go on: no", { scope, initiator: "remote" });
    const known = toClientError(error, "localhost");
    assert(known instanceof ClientError);
    assertEquals(known.code, code);
    const own = toClientError(new Http2Error("INTERNAL_ERROR", "Cannot go on: no", { scope }), "localhost");
    assert(own instanceof ClientError);
    assertEquals(own.code, "protocol_error");
  }
});
