/**
 * A handshake of two ends in memory, both explained.
 *
 * @module
 */

import { TlsAcceptor } from "../../../tls/acceptor.ts";
import { TlsConnector } from "../../../tls/connector.ts";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { explainHandshake, type HandshakeExplanation } from "../../../tls/explain/explain_handshake.ts";
import type { ExplainedMessage, ExplainedStep } from "../../../tls/explain/explained_step.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { acceptor, connector, hangUp } from "../tls_pair.ts";

/** The two ends' explanations, and why each failed, if it did. */
export interface ExplainedPair {
  readonly client: HandshakeExplanation;
  readonly server: HandshakeExplanation;
  readonly failures: readonly unknown[];
}

/** How the two ends are made. */
export interface ExplainedPairOptions {
  readonly client?: ClientConfigOptions | TlsConnector;
  readonly server?: Partial<ServerConfigOptions> | TlsAcceptor;
  /** The name that the client asks for. Default: `localhost`. */
  readonly name?: string;
}

/** Shakes hands, sends three bytes each way, and hangs up. */
export async function explainedPair(options: ExplainedPairOptions = {}): Promise<ExplainedPair> {
  const [near, far] = memoryDuplexPair();
  const connecting = options.client instanceof TlsConnector ? options.client : connector(options.client);
  const accepting = options.server instanceof TlsAcceptor ? options.server : acceptor(options.server);
  const explanations: HandshakeExplanation[] = [];
  const [client, server] = await Promise.allSettled([
    connecting.connect(options.name ?? "localhost", near, {
      configure: (connection) => explanations[0] = explainHandshake(connection),
    }),
    accepting.accept(far, {
      configure: (connection) => explanations[1] = explainHandshake(connection),
    }),
  ]);
  if (client.status === "fulfilled" && server.status === "fulfilled") {
    await client.value.write(DATA);
    await server.value.read(new Uint8Array(8));
    await server.value.write(DATA);
    await client.value.read(new Uint8Array(8));
  }
  // A client of TLS 1.3 is done before the server has seen its certificate: a refusal comes with the next read.
  if (client.status === "fulfilled" && server.status === "rejected") {
    await client.value.read(new Uint8Array(8)).catch(() => {});
  }
  hangUp(near, far);
  const [first, second] = explanations;
  if (first === undefined || second === undefined) throw new Error("an end was not explained");
  const failures = [client, server].map((each) => each.status === "rejected" ? each.reason : undefined);
  return { client: first, server: second, failures };
}

const DATA = new TextEncoder().encode("abc");

/** The messages alone, as `client ClientHello`. */
export function messageNames(steps: readonly ExplainedStep[]): string[] {
  return messagesOf(steps).map(({ sender, name }) => `${sender} ${name}`);
}

/** The messages alone. */
export function messagesOf(steps: readonly ExplainedStep[]): ExplainedMessage[] {
  return steps.filter((step) => step.type === "message");
}

/** All decisions about a subject, in order. */
export function decisionsAbout(steps: readonly ExplainedStep[], about: string): string[] {
  return messagesOf(steps).flatMap(({ decisions }) =>
    decisions.filter((each) => each.about === about).map(({ decision, because }) => `${decision}. ${because}`)
  );
}

/** The value of a field of the first message with that name, by the names on the way to it. */
export function valueOf(
  steps: readonly ExplainedStep[],
  message: string,
  ...path: string[]
): string | undefined {
  let fields = messagesOf(steps).find(({ name }) => name === message)?.fields;
  let value: string | undefined;
  for (const name of path) {
    const field = fields?.find((each) =>
      each.name === name || (each.name === "" && each.value.startsWith(name))
    );
    value = field?.value;
    fields = field?.fields;
  }
  return value;
}
