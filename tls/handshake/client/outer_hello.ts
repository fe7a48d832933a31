/**
 * ClientHelloInner and ClientHelloOuter: what the one leaves out because the other has it (RFC 9849 §5.1, §6.1).
 *
 * The outer hello is the inner one with four differences: another random, the public name for a server name, random
 * bytes for the sessions, and the inner hello encrypted. So nearly all extensions are the same in both.
 *
 * @module
 */

import type { CryptoProvider } from "../../crypto/provider.ts";
import { encodeClientHello } from "../../wire/client_hello.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../../wire/handshake_codec.ts";
import type { ClientHello, OfferedPsks } from "../../wire/messages.ts";
import { ExtensionType } from "../../wire/numbers.ts";

/**
 * The extensions that both hellos have, and that are sent in the clear: none of them tells which server or which session
 * is meant. ALPN is among them, as in other clients. An extension that is not listed stands in the inner hello alone:
 * certificate types, because a public name is proved by a certificate.
 */
const SHARED_EXTENSIONS: ReadonlySet<number> = new Set([
  ExtensionType.status_request,
  ExtensionType.supported_groups,
  ExtensionType.signature_algorithms,
  ExtensionType.application_layer_protocol_negotiation,
  ExtensionType.compress_certificate,
  ExtensionType.early_data,
  ExtensionType.supported_versions,
  ExtensionType.cookie,
  ExtensionType.psk_key_exchange_modes,
  ExtensionType.signature_algorithms_cert,
  ExtensionType.key_share,
  ExtensionType.ticket_request,
]);

/** Extensions of an outer hello that it does not share with the inner one. */
const OUTER_EXTENSIONS: ReadonlySet<number> = new Set([
  ExtensionType.server_name,
  ExtensionType.encrypted_client_hello,
  ExtensionType.pre_shared_key,
]);

/**
 * The order of extensions of both hellos: "If it intends to compress any extensions (see Section 5.1), it MUST order
 * those extensions consecutively." (RFC 9849 §6.1)
 */
export function orderForBoth(order: readonly number[]): readonly number[] {
  const at = order.findIndex((type) => SHARED_EXTENSIONS.has(type));
  const shared = order.filter((type) => SHARED_EXTENSIONS.has(type));
  const rest = order.filter((type) => !SHARED_EXTENSIONS.has(type));
  return [...rest.slice(0, at), ...shared, ...rest.slice(at)];
}

/**
 * EncodedClientHelloInner: the inner hello without its header, its session ID and what it shares with the outer one, and
 * padded.
 *
 * @param inner As it was decoded, so that its order has the extensions that it has, and no others.
 * @param maximumNameLength The ECHConfig's: of the longest name behind the server.
 */
export function encodeInner(inner: ClientHello, maximumNameLength: number): Uint8Array {
  const shared = inner.extensionOrder.filter((type) => SHARED_EXTENSIONS.has(type));
  const encoded = encodeClientHello({
    ...inner,
    sessionId: new Uint8Array(0),
    extensions: { ...inner.extensions, echOuterExtensions: shared },
    extensionOrder: inner.extensionOrder.flatMap((type) => {
      if (!SHARED_EXTENSIONS.has(type)) return [type];
      return type === shared[0] ? [ExtensionType.ech_outer_extensions] : [];
    }),
  }).subarray(HANDSHAKE_HEADER_LENGTH);
  const padded = new Uint8Array(paddedLength(encoded.length, inner, maximumNameLength));
  padded.set(encoded);
  return padded;
}

/** RFC 9849 §6.1.3 */
function paddedLength(length: number, { extensions }: ClientHello, maximumNameLength: number): number {
  const { serverName } = extensions;
  const forName = serverName === undefined
    ? maximumNameLength + SERVER_NAME_OVERHEAD
    : Math.max(0, maximumNameLength - serverName.length);
  return Math.ceil((length + forName) / PADDING_UNIT) * PADDING_UNIT;
}

/** Length of a server_name extension without its name: "This is the length of a "server_name" extension" less L. */
const SERVER_NAME_OVERHEAD = 9;
const PADDING_UNIT = 32;

/** The parts of an outer hello that the inner one does not have. */
export interface OuterParts {
  readonly random: Uint8Array;
  readonly publicName: string;
  readonly encryptedClientHello: NonNullable<ClientHello["extensions"]["encryptedClientHello"]>;
  readonly preSharedKey: OfferedPsks | undefined;
}

/** The outer hello of an inner one. @param order The order of the inner hello, absent extensions included. */
export function outerHello(
  inner: ClientHello,
  { random, publicName, encryptedClientHello, preSharedKey }: OuterParts,
  order: readonly number[],
): ClientHello {
  const { preSharedKey: _, ...extensions } = inner.extensions;
  return {
    ...inner,
    random,
    extensions: {
      ...extensions,
      serverName: publicName,
      encryptedClientHello,
      ...(preSharedKey !== undefined && { preSharedKey }),
    },
    extensionOrder: order.filter((type) => SHARED_EXTENSIONS.has(type) || OUTER_EXTENSIONS.has(type)),
  };
}

/**
 * Random bytes in place of sessions: "For each PSK identity advertised in the ClientHelloInner, the client generates a
 * random PSK identity with the same length." (RFC 9849 §6.1.2)
 *
 * @param before Those of the first outer hello, whose identities a second one repeats.
 */
export function greasePsks(
  provider: CryptoProvider,
  real: OfferedPsks,
  before: OfferedPsks | undefined,
): OfferedPsks {
  return {
    identities: before?.identities ?? real.identities.map(({ identity }) => ({
      identity: provider.random(identity.length),
      obfuscatedTicketAge: new DataView(provider.random(4).slice().buffer).getUint32(0),
    })),
    binders: real.binders.map((binder) => provider.random(binder.length)),
  };
}
