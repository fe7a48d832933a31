/** Warnings of a peer: which version has them, and where (RFC 9846 §6, RFC 5246 §7.2, RFC 6066 §3). */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import { ServerConfig } from "../../../tls/config/server_config.ts";
import type { EnabledVersionName } from "../../../tls/config/common_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { serverHandshake } from "../../../tls/handshake/server/server_handshake.ts";
import { Channel } from "../../../tls/record/channel.ts";
import type { HandshakeChannel } from "../../../tls/record/channel_types.ts";
import type { Script } from "../../../io/script.ts";
import { ScriptedEnd } from "../tls12/tamper.ts";
import { CRYPTO, identityOf, SERVER } from "./server/server_fixture.ts";
import { converse } from "./conversation.ts";

/** `unrecognized_name` as a warning, in the clear. */
const WARNING = Uint8Array.of(0x15, 3, 3, 0, 2, 1, 112);

const BOTH = ["TLSv1.3", "TLSv1.2"] as const;

interface Row {
  readonly name: string;
  readonly client: readonly EnabledVersionName[];
  readonly server: readonly EnabledVersionName[];
  /** Whether the warning comes in front of the ServerHello, or behind the handshake. */
  readonly when: "first" | "last";
  readonly code?: "illegal_alert";
}

const ROWS: readonly Row[] = [
  {
    name: "in front of a ServerHello, to a client of TLS 1.3 alone",
    client: ["TLSv1.3"],
    server: BOTH,
    when: "first",
    code: "illegal_alert",
  },
  { name: "in front of a ServerHello of TLS 1.3", client: BOTH, server: ["TLSv1.3"], when: "first" },
  { name: "in front of a ServerHello of TLS 1.2", client: BOTH, server: ["TLSv1.2"], when: "first" },
  {
    name: "behind a handshake of TLS 1.3",
    client: BOTH,
    server: ["TLSv1.3"],
    when: "last",
    code: "illegal_alert",
  },
  { name: "behind a handshake of TLS 1.2", client: BOTH, server: ["TLSv1.2"], when: "last" },
];

for (const { name, client: offered, server: versions, when, code } of ROWS) {
  Deno.test(`a warning ${name}: ${code === undefined ? "ignored" : "refused"}`, async () => {
    const context = contextOfConfig(
      new ServerConfig({ crypto: CRYPTO, versions, identity: identityOf(SERVER) }),
    );
    const server = new ScriptedEnd("server", function* (channel) {
      const result = yield* serverHandshake(channel, context);
      if (when === "last") yield* warn(channel);
      return result;
    });
    const config = new ClientConfig({ crypto: CRYPTO, versions: offered, verifier: () => {} });
    let isFirst = when === "first";
    const { client } = await converse(new ClientConnection(config, "example.com"), server, {
      fromServer: (bytes) => {
        const sent = isFirst ? concat([WARNING, bytes]) : bytes;
        isFirst = false;
        return sent;
      },
    });
    if (code === undefined) return assertEquals(client.error, undefined);
    assertInstanceOf(client.error, TlsError);
    assertEquals(client.error.code, code);
  });
}

function* warn(channel: HandshakeChannel): Script<void> {
  if (!(channel instanceof Channel)) throw new TypeError("the channel has records");
  yield* channel.sendWarning("unrecognized_name");
}

for (const versions of [BOTH, ["TLSv1.3"], ["TLSv1.2"]] as const) {
  Deno.test(`a warning in front of a ClientHello, to a server of ${versions.join(" and ")}: refused`, async () => {
    const config = new ServerConfig({ crypto: CRYPTO, versions, identity: identityOf(SERVER) });
    const server = new ServerConnection(config);
    server.receive(WARNING);
    const client = new ClientConfig({ crypto: CRYPTO, verifier: () => {} });
    const { server: heard } = await converse(new ClientConnection(client, "example.com"), server);
    assertInstanceOf(heard.error, TlsError);
    assertEquals(heard.error.code, "illegal_alert");
  });
}
