/**
 * From the log of a connection to its steps: records are joined to messages, messages are dissected, and each decision
 * is put beside the message that caused it.
 *
 * @module
 */

import { MAX_EXPLAINED_ENTRIES } from "../limits.ts";
import { ContentType, HandshakeType } from "../wire/numbers.ts";
import { clientDecisions } from "./client_decisions.ts";
import { commonDecisions } from "./common_decisions.ts";
import { concludedDecision, type ConclusionPlace, placeOf } from "./concluded_decisions.ts";
import { innerOf } from "./inner_message.ts";
import type { ConnectionLog, LogEntry, LoggedConclusion, LoggedRecord } from "./connection_log.ts";
import {
  contentTypeName,
  dissectAlert,
  dissectChangeCipherSpec,
  type DissectedMessage,
  dissectHandshake,
} from "./dissect_message.ts";
import { establishedOutcome, failedOutcome, isAboutRecord, refusedMessage } from "./explained_outcome.ts";
import type { ExplainedDecision, ExplainedInner, ExplainedMessage, ExplainedStep } from "./explained_step.ts";
import { type HandshakeStory, noteHello } from "./handshake_story.ts";
import { type JoinedMessage, LoggedJoiner } from "./logged_joiner.ts";
import { serverDecisions } from "./server_decisions.ts";

/** The steps of a connection. Never throws, whatever the peer has sent. */
export function explainedSteps(log: ConnectionLog): readonly ExplainedStep[] {
  const steps = new Steps(log);
  for (const entry of log.entries) steps.add(entry);
  return steps.finish();
}

/** A message while decisions are added to it. */
interface MessageDraft extends ExplainedMessage {
  readonly decisions: ExplainedDecision[];
  inner?: ExplainedInner;
}

class Steps {
  readonly #log: ConnectionLog;
  readonly #story: HandshakeStory;
  readonly #steps: ExplainedStep[] = [];
  readonly #joiners = { sent: new LoggedJoiner(), received: new LoggedJoiner() };
  /** The last message of each end and name, and the tickets that no session was made of yet. */
  readonly #last = new Map<string, MessageDraft>();
  readonly #tickets: MessageDraft[] = [];
  /** The last message of the peer of any kind, and its handshake messages. */
  #lastReceived: MessageDraft | undefined;
  readonly #received: MessageDraft[] = [];
  /** Conclusions about a message that has not come yet. */
  #pending: LoggedConclusion[] = [];
  #hasHandshakeSecrets = false;
  /** Messages that are left out because there are too many steps. */
  readonly #unshown = { messages: 0, bytes: 0 };
  readonly #finished = new Set<string>();
  readonly #keyUpdates = { client: 0, server: 0 };

  constructor(log: ConnectionLog) {
    this.#log = log;
    this.#story = {
      role: log.role,
      client: log.client,
      server: log.server,
      established: log.entries.some(({ type }) => type === "established"),
      retried: false,
      version: "TLSv1.3",
    };
  }

  add(entry: LogEntry): void {
    switch (entry.type) {
      case "record":
        return this.#addRecord(entry, entry.at);
      case "skipped": {
        const { number, bytes, at } = entry;
        const sender = this.#sender("received");
        this.#steps.push({
          type: "data",
          sender,
          length: bytes,
          records: [number, number],
          skipped: true,
          at,
        });
        return;
      }
      case "keys": {
        const sender = this.#sender(entry.direction);
        this.#steps.push({ type: "keys", sender, secret: this.#secretOf(sender), at: entry.at });
        return;
      }
      case "secret": {
        const { label, secret, at } = entry;
        if (label.includes("HANDSHAKE")) this.#hasHandshakeSecrets = true;
        this.#steps.push({ type: "secret", label, ...(secret !== undefined && { secret }), at });
        return;
      }
      case "conclusion":
        return this.#addConclusion(entry);
      case "established":
        this.#steps.push(establishedOutcome(entry.facts, entry.at));
        return;
      case "failed": {
        // A refused certificate was reported already, beside the certificate.
        const refusal = this.#isConcluded(entry.reason) ? undefined : refusedMessage(entry.reason);
        if (refusal !== undefined) this.#refusedBy(entry)?.decisions.push(refusal);
        this.#steps.push(failedOutcome(entry.reason, this.#log, entry.at));
        return;
      }
    }
  }

  /** The steps, when all entries were added. */
  finish(): readonly ExplainedStep[] {
    for (const direction of ["sent", "received"] as const) {
      const rest = this.#joiners[direction].rest();
      if (rest !== undefined) {
        this.#addMessage(rest, this.#sender(direction), this.#log.entries.at(-1)?.at ?? 0);
      }
    }
    const events = this.#log.omitted.entries + this.#unshown.messages;
    const bytes = this.#log.omitted.bytes + this.#unshown.bytes;
    if (events > 0) this.#steps.push({ type: "omission", events, bytes });
    return this.#steps;
  }

  #addRecord(record: LoggedRecord, at: number): void {
    const { direction, number, contentType, isProtected, content } = record;
    const sender = this.#sender(direction);
    if (content === undefined) {
      const records = [number, number + record.records - 1] as const;
      this.#steps.push({ type: "data", sender, length: record.bytes, records, skipped: false, at });
      return;
    }
    if (contentType === ContentType.handshake) {
      const joiner = this.#joiners[direction];
      joiner.push(content, number, isProtected);
      for (let next = joiner.next(); next !== undefined; next = joiner.next()) {
        this.#addMessage(next, sender, at);
      }
      return;
    }
    this.#addMessage(
      { bytes: content, records: [number, number], encrypted: isProtected, contentType },
      sender,
      at,
    );
  }

  #addMessage(joined: JoinedMessage, sender: "client" | "server", at: number): void {
    const { bytes, records, encrypted, problem: cut } = joined;
    // One record can hold thousands of empty messages.
    if (this.#steps.length >= MAX_EXPLAINED_ENTRIES) {
      this.#unshown.messages++;
      this.#unshown.bytes += bytes.length;
      return;
    }
    const { name, fields, problem: malformed } = this.#dissect(joined);
    noteHello(this.#story, name, bytes);
    const problem = cut ?? malformed;
    const message: MessageDraft = {
      type: "message",
      sender,
      name,
      bytes,
      fields,
      records,
      encrypted,
      ...(problem !== undefined && { problem }),
      decisions: [],
      at,
    };
    if (cut === undefined) {
      const decide = this.#story.role === "client" ? clientDecisions : serverDecisions;
      message.decisions.push(...decide(this.#story, name), ...commonDecisions(this.#story, message));
    }
    if (name === "Finished") this.#finished.add(sender);
    if (name === "KeyUpdate") this.#keyUpdates[sender]++;
    this.#steps.push(message);
    this.#last.set(`${this.#endOf(sender)} ${name}`, message);
    if (name === "NewSessionTicket") this.#tickets.push(message);
    if (sender !== this.#log.role) {
      this.#lastReceived = message;
      if (joined.contentType === ContentType.handshake) this.#received.push(message);
    }
    this.#settlePending(message);
  }

  #dissect({ bytes, contentType }: JoinedMessage): DissectedMessage {
    switch (contentType) {
      case ContentType.handshake:
        return dissectHandshake(bytes, versionFor(this.#story, bytes[0]));
      case ContentType.alert:
        return dissectAlert(bytes);
      case ContentType.change_cipher_spec:
        return dissectChangeCipherSpec(bytes);
      default:
        return { name: contentTypeName(contentType), fields: [] };
    }
  }

  #addConclusion(conclusion: LoggedConclusion): void {
    const { names, from, comesLater } = this.#placeOf(conclusion);
    const ticket = conclusion.about === "kept_session" ? this.#tickets.shift() : undefined;
    const place = comesLater === true
      ? undefined
      : ticket ?? names.map((name) => this.#last.get(`${from} ${name}`)).find((each) => each !== undefined);
    if (place === undefined) this.#pending.push(conclusion);
    else this.#conclude(place, conclusion);
  }

  #conclude(message: MessageDraft, conclusion: LoggedConclusion): void {
    const inner = innerOf(conclusion);
    if (inner !== undefined) {
      message.inner = inner;
      noteHello(this.#story, inner.name, inner.bytes);
    }
    const decision = concludedDecision(this.#story, conclusion, message.name);
    if (decision !== undefined) message.decisions.push(decision);
  }

  #placeOf(conclusion: LoggedConclusion): ConclusionPlace {
    const hasCertificate = this.#last.has("peer Certificate") || this.#last.has("peer CompressedCertificate");
    return placeOf(conclusion, this.#story, hasCertificate);
  }

  #endOf(sender: "client" | "server"): "own" | "peer" {
    return sender === this.#log.role ? "own" : "peer";
  }

  /** The message that a failure refuses. */
  #refusedBy({ reason, messages }: Extract<LogEntry, { readonly type: "failed" }>): MessageDraft | undefined {
    return isAboutRecord(reason) ? this.#lastReceived : this.#received[messages - 1];
  }

  #isConcluded(reason: unknown): boolean {
    return this.#log.entries.some((entry) => entry.type === "conclusion" && refusalIn(entry) === reason);
  }

  #settlePending(message: MessageDraft): void {
    this.#pending = this.#pending.filter((conclusion) => {
      const { names, from } = this.#placeOf(conclusion);
      if (from !== this.#endOf(message.sender) || !names.includes(message.name)) return true;
      this.#conclude(message, conclusion);
      return false;
    });
  }

  #sender(direction: "sent" | "received"): "client" | "server" {
    const isOwn = direction === "sent";
    return isOwn === (this.#log.role === "client") ? "client" : "server";
  }

  /** The secret behind the keys that an end has from here on (RFC 9846 §7.1). */
  #secretOf(sender: "client" | "server"): string {
    if (this.#story.version === "TLSv1.2") return "key_block, from the main secret";
    if (this.#finished.has(sender)) return `${sender}_application_traffic_secret_${this.#keyUpdates[sender]}`;
    return this.#hasHandshakeSecrets
      ? `${sender}_handshake_traffic_secret`
      : `${sender}_early_traffic_secret`;
  }
}

function refusalIn(conclusion: LoggedConclusion): unknown {
  return conclusion.about === "certificate" ? conclusion.refusal : undefined;
}

/** A hello is read in one form, whatever was agreed on before. */
function versionFor({ version }: HandshakeStory, type: number | undefined): "TLSv1.2" | "TLSv1.3" {
  return type === HandshakeType.client_hello || type === HandshakeType.server_hello ? "TLSv1.3" : version;
}
