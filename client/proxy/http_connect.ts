/**
 * The tunnel through an HTTP proxy: CONNECT over HTTP/1.1 (RFC 9110 §9.3.6).
 *
 * "Any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch to tunnel mode
 * immediately after the response header section; data received after that header section is from the server identified
 * by the request target." Any other response is the proxy's word, never the origin's: nothing of it but its status goes on.
 *
 * @module
 */

import { Http1Client } from "../../http1/mod.ts";
import { closeQuietly, closeWriting, type Duplex } from "../../io/duplex.ts";
import type { Http1Options } from "../options.ts";
import { ProxyFailure } from "./proxy_failure.ts";
import type { ProxyHop } from "./proxy_hop.ts";

/**
 * Asks a proxy for a tunnel.
 *
 * @param io The connection to the proxy. When the call rejects, it is closed.
 * @param hop The proxy.
 * @param authority The host and port to connect to, an IPv6 address in brackets.
 * @param options Options of HTTP/1.1, with the limits of the response's head.
 * @returns The tunnel; `io` itself, unless bytes came behind the response's head.
 * @throws {ClientError} `proxy_auth_required`, `proxy_refused`, `proxy_closed`, `proxy_protocol` or `too_large`.
 */
export async function httpConnect(
  io: Duplex,
  hop: ProxyHop,
  authority: string,
  options: Http1Options,
): Promise<Duplex> {
  const failure = new ProxyFailure(hop.authority, authority);
  const watched = new Watched(io);
  const client = new Http1Client(watched, options);
  try {
    const response = await client.request({
      method: "CONNECT",
      scheme: "http",
      authority,
      target: authority,
      fields: hop.fields,
    });
    const { upgraded } = response;
    if (upgraded === watched) return io;
    if (upgraded !== undefined) return upgraded;
    throw failure.refusal(response, hop.fields.some(([name]) => name === "proxy-authorization"));
  } catch (error) {
    client.close();
    closeQuietly(io);
    throw failure.unanswered(error, watched.first);
  }
}

/** A connection that keeps the first bytes which it reads: they tell which protocol a peer speaks that speaks no HTTP. */
class Watched implements Duplex {
  readonly #io: Duplex;
  first = new Uint8Array();

  constructor(io: Duplex) {
    this.#io = io;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const count = await this.#io.read(into);
    if (this.first.length < FIRST_BYTES && count !== null) {
      this.first = Uint8Array.of(...this.first, ...into.subarray(0, Math.min(count, FIRST_BYTES)));
    }
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#io.write(bytes);
  }

  close(): void {
    this.#io.close();
  }

  closeWrite(): Promise<void> {
    return closeWriting(this.#io);
  }

  ref(): void {
    this.#io.ref?.();
  }

  unref(): void {
    this.#io.unref?.();
  }
}

/** Bytes that are kept. */
const FIRST_BYTES = 2;
