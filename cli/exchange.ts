/**
 * The requests of one transfer, and the lines that are printed about them.
 *
 * Redirects are followed here, one request at a time, so that each hop can be shown; what may follow what is the
 * client's own rule, {@linkcode redirect}.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import type { CookieStore } from "./cookies/cookie_store.ts";
import type { HeadLog } from "./heads.ts";
import type { CliHost, HostClient } from "./host.ts";
import { counted } from "./pace.ts";
import {
  connectionLines,
  headBytes,
  informationalLines,
  redirectLine,
  requestLines,
  responseLines,
  say,
  timingLine,
} from "./print.ts";
import { certificateLines } from "./print_tls.ts";
import type { TransferReport } from "./report.ts";
import type { Plan } from "./request.ts";
import { redirect } from "../client/redirect.ts";
import { type PreparedRequest, toOutgoing } from "../client/request/prepared_request.ts";
import type { ClientResponse } from "../client/response/response.ts";

/** A request and its response. */
interface Hop {
  readonly request: PreparedRequest;
  readonly response: ClientResponse;
  /** The 1xx responses before it. */
  readonly informational: readonly Informational[];
}

/** A 1xx response. */
interface Informational {
  readonly status: number;
  readonly headers: Headers;
}

/** What the requests of one transfer go through. */
export interface ExchangeContext {
  /** The process around it. */
  readonly host: CliHost;
  /** The client that sends the requests. */
  readonly client: HostClient;
  /** Ends it; `run()` rejects with its reason. */
  readonly signal: AbortSignal;
  /** The facts to fill in. */
  readonly report: TransferReport;
  /** The cookies of files and servers. */
  readonly cookies: CookieStore | undefined;
  /** The output of `--dump-header`. */
  readonly headLog: HeadLog | undefined;
  /** Whether the body goes to a terminal. */
  readonly isTerminal: boolean;
}

/** The requests of one transfer. */
export class Exchange {
  /** The heads of all responses so far, for `--include`. */
  readonly heads: Uint8Array[] = [];
  readonly #command: FetchCommand;
  readonly #plan: Plan;
  readonly #context: ExchangeContext;

  /**
   * @param command The command.
   * @param plan The first request, and its content.
   * @param context What the requests go through.
   */
  constructor(command: FetchCommand, plan: Plan, context: ExchangeContext) {
    this.#command = command;
    this.#plan = plan;
    this.#context = context;
  }

  /**
   * Sends the request, follows redirects, and prints everything up to the head of the final response.
   *
   * @throws {ClientError} If there is no final response.
   */
  async run(): Promise<ClientResponse> {
    const { talk } = this.#command;
    const { host, report } = this.#context;
    for (let request = this.#plan.request;;) {
      const hop = await this.#send(await this.#withCredentials(request));
      const { response } = hop;
      await this.#note(hop);
      if (talk !== "silent") await this.#sayConnection(hop);
      let next: PreparedRequest | undefined;
      try {
        next = redirect(request, response.status, [...response.headers]);
      } catch (error) {
        await this.#sayHeads(hop);
        throw error;
      }
      if (next === undefined || talk === "verbose") await this.#sayHeads(hop);
      if (next === undefined) {
        report.redirectUrl = redirectUrl(request, response);
        return response;
      }
      if (talk !== "silent") say(host.stderr, [redirectLine(response.status, next.target)]);
      // Not awaited: this server may be slow with content that is not used.
      void drain(response);
      report.redirects++;
      request = this.#command.autoReferer ? withReferer(next, request) : next;
    }
  }

  /** The request with the cookies for its URL, and the credentials of `--netrc` where it has no others. */
  async #withCredentials(request: PreparedRequest): Promise<PreparedRequest> {
    const { cookies } = this.#context;
    let { fields } = request;
    const { target } = request;
    const isNamed = fields.some(([name, value]) =>
      name === "authorization" && value !== target.authorization
    );
    const authorization = isNamed ? undefined : this.#plan.netrc?.(target, target.authorization);
    if (authorization !== undefined) {
      fields = [...fields.filter(([name]) => name !== "authorization"), ["authorization", authorization]];
    }
    const kept = await cookies?.cookiesFor(target.href) ?? "";
    if (kept !== "") {
      const own = fields.filter(([name]) => name === "cookie").map(([, value]) => value);
      fields = [...fields.filter(([name]) => name !== "cookie"), ["cookie", [kept, ...own].join("; ")]];
    }
    return fields === request.fields ? request : { ...request, fields };
  }

  /** Sends one request; if there is no response, prints what was sent. */
  async #send(request: PreparedRequest): Promise<Hop> {
    const { host: process, report, client, signal } = this.#context;
    const { method, target, host, fields, body } = request;
    const informational: Informational[] = [];
    const content = body === undefined ? undefined : this.#plan.content;
    report.request = request;
    report.requestStart = process.now();
    try {
      const opened = content?.open();
      const sent = opened && counted(opened, this.#command.limitRate, this.#context);
      const response = await client.fetch(target.href, {
        method,
        headers: [
          ...fields.map(([name, value]): [string, string] => [name, value]),
          // The client knows the length of bytes, but not of a stream.
          ...(content?.length === undefined || sent instanceof Uint8Array
            ? []
            : [lengthField(content.length)]),
        ],
        redirect: "manual",
        signal,
        timeouts: this.#timeLeft(),
        onInformational: (status, headers) => informational.push({ status, headers }),
        ...(host !== undefined && { host }),
        ...(sent !== undefined && { body: sent }),
      });
      return { request, response, informational };
    } catch (error) {
      if (this.#command.talk === "verbose") {
        say(process.stderr, [
          ...requestLines(await toOutgoing(request), undefined),
          ...informational.flatMap(linesOf),
        ]);
      }
      throw error;
    }
  }

  /** The rest of `--max-time`. */
  #timeLeft(): { total?: number } {
    const { maxTime } = this.#command;
    const { host, report } = this.#context;
    if (!maxTime) return {};
    return { total: Math.max(1, Math.ceil(maxTime - (host.now() - report.start))) };
  }

  /** Takes the facts of a response into the report, its cookies into the store, and its head where it is asked for. */
  async #note({ request, response, informational }: Hop): Promise<void> {
    const { report, cookies, headLog, isTerminal } = this.#context;
    const { connection, headers } = response;
    report.status = response.status;
    report.httpVersion = response.httpVersion;
    report.connection = connection;
    report.headers = headers;
    if (!connection.reused) report.connects++;
    report.requestBytes += requestLines(await toOutgoing(request), response.httpVersion)
      .filter((line) => line.startsWith(">")).reduce((sum, line) => sum + line.length, 0);
    const { httpVersion } = response;
    const before = informational.map(({ status, headers }) => ({
      httpVersion,
      status,
      statusText: "",
      headers,
      fields: [...headers],
    }));
    for (const each of [...before, response]) {
      const head = headBytes(each, false);
      report.headBytes += head.length;
      if (this.#command.include) this.heads.push(isTerminal ? headBytes(each, true) : head);
      await headLog?.write(headLog.isTerminal ? headBytes(each, true) : head);
    }
    await cookies?.store(headers.getSetCookie(), request.target.href);
  }

  async #sayConnection({ request, response }: Hop): Promise<void> {
    const { connection } = response;
    const { tls, reused } = connection;
    const verbose = this.#command.talk === "verbose";
    if (reused && !verbose) return;
    const lines = connectionLines(request.target, connection);
    if (verbose && tls !== undefined && !reused) lines.push(...await certificateLines(tls));
    say(this.#context.host.stderr, lines);
  }

  async #sayHeads({ request, response, informational }: Hop): Promise<void> {
    const { talk, include } = this.#command;
    if (talk === "silent") return;
    const lines: string[] = [];
    if (talk === "verbose") {
      lines.push(...requestLines(await toOutgoing(request), response.httpVersion));
      lines.push(...informational.flatMap(linesOf));
    }
    // With --include the head is part of the output, where it need not be said again.
    if (talk === "verbose" || !include) lines.push(...responseLines(response));
    lines.push(timingLine(response.connection));
    say(this.#context.host.stderr, lines);
  }
}

function linesOf({ status, headers }: Informational): string[] {
  return informationalLines(status, headers);
}

function lengthField(length: number): [name: string, value: string] {
  return ["content-length", String(length)];
}

/** The URL of a redirect that is not followed; empty where there is none. */
function redirectUrl(request: PreparedRequest, response: ClientResponse): string {
  const location = response.headers.get("location");
  if (location === null || response.status < 300 || response.status > 399) return "";
  return URL.parse(location, request.target.href)?.href ?? location;
}

/** The request with the URL of the one before as its referer, where it may be told. */
function withReferer(next: PreparedRequest, { target }: PreparedRequest): PreparedRequest {
  // "A user agent MUST NOT send a Referer header field in an unsecured HTTP request if the referring resource was
  // accessed with a secure protocol." (RFC 9110 §10.1.3)
  if (target.scheme === "https" && next.target.scheme === "http") return next;
  const fields = next.fields.filter(([name]) => name !== "referer");
  return { ...next, fields: [...fields, ["referer", target.href]] };
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
