/**
 * The machines that the contract of `Machine` is tested on, each in both roles: how to make one, and what a peer sends it.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { CLIENT_PREFACE } from "../../http2/protocol.ts";
import type { Machine } from "../../io/machine.ts";
import { ClientConfig } from "../../tls/config/client_config.ts";
import { ServerConfig } from "../../tls/config/server_config.ts";
import { ClientConnection } from "../../tls/connection/client_connection.ts";
import type { Connection } from "../../tls/connection/connection.ts";
import { ServerConnection } from "../../tls/connection/server_connection.ts";
import { WebSocketConnection } from "../../websocket/connection.ts";
import { frame } from "../websocket/raw_frames.ts";
import { data, headers, ping, response, settings } from "../http2/raw_frames.ts";
import { nullProvider } from "../support/null_provider.ts";
import { advance, endOf, talk } from "../tls/connection/connection_pair.ts";
import { certificateOf } from "../tls/x509/certificate_parts.ts";

/** One machine in one role. */
export interface MachineRow {
  readonly name: string;
  /** Makes a machine on which nothing has been said. Each is like the one before, its random numbers included. */
  readonly fresh: () => Machine<unknown>;
  /** Makes a machine to which {@linkcode wire} may be sent. */
  readonly begun: () => Machine<unknown> | Promise<Machine<unknown>>;
  /** Bytes of a sound peer. They amount to events, data among them; no part of them does to all of these. */
  readonly wire: Uint8Array;
  /** Bytes of a peer that breaks a rule after some events. */
  readonly broken: Uint8Array;
}

/** Two rows for each machine. */
export async function machineRows(): Promise<readonly MachineRow[]> {
  return [...HTTP1, ...HTTP2, ...WEBSOCKET, ...await tlsRows()];
}

const HTTP1: readonly MachineRow[] = [
  {
    name: "HTTP/1.1 client",
    fresh: () => new Http1Connection("client"),
    begun: () => {
      const client = new Http1Connection("client");
      client.sendRequest({ method: "GET", target: "/", authority: "example.com", fields: [] });
      client.sendEnd();
      return client;
    },
    wire: ascii(
      "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" +
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nx-sum: 1\r\n\r\n",
    ),
    broken: ascii("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n"),
  },
  {
    name: "HTTP/1.1 server",
    fresh: () => new Http1Connection("server"),
    begun: () => new Http1Connection("server"),
    wire: ascii("POST /a HTTP/1.1\r\nhost: example.com\r\ncontent-length: 11\r\n\r\nhello world"),
    broken: ascii("POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n"),
  },
];

const REQUEST: readonly Field[] = [
  [":method", "POST"],
  [":scheme", "https"],
  [":authority", "example.com"],
  [":path", "/"],
];

/** The content of a stream of HTTP/2, and its trailers. */
const REST = [data(1, "hello"), data(1, " world"), headers(1, [["x-sum", "1"]], true)];

/** "If a DATA frame is received whose Stream Identifier field is 0x00, [...]" (RFC 9113 §6.1) */
const DATA_WITHOUT_STREAM = data(0, "x");

const HTTP2: readonly MachineRow[] = [
  {
    name: "HTTP/2 client",
    fresh: () => new Http2Connection("client"),
    begun: () => {
      const client = new Http2Connection("client");
      client.sendRequest({ method: "GET", scheme: "https", authority: "example.com", path: "/" }, [], true);
      return client;
    },
    wire: concat([settings(), response(1, "103"), response(1), ...REST, ping()]),
    broken: concat([settings(), response(1), data(1, "hello"), DATA_WITHOUT_STREAM]),
  },
  {
    name: "HTTP/2 server",
    fresh: () => new Http2Connection("server"),
    begun: () => new Http2Connection("server"),
    wire: concat([CLIENT_PREFACE, settings(), headers(1, REQUEST), ...REST, ping()]),
    broken: concat([CLIENT_PREFACE, settings(), headers(1, REQUEST), data(1, "hello"), DATA_WITHOUT_STREAM]),
  },
];

/** Messages, whole and in fragments, with control frames between, as a client or a server sends them. */
function webSocketRow(role: "client" | "server"): MachineRow {
  const fresh = () => new WebSocketConnection(role, { getRandomValues: (into) => void into.fill(1) });
  const key = role === "server" ? { key: [1, 2, 3, 4] } : {};
  const messages = [
    frame({ payload: "hello", ...key }),
    frame({ first: 0x01, payload: "wor", ...key }),
    frame({ first: 0x89, payload: "ping", ...key }),
    frame({ first: 0x80, payload: "ld", ...key }),
  ];
  return {
    name: `WebSocket ${role}`,
    fresh,
    begun: fresh,
    wire: concat([...messages, frame({ first: 0x88, payload: Uint8Array.of(0x03, 0xe8), ...key })]),
    broken: concat([...messages, Uint8Array.of(0x83)]),
  };
}

const WEBSOCKET: readonly MachineRow[] = [webSocketRow("client"), webSocketRow("server")];

/** Records a conversation of two ends, and has each of them hear again what the other said. */
async function tlsRows(): Promise<readonly MachineRow[]> {
  const key = await nullProvider().loadPrivateKey(new Uint8Array());
  const now = () => new Date("2026-01-01T00:00:00Z");
  const newClient = () =>
    new ClientConnection(
      new ClientConfig({ crypto: nullProvider({ seed: 1 }), now, verifier: () => {} }),
      "example.com",
    );
  const newServer = () =>
    new ServerConnection(
      new ServerConfig({
        crypto: nullProvider({ seed: 2 }),
        now,
        identity: { chain: [certificateOf()], key },
      }),
    );
  const client = endOf(newClient());
  const server = endOf(newServer());
  const heard = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
  const record = (bytes: Uint8Array, from: "client" | "server"): Iterable<Uint8Array> => {
    heard[from === "client" ? "server" : "client"].push(bytes.slice());
    return [bytes];
  };
  await talk(client, server, record);
  for (const text of ["hello", " world"]) {
    await client.connection.send(ascii(text));
    await server.connection.send(ascii(text));
    await talk(client, server, record);
  }
  const sound = { client: concat(heard.client), server: concat(heard.server) };
  await client.connection.sendCloseNotify();
  await server.connection.sendCloseNotify();
  await talk(client, server, record);
  const row = (name: "client" | "server", fresh: () => Connection): MachineRow => ({
    name: `TLS ${name}`,
    fresh,
    begun: async () => {
      const end = endOf(fresh());
      await advance(end); // the client's first message
      return end.connection;
    },
    wire: concat(heard[name]),
    broken: concat([sound[name], FORGED_RECORD]),
  });
  return [row("client", newClient), row("server", newServer)];
}

/** A record of application data (RFC 9846 §5.2) under no key at all. */
const FORGED_RECORD = Uint8Array.of(23, 3, 3, 0, 32, ...new Uint8Array(32));

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
