/**
 * The client's handshake of any version: the ClientHello offers all that are enabled, and the ServerHello decides.
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import type { ClientContext } from "./context.ts";
import { beginEarlyData } from "./early_data.ts";
import { loadEch } from "./load_ech.ts";
import { firstOffer, type Offer, sendClientHello } from "./offer.ts";
import { offeredVersions, receiveServerHello, selectedVersion } from "./selected_version.ts";
import { tls13ClientHandshake } from "./tls13.ts";

/**
 * Runs a handshake as a client.
 *
 * @returns The result, when both directions have their application keys.
 * @throws {TlsError} The reason to refuse the server, or its alert.
 */
export function* clientHandshake(channel: HandshakeChannel, context: ClientContext): Script<HandshakeResult> {
  if (context.ech === undefined) return yield* shakeHands(channel, context, yield* firstOffer(context));
  const { chooseEchConfig, echClientHandshake, greaseEch } = yield* loadEch();
  const config = yield* chooseEchConfig(context, context.ech);
  return config === undefined
    ? yield* shakeHands(channel, context, yield* greaseEch(context, yield* firstOffer(context)))
    : yield* echClientHandshake(channel, context, config);
}

function* shakeHands(
  channel: HandshakeChannel,
  context: ClientContext,
  offer: Offer,
): Script<HandshakeResult> {
  if (offeredVersions(context).includes("TLSv1.2")) channel.speakAnyVersion();
  yield* sendClientHello(channel, context, offer);
  yield* beginEarlyData(channel, context, offer);
  const reply = yield* receiveServerHello(channel, context);
  switch (selectedVersion(reply, context)) {
    case "TLSv1.3":
      channel.speakTls13();
      return yield* tls13ClientHandshake(channel, context, offer, reply);
    case "TLSv1.2":
      return yield* (yield* loadTls12Client()).tls12ClientHandshake(channel, context, offer, reply);
  }
}

let loaded: typeof import("./tls12.ts") | undefined;

/** Loads the code of TLS 1.2, once, by the first handshake of that version: many processes have none. */
export function* loadTls12Client(): Script<typeof import("./tls12.ts")> {
  return loaded ??= yield* settle(import("./tls12.ts"));
}
