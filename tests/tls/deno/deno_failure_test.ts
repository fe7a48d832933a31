/**
 * The runtime's words and what becomes of them. That the runtime really says these is for the tests against real
 * servers; here are also words that no server at hand makes it say.
 */

import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { toHandshakeError, toSetupError, toStreamError } from "../../../tls/deno/deno_failure.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { AlertDescription } from "../../../tls/error/alert_description.ts";

const invalid = (message: string): Error => new Deno.errors.InvalidData(message);
const certificate = (words: string): Error => invalid(`invalid peer certificate: ${words}`);

function asTlsError(error: unknown): TlsError {
  assertInstanceOf(error, TlsError);
  return error;
}

const HANDSHAKE = [
  {
    name: "a certificate that expired",
    error: certificate(
      "certificate expired: verification time 1795245198 (UNIX), but certificate is not valid after 1795241598 " +
        "(3600 seconds ago)",
    ),
    code: "certificate_expired",
    reason: "a certificate of its chain has expired, on 2026-11-21T06:13:18Z",
  },
  {
    name: "a certificate that expired, in fewer words",
    error: certificate("Expired"),
    code: "certificate_expired",
    reason: "a certificate of its chain has expired",
  },
  {
    name: "a date beyond what Date can hold",
    error: certificate("certificate expired: certificate is not valid after 99999999999999999999"),
    code: "certificate_expired",
    reason: "a certificate of its chain has expired",
  },
  {
    name: "a certificate whose time has not come",
    error: certificate(
      "certificate not valid yet: verification time 1795245198 (UNIX), but certificate is not valid before " +
        "1795252398 (7200 seconds in future)",
    ),
    code: "certificate_not_yet_valid",
    reason: "a certificate of its chain is not valid yet, but only from 2026-11-21T09:13:18Z on",
  },
  {
    name: "a certificate for other names",
    error: certificate(
      'certificate not valid for name "x.test"; certificate is only valid for DnsName("a.test"), ' +
        "IpAddress(127.0.0.1) or IpAddress(0::1)",
    ),
    code: "certificate_wrong_name",
    reason: 'its certificate is for "a.test", "127.0.0.1", "0::1", not for "x.test"',
  },
  {
    name: "a certificate for more names than a message has room for",
    error: certificate(
      'certificate not valid for name "x.test"; certificate is only valid for ' +
        Array.from({ length: 5000 }, (_, i) => `DnsName("${i}.test")`).join(", "),
    ),
    code: "certificate_wrong_name",
    reason: 'its certificate is for "0.test", "1.test", "2.test", "3.test", "4.test", "5.test", "6.test", ' +
      '"7.test" and more, not for "x.test"',
  },
  {
    name: "a certificate for exactly as many names as a message has room for",
    error: certificate(
      'certificate not valid for name "x.test"; certificate is only valid for ' +
        Array.from({ length: 8 }, (_, i) => `DnsName("${i}.test")`).join(", "),
    ),
    code: "certificate_wrong_name",
    reason: 'its certificate is for "0.test", "1.test", "2.test", "3.test", "4.test", "5.test", "6.test", ' +
      '"7.test", not for "x.test"',
  },
  {
    name: "a certificate without names",
    error: certificate(
      'certificate not valid for name "x.test"; certificate is not valid for any names (according to its ' +
        "subjectAltName extension)",
    ),
    code: "certificate_wrong_name",
    reason:
      "its certificate has no name of a server in a subjectAltName extension, and a common name does not count",
  },
  {
    name: "a certificate with names of other kinds",
    error: certificate(
      'certificate not valid for name "x.test"; certificate is only valid for ' +
        'UniformResourceIdentifier("spiffe://a/b")',
    ),
    code: "certificate_wrong_name",
    reason:
      "its certificate has no name of a server in a subjectAltName extension, and a common name does not count",
  },
  {
    name: "a signature with SHA-1",
    error: certificate(
      "UnsupportedSignatureAlgorithmContext { signature_algorithm_id: [6, 7, 42, 134, 72, 206, 61, 4, 1], " +
        "supported_algorithms: [0x06082a8648ce3d040302] }",
    ),
    code: "certificate_invalid",
    reason: "a certificate of its chain is signed with an algorithm that Deno does not take: ecdsa-with-SHA1",
  },
  {
    name: "a signature with SHA-1 and RSA, with parameters",
    error: certificate(
      "UnsupportedSignatureAlgorithmContext { signature_algorithm_id: [6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0], " +
        "supported_algorithms: [] }",
    ),
    code: "certificate_invalid",
    reason:
      "a certificate of its chain is signed with an algorithm that Deno does not take: sha1WithRSAEncryption",
  },
  {
    name: "a signature with an algorithm that cannot be read",
    error: certificate("UnsupportedSignatureAlgorithmContext { signature_algorithm_id: [6, 128, 1] }"),
    code: "certificate_invalid",
    reason: "a certificate of its chain is signed with an algorithm that Deno does not take",
  },
  {
    name: "a certificate that was revoked",
    error: certificate("Revoked"),
    code: "certificate_revoked",
    reason: "a certificate of its chain was revoked",
  },
  {
    name: "a critical extension that is not known",
    error: certificate("Other(OtherError(UnsupportedCriticalExtension))"),
    code: "certificate_invalid",
    reason: "a certificate of its chain has a critical extension that Deno does not know",
  },
  {
    name: "an old version of X.509",
    error: certificate("Other(OtherError(UnsupportedCertVersion))"),
    code: "certificate_invalid",
    reason: "a certificate of its chain is not of X.509 version 3",
  },
  {
    name: "a reason that is not known",
    error: certificate("Other(OtherError(SomethingNew))"),
    code: "certificate_invalid",
    reason: "its certificate is refused as SomethingNew",
  },
  {
    name: "a reason that is not known, and long",
    error: certificate("N".repeat(1000)),
    code: "certificate_invalid",
    reason: `its certificate is refused as ${"N".repeat(70)}`,
  },
  {
    name: "no words about the certificate at all",
    error: certificate(""),
    code: "certificate_invalid",
    reason: "its certificate is refused",
  },
  {
    name: "T-38: a protocol that was not offered",
    error: invalid("peer misbehaved: SelectedUnofferedApplicationProtocol"),
    code: "no_application_protocol",
    reason: "the server chose a protocol that was not offered",
  },
  {
    name: "nothing in common",
    error: invalid("peer is incompatible: NoCipherSuitesInCommon"),
    code: "handshake_failed",
    reason: "the server's TLS and Deno's are incompatible",
  },
  {
    name: "a broken rule of TLS",
    error: invalid("peer misbehaved: IllegalTlsInnerPlaintext"),
    code: "handshake_failed",
    reason: "peer misbehaved: IllegalTlsInnerPlaintext",
  },
  {
    name: "a broken rule of TLS, at length",
    error: invalid("x".repeat(1000)),
    code: "handshake_failed",
    reason: "x".repeat(200),
  },
  {
    name: "an alert that has no name",
    error: invalid("received fatal alert: AlertDescription(0xc8)"),
    code: "handshake_failed",
    reason: "the server ended it with an unknown alert",
  },
  {
    name: "a connection that was torn",
    error: new Deno.errors.UnexpectedEof("unexpected end of file"),
    code: "unexpected_eof",
    reason: "the server hung up",
  },
  {
    name: "a connection that was reset",
    error: new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)"),
    code: "connection_reset",
    reason: "the server reset the connection",
  },
  {
    name: "a pipe that broke",
    error: new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
    code: "connection_reset",
    reason: "the server closed the connection",
  },
] as const;

for (const { name, error, code, reason } of HANDSHAKE) {
  Deno.test(`a handshake that fails by ${name} is ${code}`, () => {
    const explained = asTlsError(toHandshakeError(error, "x.test"));
    assertEquals(explained.message, `Cannot shake hands with "x.test": ${reason}`);
    assertEquals(explained.code, code);
    assertStrictEquals(explained.cause, error);
  });
}

/** The names that the runtime's TLS library has for alerts; all are the RFC's in another case but one. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = {
  unrecognized_name: "UnrecognisedName",
  unknown_ca: "UnknownCA",
};

for (const alert of Object.keys(AlertDescription)) {
  Deno.test(`the alert ${alert} is recognised`, () => {
    const camelCase = alert.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const error = invalid(`received fatal alert: ${LIBRARY_NAMES[alert] ?? camelCase}`);
    const explained = asTlsError(toHandshakeError(error, "x.test"));
    assertEquals<string | undefined>(explained.alert, alert);
    assertEquals<string>(
      explained.code,
      alert === "no_application_protocol" || alert === "certificate_required" ? alert : "handshake_failed",
    );
    assertEquals(
      explained.message,
      `Cannot shake hands with "x.test": the server ended it with the alert ${alert}`,
    );
  });
}

const NOT_TLS = [
  { name: "a closed resource", error: new Deno.errors.BadResource("Bad resource ID") },
  { name: "an interruption", error: new Deno.errors.Interrupted("operation canceled") },
  { name: "a TypeError", error: new TypeError("received nothing") },
  { name: "something that is no error", error: "a string" },
  { name: "nothing", error: undefined },
] as const;

for (const { name, error } of NOT_TLS) {
  Deno.test(`${name} is not made a TlsError`, () => {
    assertStrictEquals(toHandshakeError(error, "x.test"), error);
    assertStrictEquals(toStreamError(error, "x.test"), error);
    assertStrictEquals(toSetupError(error), error);
  });
}

const SETUP = [
  { words: "keys may not be consistent: KeyMismatch", code: "bad_key_pem" },
  { words: "No keys found in key data", code: "bad_key_pem" },
  { words: "unexpected error: failed to parse private key as RSA, ECDSA, or EdDSA", code: "bad_key_pem" },
  { words: "invalid peer certificate: BadEncoding", code: "bad_certificate_pem" },
  { words: "No certificates found in certificate data", code: "bad_certificate_pem" },
  { words: "Unable to add pem file to certificate store: InvalidByte(0, 33)", code: "bad_certificate_pem" },
] as const;

for (const { words, code } of SETUP) {
  Deno.test(`before the handshake, "${words}" is ${code}`, () => {
    assertEquals(asTlsError(toSetupError(new Error(words))).code, code);
  });
}

const STREAM = [
  {
    name: "an end without close_notify",
    error: new Deno.errors.UnexpectedEof("peer closed connection without sending TLS close_notify"),
    code: "unexpected_eof",
    hint: undefined,
  },
  {
    name: "a refused client certificate",
    error: invalid("received fatal alert: CertificateRequired"),
    code: "certificate_required",
    hint: "The server wants a client certificate; set cert and key.",
  },
  {
    name: "another alert",
    error: invalid("received fatal alert: InternalError"),
    code: "protocol_error",
    hint: undefined,
  },
  {
    name: "a record that does not decrypt",
    error: invalid("cannot decrypt peer's message"),
    code: "protocol_error",
    hint: undefined,
  },
] as const;

for (const { name, error, code, hint } of STREAM) {
  Deno.test(`a connection that fails by ${name} is ${code}`, () => {
    const explained = asTlsError(toStreamError(error, "x.test"));
    assertEquals(explained.code, code);
    assertEquals(explained.hint, hint);
    assertEquals(explained.message.startsWith('Cannot go on with "x.test": '), true);
    assertStrictEquals(explained.cause, error);
  });
}
