/**
 * The requests of one command, and the lines that are printed about them.
 *
 * Redirects are followed here, one request at a time, so that each hop can be shown; what may follow what is the
 * client's own rule, {@linkcode redirect}.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import type { CliHost, HostClient } from "./host.ts";
import {
  connectionLines,
  informationalLines,
  redirectLine,
  requestLines,
  responseLines,
  say,
  timingLine,
} from "./print.ts";
import { certificateLines } from "./print_tls.ts";
import type { Plan } from "./request.ts";
import { redirect } from "../client/redirect.ts";
import { type PreparedRequest, toOutgoing } from "../client/request/prepared_request.ts";
import type { ClientResponse } from "../client/response/response.ts";

/** A request and its response. */
interface Hop {
  readonly request: PreparedRequest;
  readonly response: ClientResponse;
  /** The lines about the 1xx responses. */
  readonly informational: readonly string[];
}

/** The requests of one command. */
export class Exchange {
  readonly #command: FetchCommand;
  readonly #plan: Plan;
  readonly #host: CliHost;
  readonly #client: HostClient;
  readonly #signal: AbortSignal;
  readonly #start: number;

  /**
   * @param command The command.
   * @param plan The first request, and its content.
   * @param host The process around it.
   * @param client The client that sends the requests.
   * @param signal Ends it; `run()` rejects with its reason.
   */
  constructor(command: FetchCommand, plan: Plan, host: CliHost, client: HostClient, signal: AbortSignal) {
    this.#command = command;
    this.#plan = plan;
    this.#host = host;
    this.#client = client;
    this.#signal = signal;
    this.#start = host.now();
  }

  /**
   * Sends the request, follows redirects, and prints everything up to the head of the final response.
   *
   * @throws {ClientError} If there is no final response.
   */
  async run(): Promise<ClientResponse> {
    const { talk } = this.#command;
    for (let request = this.#plan.request;;) {
      const hop = await this.#send(request);
      const { response } = hop;
      if (talk !== "silent") await this.#sayConnection(hop);
      let next: PreparedRequest | undefined;
      try {
        next = redirect(request, response.status, [...response.headers]);
      } catch (error) {
        await this.#sayHeads(hop);
        throw error;
      }
      if (next === undefined || talk === "verbose") await this.#sayHeads(hop);
      if (next === undefined) return response;
      if (talk !== "silent") say(this.#host.stderr, [redirectLine(response.status, next.target)]);
      // Not awaited: this server may be slow with content that is not used.
      void drain(response);
      request = next;
    }
  }

  /** Sends one request; if there is no response, prints what was sent. */
  async #send(request: PreparedRequest): Promise<Hop> {
    const { method, target, host, fields, body } = request;
    const informational: string[] = [];
    try {
      const response = await this.#client.fetch(target.href, {
        method,
        headers: fields.map(([name, value]): [string, string] => [name, value]),
        redirect: "manual",
        signal: this.#signal,
        timeouts: this.#timeLeft(),
        onInformational: (status, headers) => informational.push(...informationalLines(status, headers)),
        ...(host !== undefined && { host }),
        ...(body !== undefined && this.#plan.content !== undefined && { body: this.#plan.content }),
      });
      return { request, response, informational };
    } catch (error) {
      if (this.#command.talk === "verbose") {
        say(this.#host.stderr, [...requestLines(await toOutgoing(request), undefined), ...informational]);
      }
      throw error;
    }
  }

  /** The rest of `--max-time`. */
  #timeLeft(): { total?: number } {
    const { maxTime } = this.#command;
    if (!maxTime) return {};
    return { total: Math.max(1, Math.ceil(maxTime - (this.#host.now() - this.#start))) };
  }

  async #sayConnection({ request, response }: Hop): Promise<void> {
    const { connection } = response;
    const { tls, reused } = connection;
    const verbose = this.#command.talk === "verbose";
    if (reused && !verbose) return;
    const lines = connectionLines(request.target, connection);
    if (verbose && tls !== undefined && !reused) lines.push(...await certificateLines(tls));
    say(this.#host.stderr, lines);
  }

  async #sayHeads({ request, response, informational }: Hop): Promise<void> {
    const { talk, include } = this.#command;
    if (talk === "silent") return;
    const lines: string[] = [];
    if (talk === "verbose") {
      lines.push(...requestLines(await toOutgoing(request), response.httpVersion), ...informational);
    }
    // With --include the head is part of the output, where it need not be said again.
    if (talk === "verbose" || !include) lines.push(...responseLines(response));
    lines.push(timingLine(response.connection));
    say(this.#host.stderr, lines);
  }
}

/** Bytes of a redirect's content that are read so that its connection can be reused. */
const MAX_DRAIN_BYTES = 65_536;

/** Reads a redirect's content if it is short, and cancels it if not. Never rejects. */
async function drain({ body }: ClientResponse): Promise<void> {
  let left = MAX_DRAIN_BYTES;
  try {
    // Leaving the loop cancels the rest.
    for await (const chunk of body ?? []) {
      left -= chunk.length;
      if (left < 0) return;
    }
  } catch {
    // The content is not used, so a failure to read it changes nothing.
  }
}
