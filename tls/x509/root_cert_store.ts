/**
 * The store of trust anchors.
 *
 * A certificate is a root because it is in the store; only its name, its key and its constraints count ("trust anchor
 * information", RFC 5280 §6.1.1). Besides, a certificate that the caller has put there is trusted as itself: a server
 * may show it, authority or not. One that is not an authority's certifies no other. Roots can be added until the store is
 * used: a configuration freezes it, so that what existing connections trust does not change.
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import { equals } from "@std/bytes/equals";
import { parsePemCertificates, pemHint } from "../../io/pem.ts";
import { TlsError } from "../error/tls_error.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { quoteName } from "./checks.ts";
import { readFields } from "./certificate_fields.ts";
import { formatName } from "./names/distinguished_name.ts";
import { octetsToText } from "./names/general_name.ts";
import { parseNameConstraints } from "./names/name_constraints.ts";
import { parseTrustAnchor } from "./trust_anchor.ts";
import type { TrustAnchor } from "./types.ts";

/** The result of adding certificates of which some may be unreadable. */
export interface AddedRoots {
  /** The number of roots that were added; those that were there before do not count. */
  readonly added: number;
  /** The errors of the others, one each. */
  readonly errors: Error[];
}

/** How certificates are added to a store of roots. */
export interface AddRootOptions {
  /**
   * Whether they are trusted as authorities alone, as those of a system are, and no peer may show one as its own;
   * default: false.
   */
  readonly authoritiesOnly?: boolean;
}

/**
 * A store of trusted roots.
 *
 * A certificate in it is trusted as an authority, if it is one, and as itself: a peer that shows the very certificate is
 * accepted, if name, dates and purpose are right. The roots of Mozilla and of the system are authorities alone.
 *
 * A bundle in which some certificates cannot be roots gives the others; {@linkcode RootCertStore.leftOut} says which
 * were left out, and why.
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
  /** The anchors that are trusted as themselves, by the length of their certificates. */
  readonly #own = new Map<number, TrustAnchor[]>();
  readonly #leftOut: TlsError[] = [];
  #frozen = false;

  /**
   * A store of the certificates of a PEM text, or of several. Blocks of other kinds are passed over. Certificates that
   * cannot be read or cannot be roots are left out, see {@linkcode RootCertStore.leftOut}.
   *
   * @throws {TlsError} `bad_certificate_pem` when a text has no certificate that can be a root.
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
      const { usable, errors } = store.#addPem(text);
      if (usable === 0) throw errors[0] === undefined ? noCertificate(text) : noneUsable(errors[0], errors);
    }
    return store;
  }

  /**
   * A store of certificates in DER; an empty list gives an empty store. Those that cannot be read or cannot be roots are
   * left out, see {@linkcode RootCertStore.leftOut}.
   *
   * @throws {TlsError} `bad_certificate_pem` when none of them can be a root.
   */
  static fromDer(ders: Iterable<Uint8Array>): RootCertStore {
    const store = new RootCertStore();
    const { errors } = store.addParsable(ders);
    const [first] = errors;
    if (store.size === 0 && first instanceof TlsError) throw noneUsable(first, errors);
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

  /**
   * The errors of the certificates of bundles that were left out, one each: the message says which it is, by its place,
   * its line and its subject, and why.
   */
  get leftOut(): readonly TlsError[] {
    return [...this.#leftOut];
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
  add(der: Uint8Array, options: AddRootOptions = {}): void {
    this.#addOne(der, "the certificate", options);
  }

  /**
   * Adds anchors, of which copies are kept.
   *
   * @throws {TypeError} when one is not made of DER, or the store is frozen.
   */
  addAnchors(anchors: Iterable<TrustAnchor>): void {
    for (const anchor of anchors) this.#addAnchor(copyOfAnchor(anchor));
    if (anchors instanceof RootCertStore) this.#leaveOut(anchors.#leftOut);
  }

  /**
   * Adds those certificates, in DER, that can be read and can be roots.
   *
   * @throws {TypeError} when the store is frozen.
   */
  addParsable(ders: Iterable<Uint8Array>, options: AddRootOptions = {}): AddedRoots {
    const before = this.size;
    const errors: TlsError[] = [];
    let place = 0;
    for (const der of ders) {
      place++;
      try {
        this.#addOne(der, `certificate ${place}`, options);
      } catch (error) {
        errors.push(asTlsError(error));
      }
    }
    this.#leaveOut(errors);
    return { added: this.size - before, errors };
  }

  /**
   * Adds those certificates of a PEM text that can be read and can be roots; one that is broken does not hide the
   * next. A text without any is no error.
   *
   * @throws {TypeError} when the store is frozen.
   */
  addParsablePem(pem: string, options: AddRootOptions = {}): AddedRoots {
    const before = this.size;
    const { errors } = this.#addPem(pem, options);
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

  /**
   * The root that is trusted as itself for this very certificate.
   *
   * @param certificate A whole certificate, DER.
   */
  anchorOf(certificate: Uint8Array): TrustAnchor | undefined {
    return this.#own.get(certificate.length)?.find((anchor) =>
      anchor.certificate !== undefined && equals(anchor.certificate, certificate)
    );
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
    for (const certificate of this.#certificates) copy.#certificates.push(certificate);
    for (const anchor of this) copy.#addAnchor(anchor);
    copy.#leaveOut(this.#leftOut);
    return copy;
  }

  /** Makes adding a root an error from now on. @returns The store itself. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  /** Notes certificates that were left out; one by one, since a call takes only so many arguments. */
  #leaveOut(errors: Iterable<TlsError>): void {
    for (const error of errors) this.#leftOut.push(error);
  }

  /** Adds the certificates of a text. @returns How many can be roots, and the errors of the others. */
  #addPem(
    pem: string,
    options: AddRootOptions = {},
  ): { readonly usable: number; readonly errors: TlsError[] } {
    const errors: TlsError[] = [];
    let usable = 0;
    let place = 0;
    let line = 1;
    for (const part of pem.split(BEFORE_CERTIFICATE)) {
      if (part.startsWith(BEGIN_CERTIFICATE)) {
        place++;
        try {
          for (const der of readCertificates(part, place, line)) {
            this.#addOne(der, `certificate ${place}, which begins in line ${line},`, options);
            usable++;
          }
        } catch (error) {
          errors.push(asTlsError(error));
        }
      }
      line += part.split("\n").length - 1;
    }
    this.#leaveOut(errors);
    return { usable, errors };
  }

  #addOne(original: Uint8Array, which: string, { authoritiesOnly = false }: AddRootOptions): void {
    if (!(original instanceof Uint8Array)) {
      throw new TypeError(
        "Cannot trust the certificate: it is no Uint8Array; PEM goes to RootCertStore.fromPem()",
      );
    }
    const der = copyOf(original);
    try {
      const anchor = parseTrustAnchor(der);
      if (authoritiesOnly && anchor.isAuthority === false) {
        throw new CertificateError(
          "issuer_not_cert_signer",
          "Cannot trust the root: it is no authority's, and such roots are trusted as authorities alone",
        );
      }
      if (this.#addAnchor({ ...anchor, ...(!authoritiesOnly && { certificate: der }) })) {
        this.#certificates.push(der);
      }
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      throw unusable(der, which, error);
    }
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
    if (anchor.certificate !== undefined) {
      const { length } = anchor.certificate;
      const own = this.#own.get(length);
      if (own === undefined) this.#own.set(length, [anchor]);
      else own.push(anchor);
    }
    return true;
  }
}

const BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";
/** The start of a certificate's block, anywhere on a line. */
const BEFORE_CERTIFICATE = new RegExp(`(?=${BEGIN_CERTIFICATE})`);

/**
 * The certificate of a part of a bundle.
 *
 * @throws {TlsError} `bad_certificate_pem`
 */
function readCertificates(part: string, place: number, line: number): Uint8Array[] {
  try {
    return parsePemCertificates(part);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.replace(/^Cannot read PEM: /, "");
    const message = place === 1 && line === 1
      ? error.message
      : `Cannot read PEM: certificate ${place}, which begins in line ${line}: ${reason}`;
    throw new TlsError("bad_certificate_pem", message, { cause: error, ...pemHint(part) });
  }
}

/** The error of a text without a certificate. */
function noCertificate(pem: string): TlsError {
  try {
    parsePemCertificates(pem);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new TlsError("bad_certificate_pem", error.message, { cause: error, ...pemHint(pem) });
  }
  return new TlsError("bad_certificate_pem", 'Cannot read PEM: no "CERTIFICATE" block begins a line');
}

/** The error of a bundle that has nothing to trust. */
function noneUsable(first: TlsError, { length }: { readonly length: number }): TlsError {
  if (length === 1) return first;
  return new TlsError("bad_certificate_pem", `${first.message}; and none of ${length - 1} more can be used`, {
    cause: first,
    ...(first.certificate !== undefined && { certificate: first.certificate }),
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}

/** The error of a certificate that cannot be a root: it says which one it is. */
function unusable(der: Uint8Array, which: string, error: CertificateError): TlsError {
  let name: Uint8Array | undefined;
  try {
    name = readFields(der).subject;
  } catch {
    // Its place has to do.
  }
  const quoted = name === undefined ? "" : ` ${quoteName(name)}`;
  const reason = error.message.replace(/^Cannot [^:]*: /, "");
  const subject = name === undefined ? {} : { subject: formatName(name) };
  return new TlsError("bad_certificate_pem", `Cannot trust ${which}${quoted}: ${reason}`, {
    cause: error,
    certificate: new CertificateError(error.code, error.message, { ...subject, cause: error }),
  });
}

function asTlsError(error: unknown): TlsError {
  if (error instanceof TlsError) return error;
  throw error;
}

/** All fields of an anchor as one text. DER says where it ends, so that different anchors have different texts. */
function contentsOf(anchor: TrustAnchor): string {
  const { subject, publicKey, nameConstraints, keyUsage, distrustAfter, pathLength } = anchor;
  const text = (der: Uint8Array | undefined) => der === undefined ? "" : octetsToText(der);
  const limits = `${keyUsage ?? ""} ${distrustAfter?.getTime() ?? ""} ${pathLength ?? ""}`;
  const trusted = `${limits} ${anchor.isAuthority ?? true} ${text(nameConstraints)}`;
  return `${octetsToText(subject)}${octetsToText(publicKey)}${trusted} ${text(anchor.certificate)}`;
}

/** @throws {TypeError} when it is not made of DER. */
function copyOfAnchor(anchor: TrustAnchor): TrustAnchor {
  const { subject, publicKey, nameConstraints, keyUsage, distrustAfter, certificate } = anchor;
  const { pathLength, isAuthority } = anchor;
  if (!(subject instanceof Uint8Array && publicKey instanceof Uint8Array)) {
    throw new TypeError("Cannot trust the anchor: its subject and its publicKey must be DER");
  }
  if (certificate !== undefined && !(certificate instanceof Uint8Array)) {
    throw new TypeError("Cannot trust the anchor: its certificate must be DER");
  }
  if (pathLength !== undefined && !(Number.isSafeInteger(pathLength) && pathLength >= 0)) {
    throw new TypeError("Cannot trust the anchor: its pathLength is no number of authorities");
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
    subject: copyOf(subject),
    publicKey: copyOf(publicKey),
    ...(nameConstraints !== undefined && { nameConstraints: copyOf(nameConstraints) }),
    ...(keyUsage !== undefined && { keyUsage }),
    ...(distrustAfter !== undefined && { distrustAfter: new Date(distrustAfter) }),
    ...(pathLength !== undefined && { pathLength }),
    ...(certificate !== undefined && { certificate: copyOf(certificate) }),
    ...(isAuthority !== undefined && { isAuthority }),
  };
}
