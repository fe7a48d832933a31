/**
 * Reads DER (ITU-T X.690 §10), strictly: one value has one encoding, and any other is refused.
 *
 * A {@linkcode DerReader} is a cursor that cannot read past its own end. Reading a constructed value returns another
 * reader over its content, on the same bytes: nothing is copied, and results are views. Nesting costs no stack, since
 * the reader enters only the values that the caller asks for. Tags are single bytes and lengths take at most four:
 * certificates, keys and revocation lists need no more.
 *
 * @module
 */

/** The tags that certificates use (X.680 §8.6), with the constructed bit where it is always set. */
export const DerTag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/**
 * Bytes are not the DER that was expected.
 *
 * No caller of the library sees it: readers of certificates and keys turn it into an error that says what could not be
 * read.
 */
export class DerError extends Error {
  /** `DerError`. */
  override readonly name = "DerError";
  /** The reason alone, to be put after another beginning. */
  readonly reason: string;

  /** Takes the reason, which says what is wrong, and where. */
  constructor(reason: string) {
    super(`Cannot read DER: ${reason}`);
    this.reason = reason;
  }
}

/** Octets of a length: 4 GiB are more than any value that is held in memory here. */
const MAX_LENGTH_OCTETS = 4;

/**
 * Octets of an object identifier: those of X.509 have 3 to 12, one made from a UUID (X.667) has 20. The value of an arc
 * takes time quadratic in its length.
 */
const MAX_OID_OCTETS = 128;

/**
 * A cursor over DER. Every method throws {@linkcode DerError} on bytes that are not as expected, and no other error.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Reads `bytes` from `start` up to, not including, `end`; by default all of them. */
  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** The number of bytes that have not been read. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** The tag that comes next, or `undefined` at the end. */
  peekTag(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  /** Reads a value with this tag. @returns A reader over its content. */
  read(tag: number): DerReader {
    const end = this.#open(tag);
    const content = new DerReader(this.#bytes, this.#at, end);
    this.#at = end;
    return content;
  }

  /** As {@linkcode read} if a value with this tag comes next; otherwise reads nothing and returns `undefined`. */
  optional(tag: number): DerReader | undefined {
    return this.peekTag() === tag ? this.read(tag) : undefined;
  }

  /** Reads a value with this tag. @returns A view of its content. */
  content(tag: number): Uint8Array {
    const end = this.#open(tag);
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }

  /** Reads a value with this tag, or with any. @returns A view of all of it, tag and length included. */
  element(tag: number = this.#anyTag()): Uint8Array {
    const start = this.#at;
    this.#at = this.#open(tag);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Passes over a value with this tag, or with any. */
  skip(tag: number = this.#anyTag()): void {
    this.#at = this.#open(tag);
  }

  /** Reads all bytes that are left. @returns A view. */
  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at, this.#end);
    this.#at = this.#end;
    return rest;
  }

  /** Refuses bytes that have not been read. @param what The name of the value, for the error. */
  end(what: string): void {
    if (this.#at !== this.#end) throw new DerError(`${what} has ${this.left} bytes too many`);
  }

  /** INTEGER, not negative. @returns A view of its content, big-endian, with the zero in front if it has one. */
  integer(): Uint8Array {
    const content = this.content(DerTag.INTEGER);
    const [first, second] = content;
    if (first === undefined) throw new DerError(`the INTEGER before byte ${this.#at} is empty`);
    if (first >= 0x80) throw new DerError(`the INTEGER before byte ${this.#at} is negative`);
    if (first === 0 && second !== undefined && second < 0x80) {
      throw new DerError(`the INTEGER before byte ${this.#at} is longer than it need be`);
    }
    return content;
  }

  /** INTEGER from 0 to 2^31 - 1, such as a version or a path length. */
  smallInteger(): number {
    const content = this.integer();
    if (content.length > 4) throw new DerError(`the INTEGER before byte ${this.#at} is too large`);
    let number = 0;
    for (const octet of content) number = number * 256 + octet;
    return number;
  }

  /** BIT STRING of whole octets, such as a key or a signature. @returns A view of them. */
  bitString(): Uint8Array {
    const content = this.content(DerTag.BIT_STRING);
    if (content[0] !== 0) {
      throw new DerError(`the BIT STRING before byte ${this.#at} is not one of whole octets`);
    }
    return content.subarray(1);
  }

  /**
   * BIT STRING whose bits have names, such as KeyUsage: bit `n` of the standard is `1 << n`.
   *
   * Zeros at the end, which DER leaves out (X.690 §11.2.2), are accepted, because authorities write them.
   */
  namedBits(): number {
    const content = this.content(DerTag.BIT_STRING);
    const [unused] = content;
    if (unused === undefined || unused > 7 || content.length > 5 || (content.length === 1 && unused > 0)) {
      throw new DerError(`the BIT STRING before byte ${this.#at} is malformed`);
    }
    let bits = 0;
    for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
      const octet = content[1 + (bit >> 3)] ?? 0;
      if ((octet & 0x80 >> (bit & 7)) === 0) continue;
      if (bit >= (content.length - 1) * 8 - unused) {
        throw new DerError(`the BIT STRING before byte ${this.#at} uses bits that it says are unused`);
      }
      bits |= 1 << bit;
    }
    return bits;
  }

  /** OCTET STRING. @returns A view of its content. */
  octetString(): Uint8Array {
    return this.content(DerTag.OCTET_STRING);
  }

  /** BOOLEAN: "If the encoding represents the boolean value TRUE, [...] all eight bits set to one." (X.690 §11.1) */
  boolean(): boolean {
    const content = this.content(DerTag.BOOLEAN);
    const [octet] = content;
    if (content.length !== 1 || (octet !== 0x00 && octet !== 0xff)) {
      throw new DerError(`the BOOLEAN before byte ${this.#at} is neither 0x00 nor 0xff`);
    }
    return octet === 0xff;
  }

  /** NULL. */
  null(): void {
    if (this.content(DerTag.NULL).length !== 0) {
      throw new DerError(`the NULL before byte ${this.#at} is not empty`);
    }
  }

  /** OBJECT IDENTIFIER, in dotted form. */
  oid(): string {
    const end = this.#open(DerTag.OBJECT_IDENTIFIER);
    const start = this.#at;
    const bytes = this.#bytes;
    this.#at = end;
    if (start === end) throw new DerError(`the OBJECT IDENTIFIER before byte ${end} is empty`);
    if (end - start > MAX_OID_OCTETS) {
      throw new DerError(`the OBJECT IDENTIFIER before byte ${end} is too long`);
    }
    let dotted = "";
    let arc: number | bigint = 0;
    let begins = true;
    for (let at = start; at < end; at++) {
      const octet = bytes[at] ?? 0;
      if (begins && octet === 0x80) {
        throw new DerError(`an arc of the OBJECT IDENTIFIER before byte ${end} is longer than it need be`);
      }
      // Above 2^46 a number has no room for seven bits more.
      if (typeof arc === "number" && arc >= 2 ** 46) arc = BigInt(arc);
      arc = typeof arc === "bigint" ? arc << 7n | BigInt(octet & 0x7f) : arc * 128 + (octet & 0x7f);
      begins = octet < 0x80;
      if (!begins) continue;
      dotted += dotted === "" ? firstArcs(arc) : `.${arc}`;
      arc = 0;
    }
    if (!begins) throw new DerError(`the OBJECT IDENTIFIER before byte ${end} ends within an arc`);
    return dotted;
  }

  #anyTag(): number {
    const tag = this.peekTag();
    if (tag === undefined) {
      throw new DerError(`a value is expected at byte ${this.#at}, where the input ends`);
    }
    return tag;
  }

  /** Reads tag and length, and stops at the content. @returns The end of the content. */
  #open(tag: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const start = this.#at;
    if (start + 2 > end) {
      throw new DerError(`${tagName(tag)} is expected at byte ${start}, where the input ends`);
    }
    const found = bytes[start] ?? 0;
    if (found !== tag) {
      throw new DerError(`${tagName(tag)} is expected at byte ${start}, not ${tagName(found)}`);
    }
    if ((tag & 0x1f) === 0x1f) throw new DerError(`the tag at byte ${start} has more than one octet`);
    let length = bytes[start + 1] ?? 0;
    let at = start + 2;
    if (length >= 0x80) {
      const octets = length - 0x80;
      if (octets === 0) throw new DerError(`the length at byte ${start + 1} is indefinite`);
      if (octets > MAX_LENGTH_OCTETS) throw new DerError(`the length at byte ${start + 1} is too large`);
      if (octets > end - at) throw new DerError(`the input ends within the length at byte ${start + 1}`);
      length = 0;
      for (let octet = 0; octet < octets; octet++) length = length * 256 + (bytes[at++] ?? 0);
      if (length < 0x80 || length < 256 ** (octets - 1)) {
        throw new DerError(`the length at byte ${start + 1} is longer than it need be`);
      }
    }
    if (length > end - at) {
      throw new DerError(
        `${tagName(tag)} at byte ${start} has ${length} bytes, of which ${end - at} are there`,
      );
    }
    this.#at = at;
    return at + length;
  }
}

/** The first two arcs share a number: 40 times the one plus the other (X.690 §8.19.4). */
function firstArcs(arc: number | bigint): string {
  if (arc < 40) return `0.${arc}`;
  if (arc < 80) return `1.${Number(arc) - 40}`;
  return `2.${typeof arc === "bigint" ? arc - 80n : arc - 80}`;
}

const TAG_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(DerTag).map(([name, tag]) => [tag, name.replaceAll("_", " ")]),
);

function tagName(tag: number): string {
  if (tag >> 6 === 2) return `[${tag & 0x1f}]`;
  return TAG_NAMES.get(tag) ?? `tag 0x${tag.toString(16).padStart(2, "0")}`;
}
