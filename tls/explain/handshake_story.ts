/**
 * The state of a handshake while it is explained: the hellos that were said, and what this end had configured.
 *
 * @module
 */

import type { ClientContext } from "../handshake/client/context.ts";
import type { ServerContext } from "../handshake/server/context.ts";
import { decodeClientHello } from "../wire/client_hello.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import type { ClientHello, ServerHello } from "../wire/messages.ts";
import { decodeServerHello } from "../wire/server_hello.ts";
import type { MessageVersion } from "./dissect_message.ts";

/** What is known so far of a handshake. */
export interface HandshakeStory {
  readonly role: "client" | "server";
  readonly client: ClientContext | undefined;
  readonly server: ServerContext | undefined;
  /** Whether the whole handshake was done in the end. */
  readonly established: boolean;
  /** The last ClientHello that could be read. */
  clientHello?: ClientHello;
  /** Whether there was a HelloRetryRequest. */
  retried: boolean;
  /** The ServerHello, if it could be read. */
  serverHello?: ServerHello;
  version: MessageVersion;
}

/** Takes note of a hello; one that cannot be read changes nothing. */
export function noteHello(story: HandshakeStory, name: string, bytes: Uint8Array): void {
  const body = bytes.subarray(HANDSHAKE_HEADER_LENGTH);
  try {
    if (name === "ClientHello") story.clientHello = decodeClientHello(body);
    if (name === "HelloRetryRequest") story.retried = true;
    if (name === "ServerHello") {
      story.serverHello = decodeServerHello(body);
      story.version = story.serverHello.selectedVersion === undefined ? "TLSv1.2" : "TLSv1.3";
    }
  } catch {
    // The dissection of the message has the reason beside it.
  }
}
