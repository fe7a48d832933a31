/**
 * A client that sends early data and a server that takes it, which have met once: the client has tickets.
 *
 * @module
 */

import { STORED_NAME_LENGTH } from "../../../tls/handshake/server/found_session.ts";
import { concat } from "@std/bytes/concat";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import {
  decodeSession,
  encodeSession,
  type ServerSession,
} from "../../../tls/handshake/server/server_session.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import {
  type Conversation,
  type ConversationOptions,
  converse,
  type Outcome,
} from "../handshake/conversation.ts";
import { encode, PROVIDERS, roots, SERVER_IDENTITY } from "../tls_pair.ts";

/** Options of both ends. */
export interface EarlyOptions {
  readonly client?: ClientConfigOptions;
  readonly server?: Partial<ServerConfigOptions>;
  /** Server of the second connection, where it is another one. */
  readonly secondServer?: Partial<ServerConfigOptions>;
  /** Milliseconds that pass between the connections by the server's clock alone. */
  readonly serverTime?: number;
  /** Milliseconds that pass between the connections by the client's clock alone. */
  readonly clientTime?: number;
  /** ALPN of the second connection. */
  readonly alpnProtocols?: readonly string[];
}

/** Early data that a server of these tests allows. */
export const MOST = 1000;

/** The second connection's two ends; nothing was sent yet. */
export async function earlyPair(options: EarlyOptions = {}): Promise<[ClientConnection, ServerConnection]> {
  const [client, server] = await earlyEnds(options);
  return [client, server];
}

/** The two ends, and the server's config, for more connections. */
export async function earlyEnds(
  options: EarlyOptions = {},
): Promise<[ClientConnection, ServerConnection, ServerConfig]> {
  const [crypto] = PROVIDERS;
  let [serverTime, clientTime] = [0, 0];
  const client = new ClientConfig({
    roots: roots(),
    crypto,
    enableEarlyData: true,
    now: () => new Date(Date.now() + clientTime),
    ...options.client,
  });
  const serverOptions: ServerConfigOptions = {
    identity: SERVER_IDENTITY,
    crypto,
    maxEarlyDataSize: MOST,
    now: () => new Date(Date.now() + serverTime),
    ...options.server,
  };
  const server = new ServerConfig(serverOptions);
  const first = await converse(new ClientConnection(client, "localhost"), new ServerConnection(server));
  if (first.client.error !== undefined) throw first.client.error;
  ({ serverTime = 0, clientTime = 0 } = options);
  const sessions = server.sessions === false ? {} : { sessions: server.sessions };
  const second = options.secondServer === undefined
    ? server
    : new ServerConfig({ ...serverOptions, ...sessions, ...options.secondServer });
  const { alpnProtocols } = options;
  return [
    new ClientConnection(client, "localhost", alpnProtocols && { alpnProtocols }),
    new ServerConnection(second),
    second,
  ];
}

/** Sends early data behind the ClientHello. @returns Bytes that were taken. */
export async function sendEarly(client: ClientConnection, text: string): Promise<number> {
  await client.next();
  return await client.sendEarlyData(encode(text));
}

/** The early data of both ends' conversation, and the other data, as text. */
export interface Told {
  readonly early: string;
  readonly late: string;
}

/** The data that an end was told of. */
export function told({ events }: Outcome): Told {
  const text = (type: "early_data" | "data") =>
    new TextDecoder().decode(concat(events.flatMap((event) => event.type === type ? [event.data] : [])));
  return { early: text("early_data"), late: text("data") };
}

/** Sends early data and lets both ends talk. */
export async function talkEarly(
  [client, server]: [ClientConnection, ServerConnection],
  text: string,
  options: ConversationOptions = {},
): Promise<Conversation> {
  await sendEarly(client, text);
  return await converse(client, server, options);
}

/** A store whose sessions are changed when they are taken: the server then takes them for what they are not. */
export function changing(change: (session: ServerSession) => ServerSession): ServerSessionStore {
  const sessions = memoryServerSessions();
  return {
    put: (id, session, expires) => sessions.put(id, session, expires),
    async take(id) {
      const bytes = await sessions.take(id);
      // Its name stands in front of it.
      const session = bytes && decodeSession(bytes.subarray(STORED_NAME_LENGTH));
      return session && concat([bytes.subarray(0, STORED_NAME_LENGTH), encodeSession(change(session))]);
    },
  };
}
