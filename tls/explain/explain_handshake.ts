/**
 * The explanation of a handshake: what both ends said, field by field, and what was decided because of it.
 *
 * While the connection lives, a recorder keeps what the machine tells. The code that reads it, which is ten times as
 * long, is loaded when the explanation is asked for.
 *
 * @module
 */

import { ClientConnection } from "../connection/client_connection.ts";
import { Connection } from "../connection/connection.ts";
import { ConnectionRecorder } from "./connection_recorder.ts";
import type { ExplainedStep } from "./explained_step.ts";

/** Options of an explanation. */
export interface ExplainOptions {
  /** Whether secrets are shown where the config has a `keyLog`; without one they never are. Default: true. */
  readonly secrets?: boolean;
}

/**
 * Explains a connection from its first byte on, also one whose handshake fails.
 *
 * It must be called before the handshake begins: in the option `configure` of connectors and acceptors, or before the
 * first call of a machine's `next()`. Secrets are shown only where the config has a `keyLog`; private keys and
 * application data never are. At most 512 KiB of messages are kept; a step at the end says what was left out.
 *
 * @param connection The machine of either role.
 * @param options Options of the explanation.
 * @returns The explanation, which grows with the connection.
 * @throws {TypeError} when the connection has begun, or is explained already; for what is no machine, such as a stream.
 *
 * @example A handshake as text
 * ```ts
 * import { explainHandshake, type HandshakeExplanation, TlsConnector } from "@ductile/ductile/tls";
 * import { assertStringIncludes } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answering = listener.accept().then(async (io) => {
 *   await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
 *   return io;
 * });
 *
 * let explanation: HandshakeExplanation | undefined;
 * const connector = new TlsConnector({ verifier: () => {} });
 * const io = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * await connector.connect("localhost", io, {
 *   configure: (connection) => explanation = explainHandshake(connection),
 * }).catch(() => {}); // the port does not speak TLS
 * assertStringIncludes(await explanation?.text() ?? "", "ClientHello");
 * (await answering).close();
 * ```
 */
export function explainHandshake(
  connection: Connection,
  { secrets = true }: ExplainOptions = {},
): HandshakeExplanation {
  if (!(connection instanceof Connection)) {
    throw new TypeError("Cannot explain the connection: pass its machine, which configure() is called with");
  }
  const role = connection instanceof ClientConnection ? "client" : "server";
  const recorder = new ConnectionRecorder(role, secrets);
  connection.listen(recorder);
  return new HandshakeExplanation(recorder);
}

/** The explanation of one connection; {@linkcode explainHandshake} makes it. */
export class HandshakeExplanation {
  readonly #recorder: ConnectionRecorder;

  /** Wraps a recorder. @internal */
  constructor(recorder: ConnectionRecorder) {
    this.#recorder = recorder;
  }

  /** The steps so far, as data. */
  async steps(): Promise<readonly ExplainedStep[]> {
    const { explainedSteps } = await import("./explained_steps.ts");
    return explainedSteps(this.#recorder);
  }

  /** The steps so far, as text of visible characters, each line with its line feed. */
  async text(): Promise<string> {
    const { textOfSteps } = await import("./text_page.ts");
    return textOfSteps(await this.steps());
  }

  /**
   * The steps so far, as an HTML page that needs no script and no network.
   *
   * @param title Title of the page. Default: `TLS handshake`.
   * @param others Explanations of other connections, for the same page. Default: none.
   */
  async html(title?: string, others: readonly HandshakeExplanation[] = []): Promise<string> {
    const { htmlPage } = await import("./html_page.ts");
    return htmlPage(await Promise.all([this, ...others].map((each) => each.steps())), title);
  }
}
