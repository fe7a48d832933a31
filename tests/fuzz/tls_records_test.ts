/**
 * Fuzzes two honest ends with an attacker in between who changes what they send each other.
 *
 * What has to hold, whatever is lost, doubled, swapped, cut or changed on the way: nothing but a `TlsError` is
 * thrown; what an end is told that it received, the other has sent, from the first byte on and in that order; who is
 * told of the end has received all; and if both agree on anything, it is the same.
 *
 * The keys are the null provider's, which tells a changed record from a sound one.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { ClientConfig } from "../../tls/config/client_config.ts";
import { ClientConnection } from "../../tls/connection/client_connection.ts";
import type { Connection } from "../../tls/connection/connection.ts";
import type { TlsEvent } from "../../tls/connection/connection_types.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { run } from "../../io/script.ts";
import { loadServerHandshake } from "../../tls/handshake/server/load_server_handshake.ts";
import { ServerConnection } from "../../tls/connection/server_connection.ts";
import { ServerConfig } from "../../tls/config/server_config.ts";
import { Random } from "../http2/hpack/octets.ts";
import { nullProvider } from "../support/null_provider.ts";
import { certificateOf } from "../tls/x509/certificate_parts.ts";
import { inputs, seed } from "./support/amount.ts";
import { changeBytes, lieAboutRecords } from "./support/tls_mutations.ts";
import { encodeRecord, recordsOf } from "./support/tls_wire.ts";

/** Conversations to disturb in the gate. */
const CONVERSATIONS = inputs(2_000);

/** Puts a fault into a connection. */
type Plant = (machine: Connection) => void;

const crypto = nullProvider();
const clientConfig = new ClientConfig({ crypto, verifier: () => {} });
const key = await crypto.loadPrivateKey(new Uint8Array());
const serverConfig = new ServerConfig({ crypto, identity: { chain: [certificateOf()], key } });
await run(loadServerHandshake()); // which is otherwise loaded late: the conversations wait for nothing

interface Counts {
  /** Ends that were told of the end of the other. */
  closed: number;
  /** Ends that failed. */
  failed: number;
}

Deno.test("fuzz: whatever happens to records on their way, what is received was sent", () => {
  const counts: Counts = { closed: 0, failed: 0 };
  assertEquals(findFault(() => {}, counts), undefined);
  // Were nearly all disturbed early, or none, not much would be seen.
  assert(counts.closed > CONVERSATIONS / 5 && counts.failed > CONVERSATIONS / 5, JSON.stringify(counts));
});

/** A connection that makes something else of its events. */
function inEvents(change: (event: TlsEvent) => TlsEvent | undefined): Plant {
  return (machine) => {
    const sound = machine.next.bind(machine);
    machine.next = () => {
      const event = sound();
      return event === undefined || event instanceof Promise ? event : change(event);
    };
  };
}

/** A connection that takes a failure for something else. */
function inFailures(code: TlsError["code"], instead: TlsEvent): Plant {
  return (machine) => {
    const sound = machine.next.bind(machine);
    let done = false;
    machine.next = () => {
      if (done) return undefined;
      try {
        return sound();
      } catch (error) {
        if (!(error instanceof TlsError) || error.code !== code || machine.isHandshaking) throw error;
        done = true;
        machine.send = machine.refreshTrafficKeys = machine.sendCloseNotify = () => {}; // it knows of no failure
        return instead;
      }
    };
  };
}

const PLANTED: readonly { readonly name: string; readonly found: string; readonly plant: Plant }[] = [
  {
    name: "takes a record that was altered",
    found: "received what was not sent",
    plant: inFailures("bad_record_mac", { type: "data", data: Uint8Array.of(0xff) }),
  },
  {
    name: "takes an interruption for the end",
    found: "takes it for the end",
    plant: inFailures("unexpected_eof", { type: "connection_closed" }),
  },
  {
    name: "loses a byte",
    found: "received what was not sent",
    plant: inEvents((event) => event.type === "data" ? { ...event, data: event.data.subarray(1) } : event),
  },
  {
    name: "throws something else",
    found: "throws RangeError",
    plant: inEvents((event) => {
      if (event.type === "key_update") throw new RangeError("Offset is outside the bounds of the DataView");
      return event;
    }),
  },
];

for (const { name, found, plant } of PLANTED) {
  Deno.test(`fuzz: a connection is found out that ${name}`, () => {
    assertStringIncludes(findFault(plant) ?? "nothing", found);
  });
}

function findFault(plant: Plant, counts: Counts = { closed: 0, failed: 0 }): string | undefined {
  const first = seed(1);
  for (let at = first; at < first + CONVERSATIONS; at++) {
    const fault = disturb(plant, new Random(Math.imul(at, 0x2545f491)), counts);
    if (fault !== undefined) return `seed ${at}: ${fault}`;
  }
  return undefined;
}

/** One end, what it sent and what it received. */
class End {
  readonly machine: Connection;
  readonly name: string;
  readonly sent: Uint8Array[] = [];
  readonly received: Uint8Array[] = [];
  hasClosed = false;
  /** Whether it was told that the other has. */
  isOver = false;
  isEstablished = false;
  hasFailed = false;

  constructor(name: string, machine: Connection, plant: Plant) {
    this.name = name;
    this.machine = machine;
    plant(machine);
  }

  /** Asks for events; says what is wrong with them. */
  advance(): string | undefined {
    try {
      for (let event = this.machine.next(); event !== undefined; event = this.machine.next()) {
        if (event instanceof Promise) return "waits, although all answers are here";
        if (event.type === "established") this.isEstablished = true;
        else if (event.type === "data") this.received.push(event.data);
        else if (event.type === "connection_closed") this.isOver = true;
      }
    } catch (error) {
      if (!(error instanceof TlsError)) return `throws ${error}`;
      this.hasFailed = true;
    }
    return undefined;
  }

  /** Says something, if it can. */
  speak(random: Random): void {
    if (!this.isEstablished || this.hasFailed || this.hasClosed) return;
    for (let times = random.below(4); times > 0; times--) {
      if (random.below(5) === 0) this.machine.refreshTrafficKeys(random.below(2) === 0);
      const data = Uint8Array.from({ length: 1 + random.below(200) }, () => random.below(255));
      this.machine.send(data);
      this.sent.push(data);
    }
    if (random.below(4) > 0) return;
    this.machine.sendCloseNotify();
    this.hasClosed = true;
  }
}

/** How often either end has something to say. */
const ROUNDS = 8;

function disturb(plant: Plant, random: Random, counts: Counts): string | undefined {
  const client = new End("client", new ClientConnection(clientConfig, "example.com"), plant);
  const server = new End("server", new ServerConnection(serverConfig), plant);
  // Most disturbances come when there is something to disturb.
  const from = random.below(ROUNDS);
  let fault: string | undefined;
  for (let round = 0; round < ROUNDS && fault === undefined; round++) {
    const isDisturbed = round >= from && random.below(2) === 0;
    fault = client.advance() ?? carry(client, server, isDisturbed, random) ??
      carry(server, client, isDisturbed, random);
    client.speak(random);
    server.speak(random);
  }
  for (const end of [client, server]) {
    end.machine.receiveEnd();
    fault ??= end.advance();
    if (end.isOver) counts.closed++;
    else if (end.hasFailed) counts.failed++;
  }
  return fault ?? compare(client, server) ?? compare(server, client) ?? agreement(client, server);
}

function carry(from: End, to: End, isDisturbed: boolean, random: Random): string | undefined {
  for (let wire = from.machine.output(); wire !== undefined; wire = from.machine.output()) {
    let carried = wire;
    if (isDisturbed) {
      const records = recordsOf(wire);
      lieAboutRecords(records, random);
      carried = concat(records.map((record) => encodeRecord(record)));
      if (random.below(4) === 0) carried = changeBytes(carried, random);
    }
    for (let at = 0; at < carried.length;) {
      const piece = carried.slice(at, at + 1 + random.below(random.pick([10, 500, 5_000])));
      at += piece.length;
      to.machine.receive(piece);
      const fault = to.advance();
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function compare(from: End, to: End): string | undefined {
  const sent = concat(from.sent);
  const received = concat(to.received);
  if (!equals(sent.subarray(0, received.length), received)) {
    return `the ${to.name} received what was not sent`;
  }
  if (to.isOver && !(from.hasClosed && sent.length === received.length)) {
    return `the ${to.name} takes it for the end`;
  }
  return undefined;
}

function agreement(client: End, server: End): string | undefined {
  if (!client.isEstablished || !server.isEstablished) return undefined;
  const [ours, theirs] = [client, server].map(({ machine }) => {
    const secret = machine.exportKeyingMaterial(16, "EXPORTER-fuzz");
    return `${machine.facts?.cipherSuite} ${machine.facts?.keyExchangeGroup} ${machine.facts?.serverName} ${secret}`;
  });
  return ours === theirs ? undefined : "the two agree on different things";
}
