/**
 * Tunnels: the bytes of a connection or a stream, once HTTP has opened it for another protocol.
 *
 * @module
 */

import type { HttpVersion, IncomingResponse } from "../http/message.ts";
import { closeQuietly, closeWriting, type Duplex } from "../io/duplex.ts";
import type { ConnectionInfo } from "./connection_info.ts";
import { ClientError } from "./error/client_error.ts";
import { toClientError } from "./error/failure.ts";
import { connectionInfo, type ExchangeResult } from "./exchange.ts";
import { toHeaders } from "./request/headers.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";

/**
 * A tunnel, as `Client.upgrade` and `Client.connect` return it: a {@linkcode Duplex} whose bytes are not HTTP, and the
 * facts of the response that opened it. Bytes that came behind the head are read first.
 *
 * The caller owns it, and closes it. Over HTTP/2 it is one stream: `closeWrite` sends END_STREAM; `close` resets the
 * stream unless both ends have ended it, so end writing and read to the end first where nothing may be lost.
 */
export class Tunnel implements Duplex {
  /** The status of the response: 101, or 200 to 299. */
  readonly status: number;
  /** The protocol that the connection or stream was switched to; `undefined` after a plain CONNECT. */
  readonly protocol: string | undefined;
  /** The version of HTTP that opened it. */
  readonly httpVersion: HttpVersion;
  /** The fields of the response. */
  readonly headers: Headers;
  /** Called at each `close`, also at that of the client. */
  onClose: (() => void) | undefined;
  readonly #result: ExchangeResult;
  readonly #io: Duplex;
  readonly #host: string;
  readonly #onClose: (tunnel: Tunnel) => void;

  /**
   * Makes a tunnel; `Client` calls this.
   *
   * @param request The request that opened it.
   * @param result Its response.
   * @param io The bytes.
   * @param onClose Called at each `close`.
   */
  constructor(
    request: PreparedRequest,
    result: ExchangeResult,
    io: Duplex,
    onClose: (tunnel: Tunnel) => void,
  ) {
    const { status, version, fields } = result.incoming;
    this.status = status;
    this.protocol = request.upgrade;
    this.httpVersion = version;
    this.headers = toHeaders(fields);
    this.#result = result;
    this.#io = io;
    this.#host = request.target.authority;
    this.#onClose = onClose;
  }

  /** The facts about the connection. */
  get connection(): ConnectionInfo {
    return connectionInfo(this.#result);
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns The number of bytes read, at least 1, or `null` once the peer has ended its direction.
   * @throws {ClientError} (as a rejection) The connection or stream ended otherwise.
   */
  read(into: Uint8Array): Promise<number | null> {
    return this.#io.read(into).catch(this.#fail);
  }

  /**
   * Writes some of `bytes`.
   *
   * @returns The number of bytes taken.
   * @throws {ClientError} (as a rejection) The peer takes no more.
   */
  write(bytes: Uint8Array): Promise<number> {
    return this.#io.write(bytes).catch(this.#fail);
  }

  /**
   * Ends the writing direction; reading goes on.
   *
   * @throws {TypeError} (as a rejection) The transport cannot end one direction.
   */
  closeWrite(): Promise<void> {
    return closeWriting(this.#io).catch(this.#fail);
  }

  /** Closes both directions; a pending read or write rejects. Closing again does nothing. */
  close(): void {
    closeQuietly(this.#io);
    this.#onClose(this);
    this.onClose?.();
  }

  /** The same as {@linkcode close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Lets a pending operation keep the process alive, if the transport can. */
  ref(): void {
    this.#io.ref?.();
  }

  /** Lets the process end although an operation is pending, if the transport can. */
  unref(): void {
    this.#io.unref?.();
  }

  readonly #fail = (error: unknown): never => {
    throw toClientError(error, this.#host);
  };
}

/**
 * The transport of a response that opened a tunnel.
 *
 * @throws {ClientError} `tunnel_refused`: it is an ordinary response, which the caller has to drain. `protocol_error`.
 */
export function tunnelOf(request: PreparedRequest, incoming: IncomingResponse): Duplex {
  const { upgraded, version } = incoming;
  if (upgraded === undefined) throw refused(request, incoming);
  if (version === "HTTP/1.0" && request.upgrade !== undefined) {
    closeQuietly(upgraded);
    // "A server that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that Upgrade field." (RFC 9110 §7.8)
    throw new ClientError(
      "protocol_error",
      `Cannot switch protocols with "${request.target.authority}": it speaks HTTP/1.0, which has no Upgrade`,
    );
  }
  return upgraded;
}

function refused(
  { upgrade, target, host }: PreparedRequest,
  { status, fields }: IncomingResponse,
): ClientError {
  const what = upgrade === undefined ? `open a tunnel to "${host}"` : `switch to "${upgrade}"`;
  const hint = HINTS[status] ?? (status < 300 && upgrade !== undefined ? HINTS[200] : undefined);
  return new ClientError(
    "tunnel_refused",
    `Cannot ${what} with "${target.authority}": it answered with status ${status}`,
    { status, headers: toHeaders(fields), ...(hint !== undefined && { hint }) },
  );
}

const HINTS: Readonly<Record<number, string>> = {
  200: "The server took it for an ordinary request: check the path, and that it speaks the protocol.",
  401: "The server wants credentials: see headers.",
  407: "The proxy wants credentials, or refused those that were given: see proxy-authorization.",
  426: "The server wants another protocol: its upgrade field names it.",
};
