/**
 * The server's handshake of any version: the ClientHello decides.
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { TlsEarlyDataEvent, TlsHalfRttEvent } from "../early_data_outcome.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import type { ServerContext } from "./context.ts";
import { peekClientHello } from "./peek_client_hello.ts";
import { receiveEch } from "./receive_ech.ts";
import type { ServerEch } from "./server_ech.ts";
import { selectedVersion } from "./selected_version.ts";
import { checkServerName } from "./server_name_policy.ts";
import { tls13ServerHandshake } from "./tls13.ts";

/**
 * Runs a handshake as a server.
 *
 * @param received The ECH of the ClientHello, where it was received before. Default: it is received now.
 * @returns The result, when the client's Finished is verified and both directions have their application keys.
 * @throws {TlsError} The reason to refuse the client, or its alert.
 */
export function* serverHandshake(
  channel: HandshakeChannel,
  context: ServerContext,
  received?: { readonly ech: ServerEch | undefined },
): Script<HandshakeResult, TlsEarlyDataEvent | TlsHalfRttEvent> {
  const { ech } = received ?? { ech: yield* receiveEch(channel, context.echKeys) };
  const hello = yield* peekClientHello(channel);
  checkServerName(hello, context);
  switch (selectedVersion(hello, context)) {
    case "TLSv1.3":
      return yield* tls13ServerHandshake(channel, ech === undefined ? context : { ...context, ech });
    case "TLSv1.2":
      return yield* (yield* loadTls12Server()).tls12ServerHandshake(channel, context, hello);
  }
}

let loaded: typeof import("./tls12.ts") | undefined;

/** Loads the code of TLS 1.2, once, by the first handshake of that version: many processes have none. */
export function* loadTls12Server(): Script<typeof import("./tls12.ts")> {
  return loaded ??= yield* settle(import("./tls12.ts"));
}
