/**
 * The trace of a connection, as hooks are told of it.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { now as clock } from "../../io/timers.ts";
import { nextConnectionId } from "../connect/ready_transport.ts";
import type { TlsInfo } from "../connection_info.ts";
import { ClientError } from "../error/client_error.ts";
import type { ConnectHookEvent, HandshakeHookEvent, ResolvedHooks } from "../hooks/client_hooks.ts";
import type { ConnectTarget, ConnectTrace } from "../hooks/request_trace.ts";
import { addressesOf } from "../runtime.ts";
import { tell, timesOfNow, withHidden } from "./tell.ts";

/** The trace of one connection. */
export class ConnectionTrace implements ConnectTrace {
  /** The identifier of the connection. */
  readonly id: number = nextConnectionId();
  readonly #hooks: ResolvedHooks;
  readonly #requestId: number;
  readonly #target: ConnectTarget;
  readonly #proxies: readonly string[] | undefined;
  readonly #started = clock();
  /** When the handshake began; `undefined` until the transport stands. */
  #connected: number | undefined;
  #isSecured = false;

  /**
   * Starts the clock.
   *
   * @param hooks The hooks to tell.
   * @param requestId The identifier of the request that it is made for.
   * @param target The server.
   * @param proxies The proxies on the way.
   */
  constructor(
    hooks: ResolvedHooks,
    requestId: number,
    { scheme, hostname, port }: ConnectTarget,
    proxies: readonly string[] | undefined,
  ) {
    this.#hooks = hooks;
    this.#requestId = requestId;
    this.#target = { scheme, hostname, port };
    this.#proxies = proxies;
  }

  /** The transport stands. With `null` as duration, that is not known of it. */
  connected(socket: Duplex | undefined, duration: number | null = clock() - this.#started): void {
    if (this.#connected !== undefined) return;
    this.#connected = this.#started + (duration ?? 0);
    const { local, remote } = socket === undefined ? {} : addressesOf(socket);
    this.#tellConnect({
      ...(duration !== null && { duration }),
      ...(local && { localAddress: local }),
      ...(remote && { remoteAddress: remote }),
    });
  }

  /** The handshake was completed. */
  secured(tls: TlsInfo | undefined): void {
    this.#tellHandshake({}, tls);
  }

  /** The transport could not be made, or its handshake failed. */
  failed(error: unknown): void {
    // Where the runtime connects and shakes hands in one step, the failure alone tells which of them it was.
    if (this.#connected === undefined && isAboutTls(error)) this.connected(undefined, null);
    if (this.#connected !== undefined) this.#tellHandshake({ error }, undefined);
    else this.#tellConnect({ duration: clock() - this.#started, error });
  }

  /** The connection is closed. */
  closed(requests: number): void {
    tell(this.#hooks, "close", () => ({ type: "close", ...timesOfNow(), connectionId: this.id, requests }));
  }

  #tellConnect(outcome: Partial<ConnectHookEvent>): void {
    tell(this.#hooks, "connect", () => ({
      type: "connect",
      ...timesOfNow(),
      requestId: this.#requestId,
      connectionId: this.id,
      ...this.#target,
      ...(this.#proxies && { proxies: this.#proxies }),
      ...outcome,
    }));
  }

  #tellHandshake(outcome: { readonly error?: unknown }, tls: TlsInfo | undefined): void {
    if (this.#isSecured) return;
    this.#isSecured = true;
    tell(
      this.#hooks,
      "handshake",
      () =>
        withHidden<Omit<HandshakeHookEvent, "tls">, Pick<HandshakeHookEvent, "tls">>({
          type: "handshake",
          ...timesOfNow(),
          requestId: this.#requestId,
          connectionId: this.id,
          duration: clock() - (this.#connected ?? this.#started),
          ...outcome,
        }, { tls: () => tls }),
    );
  }
}

/** Whether a failure can only have happened in a handshake. */
function isAboutTls(error: unknown): boolean {
  return error instanceof ClientError &&
    (TLS_CODE.test(error.code) || error.code === "pin_mismatch");
}

const TLS_CODE = /^(?:handshake_|certificate_|client_certificate_)/;
