/**
 * The client's handshake with Encrypted ClientHello (RFC 9849 §6), which goes by one of two hellos.
 *
 * ```text
 * Client                                           Server
 *
 * ClientHelloOuter
 *   [ClientHelloInner]    -------->
 *                         <--------    ServerHello or HelloRetryRequest
 *
 *   confirms: the handshake goes on as if ClientHelloInner had been sent
 *   does not: the handshake goes on by ClientHelloOuter, with a server of the public name, and ends in an error
 * ```
 *
 * @module
 */

import { decodeEchConfigList, ECH_VERSION } from "../../wire/ech_config.ts";
import { type UsableEchConfig, usableEchConfig } from "../../ech/usable_config.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerHello } from "../../wire/messages.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import type { ClientContext, EchOffering } from "./context.ts";
import { beginEarlyData } from "./early_data.ts";
import { type EncryptedHellos, encryptHellos } from "./hello_encryption.ts";
import { firstOffer, type Offer, sendClientHello } from "./offer.ts";
import { orderForBoth } from "./outer_hello.ts";
import { receiveServerHello, selectedVersion } from "./selected_version.ts";
import { tls13ClientHandshake } from "./tls13.ts";

export { greaseEch } from "./grease_ech.ts";

/** The config that hellos are encrypted with. */
export interface ChosenEchConfig extends UsableEchConfig {
  /** Whether certificates and their names are verified. */
  readonly authenticates: boolean;
}

/**
 * Chooses the config to encrypt with.
 *
 * @returns `undefined`: none can be used, and none is required.
 * @throws {TlsError} `unsupported_option` when the platform has the algorithms of none.
 */
export function* chooseEchConfig(
  { crypto }: ClientContext,
  ech: EchOffering | "grease",
): Script<ChosenEchConfig | undefined> {
  if (ech === "grease") return undefined;
  const { configs, mode, authenticates } = ech;
  const unavailable = yield* settle(crypto.unavailable?.());
  const config = usableEchConfig(decodeEchConfigList(configs), crypto, unavailable);
  if (config !== undefined) return { ...config, authenticates };
  if (mode === "prefer") return undefined;
  throw new TlsError(
    "unsupported_option",
    "Cannot encrypt ClientHello: this platform has the algorithms of none of the ECHConfigs",
  );
}

/**
 * Runs a handshake with ECH.
 *
 * @returns The result, when the server has accepted ECH.
 * @throws {TlsError} `ech_rejected`, with the configs to try again with, when the server has proved to be the one of the
 * public name; and as any handshake does.
 */
export function* echClientHandshake(
  channel: HandshakeChannel,
  context: ClientContext,
  config: ChosenEchConfig,
): Script<HandshakeResult> {
  const inner = innerContext(context);
  const hellos = yield* encryptHellos(inner, config);
  const offer = withEch(yield* firstOffer(inner), hellos);
  yield* sendClientHello(channel, inner, offer);
  yield* beginEarlyData(channel, inner, offer);
  const reply = yield* receiveServerHello(channel, inner);
  selectedVersion(reply, inner);
  if (yield* hellos.isConfirmed(channel, offer, reply)) {
    return yield* tls13ClientHandshake(channel, inner, offer, reply);
  }
  const retryConfigs = yield* rejectedHandshake(channel, outerContext(inner, config), {
    hellos,
    offer,
    reply,
  });
  throw rejection(config.authenticates ? retryConfigs : undefined, config);
}

/** "It MUST NOT offer to negotiate TLS 1.2 or below." (RFC 9849 §6.1) */
function innerContext({ tls12Suites: _, ...context }: ClientContext): ClientContext {
  return context;
}

/** The offer of a ClientHelloInner. */
function withEch(offer: Offer, encryption: EncryptedHellos): Offer {
  const { hello } = offer;
  return {
    ...offer,
    hello: {
      ...hello,
      extensions: { ...hello.extensions, encryptedClientHello: { type: "inner" } },
      extensionOrder: orderForBoth(hello.extensionOrder),
    },
    encryption,
  };
}

/**
 * The configuration by which a handshake goes on whose ECH was rejected: "The client MUST verify that the certificate is
 * valid for ECHConfig.contents.public_name." and "If the server requests a client certificate, the client MUST respond
 * with an empty Certificate message" (RFC 9849 §6.1.7). No session is kept, and a raw public key proves no name.
 */
function outerContext(
  { sessions: _, serverCertificateTypes: _server, clientCertificateTypes: _client, ...context }:
    ClientContext,
  { contents }: UsableEchConfig,
): ClientContext {
  return {
    ...context,
    serverName: { kind: "dns", name: contents.publicName.toLowerCase() },
    credentials: () => [],
  };
}

interface Rejected {
  readonly hellos: EncryptedHellos;
  readonly offer: Offer;
  readonly reply: ServerHello;
}

/** Ends the handshake with the server of the public name. @returns Its retry configurations, which are authentic now. */
function* rejectedHandshake(
  channel: HandshakeChannel,
  context: ClientContext,
  { hellos, offer, reply }: Rejected,
): Script<Uint8Array | undefined> {
  const { hello, encoded } = hellos.outer;
  channel.transcript.replaceFirst(encoded);
  const { retryConfigs } = yield* tls13ClientHandshake(
    channel,
    context,
    { hello, shares: offer.shares },
    reply,
  );
  return retryConfigs;
}

/**
 * The error of a handshake that has proved that the server rejects ECH: "abort the connection with an "ech_required"
 * alert before sending any application data to the server" (RFC 9849 §6.1.6).
 */
function rejection(list: Uint8Array | undefined, { authenticates }: ChosenEchConfig): TlsError {
  // "if at least one of the values contains a version supported by the client" (RFC 9849 §6.1.6)
  const isUsable = list !== undefined &&
    decodeEchConfigList(list).some(({ version }) => version === ECH_VERSION);
  const hint = isUsable
    ? "Connect again, once, with the retryConfigs of this error."
    : authenticates
    ? "The server has no ECH any more: connect without it."
    : "Without verification of certificates and names, no retry configurations are taken.";
  return new TlsError("ech_rejected", "Cannot connect: the server rejected Encrypted ClientHello", {
    hint,
    ...(isUsable && { retryConfigs: list.slice() }),
  });
}
