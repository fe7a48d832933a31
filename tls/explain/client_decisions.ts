/**
 * What a client decides because of each message, and what it learns of the server's decisions.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { ClientContext } from "../handshake/client/context.ts";
import { nameOf } from "../handshake/client/context.ts";
import { offeredVersions } from "../handshake/client/selected_version.ts";
import type { ClientHello, ServerHello } from "../wire/messages.ts";
import type { ExplainedDecision } from "./explained_step.ts";
import type { HandshakeStory } from "./handshake_story.ts";
import { cipherSuiteName, groupName, versionName } from "./registry_names.ts";
import { listOf, ordinal } from "./sentences.ts";
import { visible } from "./visible_text.ts";

/** The decisions of a client about a message, by the message's name. */
export function clientDecisions(story: HandshakeStory, name: string): readonly ExplainedDecision[] {
  const { client, clientHello, serverHello } = story;
  if (client === undefined || clientHello === undefined) return [];
  switch (name) {
    case "ClientHello":
      return story.retried ? aboutSecondHello(clientHello) : aboutFirstHello(client, clientHello);
    case "ServerHello":
      return serverHello === undefined ? [] : aboutServerHello(clientHello, serverHello);
    case "HelloRetryRequest":
      return aboutRetry(clientHello);
    default:
      return [];
  }
}

function aboutFirstHello(client: ClientContext, hello: ClientHello): ExplainedDecision[] {
  const { supportedVersions = [], keyShares = [] } = hello.extensions;
  const decisions: ExplainedDecision[] = [{
    about: "version",
    decision: `Offers ${listOf(supportedVersions.map(versionName))}`,
    because: supportedVersions.length < offeredVersions(client).length
      ? "The config enables more, and a ClientHello that encrypts another one offers TLS 1.3 alone (RFC 9849 §6.1)"
      : "These are the versions that the config enables",
  }];
  const [first, ...others] = keyShares;
  if (first !== undefined) {
    const isPreferred = first.group === client.groups[0]?.id;
    decisions.push({
      about: "key share",
      decision: `Sends a key share of ${listOf(keyShares.map(({ group }) => groupName(group)))}`,
      because: (isPreferred
        ? "The first is the group that the config prefers"
        : "The server asked for the first one before, or its session used it") +
        (others.length > 0 ? "; the second is a part of it, for a server that knows only that" : ""),
    });
  }
  decisions.push(aboutServerName(client, hello));
  if (client.sessions === undefined) {
    decisions.push({
      about: "resumption",
      decision: "Offers no session",
      because: "The config disables resumption",
    });
  }
  return decisions;
}

function aboutServerName(client: ClientContext, hello: ClientHello): ExplainedDecision {
  const about = "server name";
  const { serverName } = hello.extensions;
  if (serverName !== undefined) {
    return {
      about,
      decision: `Names the server "${visible(serverName)}"`,
      because: "A server may have several sites, and must know which certificate to show",
    };
  }
  return {
    about,
    decision: "Does not name the server",
    because: client.serverName.kind === "dns"
      ? "The config does not enable it"
      : `${nameOf(client)} is an IP address, which server_name cannot hold (RFC 6066 §3)`,
  };
}

/** A session that the ClientHello offers is no secret: the server's reaction shows it. */
function offersSession({ extensions, sessionId }: ClientHello): boolean {
  const { preSharedKey, sessionTicket, supportedVersions = [] } = extensions;
  return preSharedKey !== undefined || (sessionTicket?.length ?? 0) > 0 ||
    (sessionId.length > 0 && !supportedVersions.includes(TLS13));
}

const TLS13 = 0x0304;

/** What the store had, beside what the ClientHello then offers. */
export function aboutStoredSession(found: boolean, hello: ClientHello | undefined): ExplainedDecision {
  const offered = hello !== undefined && offersSession(hello);
  if (offered) {
    return {
      about: "resumption",
      decision: "Offers a session to resume",
      because: "The store has one of this server",
    };
  }
  return {
    about: "resumption",
    decision: "Offers no session",
    because: found
      ? "That of the store is too old, of another config, or of a server that is not trusted any more"
      : "The store has none of this server",
  };
}

function aboutSecondHello(hello: ClientHello): ExplainedDecision[] {
  const { keyShares = [], cookie } = hello.extensions;
  const changes = [
    ...keyShares.map(({ group }) => `a key share of ${groupName(group)}`),
    ...(cookie === undefined ? [] : ["the server's cookie"]),
  ];
  return [{
    about: "retry",
    decision: `Says the same again, with ${listOf(changes)}`,
    because: "The HelloRetryRequest asks for it, and nothing else may change (RFC 9846 §4.2.2)",
  }];
}

function aboutRetry(hello: ClientHello): ExplainedDecision[] {
  const sent = (hello.extensions.keyShares ?? []).map(({ group }) => groupName(group));
  return [{
    about: "retry",
    decision: "The server cannot go on with this ClientHello, and asks for another one",
    because: `It wants another key share than ${listOf(sent)}, or its cookie back`,
  }];
}

function aboutServerHello(hello: ClientHello, reply: ServerHello): ExplainedDecision[] {
  const decisions = [aboutVersion(reply), aboutSuite(hello, reply)];
  if (reply.keyShare !== undefined) {
    decisions.push({
      about: "group",
      decision: `The server chose ${groupName(reply.keyShare.group)}`,
      because: sendsShare(hello, reply.keyShare.group)
        ? "A key share of it was sent"
        : "No key share of it was sent",
    });
  }
  if (!offersSession(hello)) return decisions;
  const isTls13 = reply.selectedVersion !== undefined;
  const resumes = isTls13
    ? reply.preSharedKey !== undefined
    : hello.sessionId.length > 0 && equals(hello.sessionId, reply.sessionId);
  decisions.push(
    resumes
      ? {
        about: "resumption",
        decision: "The server resumes the session",
        because: isTls13 ? "pre_shared_key accepts the ticket" : "It repeats the session ID",
      }
      : {
        about: "resumption",
        decision: "The server does not resume the session: the handshake is a full one",
      },
  );
  return decisions;
}

function sendsShare({ extensions: { keyShares = [] } }: ClientHello, wanted: number): boolean {
  return keyShares.some(({ group }) => group === wanted);
}

function aboutVersion(reply: ServerHello): ExplainedDecision {
  const { selectedVersion, legacyVersion } = reply;
  return selectedVersion === undefined
    ? {
      about: "version",
      decision: `The server chose ${versionName(legacyVersion)}`,
      because: "Without supported_versions, legacy_version counts",
    }
    : {
      about: "version",
      decision: `The server chose ${versionName(selectedVersion)}`,
      because: "supported_versions says so; legacy_version is 0x0303 for old middleboxes",
    };
}

function aboutSuite({ cipherSuites }: ClientHello, { cipherSuite }: ServerHello): ExplainedDecision {
  const place = cipherSuites.indexOf(cipherSuite);
  return {
    about: "cipher suite",
    decision: `The server chose ${cipherSuiteName(cipherSuite)}`,
    because: place < 0
      ? "It was not offered"
      : `It is the ${
        ordinal(place + 1)
      } of the ${cipherSuites.length} that were offered; the server need not say why`,
  };
}
