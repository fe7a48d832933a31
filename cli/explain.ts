/**
 * `--explain`: what both ends of each TLS connection said, and what was decided because of it, on standard error or in
 * a file.
 *
 * @module
 */

import type { HandshakeExplanation, TlsConnector } from "../tls/mod.ts";
import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";
import { say } from "./print.ts";
import { printable } from "./text.ts";
import { tlsVersions } from "./trust.ts";
import { loadTlsConnector } from "../client/connect/tls_loader.ts";
import type { ClientOptions } from "../client/options.ts";
import type { Target } from "../client/request/target.ts";

/** The explanations of a command's connections. */
export interface Explaining {
  /** Options of the client, with a connector that explains in place of those about TLS. */
  readonly options: ClientOptions;
  /**
   * Writes the explanations; later calls write those of connections that were made since.
   *
   * @throws {CliError} `write`: the file cannot be written to.
   */
  write(): Promise<void>;
}

/**
 * Prepares the explanations that a command asks for.
 *
 * @param options Options of the client, as they are without explanations.
 * @param target The first target, for the title.
 * @throws {CliError} `write`: the file must not be written to.
 * @throws {ClientError} as the first connection would, when the roots or the identity cannot be used.
 */
export async function explainConnections(
  command: FetchOptions,
  options: ClientOptions,
  target: Target,
  host: CliHost,
): Promise<Explaining | undefined> {
  const { explain, keyLogFile } = command;
  if (explain === undefined) return undefined;
  if (explain !== "" && !await host.mayWrite(explain)) {
    throw new CliError(ExitCode.write, `Cannot write to "${explain}": the runtime does not allow it`, {
      hint: `Run with --allow-write=${explain}.`,
    });
  }
  const explanations: HandshakeExplanation[] = [];
  // A forgotten SSLKEYLOGFILE must not put secrets into a page that is passed on.
  const secrets = keyLogFile !== undefined;
  if (secrets) say(host.stderr, ["* WARNING: the explanation shows the secrets of the connection"]);
  const connector = await loadTlsConnector(options, tlsVersions(command));
  let written = 0;
  return {
    options: { ...withoutTrust(options), tls: await explainingConnector(connector, explanations, secrets) },
    async write() {
      if (written === explanations.length) return;
      // On standard error stands what came since; a file has all.
      const shown = explain === "" ? explanations.slice(written) : explanations;
      written = explanations.length;
      const title = `TLS handshake with ${target.authority}`;
      const text = explain !== "" && /\.html?$/i.test(explain)
        ? await pageOf(shown, title)
        : (await Promise.all(shown.map((each) => each.text()))).join("\n");
      if (explain === "") host.stderr.write(text);
      else await writeFile(explain, text, host);
    },
  };
}

/** A connector like the given one, whose connections are explained. */
async function explainingConnector(
  connector: TlsConnector,
  explanations: HandshakeExplanation[],
  secrets: boolean,
): Promise<TlsConnector> {
  const { explainHandshake } = await import("../tls/mod.ts");
  return {
    config: connector.config,
    connect: (serverName, io, options) =>
      connector.connect(serverName, io, {
        ...options,
        configure: (connection) => explanations.push(explainHandshake(connection, { secrets })),
      }),
    connectFallible: (serverName, io, options) => connector.connectFallible(serverName, io, options),
  };
}

/**
 * The options with a connector for the versions of TLS that a command allows.
 *
 * @throws {ClientError} as the first connection would, when the roots or the identity cannot be used.
 */
export async function limitVersions(command: FetchOptions, options: ClientOptions): Promise<ClientOptions> {
  const versions = tlsVersions(command);
  if (versions === undefined) return options;
  return { ...withoutTrust(options), tls: await loadTlsConnector(options, versions) };
}

/** The options without those that go into the connector. */
function withoutTrust(options: ClientOptions): ClientOptions {
  const { roots: _roots, caCerts: _caCerts, cert: _cert, key: _key, pins: _pins, ...rest } = options;
  const { keyLog: _keyLog, dangerAcceptInvalidCerts: _danger, ...others } = rest;
  return others;
}

async function pageOf(
  [first, ...others]: readonly HandshakeExplanation[],
  title: string,
): Promise<string> {
  return first === undefined ? "" : await first.html(title, others);
}

async function writeFile(path: string, text: string, host: CliHost): Promise<void> {
  try {
    const file = await host.openFile(path);
    try {
      await file.write(new TextEncoder().encode(text));
    } finally {
      file.close();
    }
  } catch (cause) {
    throw new CliError(ExitCode.write, `Cannot write to "${printable(path)}"`, { cause });
  }
}
