/** Servers of TLS 1.2 that deviate where a session is resumed, and the refusal of the client. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { decodeClientHello } from "../../../tls/wire/client_hello.ts";
import { clientConfig, serverConfig, shakeHands } from "./pair.ts";
import { type Change, changeFlight, messagesOf, recordsOf, serverHello } from "./tamper.ts";

const ROWS: readonly { readonly name: string; readonly change: Change; readonly code: string }[] = [
  {
    name: "bad input 59: a server that resumes without the extended main secret",
    change: serverHello(({ extensionOrder }) => ({
      extensionOrder: extensionOrder.filter((type) => type !== 0x17),
    })),
    code: "illegal_parameter",
  },
  {
    name: "bad input 27: a server that resumes with another suite",
    change: serverHello(({ cipherSuite }) => ({ cipherSuite: cipherSuite === 0xc02c ? 0xc02b : 0xc02c })),
    code: "illegal_parameter",
  },
];

for (const { name, change, code } of ROWS) {
  Deno.test(`${name}: refused by a client of TLS 1.2`, async () => {
    const client = clientConfig();
    const server = await serverConfig();
    await shakeHands(client, server);
    const { client: again } = await shakeHands(client, server, changeFlight("server", change));
    assertInstanceOf(again.failure, TlsError);
    assertEquals([again.failure.code, again.connection.facts], [code, undefined]);
    const { client: control } = await shakeHands(client, server);
    assertEquals(control.failure, undefined);
  });
}

Deno.test("bad input 27: a session ID that was made up, which a server of TLS 1.2 claims to know, is refused", async () => {
  const options: Partial<ClientConfigOptions> = { versions: ["TLSv1.3", "TLSv1.2"] };
  let madeUp = new Uint8Array();
  const echo = changeFlight("server", serverHello(() => ({ sessionId: madeUp })));
  const { client } = await shakeHands(clientConfig(options), await serverConfig(), (bytes, from) => {
    if (from === "server") return echo(bytes, from);
    const [hello] = recordsOf(bytes).flatMap(({ type, payload }) => type === 0x16 ? messagesOf(payload) : []);
    if (hello?.[0] === 0x01) madeUp = decodeClientHello(hello.subarray(4)).sessionId.slice();
    return [bytes];
  });
  assertEquals(madeUp.length, 32);
  assertInstanceOf(client.failure, TlsError);
  assertEquals([client.failure.code, client.connection.facts], ["illegal_parameter", undefined]);
});
