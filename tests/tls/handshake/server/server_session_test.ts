/** The encoding of a server's session, and bytes that are none. */

import { assertEquals } from "@std/assert";
import {
  decodeSession,
  encodeSession,
  type ServerSession,
} from "../../../../tls/handshake/server/server_session.ts";

const SESSION: ServerSession = {
  suite: 0x1302,
  psk: new Uint8Array(48).fill(5),
  issued: 1_900_000_000_456,
  ageAdd: 0xfedcba98,
  maxEarlyDataSize: 16_384,
  alpnProtocol: "h2",
  authenticated: 1_900_000_000_123,
  identity: new Uint8Array(32).fill(9),
  serverName: "example.com",
  clientChain: [Uint8Array.of(1, 2, 3), Uint8Array.of(4)],
};
const SESSIONS: readonly ServerSession[] = [
  SESSION,
  {
    suite: 0x1301,
    psk: new Uint8Array(32),
    issued: 0,
    ageAdd: 0,
    maxEarlyDataSize: 0,
    authenticated: 0,
    identity: new Uint8Array(32),
    clientChain: [],
  },
];
for (const session of SESSIONS) {
  Deno.test(`a session of suite ${session.suite} is decoded as it was encoded`, () => {
    assertEquals(decodeSession(encodeSession(session)), session);
  });
}

Deno.test("a session that was cut short, extended, or encoded by another version is not decoded", () => {
  const bytes = encodeSession(SESSION);
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(decodeSession(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
  assertEquals(decodeSession(Uint8Array.of(...bytes, 0)), undefined);
  assertEquals(decodeSession(bytes.map((byte, i) => i === 0 ? byte + 1 : byte)), undefined);
});

Deno.test("a session of a client's raw public key is decoded as it was encoded", () => {
  const session = {
    ...SESSION,
    clientChain: [Uint8Array.of(1, 2, 3)],
    clientCertificateType: "RawPublicKey",
  } as const;
  assertEquals(decodeSession(encodeSession(session)), session);
});

Deno.test("a session whose client is of another type than a chain or one raw public key is not decoded", () => {
  const bytes = encodeSession(SESSION);
  const chainLength = 3 + (3 + 3) + (3 + 1);
  const typeAt = bytes.length - chainLength - 1;
  assertEquals(bytes[typeAt], 0); // X509
  for (const type of [1, 2, 3, 255]) { // a raw public key (2) is one, and here are two
    assertEquals(decodeSession(bytes.with(typeAt, type)), undefined, `type ${type}`);
  }
});
