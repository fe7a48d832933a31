/**
 * The interface of every transport: an object that reads, writes and closes.
 *
 * The type is structural: `Deno.TcpConn`, `Deno.TlsConn` and `Deno.UnixConn` are duplexes, every stream of this package
 * is, and a test can write one in ten lines.
 *
 * @module
 */

/** A reliable, ordered, two-way stream of bytes; `Deno.Conn` has this shape. */
export interface Duplex {
  /**
   * Reads up to `into.length` bytes.
   *
   * @returns The number of bytes read, at least 1, or `null` at the end of the stream.
   */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Writes some of `bytes`.
   *
   * @returns The number of bytes taken, which may be fewer than were given.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes both directions at once; a pending read or write rejects. */
  close(): void;
  /** Ends the writing direction only, if the transport can. */
  closeWrite?(): Promise<void>;
  /** Lets a pending operation keep the process alive, if the transport can. */
  ref?(): void;
  /** Lets the process end although an operation is pending, if the transport can. */
  unref?(): void;
}

/**
 * Refuses a value of JavaScript that is not a duplex, such as a promise that was not awaited, or a pair of streams.
 *
 * @param task The verb of the message, such as `connect`.
 * @param what The name of the value in the message, such as `the transport`.
 * @throws {TypeError} If the value cannot read, write and close.
 */
export function requireDuplex(io: unknown, task: string, what: string): asserts io is Duplex {
  const given: Partial<Record<string, unknown>> = Object(io);
  const missing = ["read", "write", "close"].find((name) => typeof given[name] !== "function");
  if (missing === undefined) return;
  const hint = "then" in given
    ? "; await it"
    : "readable" in given && "writable" in given
    ? "; make one with duplexFromStreams()"
    : "";
  throw new TypeError(`Cannot ${task}: ${what} is no Duplex: it has no "${missing}"${hint}`);
}

/**
 * Writes all of `bytes`, in as many calls as the transport needs.
 *
 * @param io The transport.
 * @param bytes What to write.
 * @param onPartial Called when the transport has taken a part, and not all.
 */
export async function writeAll(io: Duplex, bytes: Uint8Array, onPartial?: () => void): Promise<void> {
  let written = await io.write(bytes);
  while (written < bytes.length) {
    onPartial?.();
    const count = await io.write(bytes.subarray(written));
    // Without this check, a transport that takes nothing would be called without end.
    if (count <= 0) throw new Error("Cannot write: the transport takes no bytes");
    written += count;
  }
}

/**
 * Ends the writing direction of a transport, for a duplex that wraps it.
 *
 * @throws {TypeError} (as a rejection) The transport cannot end one direction.
 */
export function closeWriting(io: Duplex): Promise<void> {
  if (io.closeWrite !== undefined) return io.closeWrite();
  return Promise.reject(new TypeError("Cannot end the writing direction: the transport has no closeWrite"));
}

/** Closes an object, and ignores its error: it may be closed already, or belong to another owner by now. */
export function closeQuietly(io: { close(): void }): void {
  try {
    io.close();
  } catch {
    // The object is closed already.
  }
}
