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
import type { ClientSessionFacts, IdentityAnswer, StoredSessionFacts } from "../../session/session_facts.ts";
import { dersOf, readChainAgain } from "../certificate_chain.ts";
import { chooseIdentity } from "./choose_identity.ts";
import type { ClientContext } from "./context.ts";

/**
 * The session, if it may be offered, with its certificates. Any failure means that it may not: the full handshake that
 * follows asks the same, and reports the failure.
 */
export function* trustedSession(
  context: ClientContext,
  { certificates, ...facts }: StoredSessionFacts,
): Script<ClientSessionFacts | undefined> {
  const { rawPublicKey, ocspResponse, identity } = facts;
  try {
    const server = rawPublicKey === undefined
      ? yield* readChainAgain(context.crypto, certificates)
      : { rawPublicKey, peerCertificates: [] };
    yield* context.verify({
      serverName: context.serverName,
      ...server,
      ...(ocspResponse !== undefined && { ocspResponse }),
      time: context.now(),
    });
    if (identity !== undefined && !(yield* isSameAnswer(context, identity))) return undefined;
    return { ...facts, peerCertificates: server.peerCertificates };
  } catch {
    return undefined;
  }
}

/** Whether two sessions have the same credentials of the server: the verdict about one is that about the other. */
export function isOfSameServer(a: StoredSessionFacts, b: StoredSessionFacts): boolean {
  if (a.rawPublicKey !== undefined || b.rawPublicKey !== undefined) {
    return equals(a.rawPublicKey ?? NO_KEY, b.rawPublicKey ?? NO_KEY);
  }
  if (a.certificates === b.certificates) return true;
  // A certificate is a DER value, which says how long it is: no two chains are the same in one piece.
  return equals(concat(dersOf(a.certificates)), concat(dersOf(b.certificates)));
}

/** Whether the config answers a CertificateRequest as it did then. */
function* isSameAnswer(context: ClientContext, then: IdentityAnswer): Script<boolean> {
  const now = yield* chooseIdentity(context, then);
  // A certificate is a DER value, which says how long it is: no two chains are the same in one piece.
  return equals(concat(now?.chain ?? []), concat(then.chain));
}

const NO_KEY = new Uint8Array(0);
