/**
 * The traffic secrets of a handshake of TLS 1.3, which client and server derive in the same way (RFC 9846 §7.1).
 *
 * @module
 */

import type { KeyLog } from "../config/config_types.ts";
import type { CipherSuite } from "../crypto/provider.ts";
import type { Script } from "../../io/script.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import type { HandshakeSecret, MainSecret } from "../schedule/key_schedule.ts";
import { logSecret } from "./log_secret.ts";

/** The handshake that secrets are derived for. */
export interface SecretsFor {
  readonly suite: CipherSuite;
  /** Random of the ClientHello, for the key log. */
  readonly random: Uint8Array;
}

/** The secrets of the rest of the handshake, one for each sender. */
export interface HandshakeSecrets {
  readonly clientSecret: Uint8Array;
  readonly serverSecret: Uint8Array;
}

/** Derives the handshake traffic secrets: the transcript goes up to the ServerHello. */
export function* handshakeSecrets(
  channel: HandshakeChannel,
  context: { readonly keyLog?: KeyLog },
  handshake: HandshakeSecret,
  { suite, random }: SecretsFor,
): Script<HandshakeSecrets> {
  const helloHash = yield* channel.transcript.hash(suite.hash);
  const serverSecret = yield* handshake.serverTraffic(helloHash);
  const clientSecret = yield* handshake.clientTraffic(helloHash);
  logSecret(context, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", random, clientSecret);
  logSecret(context, "SERVER_HANDSHAKE_TRAFFIC_SECRET", random, serverSecret);
  return { clientSecret, serverSecret };
}

/** The secrets of application data, and the stage that they come from. */
export interface FirstApplicationSecrets {
  readonly main: MainSecret;
  readonly clientTraffic: Uint8Array;
  readonly serverTraffic: Uint8Array;
  readonly exporter: Uint8Array;
}

/** Derives the secrets of application data: the transcript goes up to the server's Finished. */
export function* applicationSecrets(
  channel: HandshakeChannel,
  context: { readonly keyLog?: KeyLog },
  handshake: HandshakeSecret,
  { suite, random }: SecretsFor,
): Script<FirstApplicationSecrets> {
  const main = yield* handshake.main();
  const finishedHash = yield* channel.transcript.hash(suite.hash);
  const clientTraffic = yield* main.clientTraffic(finishedHash);
  const serverTraffic = yield* main.serverTraffic(finishedHash);
  const exporter = yield* main.exporter(finishedHash);
  logSecret(context, "CLIENT_TRAFFIC_SECRET_0", random, clientTraffic);
  logSecret(context, "SERVER_TRAFFIC_SECRET_0", random, serverTraffic);
  logSecret(context, "EXPORTER_SECRET", random, exporter);
  return { main, clientTraffic, serverTraffic, exporter };
}
