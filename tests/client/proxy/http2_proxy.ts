/**
 * A proxy that speaks HTTP/2 under TLS: a server machine, and a script that says what it does at each event.
 *
 * @module
 */

import { Client, type ClientOptions } from "../../../mod.ts";
import type { Http2Event, Http2RequestEvent } from "../../../http2/events.ts";
import { Http2Connection } from "../../../http2/connection.ts";
import type { Http2ConnectionOptions } from "../../../http2/options.ts";
import { writeAll } from "../../../io/duplex.ts";
import type { Minted } from "../../support/certificates.ts";
import { type Listening, serveConnections } from "../../support/listening.ts";

/** One connection to the proxy. */
export interface ProxyConnection {
  /** Which it is, from 0. */
  readonly index: number;
  /** The machine. What it is told to send in a script is written after it. */
  readonly machine: Http2Connection;
  /** Writes what the machine has to say, outside of a script. */
  flush(): Promise<void>;
  /** Writes bytes past the machine. */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends the connection. */
  close(): void;
}

/** What the proxy does at an event. */
export type Script = (event: Http2Event, connection: ProxyConnection) => void;

/** A proxy that runs. */
export interface Http2Proxy extends Listening {
  /** Its connections so far. */
  readonly connections: readonly ProxyConnection[];
  /** The requests that it got so far. */
  readonly requests: readonly Http2RequestEvent[];
}

/** Starts a proxy on loopback. */
export function startHttp2Proxy(
  { chainPem, keyPem }: Minted,
  script: Script = opening(),
  options: Http2ConnectionOptions & { readonly alpnProtocols?: string[] } = {},
): Http2Proxy {
  const { alpnProtocols = ["h2"] } = options;
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: chainPem,
    key: keyPem,
    alpnProtocols,
  });
  const connections: ProxyConnection[] = [];
  const requests: Http2RequestEvent[] = [];
  const listening = serveConnections(listener, async (conn) => {
    const machine = new Http2Connection("server", options);
    const closing = Promise.withResolvers<null>();
    let writing = Promise.resolve();
    const send = (bytes: Uint8Array): Promise<void> =>
      writing = writing.then(() => writeAll(conn, bytes)).catch(() => {});
    const connection: ProxyConnection = {
      index: connections.length,
      machine,
      send,
      flush: () => send(machine.output()?.slice() ?? new Uint8Array()),
      close: () => closing.resolve(null),
    };
    connections.push(connection);
    await connection.flush();
    const into = new Uint8Array(65_536);
    const read = (): Promise<number | null> => Promise.race([conn.read(into), closing.promise]);
    for (let count = await read(); count !== null; count = await read()) {
      machine.receive(into.subarray(0, count));
      for (let event = machine.next(); event !== undefined; event = machine.next()) {
        if (event.type === "request") requests.push(event);
        script(event, connection);
      }
      await connection.flush();
    }
  });
  return {
    connections,
    requests,
    get port() {
      return listening.port;
    },
    get accepted() {
      return listening.accepted;
    },
    get open() {
      return listening.open;
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

/** Opens each tunnel with these fields, and plays an origin of HTTP/1.1 at its end. */
export function opening(
  fields: readonly (readonly [string, string])[] = [],
  answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
  status = 200,
): Script {
  const heads = new Map<string, string>();
  return (event, { index, machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, status, fields, false);
    if (event.type !== "data") return;
    machine.consume(event.streamId, event.data.length);
    const key = `${index}/${event.streamId}`;
    const head = (heads.get(key) ?? "") + new TextDecoder().decode(event.data);
    heads.set(key, head.endsWith("\r\n\r\n") ? "" : head);
    if (head.endsWith("\r\n\r\n")) {
      machine.sendData(event.streamId, new TextEncoder().encode(answer), false);
    }
  };
}

/** A client whose `http:` requests, too, go through tunnels of the proxy. */
export function tunnellingClient(
  { port }: Pick<Http2Proxy, "port">,
  caCerts: string,
  options: ClientOptions = {},
  userinfo = "",
): Client {
  return new Client({
    proxy: {
      url: `https://${userinfo}localhost:${port}`,
      tls: { caCerts },
      tunnel: true,
      headers: { "X-Session": "7" },
    },
    ...options,
  });
}
