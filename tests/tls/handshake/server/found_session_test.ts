/** The lifetime of sessions, and the sizes of what a server sends of itself, at their bounds. */

import { assertEquals } from "@std/assert";
import { fitsRequest } from "../../../../tls/handshake/server/authenticate_client.ts";
import { clientHelloInfo } from "../../../../tls/handshake/server/client_hello_info.ts";
import { sessionLifetime } from "../../../../tls/handshake/server/found_session.ts";
import {
  DEFAULT_SESSION_LIFETIME_SECONDS,
  MAX_AUTHORITIES_BYTES,
  MAX_TICKET_LIFETIME_SECONDS,
} from "../../../../tls/limits.ts";
import { plainHello } from "./scripted_client.ts";
import { CRYPTO } from "./server_fixture.ts";

const ticketerOf = (lifetime: number) => ({ lifetime, seal: () => new Uint8Array(1), open: () => undefined });

for (
  const [lifetime, expected] of [
    [1, 1],
    [1.9, 1],
    [0.9, 0],
    [0, 0],
    [-1, 0],
    [NaN, 0],
    [3600, 3600],
    [MAX_TICKET_LIFETIME_SECONDS, MAX_TICKET_LIFETIME_SECONDS],
    [MAX_TICKET_LIFETIME_SECONDS + 1, MAX_TICKET_LIFETIME_SECONDS],
    [Infinity, MAX_TICKET_LIFETIME_SECONDS],
  ] as const
) {
  Deno.test(`the sessions of a ticketer whose lifetime is ${lifetime} live for ${expected} seconds`, () => {
    assertEquals(sessionLifetime(ticketerOf(lifetime)), expected);
  });
}

Deno.test("the sessions of a store live as long as the default says", () => {
  assertEquals(sessionLifetime(undefined), DEFAULT_SESSION_LIFETIME_SECONDS);
});

Deno.test("names of authorities fit into a request up to the limit, lengths included, and none are not sent", () => {
  const name = (length: number) => new Uint8Array(length);
  assertEquals(fitsRequest([]), false);
  assertEquals(fitsRequest([name(1)]), true);
  assertEquals(fitsRequest([name(MAX_AUTHORITIES_BYTES - 2)]), true);
  assertEquals(fitsRequest([name(MAX_AUTHORITIES_BYTES - 1)]), false);
  assertEquals(fitsRequest([name(1), name(MAX_AUTHORITIES_BYTES - 5)]), true);
  assertEquals(fitsRequest([name(1), name(MAX_AUTHORITIES_BYTES - 4)]), false);
});

Deno.test("what the application sees of a ClientHello is no view of the message", () => {
  const authority = new Uint8Array(100).subarray(20, 30);
  const hello = plainHello(CRYPTO, { keyShares: [], certificateAuthorities: [authority] });
  const { certificateAuthorities } = clientHelloInfo(hello);
  authority.fill(0xff);
  assertEquals(certificateAuthorities, [new Uint8Array(10)]);
});

Deno.test("what the application sees of a ClientHello: lists that were not sent are not there", () => {
  const without = clientHelloInfo(plainHello(CRYPTO, { keyShares: [], serverName: undefined }));
  assertEquals(
    [
      "serverName" in without,
      "certificateSignatureSchemes" in without,
      "serverCertificateTypes" in without,
      "clientCertificateTypes" in without,
    ],
    [false, false, false, false],
  );
  const hello = plainHello(CRYPTO, {
    keyShares: [],
    serverName: "Example.COM",
    signatureAlgorithmsCert: [0x0403, 0x7a7a],
    serverCertificateTypes: [2, 9, 0],
    clientCertificateTypes: [0],
  });
  const { serverName, certificateSignatureSchemes, serverCertificateTypes, clientCertificateTypes } =
    clientHelloInfo(hello);
  assertEquals(serverName, "example.com");
  assertEquals(certificateSignatureSchemes, ["ecdsa_secp256r1_sha256"]);
  assertEquals([serverCertificateTypes, clientCertificateTypes], [["RawPublicKey", "X509"], ["X509"]]);
});
