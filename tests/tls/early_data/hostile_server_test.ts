/** Bad inputs of early data to a client: what a server makes of it that it must not. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { MAX_EARLY_DATA_BYTES } from "../../../tls/limits.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { ALERT_FOR } from "../../../tls/error/error_codes.ts";
import type { ClientContext } from "../../../tls/handshake/client/context.ts";
import { ClientEarlyData } from "../../../tls/handshake/client/client_early_data.ts";
import { ReceivedTickets } from "../../../tls/handshake/client/new_session_ticket.ts";
import { run } from "../../../io/script.ts";
import { resumptionPsk } from "../../../tls/schedule/traffic_keys.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import type { EncryptedExtensions } from "../../../tls/wire/messages.ts";
import { CipherSuiteId, ExtensionType } from "../../../tls/wire/numbers.ts";
import {
  clientContext,
  play,
  PROVIDER,
  refusalOf,
  suiteOf,
  valueOf,
} from "../handshake/client/client_support.ts";
import { type Deviations, retryFor } from "../handshake/client/scripted_server_handshake.ts";
import { converse } from "../handshake/conversation.ts";
import { decode } from "../tls_pair.ts";
import { changing, earlyPair, sendEarly, talkEarly } from "./early_pair.ts";

const SUITE = suiteOf("TLS_AES_128_GCM_SHA256");
const NONCE = Uint8Array.of(7);

/** EncryptedExtensions that accept early data. */
function accepting(honest: EncryptedExtensions): EncryptedExtensions {
  return { ...honest, earlyData: true, extensionOrder: [...honest.extensionOrder, ExtensionType.early_data] };
}

interface ScriptedRow {
  readonly name: string;
  /** Early data that the client's ticket allows; `undefined`: it has no ticket. */
  readonly ticket?: number;
  /** Whether the server resumes. */
  readonly resumes?: boolean;
  readonly deviations: Deviations;
  readonly code: TlsErrorCode;
}

const SCRIPTED: readonly ScriptedRow[] = [
  {
    name: "E-19: early data is accepted that was not announced",
    deviations: { encryptedExtensions: accepting },
    code: "unsupported_extension",
  },
  {
    name: "E-19: early data is accepted that was not announced, the session is resumed",
    ticket: 0,
    resumes: true,
    deviations: { encryptedExtensions: accepting },
    code: "unsupported_extension",
  },
  {
    name: "E-19: early data is accepted after a HelloRetryRequest",
    ticket: 1000,
    resumes: true,
    deviations: { encryptedExtensions: accepting, retries: [retryFor("secp384r1", SUITE)] },
    code: "unsupported_extension",
  },
  {
    name: "E-19: early data is accepted without the session",
    ticket: 1000,
    deviations: { encryptedExtensions: accepting },
    code: "unsupported_extension",
  },
];

for (const { name, ticket, resumes = false, deviations, code } of SCRIPTED) {
  Deno.test(`${name}: refused`, async () => {
    const { context, psk } = await withTicket(ticket);
    const { client } = await play({ ...deviations, ...(resumes && { psk }) }, context);
    refusalOf(client, code);
  });
}

/** A client that enables early data and has a ticket that allows so much of it, with the ticket's PSK. */
async function withTicket(
  maxEarlyDataSize: number | undefined,
): Promise<{ readonly context: ClientContext & { earlyData: ClientEarlyData }; readonly psk: Uint8Array }> {
  const context = clientContext({ sessions: memorySessions() });
  const established = valueOf((await play({}, context)).client);
  if (maxEarlyDataSize !== undefined) {
    await run(
      new ReceivedTickets(context, established).receiveNewSessionTicket({
        type: "new_session_ticket",
        lifetime: 3600,
        ageAdd: 1,
        nonce: NONCE,
        ticket: Uint8Array.of(1, 2, 3),
        maxEarlyDataSize,
      }),
    );
  }
  const secret = established.secrets?.resumption ?? new Uint8Array(0);
  const psk = await run(resumptionPsk(PROVIDER, SUITE.hash, secret, NONCE));
  return { context: { ...context, earlyData: new ClientEarlyData() }, psk };
}

const SUITES = ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"] as const;

Deno.test("E-20: early data is accepted with another cipher suite than the session's: refused", async () => {
  const suite = CipherSuiteId.TLS_AES_128_GCM_SHA256;
  const sessions = changing((session) => ({ ...session, suite }));
  const pair = await earlyPair({
    client: { cipherSuites: SUITES },
    server: { sessions },
    secondServer: { sessions, cipherSuites: [...SUITES].reverse(), preferServerOrder: true },
  });
  const { client } = await talkEarly(pair, "early");
  refused(client.error, "illegal_parameter");
});

Deno.test("E-21: early data is accepted with another protocol than the session's: refused", async () => {
  const sessions = changing((session) => ({ ...session, alpnProtocol: "b" }));
  const pair = await earlyPair({
    client: { alpnProtocols: ["a", "b"] },
    server: { sessions, alpnProtocols: ["a"] },
    secondServer: { sessions, alpnProtocols: ["b"] },
  });
  const { client } = await talkEarly(pair, "early");
  refused(client.error, "illegal_parameter");
});

/** `unrecognized_name` as a warning, which servers of TLS 1.2 send in front of their ServerHello. */
const WARNING = Uint8Array.of(0x15, 3, 3, 0, 2, 1, 112);

for (const [name, before] of [["", new Uint8Array(0)], [" behind a warning", WARNING]] as const) {
  Deno.test(`E-22: a ServerHello of TLS 1.2${name} in answer to early data: refused`, async () => {
    const [client, server] = await earlyPair({
      secondServer: { versions: ["TLSv1.2"], maxEarlyDataSize: 0 },
    });
    assertEquals(await sendEarly(client, "early"), 5);
    // The server sees no early data, which would end its handshake before the client's.
    let isFirst = true;
    const outcome = await converse(client, server, {
      fromClient: (bytes) => withoutData(bytes),
      fromServer: (bytes) => {
        const sent = isFirst ? Uint8Array.of(...before, ...bytes) : bytes;
        isFirst = false;
        return sent;
      },
    });
    refused(outcome.client.error, "early_data_wrong_version");
    assertEquals(decode(client.takeRefusedEarlyData()), "");
  });
}

/** What came, up to the first record of data. */
function withoutData(bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === 0x17 || bytes[at] === 0x14) return bytes.subarray(0, at);
    at += 5 + ((bytes[at + 3] ?? 0) << 8) + (bytes[at + 4] ?? 0);
  }
  return bytes;
}

Deno.test("E-23: a bad Finished after early data was accepted: refused, and it may have been processed", async () => {
  const [client, server] = await earlyPair({ client: { crypto: nodeCrypto() } });
  await sendEarly(client, "early");
  // The last record of the server's flight is its Finished, or ends with it.
  const outcome = await converse(client, server, {
    fromServer: (bytes) => bytes.map((byte, i) => i === bytes.length - 1 ? byte ^ 1 : byte),
  });
  assertInstanceOf(outcome.client.error, TlsError);
  // Its bytes are not handed back: the server has them.
  assertEquals(client.takeRefusedEarlyData().length, 0);
  assertEquals(client.facts, undefined);
});

Deno.test("E-23: a Finished that is not of this handshake, after early data was accepted: decrypt_error", async () => {
  const { context, psk } = await withTicket(10);
  const { client } = await play({
    psk,
    encryptedExtensions: accepting,
    finished: (honest) => ({ ...honest, verifyData: honest.verifyData.map((byte) => byte ^ 1) }),
  }, context);
  assertEquals(ALERT_FOR[refusalOf(client, "bad_finished").code], "decrypt_error");
  assertEquals(context.earlyData.outcome, "accepted");
});

Deno.test("E-24: a ticket whose early data is of size 0 allows none", async () => {
  const { context, psk } = await withTicket(0);
  const { client, server } = await play({ psk }, context);
  assertEquals(valueOf(server).hellos[0]?.extensions.earlyData, undefined);
  assertEquals(valueOf(client).facts.resumed, true);
});

Deno.test("a client that does not offer the suite of its session any more announces no early data", async () => {
  const { context, psk } = await withTicket(1000);
  const suite = suiteOf("TLS_CHACHA20_POLY1305_SHA256");
  const { client, server } = await play({ psk }, { ...context, suites: [suite] }, { suite });
  assertEquals(valueOf(server).hellos[0]?.extensions.earlyData, undefined);
  assertEquals([valueOf(client).facts.resumed, context.earlyData.outcome], [true, undefined]);
});

/** Remembers how much early data could be sent when it began. */
class WatchedEarlyData extends ClientEarlyData {
  most = 0;

  override open(...given: Parameters<ClientEarlyData["open"]>): void {
    super.open(...given);
    this.most = this.left;
  }
}

for (
  const [allowed, most] of [
    [MAX_EARLY_DATA_BYTES, MAX_EARLY_DATA_BYTES],
    [MAX_EARLY_DATA_BYTES + 1, MAX_EARLY_DATA_BYTES],
    [0xffff_ffff, MAX_EARLY_DATA_BYTES],
  ] as const
) {
  Deno.test(`E-28: a ticket that allows ${allowed} bytes of early data allows a client ${most}`, async () => {
    const { context } = await withTicket(allowed);
    const earlyData = new WatchedEarlyData();
    await play({}, { ...context, earlyData });
    assertEquals(earlyData.most, most);
  });
}

function refused(error: unknown, code: TlsErrorCode): void {
  assertInstanceOf(error, TlsError, `${error}`);
  assertEquals(error.code, code, error.message);
}
