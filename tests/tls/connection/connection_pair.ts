/**
 * Two connections back to back: what one puts out the other receives, until neither has anything to do.
 */

import type { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";

/** One end, with all that it told. */
export interface End {
  readonly connection: Connection;
  readonly events: TlsEvent[];
  /** Why it failed, if it did. */
  failure?: unknown;
  /** How many bytes it put out. */
  sent: number;
}

/** Wraps a connection. */
export function endOf(connection: Connection): End {
  return { connection, events: [], sent: 0 };
}

/** How bytes travel: cuts what one end put out into what the other receives at once. */
export type Cut = (bytes: Uint8Array, from: "client" | "server") => Iterable<Uint8Array>;

/** As it was put out. */
export function whole(bytes: Uint8Array): Iterable<Uint8Array> {
  return [bytes];
}

/** A byte at a time. */
export function* bytewise(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

/** Cuts the stream of one end once, after so many of its bytes. */
export function cutOnce(end: "client" | "server", after: number): Cut {
  let passed = 0;
  return (bytes, from) => {
    const here = after - passed;
    if (from !== end) return [bytes];
    passed += bytes.length;
    return here > 0 && here < bytes.length ? [bytes.subarray(0, here), bytes.subarray(here)] : [bytes];
  };
}

/** Rounds of talk; a handshake with a HelloRetryRequest and tickets takes half a dozen. */
const MOST_ROUNDS = 50;

/** Lets two ends talk until both are silent. */
export async function talk(client: End, server: End, cut: Cut = whole): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await advance(client);
    const fromClient = await carry(client, server, "client", cut);
    await advance(server);
    const fromServer = await carry(server, client, "server", cut);
    if (!fromClient && !fromServer) return;
  }
  throw new Error("the two ends do not stop talking");
}

async function carry(from: End, to: End, side: "client" | "server", cut: Cut): Promise<boolean> {
  let moved = false;
  for (let bytes = from.connection.output(); bytes !== undefined; bytes = from.connection.output()) {
    moved = true;
    from.sent += bytes.length;
    for (const piece of cut(bytes, side)) {
      to.connection.receive(piece.slice());
      await advance(to);
    }
  }
  return moved;
}

/** Asks for events until there are none; failures are kept. */
export async function advance(end: End): Promise<void> {
  if (end.failure !== undefined) return;
  try {
    for (let event = await end.connection.next(); event !== undefined; event = await end.connection.next()) {
      end.events.push(event);
    }
  } catch (error) {
    end.failure = error;
  }
}

/** All data that an end was told of, as text. */
export function textOf(end: End): string {
  let text = "";
  for (const event of end.events) {
    if (event.type === "data") text += new TextDecoder().decode(event.data);
  }
  return text;
}
