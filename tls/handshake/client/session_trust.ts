/**
 * Trust in a session: whether a full handshake, held now, would trust the server that the session comes from, and would
 * show it the same identity.
 *
 * A resumed connection has neither Certificate nor CertificateRequest, so nothing else judges them again: not a
 * certificate that has expired or was revoked since, nor a verifier that has changed its mind, nor a client that is
 * another one by now.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import type { Script } from "../../../io/script.ts";
import type { ClientSessionFacts, IdentityAnswer } from "../../session/session.ts";
import { readChainAgain } from "../certificate_chain.ts";
import { chooseIdentity } from "./choose_identity.ts";
import type { ClientContext } from "./context.ts";

/**
 * Whether a session may be offered. Any failure means that it may not: the full handshake that follows asks the same,
 * and reports the failure.
 */
export function* isStillTrusted(context: ClientContext, facts: ClientSessionFacts): Script<boolean> {
  const { peerCertificates, ocspResponse, identity } = facts;
  try {
    yield* context.verify({
      serverName: context.serverName,
      ...(yield* readChainAgain(context.crypto, peerCertificates)),
      ...(ocspResponse !== undefined && { ocspResponse }),
      time: context.now(),
    });
    return identity === undefined || (yield* isSameAnswer(context, identity));
  } catch {
    return false;
  }
}

/** Whether the config answers a CertificateRequest as it did then. */
function* isSameAnswer(context: ClientContext, then: IdentityAnswer): Script<boolean> {
  const now = yield* chooseIdentity(context, then);
  // A certificate is a DER value, which says how long it is: no two chains are the same in one piece.
  return equals(concat(now?.chain ?? []), concat(then.chain));
}
