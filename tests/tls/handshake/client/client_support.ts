/**
 * A client's handshake against a scripted server, without records and sockets.
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { decodeBase64 } from "@std/encoding/base64";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import type { CipherSuite, CryptoProvider, SigningKey } from "../../../../tls/crypto/provider.ts";
import { signatureSchemesOf } from "../../../../tls/crypto/signature.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { clientHandshake } from "../../../../tls/handshake/client/client_handshake.ts";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import type { HandshakeResult } from "../../../../tls/handshake/handshake_result.ts";
import { settle } from "../../../../io/script.ts";
import type { CipherSuiteName } from "../../../../tls/wire/numbers.ts";
import { parseServerName } from "../../../../tls/names/server_name.ts";
import { mintSelfSigned } from "../../../support/certificates.ts";
import type { KeyType } from "../../../support/keys.ts";
import { LoopChannel, type Outcome, together } from "../loop_channel.ts";
import { type Deviations, scriptedServer, type Seen, type ServerSetup } from "./scripted_server_handshake.ts";

/** The provider of these tests: synchronous. */
export const PROVIDER: CryptoProvider = nodeCrypto();

/** A suite of the provider. */
export function suiteOf(name: CipherSuiteName): CipherSuite {
  const suite = PROVIDER.cipherSuites.find((each) => each.name === name);
  assert(suite !== undefined, `the provider has ${name}`);
  return suite;
}

/** Someone with a certificate of their own. */
export interface Someone {
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
}

/** Mints someone; the certificate is for `server.example`. */
export async function mintSomeone(keyType: KeyType = "p256"): Promise<Someone> {
  const minted = await mintSelfSigned({ names: ["server.example"], keyType });
  const key = await PROVIDER.loadPrivateKey(pkcs8Of(minted.keyPem));
  return { chain: [minted.certDer], key };
}

/** The DER in a PEM block. */
export function pkcs8Of(pem: string): Uint8Array {
  return decodeBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
}

/** A client that trusts every server, with the options of a test. */
export function clientContext(changes: Partial<ClientContext> = {}): ClientContext {
  return {
    crypto: PROVIDER,
    suites: PROVIDER.cipherSuites,
    groups: PROVIDER.groups,
    signatureSchemes: signatureSchemesOf(PROVIDER).certificate,
    serverName: parseServerName("server.example"),
    enableSni: true,
    alpnProtocols: [],
    credentials: () => [],
    verify: () => settle(undefined),
    owner: {},
    policy: () => new Uint8Array(1),
    now: () => new Date(),
    ...changes,
  };
}

/** How a handshake ended, with what was said. */
export interface Played {
  readonly client: Outcome<HandshakeResult>;
  readonly server: Outcome<Seen>;
  readonly channel: LoopChannel;
}

const SOMEONE = await mintSomeone();

/** Plays a handshake of a client against a server that deviates. */
export async function play(
  deviations: Deviations = {},
  context: ClientContext = clientContext(),
  setup: Partial<ServerSetup> = {},
): Promise<Played> {
  const [here, there] = LoopChannel.pair(PROVIDER);
  const server = scriptedServer(
    there,
    { provider: PROVIDER, suite: suiteOf("TLS_AES_128_GCM_SHA256"), ...SOMEONE, ...setup },
    deviations,
  );
  const [client, seen] = await together(clientHandshake(here, context), server);
  return { client, server: seen, channel: here };
}

/** What a script gave. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if ("error" in outcome) throw outcome.error;
  assert("value" in outcome, "the script came to its end");
  return outcome.value;
}

/** The TlsError that a script ended with. */
export function refusalOf(outcome: Outcome<unknown>, code: string): TlsError {
  assert("error" in outcome, `the script failed: ${Deno.inspect(outcome)}`);
  assertInstanceOf(outcome.error, TlsError);
  assertEquals(outcome.error.code, code, outcome.error.message);
  return outcome.error;
}
