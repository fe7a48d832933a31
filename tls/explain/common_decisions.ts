/**
 * What either end decides because of a message, whatever its role.
 *
 * @module
 */

import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import type { ExplainedDecision, ExplainedField } from "./explained_step.ts";
import type { HandshakeStory } from "./handshake_story.ts";
import { alertText } from "./registry_names.ts";

/** A message while it is explained. */
export interface MessageInStory {
  readonly name: string;
  readonly sender: "client" | "server";
  readonly bytes: Uint8Array;
  readonly fields: readonly ExplainedField[];
}

/** The decisions about a message that both roles have. */
export function commonDecisions(story: HandshakeStory, message: MessageInStory): ExplainedDecision[] {
  const { name, sender, bytes } = message;
  const isPeer = sender !== story.role;
  switch (name) {
    case "ServerHello":
      return story.version === "TLSv1.2"
        ? [aboutExtendedMainSecret(story), ...aboutProtocol(story, message)]
        : [];
    case "EncryptedExtensions":
      return aboutProtocol(story, message);
    case "ChangeCipherSpec":
      return [aboutChangeCipherSpec(story, sender)];
    case "CertificateVerify":
      return isPeer && story.established
        ? [{
          about: "signature",
          decision: "The signature is valid",
          because: `The ${sender} holds the private key of its certificate, and signed this very handshake`,
        }]
        : [];
    case "Finished":
      return isPeer && story.established
        ? [{
          about: "transcript",
          decision: "verify_data is right",
          because: "Both ends have seen the same messages: no party between them has changed any",
        }]
        : [];
    case "KeyUpdate":
      return [{
        about: "keys",
        decision: `The ${sender} changes the keys of what it sends` +
          (bytes[HANDSHAKE_HEADER_LENGTH] === 1 ? ", and asks the other end to do so" : ""),
      }];
    case "Alert":
      return [aboutAlert(story, bytes, sender)];
    default:
      return [];
  }
}

function aboutExtendedMainSecret({ serverHello, clientHello }: HandshakeStory): ExplainedDecision {
  const both = serverHello?.extensionOrder.includes(EXTENDED_MAIN_SECRET) === true;
  const offered = clientHello?.extensions.extendedMainSecret === true;
  return {
    about: "main secret",
    decision: both
      ? "The extended main secret is used (RFC 7627)"
      : "The main secret is not bound to the handshake's messages",
    because: both
      ? "Both hellos have extended_main_secret"
      : offered
      ? "The server does not have extended_main_secret"
      : "The client does not offer extended_main_secret",
  };
}

const EXTENDED_MAIN_SECRET = 0x0017;

function aboutProtocol(story: HandshakeStory, { fields }: MessageInStory): ExplainedDecision[] {
  const extensions = fields.find(({ name }) => name === "extensions")?.fields ?? [];
  const chosen = extensions.find(({ value }) => value.startsWith("application_layer_protocol_negotiation "));
  const early = extensions.some(({ value }) => value.startsWith("early_data "));
  const protocol = chosen?.fields[1]?.value;
  const offered = story.clientHello?.extensions.alpnProtocols !== undefined;
  const about = "application protocol";
  return [
    protocol === undefined
      ? {
        about,
        decision: "ALPN chooses no protocol",
        because: offered ? "The server does not use ALPN" : "The client offers none",
      }
      : {
        about,
        decision: `ALPN chooses ${protocol}`,
        because: story.role === "server"
          ? "It is the first in the server's order that the client offers"
          : "The client offers it; the server need not say why",
      },
    ...(early ? [{ about: "early data", decision: "The early data is accepted" }] : []),
  ];
}

function aboutChangeCipherSpec(story: HandshakeStory, sender: "client" | "server"): ExplainedDecision {
  return story.version === "TLSv1.2" && story.serverHello !== undefined
    ? { about: "keys", decision: `The ${sender}'s records are protected from here on (RFC 5246 §7.1)` }
    : {
      about: "compatibility",
      decision: "It means nothing in TLS 1.3, and is dropped",
      because: "Old middleboxes expect to see one (RFC 9846 Appendix E.4)",
    };
}

function aboutAlert(
  { version, serverHello }: HandshakeStory,
  [level = 0, description = 0]: Uint8Array,
  sender: "client" | "server",
): ExplainedDecision {
  if (description === 0) {
    return { about: "close", decision: `The ${sender} has no more to send` };
  }
  // "In TLS 1.3, the severity is implicit in the type of alert being sent, and the "level" field can safely be ignored."
  // (RFC 9846 §6)
  const isWarning = version === "TLSv1.3" && serverHello !== undefined
    ? description === USER_CANCELED
    : level === 1;
  return {
    about: "alert",
    decision: isWarning
      ? `The ${sender} warns of ${alertText(description)}`
      : `The ${sender} ends the connection: ${alertText(description)}`,
  };
}

/** The one warning of TLS 1.3 beside close_notify. */
const USER_CANCELED = 90;
