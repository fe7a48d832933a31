/**
 * The verdict of an application's verifier.
 *
 * By its type a verifier returns nothing, or a promise of nothing. A runtime that does not check types lets any value
 * pass, and a mistake must not make a refusal look like trust.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import type { Script } from "../../io/script.ts";
import { CertificateError } from "../x509/error.ts";
import { awaitAnswer } from "./await_answer.ts";

/**
 * Calls a verifier; anything that it throws refuses the peer.
 *
 * @param peer The peer, in messages: `the server`.
 * @throws {TlsError} `certificate_rejected`, whose cause is what the verifier threw. A {@linkcode CertificateError} is
 * its `certificate`, too, and decides the alert.
 */
export function* callVerifier(peer: string, verify: () => unknown): Script<void> {
  try {
    yield* awaitVerdict(verify());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError("certificate_rejected", `Cannot trust ${peer}: the verifier refused it: ${reason}`, {
      cause,
      ...(cause instanceof CertificateError && { certificate: cause }),
    });
  }
}

/**
 * Awaits a verdict: any thenable, also one that is no `Promise` of this realm.
 *
 * @param returned The value that the verifier returned.
 * @throws What it rejects with.
 * @throws {TypeError} For `false`, which can only be meant as a refusal.
 */
function* awaitVerdict(returned: unknown): Script<void> {
  const verdict = yield* awaitAnswer(returned);
  if (verdict === false) throw new TypeError("it returned false; to refuse, a verifier throws");
}
