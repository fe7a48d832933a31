/**
 * What a server decides because of a ClientHello, by the rules of its negotiation, and says in its answer.
 *
 * @module
 */

import type { ServerContext } from "../handshake/server/context.ts";
import type { ClientHello, ServerHello } from "../wire/messages.ts";
import type { ExplainedDecision } from "./explained_step.ts";
import type { HandshakeStory } from "./handshake_story.ts";
import { cipherSuiteName, groupName, versionName } from "./registry_names.ts";
import { listOf } from "./sentences.ts";

/** The decisions of a server about a message, by the message's name. */
export function serverDecisions(story: HandshakeStory, name: string): readonly ExplainedDecision[] {
  const { server, clientHello, serverHello } = story;
  if (server === undefined || clientHello === undefined) return [];
  switch (name) {
    case "ServerHello":
      return serverHello === undefined ? [] : aboutServerHello(server, clientHello, serverHello);
    case "HelloRetryRequest":
      return [{
        about: "retry",
        decision: "Asks for another ClientHello, with a key share of the group in key_share",
        because: `The client supports the group, and sent key shares of ${
          listOf((clientHello.extensions.keyShares ?? []).map(({ group }) => groupName(group)))
        } alone`,
      }];
    case "CertificateRequest":
      return [{
        about: "client certificate",
        decision: server.clientAuth?.required === true
          ? "Asks for a certificate, and refuses a client that shows none"
          : "Asks for a certificate, and accepts a client that shows none",
        because: "The config says so in clientAuth",
      }];
    default:
      return [];
  }
}

function aboutServerHello(
  server: ServerContext,
  hello: ClientHello,
  reply: ServerHello,
): ExplainedDecision[] {
  const decisions = [aboutVersion(hello, reply), aboutSuite(server, hello, reply)];
  if (reply.keyShare !== undefined) decisions.push(aboutGroup(server, hello, reply.keyShare.group));
  const { preSharedKey } = hello.extensions;
  if (preSharedKey !== undefined && reply.selectedVersion !== undefined) {
    decisions.push(
      reply.preSharedKey === undefined
        ? {
          about: "resumption",
          decision: "Does not resume: the handshake is a full one",
          because:
            "No ticket of the client opens to a session of this name, identity, suite and policy that is new enough",
        }
        : {
          about: "resumption",
          decision: "Resumes the session of the client's ticket",
          because: "The ticket opens, its binder is right, and the session fits this ClientHello",
        },
    );
  }
  return decisions;
}

function aboutVersion(hello: ClientHello, reply: ServerHello): ExplainedDecision {
  const { supportedVersions } = hello.extensions;
  return {
    about: "version",
    decision: `Chooses ${versionName(reply.selectedVersion ?? reply.legacyVersion)}`,
    because: supportedVersions === undefined
      ? "The client has no supported_versions: it knows nothing newer than TLS 1.2"
      : "It is the newest of both ends",
  };
}

function aboutSuite(server: ServerContext, hello: ClientHello, reply: ServerHello): ExplainedDecision {
  const chosen = `Chooses ${cipherSuiteName(reply.cipherSuite)}`;
  if (!server.preferServerOrder) {
    return {
      about: "cipher suite",
      decision: chosen,
      because: "It is the first in the client's order that both ends can use",
    };
  }
  const own = reply.selectedVersion === undefined ? server.tls12Suites ?? [] : server.suites;
  const place = own.findIndex(({ id }) => id === reply.cipherSuite);
  const passed = own.slice(0, Math.max(place, 0)).filter(({ id }) => !hello.cipherSuites.includes(id));
  return {
    about: "cipher suite",
    decision: chosen,
    because: "It is the first in the server's order that both ends can use" +
      (passed.length > 0 ? `; the client does not offer ${listOf(passed.map(({ name }) => name))}` : ""),
  };
}

function aboutGroup(server: ServerContext, hello: ClientHello, group: number): ExplainedDecision {
  const { supportedGroups = [] } = hello.extensions;
  const first = server.groups.find(({ id }) => supportedGroups.includes(id));
  return {
    about: "group",
    decision: `Chooses ${groupName(group)}`,
    because: first?.id === group
      ? "It is the first group in the server's order that the client supports"
      : "It is the first group in the server's order of which the client sent a key share",
  };
}
