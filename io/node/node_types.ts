/**
 * Types of the parts of `node:net` and `node:tls` that are used, as Node documents them and Bun has them. With them no
 * type and no import of Node is needed.
 *
 * @module
 */

/** A `net.Socket`, or a `tls.TLSSocket`. */
export interface NodeNetSocket {
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close" | "connect" | "secureConnect", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeAllListeners(event: "data" | "end" | "close" | "connect" | "error"): unknown;
  pause(): unknown;
  resume(): unknown;
  unshift(chunk: Uint8Array): void;
  write(bytes: Uint8Array, callback: (error?: Error | null) => void): boolean;
  end(callback: () => void): unknown;
  destroy(): unknown;
  setNoDelay(isSet: boolean): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** Where a socket connects. */
export type NodeSocketTarget =
  /** A TCP port of one address. */
  | { readonly host: string; readonly port: number }
  /** A Unix socket. */
  | { readonly path: string };

/** The module `node:net`. */
export interface NodeNet {
  connect(
    options: NodeSocketTarget & {
      readonly allowHalfOpen: boolean;
      readonly noDelay: boolean;
      readonly autoSelectFamily: boolean;
    },
  ): NodeNetSocket;
}

/** A certificate, as `tls.TLSSocket` shows it. */
export interface NodePeerCertificate {
  readonly raw?: Uint8Array;
  readonly subject?: object;
  readonly subjectaltname?: string;
}

/** A `tls.TLSSocket`. */
export interface NodeTlsSocket extends NodeNetSocket {
  readonly alpnProtocol: string | false | null;
  getProtocol(): string | null;
  getCipher(): { readonly name?: string; readonly standardName?: string } | undefined;
  getPeerCertificate(): NodePeerCertificate | undefined;
  disableRenegotiation?(): void;
}

/** The options of `tls.connect` that are used. */
export interface NodeTlsConnectOptions {
  readonly socket: NodeNetSocket;
  readonly host: string;
  readonly servername?: string;
  readonly ALPNProtocols: string[];
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion: "TLSv1.2";
  readonly rejectUnauthorized: true;
  checkServerIdentity(host: string, certificate: NodePeerCertificate): Error | undefined;
}

/** The module `node:tls`. */
export interface NodeTlsModule {
  readonly rootCertificates: readonly string[];
  getCACertificates?(type: "default" | "system"): readonly string[];
  connect(options: NodeTlsConnectOptions): NodeTlsSocket;
  checkServerIdentity(host: string, certificate: NodePeerCertificate): Error | undefined;
}

/** The modules of Node that are taken from the runtime. */
interface NodeModules {
  readonly "node:net": NodeNet;
  readonly "node:tls": NodeTlsModule;
}

/**
 * A module that the runtime has built in; `undefined` where it has none of this name, as in browsers. Bundlers see no
 * import.
 */
export function builtinModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }; // each step is optional
  const found: unknown = process?.getBuiltinModule?.(name);
  return typeof found === "object" && found !== null && "connect" in found
    ? found as NodeModules[Name] // the documented module of this name
    : undefined;
}
