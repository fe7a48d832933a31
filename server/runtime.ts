/**
 * The server's one door to the runtime: listeners, their addresses, and timers.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";

/** Lets the process end although the timer is set. */
export function unrefTimer(timer: ReturnType<typeof setTimeout>): void {
  if (IS_DENO) Deno.unrefTimer(timer);
  else unrefObject(timer);
}

const IS_DENO = "Deno" in globalThis;

/** Timers are objects in Node and Bun, and numbers, which keep nothing alive, in browsers. */
function unrefObject(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}

/** A function in the place of `Deno.upgradeWebSocket`. */
export type UpgradeWebSocket = (
  request: Request,
  options?: { readonly protocol?: string; readonly idleTimeout?: number },
) => { readonly response: Response; readonly socket: object };

/** Replaces `Deno.upgradeWebSocket`, for all of the process. */
export function replaceUpgradeWebSocket(replace: (original: UpgradeWebSocket) => UpgradeWebSocket): void {
  if (!IS_DENO) throw new TypeError("Cannot serve: this runtime has no Deno.upgradeWebSocket to patch");
  const runtime = Deno as { upgradeWebSocket: UpgradeWebSocket }; // an accessor with a setter
  runtime.upgradeWebSocket = replace(runtime.upgradeWebSocket);
}

/** The address of one end of a TCP connection. */
export interface ServeNetAddress {
  /** `tcp`. */
  readonly transport: "tcp";
  /** The IP address, or the name that was listened on. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** The address of one end of a Unix socket. */
export interface ServeUnixAddress {
  /** `unix`. */
  readonly transport: "unix";
  /** The path. */
  readonly path: string;
}

/** The address of one end of a connection, as the runtime's sockets have it. */
export type ServeAddress = ServeNetAddress | ServeUnixAddress;

/** The addresses of a duplex that is a socket; `undefined` for any other. */
export function addressesOf(
  io: Duplex,
): { readonly local: ServeAddress | undefined; readonly remote: ServeAddress | undefined } {
  const { localAddr, remoteAddr } = io as Partial<Deno.Conn>; // absent on other duplexes
  return { local: socketAddress(localAddr), remote: socketAddress(remoteAddr) };
}

/** The address of a socket of the runtime; `undefined` for one of a transport that is not served. */
export function socketAddress(address: Deno.Addr | undefined): ServeAddress | undefined {
  switch (address?.transport) {
    case "tcp": {
      const { hostname, port } = address;
      return { transport: "tcp", hostname, port };
    }
    case "unix":
      return { transport: "unix", path: address.path };
    case "udp":
    case "unixpacket":
    case "vsock":
    case undefined:
      return undefined;
  }
}

/** Where to listen. */
export interface ListenOptions {
  /** The port. */
  readonly port: number;
  /** The address. */
  readonly hostname: string;
  /** The Unix socket, in place of both. */
  readonly path: string | undefined;
  /** Whether other listeners may share the port. */
  readonly reusePort: boolean | undefined;
  /** Connections that may wait to be accepted. */
  readonly tcpBacklog: number | undefined;
  /** The certificate chain and private key (PEM) for Deno's TLS; `undefined`: connections are plain. */
  readonly tls:
    | { readonly cert: string; readonly key: string; readonly alpnProtocols: readonly string[] }
    | undefined;
}

/** A listener of the runtime. */
export interface ServeListener {
  /** The address. */
  readonly addr: Deno.Addr;
  /** Waits for a connection. */
  accept(): Promise<Duplex>;
  /** Accepts no more. */
  close(): void;
  /** Lets the listener keep the process alive. */
  ref(): void;
  /** Lets the process end although the listener waits. */
  unref(): void;
}

/**
 * Listens for connections, plain or by Deno's TLS.
 *
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable | Error} What the runtime throws.
 * @throws {TypeError} Where the runtime is not Deno.
 */
export function listen({ port, hostname, path, reusePort, tcpBacklog, tls }: ListenOptions): ServeListener {
  if (!IS_DENO) throw new TypeError("Cannot serve: this runtime has no Deno.listen; use serveConnection");
  if (path !== undefined) return Deno.listen({ transport: "unix", path });
  const options = {
    port,
    hostname,
    ...(reusePort !== undefined && { reusePort }),
    ...(tcpBacklog !== undefined && { tcpBacklog }),
  };
  if (tls === undefined) return Deno.listen(options);
  return Deno.listenTls({ ...options, cert: tls.cert, key: tls.key, alpnProtocols: [...tls.alpnProtocols] });
}

/** Whether `accept` rejected because the listener was closed, and not for want of resources. */
export function isClosedListener(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** Switches Nagle's delay off, where the connection lets it be switched off. */
export function setNoDelay(io: Duplex): void {
  try {
    (io as Partial<Deno.TcpConn>).setNoDelay?.(true); // Unix sockets and Deno's TLS have no such method
  } catch {
    // The connection is closed already, as reading will show.
  }
}

/**
 * Waits for the handshake of Deno's TLS.
 *
 * @returns The protocol that ALPN chose, or `null`.
 * @throws What the runtime rejects with.
 */
export async function shakeHands(io: Duplex): Promise<string | null> {
  return (await (io as Deno.TlsConn).handshake()).alpnProtocol; // a TLS listener accepts no others
}
