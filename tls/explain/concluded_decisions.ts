/**
 * The conclusions that the handshake's own functions reported, as decisions.
 *
 * @module
 */

import { ClientConfig } from "../config/client_config.ts";
import { TlsError } from "../error/tls_error.ts";
import { nameOf } from "../handshake/client/context.ts";
import { aboutStoredSession } from "./client_decisions.ts";
import type { LoggedConclusion } from "./connection_log.ts";
import type { ExplainedDecision } from "./explained_step.ts";
import type { HandshakeStory } from "./handshake_story.ts";
import { listOf } from "./sentences.ts";
import { visible } from "./visible_text.ts";

/** The message that a conclusion is about: the last of this name, or the next one if `comesLater`. */
export interface ConclusionPlace {
  readonly names: readonly string[];
  readonly comesLater?: boolean;
}

/** Where each conclusion belongs. */
export const CONCLUSION_PLACES: Readonly<Record<LoggedConclusion["about"], ConclusionPlace>> = {
  certificate: { names: ["Certificate", "CompressedCertificate"] },
  client_identity: { names: ["CertificateRequest"] },
  server_identity: { names: ["ClientHello"] },
  stored_session: { names: ["ClientHello"], comesLater: true },
  kept_session: { names: ["NewSessionTicket", "ServerHello"] },
  offered_session: { names: ["ClientHello"] },
};

/** A conclusion as a decision. */
export function concludedDecision(story: HandshakeStory, conclusion: LoggedConclusion): ExplainedDecision {
  switch (conclusion.about) {
    case "certificate":
      return "refusal" in conclusion ? refused(conclusion.refusal) : trusted(story);
    case "client_identity":
      return aboutClientIdentity(conclusion.identities, conclusion.authorities);
    case "server_identity":
      return aboutServerIdentity(conclusion.identities, conclusion.serverName);
    case "stored_session":
      return aboutStoredSession(conclusion.found, story.clientHello);
    case "kept_session":
      return { about: "resumption", decision: "The session is kept in the store, for a later connection" };
    case "offered_session":
      return conclusion.found
        ? { about: "resumption", decision: "The session that the client offers is known here" }
        : { about: "resumption", decision: "A session that the client offers is not known here" };
  }
}

function aboutClientIdentity(identities: number, authorities: number): ExplainedDecision {
  const about = "client certificate";
  if (identities === 0) {
    return { about, decision: "Shows none", because: "The config has no identity for this request" };
  }
  return {
    about,
    decision: `Shows the first that fits of ${identities === 1 ? "1 identity" : `${identities} identities`}`,
    because: authorities === 0
      ? "The server accepts any authority"
      : `The server names ${authorities === 1 ? "1 authority" : `${authorities} authorities`}`,
  };
}

function aboutServerIdentity(identities: number, serverName: string | undefined): ExplainedDecision {
  return {
    about: "certificate",
    decision: identities === 0
      ? "There is no identity for this client"
      : `Answers with the first that fits of ${identities === 1 ? "1 identity" : `${identities} identities`}`,
    because: serverName === undefined
      ? "The client names no server"
      : `The client asks for "${visible(serverName)}"`,
  };
}

/** Why the peer's chain is trusted: what the config makes it pass. */
function trusted({ client }: HandshakeStory): ExplainedDecision {
  const about = "certificate";
  const config = client?.owner;
  if (client === undefined || !(config instanceof ClientConfig)) {
    return {
      about,
      decision: "The certificates are accepted",
      because: "They pass the checks of clientAuth",
    };
  }
  if (config.dangerAcceptInvalidCerts) {
    return {
      about,
      decision:
        "The certificates are accepted unverified: an attacker in between can read and change everything",
      because: "The config says dangerAcceptInvalidCerts",
    };
  }
  const passed: string[] = [];
  if (config.roots !== undefined) {
    passed.push(
      `their certification path ends at a trusted root (of ${config.roots.size})` +
        (config.dangerAcceptInvalidHostnames
          ? ", whatever the name"
          : `, and they are for ${visible(nameOf(client))} and valid on ${
            client.now().toISOString().slice(0, 10)
          }`),
    );
  }
  if (config.verifier !== undefined) passed.push("the application's verifier accepts them");
  if (config.pins !== undefined) passed.push("one of their keys is pinned");
  return { about, decision: "The server is trusted", because: capitalized(listOf(passed)) };
}

function refused(refusal: unknown): ExplainedDecision {
  const message = refusal instanceof Error ? refusal.message : String(refusal);
  const hint = refusal instanceof TlsError ? refusal.certificate?.hint ?? refusal.hint : undefined;
  return {
    about: "certificate",
    decision: visible(message),
    ...(hint !== undefined && { because: visible(hint) }),
  };
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
