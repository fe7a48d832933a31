/**
 * Attacks on connections, and the invariants of each, whatever the peer sends and however it is split:
 *
 * - only a `TlsError` is thrown, with a code that blames the peer; the same one at each further call, and the last record
 *   for the peer is its alert, where it has one;
 * - events come in a sensible order, and their number, the calls of the provider and the bytes to be written are bounded;
 * - memory that was given back is not read;
 * - with a provider that answers late and in any order all of this holds, too, nothing waits without end and no rejection
 *   is unhandled;
 * - a peer that is honest in the end succeeds.
 *
 * @module
 */

import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { Connection } from "../../../tls/connection/connection.ts";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import { alertFor, TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TLS12_RULES } from "../../../tls/record/tls12_rules.ts";
import { AlertLevel, encodeAlert } from "../../../tls/wire/alert.ts";
import { ContentType } from "../../../tls/wire/numbers.ts";
import type { Eventual } from "../../../io/script.ts";
import { Random } from "../../http2/hpack/octets.ts";
import { lie, type Pool, tell } from "./tls_mutations.ts";
import type { Victim } from "./tls_scenarios.ts";
import { recordsOf, type WireRecord } from "./tls_wire.ts";

/** How attacks ended. */
export class Counts {
  /** Handshakes that were finished. */
  established = 0;
  /** Connections that were refused. */
  refused = 0;
  /** Connections with answers that came late. */
  late = 0;
  /** Reasons to refuse, and how often each. */
  readonly codes: Map<string, number> = new Map();
}

/** A campaign. */
export interface Campaign {
  readonly victims: readonly Victim[];
  readonly pool: Pool;
  /** How many connections are attacked. */
  readonly attacks: number;
  /** The first one's seed; the next has the next number. */
  readonly seed: number;
  readonly counts?: Counts;
  /** Puts a fault into a connection. */
  readonly plant?: (machine: Connection, victim: Victim) => void;
  /** Is given each connection when its attack is over, instead of its being disposed of. */
  readonly keep?: (machine: Connection) => void;
}

/** One in so many attacks is with answers that come late. */
const LATE = 8;
/** One in so many is none. */
const HONEST = 30;
/** After so many of the late ones the runtime gets its turn, to tell of what was rejected. */
const LATE_IN_A_ROW = 50;

/** The first thing that does not hold, with the seed that shows it, or `undefined`. */
export async function findFault(campaign: Campaign): Promise<string | undefined> {
  let rejection: string | undefined;
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    rejection ??= `an unhandled rejection: ${event.reason}`;
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    for (let at = 0; at < campaign.attacks; at++) {
      const seed = campaign.seed + at;
      const fault = await attackOnce(campaign, seed);
      if (at % (LATE * LATE_IN_A_ROW) === 0 || at === campaign.attacks - 1) await turn();
      if (fault !== undefined) return `seed ${seed}: ${fault}`;
      if (rejection !== undefined) return `seed ${seed} or some before it: ${rejection}`;
    }
    return undefined;
  } finally {
    await turn(); // what this campaign has left behind is not to surprise another
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function attackOnce(campaign: Campaign, seed: number): Eventual<string | undefined> {
  const random = new Random(Math.imul(seed, 0x2545f491));
  const victim = random.pick(campaign.victims);
  const isLate = random.below(LATE) === 0;
  victim.crypto.late = isLate ? random : undefined;
  const attack = new Attack(campaign, victim, random);
  const told = (fault: string | undefined) => fault && `${victim.name}${isLate ? ", late" : ""}: ${fault}`;
  if (!isLate) return told(runNow(attack.run()));
  if (campaign.counts !== undefined) campaign.counts.late++;
  return runLate(attack.run(), victim, random).then(told);
}

/** What a step yields is waited for. */
type Steps<T> = Generator<Promise<unknown>, T, unknown>;

function runNow(steps: Steps<string | undefined>): string | undefined {
  const step = steps.next();
  return step.done === true ? step.value : "waits, although all answers are here";
}

/** Turns of the event loop without progress, after which there will be none. */
const MAX_IDLE_TURNS = 30;

async function runLate(
  steps: Steps<string | undefined>,
  { crypto }: Victim,
  random: Random,
): Promise<string | undefined> {
  let step = steps.next();
  while (step.done !== true) {
    let go: (() => IteratorResult<Promise<unknown>, string | undefined>) | undefined;
    step.value.then((value) => {
      go = () => steps.next(value);
    }, (reason) => {
      go = () => steps.throw(reason);
    });
    for (let idle = 0; go === undefined;) {
      for (let ticks = 1 + random.below(10); ticks > 0; ticks--) await undefined;
      if (go !== undefined) break;
      idle = crypto.giveAnswer(random) ? 0 : idle + 1;
      if (idle > MAX_IDLE_TURNS) return "waits without end";
    }
    step = go();
  }
  while (crypto.giveAnswer(random));
  return step.value;
}

/** Codes that are about this end, which no peer can be to blame for. */
const OURS: ReadonlySet<TlsErrorCode> = new Set([
  ...[
    "bad_certificate_pem",
    "bad_key_pem",
    "bad_revocation_list",
    "invalid_option",
    "unsupported_option",
  ] as const,
  ...[
    "handshake_incomplete",
    "write_after_shutdown",
    "write_zero",
    "signing_failed",
    "key_exhausted",
  ] as const,
  ...["connection_reset", "connect_timeout", "handshake_timeout"] as const,
]);

/** What waits to be written at most, without what the application sends: a flight and an alert. */
const MAX_OUTPUT_BYTES = 8_192;
/** How often the provider is asked at most, without what each byte may cost. */
const MAX_CALLS = 300;
/** How many tickets of a connection are told of. */
const MAX_TICKETS_SEEN = 8;

class Attack {
  readonly #campaign: Campaign;
  readonly #victim: Victim;
  readonly #random: Random;
  readonly #machine: Connection;
  /** What is still to be fed, at most so many bytes at once, and what was and may still be looked at. */
  #wire: Uint8Array = new Uint8Array();
  #most = 1;
  #lent: Uint8Array[] = [];
  #fed = 0;
  #events = 0;
  #tickets = 0;
  #asked = 0;
  #stage: "new" | "hello" | "established" | "closed" | "failed" | "disposed" = "new";
  #written: Uint8Array[] = [];
  /** What the application sent, in bytes with what records add to it. */
  #sent = 0;
  #saidGoodbye = false;
  /** Whether what is to be written is written. */
  readonly #writes: boolean;
  #fault: string | undefined;

  constructor(campaign: Campaign, victim: Victim, random: Random) {
    this.#campaign = campaign;
    this.#victim = victim;
    this.#random = random;
    this.#machine = victim.start();
    this.#writes = random.below(4) > 0;
    campaign.plant?.(this.#machine, victim);
  }

  *run(): Steps<string | undefined> {
    const { pool, keep } = this.#campaign;
    const random = this.#random;
    let fault = yield* this.#advance();
    const isHonest = random.below(HONEST) === 0;
    const { flights, form } = this.#victim;
    for (const wire of isHonest ? tell(flights, random, form) : lie(flights, pool, random, form)) {
      this.#wire = wire;
      this.#most = random.pick([...Array(6).fill(wire.length), 2_000, 300, wire.length < 1_500 ? 1 : 200]);
      while (fault === undefined && this.#wire.length > 0) {
        do this.#feed(); while (random.below(6) === 0);
        fault = yield* this.#advance();
      }
      if (fault !== undefined || this.#isOver) break;
    }
    if (isHonest && this.#stage !== "closed" && this.#stage !== "disposed") fault ??= "refuses who is honest";
    if (keep !== undefined) {
      keep(this.#machine);
      return fault;
    }
    this.#machine.receiveEnd();
    fault ??= yield* this.#advance();
    if (fault === undefined && !this.#isOver && this.#stage !== "closed") {
      fault = `is ${this.#stage} when the stream is over`;
    }
    this.#machine.dispose();
    return fault ?? this.#fault;
  }

  /** Whether nothing more comes of it. */
  get #isOver(): boolean {
    return this.#stage === "failed" || this.#stage === "disposed";
  }

  #feed(): void {
    if (this.#wire.length === 0) return;
    const piece = this.#wire.slice(0, this.#most === 1 ? 1 : 1 + this.#random.below(2 * this.#most));
    this.#wire = this.#wire.subarray(piece.length);
    this.#fed += piece.length;
    this.#lent.push(piece);
    this.#machine.receive(piece);
  }

  /** Asks for events until there are none. */
  *#advance(): Steps<string | undefined> {
    if (this.#isOver) return this.#fault;
    while (this.#fault === undefined) {
      let event: TlsEvent | undefined;
      const lent = this.#lent.length;
      try {
        const eventual = this.#machine.next();
        if (eventual instanceof Promise) {
          if (this.#random.below(4) === 0) this.#act();
          if (this.#random.below(4) === 0) this.#feed();
          // The promise resolves to what next() gives.
          event = (yield eventual) as TlsEvent | undefined;
        } else event = eventual;
      } catch (error) {
        return this.#fail(error);
      }
      if (event === undefined) {
        this.#sendEarly();
        for (const piece of this.#lent.splice(0, lent)) piece.fill(0xdb);
        break;
      }
      this.#fault ??= this.#judge(event);
    }
    return this.#fault ??= this.#measure();
  }

  #judge(event: TlsEvent): string | undefined {
    const machine = this.#machine;
    if (++this.#events > this.#fed + 10) return "goes on without end";
    switch (event.type) {
      case "client_hello":
        if (this.#stage !== "new" || this.#victim.config === undefined) return "says hello twice";
        this.#stage = "hello";
        if (machine instanceof ServerConnection) machine.useConfig(this.#victim.config);
        return undefined;
      case "established":
        if (this.#stage !== "new" && this.#stage !== "hello") return "is established twice";
        this.#stage = "established";
        if (this.#campaign.counts !== undefined) this.#campaign.counts.established++;
        if (
          machine.isHandshaking || machine.facts?.protocolVersion === undefined ||
          machine.facts.cipherSuite === undefined
        ) {
          return "is established without knowing how";
        }
        this.#act();
        return undefined;
      case "half_rtt":
      case "early_data":
        if (this.#stage !== "new" && this.#stage !== "hello") return `tells of ${event.type} too late`;
        if (event.type === "half_rtt") this.#send((data) => machine.send(data));
        return event.type === "early_data" && event.data.length === 0 ? "tells of no early data" : undefined;
      default:
        if (this.#stage !== "established") return `tells of ${event.type} when it is ${this.#stage}`;
    }
    switch (event.type) {
      case "session_ticket":
        return ++this.#tickets > MAX_TICKETS_SEEN ? "takes tickets without end" : undefined;
      case "data":
        if (this.#random.below(8) === 0) this.#act();
        return event.data.length === 0 ? "tells of no data" : undefined;
      case "connection_closed":
        this.#stage = "closed";
        return machine.closed && !machine.wantsRead ? undefined : "reads on behind the end";
      case "key_update":
        return undefined;
    }
  }

  /** The application does something, as it may at any time. */
  #act(): void {
    const machine = this.#machine;
    if (this.#random.below(60) === 0) {
      machine.dispose();
      this.#stage = "disposed";
      return;
    }
    switch (this.#random.below(6)) {
      case 0:
        if (machine.facts?.protocolVersion === "TLSv1.2") break; // which has no KeyUpdate
        this.#sent += 200;
        this.#try(() => machine.refreshTrafficKeys(this.#random.below(2) === 0));
        break;
      case 1:
        this.#saidGoodbye = true;
        this.#try(() => machine.sendCloseNotify());
        break;
      case 2:
        this.#try(() => machine.exportKeyingMaterial(32, "EXPORTER-fuzz"));
        break;
      default:
        this.#send((data) => machine.send(data));
    }
    this.#asked++;
  }

  #send(send: (data: Uint8Array) => Eventual<unknown>): void {
    const data = new Uint8Array(1 + this.#random.below(400));
    this.#sent += 10 * data.length + 100; // in records of 200 bytes
    this.#try(() => send(data));
  }

  /** A client sends early data where it may. */
  #sendEarly(): void {
    const machine = this.#machine;
    if (!(machine instanceof ClientConnection) || machine.earlyDataLeft === 0) return;
    if (this.#random.below(3) > 0) this.#send((data) => machine.sendEarlyData(data));
    this.#asked++;
  }

  #try(act: () => Eventual<unknown>): void {
    const judge = (error: unknown) => {
      if (!(error instanceof TlsError || isDisposed(error))) {
        this.#fault ??= `throws ${error} at the application`;
      }
    };
    try {
      const done = act();
      if (done instanceof Promise) done.catch(judge);
    } catch (error) {
      judge(error);
    }
  }

  /** It has failed: with what, and is that all it says from now on? */
  #fail(error: unknown): string | undefined {
    if (this.#stage === "disposed" && isDisposed(error)) return this.#fault;
    this.#stage = "failed";
    if (!(error instanceof TlsError)) return `throws ${error instanceof Error ? error.stack : error}`;
    if (OURS.has(error.code)) return `blames itself: ${error.code}: ${error.message}`;
    const { counts } = this.#campaign;
    if (counts !== undefined) {
      counts.refused++;
      counts.codes.set(error.code, (counts.codes.get(error.code) ?? 0) + 1);
    }
    const machine = this.#machine;
    if (machine.wantsRead) return "has failed, and wants to read";
    machine.receive(Uint8Array.of(22, 3, 3, 0, 1, 0));
    try {
      machine.next();
      return "has failed, and goes on";
    } catch (again) {
      if (again !== error) return `has failed, and fails in another way: ${again}`;
    }
    this.#try(() => machine.send(new Uint8Array(1)));
    const alert = alertFor(error);
    if (alert !== undefined && !this.#saidGoodbye) {
      this.#drain();
      const last = lastRecord(this.#written);
      const alerts = [alert, TLS12_RULES.alerts.get(alert) ?? alert];
      if (last === undefined || !alerts.some((each) => isAlert(last, encodeAlert(AlertLevel.fatal, each)))) {
        return `does not tell the peer of ${error.code}`;
      }
    }
    return this.#fault ??= this.#measure();
  }

  /** What it holds and what it cost. */
  #measure(): string | undefined {
    const { outputLength } = this.#machine;
    if (outputLength > MAX_OUTPUT_BYTES + this.#sent) return `has ${outputLength} bytes to write`;
    if (this.#writes) this.#drain();
    const { calls } = this.#victim.crypto;
    if (calls > MAX_CALLS + this.#fed + 50 * this.#asked) return `asks for cryptography ${calls} times`;
    return undefined;
  }

  #drain(): void {
    for (let wire = this.#machine.output(); wire !== undefined; wire = this.#machine.output()) {
      this.#written.push(wire);
    }
  }
}

/** What a connection says that was disposed of. */
function isDisposed(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("disposed");
}

/** What is written at once is whole records. */
function lastRecord(written: readonly Uint8Array[]): WireRecord | undefined {
  const last = written.at(-1);
  return last === undefined ? undefined : recordsOf(last).at(-1);
}

function isAlert({ type, payload }: WireRecord, [level = 0, description = 0]: Uint8Array): boolean {
  if (payload[0] !== level || payload[1] !== description) return false;
  return type === ContentType.alert ||
    type === ContentType.application_data && payload[2] === ContentType.alert;
}
