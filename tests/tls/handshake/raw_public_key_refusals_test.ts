/** Raw public keys as a hostile peer sends them, and unasked answers about certificate types. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { agreedCertificateTypes } from "../../../tls/handshake/client/certificate_types.ts";
import type { ClientContext } from "../../../tls/handshake/client/context.ts";
import { readCredentials, requireAcceptedType } from "../../../tls/handshake/peer_credentials.ts";
import {
  answerCertificateTypes,
  namedCertificateTypes,
  requestedCertificateType,
} from "../../../tls/handshake/server/certificate_types.ts";
import type { ClientAuthentication } from "../../../tls/handshake/server/context.ts";
import { run } from "../../../io/script.ts";
import type { ClientHello, ClientHelloExtensions } from "../../../tls/wire/messages.ts";
import type { CertificateTypeName } from "../../../tls/wire/numbers.ts";
import { decodeTls12RawPublicKey, encodeTls12Certificate } from "../../../tls/wire/tls12/certificate.ts";
import { mintSelfSigned } from "../../support/certificates.ts";
import { CRYPTO } from "../tls12/pair.ts";
import { bytes, vec24 } from "../wire/message_bytes.ts";
import { rawIdentity } from "./raw_keys.ts";

const { publicKey } = await rawIdentity();
const { publicKey: weak } = await rawIdentity("rsa1024");
const { certDer } = await mintSelfSigned();
/** A key of a kind that is not known here: X25519 (RFC 8410 §3). */
const X25519 = bytes(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x03,
  0x21,
  0x00,
  new Uint8Array(32),
);

const ROWS: readonly (readonly [name: string, ders: readonly Uint8Array[], code: string])[] = [
  ["two keys", [publicKey, publicKey], "decode_error"],
  ["a key, and a certificate behind it", [publicKey, certDer], "decode_error"],
  ["a certificate", [certDer], "decode_error"],
  ["a key with a byte behind it", [bytes(publicKey, 0)], "decode_error"],
  ["a key that is cut short", [publicKey.subarray(0, -1)], "decode_error"],
  ["bytes that are no DER", [bytes(1, 2, 3)], "decode_error"],
  ["nothing", [bytes()], "decode_error"],
  ["an RSA key of 1024 bits", [weak], "certificate_invalid"],
  ["a key of an unknown kind", [X25519], "certificate_invalid"],
];

for (const [name, ders, code] of ROWS) {
  Deno.test(`bad input 96: ${name} in place of a raw public key is refused`, () => {
    const read = () => run(readCredentials(CRYPTO, ders, "RawPublicKey", "Certificate"));
    assertEquals(assertThrows(read, TlsError).code, code);
  });
}

Deno.test("bad input 96: a raw public key in place of a certificate is refused", () => {
  const read = () => run(readCredentials(CRYPTO, [publicKey], "X509", "Certificate"));
  assertEquals(assertThrows(read, TlsError).code, "certificate_invalid");
});

Deno.test("bad input 96: the Certificate of TLS 1.2 with a raw public key is refused on every cut, and with more behind it", () => {
  const body = encodeTls12Certificate([publicKey], "RawPublicKey").subarray(4);
  assertEquals(body, vec24(publicKey));
  assertEquals(decodeTls12RawPublicKey(body).entries, [{ certificate: publicKey, extensionOrder: [] }]);
  for (let length = 0; length < body.length; length++) {
    const error = assertThrows(() => decodeTls12RawPublicKey(body.subarray(0, length)), TlsError);
    assertEquals(error.code, "decode_error");
  }
  assertEquals(assertThrows(() => decodeTls12RawPublicKey(bytes(body, 0)), TlsError).code, "decode_error");
  // There is none to show, as with an empty list of certificates.
  assertEquals(decodeTls12RawPublicKey(vec24()).entries, []);
  assertEquals(encodeTls12Certificate([], "RawPublicKey"), encodeTls12Certificate([]));
});

Deno.test("bad input 98: what is read is a copy, and of the accepted types alone", async () => {
  const given = publicKey.slice();
  const read = await run(readCredentials(CRYPTO, [given], "RawPublicKey", "Certificate"));
  given.fill(0);
  assertEquals(read, { rawPublicKey: publicKey, peerCertificates: [] });
  const error = assertThrows(() => requireAcceptedType(read), TlsError);
  assertEquals(error.code, "unsupported_certificate_type");
  requireAcceptedType(read, ["RawPublicKey"]);
  const chain = await run(readCredentials(CRYPTO, [certDer], "X509", "Certificate"));
  requireAcceptedType(chain);
  assertThrows(() => requireAcceptedType(chain, ["RawPublicKey"]), TlsError);
});

/** Only these two are looked at. */
function client(server: readonly CertificateTypeName[], own: readonly CertificateTypeName[]): ClientContext {
  return { serverCertificateTypes: server, clientCertificateTypes: own } as Partial<
    ClientContext
  > as ClientContext;
}

Deno.test("bad input 96: a server's types must be among those that were offered, with X509 where it says nothing", () => {
  const both = client(["RawPublicKey", "X509"], ["X509", "RawPublicKey"]);
  assertEquals(agreedCertificateTypes({}, both), { server: "X509", client: "X509" });
  assertEquals(agreedCertificateTypes({ serverCertificateType: 2, clientCertificateType: 2 }, both), {
    server: "RawPublicKey",
    client: "RawPublicKey",
  });
  const keys = client(["RawPublicKey"], ["RawPublicKey"]);
  // It is not known yet whether the client is asked for one.
  assertEquals(agreedCertificateTypes({ serverCertificateType: 2 }, keys).client, "X509");
  for (
    const [answers, words] of [
      [{}, "the server shows certificate type 0"],
      [{ serverCertificateType: 0 }, "the server shows certificate type 0"],
      [{ serverCertificateType: 1 }, "the server shows certificate type 1"],
      [{ serverCertificateType: 2, clientCertificateType: 0 }, "the server asks for certificate type 0"],
    ] as const
  ) {
    const error = assertThrows(() => agreedCertificateTypes(answers, keys), TlsError);
    assertEquals(error.code, "unsupported_certificate_type");
    assertStringIncludes(error.message, words);
  }
});

/** Only its extensions are looked at. */
function hello(extensions: ClientHelloExtensions): ClientHello {
  return { extensions } as Partial<ClientHello> as ClientHello;
}

function accepting(...certificateTypes: readonly CertificateTypeName[]): ClientAuthentication {
  return { certificateTypes } as Partial<ClientAuthentication> as ClientAuthentication;
}

Deno.test("bad input 97: a server asks for its first type that the client has, and unknown ones are skipped", () => {
  const both = accepting("X509", "RawPublicKey");
  assertEquals(requestedCertificateType(hello({ clientCertificateTypes: [5, 2, 0] }), both), "X509");
  assertEquals(requestedCertificateType(hello({ clientCertificateTypes: [2] }), both), "RawPublicKey");
  assertEquals(requestedCertificateType(hello({}), both), "X509");
  for (const extensions of [{ clientCertificateTypes: [5] }, { clientCertificateTypes: [5, 0] }, {}]) {
    const ask = () => requestedCertificateType(hello(extensions), accepting("RawPublicKey"));
    assertEquals(assertThrows(ask, TlsError).code, "unsupported_certificate_type");
  }
  assertEquals(namedCertificateTypes([255, 2, 1, 0]), ["RawPublicKey", "X509"]);
});

Deno.test("a server answers the lists that it got, and the client's only where it asks for a certificate", () => {
  const lists = hello({ clientCertificateTypes: [2], serverCertificateTypes: [2, 0] });
  assertEquals(answerCertificateTypes(lists, "RawPublicKey", "RawPublicKey"), {
    clientCertificateType: 2,
    serverCertificateType: 2,
    extensionOrder: [0x13, 0x14],
  });
  assertEquals(answerCertificateTypes(lists, undefined), {
    serverCertificateType: 0,
    extensionOrder: [0x14],
  });
  assertEquals(answerCertificateTypes(hello({}), "X509", "X509"), { extensionOrder: [] });
});
