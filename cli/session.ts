/**
 * What the transfers of one operation share: the client with its connections, the cookies, and the files that are
 * written to from all of them.
 *
 * @module
 */

import type { Operation } from "./command.ts";
import { clientOptions } from "./client_options.ts";
import { type CookieStore, openCookies } from "./cookies/cookie_store.ts";
import { explainConnections, type Explaining, limitVersions } from "./explain.ts";
import { type HarFile, recordHar } from "./har.ts";
import { type HeadLog, openHeadLog } from "./heads.ts";
import type { CliHost, HostClient } from "./host.ts";
import { type OpenKeyLog, openKeyLog } from "./key_log.ts";
import { say } from "./print.ts";
import { readFormat } from "./write_out/write_out.ts";
import type { ClientOptions } from "../client/options.ts";
import type { Target } from "../client/request/target.ts";

/** What the transfers of one operation share. */
export class Session {
  /** The cookies of files and servers. */
  readonly cookies: CookieStore | undefined;
  /** The format of `--write-out`. */
  readonly format: string | undefined;
  /** The output of `--dump-header`. */
  headLog: HeadLog | undefined;
  readonly #operation: Operation;
  readonly #options: ClientOptions;
  readonly #host: CliHost;
  #client: HostClient | undefined;
  #keyLog: OpenKeyLog | undefined;
  #explaining: Explaining | undefined;
  #har: HarFile | undefined;

  private constructor(
    operation: Operation,
    options: ClientOptions,
    cookies: CookieStore | undefined,
    format: string | undefined,
    host: CliHost,
  ) {
    this.#operation = operation;
    this.#options = options;
    this.cookies = cookies;
    this.format = format;
    this.#host = host;
  }

  /**
   * Reads the files that the flags of the operation name; nothing is connected yet.
   *
   * @throws {CliError} `usage`, `read`, `write`, `ca_file` or `client_certificate`.
   */
  static async open(operation: Operation, host: CliHost): Promise<Session> {
    const options = await clientOptions(operation, host);
    const format = await readFormat(operation.writeOut, host);
    return new Session(operation, options, await openCookies(operation, host), format, host);
  }

  /**
   * The client, made for the first transfer; the files of the session are opened with it.
   *
   * @param target The first target, for the title of an explanation.
   * @throws {CliError} `write`.
   * @throws {ClientError} when the options about TLS cannot be used.
   */
  async client(target: Target): Promise<HostClient> {
    if (this.#client !== undefined) return this.#client;
    const operation = this.#operation;
    if (operation.insecure && operation.talk !== "silent") say(this.#host.stderr, [INSECURE]);
    this.headLog ??= await openHeadLog(operation, this.#host);
    this.#keyLog ??= await openKeyLog(operation, this.#options, this.#host);
    this.#har ??= await recordHar(operation, this.#host);
    const options = {
      ...this.#options,
      ...(this.#keyLog && { keyLog: this.#keyLog.keyLog }),
      ...(this.#har && { on: this.#har.on }),
    };
    this.#explaining ??= await explainConnections(operation, options, target, this.#host);
    return this.#client = this.#host.makeClient(
      this.#explaining?.options ?? await limitVersions(operation, options),
    );
  }

  /**
   * Writes the explanations of new connections.
   *
   * @throws {CliError} `write`.
   */
  async explain(): Promise<void> {
    await this.#explaining?.write();
  }

  /**
   * Writes the cookies of `--cookie-jar` and the recording of `--har`.
   *
   * @throws {CliError} `write`.
   */
  async save(): Promise<void> {
    await this.#har?.write();
    await this.cookies?.save();
  }

  /** Closes the connections and the files. */
  close(): void {
    this.#client?.close();
    this.#keyLog?.close();
    this.headLog?.close();
  }
}

const INSECURE =
  "* WARNING: --insecure: no certificate is verified; an attacker in between can read and change everything";
