/** Protected records of TLS 1.2 that either end refuses: between ChangeCipherSpec and Finished, and after the handshake. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { clientHandshake } from "../../../tls/handshake/client/client_handshake.ts";
import { contextOfConfig } from "../../../tls/handshake/server/context_of_config.ts";
import { serverHandshake } from "../../../tls/handshake/server/server_handshake.ts";
import type { Sealer } from "../../../tls/record/protection.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import { type Cut, type End, endOf, talk, textOf } from "../connection/connection_pair.ts";
import { now } from "../record/toy_connection.ts";
import { clientConfig, clientContext, serverConfig } from "./pair.ts";
import { messageOf, recordOf, recordsOf, ScriptedEnd, type Seen } from "./tamper.ts";

const { alert, application_data, change_cipher_spec, handshake } = ContentType;

const CCS: Seen = { type: change_cipher_spec, payload: Uint8Array.of(1) };
const record = (type: number, ...payload: number[]): Seen => ({ type, payload: Uint8Array.from(payload) });
const message = (type: number, ...body: number[]): Seen => ({
  type: handshake,
  payload: messageOf(type, Uint8Array.from(body)),
});
const times = (count: number, seen: Seen): Seen[] => Array.from({ length: count }, () => seen);

/** Records that an end sends, and what the other one makes of them. */
interface Row {
  readonly name: string;
  readonly records: readonly Seen[];
  /** The code of the refusal; `undefined`: the connection goes on. */
  readonly code?: string;
  /** Changes the bytes on their way. */
  readonly change?: (bytes: Uint8Array) => Uint8Array;
}

const BEFORE_FINISHED: readonly Row[] = [
  {
    name: "bad input 56: data between ChangeCipherSpec and Finished",
    records: [record(application_data, 1)],
    code: "unexpected_message",
  },
  {
    name: "bad input 52: empty data between ChangeCipherSpec and Finished",
    records: [record(application_data)],
    code: "unexpected_message",
  },
  { name: "bad input 56: a second ChangeCipherSpec", records: [CCS], code: "unexpected_message" },
  { name: "bad input 25: an empty Finished", records: [message(0x14)], code: "bad_finished" },
  {
    name: "bad input 25: a Finished of 11 bytes",
    records: [message(0x14, ...new Uint8Array(11))],
    code: "bad_finished",
  },
  {
    name: "bad input 25: a Finished of 13 bytes",
    records: [message(0x14, ...new Uint8Array(13))],
    code: "bad_finished",
  },
  { name: "a HelloRequest in place of Finished", records: [message(0)], code: "unexpected_message" },
  {
    name: "bad input 8: close_notify before Finished",
    records: [record(alert, 1, 0)],
    code: "illegal_alert",
  },
  { name: "bad input 16: four warnings before Finished", records: times(4, record(alert, 1, 90)) },
];

const AFTER_HANDSHAKE: readonly Row[] = [
  { name: "bad input 16: four warnings", records: times(4, record(alert, 1, 100)) },
  {
    name: "bad input 16: five warnings",
    records: times(5, record(alert, 1, 100)),
    code: "too_many_warning_alerts",
  },
  { name: "bad input 18: 32 empty records", records: times(32, record(application_data)) },
  {
    name: "bad input 18: 33 empty records",
    records: times(33, record(application_data)),
    code: "too_many_empty_fragments",
  },
  { name: "bad input 11: an empty alert", records: [record(alert)], code: "empty_fragment" },
  {
    name: "bad input 11: an empty piece of a message",
    records: [record(handshake)],
    code: "empty_fragment",
  },
  {
    name: "bad input 10: an alert of three bytes",
    records: [record(alert, 1, 100, 0)],
    code: "illegal_alert",
  },
  { name: "bad input 12: a ChangeCipherSpec", records: [CCS], code: "unexpected_message" },
  {
    name: "bad input 22: a record that holds 2^14 + 1 bytes",
    records: [{ type: application_data, payload: new Uint8Array(16_385) }],
    code: "record_overflow",
  },
  { name: "a second Finished", records: [message(0x14, ...new Uint8Array(12))], code: "unexpected_message" },
  {
    name: "bad input 61: a NewSessionTicket",
    records: [message(4, 0, 0, 0, 9, 0, 1, 7)],
    code: "unexpected_message",
  },
  {
    name: "bad input 24: a flipped bit of the explicit nonce",
    records: [record(application_data, 1)],
    change: flip(5),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: a flipped bit of the content",
    records: [record(application_data, 1)],
    change: flip(13),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: another type",
    records: [record(alert, 1, 100)],
    change: (bytes) => concat([Uint8Array.of(application_data), bytes.subarray(1)]),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: a record twice",
    records: [record(application_data, 1)],
    change: (bytes) => concat([bytes, bytes]),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: a record that is left out",
    records: [record(application_data, 1), record(application_data, 2)],
    change: (bytes) => bytes.subarray(bytes.length / 2),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: a record that has no room for a tag",
    records: [],
    change: () => recordOf(application_data, new Uint8Array(23)),
    code: "bad_record_mac",
  },
  {
    name: "bad input 24: data without protection",
    records: [],
    change: () => recordOf(application_data, new Uint8Array(100)),
    code: "bad_record_mac",
  },
  {
    name: "bad input 10: an alert without protection",
    records: [],
    change: () => recordOf(alert, Uint8Array.of(2, 40)),
    code: "bad_record_mac",
  },
];

/** As they are. */
function whole(bytes: Uint8Array): Uint8Array {
  return bytes;
}

/** Flips a bit of one byte. */
function flip(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.map((byte, index) => index === at ? byte ^ 1 : byte);
}

/** Two ends, one of which can be made to send what it likes. */
interface Pair {
  readonly victim: End;
  readonly talk: (cut?: Cut) => Promise<void>;
  /** Protects records with the keys of the other end, in their turn. */
  readonly seal: (records: readonly Seen[]) => Uint8Array;
}

/** @param onKeys Called when the other end has keys, in front of its Finished. */
async function pairAgainst(
  role: "client" | "server",
  onKeys: (pair: Pair) => void = () => {},
): Promise<Pair> {
  const serverContext = contextOfConfig(await serverConfig());
  let sealer: Sealer | undefined;
  const hostile = endOf(
    new ScriptedEnd(role === "client" ? "server" : "client", (channel) => {
      const speakTls12 = channel.speakTls12.bind(channel);
      channel.speakTls12 = (rules) => {
        const tls12 = speakTls12(rules);
        const changeCipherSpec = tls12.changeCipherSpec.bind(tls12);
        tls12.changeCipherSpec = (made) => {
          sealer = made;
          onKeys(pair);
          return changeCipherSpec(made);
        };
        return tls12;
      };
      return role === "client"
        ? serverHandshake(channel, serverContext)
        : clientHandshake(channel, clientContext());
    }),
  );
  const victim = endOf(
    role === "client"
      ? new ClientConnection(clientConfig(), "server.example")
      : new ServerConnection(await serverConfig()),
  );
  const [client, server] = role === "client" ? [victim, hostile] : [hostile, victim];
  const pair: Pair = {
    victim,
    talk: (cut) => talk(client, server, cut),
    seal: (records) =>
      concat(records.flatMap(({ type, payload }) => {
        // The rows have types that there are.
        const sealed = sealer?.seal(type as ContentType, payload);
        return sealed === undefined ? [] : [sealed.header, now(sealed.payload)];
      })),
  };
  return pair;
}

function assertOutcome({ victim }: Pair, code: string | undefined): void {
  if (code === undefined) return assertEquals(victim.failure, undefined);
  assertInstanceOf(victim.failure, TlsError);
  assertEquals([victim.failure.code, victim.failure.message], [code, victim.failure.message]);
}

for (const role of ["client", "server"] as const) {
  for (const { name, records, code } of BEFORE_FINISHED) {
    Deno.test(`${name}: ${code === undefined ? "taken" : "refused"} by a ${role} of TLS 1.2`, async () => {
      let more: Uint8Array = new Uint8Array(0);
      const pair = await pairAgainst(role, ({ seal }) => more = seal(records));
      await pair.talk((bytes, from) =>
        from === role ? [bytes] : recordsOf(bytes).flatMap(({ type, payload }) => {
          const same = recordOf(type, payload);
          return type === change_cipher_spec ? [same, more] : [same];
        })
      );
      assertOutcome(pair, code);
    });
  }

  for (const { name, records, code, change = whole } of AFTER_HANDSHAKE) {
    const outcome = code === undefined ? "taken" : "refused";
    Deno.test(`${name}: ${outcome} after the handshake by a ${role} of TLS 1.2`, async () => {
      const pair = await pairAgainst(role);
      await pair.talk();
      assertEquals(pair.victim.failure, undefined);
      pair.victim.connection.receive(change(pair.seal(records)));
      await pair.talk();
      assertOutcome(pair, code);
      if (code !== undefined) return;
      pair.victim.connection.receive(pair.seal([record(application_data, 0x61)]));
      await pair.talk();
      assertEquals(textOf(pair.victim), "a");
    });
  }
}

for (const sender of ["client", "server"] as const) {
  Deno.test(`a message behind the Finished of a ${sender} of TLS 1.2, in its record, is refused`, async () => {
    const serverContext = contextOfConfig(await serverConfig());
    const scripted = endOf(
      new ScriptedEnd(sender, (channel) => {
        const send = channel.send.bind(channel);
        channel.send = (message) => send(message[0] === 0x14 ? concat([message, messageOf(0x00)]) : message);
        return sender === "client"
          ? clientHandshake(channel, clientContext())
          : serverHandshake(channel, serverContext);
      }),
    );
    const other = endOf(
      sender === "client"
        ? new ServerConnection(await serverConfig())
        : new ClientConnection(clientConfig(), "server.example"),
    );
    await (sender === "client" ? talk(scripted, other) : talk(other, scripted));
    assertInstanceOf(other.failure, TlsError);
    assertEquals([other.failure.code, other.connection.facts], ["excess_handshake_data", undefined]);
  });
}
