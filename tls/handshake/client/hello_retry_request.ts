/**
 * HelloRetryRequest: the server asks for a ClientHello that it can work with (RFC 9846 §4.2.4).
 *
 * @module
 */

import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { ClientHelloExtensions, ServerHello } from "../../wire/messages.ts";
import { ExtensionType, hexNumber, NamedGroup } from "../../wire/numbers.ts";
import { rememberGroup } from "./group_hints.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { checkCommonFields, refuseUnsolicited } from "./server_hello.ts";
import { keyShareEntries, type Offer } from "./offer.ts";

/** The consequences of a HelloRetryRequest. */
export interface Retry {
  /** The offer of the second ClientHello. */
  readonly offer: Offer;
  /** The cipher suite that the ServerHello must name, too. */
  readonly suite: CipherSuite;
}

/**
 * Checks a HelloRetryRequest and makes the second offer: the first one with the changes that RFC 9846 §4.2.2 lists, and
 * no others.
 *
 * @throws {TlsError} `illegal_hello_retry_request` when it asks for no change, or for one that cannot be made.
 */
export function* receiveHelloRetryRequest(
  request: ServerHello,
  first: Offer,
  context: ClientContext,
): Script<Retry> {
  const suite = checkCommonFields(request, first, context);
  refuseUnsolicited(
    request.extensionOrder,
    [
      ExtensionType.supported_versions,
      ExtensionType.key_share,
      ExtensionType.cookie,
      ...(first.hello.extensions.encryptedClientHello === undefined
        ? []
        : [ExtensionType.encrypted_client_hello]),
    ],
    "HelloRetryRequest",
  );
  const { selectedGroup, cookie } = request;
  // "Clients MUST abort the handshake with an "illegal_parameter" alert if the HelloRetryRequest would not result
  // in any change in the ClientHello." (RFC 9846 §4.2.4)
  if (selectedGroup === undefined && cookie === undefined) throw illegal("it asks for no change");
  if (cookie?.length === 0) throw illegal("its cookie is empty");

  let { shares } = first;
  // "Removing the "early_data" extension (Section 4.3.10) if one was present." (RFC 9846 §4.2.2)
  const { earlyData: _, ...kept } = first.hello.extensions;
  let extensions: ClientHelloExtensions = cookie === undefined ? kept : { ...kept, cookie };
  if (selectedGroup !== undefined) {
    const group = requestedGroup(selectedGroup, first, context.groups);
    // "the client MUST replace the original "key_share" extension with one containing only a new KeyShareEntry for
    // the group indicated in the selected_group field" (RFC 9846 §4.3.8)
    shares = [yield* settle(group.start())];
    extensions = { ...extensions, keyShares: keyShareEntries(shares) };
    rememberGroup(context.owner, nameOf(context), group.name);
  }
  const { encryption } = first;
  const offer: Offer = {
    hello: { ...first.hello, extensions: withOtherBinders(context.crypto, extensions) },
    shares,
    ...(encryption !== undefined && { encryption }),
  };
  // "the client SHOULD NOT offer any pre-shared keys associated with a hash other than that of the selected cipher
  // suite." (RFC 9846 §4.2.4)
  const { session } = first;
  const keepsSession = session !== undefined && session.facts.suite.hash === suite.hash;
  return { suite, offer: keepsSession ? { ...offer, session } : offer };
}

/** Gives random bytes in place of a session other binders, as a real session would have (RFC 9849 §6.1.2). */
function withOtherBinders(crypto: CryptoProvider, extensions: ClientHelloExtensions): ClientHelloExtensions {
  const { preSharedKey } = extensions;
  if (preSharedKey === undefined) return extensions;
  const binders = preSharedKey.binders.map((binder) => crypto.random(binder.length));
  return { ...extensions, preSharedKey: { ...preSharedKey, binders } };
}

/**
 * "the client MUST verify that (1) the selected_group field corresponds to a group which was provided in the
 * "supported_groups" extension in the original ClientHello and (2) the selected_group field does not correspond to
 * a group which was provided in the "key_share" extension in the original ClientHello. If either of these checks
 * fails, then the client MUST abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.3.8)
 */
function requestedGroup(id: number, first: Offer, groups: readonly KeyExchangeGroup[]): KeyExchangeGroup {
  const group = groups.find((candidate) => candidate.id === id);
  if (group === undefined) throw illegal(`it asks for group ${hexNumber(id)}, which was not offered`);
  if (first.shares.some((share) => NamedGroup[share.group] === id)) {
    throw illegal(`it asks for a ${group.name} key share, which it has`);
  }
  return group;
}

function illegal(reason: string): TlsError {
  return new TlsError("illegal_hello_retry_request", `Cannot accept HelloRetryRequest: ${reason}`);
}
