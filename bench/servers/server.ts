/**
 * The server that all contestants meet: one process, so that no contestant gets a better one.
 *
 * It answers, over TLS with a certificate that was minted for this run:
 *
 * | request | answer |
 * |---|---|
 * | `GET /small` | 1 KiB of text |
 * | `GET /bulk` | the bulk, {@linkcode ServerOptions.bulkLength} bytes |
 * | `GET /short` | the beginning of the bulk, for those who would take minutes for all of it |
 * | `GET /zeros` | {@linkcode ServerOptions.zerosLength} zeros |
 * | `PUT /store/NAME` | keeps the body in a file, so that it can be compared |
 * | `PUT /sink` | takes the whole body, drops it, then answers with the length that it saw |
 *
 * @module
 */

/** A protocol, by its ALPN name. */
export type Protocol = "http/1.1" | "h2";

/** A running server. */
export interface Server extends AsyncDisposable {
  /** The program and its version. */
  readonly name: string;
  /** The authority that signed its certificate, PEM. */
  readonly caCert: string;
  /** A file with the same. */
  readonly caFile: string;
  /** The length of the bulk. */
  readonly bulkLength: number;
  /** The number of zeros. */
  readonly zerosLength: number;
  /** The origin for this protocol, without a slash at the end. */
  origin(protocol: Protocol): string;
  /** The origin that speaks TLS 1.1 with an RSA certificate, if there is one, and the authority of that, PEM. */
  readonly oldTls?: { readonly origin: string; readonly caCert: string };
  /** Connections accepted so far, those for this question left out; `undefined` where it does not count. */
  accepted(): Promise<number | undefined>;
  /** The file in which it kept what was sent to `/store/NAME`. */
  storedFile(name: string): string;
  /** Ends the process and removes its folder without waiting, for a process that is being ended itself. */
  abandon(): void;
}

/** Options of `startServer`. */
export interface ServerOptions {
  /** Which program. Default: nginx where it is installed, otherwise `Deno.serve`. */
  readonly program?: "nginx" | "deno";
  /** The length of the bulk. */
  readonly bulkLength: number;
  /** The number of zeros. */
  readonly zerosLength: number;
}
