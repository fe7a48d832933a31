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

/** What a connection speaks, by its ALPN name. */
export type Protocol = "http/1.1" | "h2";

/** A running server. */
export interface Server extends AsyncDisposable {
  /** The program and its version. */
  readonly name: string;
  /** The authority that signed its certificate, PEM. */
  readonly caCert: string;
  /** A file with the same. */
  readonly caFile: string;
  /** How long the bulk is. */
  readonly bulkLength: number;
  /** How many zeros there are. */
  readonly zerosLength: number;
  /** Where it speaks this protocol, without a slash at the end. */
  origin(protocol: Protocol): string;
  /** Where it speaks TLS 1.1 with a certificate for RSA, if it does, and the authority for that one, PEM. */
  readonly oldTls?: { readonly origin: string; readonly caCert: string };
  /** How many connections it has accepted so far, those for this answer left out; nothing where it does not count. */
  accepted(): Promise<number | undefined>;
  /** The file in which it kept what was sent to `/store/NAME`. */
  storedFile(name: string): string;
  /** Ends the process and removes its folder without waiting, for one who is being ended himself. */
  abandon(): void;
}

/** What a server is to serve. */
export interface ServerOptions {
  /** Which program. Default: nginx where it is installed, otherwise `Deno.serve`. */
  readonly program?: "nginx" | "deno";
  /** How many bytes of bulk. */
  readonly bulkLength: number;
  /** How many zeros. */
  readonly zerosLength: number;
}
