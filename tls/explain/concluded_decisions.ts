/**
 * The conclusions that the handshake's own functions reported, as decisions.
 *
 * @module
 */

import { ClientConfig } from "../config/client_config.ts";
import { TlsError } from "../error/tls_error.ts";
import { formatName } from "../x509/names/distinguished_name.ts";
import { aboutStoredSession } from "./client_decisions.ts";
import type { LoggedConclusion } from "./connection_log.ts";
import type { ExplainedDecision } from "./explained_step.ts";
import type { HandshakeStory } from "./handshake_story.ts";
import { listOf } from "./sentences.ts";
import { visible } from "./visible_text.ts";

/** The message that a conclusion is about. */
export interface ConclusionPlace {
  /** Names of the message: the last one counts. */
  readonly names: readonly string[];
  /** The end that sent it. */
  readonly from: "own" | "peer";
  /** Whether it is the next message of that name, not the last one. Default: the last. */
  readonly comesLater?: true;
}

/** Where each conclusion belongs. */
const PLACES: Readonly<Record<LoggedConclusion["about"], ConclusionPlace>> = {
  certificate: { names: ["Certificate", "CompressedCertificate"], from: "peer" },
  client_identity: { names: ["CertificateRequest"], from: "peer" },
  server_identity: { names: ["ClientHello"], from: "peer" },
  stored_session: { names: ["ClientHello"], from: "own", comesLater: true },
  kept_session: { names: ["NewSessionTicket", "ServerHello"], from: "peer" },
  offered_session: { names: ["ClientHello"], from: "peer" },
  decompressed_certificate: { names: ["CompressedCertificate"], from: "peer" },
  compressed_certificate: { names: ["CompressedCertificate"], from: "own", comesLater: true },
  sent_inner_hello: { names: ["ClientHello"], from: "own", comesLater: true },
  received_inner_hello: { names: ["ClientHello"], from: "peer" },
};

/**
 * Where a conclusion belongs. Certificates that are judged before the peer has shown any are those of a session.
 *
 * @param hasCertificate Whether the peer has shown its certificates.
 */
export function placeOf(
  { about }: LoggedConclusion,
  { role }: HandshakeStory,
  hasCertificate: boolean,
): ConclusionPlace {
  if (about !== "certificate" || hasCertificate) return PLACES[about];
  return role === "client" ? PLACES.stored_session : PLACES.offered_session;
}

/** A conclusion as a decision about a message; `undefined` for one that shows more of the message instead. */
export function concludedDecision(
  story: HandshakeStory,
  conclusion: LoggedConclusion,
  message: string,
): ExplainedDecision | undefined {
  switch (conclusion.about) {
    case "decompressed_certificate":
    case "compressed_certificate":
      return undefined;
    case "sent_inner_hello":
      return {
        about: "Encrypted ClientHello",
        decision: "Encrypts another ClientHello in this one, which is for the server alone",
        because: "The config has the server's key in ech",
      };
    case "received_inner_hello":
      return {
        about: "Encrypted ClientHello",
        decision: "Decrypts the ClientHello inside, and goes on by it",
        because: "The config has its key in echKeys",
      };
    case "certificate":
      if (message === "ClientHello") return aboutSessionCertificates("refusal" in conclusion);
      return "refusal" in conclusion ? refused(conclusion.refusal) : trusted(story, conclusion);
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
function trusted(
  { client }: HandshakeStory,
  { isRawPublicKey, time, serverName = "", path = [] }: Extract<
    LoggedConclusion,
    { readonly about: "certificate" }
  >,
): ExplainedDecision {
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
  if (config.roots !== undefined && !isRawPublicKey) {
    passed.push(`their certification path is ${pathText(path)}, whose last name is a trusted root`);
    if (!config.dangerAcceptInvalidHostnames) passed.push(`they are for ${visible(serverName)}`);
    passed.push(`they are valid on ${time.toISOString().slice(0, 10)}`);
  }
  if (config.verifier !== undefined) passed.push("the application's verifier accepts it");
  if (config.pins !== undefined) {
    passed.push(isRawPublicKey ? "its key is pinned" : "one of their keys is pinned");
  }
  const decision = isRawPublicKey ? "The server is trusted by its raw public key" : "The server is trusted";
  return { about, decision, because: capitalized(listOf(passed)) };
}

/** The names of a certification path, from the end entity up. */
function pathText(path: readonly Uint8Array[]): string {
  return visible(path.map((name) => `"${formatName(name)}"`).join(" < "));
}

function aboutSessionCertificates(areRefused: boolean): ExplainedDecision {
  return {
    about: "resumption",
    decision: areRefused
      ? "The certificates of the session are not trusted any more"
      : "The certificates of the session are still trusted",
    because: "A session does not get around what a full handshake would check now",
  };
}

function refused(refusal: unknown): ExplainedDecision {
  const message = refusal instanceof Error ? refusal.message : String(refusal);
  const hint = refusal instanceof TlsError ? refusal.certificate?.hint ?? refusal.hint : undefined;
  return {
    about: "certificate",
    decision: visible(message),
    refuses: true,
    ...(hint !== undefined && { because: visible(hint) }),
  };
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
