/**
 * The store of trust anchors.
 *
 * A certificate is a root because it is in the store; only its name, its key and its name constraints count ("trust
 * anchor information", RFC 5280 §6.1.1). A certificate that is not an authority's, such as that of a server that signed
 * itself, is trusted as it stands, but certifies no other. Roots can be added until the store is used: a configuration
 * freezes it, so that what existing connections trust does not change.
 *
 * @module
 */

import { parsePemCertificates, pemHint } from "../../io/pem.ts";
import { TlsError } from "../error/tls_error.ts";
import { parseTrustAnchor } from "./certificate.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { octetsToText } from "./names/general_name.ts";
import { parseNameConstraints } from "./names/name_constraints.ts";
import type { TrustAnchor } from "./types.ts";

/** The result of adding certificates of which some may be unreadable. */
export interface AddedRoots {
  /** The number of roots that were added; those that were there before do not count. */
  readonly added: number;
  /** The errors of the others, one each. */
  readonly errors: Error[];
}

/**
 * A store of trusted roots.
 *
 * A root that is added twice is there once. One that is there with restrictions (see {@linkcode TrustAnchor}) and is
 * added again without them is trusted without them.
 *
 * @example A store made of PEM text
 * ```ts
 * import { RootCertStore, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => RootCertStore.fromPem("no certificate here"), TlsError);
 * assertEquals(error.code, "bad_certificate_pem");
 * ```
 *
 * @example The readable certificates of a bundle, and the errors of the others
 * ```ts
 * import { RootCertStore } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const store = RootCertStore.fromDer([]);
 * const { added, errors } = store.addParsablePem(`
 *   -----BEGIN CERTIFICATE-----
 *   AAAA
 *   -----END CERTIFICATE-----
 * `);
 * assertEquals([added, errors.length, store.size], [0, 1, 0]);
 * ```
 */
export class RootCertStore implements Iterable<TrustAnchor> {
  /** The anchors by subject, each octet a character. */
  readonly #bySubject = new Map<string, TrustAnchor[]>();
  /** The contents of each root, by which one that is added again is recognized. */
  readonly #known = new Set<string>();
  readonly #certificates: Uint8Array[] = [];
  #frozen = false;

  /**
   * A store of the certificates of a PEM text, or of several. Blocks of other kinds are passed over.
   *
   * @throws {TlsError} `bad_certificate_pem` when one cannot be read or cannot be a root, or a text has none.
   * @throws {TypeError} for what is no text.
   */
  static fromPem(pem: string | readonly string[]): RootCertStore {
    const store = new RootCertStore();
    const texts: readonly unknown[] = typeof pem === "string"
      ? [pem]
      : Array.isArray(pem)
      ? pem
      : [undefined];
    for (const text of texts) {
      if (typeof text !== "string") {
        throw new TypeError("Cannot read PEM: it is no text; DER goes to RootCertStore.fromDer() as a list");
      }
      for (const der of readCertificates(text)) store.add(der);
    }
    return store;
  }

  /**
   * A store of certificates in DER; an empty list gives an empty store.
   *
   * @throws {TlsError} `bad_certificate_pem` when one cannot be read or cannot be a root.
   */
  static fromDer(ders: Iterable<Uint8Array>): RootCertStore {
    const store = new RootCertStore();
    for (const der of ders) store.add(der);
    return store;
  }

  /**
   * A store of anchors, such as another store.
   *
   * @throws {TypeError} when one is not made of DER.
   */
  static fromAnchors(anchors: Iterable<TrustAnchor>): RootCertStore {
    const store = new RootCertStore();
    store.addAnchors(anchors);
    return store;
  }

  /** The number of roots. */
  get size(): number {
    return this.#known.size;
  }

  /** Whether the store can no longer be added to. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /**
   * Adds the root of a certificate, in DER, of which a copy is kept.
   *
   * @throws {TlsError} `bad_certificate_pem` when it cannot be read or cannot be a root.
   * @throws {TypeError} when the store is frozen.
   */
  add(der: Uint8Array): void {
    try {
      this.#addCertificate(der);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      throw new TlsError(
        "bad_certificate_pem",
        `Cannot trust the certificate: ${error.message.replace(/^Cannot read the certificate: /, "")}`,
        {
          cause: error,
          certificate: error,
        },
      );
    }
  }

  /**
   * Adds anchors, of which copies are kept.
   *
   * @throws {TypeError} when one is not made of DER, or the store is frozen.
   */
  addAnchors(anchors: Iterable<TrustAnchor>): void {
    for (const anchor of anchors) this.#addAnchor(copyOf(anchor));
  }

  /**
   * Adds those certificates, in DER, that can be read and can be roots.
   *
   * @throws {TypeError} when the store is frozen.
   */
  addParsable(ders: Iterable<Uint8Array>): AddedRoots {
    const before = this.size;
    const errors: Error[] = [];
    for (const der of ders) {
      try {
        this.add(der);
      } catch (error) {
        errors.push(asTlsError(error));
      }
    }
    return { added: this.size - before, errors };
  }

  /**
   * Adds those certificates of a PEM text that can be read and can be roots; one that is broken does not hide the
   * next. A text without any is no error.
   *
   * @throws {TypeError} when the store is frozen.
   */
  addParsablePem(pem: string): AddedRoots {
    const before = this.size;
    const errors: Error[] = [];
    for (const part of pem.split(BEFORE_CERTIFICATE)) {
      if (!part.startsWith(BEGIN_CERTIFICATE)) continue; // what comes before the first
      try {
        for (const der of readCertificates(part)) this.add(der);
      } catch (error) {
        errors.push(asTlsError(error));
      }
    }
    return { added: this.size - before, errors };
  }

  /**
   * The roots of a name; the time that it takes does not depend on how many there are.
   *
   * @param subject A whole DER `Name`, which is compared octet by octet.
   * @returns Most often one or none; their arrays must not be changed.
   */
  anchorsFor(subject: Uint8Array): readonly TrustAnchor[] {
    return this.#bySubject.get(octetsToText(subject)) ?? [];
  }

  /** All roots, those of one name side by side; their arrays must not be changed. */
  *[Symbol.iterator](): IterableIterator<TrustAnchor> {
    for (const anchors of this.#bySubject.values()) yield* anchors;
  }

  /** The names of the roots, each a whole DER `Name`, as a server sends them in `certificate_authorities`. */
  subjects(): Uint8Array[] {
    return Array.from(this.#bySubject.values(), ([first]) => first?.subject ?? new Uint8Array(0));
  }

  /** The certificates of the roots that were added as certificates, DER; their arrays must not be changed. */
  certificates(): Uint8Array[] {
    return [...this.#certificates];
  }

  /** A store of the same roots that can be added to. */
  copy(): RootCertStore {
    const copy = new RootCertStore();
    copy.#certificates.push(...this.#certificates);
    for (const anchor of this) copy.#addAnchor(anchor);
    return copy;
  }

  /** Makes adding a root an error from now on. @returns The store itself. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  #addCertificate(original: Uint8Array): void {
    if (!(original instanceof Uint8Array)) {
      throw new TypeError(
        "Cannot trust the certificate: it is no Uint8Array; PEM goes to RootCertStore.fromPem()",
      );
    }
    const der = original.slice();
    if (this.#addAnchor(parseTrustAnchor(der))) this.#certificates.push(der);
  }

  /** Adds an anchor. @returns Whether it was not there before. */
  #addAnchor(anchor: TrustAnchor): boolean {
    if (this.#frozen) {
      throw new TypeError(
        "Cannot add to the roots: a configuration uses them; add to a copy(), and use that",
      );
    }
    const contents = contentsOf(anchor);
    if (this.#known.has(contents)) return false;
    this.#known.add(contents);
    const subject = octetsToText(anchor.subject);
    const others = this.#bySubject.get(subject);
    if (others === undefined) this.#bySubject.set(subject, [anchor]);
    else others.push(anchor);
    return true;
  }
}

const BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";
/** The start of a certificate's block, anywhere on a line. */
const BEFORE_CERTIFICATE = new RegExp(`(?=${BEGIN_CERTIFICATE})`);

/** @throws {TlsError} `bad_certificate_pem` */
function readCertificates(pem: string): Uint8Array[] {
  try {
    return parsePemCertificates(pem);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TlsError("bad_certificate_pem", error.message, { cause: error, ...pemHint(pem) });
  }
}

function asTlsError(error: unknown): TlsError {
  if (error instanceof TlsError) return error;
  throw error;
}

/** All fields of an anchor as one text. DER says where it ends, so that different anchors have different texts. */
function contentsOf(anchor: TrustAnchor): string {
  const { subject, publicKey, nameConstraints, keyUsage, distrustAfter, onlyCertificate } = anchor;
  if (onlyCertificate !== undefined) return octetsToText(onlyCertificate);
  const constraints = nameConstraints === undefined ? "" : octetsToText(nameConstraints);
  const limits = `${keyUsage ?? ""} ${distrustAfter?.getTime() ?? ""}`;
  return `${octetsToText(subject)}${octetsToText(publicKey)}${limits} ${constraints}`;
}

/** @throws {TypeError} when it is not made of DER. */
function copyOf(anchor: TrustAnchor): TrustAnchor {
  const { subject, publicKey, nameConstraints, keyUsage, distrustAfter, onlyCertificate } = anchor;
  if (!(subject instanceof Uint8Array && publicKey instanceof Uint8Array)) {
    throw new TypeError("Cannot trust the anchor: its subject and its publicKey must be DER");
  }
  if (distrustAfter !== undefined && Number.isNaN(distrustAfter.getTime())) {
    throw new TypeError("Cannot trust the anchor: its distrustAfter is no date");
  }
  try {
    for (const [der, name] of [[subject, "subject"], [publicKey, "publicKey"]] as const) {
      const reader = new DerReader(der);
      reader.skip(DerTag.SEQUENCE);
      reader.end(name);
    }
    if (nameConstraints !== undefined) parseNameConstraints(nameConstraints);
  } catch (error) {
    if (!(error instanceof DerError || error instanceof CertificateError)) throw error;
    throw new TypeError(`Cannot trust the anchor: ${error.message}`, { cause: error });
  }
  return {
    subject: subject.slice(),
    publicKey: publicKey.slice(),
    ...(nameConstraints !== undefined && { nameConstraints: nameConstraints.slice() }),
    ...(keyUsage !== undefined && { keyUsage }),
    ...(distrustAfter !== undefined && { distrustAfter: new Date(distrustAfter) }),
    ...(onlyCertificate !== undefined && { onlyCertificate: onlyCertificate.slice() }),
  };
}
