/** Sessions and tickets at the bounds of their size and time, in both versions: what is kept and sent, and what is not. */

import { assertEquals } from "@std/assert";
import { run } from "../../../../io/script.ts";
import { contextOfConfig } from "../../../../tls/handshake/server/context_of_config.ts";
import { sendNewSessionTickets } from "../../../../tls/handshake/server/new_session_tickets.ts";
import type { SessionIdentity } from "../../../../tls/handshake/server/server_session.ts";
import { makeTls12Ticket, storeTls12Session } from "../../../../tls/handshake/server/tls12_session.ts";
import {
  DEFAULT_SESSION_LIFETIME_SECONDS,
  MAX_SENT_TICKET_BYTES,
  MAX_SESSION_BYTES,
} from "../../../../tls/limits.ts";
import type { ServerSessionStore } from "../../../../tls/session/server_sessions.ts";
import type { Ticketer } from "../../../../tls/session/ticketer.ts";
import { decodeHandshake } from "../../../../tls/wire/handshake_codec.ts";
import type { NewSessionTicket } from "../../../../tls/wire/messages.ts";
import { suiteOf } from "../client/client_support.ts";
import { LoopChannel } from "../loop_channel.ts";
import { CRYPTO, serverConfig } from "./server_fixture.ts";

const SUITE = suiteOf("TLS_AES_128_GCM_SHA256");
const NOW = 1_900_000_000_000;
const LIFETIME_MS = DEFAULT_SESSION_LIFETIME_SECONDS * 1000;

/** A store and a ticketer that keep how long what they are given is. */
class Kept {
  readonly lengths: number[] = [];

  readonly store: ServerSessionStore = {
    put: (_name, session) => void this.lengths.push(session.length - 32), // its name stands in front of it
    take: () => undefined,
  };

  ticketer(length = 1): Ticketer {
    return {
      lifetime: 3600,
      seal: (session) => {
        this.lengths.push(session.length);
        return new Uint8Array(length);
      },
      open: () => undefined,
    };
  }
}

function sessionOf(chain: number, authenticated = NOW): SessionIdentity {
  return {
    authenticated,
    identity: new Uint8Array(32),
    clientChain: chain === 0 ? [] : [new Uint8Array(chain)],
  };
}

/** The tickets of TLS 1.3 that a server sends. */
async function tickets(
  options: Parameters<typeof serverConfig>[0],
  session: SessionIdentity,
): Promise<NewSessionTicket[]> {
  const [channel] = LoopChannel.pair(CRYPTO);
  const context = contextOfConfig(serverConfig({ now: () => new Date(NOW), ...options }));
  await run(
    sendNewSessionTickets(channel, context, 1, {
      ...session,
      suite: SUITE,
      resumptionSecret: new Uint8Array(32),
    }),
  );
  return channel.sentMessages.map((message) => decodeHandshake(message[0] ?? 0, message.subarray(4)))
    .filter((message) => message.type === "new_session_ticket");
}

/** The length of a session without a client's chain. */
async function bareLength(version: "TLSv1.3" | "TLSv1.2"): Promise<number> {
  const kept = new Kept();
  await keep(version, kept, sessionOf(0));
  return kept.lengths[0] ?? 0;
}

/** Keeps a session by a store. */
async function keep(version: "TLSv1.3" | "TLSv1.2", kept: Kept, session: SessionIdentity): Promise<void> {
  if (version === "TLSv1.3") return void await tickets({ sessions: kept.store }, session);
  const context = contextOfConfig(serverConfig({ sessions: kept.store, now: () => new Date(NOW) }));
  const facts = { suite: 0xc02b, group: "x25519", mainSecret: new Uint8Array(48), ...session } as const;
  await run(storeTls12Session(context, new Uint8Array(32).fill(1), facts));
}

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test(`a session of ${MAX_SESSION_BYTES} bytes is kept, a longer one is not (${version})`, async () => {
    const chain = MAX_SESSION_BYTES - await bareLength(version) - 3; // the certificate's own length
    for (const [more, lengths] of [[0, [MAX_SESSION_BYTES]], [1, []]] as const) {
      const kept = new Kept();
      await keep(version, kept, sessionOf(chain + more));
      assertEquals(kept.lengths, [...lengths]);
    }
  });

  Deno.test(`a session is kept to the last second of its lifetime (${version})`, async () => {
    // The lifetime of a ticket of TLS 1.3 is a number of seconds.
    const least = version === "TLSv1.3" ? 1000 : 1;
    for (const [left, count] of [[least, 1], [least - 1, 0], [0, 0], [-1, 0]] as const) {
      const kept = new Kept();
      await keep(version, kept, sessionOf(0, NOW - LIFETIME_MS + left));
      assertEquals(kept.lengths.length, count, `${left} ms before its end`);
    }
  });
}

Deno.test("TLS 1.3: a ticketer's ticket is sent up to its limit, and not where it is longer or empty", async () => {
  for (
    const [length, count] of [[1, 1], [MAX_SENT_TICKET_BYTES, 1], [MAX_SENT_TICKET_BYTES + 1, 0], [0, 0]]
  ) {
    const sent = await tickets({ ticketer: new Kept().ticketer(length) }, sessionOf(0));
    assertEquals(sent.length, count, `${length} bytes`);
  }
});

Deno.test("TLS 1.3: a ticket says what is left of its lifetime, and of early data only where there is some", async () => {
  const authenticated = NOW - 100_500;
  const [plain] = await tickets({}, sessionOf(0, authenticated));
  assertEquals(plain?.lifetime, DEFAULT_SESSION_LIFETIME_SECONDS - 101);
  assertEquals([plain?.maxEarlyDataSize, plain?.nonce, plain?.ticket.length], [
    undefined,
    Uint8Array.of(0, 0),
    32,
  ]);
  const [early] = await tickets({ maxEarlyDataSize: 7 }, sessionOf(0));
  assertEquals([early?.lifetime, early?.maxEarlyDataSize], [DEFAULT_SESSION_LIFETIME_SECONDS, 7]);
  const [sealed] = await tickets({ ticketer: new Kept().ticketer() }, sessionOf(0));
  assertEquals([sealed?.lifetime, sealed?.maxEarlyDataSize], [3600, undefined]);
});

Deno.test("TLS 1.2: a ticketer's ticket is sent up to its limit, and an empty one where it or the session is longer", async () => {
  const bare = await bareLength("TLSv1.2");
  for (
    const [length, chain, sent] of [
      [1, 0, 1],
      [MAX_SENT_TICKET_BYTES, 0, MAX_SENT_TICKET_BYTES],
      [MAX_SENT_TICKET_BYTES + 1, 0, 0],
      [1, MAX_SESSION_BYTES - bare - 3, 1],
      [1, MAX_SESSION_BYTES - bare - 2, 0],
    ] as const
  ) {
    const ticketer = new Kept().ticketer(length);
    const context = contextOfConfig(serverConfig({ ticketer, now: () => new Date(NOW) }));
    const facts = { suite: 0xc02b, group: "x25519", mainSecret: new Uint8Array(48) } as const;
    const message = await run(makeTls12Ticket(context, { ...facts, ...sessionOf(chain) }));
    assertEquals([message.ticket.length, message.lifetimeHint], [sent, sent === 0 ? 0 : 3600]);
  }
});
