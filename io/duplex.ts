/**
 * The one shape in which bytes travel: something that reads, writes and closes.
 *
 * It is structural on purpose. `Deno.TcpConn`, `Deno.TlsConn` and `Deno.UnixConn` already are duplexes, so
 * is every stream of this package, and a test can write one in ten lines.
 *
 * @module
 */

/** A reliable, ordered, two-way stream of bytes; `Deno.Conn` has this shape. */
export interface Duplex {
  /**
   * Reads up to `into.length` bytes.
   *
   * @returns How many bytes were read, at least 1, or `null` at the end of the stream.
   */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Writes some of `bytes`.
   *
   * @returns How many bytes were taken, which may be fewer than were given.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes both directions at once; a pending read or write rejects. */
  close(): void;
  /** Ends the writing direction only, where the transport can. */
  closeWrite?(): Promise<void>;
  /** Lets a pending operation keep the process alive, where the transport can. */
  ref?(): void;
  /** Lets the process end although an operation is pending, where the transport can. */
  unref?(): void;
}

/**
 * Refuses what is no duplex, as JavaScript may hand it in: a promise that was not awaited, a pair of streams.
 *
 * @param what What it came from: `the transport`.
 * @throws {TypeError} when it cannot read, write and close.
 */
export function requireDuplex(io: unknown, what: string): asserts io is Duplex {
  const given: Partial<Record<string, unknown>> = Object(io);
  const missing = ["read", "write", "close"].find((name) => typeof given[name] !== "function");
  if (missing === undefined) return;
  const hint = "then" in given
    ? "; await it"
    : "readable" in given && "writable" in given
    ? "; make one with duplexFromStreams()"
    : "";
  throw new TypeError(`Cannot connect: ${what} is no Duplex: it has no "${missing}"${hint}`);
}

/** Writes all of `bytes`, however many calls the transport needs for it. */
export async function writeAll(io: Duplex, bytes: Uint8Array): Promise<void> {
  let written = await io.write(bytes);
  while (written < bytes.length) {
    const count = await io.write(bytes.subarray(written));
    // A transport that takes nothing would be asked for ever.
    if (count <= 0) throw new Error("Cannot write: the transport takes no bytes");
    written += count;
  }
}

/** Closes what may be closed already, or handed over to somebody else: either way it is over. */
export function closeQuietly(io: { close(): void }): void {
  try {
    io.close();
  } catch {
    // That is what was wanted.
  }
}
