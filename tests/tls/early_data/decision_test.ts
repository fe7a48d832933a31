/** A server's decision on early data, rule by rule and at the bounds; how much of what it refuses is skipped. */

import { assertEquals } from "@std/assert";
import { run } from "../../../io/script.ts";
import type { AcceptedPsk } from "../../../tls/handshake/server/accept_psk.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import type { ServerContext } from "../../../tls/handshake/server/context.ts";
import { clientHelloInfo } from "../../../tls/handshake/server/client_hello_info.ts";
import {
  decideOnEarlyData,
  type EarlyDataOffer,
  skipEarlyData,
} from "../../../tls/handshake/server/early_data.ts";
import type { ServerSession } from "../../../tls/handshake/server/server_session.ts";
import {
  MAX_ACCEPTED_EARLY_DATA_BYTES,
  MAX_SKIPPED_EARLY_DATA_BYTES,
  MAX_TICKET_AGE_SKEW_MS,
} from "../../../tls/limits.ts";
import { earlySecret } from "../../../tls/schedule/key_schedule.ts";
import { suiteOf } from "../handshake/client/client_support.ts";
import { LoopChannel } from "../handshake/loop_channel.ts";
import { plainHello } from "../handshake/server/scripted_client.ts";
import { CRYPTO, serverConfig } from "../handshake/server/server_fixture.ts";

const SUITE = suiteOf("TLS_AES_128_GCM_SHA256");
const NOW = 1_900_000_000_000;
const MOST = 1000;
const AGE_ADD = 0xffff_fff0;

const SESSION: ServerSession = {
  suite: SUITE.id,
  psk: new Uint8Array(32),
  issued: NOW - 5_000,
  ageAdd: AGE_ADD,
  maxEarlyDataSize: MOST,
  alpnProtocol: "h2",
  authenticated: NOW - 5_000,
  identity: new Uint8Array(32),
  clientChain: [],
};

interface Changes {
  readonly session?: Partial<ServerSession>;
  readonly psk?: Partial<AcceptedPsk>;
  readonly offer?: Partial<EarlyDataOffer>;
  readonly context?: Partial<ServerContext>;
  /** The age of the ticket by the client's clock, in milliseconds. Default: 5000. */
  readonly age?: number;
}

async function decide({ session, psk, offer, context, age = 5_000 }: Changes): Promise<string | undefined> {
  const hello = plainHello(CRYPTO, {
    keyShares: [],
    preSharedKey: {
      identities: [{ identity: new Uint8Array(1), obfuscatedTicketAge: (age + AGE_ADD) >>> 0 }],
      binders: [new Uint8Array(32)],
    },
  });
  const server = contextOfConfig(serverConfig({ maxEarlyDataSize: MOST, now: () => new Date(NOW) }));
  return await run(decideOnEarlyData({ ...server, ...context }, {
    hello,
    info: clientHelloInfo(hello),
    retried: false,
    announcesEarlyData: true,
    suite: SUITE,
    alpnProtocol: "h2",
    psk: {
      index: 0,
      session: { ...SESSION, ...session },
      isSingleUse: true,
      early: await run(earlySecret(CRYPTO, "SHA-256")),
      client: { chain: [] },
      ...psk,
    },
    ...offer,
  }));
}

const ROWS: readonly { readonly name: string; readonly changes: Changes; readonly outcome?: string }[] = [
  { name: "nothing stands against it", changes: {}, outcome: "accepted" },
  { name: "none was announced", changes: { offer: { announcesEarlyData: false } } },
  { name: "the server allows none", changes: { context: { maxEarlyDataSize: 0 } }, outcome: "disabled" },
  { name: "no session is resumed", changes: { offer: { psk: undefined } }, outcome: "session_not_resumed" },
  { name: "the second session is resumed", changes: { psk: { index: 1 } }, outcome: "session_not_resumed" },
  { name: "behind a retry", changes: { offer: { retried: true } }, outcome: "hello_retry_request" },
  {
    name: "the ticket can be used again",
    changes: { psk: { isSingleUse: false } },
    outcome: "unsupported_for_session",
  },
  {
    name: "the ticket allows none",
    changes: { session: { maxEarlyDataSize: 0 } },
    outcome: "unsupported_for_session",
  },
  { name: "the ticket allows less", changes: { session: { maxEarlyDataSize: 1 } }, outcome: "accepted" },
  {
    name: "the ticket allows a byte more",
    changes: { session: { maxEarlyDataSize: MOST + 1 } },
    outcome: "unsupported_for_session",
  },
  {
    name: "another suite of the same hash",
    changes: { offer: { suite: suiteOf("TLS_CHACHA20_POLY1305_SHA256") } },
    outcome: "cipher_suite_mismatch",
  },
  { name: "no protocol any more", changes: { offer: { alpnProtocol: undefined } }, outcome: "alpn_mismatch" },
  { name: "another protocol", changes: { offer: { alpnProtocol: "http/1.1" } }, outcome: "alpn_mismatch" },
  ...([-1, 1] as const).flatMap((sign) => [
    {
      name: `an age that differs by ${sign * MAX_TICKET_AGE_SKEW_MS} ms`,
      changes: { age: 65_000 + sign * MAX_TICKET_AGE_SKEW_MS, session: { issued: NOW - 65_000 } },
      outcome: "accepted",
    },
    {
      name: `an age that differs by a millisecond more than ${sign * MAX_TICKET_AGE_SKEW_MS}`,
      changes: { age: 65_000 + sign * (MAX_TICKET_AGE_SKEW_MS + 1), session: { issued: NOW - 65_000 } },
      outcome: "ticket_age_skew",
    },
  ]),
];

for (const { name, changes, outcome } of ROWS) {
  Deno.test(`a server decides on early data: ${name}: ${outcome ?? "no decision"}`, async () => {
    assertEquals(await decide(changes), outcome);
  });
}

Deno.test("a server that refuses early data skips what a ticket allows, now or when it was sent, and no more than any may", () => {
  for (
    const [allowed, promised, expected] of [
      [0, undefined, MAX_SKIPPED_EARLY_DATA_BYTES],
      [0, 100, MAX_SKIPPED_EARLY_DATA_BYTES],
      [50_000, 100, 50_000],
      [50_000, 60_000, 60_000],
      [0, 0xffff_ffff, MAX_ACCEPTED_EARLY_DATA_BYTES],
    ] as const
  ) {
    const [channel] = LoopChannel.pair(CRYPTO);
    const limits: number[] = [];
    channel.skipEarlyData = (limit?: number) => void limits.push(limit ?? 0);
    const server = contextOfConfig(serverConfig({ maxEarlyDataSize: allowed }));
    const session = promised === undefined ? undefined : { ...SESSION, maxEarlyDataSize: promised };
    skipEarlyData(channel, server, session);
    assertEquals(limits, [expected]);
  }
});
