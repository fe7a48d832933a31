/** ClientHellos to be changed, and a server that receives them. */

import { assert } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { encodeClientHello } from "../../../../tls/wire/client_hello.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { drain, type Outcome } from "../conversation.ts";
import { plainHello } from "./scripted_client.ts";
import { CRYPTO, serverConfig } from "./server_fixture.ts";

/** An encoded ClientHello with an x25519 key share, changed. */
export async function clientHello(
  change: (hello: ClientHello) => ClientHello = (same) => same,
  crypto: CryptoProvider = CRYPTO,
): Promise<Uint8Array> {
  const [group] = crypto.groups.filter(({ name }) => name === "x25519");
  assert(group !== undefined);
  const share = await group.start();
  const keyShares = [{ group: group.id, keyExchange: share.publicKey }];
  return encodeClientHello(change(plainHello(crypto, { keyShares })));
}

/** A change that sets extensions. */
export function withExtensions(extensions: ClientHello["extensions"]): (hello: ClientHello) => ClientHello {
  return (plain) => ({ ...plain, extensions: { ...plain.extensions, ...extensions } });
}

/** A change that removes extensions. */
export function without(...names: (keyof ClientHello["extensions"])[]): (hello: ClientHello) => ClientHello {
  return (plain) => ({
    ...plain,
    extensions: Object.fromEntries(
      Object.entries(plain.extensions).filter(([name]) => !names.some((omitted) => omitted === name)),
    ),
  });
}

/** The events, the error and the output of a server that receives bytes. */
export async function receive(bytes: Uint8Array, options: Partial<ServerConfigOptions> = {}): Promise<{
  readonly outcome: Outcome;
  readonly output: Uint8Array;
}> {
  const server = new ServerConnection(serverConfig(options));
  const outcome: Outcome = { events: [] };
  server.receive(bytes);
  await drain(server, outcome);
  const output: Uint8Array[] = [];
  for (let piece; (piece = server.output()) !== undefined;) output.push(piece);
  return { outcome, output: concat(output) };
}
