/**
 * Two connections back to back: what one says the other hears, until neither has more to say.
 *
 * @module
 */

import type { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";

/** What became of one end. */
export interface Outcome {
  /** What it told, in order. */
  readonly events: TlsEvent[];
  /** Why it failed, if it did. */
  error?: unknown;
}

/** What became of both. */
export interface Conversation {
  readonly client: Outcome;
  readonly server: Outcome;
}

/** How the bytes travel. */
export interface ConversationOptions {
  /** Cuts what one end wrote into the pieces that the other is fed. Default: one piece. */
  readonly split?: (bytes: Uint8Array) => readonly Uint8Array[];
  /** Sees, and may change, what the client wrote. */
  readonly fromClient?: (bytes: Uint8Array) => Uint8Array;
  /** Sees, and may change, what the server wrote. */
  readonly fromServer?: (bytes: Uint8Array) => Uint8Array;
}

/** More turns than any conversation of a test takes: one that goes on is a loop. */
const MAX_TURNS = 100;

/** Lets two ends talk until both are silent; a failed end is heard to its last alert. */
export async function converse(
  client: Connection,
  server: Connection,
  options: ConversationOptions = {},
): Promise<Conversation> {
  const { split = (bytes) => [bytes], fromClient, fromServer } = options;
  const outcome: Conversation = { client: { events: [] }, server: { events: [] } };
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    await drain(client, outcome.client);
    const said = await pass(client, server, outcome.server, split, fromClient);
    await drain(server, outcome.server);
    const answered = await pass(server, client, outcome.client, split, fromServer);
    if (!said && !answered) return outcome;
  }
  throw new Error("Cannot end the conversation: the two ends go on and on");
}

/** Asks for events until there are none. */
export async function drain(connection: Connection, outcome: Outcome): Promise<void> {
  if ("error" in outcome) return;
  try {
    for (let event; (event = await connection.next()) !== undefined;) outcome.events.push(event);
  } catch (error) {
    outcome.error = error;
  }
}

async function pass(
  from: Connection,
  to: Connection,
  outcome: Outcome,
  split: (bytes: Uint8Array) => readonly Uint8Array[],
  change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<boolean> {
  let any = false;
  for (let bytes; (bytes = from.output()) !== undefined;) {
    any = true;
    for (const piece of split(change(bytes))) {
      to.receive(piece);
      await drain(to, outcome);
    }
  }
  return any;
}
