/** ServerHellos that decide against TLS 1.3, or for it where it was not offered, as a client takes them. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { ServerHello } from "../../../tls/wire/messages.ts";
import { clientConfig, CRYPTO, serverConfig, shakeHands } from "./pair.ts";
import { changeFlight, serverHello } from "./tamper.ts";

function ending(random: Uint8Array, tail: string): Uint8Array {
  return concat([random.subarray(0, 24), new TextEncoder().encode(tail)]);
}

const ROWS: readonly {
  readonly name: string;
  readonly change: (hello: ServerHello) => Partial<ServerHello>;
  readonly code: string;
}[] = [
  {
    name: "bad input 28: TLS 1.1 of a server that was made to answer with it, by a client of TLS 1.2 alone",
    change: ({ random }) => ({ legacyVersion: 0x0302, random: ending(random, "DOWNGRD\0") }),
    code: "downgrade_detected",
  },
  {
    name: "TLS 1.1 marked as TLS 1.2 of a server of TLS 1.3, by a client of TLS 1.2 alone",
    change: ({ random }) => ({ legacyVersion: 0x0302, random: ending(random, "DOWNGRD\x01") }),
    code: "unsupported_protocol_version",
  },
  {
    name: "bad input 27: TLS 1.3 by supported_versions, by a client of TLS 1.2 alone",
    change: () => ({
      selectedVersion: 0x0304,
      sessionId: new Uint8Array(0),
      cipherSuite: 0x1301,
      keyShare: { group: 0x001d, keyExchange: new Uint8Array(32).fill(9) },
      tls12: {},
      extensionOrder: [0x2b, 0x33],
    }),
    code: "illegal_parameter",
  },
  {
    // It goes on without the extended main secret, and the server, which has it, cannot read that.
    name: "a ServerHello that has lost its extensions: the Finished gives it away",
    change: ({ tls12: _, ...hello }) => ({ ...hello, extensionOrder: [] }),
    code: "handshake_failed",
  },
];

for (const { name, change, code } of ROWS) {
  Deno.test(`${name}: ${code}`, async () => {
    const cut = changeFlight("server", serverHello(change));
    const { client } = await shakeHands(clientConfig(), await serverConfig(), cut);
    assertInstanceOf(client.failure, TlsError);
    assertEquals([client.failure.code, client.failure.message], [code, client.failure.message]);
  });
}

for (const tail of ["DOWNGRD\0", "DOWNGRD\x01"]) {
  Deno.test(`a client of TLS 1.2 alone takes TLS 1.2 of a random that ends in ${JSON.stringify(tail)}`, async () => {
    const random = (length: number) =>
      length === 32 ? ending(CRYPTO.random(length), tail) : CRYPTO.random(length);
    const server = await serverConfig({ crypto: { ...CRYPTO, random } });
    const ends = await shakeHands(clientConfig(), server);
    assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
  });
}
